"""What an SDK can and cannot say, as its adapter has declared it: a limit of the SDK is told, and not failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.model import OutcomeKind

if TYPE_CHECKING:
    from reports.model import Report

DECLARED = "cannot express"
"""The detail of a target in which the words of its adapter stand."""

_KINDS = frozenset({"sdk", "exec"})
_SAYS = {
    "null": "null for a field",
    "unknown_field": "a field that the spec does not name",
    "integer.beyond_2_53": "integers beyond 2^53",
    "answer.null": "null, apart from absent, in an assistant that is read",
}
_FIELD = "field."


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing that a caller may want to say."""

    what: str
    can: bool


def capabilities(report: Report) -> tuple[Capability, ...]:
    """Return what the SDK of a report can say and what not; nothing for a server."""
    if report.target.kind not in _KINDS:
        return ()
    declared = [word for word in report.target.details.get(DECLARED, "").split(", ") if word]
    found = [Capability(what, word not in declared) for word, what in _SAYS.items()]
    fields = [word.removeprefix(_FIELD) for word in declared if word.startswith(_FIELD)]
    found += [Capability(f"the field {name}", can=False) for name in fields] or [Capability("every field", can=True)]
    others = [word for word in declared if word not in _SAYS and not word.startswith(_FIELD)]
    return (*found, *(Capability(word, can=False) for word in others))


def unsaid(report: Report) -> tuple[str, ...]:
    """Return the ids of the requirements that could not be judged for that."""
    return tuple(row.id for row in report.rows if row.outcome is OutcomeKind.CANNOT_EXPRESS)
