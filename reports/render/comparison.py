"""A comparison of two reports as text, Markdown and JSON; what a target said is shown and does nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reports.compare import Kind
from reports.facts import fact
from reports.reading import SHAPES, selection, target_name
from reports.render.markdown_text import code, inline
from reports.shorten import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.compare import Change, Comparison
    from reports.model import Report, Row

_LINE = 300  # characters
_ABSENT = "absent"


def headline(comparison: Comparison) -> str:
    """Return the comparison in a line: ``1 regressed, 2 fixed, 230 unchanged``."""
    counts = [f"{len(found)} {kind.value}" for kind in Kind if (found := comparison.of(kind))]
    return ", ".join([*counts, f"{comparison.unchanged} unchanged"])


def text(comparison: Comparison) -> str:
    """Return the comparison for a terminal, the headline last."""
    lines = [f"old: {_report(comparison.old)}", f"new: {_report(comparison.new)}"]
    lines += [_line(f"note: {note}") for note in comparison.notes]
    for kind in Kind:
        found = comparison.of(kind)
        if found:
            lines += ["", f"{kind.value} ({len(found)})"]
        listed, left = _listed(comparison, kind)
        for change in listed:
            lines.append(_line(f"  {change.level:<6} {change.id}: {_moved(change)}"))
            lines += [_line(f"         {said}") for said in _why(change, comparison)]
        lines += [f"  {left}"] if left else []
    said = headline(comparison) if comparison.regressed else f"no regression: {headline(comparison)}"
    return "\n".join([*lines, "", said]) + "\n"


def markdown(comparison: Comparison) -> str:
    """Return the comparison as Markdown with tables (GitHub's flavour)."""
    blocks = [
        f"# Comparison: {'regressed' if comparison.regressed else 'no regression'}",
        f"**{headline(comparison)}**",
    ]
    rows = [
        f"| {name} | {inline(target_name(report))} | {report.verdict.value} | {inline(report.edition)} "
        f"| {inline(report.suite_version)} | {inline(report.started)} |"
        for name, report in (("old", comparison.old), ("new", comparison.new))
    ]
    blocks.append(
        "\n".join(
            ["| | target | verdict | edition | suite | started |", "| --- | --- | --- | --- | --- | --- |", *rows]
        )
    )
    if comparison.notes:
        blocks.append("\n".join(f"- {inline(note)}" for note in comparison.notes))
    for kind in Kind:
        found = comparison.of(kind)
        listed, left = _listed(comparison, kind)
        if found:
            lines = ["| level | requirement | before | now | why |", "| --- | --- | --- | --- | --- |"]
            lines += [
                f"| {change.level} | {code(change.id)} | {_shown(change.before)} | {_shown(change.after)} "
                f"| {'<br>'.join(inline(said) for said in _why(change, comparison))} |"
                for change in listed
            ]
            blocks += [f"## {kind.value.capitalize()} ({len(found)})", *(["\n".join(lines)] if listed else [])]
            blocks += [left[0].upper() + left[1:] + "."] if left else []
    return "\n\n".join(blocks) + "\n"


def _listed(comparison: Comparison, kind: Kind) -> tuple[tuple[Change, ...], str]:
    """Return the changes of a kind that are told one by one, and in words how many are not.

    What a partial report was never to judge is told one by one only where something is wrong with it in the other.
    """
    found = comparison.of(kind)
    lacking = {Kind.GONE: ("newer", comparison.new), Kind.NEW: ("older", comparison.old)}.get(kind)
    if lacking is None or not selection(lacking[1]):
        return found, ""
    listed = tuple(one for one in found if any(row and row.finding for row in (one.before, one.after)))
    left = len(found) - len(listed)
    return listed, f"{left:,} without a finding: the {lacking[0]} report is of a selection" if left else ""


def to_json(comparison: Comparison) -> str:
    """Return the comparison as JSON; every kind is there, and empty where nothing is of it."""
    document = {
        "old": _side(comparison.old),
        "new": _side(comparison.new),
        "regression": comparison.regressed,
        "notes": list(comparison.notes),
        "unchanged": comparison.unchanged,
        **{kind.value: [_change(change, comparison) for change in comparison.of(kind)] for kind in Kind},
    }
    # ASCII: half surrogate pairs and control characters leave as escapes.
    return json.dumps(document, indent=1) + "\n"


def _report(report: Report) -> str:
    return _line(f"{target_name(report)}, {report.verdict.value}, edition {report.edition}, {report.started}")


def _line(text: str) -> str:
    return shorten(text, _LINE, lines=False)


def _outcome(row: Row | None) -> str:
    return _ABSENT if row is None else row.outcome.value


def _shown(row: Row | None) -> str:
    return _ABSENT if row is None else f"{SHAPES[row.outcome]} {row.outcome.value}"


def _moved(change: Change) -> str:
    return f"{_outcome(change.before)} -> {_outcome(change.after)}"


def _why(change: Change, comparison: Comparison) -> Iterator[str]:
    """Say what is wrong now, or for what is fixed or gone, what was."""
    was = change.kind in {Kind.FIXED, Kind.GONE}
    row, report = (change.before, comparison.old) if was else (change.after, comparison.new)
    if row is not None and row.finding is not None:
        told = fact(row, report.fields).text.removeprefix(f"{row.id}: ")
        yield f"was: {told}" if was else told
    if row is not None and row.reason:
        yield row.reason


def _side(report: Report) -> dict[str, object]:
    return {
        "target": target_name(report),
        "verdict": report.verdict.value,
        "edition": report.edition,
        "suite": report.suite_version,
        "started": report.started,
        "effort": report.settings.get("effort"),
        "selection": selection(report) or "whole",
    }


def _change(change: Change, comparison: Comparison) -> dict[str, object]:
    return {
        "id": change.id,
        "level": change.level,
        "before": None if change.before is None else change.before.outcome.value,
        "after": None if change.after is None else change.after.outcome.value,
        "why": list(_why(change, comparison)),
    }
