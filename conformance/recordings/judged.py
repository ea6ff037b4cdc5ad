"""Recordings judged whole: every file by itself, all evidence together, and the report of that. Nothing is sent."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from conformance import baseline as baselines
from conformance.assembling import assembled, not_selected
from conformance.campaign.evidence import Evidence
from conformance.campaign.part import Part
from conformance.campaign.sightings import where_shown
from conformance.catalogue import catalogue
from conformance.errors import UsageError
from conformance.journaling import STARTED
from conformance.keys import secrets_of
from conformance.recordings.calls import call_of, in_order
from conformance.recordings.found import finding_of
from conformance.recordings.modifies import BY_BYTES
from conformance.recordings.opened import Recording
from conformance.recordings.recorded import RecordingError
from conformance.recordings.unpacking import BombError
from conformance.recordings.walk import Walk
from conformance.target import Description
from reports.model import OutcomeKind
from reports.reading import RECORDING, touched
from reports.redacted import redacted
from strategies.permissions import KnownIds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from conformance.judging.breach import Breach
    from conformance.recordings.calls import Call
    from conformance.recordings.found import Played
    from conformance.recordings.recorded import Recorded
    from conformance.settings import Settings
    from conformance.target import Role
    from reports.model import Report, Row
    from strategies.editions import Edition

NOT_SHOWN = "the recording does not show it"
"""The reason of what is untested."""
BY_VALUE = "not recorded: bodies are kept as JSON values, without their bytes"
_MOST_TOLD = 1000


@dataclass
class Judging:
    """Recordings being judged; ``on_found`` is told of each finding in a line, as it is found."""

    settings: Settings
    edition: Edition
    role: Role
    selected: Sequence[str]
    on_found: Callable[[str], None] = lambda line: None
    baseline: baselines.Baseline = field(default_factory=baselines.Baseline)
    modifies: int = 0
    calls: int = 0
    others: int = 0
    """Entries of other traffic."""
    formats: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    complaints: tuple[baselines.Complaint, ...] = ()
    interrupted: bool = False
    _passed: dict[str, int] = field(default_factory=dict)
    _old: int = 0
    _only_values: bool = True
    _told: set[tuple[str, str]] = field(default_factory=set)
    """What was told of, each requirement at each place once."""
    _started: datetime = field(default_factory=lambda: datetime.now(UTC))
    _begun: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Begin without evidence."""
        self.evidence = Evidence(catalogue(self.edition), self.role, self.selected)

    def files(self, files: Iterable[tuple[Path, bool]]) -> None:
        """Judge files, each with whether it was named itself: of a folder, what is no recording is passed over.

        Raises :class:`UsageError`, one line, for a recording that is broken, for one that is foreign and was named, and
        where no file holds a modify.
        """
        every = list(files)
        without = foreign = 0
        for path, named in every:
            before = self.modifies + sum(self._passed.values())
            try:
                self._file(path)
            except RecordingError as error:
                if named or not error.foreign:
                    raise
                foreign += 1
                continue
            without += self.modifies + sum(self._passed.values()) == before
        if not every:
            raise UsageError("no recordings found", _HINT)
        if without + foreign == len(every):
            told = str(every[0][0]) if len(every) == 1 else f"none of {len(every)} files"
            holds = "holds no modify of an assistant" if len(every) == 1 else "holds a modify of an assistant"
            raise UsageError(f"{told}: {holds}" if len(every) == 1 else f"{told} {holds}", _HINT)
        if without:
            self.notes.append(f"{without} of {len(every)} files hold no modify of an assistant")
        if foreign:
            self.notes.append(f"{foreign} of {len(every)} files are not recordings")

    def _file(self, path: Path) -> None:
        recording = Recording(path)
        walk = self.walk(lambda recorded: _position(recording, recorded))
        self.take(recording, walk, path)
        self.formats[recording.format] = self.formats.get(recording.format, 0) + 1

    def take(self, entries: Iterable[Recorded], walk: Walk, path: Path) -> None:
        """Judge entries that belong together."""
        current = 0
        try:
            for call in in_order(filter(None, map(self.call_of, entries))):
                current = call.recorded.index
                self.step(walk, call)
        except BombError as error:
            raise RecordingError(path, f"entry {current}: {error}") from None
        except RecursionError:
            raise RecordingError(path, f"entry {current}: a body is nested too deeply") from None
        self.close(walk)

    def step(self, walk: Walk, call: Call) -> None:
        """Judge a call; raises :class:`BombError` for one whose bodies are beyond what is read.

        In a recording of this suite's own such a body is no attempt on whoever reads it: somebody has sent it.
        """
        try:
            walk.take(call)
        except BombError as error:
            if not call.recorded.all_headers:
                raise
            walk.skip(call, f"{error}")

    def close(self, walk: Walk) -> None:
        """Take what a walk has seen."""
        walk.finish()
        self.modifies += walk.judged
        for why, count in walk.passed.items():
            self._passed[why] = self._passed.get(why, 0) + count

    def walk(self, position: Callable[[Recorded], str]) -> Walk:
        """Return a walk through entries that stand alone; ``position`` says where one stands."""

        def on_breach(id_: str, breach: Breach, played: list[Played]) -> None:
            self._break(id_, breach, played, position(played[-1][1].recorded))

        known = KnownIds(
            frozenset(filter(None, [self.settings.model])),
            frozenset(self.settings.file_ids),
            frozenset(self.settings.vector_store_ids),
        )
        return Walk(self.edition, self.evidence, self.role, known, on_breach)

    def call_of(self, recorded: Recorded) -> Call | None:
        """Return what an entry calls, and count it; ``None`` for what is passed over."""
        call = call_of(recorded, self.role)
        if call is None:
            self.others += 1
            return None
        self._old += call.is_old and call.operation == "modify"
        self.calls += 1
        self._only_values = self._only_values and recorded.by_value
        return call

    def _break(self, id_: str, breach: Breach, played: list[Played], label: str) -> None:
        if id_ not in self.evidence:
            return
        found = finding_of(breach, label, played, self.role)
        shown = replace(where_shown(breach, label), case=label, expected=found.expected, actual=found.actual)
        self.evidence.break_(id_, found, [shown])
        known = id_, breach.anywhere
        if self.evidence.is_broken(id_) and known not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(known)
            level = catalogue(self.edition)[id_].level
            self.on_found(f"✗ {level} {label}: {id_}: expected {found.expected}; {found.actual}")

    # What comes of it

    def report(self, spec: str, *, kind: str = RECORDING) -> Report:
        """Return the report; ask when all is judged."""
        self._settle()
        known = catalogue(self.edition)
        rows, self.complaints = baselines.apply(self.evidence.rows(), self.baseline, self._started.date(), known)
        outside = baselines.apply(self.evidence.outside(), self.baseline, self._started.date(), known)[0]
        part = Part(
            self.evidence.entries,
            effective=self.evidence.effective,
            hidden="",
            left={},
            requests=0,
            described=Description(kind, spec, spec, details=self._details()),
            notes=(self.line(rows), *self._of_others(), *self.notes),
        )
        report = assembled(
            part,
            self.evidence,
            self.edition,
            rows=rows,
            outside=outside,
            own=(),
            settings={**self.settings.published(), "role": self.role},
            command=shlex.join(["conformance", "run", spec, "--role", self.role, "--edition", self.settings.edition]),
            started=self._started.strftime(STARTED),
            duration=time.monotonic() - self._begun,
            interrupted=self.interrupted,
            further=[*(one.text for one in self.complaints), *not_selected(self.edition, rows)],
        )
        return redacted(report, secrets_of(replace(self.settings, target=None)))

    def _settle(self) -> None:
        """Say of everything that was not seen that it was not."""
        for id_, entry in self.evidence.entries.items():
            seen = entry.accepted + entry.refused + entry.broken + len(entry.observed)
            if not seen and not entry.permitted:
                by_value = self._only_values and self.calls and id_ in BY_BYTES
                self.evidence.set_pending([id_], BY_VALUE if by_value else NOT_SHOWN)

    def _details(self) -> dict[str, str]:
        told = {"role": self.role, "exchanges": str(self.modifies), "other calls of assistants": str(self._beside)}
        formats = ", ".join(f"{name} ({count})" for name, count in sorted(self.formats.items()))
        return {**told, "other traffic": str(self.others), **({"formats": formats} if formats else {})}

    @property
    def _beside(self) -> int:
        return max(self.calls - self.modifies - sum(self._passed.values()), 0)

    def _of_others(self) -> Iterator[str]:
        if self.others:
            yield f"ignored: {_several(self.others, 'entry')} of other traffic"
        if self._beside:
            yield f"read to know the state of assistants, not judged: {_several(self._beside, 'other call')}"
        if self._old:
            told = _several(self._old, "modify")
            yield f"under OpenAI-Beta: assistants=v1, held to what v1 and the editions share: {told}"
        for why, count in self._passed.items():
            if why:
                yield f"not judged: {_several(count, 'modify')}: {why}"

    def line(self, rows: Iterable[Row]) -> str:
        """Return the line that says what was seen."""
        shown = list(rows)
        broken = sum(row.outcome is OutcomeKind.FAIL for row in shown)
        return f"{_several(self.modifies, 'exchange')}, {touched(shown)} requirements touched, {broken} broken"


_HINT = "it is a POST of /assistants/{assistant_id}"


def _several(count: int, what: str) -> str:
    """Return a count with its noun: ``1 exchange``, ``2 modifies``."""
    return (
        f"{count:,} {what}"
        if count == 1
        else f"{count:,} {what.removesuffix('y')}{'ies' if what.endswith('y') else 's'}"
    )


def _position(recording: Recording, recorded: Recorded) -> str:
    line = recording.line_of(recorded)
    where = f"{recording.path}:{line}" if line else f"{recording.path}"
    return f"{where} (entry {recorded.index})"


def is_clean(report: Report) -> bool:
    """Return whether recordings have shown something, and nothing that is wrong, at whichever level."""
    every = (*report.rows, *report.outside)
    wrong = {OutcomeKind.FAIL, OutcomeKind.ERROR}
    return touched(report.rows) > 0 and not report.interrupted and not any(row.outcome in wrong for row in every)
