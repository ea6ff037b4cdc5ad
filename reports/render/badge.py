"""A badge: one line that says edition, level and counts, coloured by the verdict; as SVG and for shields.io.

A partial report, one of selected requirements or of a run that ended early, has a colour of its own: it says
nothing of the rest. Only what is broken is red all the same, for nothing in the rest can fix it.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING

from reports.model import Verdict
from reports.reading import judged_levels, selection, tallies
from reports.shorten import shorten

if TYPE_CHECKING:
    from reports.model import Report

COLOURS = {Verdict.CONFORMANT: "#1a7f43", Verdict.NON_CONFORMANT: "#c02b2b", Verdict.INCONCLUSIVE: "#9a6100"}
PARTIAL = "#5b5bb8"

_LONGEST = 120  # characters
_NOT_ALL = re.compile(r"not selected|left out|were not run|ended early|budget was spent")
_HEIGHT, _PADDING = 20, 7  # pixels
_WIDTHS = (("ijl|.,:;'!", 3.3), ("frtI()[]{}/- ", 4.6), ("mwMW%@", 10.5), ("–—…", 8.8))  # pixels, at 11 px of Verdana
_UPPER, _OTHER, _WIDE = 7.8, 6.8, 12.0


def partial(report: Report) -> bool:
    """Return whether the report is about less than the whole: selected requirements, or a run that was cut."""
    selected = any(report.settings.get(name) for name in ("only", "skip"))
    return (
        bool(selected)
        or bool(selection(report))
        or report.interrupted
        or report.shard is not None
        or any(_NOT_ALL.search(note) for note in report.notes)
    )


def label(report: Report) -> str:
    """Return the left half: what was judged by which edition."""
    return shorten(f"modify assistant {report.edition}", _LONGEST, lines=False)


def message(report: Report) -> str:
    """Return the right half: ``MUST 238/241, 3 fail``; every outcome but pass is named."""
    judged = [tally for tally in tallies(report) if tally.level in judged_levels(report)]
    parts = [", ".join([f"{tally.level} {tally.passed}/{tally.total}", *tally.others]) for tally in judged]
    told = " · ".join(parts) or "nothing judged"
    told += f", {len(report.outside)} broken outside" if report.outside else ""
    if report.verdict is Verdict.INCONCLUSIVE:
        told = f"inconclusive: {told}"
    whole = f"{selection(report) or 'partial'}: {told}" if partial(report) else told
    return shorten(whole, _LONGEST, lines=False)


def colour(report: Report) -> str:
    """Return the colour of the right half, as CSS writes it."""
    if partial(report) and report.verdict is not Verdict.NON_CONFORMANT:
        return PARTIAL
    return COLOURS[report.verdict]


def render(report: Report) -> str:
    """Return the badge as a self-contained SVG."""
    left, right = label(report), message(report)
    widths = [round(_width(text)) + 2 * _PADDING for text in (left, right)]
    total = sum(widths)
    title = escape(f"{left}: {right} ({report.verdict.value})")
    texts = "\n".join(
        f'<text x="{x}" y="14" textLength="{wide}" lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
        for x, wide, text in (
            (_PADDING, widths[0] - 2 * _PADDING, left),
            (widths[0] + _PADDING, widths[1] - 2 * _PADDING, right),
        )
    )
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{_HEIGHT}" role="img" aria-label="{title}">
<title>{title}</title>
<clipPath id="r"><rect width="{total}" height="{_HEIGHT}" rx="3"/></clipPath>
<g clip-path="url(#r)">
<rect width="{widths[0]}" height="{_HEIGHT}" fill="#424a54"/>
<rect x="{widths[0]}" width="{widths[1]}" height="{_HEIGHT}" fill="{colour(report)}"/>
</g>
<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11" text-rendering="geometricPrecision">
{texts}
</g>
</svg>
"""


def shields(report: Report) -> str:
    """Return the badge as JSON for the endpoint of shields.io (schema version 1)."""
    document = {
        "schemaVersion": 1,
        "label": label(report),
        "message": message(report),
        "color": colour(report),
        "isError": report.verdict is Verdict.NON_CONFORMANT,
    }
    return json.dumps(document, indent=1) + "\n"


def _width(text: str) -> float:
    """Return about how many pixels a text is wide; the SVG makes it exactly that."""
    return sum(_character(character) for character in text)


def _character(character: str) -> float:
    for those, width in _WIDTHS:
        if character in those:
            return width
    if ord(character) > 0x2E80:
        return _WIDE
    return _UPPER if character.isupper() else _OTHER
