"""A hundred MiB of findings: read again and rendered in each form, within a limit of memory."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reports.model import Body, RecordedRequest, RecordedResponse, Report, Step
from reports.serialise import to_json
from reports.write import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

resource = pytest.importorskip("resource", reason="the limit is one of POSIX systems")

MIB = 1024 * 1024
LIMIT = 1200 * MIB
"""Of address space. Bodies, JSON text and the document it makes are in memory at once; copies of them are not."""
RENDER = f"""
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, ({LIMIT}, {LIMIT}))
from reports.serialise import from_json
from reports.write import FORMATS
report = from_json(Path(sys.argv[1]).read_text("utf-8"))
print(*(len(form.render(report, "report.json")) for name, form in FORMATS.items() if name != "json"))
"""


def test_a_hundred_mib_of_findings_are_rendered(sample_report: Report, tmp_path: Path) -> None:
    data = b'{"name":"' + b"<b>\x1b[31m" * (10 * MIB // 8) + b'"}'
    large = Body(data, len(data))
    step = Step("act", "modify", RecordedRequest("POST", "http://h/v1/assistants/a"), RecordedResponse(200, (), large))
    row = sample_report.rows[0]
    assert row.finding is not None
    rows = tuple(
        replace(row, id=f"validation.name.n{number}", finding=replace(row.finding, steps=(step,)))
        for number in range(10)
    )
    file = tmp_path / "report.json"
    file.write_text(to_json(replace(sample_report, rows=rows)), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", RENDER, str(file)], capture_output=True, check=False, timeout=300, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr[-500:]
    sizes = [int(size) for size in done.stdout.split()]
    assert len(sizes) == len(FORMATS) - 1
    assert max(sizes) < 200_000
