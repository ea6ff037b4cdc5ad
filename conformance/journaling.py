"""A run and its journal: what is written at its beginning, and what an earlier sitting of the run has left."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import conformance
from conformance.baseline import told
from conformance.campaign.journal import Journal
from conformance.campaign.standing import standing_of
from conformance.editions import base_of, changes_of
from conformance.errors import UsageError
from conformance.resuming import journalled
from conformance.targets.baseurl import parse_base_url
from reports.claim import Claim, claim
from reports.errors import ReportError
from reports.journal import NAME, VERSION, JournalFile, whole_lines
from reports.redacted import parts_redacted
from reports.write import set_aside

STARTED = "%Y-%m-%dT%H:%M:%SZ"
"""How the time is written at which a run was started; it is UTC."""

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.baseline import Baseline
    from conformance.campaign.context import Context
    from conformance.campaign.entries import Seen
    from conformance.campaign.journal import Made
    from conformance.campaign.part import Part
    from conformance.catalogue import Requirement
    from conformance.resuming import Journalled
    from conformance.settings import Settings
    from conformance.target import Target
    from reports.redacted import Redactor
    from strategies.editions import Edition


def sitting() -> str:
    """Return what tells the processes that judge now from those of another time."""
    return secrets.token_hex(6)


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where a process keeps its journal, and what there was before."""

    directory: Path
    by: str
    """The sitting, and the name of the process among those of it."""
    before: Journalled | None = None
    """What the journal says of the run so far, where it is resumed."""
    alone: bool = True
    """Whether this process adds up what was seen before, and not another."""

    def opened(self, secrets: Redactor, about: Mapping[str, Any], made: Made) -> tuple[Journal | None, str]:
        """Return the journal, begun and told of assistants, without any secret in it; or why there is none."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            journal = Journal(JournalFile(self.path), self.by, partial(parts_redacted, secrets=secrets))
        except OSError as error:
            return None, f"no journal can be kept in {self.directory}: {error.strerror}"
        journal.begin(about)
        made.on_change = journal.on_assistant
        return journal, ""

    @property
    def path(self) -> Path:
        """The journal's file."""
        return self.directory / NAME

    @property
    def known(self) -> Mapping[int, Seen]:
        """What scenarios gave evidence on that are done, by their places."""
        return {} if self.before is None else self.before.done

    def take_over(self, context: Context) -> None:
        """Have a campaign begin with what was seen before, where this process adds it up, and its journal follow it."""
        if self.before is not None and self.alone:
            part = self.before.part(to_go_on=True)
            context.evidence.replace(part.entries, part.hidden, effective=part.effective)
            context.notes.extend(part.notes)
            context.put_together.extend(self.before.together)
            standing_of(context).found_before(self.before.beside)
        if context.journal is not None:
            target = context.target
            context.journal.follow(context.evidence, context.notes, context.put_together, lambda: target.requests_sent)

    def check(self, digest: str, own: Iterable[Requirement]) -> None:
        """Raise :class:`UsageError` where the tests are not those of the run that is to go on."""
        before = self.before
        if before is not None and (before.digest not in {"", digest} or before.own.keys() != {one.id for one in own}):
            raise UsageError(f"{self.path}: the journal is of a run of other tests", "start a new run")


def prepared(directory: Path, settings: Settings) -> Claim:
    """Claim the directory of the report, and move what an earlier run has left there out of the way.

    The journal of a run that is to go on comes there, or stays. Raises :class:`UsageError`, one line, where another
    run writes there, where nothing can be written, and for a journal that cannot be resumed.
    """
    another = "choose another with --report-dir"
    try:
        is_new = not directory.exists()
        directory.mkdir(parents=True, exist_ok=True)
        found = claim(directory)
        found.is_new |= is_new
    except OSError as error:
        raise UsageError(f"cannot write into the report directory {directory}: {error.strerror}", another) from None
    except ReportError as error:
        raise UsageError(str(error), another) from None
    if found.is_ready:
        return found
    try:
        if settings.resume is not None:
            _bring(Path(settings.resume), directory, settings)
        set_aside(directory, but=(NAME,) if settings.resume is not None else ())
    except UsageError:
        found.release()
        raise
    except ReportError as error:
        found.release()
        raise UsageError(str(error), another) from None
    found.is_ready = True
    return found


