"""What a run writes into its journal while it goes on: each scenario's evidence, and the assistants that it makes.

The evidence of a scenario is a part of all evidence, and parts add up (:mod:`conformance.campaign.part`). So nothing
that was written has to be changed: of a scenario that goes on its part so far is written now and then, the last one
holds, and what was seen in scenarios that are done adds up to the evidence of the run.
"""

from __future__ import annotations

import hashlib
import threading
import time
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from conformance.campaign.entries import TOLD_ONCE
from reports.model import Seen
from reports.serialise import finding_document, seen_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from conformance.campaign.entries import Entry
    from conformance.campaign.entries import Seen as SeenOfScenario
    from conformance.campaign.evidence import Evidence
    from conformance.scenario import Scenario
    from reports.journal import JournalFile
    from reports.model import Finding

OFTEN = 0.5
"""Seconds after which what was seen meanwhile is written, and what was written is on the disk."""
TEXTS = frozenset(TOLD_ONCE) - {"finding"}


def seen_of(id_: str, entry: Entry) -> Seen:
    """Return what was seen of a requirement, without its finding, to stand in a report or a journal."""
    told = {name: getattr(entry, name) for name in sorted(TEXTS) if getattr(entry, name)}
    places, more, doubts = entry.sightings.parts()
    return Seen(
        id_,
        entry.accepted,
        entry.refused,
        entry.broken,
        dict(entry.observed),
        told,
        dict(entry.at),
        places,
        more,
        doubts,
    )


def digest(scenarios: Iterable[Scenario]) -> str:
    """Return what is the same for the same scenarios in the same order, and for no others."""
    names = (f"{one.requirement} {one.label} {one.tier} {len(one.cases)} {one.examples}" for one in scenarios)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


