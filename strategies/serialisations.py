"""One value, many texts: the ways in which JSON may be written without saying anything else.

A server that reads JSON with a reader of JSON cannot tell them apart; one that looks at the text can.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from strategies.jsonvalues import JSON

_HALF_PAIR = re.compile("[\ud800-\udfff]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_EXACT = 2**53
"""Integers up to which a float has the same value."""


def _raw(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _HALF_PAIR.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _escaped(text: str) -> str:
    return json.dumps(text)


def _units(text: str, form: str) -> str:
    data = text.encode("utf-16-be", "surrogatepass")
    return "".join(format(int.from_bytes(data[at : at + 2], "big"), form) for at in range(0, len(data), 2))


def _all_escaped(text: str) -> str:
    return '"' + re.sub("....", r"\\u\g<0>", _units(text, "04x")) + '"'


def _upper_case_escaped(text: str) -> str:
    return _BEYOND_ASCII.sub(lambda match: re.sub("....", r"\\u\g<0>", _units(match[0], "04X")), _raw(text))


def _solidus_escaped(text: str) -> str:
    return _raw(text).replace("/", "\\/")


def _plain_number(number: float) -> str:
    return json.dumps(number)


def _as_float(number: float) -> str:
    text = json.dumps(number)
    if isinstance(number, int):
        return f"{text}.0" if abs(number) <= _EXACT else text
    return text if "e" in text else f"{text}0"


def _exponent(mark: str) -> Callable[[float], str]:
    def write(number: float) -> str:
        text = json.dumps(number)
        exact = isinstance(number, float) or abs(number) <= _EXACT
        return f"{text}{mark}" if exact and "e" not in text else text

    return write


def _scientific(number: float) -> str:
    """Write a number by its digits and a power of ten: 100 as 1E+2, 0.25 as 25E-2."""
    if isinstance(number, int) and abs(number) > _EXACT:
        return json.dumps(number)
    sign, digits, exponent = Decimal(json.dumps(number)).normalize().as_tuple()
    return f"{'-' if sign else ''}{''.join(map(str, digits))}E{exponent:+}"


def _negative_zero(number: float) -> str:
    return "-0" if number == 0 else json.dumps(number)


def _mixed(text: str) -> str:
    """Escape every other character, letters of ASCII and halves of pairs included."""
    return '"' + "".join(_all_escaped(c)[1:-1] if place % 2 else _raw(c)[1:-1] for place, c in enumerate(text)) + '"'


@dataclass(frozen=True, slots=True)
class _Style:
    string: Callable[[str], str] = _raw
    number: Callable[[float], str] = _plain_number
    order: Callable[[Iterable[str]], Iterable[str]] = iter
    comma: str = ","
    colon: str = ":"
    inside: str = ""
    """What stands inside brackets, at both ends."""

    def write(self, value: JSON) -> str:
        match value:
            case None | bool():
                return json.dumps(value)
            case str():
                return self.string(value)
            case list():
                return self._within("[]", [self.write(item) for item in value])
            case dict():
                pairs = (f"{self.string(key)}{self.colon}{self.write(value[key])}" for key in self.order(value))
                return self._within("{}", list(pairs))
        return self.number(value)

    def _within(self, brackets: str, parts: list[str]) -> str:
        return f"{brackets[0]}{self.inside}{self.comma.join(parts)}{self.inside}{brackets[1]}"


_STYLES: Mapping[str, _Style] = {
    "compact": _Style(),
    "spaced": _Style(comma=" , ", colon=" : ", inside=" "),
    "line breaks and tabs between": _Style(comma=",\r\n\t", colon=":\t", inside="\n"),
    "escapes beyond ASCII": _Style(string=_escaped),
    "every character escaped": _Style(string=_all_escaped),
    "upper-case hex escapes": _Style(string=_upper_case_escaped),
    "escaped solidus": _Style(string=_solidus_escaped),
    "keys reversed": _Style(order=lambda keys: reversed(list(keys))),
    "keys sorted": _Style(order=sorted),
    "numbers as 1.0": _Style(number=_as_float),
    "numbers as 1e0": _Style(number=_exponent("e0")),
    "numbers as 1E+0": _Style(number=_exponent("E+0")),
    "numbers as 1E+2": _Style(number=_scientific),
    "numbers with -0 for 0": _Style(number=_negative_zero),
    "every other character escaped": _Style(string=_mixed),
}


_INDENTED, _SURROUNDED = "indented", "white space around"
STYLES = (*_STYLES, _INDENTED, _SURROUNDED)
"""The names of all styles, in their order."""


def serialised(body: JSON, style: str) -> bytes:
    """Return the JSON text of a value in one of :data:`STYLES`; see :func:`serialisations`."""
    json.dumps(body, allow_nan=False)
    if style == _INDENTED:
        return json.dumps(body, indent=2, ensure_ascii=True).encode()
    if style == _SURROUNDED:
        return b" \t\r\n" + _STYLES["compact"].write(body).encode() + b"\r\n\t "
    return _STYLES[style].write(body).encode()


def serialisations(body: JSON) -> Mapping[str, bytes]:
    """Return JSON texts of a value by their style, all of them UTF-8 and equal as JSON.

    Text goes out raw unless the style says otherwise; only half a surrogate pair, which UTF-8 cannot carry, is always
    an escape. Styles whose names begin with ``numbers`` write integers in the form of a float, as far
    as it is exact. Raises :class:`ValueError` for a number that is no JSON.
    """
    return {style: serialised(body, style) for style in STYLES}
