"""What recorders put in the place of what nobody is to see: nothing can be said of a value that was replaced."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from strategies.jsonvalues import JSON

_WORDS = "redacted|sanitized|sanitised|scrubbed|filtered|masked|censored|removed|anonymized|anonymised"
_WHOLE = re.compile(
    rf"(?i:[^A-Za-z0-9]*(?:{_WORDS})[^A-Za-z0-9]*)"
    r"|<[A-Z0-9 _-]+>|\[[A-Z0-9 _-]+\]|\{\{[^{}]*\}\}|\*{3,}|X{4,40}|0{8}-0{4}-0{4}-0{4}-0{12}"
)
_WITHIN = re.compile(
    rf"(?<![A-Za-z])(?:{_WORDS.upper()}|Sanitized|Redacted)(?![A-Za-z])|\*{{3,}}|<[A-Z]+(?:_[A-Z]+)+>|\[[A-Z]+(?:_[A-Z]+)+\]"
)
_HINTS = (*_WORDS.upper().split("|"), "Sanitized", "Redacted", "***", "<", "[")
"""One of these stands in every text that the pattern finds; to look for them is quick."""
_LONGEST = 100  # characters of a text that is nothing but a replacement
_SCHEME = re.compile(r"(?i)(?:bearer|basic|token|apikey)\s+")


def is_masked(text: str) -> bool:
    """Return whether a text was put in the place of another, or holds one that was."""
    if len(text) <= _LONGEST and _WHOLE.fullmatch(text) is not None:
        return True
    return any(hint in text for hint in _HINTS) and _WITHIN.search(text) is not None


def is_masked_header(value: str) -> bool:
    """Return whether the value of a header was replaced, its scheme perhaps kept."""
    return not value.strip() or is_masked(value) or is_masked(_SCHEME.sub("", value, count=1))


def has_scheme(value: str) -> bool:
    """Return whether a header still says by which scheme its key was sent: ``Bearer ***``."""
    scheme, space, rest = value.strip().partition(" ")
    return bool(space and rest) and scheme.isalpha() and not is_masked(scheme)


def masked_fields(*values: JSON) -> frozenset[str]:
    """Return the members of objects that hold a replaced text at any depth, in any of the objects."""
    found: set[str] = set()
    for value in values:
        if isinstance(value, dict):
            found |= {key for key, item in value.items() if any(map(is_masked, _texts(item)))}
    return frozenset(found)


def _texts(value: JSON) -> Iterable[str]:
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, str):
            yield current
        elif isinstance(current, list):
            stack.extend(current)
        elif isinstance(current, dict):
            stack.extend(current)
            stack.extend(current.values())
