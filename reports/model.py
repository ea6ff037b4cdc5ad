"""The report: frozen data, one row a requirement, and for each failure the evidence to believe and repeat it.

Everything else that is written (JUnit, HTML, Markdown, console) is rendered from this and nothing else.
Bodies are kept to the byte where they were sent, since a reader must be able to send them again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

VERSION = 3
"""The version of the report format, in its JSON Schema too. The second has all places of a finding, and what was not
selected; the third has the user's own tests, and what a shard has seen."""

IN_ANOTHER_SHARD = "in another shard"
"""The reason of what other shards of the run look at."""
NOT_SELECTED = "not selected (--only, --skip)"
"""The reason of a broken requirement that stands outside the selection."""
ABOUT_OTHERS = frozenset({"about servers only", "about SDKs only"})
"""The reasons of requirements that are about the other kind of target."""

FIELDS = (
    "model",
    "reasoning_effort",
    "name",
    "description",
    "instructions",
    "tools",
    "tool_resources",
    "metadata",
    "temperature",
    "top_p",
    "response_format",
)
"""The fields of a modify body in the first editions: those of a report that does not name its own."""

Level = Literal["MUST", "SHOULD", "INFO"]


class OutcomeKind(StrEnum):
    """What became of a requirement. Only *pass* is a pass."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    FLAKY = "flaky"
    WAIVED = "waived"
    NOT_APPLICABLE = "not-applicable"
    CANNOT_EXPRESS = "cannot-express"
    UNTESTED = "untested"
    ERROR = "error"


class Verdict(StrEnum):
    """What a report says of its target as a whole."""

    CONFORMANT = "conformant"
    NON_CONFORMANT = "non-conformant"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes of a request or response; ``data`` may be a beginning only, ``size`` is the true length in bytes."""

    data: bytes = b""
    size: int = 0

    @property
    def cut(self) -> bool:
        """Whether only a beginning was kept."""
        return len(self.data) < self.size


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request as it left, secrets taken out."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: Body = field(default_factory=Body)


@dataclass(frozen=True, slots=True)
class RecordedResponse:
    """A response as it came, secrets taken out; ``elapsed_ms`` in milliseconds."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: Body = field(default_factory=Body)
    elapsed_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Served:
    """What the suite's server did with one request of an SDK."""

    how: Literal["whole", "ended", "slow", "cut", "closed", "reset", "silent"] = "whole"
    """``whole``: a response; ``ended``: one behind which the connection ended; ``slow``: one in pieces; ``cut``: one
    whose body ends early; ``closed`` and ``reset``: the connection ended without one; ``silent``: nothing came."""
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: Body = field(default_factory=Body)
    """Of a body that was cut, what came of it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange of the evidence, with the part it plays."""

    role: Literal["setup", "act", "observe"]
    """``setup`` brings the precondition about, ``act`` is the exchange that is judged, ``observe`` reads back."""
    operation: str
    request: RecordedRequest | None = None
    response: RecordedResponse | None = None
    asked: Any = None
    """For an SDK: the JSON value that its caller gave; for a server ``None``."""
    outcome: str = ""
    """What the caller got, in a line: ``returned``, ``raised BadRequestError (400)``, ``time-out after 10 s``."""
    assistant_id: str | None = None
    """For an SDK: the id that its caller gave."""
    served: tuple[Served, ...] = ()
    """For an SDK: what came for each request, where that is more than the one response."""
    client: tuple[str, str] | None = None
    """For an SDK: base URL and key of the client that was called, where it is not the usual one."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One place, or one value at a place, that showed a finding."""

    place: str
    """Dotted, indexes of lists left out; empty where it is about the whole."""
    expected: str
    actual: str
    case: str = ""
    """The label of the first case that showed it."""
    seen: int = 1
    """How many of the cases showed it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken requirement: what was expected, what came, and the smallest exchange that shows it."""

    summary: str
    """One line: what is wrong."""
    expected: str
    actual: str
    case: str = ""
    """The label of the case that showed it, such as ``name of 257 characters``."""
    place: str = ""
    """The place in the body that it is about, dotted; empty where it is about the whole."""
    steps: tuple[Step, ...] = ()
    curl: str = ""
    """Shell lines that repeat it; empty where that is not possible, as for an SDK."""
    seen: int = 1
    """How many of the cases showed it."""
    shown: tuple[Shown, ...] = ()
    """All the places and values that showed it, up to a limit; empty where there is none beside the one above."""
    more: int = 0
    """How many further ones there were."""


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement and what became of it."""

    id: str
    level: Level
    provenance: Literal["schema", "prose", "observed", "own"]
    """``own``: a test of the user's own."""
    sentence: str
    source: str
    outcome: OutcomeKind
    cases: int = 0
    """How many cases gave evidence, for or against."""
    reason: str = ""
    """Why it is neither pass nor fail; empty for those two."""
    observed: str = ""
    """For INFO: what was seen."""
    finding: Finding | None = None
    seconds: float = field(default=0.0, compare=False)
    """Its share of the time of the tests that gave evidence on it; those of all rows are no longer than the run."""

    @property
    def family(self) -> str:
        """The first part of the id: ``validation``, ``roundtrip`` …"""
        return self.id.split(".")[0]

    @property
    def applies(self) -> bool:
        """Whether it is about targets of this kind."""
        return self.outcome is not OutcomeKind.NOT_APPLICABLE or self.reason not in ABOUT_OTHERS


