"""What the log of a GitLab job shows before the verdict: every finding in whole, in a section that is folded away.

A section begins and ends with an escape sequence of GitLab's. They are the only ones: a text of a target stands in it
made visible.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reports.causes import causes, cropped, line_of
from reports.render.details import details

if TYPE_CHECKING:
    from reports.model import Report

_ERASE = "\r\x1b[0K"
_WIDTH = 160
_LEGAL = re.compile(r"[^A-Za-z0-9_]")


def sections(report: Report, now: int) -> str:
    """Return a section for each cause, worst first; ``now`` is the time of its beginning and end, a Unix time."""
    lines = []
    for number, cause in enumerate(causes(report), 1):
        name = _LEGAL.sub("_", f"conformance_cause_{number}")
        title = cropped(f"{number}  {line_of(cause, _WIDTH)}", _WIDTH)
        lines.append(f"section_start:{now}:{name}[collapsed=true]{_ERASE}{title}")
        lines += [line.plain for row in cause.rows for line in details(row)]
        lines.append(f"section_end:{now}:{name}{_ERASE}")
    return "".join(f"{line}\n" for line in lines)
