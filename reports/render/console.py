"""The end of a run in the terminal, on one screen: verdict, counts, causes worst first, and what to do next.

Everything is plain :class:`rich.text.Text`, folded here and nowhere else: ids, paths and addresses are never broken
by a line end, and a command that is folded goes on behind a backslash. Nothing that a target said is read as markup,
and no escape sequence of its reaches the terminal.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from reports.causes import causes, cropped, line_of
from reports.model import OutcomeKind, Verdict
from reports.nextsteps import next_steps
from reports.reading import (
    SHAPES,
    Tally,
    duration_text,
    judged_levels,
    not_judged,
    own_tests,
    recorded,
    tallies,
    target_name,
    verdict_line,
)
from reports.render.details import details
from reports.shorten import shorten, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from reports.model import Report

_TEXT = 600  # characters
_NARROWEST = 40
_WIDEST = 110
"""Columns beyond which text is no longer read with ease; where lines are not folded, those that a cause may take."""
_LONGEST = 200
_LEAST_CAUSES = 3
_MOST_CAUSES = 40
_MOST_REASONS = 3
_MOST_NOTES = 20
_LONG_NOTE = "not reached: "
"""How the note begins that is a list; on a screen its count is enough."""

STYLES = {
    Verdict.CONFORMANT: "bold green",
    Verdict.NON_CONFORMANT: "bold red",
    Verdict.INCONCLUSIVE: "bold yellow",
}


def show(
    report: Report, console: Console, directory: str, *, alone: str = "", verbose: bool = False, after: int = 0
) -> None:
    """Print the report, which stands in a directory; folded where the console is a terminal.

    ``alone`` is its path where it has no page beside it, ``after`` how many lines follow that are to be on its screen.
    """
    width, height = (console.width, console.height - after) if console.is_terminal else (None, None)
    console.print(
        render(report, directory, alone=alone, width=width, height=height, verbose=verbose),
        crop=False,
        no_wrap=True,
        overflow="ignore",
        soft_wrap=True,
    )


def render(
    report: Report,
    directory: str,
    *,
    alone: str = "",
    width: int | None = None,
    height: int | None = None,
    verbose: bool = False,
) -> Group:
    """Return the report as lines for a rich console, to be printed as :func:`show` does.

    They are folded at ``width`` columns, and so many causes are named that all stands on a screen of ``height`` lines;
    ``None``: not folded, and nearly all are named. Notes, and with ``verbose`` every finding in whole, come before.
    """
    room = None if width is None else max(width, _NARROWEST)
    lines: list[Text] = []
    if verbose:
        lines += [line for cause in causes(report) for row in cause.rows for line in (*details(row), Text())]
    beside = recorded(report)  # stands beside the target
    told = tuple(note for note in report.notes if not beside or note != beside)
    notes = told[:_MOST_NOTES]
    for note in notes:
        brief = cropped(note, 2 * _NARROWEST) if room is not None and note.startswith(_LONG_NOTE) else note
        lines += _folded(f"note: {shorten(brief, _TEXT, lines=False)}", room, "dim", "      ")
    if len(told) > len(notes):
        lines.append(Text(f"note: {len(told) - len(notes)} more in the report", style="dim"))
    return Group(*lines, *_screen(report, next_steps(report, directory, alone), room, height))


def _screen(
    report: Report, steps: tuple[tuple[str, str], ...], width: int | None, height: int | None
) -> Iterator[Text]:
    # On a screen what was broken outside the selection stands among the causes.
    line = verdict_line(report, ids=width is None)
    before = [*_folded(line, width, STYLES[report.verdict]), *_facts(report, width)]
    before += _counts(report, width)
    if report.verdict is not Verdict.NON_CONFORMANT:
        before += _reasons(report, width)
    behind = [Text(), *_next(steps, width)]
    # The prompt takes a line too, and so do two lines of headings.
    room = None if height is None else height - len(before) - len(behind) - 3
    yield from before
    yield from _causes(report, width, room)
    yield from behind


def _facts(report: Report, width: int | None) -> list[Text]:
    facts = [
        shorten(target_name(report), 300, lines=False),
        f"edition {visible(report.edition, lines=False)}",
        recorded(report) or f"{report.requests:,} requests in {duration_text(report.duration)}",
    ]
    return _folded(" · ".join(facts), width)


def _counts(report: Report, width: int | None) -> Iterator[Text]:
    found = tallies(report)
    wide = max((len(str(tally.total)) for tally in found), default=0)
    # No recording shows all: what passes is held against what it shows.
    of_touched = bool(recorded(report))
    for tally in found:
        yield Text(f"{tally.level:<7} {counted(tally, wide, of_touched=of_touched)}")
    if told := own_tests(report):
        yield from _folded(told, width)
    outcomes = Counter(row.outcome for row in report.rows)
    if count := outcomes[OutcomeKind.NOT_APPLICABLE]:
        yield Text(f"        {count:>{wide}} more are not applicable", style="dim")


def counted(tally: Tally, wide: int = 0, *, of_touched: bool = False) -> str:
    """Return the counts of a level: ``129 of 241 pass · 100 fail · 12 untested``, of INFO how many were observed.

    With ``of_touched`` what passes is told of those that something was seen of: ``27 of 31 touched pass``.
    """
    info = tally.level == "INFO"
    if not of_touched:
        first = f"{tally.passed:>{wide}} of {tally.total if info else f'{tally.total:>{wide}}'}"
        return " · ".join([f"{first} observed, never judged" if info else f"{first} pass", *tally.others])
    total = tally.total - tally.outcomes.get(OutcomeKind.UNTESTED, 0)
    first = f"{tally.passed:>{wide}} of {total} touched pass" if total else f"{'none':>{wide}} touched"
    return " · ".join([f"{total:>{wide}} observed, never judged" if info and total else first, *tally.others])


def _reasons(report: Report, width: int | None) -> Iterator[Text]:
    """Say why what counts was not judged, the commonest reasons first."""
    levels = judged_levels(report)
    silent = {OutcomeKind.NOT_APPLICABLE}
    why = Counter(
        (row.outcome, row.reason) for row in not_judged(report) if row.level in levels and row.outcome not in silent
    )
    told = why.most_common(_MOST_REASONS)
    for (outcome, reason), count in told:
        line = f"{SHAPES[outcome]} {count} {outcome.value}: {shorten(reason or 'no reason given', _TEXT, lines=False)}"
        yield Text(cropped(line, width or _LONGEST), style="dim")
    if len(why) > len(told):
        yield Text(f"  and {len(why) - len(told)} more reasons, see the page", style="dim")


def _causes(report: Report, width: int | None, room: int | None) -> Iterator[Text]:
    found = causes(report)
    if not found:
        return
    kept = found[:_MOST_CAUSES]
    if room is not None and len(found) > room:
        kept = found[: max(min(room - 1, _MOST_CAUSES), _LEAST_CAUSES)]
    yield Text()
    count = sum(len(cause.rows) for cause in found)
    causes_ = "1 cause" if len(found) == 1 else f"{len(found)} causes, worst first"
    yield Text(f"{count} finding{'' if count == 1 else 's'}, probably {causes_}", style="bold")
    wide = len(str(len(kept)))
    for number, cause in enumerate(kept, 1):
        head = f"{number:>{wide}}  "
        yield Text.assemble((head, "dim"), line_of(cause, (width or _LONGEST) - len(head)))
    if len(found) > len(kept):
        yield Text(f"{'':{wide}}  and {len(found) - len(kept)} more causes, see the page", style="dim")


def _next(steps: tuple[tuple[str, str], ...], width: int | None) -> Iterator[Text]:
    wide = max(len(name) for name, _ in steps)
    for name, what in steps:
        # A path may hold spaces, and is nothing to be typed.
        whole = width is None or not what.startswith("conformance ")
        lines = [what] if width is None or whole else _continued(what, width - wide - 2)
        for number, line in enumerate(lines):
            yield Text.assemble((f"{name if not number else '':<{wide}}  ", "bold"), (line, "cyan"))


def _continued(command: str, width: int) -> list[str]:
    """Return a command in lines that a shell reads as one, broken between words only."""
    if len(command) <= width:
        return [command]
    lines: list[str] = []
    # Spaces within quotes are no ends of words: what is quoted is kept whole.
    for word in _shell_words(command):
        if lines and len(lines[-1]) + len(word) + 3 <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word if not lines else f"  {word}")
    return [*(f"{line} \\" for line in lines[:-1]), lines[-1]]


def _shell_words(command: str) -> list[str]:
    words: list[str] = []
    for part in command.split(" "):
        if words and words[-1].count("'") % 2:
            words[-1] += f" {part}"
        else:
            words.append(part)
    return words


def _folded(text: str, width: int | None, style: str = "", margin: str = "") -> list[Text]:
    """Return a text in lines of a width, broken at spaces only."""
    if width is None or len(text) <= width:
        return [Text(text, style=style)]
    lines = textwrap.wrap(
        text, min(width, _WIDEST), subsequent_indent=margin, break_long_words=False, break_on_hyphens=False
    )
    return [Text(line, style=style) for line in lines]
