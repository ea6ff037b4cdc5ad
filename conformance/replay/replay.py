"""From a report and a requirement's id to an answer: still failing, fixed, or cannot replay.

Findings about one modify, about sequences and about hostile bodies are sent again to the byte, with the stored
preconditions, and judged as a run judges. A scenario that holds several assistants or calls at once against each
other keeps only the exchange that failed; it is repeated whole, its bodies being fixed.
"""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING, Any

from conformance import interrupts
from conformance.campaign.scratches import NoRoomError
from conformance.editions import edition_told
from conformance.errors import UsageError
from conformance.replay.answer import Answer, CannotReplayError
from conformance.replay.counterexample import counterexample_of
from conformance.replay.fromrecording import prepared
from conformance.replay.recorder import Recorder
from conformance.replay.trial import Replayed, Trial
from conformance.run import options
from conformance.settings import Settings
from conformance.targets.kinds import REFERENCE
from conformance.targets.resolve import resolve
from conformance.targets.secrets import MASK
from reports.again import offered_command
from reports.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.model import Report, Row


def replay(report: Report, id_: str, given: Mapping[str, Any] | None = None, path: str = "report.json") -> Replayed:
    """Send the finding against a requirement again.

    ``given`` are members of :class:`~conformance.settings.Settings` by the user's word: ``target``, ``timeout``,
    ``api_key_env``, ``headers``, ``query``, ``beta``, ``assistant_id``, ``model``. A report is data, and may come from
    anybody: what it names as target, key or assistant is never used. ``path`` is where it stands, for messages. Raises
    :class:`~conformance.errors.UsageError` where no target is given, for an id that the report does not have and a
    report that this suite cannot judge by, and :class:`~conformance.errors.TargetUnusableError` as a run does.
    Assistants that are made are deleted.
    """
    given = given or {}
    row = _row(report, id_)
    settings = _settings(report, given)
    try:
        edition = edition_told(report.edition, report.edition_sha256, report.extends, report.changes)
    except ReportError as error:
        raise UsageError(f"the report cannot be judged by: {error}", _SUITE.format(report.suite_version)) from None
    if row.finding is None:
        return Replayed(Answer.CANNOT, f"the report has no finding against it: its outcome is {row.outcome.value}", row)
    try:
        counterexample = counterexample_of(id_, prepared(report, row.finding, edition))
    except CannotReplayError as error:
        return Replayed(Answer.CANNOT, str(error), row)
    if settings.target is None:
        told = offered_command(report, path, id_)
        raise UsageError("nothing is sent to a target that only a report names", f"name it yourself: {told}")
    if MASK in settings.target:
        raise UsageError("the target has its secrets taken out", "give TARGET with them")
    with interrupts.watched():
        target = resolve(settings.target, options(settings, edition))
        try:
            recorder, elsewhere = Recorder(target), not _is_of(report, settings.target)
            return Trial(report, row, counterexample, settings, edition, recorder, elsewhere=elsewhere).carry_out()
        except NoRoomError as full:
            return Replayed(Answer.CANNOT, f"the target does not create an assistant for it: {full.told}", row)
        finally:
            target.close()


_SUITE = "use the suite that wrote it, version {}"


def _row(report: Report, id_: str) -> Row:
    own = next((row for row in report.own if row.id == id_), None)
    if own is not None:
        raise UsageError(f"{id_} is a test of your own, and only it knows what it expects", f"run pytest {own.source}")
    rows = {row.id: row for row in (*report.rows, *report.outside)}
    if id_ not in rows:
        near = difflib.get_close_matches(id_, rows, 1)
        raise UsageError(f"the report has no requirement {id_!r}", f"did you mean {near[0]!r}?" if near else "")
    return rows[id_]


def _is_of(report: Report, spec: str) -> bool:
    """Return whether a target is the one that a report speaks of."""
    return spec == (REFERENCE if report.target.kind == REFERENCE else report.target.spec)


def _settings(report: Report, given: Mapping[str, Any]) -> Settings:
    """Return the settings of the run that say how to judge, and for the rest what is given now."""
    said = report.settings
    known: dict[str, Any] = {"edition": report.edition}
    timeout = said.get("timeout")
    if isinstance(timeout, int | float) and not isinstance(timeout, bool) and timeout > 0 and math.isfinite(timeout):
        known["timeout"] = float(timeout)
    known |= {name: said[name] for name in ("beta",) if isinstance(said.get(name), bool)}
    for name in ("file_ids", "vector_store_ids"):
        if isinstance(said.get(name), list):
            known[name] = tuple(map(str, said[name]))
    return Settings(**known | dict(given))
