"""The ids of assistants that the evidence made, and what became of them in URLs.

Whoever repeats the evidence gets other ids. So each place of a path where a recorded id stands, whole or altered, is
found here; what is written in its place is for the renderer to say.
"""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from reports.model import Step

_LEAST = 6
"""Characters of an id from which on it is looked for inside a segment; a shorter one may stand there by chance."""


class Form(Enum):
    """How an id stands in a path."""

    WHOLE = "as it is"
    SWAPPED = "letters in the other case"
    UPPER = "in capitals"
    LOWER = "in small letters"
    TWICE = "its first character encoded twice"
    HEAD = "without its last character"
    TAIL = "without its first character"


_FORMS: dict[Form, Callable[[str], str]] = {
    Form.WHOLE: lambda id_: id_,
    Form.SWAPPED: str.swapcase,
    Form.UPPER: str.upper,
    Form.LOWER: str.lower,
    Form.TWICE: lambda id_: f"%25{ord(id_[0]):02x}{id_[1:]}",
    Form.HEAD: lambda id_: id_[:-1],
    Form.TAIL: lambda id_: id_[1:],
}
"""Each form of an id as it stands in a URL, the likelier first."""


def created_id(step: Step) -> str:
    """Return the id in the answer to a create; ``""`` where there is none to be read."""
    if step.response is None:
        return ""
    try:
        value = json.loads(step.response.body.data)
    except (ValueError, RecursionError):
        return ""
    recorded = value.get("id") if isinstance(value, dict) else None
    return recorded if isinstance(recorded, str) and not re.search("[\ud800-\udfff]", recorded) else ""


def in_url(assistant_id: str) -> str:
    """Return an id as it stands in a URL."""
    return quote(assistant_id, safe="")


def altered_ids(id_: str) -> Iterator[tuple[Form, str]]:
    """Yield the forms of an id, the likelier first; none of one so short that it may stand there by chance."""
    for form, altered in _FORMS.items() if len(id_) >= _LEAST else ():
        yield form, altered(id_)


def split(path: str, ids: Iterable[str]) -> list[str | tuple[str, Form]]:
    """Split a path and query into text and the ids in it, each with its form.

    ``ids`` are as they stand in URLs. A short one is found only where it is a whole segment below ``/assistants``.
    """
    known: dict[str, tuple[str, Form]] = {}
    for id_ in ids:
        for form, altered in altered_ids(id_):
            known.setdefault(altered, (id_, form))
    whole = {id_: (id_, Form.WHOLE) for id_ in ids if id_}
    found: list[str | tuple[str, Form]] = []
    for piece in re.split(r"(?<=/assistants/)([^/?]*)", path):
        if piece in whole:
            found.append(whole[piece])
        elif known:
            longest_first = sorted(known, key=len, reverse=True)
            parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", piece)
            found += [known.get(part, part) for part in parts if part]
        elif piece:
            found.append(piece)
    return found
