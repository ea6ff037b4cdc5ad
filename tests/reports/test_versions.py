"""Reports of every version that there was: each has a file here, and is read and rendered for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.model import VERSION
from reports.serialise import from_json
from reports.write import FORMATS

FILES = {int(path.stem.removeprefix("report-")): path for path in (Path(__file__).parent / "versions").glob("*.json")}


def test_there_is_a_file_of_each_version() -> None:
    assert sorted(FILES) == list(range(1, VERSION + 1))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("version", FILES)
def test_an_old_report_is_rendered_in_each_form(version: int, form: str) -> None:
    report = from_json(FILES[version].read_text("utf-8"))
    assert [row.id for row in report.rows][:2] == ["validation.name.max_length", "validation.description.max_length"]
    shown = FORMATS[form].render(report, "report.json")
    assert report.edition in shown or form == "github"
    assert "non-conformant" in shown or form in {"badge", "shields"}
