"""``conformance run recording:…``: judge what was recorded, and send nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance import interrupts
from conformance.baseline import Baseline, load
from conformance.catalogue import catalogue
from conformance.cli.judge import claim_report_dir
from conformance.errors import UsageError
from conformance.exits import INTERRUPTED, STALE_BASELINE, exit_code
from conformance.recordings.files import PREFIX, TOUCHED, files_of
from conformance.recordings.judged import Judging, is_clean
from conformance.run import edition_of
from conformance.settings import select
from reports.again import REPORT, told_path
from reports.errors import ReportError
from reports.journal import NAME
from reports.model import Verdict
from reports.reading import RECORDING
from reports.write import previous, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.cli.progress import Watcher
    from conformance.settings import Settings
    from conformance.target import Role
    from reports.model import Report


def judge_recordings(
    settings: Settings, specs: Sequence[str], role: Role, watcher: Watcher, *, require: str | None = None
) -> int:
    """Judge files, write their report and have it shown; return the exit code.

    Raises :class:`UsageError`, one line, for what is no recording, or a broken one.
    """
    judging = begun(settings, role)
    judging.on_found = watcher.found
    home = Path(settings.report_dir).resolve()
    files = [(path, named) for path, named in files_of(specs) if named or home not in path.resolve().parents]
    if any(path.resolve() == home / NAME for path, _ in files):
        raise UsageError(f"{home / NAME} would make room for the report", "choose another folder with --report-dir")
    claim_report_dir(settings)
    with interrupts.watched():
        try:
            judging.files(files)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            judging.interrupted = True
    spec = " ".join(f"{PREFIX}{one.removeprefix(PREFIX)}" for one in specs)
    return ended(judging, judging.report(spec), watcher, require=require)


def _of_a_run(path: Path) -> str:
    """Return the target of an earlier report that no recording gives again; ``""`` where there is none."""
    try:
        target = json.loads(path.read_bytes())["target"]
        kind, spec = target["kind"], target["spec"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return ""
    return "" if kind == RECORDING else str(spec or kind)


def begun(settings: Settings, role: Role) -> Judging:
    """Return what judges recordings by these settings."""
    edition = edition_of(settings)
    chosen = select(catalogue(edition), settings.only, settings.skip)
    baseline = load(Path(settings.baseline)) if settings.baseline is not None else Baseline()
    return Judging(settings, edition, role, chosen, baseline=baseline)


def ended(judging: Judging, report: Report, watcher: Watcher, *, require: str | None) -> int:
    """Write a report, have it shown with its line, and return the exit code."""
    settings = judging.settings
    directory = Path(settings.report_dir)
    earlier = _of_a_run(previous(directory / REPORT))
    try:
        write(report, directory, keeps_previous=bool(earlier))
    except ReportError as error:
        raise UsageError(str(error)) from None
    interrupts.let_go()
    watcher.pytest_conformance_report(report)
    if watcher.quiet:
        watcher.tell(judging.line(report.rows))
    elif earlier:
        kept = told_path(previous(directory / REPORT))
        watcher.tell(f"the report of an earlier run, of {earlier}, is kept until the next one: {kept}")
    for complaint in judging.complaints:
        click.echo(f"conformance: {complaint.text}", err=True)
    if judging.interrupted:
        return INTERRUPTED
    if judging.complaints and report.verdict is not Verdict.NON_CONFORMANT:
        return STALE_BASELINE
    if require == TOUCHED and report.verdict is Verdict.INCONCLUSIVE and is_clean(report):
        return 0
    return exit_code(report.verdict)
