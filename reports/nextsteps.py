"""What to do with a report: the page to read, and commands.

They send the worst finding again, delete what the run has left, write a baseline.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from reports.again import clean_command, replay_command
from reports.causes import causes
from reports.model import OutcomeKind, Verdict
from reports.reading import is_clean_shard
from reports.shorten import visible

if TYPE_CHECKING:
    from reports.model import Report


def next_steps(report: Report, directory: str, alone: str = "") -> tuple[tuple[str, str], ...]:
    """Return names and what they stand for, commands to type but for a page, about a report in a directory.

    ``alone`` is the path of one that has no page beside it, such as a merged one or the journal of a run.
    """
    directory = directory.rstrip("/") or "/"
    document = alone or f"{directory}/report.json"
    page = visible(f"{directory}/report.html", lines=False)
    if alone:
        page = _command("render", document, "--format", "html", "--output", "report.html")
    steps = [("page", page)]
    if clean := clean_command(report, document):
        steps.append(("clean", clean))
    if is_clean_shard(report):
        return (*steps, ("merge", f"{_command('merge', document)} … --output merged.json"))
    worst = next((row for cause in causes(report) for row in cause.rows if row.finding is not None), None)
    if worst is not None:
        steps.append(("replay", replay_command(report, document, worst.id)))
    certified = report.command.startswith("conformance certify ")  # and a certificate waives nothing
    failed = any(row.outcome is OutcomeKind.FAIL for row in report.rows)
    if report.verdict is Verdict.NON_CONFORMANT and failed and not certified:
        steps.append(("baseline", _command("baseline", "write", document, "--output", "known.toml")))
    elif report.verdict is Verdict.INCONCLUSIVE:
        steps[0] = ("page", page if alone else f"{page}#open")
    return tuple(steps)


def told_notes(report: Report, path: str) -> tuple[str, ...]:
    """Return the notes of a report that stands at a path, with the command that deletes what the run has left."""
    clean = clean_command(report, path)
    return (*report.notes, f"to delete what was left: {clean}") if clean else report.notes


def _command(*words: str) -> str:
    return visible(shlex.join(["conformance", *words]), lines=False)
