"""What a journal says of a run: its report as far as that went, and what it takes to go on with it.

A journal is data, and may come from anybody. Nothing that it names is run, imported, opened or sent to; the assistants
that it lists are touched where the user says so, or where the target shows that a run of the suite made them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import conformance
from conformance.assembling import assembled, not_selected
from conformance.campaign.entries import ENDED, OUTSIDE, Entry, Seen
from conformance.campaign.evidence import Evidence
from conformance.campaign.part import Part, added
from conformance.campaign.standing import explained
from conformance.catalogue import Requirement, catalogue
from conformance.editions import edition_told
from conformance.errors import UsageError
from conformance.sharding import entry_of, waived_as
from conformance.target import Description
from reports.bodies import Room
from reports.errors import ReportError
from reports.journal import records
from reports.model import IN_ANOTHER_SHARD
from reports.serialise import finding_of, seen_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.target import Role
    from reports.model import Finding, Report
    from strategies.editions import Edition

_KILLED = "the run was interrupted"


@dataclass(slots=True)
class _Scenario:
    """What was seen while one scenario was carried out."""

    place: int = 0
    over: bool = False
    seen: list[dict[str, Any]] = field(default_factory=list)
    findings: dict[str, Finding] = field(default_factory=dict)


@dataclass
class Journalled:
    """What a journal says."""

    head: dict[str, Any]
    """What the run was asked to do."""
    edition: Edition
    own: dict[str, Requirement] = field(default_factory=dict)
    done: dict[int, Seen] = field(default_factory=dict)
    """What the scenarios gave evidence on that are done, by their places."""
    places: dict[int, frozenset[str]] = field(default_factory=dict)
    """All scenarios, with the requirements that they are about."""
    elsewhere: frozenset[int] = frozenset()
    digest: str = ""
    plan: str = ""
    assistants: dict[str, None] = field(default_factory=dict)
    """The assistants that were made and not deleted, in the order of their making."""
    notes: dict[str, None] = field(default_factory=dict)
    beside: list[tuple[str, Finding]] = field(default_factory=list)
    """Findings about assistants that nobody touched."""
    together: list[Finding] = field(default_factory=list)
    """Findings whose evidence was put together from several requests."""
    ended: str = ""
    making: set[tuple[str, str]] = field(default_factory=set)
    """The creates that were not answered yet where the journal ends, by process and number."""
    _always: set[int] = field(default_factory=set)
    _endless: bool = False
    _room: Room = field(default_factory=Room)
    _entries: dict[str, Entry] = field(default_factory=dict)
    _open: dict[tuple[str, int], _Scenario] = field(default_factory=dict)
    _effective: bool = False
    _hidden: str = ""
    _requests: dict[str, int] = field(default_factory=dict)
    _seconds: dict[str, float] = field(default_factory=dict)

    @property
    def asked(self) -> Mapping[str, str]:
        """What has to be asked for again where the run is resumed."""
        return cast("Mapping[str, str]", self.head["asked"])

    @property
    def started(self) -> str:
        """When the run was started, ISO 8601."""
        return str(self.head["started"])

    @property
    def seconds(self) -> float:
        """How long it has taken: of processes side by side the longest, of one sitting after another all."""
        longest: dict[str, float] = {}
        for by, seconds in self._seconds.items():
            sitting = by.partition(" ")[0]
            longest[sitting] = max(seconds, longest.get(sitting, 0.0))
        return sum(longest.values())

    @property
    def selected(self) -> tuple[str, ...]:
        """The ids of the requirements that are judged."""
        return tuple(self.head["selected"])

    def part(self, *, to_go_on: bool = False) -> Part:
        """Return what was seen; where a run is ``to_go_on``, in scenarios that are done: the others come again."""
        entries = dict(self._entries)
        for scenario in () if to_go_on else self._open.values():
            _add(entries, self._of(scenario))
        target = self.head["target"]
        return Part(
            entries,
            effective=self._effective and not to_go_on,
            hidden="" if to_go_on else self._hidden,
            left={place: ids for place, ids in self.places.items() if place not in self.done},
            requests=sum(self._requests.values()),
            described=Description(**target),
            notes=(*self.notes, *(() if to_go_on else self._under_way())),
            ended="" if to_go_on else self.ended or _KILLED,
            own=tuple(self.own.values()),
            elsewhere=self.elsewhere,
            plan=self.plan,
            standing=() if to_go_on else tuple(self.assistants),
        )

    def _under_way(self) -> tuple[str, ...]:
        """Say of a run that was killed what it may have made without being told the id."""
        count = 0 if self.ended else len(self.making)
        of = "one assistant was" if count == 1 else f"{count} assistants were"
        told = f"{of} being made when the run was killed, and no id was told: conformance clean finds them"
        return (told,) if count else ()

    def take(self, record: dict[str, Any]) -> None:
        """Take in what one line says; raises :class:`ReportError` for what does not belong there."""
        by = record["by"]
        match record["record"]:
            case "run":
                if (record["asked"], record["suite_version"]) != (self.asked, self.head["suite_version"]):
                    raise ReportError("the journal is inconsistent: it is of two runs")
                self._know(record["own"])
            case "plan":
                self._plan(record)
            case "seen":
                self._see(record)
            case "finding":
                self._find(by, record)
            case "beside":
                self.beside.append((self._known(record["id"]), finding_of(record["finding"], self._room)))
                self.together.append(self.beside[-1][1])
            case "done":
                self._finish(by, record["place"])
                self._so_far(record)
            case "making":
                self.making.add((by, record["id"]))
            case "answered":
                self.making.discard((by, record["id"]))
            case "made":
                self.assistants[record["id"]] = None
            case "deleted":
                self.assistants.pop(record["id"], None)
            case "note":
                self.notes[record["text"]] = None
            case "end":
                self.ended = record["text"]

    def _so_far(self, record: dict[str, Any]) -> None:
        by = record["by"]
        self._requests[by] = max(record["requests"], self._requests.get(by, 0))
        self._seconds[by] = max(record["seconds"], self._seconds.get(by, 0.0))

    def _know(self, own: list[dict[str, Any]]) -> None:
        role: Role = self.head["role"]
        for one in own:
            roles = frozenset({role})
            self.own[one["id"]] = Requirement(one["id"], one["level"], "own", one["sentence"], one["source"], roles)
        for id_ in (*catalogue(self.edition), *self.own):
            self._entries.setdefault(id_, Entry())

    def _plan(self, record: dict[str, Any]) -> None:
        if self.digest not in {"", record["digest"]}:
            raise ReportError("the journal is inconsistent: it is of two plans")
        self.digest, self.plan, self._endless = record["digest"], record["plan"], record["endless"]
        self.places |= {place: frozenset(ids) for place, ids in record["scenarios"]}
        self.elsewhere = frozenset(record["elsewhere"])
        self._always |= set(record["always"])

    def _known(self, id_: str) -> str:
        if id_ not in self._entries:
            raise ReportError(f"the journal is damaged: it has evidence for {id_}, which is not a requirement")
        return id_

    def _see(self, record: dict[str, Any]) -> None:
        scenario = self._open.setdefault((record["by"], record["number"]), _Scenario())
        scenario.place, scenario.over, scenario.seen = record["place"], record["over"], record["seen"]
        for one in record["seen"]:
            self._known(one["id"])
        self._effective = self._effective or record["effective"]
        self._hidden = self._hidden or record["hidden"]
        self._so_far(record)
        if self._endless and scenario.over:
            _add(self._entries, self._of(self._open.pop((record["by"], record["number"]))))

    def _find(self, by: str, record: dict[str, Any]) -> None:
        found = finding_of(record["finding"], self._room)
        scenario = self._open.setdefault((by, record["number"]), _Scenario(OUTSIDE))
        scenario.findings[self._known(record["id"])] = found
        if record["together"]:
            self.together.append(found)

    def _of(self, scenario: _Scenario) -> dict[str, Entry]:
        seen = (seen_of(one) for one in scenario.seen)
        return {one.id: entry_of(one, scenario.findings.get(one.id)) for one in seen}

    def _finish(self, by: str, place: int) -> None:
        """Count what a scenario has shown, unless it is one of those that come again whenever a run goes on."""
        if place in self._always or place not in self.places:
            return
        self.done[place] = done = Seen(place)
        mine = [key for key, one in self._open.items() if key[0] == by and one.place == place]
        for key in mine:
            found = self._of(self._open.pop(key))
            _add(self._entries, found)
            done.touched |= {
                id_ for id_, entry in found.items() if entry.accepted + entry.refused + entry.broken or entry.observed
            }
            done.broken |= {id_ for id_, entry in found.items() if entry.broken}


def _add(entries: dict[str, Entry], more: Mapping[str, Entry]) -> None:
    for id_, entry in more.items():
        entries[id_] = added(entries[id_], entry)


def journalled(path: Path, but: str = "") -> Journalled:
    """Read a journal, what was written in the sitting ``but`` left out.

    Raises :class:`UsageError`, one line, for one that is missing, damaged or of another version of the suite.
    """
    found: Journalled | None = None
    try:
        for record in records(path):
            if found is None:
                found = Journalled(record, _edition_of(record))
            if not but or record["by"].partition(" ")[0] != but:
                found.take(record)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except ReportError as error:
        raise UsageError(f"{path}: {error}") from None
    if found is None:
        raise UsageError(f"{path}: nothing was judged yet when the run ended", "start a new run")
    if found.head["suite_version"] != conformance.__version__:
        told = f"{path}: the journal was written by version {found.head['suite_version']}"
        raise UsageError(f"{told}, this is {conformance.__version__}", "use the one that wrote it")
    return found


def _edition_of(head: dict[str, Any]) -> Edition:
    told = head["edition"]
    return edition_told(told["name"], told["sha256"], told.get("extends", ""), told.get("changes", ()))


def report_of(found: Journalled) -> Report:
    """Return the report of what was judged by the time the journal ends; it is that of an interrupted run."""
    part, role = found.part(), found.head["role"]
    evidence = Evidence(catalogue(found.edition), role, found.selected, found.own.values())
    evidence.replace(part.entries, part.hidden, effective=part.effective)
    if part.elsewhere:
        evidence.share()
    for id_, finding in found.beside:
        if not explained(evidence, id_):
            evidence.break_(id_, finding)
    if not part.hidden:
        evidence.set_pending(part.pending(), ENDED)
        evidence.set_pending(part.pending(elsewhere=True), IN_ANOTHER_SHARD)
    expected: dict[str, str] = found.head["expected"]
    rows, outside, own = (
        tuple(waived_as(row, expected) for row in several)
        for several in (evidence.rows(), evidence.outside(), evidence.own_rows())
    )
    return assembled(
        part,
        evidence,
        found.edition,
        rows=rows,
        outside=outside,
        own=own,
        settings=found.head["settings"],
        command=found.head["command"],
        started=found.started,
        duration=found.seconds,
        interrupted=True,
        further=not_selected(found.edition, rows),
    )
