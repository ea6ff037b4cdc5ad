"""Numbers that no double holds: attributed to what breaks down on them, not to what takes any number there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.reference.faults import faults
from conformance.reference.faults.steps import Reading
from conformance.suites.hostile import plainly_wrong
from reports.model import OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.model import Report
    from strategies.jsonvalues import JSON

ID = "transport.long_numbers"


def _failed(report: Report) -> set[str]:
    return {row.id for row in report.rows if row.outcome is OutcomeKind.FAIL}


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ('{"temperature":1e400}', {"temperature": 99}),
        ('{"metadata":{"a":-1E400,"b":"c"}}', {"metadata": {"a": -99, "b": "c"}}),
        ('{"name":1e-400}', {"name": 0}),
        ('{"name":["x",true,' + "1" * 400 + "]}", {"name": ["x", True, 99]}),
    ],
    ids=["number", "pair", "small", "long"],
)
def test_a_plain_number_is_wrong_there_as_well(text: str, plain: JSON) -> None:
    assert json.dumps(plainly_wrong(text.encode())) == json.dumps(plain)


def test_what_takes_any_number_for_a_text_is_no_matter_of_their_size(judge: Callable[..., Report]) -> None:
    def as_text(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        body = read(data)
        if isinstance(body, dict) and isinstance(body.get("name"), int | float):
            return {**body, "name": "a number"}
        return body

    report = judge(Reading(as_text), only=(ID, "validation.name.type"))
    assert _failed(report) == {"validation.name.type"}


@pytest.mark.parametrize(
    ("name", "place"),
    [("metadata-values", "metadata.values"), ("parameters", "parameters"), ("thresholds", "as score_threshold")],
)
def test_a_pack_that_breaks_something_is_taken_apart(judge: Callable[..., Report], name: str, place: str) -> None:
    report = judge(faults()[f"broken-by-extreme-{name}"].behaviour(), only=(ID,))
    assert _failed(report) == {ID}
    row = next(row for row in report.rows if row.id == ID)
    assert row.finding is not None
    assert place in row.finding.case
