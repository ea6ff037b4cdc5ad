"""The smallest body that still shows something: fewer fields, shorter texts and lists, plainer characters and numbers.

Lengths and counts are looked for by halving, so that a limit costs as many trials as it has binary digits; whether a
body is valid is for whoever tries it to say, and costs nothing. The result is one that was seen to show it.
"""

from __future__ import annotations

from string import ascii_lowercase
from typing import TYPE_CHECKING

from strategies.jsonvalues import encode
from strategies.plainer import plainest_tools

if TYPE_CHECKING:
    from collections.abc import Callable

    from strategies.jsonvalues import JSON

    Body = dict[str, JSON]
    Shows = Callable[[JSON], bool]

_ROUNDS = 3
"""How often all is gone through: what is plainer in one place may be what lets another be shorter."""
_SINGLY = 16
"""Of how many items it is tried whether each is needed."""
_FEW = 2
"""Of more fields it is tried first whether one by itself is enough."""


def without_fields(body: Body, shows: Callable[[Body], bool], keep: str = "") -> Body:
    """Return a body without the fields that are not needed for it to show something; ``keep`` is never left out."""
    alone = {keep: body[keep]} if keep in body else {}
    if alone and len(body) > _FEW and shows(alone):
        return alone
    for name in list(body):
        smaller = {key: value for key, value in body.items() if key != name}
        if name != keep and smaller and shows(smaller):
            body = smaller
    return body


def reduced(body: Body, shows: Callable[[Body], bool], keep: str = "") -> Body:
    """Return the smallest body found that still shows something, ``body`` itself where none is smaller.

    ``shows`` is asked about one body after the other, about the same again as well.
    """
    for _ in range(_ROUNDS):
        before = encode(body)
        body = without_fields(body, shows, keep)
        for field in body:
            body = {**body, field: _at(body, field, shows)}
        if encode(body) == before:
            break
    return body


def _at(body: Body, field: str, shows: Callable[[Body], bool]) -> JSON:
    value = body[field]

    def in_body(candidate: JSON) -> bool:
        return shows({**body, field: candidate})

    if field == "metadata" and isinstance(value, dict):
        return _pairs(value, in_body)
    if field == "tools" and isinstance(value, list):
        value = _items(value, in_body)
        plain = plainest_tools(value)
        return plain if in_body(plain) else _each(value, in_body)
    return _value(value, in_body)


def _value(value: JSON, shows: Shows) -> JSON:
    match value:
        case list():
            return _each(_items(value, shows), shows)
        case dict():
            kept = dict(_items(list(value.items()), lambda items: shows(dict(items))))
            for key in list(kept):
                kept = {**kept, key: _member(kept, key, shows)}
            return kept
        case str():
            return _text(value, shows)
        case bool() | None:
            return value
        case int() | float():
            return _number(value, shows)
    return value


def _member(value: Body, key: str, shows: Shows) -> JSON:
    return _value(value[key], lambda form: shows({**value, key: form}))


def _each(items: list[JSON], shows: Shows) -> list[JSON]:
    for place in range(len(items)):
        items = _with_item(items, place, shows)
    return items


def _with_item(items: list[JSON], place: int, shows: Shows) -> list[JSON]:
    before, after = items[:place], items[place + 1 :]
    return [*before, _value(items[place], lambda form: shows([*before, form, *after])), *after]


def _items(items: list[JSON], shows: Shows) -> list[JSON]:
    """Return as few items as show it: a part of them, and of this without those that are not needed."""
    items = items[: _least(len(items), lambda count: shows(items[:count]))]
    last = len(items)
    items = items[last - _least(last, lambda count: shows(items[last - count :])) :]
    if 2 < len(items) <= _SINGLY:
        for place in range(len(items) - 2, 0, -1):
            fewer = items[:place] + items[place + 1 :]
            items = fewer if shows(fewer) else items
    return items


def _pairs(pairs: Body, shows: Shows) -> Body:
    """Return as few pairs of metadata as show it, with keys and values as short as they may be."""
    pairs = dict(_items(list(pairs.items()), lambda items: shows(dict(items))))
    letters = dict(zip(pairs, ascii_lowercase, strict=False))
    empty = dict.fromkeys(letters.values(), "")
    if shows(empty):
        return empty
    named = {letters[key]: value for key, value in pairs.items()}
    pairs = named if shows(named) else pairs
    for key in list(pairs):
        pairs = {**pairs, key: _member(pairs, key, shows)}
    for key in [key for key in pairs if len(key) > 1]:
        pairs = _renamed(pairs, key, _key(pairs, key, shows, letters.get(key, "a")))
    return pairs


def _key(pairs: Body, key: str, shows: Shows, letter: str) -> str:
    """Return the shortest name for one of the pairs."""
    return _text(key, lambda name: (name == key or name not in pairs) and shows(_renamed(pairs, key, name)), letter)


def _renamed(pairs: Body, old: str, new: str) -> Body:
    return {new if key == old else key: value for key, value in pairs.items()}


def _text(text: str, shows: Shows, letter: str = "a") -> str:
    """Return the shortest text that shows it, of one letter as far as may be."""
    plain = letter * len(text)
    if text == plain or shows(plain):
        return letter * _least(len(text), lambda count: shows(letter * count))
    text = text[: _least(len(text), lambda count: shows(text[:count]))]
    length = len(text)
    text = text[length - _least(length, lambda count: shows(text[length - count :])) :]
    length = len(text)
    ends = _least(length, lambda count: shows(text[:count] + letter * (length - count)))
    text = text[:ends] + letter * (length - ends)
    starts = ends - _least(ends, lambda count: shows(letter * (ends - count) + text[ends - count :]))
    return letter * starts + text[starts:]


def _number(number: float, shows: Shows) -> float:
    """Return the least integer that shows it, or else the number itself to one or two places."""
    if isinstance(number, int):
        return _least(number, shows) if number > 0 else number
    for whole in (int(number), int(number) + 1):
        if shows(whole):
            return _least(whole, shows) if whole > 0 else whole
    rounded = (round(number + half / 10**places, places) for places in (1, 2) for half in (-0.5, 0.5))
    return next((plain for plain in rounded if plain == number or shows(plain)), number)


def _least(most: int, shows: Shows) -> int:
    """Return the least count that shows it, where ``most`` does: found by halving, as if all greater ones did."""
    if most == 0 or shows(0):
        return 0
    least = 0
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if shows(middle) else (middle, most)
    return most