@dataclass(frozen=True, slots=True)
class Target:
    """Who was judged."""

    kind: str
    """``reference``, ``http``, ``sdk`` …"""
    spec: str
    """As given on the command line, secrets taken out."""
    name: str = ""
    version: str = ""
    details: dict[str, str] = field(default_factory=dict)
    """Anything else worth knowing: time-outs and retries of an SDK, the server's own header …"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a shard has seen of one requirement; its finding stands in the row."""

    id: str
    accepted: int = 0
    refused: int = 0
    broken: int = 0
    observed: dict[str, int] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    """What was told once, by its kind: ``flaky``, ``hidden`` …"""
    at: dict[str, int] = field(default_factory=dict)
    """In which scenario that was, by its place in the order of all."""
    shown: tuple[Shown, ...] = ()
    more: int = 0
    doubts: int = 0


@dataclass(frozen=True, slots=True)
class Shard:
    """That a report is of a part of a run, and what it takes to add the parts up."""

    numbers: tuple[int, ...]
    """Which of them it is; several where some were merged and others are missing."""
    count: int
    """How many there are."""
    plan: str = ""
    """What tells the tests that were shared out from others: a SHA-256."""
    complete: bool = True
    """Whether all was carried out that was to be."""
    effective: bool = False
    hidden: str = ""
    left: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """The scenarios that were not carried out, by their places, with the ids that they are about."""
    seen: tuple[Seen, ...] = ()

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers of those that are not in it."""
        return tuple(number for number in range(1, self.count + 1) if number not in self.numbers)


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run."""

    suite_version: str
    edition: str
    edition_sha256: str
    target: Target
    settings: dict[str, Any]
    """What was asked for: effort, seed, only, skip, fail_on, timeout …"""
    command: str
    started: str
    """UTC, ISO 8601, to the second."""
    duration: float
    """Seconds."""
    requests: int
    """HTTP requests sent in all."""
    rows: tuple[Row, ...]
    verdict: Verdict
    interrupted: bool = False
    notes: tuple[str, ...] = ()
    """What did not run and why, beyond single rows."""
    applicable: int = 0
    """How many requirements of the edition are about targets of this kind, selected or not; 0 where it is not known."""
    fields: tuple[str, ...] = FIELDS
    """The fields of a modify body that the edition has, in its order."""
    extends: str = ""
    """The published edition that an edition of the user's own rests on; empty for a published one."""
    changes: tuple[dict[str, Any], ...] = ()
    """What such an edition has otherwise, each change with its place, reason and source."""
    outside: tuple[Row, ...] = ()
    """Requirements that were not selected and were seen broken all the same, each with its finding."""
    own: tuple[Row, ...] = ()
    """What became of the user's own tests; they count for the verdict, and are none of the suite's requirements."""
    shard: Shard | None = None
    """For a part of a run; ``None`` for a whole one."""
    left_behind: tuple[str, ...] = ()
    """The assistants that the run has made and not deleted."""
    version: int = VERSION

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many rows of each level have each outcome; outcomes that do not occur are left out."""
        table: dict[str, dict[str, int]] = {}
        for row in self.rows:
            level = table.setdefault(row.level, {})
            level[row.outcome.value] = level.get(row.outcome.value, 0) + 1
        return table