class Made(set[str]):
    """The ids of assistants that were made and not yet deleted; whoever follows is told of each."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = count(1)
        self.on_change: Callable[[str, str], object] = lambda what, assistant_id: None

    @contextmanager
    def making(self) -> Iterator[None]:
        """Tell whoever follows that a create is under way: should the run be killed meanwhile, nobody has its id."""
        number = str(next(self._numbers))
        self.on_change("making", number)
        yield
        self.on_change("answered", number)

    def add(self, assistant_id: str) -> None:
        """Take note of an assistant that was made."""
        if assistant_id not in self:
            super().add(assistant_id)
            self.on_change("made", assistant_id)

    def update(self, *several: Iterable[str]) -> None:
        """Take note of several."""
        for ids in several:
            for one in ids:
                self.add(one)

    def discard(self, assistant_id: object) -> None:
        """Take note that one is gone."""
        if assistant_id in self:
            super().discard(assistant_id)
            self.on_change("deleted", str(assistant_id))


class Journal:
    """The journal as one process writes it; safe to use from several threads.

    ``by`` tells this process and this sitting from others that write into the same file.
    """

    def __init__(self, file: JournalFile, by: str, redact: Callable[[Any], Any] = lambda value: value) -> None:
        self._file = file
        self._redact = redact
        """Takes secrets out of what is written."""
        self._by = by
        self._begun = time.monotonic()
        self._evidence: Evidence | None = None
        self._notes: list[str] = []
        self._together: list[Finding] = []
        self._noted = 0
        self._is_ending = False
        self._requests: Callable[[], int] = lambda: 0
        self._told: set[tuple[int, str]] = set()
        """The findings that were written, by the numbers of the scenarios and the ids of the requirements."""
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._writer = threading.Thread(target=self._write_now_and_then, name="journal", daemon=True)

    @property
    def failure(self) -> str:
        """Why the last lines could not be written; empty where they were."""
        return self._file.failure

    def begin(self, head: Mapping[str, Any]) -> None:
        """Write what the run was asked to do."""
        self._put({"record": "run", "by": self._by, **self._redact(head)})
        self._file.sync()

    def follow(
        self, evidence: Evidence, notes: list[str], together: list[Finding], requests: Callable[[], int]
    ) -> None:
        """Write from now on what comes to the evidence and to the notes, until :meth:`close`."""
        self._evidence, self._notes, self._together, self._requests = evidence, notes, together, requests
        evidence.is_followed = True
        self._writer.start()

    def plan(
        self,
        scenarios_digest: str,
        plan: str,
        left: Mapping[int, frozenset[str]],
        elsewhere: Iterable[int],
        always: Iterable[int],
        *,
        endless: bool,
    ) -> None:
        """Write which scenarios there are, by their places, with the requirements that they are about."""
        self._put(
            {
                "record": "plan",
                "by": self._by,
                "digest": scenarios_digest,
                "plan": plan,
                "scenarios": [[place, sorted(ids)] for place, ids in sorted(left.items())],
                "elsewhere": sorted(elsewhere),
                "always": sorted(always),
                "endless": endless,
            }
        )

    def on_assistant(self, what: str, assistant_id: str) -> None:
        """Write that an assistant was ``made``, or ``deleted``, before anything else is done with it.

        The same for a create that is under way, and one that was ``answered``, by a number of this process.
        """
        if assistant_id:
            self._put({"record": what, "by": self._by, "id": assistant_id})

    def beside(self, id_: str, finding: Finding) -> None:
        """Write what was found about an assistant that nobody touched."""
        self._put({"record": "beside", "by": self._by, "id": id_, "finding": self._finding(finding)})

    def done(self, place: int) -> None:
        """Write what a scenario has shown, and that it is done."""
        with self._lock:
            self._put(*self._news(), {"record": "done", "by": self._by, "place": place, **self._so_far()})

    def ends(self) -> None:
        """Write what was seen; from now on only what is left at the end is."""
        with self._lock:
            self._put(*self._news())
            self._is_ending = True

    def close(self, why: str) -> None:
        """Write that the run is over, and why so early; let go of the file."""
        self._over.set()
        if self._writer.is_alive():
            self._writer.join()
        with self._lock:
            self._put(*self._news(), {"record": "end", "by": self._by, "text": self._redact(why)})
            self._file.close()

    def _write_now_and_then(self) -> None:
        while not self._over.wait(OFTEN):
            with self._lock:
                news = self._news()
                if news:
                    self._put(*news)
            self._file.sync()

    def _finding(self, finding: Finding) -> dict[str, Any]:
        return finding_document(self._redact(finding))

    def _put(self, *documents: dict[str, Any]) -> None:
        self._file.append(documents)

    def _so_far(self) -> dict[str, Any]:
        return {"requests": self._requests(), "seconds": round(time.monotonic() - self._begun, 3)}

    def _news(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        if not self._is_ending:
            notes = self._notes[self._noted :]
            self._noted += len(notes)
            found += [{"record": "note", "by": self._by, "text": self._redact(note)} for note in notes]
        if self._evidence is not None:
            with self._evidence.news() as news:
                for seen in news:
                    found += self._of_scenario(seen, self._evidence)
        return found

    def _of_scenario(self, seen: SeenOfScenario, evidence: Evidence) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for id_, entry in seen.entries.items():
            if entry.finding is not None and (seen.number, id_) not in self._told:
                self._told.add((seen.number, id_))
                together = any(entry.finding is one for one in self._together)
                document = self._finding(entry.finding)
                about = {"record": "finding", "by": self._by, "number": seen.number, "id": id_}
                found.append({**about, "finding": document, "together": together})
        found.append(
            {
                "record": "seen",
                "by": self._by,
                "number": seen.number,
                "place": seen.place,
                "over": seen.is_over,
                "seen": [seen_document(self._redact(seen_of(*pair))) for pair in seen.entries.items()],
                "effective": evidence.effective,
                "hidden": evidence.hidden,
                **self._so_far(),
            }
        )
        return found
