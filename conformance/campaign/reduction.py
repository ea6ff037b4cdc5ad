"""Simpler forms of a JSON value, tried when a drawn body has shown a breach, so that a reader sees the smallest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strategies.jsonvalues import JSON

_SHORT = 8
"""Characters of a text that is short enough."""


def simpler(value: JSON) -> Iterator[JSON]:
    """Return simpler forms of a value, the simplest first: a half of it, all but one part, one part simpler."""
    match value:
        case list():
            yield from _parts(value)
            for index, item in enumerate(value):
                yield from ([*value[:index], form, *value[index + 1 :]] for form in simpler(item))
        case dict():
            yield from (dict(part) for part in _parts(list(value.items())))
            for key, item in value.items():
                yield from ({**value, key: form} for form in simpler(item))
        case str() if len(value) > _SHORT:
            half = len(value) // 2
            yield value[:half]
            yield value[half:]


def _parts(items: list[JSON]) -> Iterator[list[JSON]]:
    if len(items) > 2:
        half = len(items) // 2
        yield items[:half]
        yield items[half:]
    yield from (items[:index] + items[index + 1 :] for index in range(len(items)))
