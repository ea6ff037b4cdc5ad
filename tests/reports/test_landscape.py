"""The picture: which requirements a cell stands for, and what it says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from conformance.catalogue import catalogue
from conformance.catalogue.roundtrip import HIDDEN
from reports.landscape import PROPERTIES, Cell, landscape
from reports.model import FIELDS, Finding, Level, OutcomeKind, RecordedRequest, RecordedResponse, Row, Step
from strategies import editions

if TYPE_CHECKING:
    from collections.abc import Iterable


def row(
    id_: str, outcome: OutcomeKind = OutcomeKind.PASS, finding: Finding | None = None, level: Level = "MUST"
) -> Row:
    return Row(id_, level, "schema", "A sentence.", "a source", outcome, 3, "", "", finding)


def failed(id_: str, status: int | None, outcome: OutcomeKind = OutcomeKind.FAIL) -> Row:
    """A row whose judged exchange had that status; ``None`` where no answer came."""
    response = None if status is None else RecordedResponse(status)
    made = Step("setup", "create", RecordedRequest("POST", "/"), RecordedResponse(200))
    judged = Step("act", "modify", RecordedRequest("POST", "/"), response)
    return row(id_, outcome, Finding("wrong", "a", "b", steps=(made, judged)))


def cells(rows: Iterable[Row]) -> dict[tuple[str, str], Cell]:
    return {(cell.field, cell.column): cell for line in landscape(rows) for cell in line.cells}


def test_the_fields_are_those_of_the_document() -> None:
    assert editions.edition().fields == FIELDS


@pytest.mark.parametrize("name", editions.names())
def test_every_requirement_on_a_field_has_its_place(name: str) -> None:
    entries = catalogue(editions.edition(name))
    rows = [row(entry.id, level=entry.level) for entry in entries.values()]
    found = cells(rows)
    pictured = {one.id for cell in found.values() for one in cell.rows}
    for entry in entries.values():
        parts = entry.id.split(".")
        about = parts[0] in {"validation", "roundtrip"} and parts[1] in FIELDS and entry.level != "INFO"
        assert (entry.id in pictured) == about, entry.id
    for field in FIELDS:
        assert found[field, "accepts"].rows
        assert found[field, "refuses"].rows
        assert found[field, "echoes"].rows
        assert bool(found[field, "keeps"].rows) == (field != HIDDEN)
        assert bool(found[field, "clears"].rows) == (field in editions.edition(name).nullable and field != HIDDEN)
        assert bool(found[field, "empties"].rows) == (field in editions.edition(name).empty)


@pytest.mark.parametrize(
    ("id_", "column"),
    [
        ("roundtrip.name.answered", "echoes"),
        ("roundtrip.name.stored", "echoes"),
        ("roundtrip.tools.function.strict", "echoes"),
        ("roundtrip.name.kept", "keeps"),
        ("roundtrip.metadata.one_semantics", "keeps"),
        ("roundtrip.name.null", "clears"),
        ("roundtrip.name.empty", "empties"),
    ],
)
def test_the_end_of_an_id_says_the_column(id_: str, column: str) -> None:
    (line,) = landscape([row(id_)])
    assert [cell.column for cell in line.cells if cell.rows] == [column]
    assert [cell.column for cell in line.cells] == list(PROPERTIES)


def test_what_is_about_no_field_or_only_reported_is_left_out() -> None:
    others = ("validation.body.type", "validation.combinations", "response.name.type", "roundtrip.identity", "name")
    assert landscape([row(id_) for id_ in others]) == ()
    assert landscape([row("validation.model.listed", level="INFO")]) == ()


@pytest.mark.parametrize(("status", "side"), [(200, "refuses"), (201, "refuses"), (400, "accepts"), (None, "accepts")])
@pytest.mark.parametrize("outcome", [OutcomeKind.FAIL, OutcomeKind.WAIVED])
def test_a_failure_stands_on_the_side_that_is_broken(
    status: int | None, side: Literal["accepts", "refuses"], outcome: OutcomeKind
) -> None:
    found = cells([failed("validation.name.max_length", status, outcome), row("validation.name.type")])
    for column in ("accepts", "refuses"):
        assert found["name", column].outcome is (outcome if column == side else OutcomeKind.PASS)


def test_a_failure_without_evidence_stands_on_both_sides() -> None:
    found = cells([row("validation.name.type", OutcomeKind.FAIL)])
    assert found["name", "accepts"].outcome is found["name", "refuses"].outcome is OutcomeKind.FAIL


def test_a_cell_is_the_worst_of_its_requirements() -> None:
    order = ("fail", "error", "flaky", "waived", "untested", "cannot-express", "pass", "not-applicable")
    rows = [row(f"roundtrip.tools.x{place}", OutcomeKind(name)) for place, name in enumerate(reversed(order))]
    while rows:
        cell = cells(rows)["tools", "echoes"]
        assert cell.outcome is not None
        assert cell.outcome.value == order[-len(rows)]
        assert len(cell.rows) == len(rows)
        rows.pop()


def test_a_cell_says_itself_in_words() -> None:
    rows = [
        row("roundtrip.name.answered"),
        row("roundtrip.name.stored", OutcomeKind.FAIL),
        row("roundtrip.name.kept"),
    ]
    found = cells(rows)
    assert (
        found["name", "echoes"].words == "name returns what was sent: 1 of 2 requirements fail, roundtrip.name.stored"
    )
    assert found["name", "keeps"].words == "name keeps what was not: 1 of 1 requirements pass"
    assert found["name", "clears"].words == "name clears on null: unknown requirement"
    assert (found["name", "clears"].outcome, found["name", "clears"].count) == (None, 0)
