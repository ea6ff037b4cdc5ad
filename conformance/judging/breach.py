"""A breach: one thing that an exchange broke, before it is known which requirement it is attributed to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Aspect(Enum):
    """The ways in which a modify can go wrong."""

    REFUSED = "a valid body was not accepted"
    ACCEPTED = "an invalid body was accepted"
    BAD_REFUSAL = "an answer had a status that is neither 2xx nor 4xx"
    CHANGED = "a modify that was not accepted changed something"
    UNANSWERED = "no answer came"
    ANSWER = "the answer does not hold what was sent"
    STORED = "a GET does not hold what was sent"
    KEPT = "something that was not sent changed"
    IDENTITY = "id, object or created_at changed"
    AGREES = "answer and GET differ"
    UNREADABLE = "a GET after a modify failed"
    SHAPE = "the answer departs from the published shape"
    ENVELOPE = "an error departs from the published envelope"
    PARAMETER = "an error does not name the parameter"
    METADATA = "metadata was neither merged nor replaced, or now one and then the other"
    TOGETHER = "what came of it is not among what is allowed"
    WIRE = "what left is not what was asked"
    RETURNED = "what the caller got is not what came"


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