def _bring(path: Path, directory: Path, settings: Settings) -> None:
    """Have the journal that is to go on in the directory; what was there moves aside."""
    check_asked(journalled(path), settings, path)
    home = directory / NAME
    if home.exists() and path.resolve() == home.resolve():
        return
    try:
        content = whole_lines(path)
        set_aside(directory)
        home.write_bytes(content)
    except OSError as error:
        raise UsageError(f"cannot go on with {path} in {directory}: {error.strerror}") from None


def resumed(directory: Path, settings: Settings, now: str = "") -> Journalled:
    """Return what the journal in the directory says, what is written in the sitting ``now`` left out.

    Raises :class:`UsageError`, one line, for one that cannot be gone on with by these settings.
    """
    found = journalled(directory / NAME, but=now)
    check_asked(found, settings, directory / NAME)
    return found


def asked(settings: Settings) -> dict[str, str]:
    """Return what two runs have in common of which one goes on with the other; free of secrets."""
    target = settings.target or "reference"
    if target.startswith(("http://", "https://")):
        target = parse_base_url(target).display
    values: dict[str, Any] = {
        "target": target,
        "edition": settings.edition,
        "effort": settings.effort,
        "seed": settings.seed,
        "only": settings.only,
        "skip": settings.skip,
        "shard": settings.shard,
        "assistant-id": settings.assistant_id,
        "model": settings.model,
        "file-id": settings.file_ids,
        "vector-store-id": settings.vector_store_ids,
    }
    return {
        name: " ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
        for name, value in values.items()
    }


def check_asked(before: Journalled, settings: Settings, path: Path) -> None:
    """Raise :class:`UsageError`, one line, where a run is to go on that was asked for otherwise."""
    now = asked(settings)
    for name in sorted(now.keys() | before.asked.keys(), key=lambda name: (name != "target", name)):
        then, today = before.asked.get(name, ""), now.get(name, "")
        if then != today:
            told = f"{path}: the journal is of a run with {name} {then or 'not given'!r}, not {today or 'not given'!r}"
            raise UsageError(told, "give the options of that run, or start a new run")


def head(
    settings: Settings,
    edition: Edition,
    target: Target,
    *,
    command: str,
    started: datetime,
    selected: Sequence[str],
    own: Iterable[Requirement],
    baseline: Baseline,
) -> dict[str, Any]:
    """Return what a journal begins with: what the run was asked to do."""
    return {
        "version": VERSION,
        "suite_version": conformance.__version__,
        "edition": {"name": edition.name, "sha256": edition.sha256, **_own(edition)},
        "role": target.role,
        "target": asdict(target.describe()),
        "settings": settings.published(),
        "asked": asked(settings),
        "command": command,
        "started": started.strftime(STARTED),
        "selected": list(selected),
        "own": [{"id": one.id, "level": one.level, "sentence": one.sentence, "source": one.source} for one in own],
        "expected": {
            one.requirement: told(one)
            for one in baseline.entries
            if one.expires is None or started.date() <= one.expires
        },
    }


def _own(edition: Edition) -> dict[str, Any]:
    return {"extends": base_of(edition), "changes": changes_of(edition)} if edition.own is not None else {}


def earlier(text: str) -> datetime:
    """Return the time that a journal says a run was started at."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


def with_earlier(part: Part, before: Journalled) -> Part:
    """Return what processes have seen together with what was seen before the run was interrupted."""
    return replace(before.part(to_go_on=True), described=part.described) + part
