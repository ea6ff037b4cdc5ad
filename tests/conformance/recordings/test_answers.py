"""Answers of recordings: none of the reference's is wrong, and each one that is altered is found where it stands."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reports.model import OutcomeKind, Verdict
from tests.conformance.recordings.making import FORMATS, TOOL, Entry, Session, broken, judged, usual, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conformance.target import Role
    from reports.model import Row

ERROR = json.dumps({"error": {"message": "No.", "type": "invalid_request_error", "param": None, "code": None}}).encode()


def _answer(place: int, **members: Any) -> Callable[[list[Entry]], None]:
    def alter(entries: list[Entry]) -> None:
        entries[place - 1] = entries[place - 1].answer(**members)

    return alter


def _entry(place: int, **members: Any) -> Callable[[list[Entry]], None]:
    def alter(entries: list[Entry]) -> None:
        entries[place - 1] = replace(entries[place - 1], **members)

    return alter


ALTERED: dict[str, tuple[Callable[[list[Entry]], None], str, int]] = {
    "field lost": (_answer(2, tools=...), "response.required", 2),
    "optional field lost": (_answer(2, temperature=...), "roundtrip.temperature.kept", 2),
    "sent field lost": (_answer(2, name=...), "roundtrip.name.answered", 2),
    "neighbour changed": (_answer(2, description="new"), "roundtrip.description.kept", 2),
    "neighbour's number changed": (_answer(2, temperature=0.7), "roundtrip.temperature.kept", 2),
    "old value after null": (_answer(3, instructions="Count."), "roundtrip.instructions.null", 3),
    "metadata altered": (_answer(3, metadata={"a": "b"}), "roundtrip.metadata.answered", 3),
    "metadata invented": (_answer(3, metadata={"a": "c", "z": "z"}), "roundtrip.metadata.answered", 3),
    "tools reordered": (_answer(8, tools=[TOOL, {"type": "code_interpreter"}]), "roundtrip.tools.order", 8),
    "tools lost": (_answer(8, tools=[{"type": "code_interpreter"}]), "roundtrip.tools.answered", 8),
    "id changed": (_answer(2, id="asst_another"), "roundtrip.identity", 2),
    "created_at changed": (_answer(2, created_at=1), "roundtrip.identity", 2),
    "created_at is text": (_answer(2, created_at="now"), "response.created_at.type", 2),
    "object changed": (_answer(2, object="thing"), "roundtrip.identity", 2),
    "status": (_entry(2, status=201), "response.status", 2),
    "no object": (_entry(2, came=b"[]"), "response.json", 2),
    "content type": (_entry(2, response_headers=(("Content-Type", "text/html"),)), "response.content_type", 2),
    "refused": (_entry(2, status=400, came=ERROR), "validation.name.type", 2),
    "failed": (_entry(2, status=500, came=ERROR), "validation.name.type", 2),
    "refused null": (_entry(3, status=400, came=ERROR.replace(b"null", b'"instructions"', 1)),
                     "validation.instructions.nullable", 3),
    "error shape": (_entry(5, came=b'{"detail": "No."}'), "response.error.envelope", 5),
    "refused with 500": (_entry(5, status=500, came=ERROR), "validation.refusal.status", 5),
    "refusal changed something": (_answer(6, name="x"), "validation.refusal.changes_nothing", 6),
    "get lacks what was sent": (_answer(4, metadata={"a": "b"}), "roundtrip.metadata.stored", 4),
    "get has another neighbour": (_answer(9, name="Ada"), "roundtrip.name.kept", 9),
    "get is gone": (_entry(9, status=404, came=ERROR), "roundtrip.retrieve_agrees", 9),
    "deleted answers": (_entry(11, status=200, came=b"{}"), "sequences.after_delete", 11),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("edition", ["2025-03", "2026-08"])
def test_the_reference_is_clean(tmp_path: Path, name: str, edition: str) -> None:
    report = judged(written(tmp_path, name, usual()), name=edition)
    assert broken(report) == {}
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.notes[0].startswith("5 exchanges, ")
    assert report.notes[0].endswith(" requirements touched, 0 broken")
    rows = {row.id: row for row in report.rows}
    for id_ in ("roundtrip.name.answered", "roundtrip.instructions.null", "roundtrip.tools.stored"):
        assert rows[id_].outcome is OutcomeKind.PASS
    assert rows["validation.name.max_length"].outcome is OutcomeKind.UNTESTED
    assert rows["roundtrip.top_p.stored"].reason == "the recording does not show it"
    json_ = rows["response.json"]
    by_value = name == "test-proxy.json"
    assert json_.outcome is (OutcomeKind.UNTESTED if by_value else OutcomeKind.PASS)
    assert ("JSON values" in json_.reason) is by_value


@pytest.mark.parametrize("name", ["plain.har", "ruby.yml", "test-proxy.json"])
@pytest.mark.parametrize("what", ALTERED)
def test_what_is_altered_is_found_where_it_stands(tmp_path: Path, name: str, what: str) -> None:
    alter, id_, place = ALTERED[what]
    entries = usual()
    alter(entries)
    path = written(tmp_path, name, entries)
    report = judged(path)
    found = broken(report)
    assert id_ in found, {one: row.finding and row.finding.case for one, row in found.items()}
    finding = found[id_].finding
    assert finding is not None
    where, _, entry = finding.case.partition(" ")
    assert entry == f"(entry {place})"
    file, _, line = where.rpartition(":")
    assert file == str(path)
    assert _stands_at(path.read_text("utf-8").splitlines(), int(line), entries, place)
    assert report.verdict is Verdict.NON_CONFORMANT or found[id_].level == "SHOULD"


def _all_at(found: dict[str, Row], place: int) -> bool:
    return {row.finding.case.partition(" ")[2] for row in found.values() if row.finding} == {f"(entry {place})"}


@pytest.mark.parametrize("role", ["server", "sdk"])
@pytest.mark.parametrize(
    "what",
    [
        "field lost",
        "neighbour changed",
        "id changed",
        "object changed",
        "old value after null",
        "sent field lost",
        "refusal changed something",
        "get lacks what was sent",
    ],
)
def test_what_is_altered_is_found_there_only(tmp_path: Path, what: str, role: Role) -> None:
    alter, id_, place = ALTERED[what]
    entries = usual()
    alter(entries)
    found = broken(judged(written(tmp_path, "plain.har", entries), role))
    assert _all_at(found, place) if role == "server" else not found, (id_, found.keys())


def test_an_invalid_value_that_was_taken_is_found_where_it_was_taken(tmp_path: Path) -> None:
    session = Session()
    id_ = session.create(temperature=0.5)
    session.modify(id_, {"temperature": 1.5})
    session.modify(id_, {"name": "Grace"})
    session.get(id_)
    session.call("GET", "/assistants")
    entries = [session.entries[0], *(one.answer(temperature=2.5) for one in session.entries[1:-1])]
    entries[1] = replace(entries[1], sent=b'{"temperature": 2.5}')
    found = broken(judged(written(tmp_path, "plain.har", entries)))
    assert found.keys() == {"validation.temperature.maximum"}
    assert _all_at(found, 2)


def test_a_deleted_assistant_that_answers_is_found_once(tmp_path: Path) -> None:
    entries = usual()
    entries[10] = replace(entries[10], status=200, came=entries[8].answer(name="Gone").came)
    entries.append(replace(entries[9], method="GET", status=404, came=ERROR))
    found = broken(judged(written(tmp_path, "plain.har", entries)))
    assert found.keys() == {"sequences.after_delete"}
    assert _all_at(found, 11)


def _stands_at(lines: list[str], line: int, entries: list[Entry], place: int) -> bool:
    """Return whether so many methods stand before a line as there are entries before a place."""
    words = ('"method"', "method:", '"RequestMethod"')
    before = [one for one in lines[: line - 1] if one.strip().startswith(words)]
    return len(before) == place - 1 and len(entries) >= place


def test_an_invalid_body_that_was_accepted_is_found(tmp_path: Path) -> None:
    entries = usual()
    long = "y" * 257
    entries[1] = replace(entries[1].answer(name=long), sent=json.dumps({"name": long}).encode())
    assert "validation.name.max_length" in broken(judged(written(tmp_path, "plain.har", entries)))


def test_a_refusal_counts_beside_its_control(tmp_path: Path) -> None:
    session = Session()
    id_ = session.create()
    session.modify(id_, {"name": "n" * 256})
    session.modify(id_, {"name": "n" * 257})
    report = judged(written(tmp_path, "vcrpy.yaml", session.entries))
    row = next(row for row in report.rows if row.id == "validation.name.max_length")
    assert row.outcome is OutcomeKind.PASS
