"""A breach: one thing that an exchange broke, before it is known which requirement it is attributed to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Aspect(Enum):
    """The ways in which a modify can go wrong."""

    REFUSED = "a valid body was rejected"
    ACCEPTED = "an invalid body was accepted"
    BAD_REFUSAL = "the status is neither 2xx nor 4xx"
    CHANGED = "a rejected modify changed something"
    UNANSWERED = "no answer"
    ANSWER = "value sent but not returned in the response"
    STORED = "value sent but not returned by a GET"
    KEPT = "omitted field was changed"
    IDENTITY = "id, object or created_at was changed"
    AGREES = "response and GET differ"
    UNREADABLE = "a GET after a modify failed"
    SHAPE = "the response does not match the schema"
    ENVELOPE = "the error response does not match the schema"
    PARAMETER = "the error does not name the parameter"
    METADATA = "metadata was neither merged nor replaced, or sometimes one and sometimes the other"
    TOGETHER = "not an allowed result"
    WIRE = "the request is not what the caller asked for"
    RETURNED = "the caller did not get what the server sent"


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that is wrong with one exchange."""

    aspect: Aspect
    base: str
    """The id of the requirement that it is attributed to when nothing more special fits."""
    field: str
    """The top-level field that it is about; ``""`` for none."""
    place: str
    """Dotted; ``""`` for the whole."""
    expected: str
    actual: str
    special: str = ""
    """The id of a requirement about the state or the nested place of the value, such as the one about null."""
    kind: str = ""
    """The id of a requirement about values of this kind, such as text with white space at its ends."""
    path: tuple[str | int, ...] = ()
    """Where in the body the value stands that deviates, step by step."""
    told: bool = False
    """Whether the difference itself says what was done, so that ``kind`` is beyond doubt."""

    @property
    def anywhere(self) -> str:
        """The place, whichever item of a list it is in."""
        return re.sub(r"\[\d+\]", "[]", self.place)

    @property
    def key(self) -> tuple[Aspect, str, str]:
        """What makes two breaches the same symptom."""
        return (self.aspect, self.field, self.kind or self.special or self.base)


def breach_of(aspect: Aspect, base: str, expected: str, actual: str, *, place: str = "", about: str = "") -> Breach:
    """Make a breach about a place; its field is the place's first part unless ``about`` names another."""
    field = about or place.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]
    return Breach(aspect, base, field, place, expected, actual)
