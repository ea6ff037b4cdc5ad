"""The journal as a file: whole lines, a torn last one passed over, everything else that is wrong in one line."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from reports.errors import ReportError
from reports.journal import JournalFile, journal_schema, records, whole_lines

if TYPE_CHECKING:
    from pathlib import Path

RUN: dict[str, Any] = {
    "record": "run",
    "by": "a main",
    "version": 1,
    "suite_version": "0.1.0",
    "edition": {"name": "2025-03", "sha256": "0" * 64},
    "role": "server",
    "target": {"kind": "http", "spec": "http://127.0.0.1:1/v1", "name": "", "version": "", "details": {}},
    "settings": {},
    "asked": {"target": "http://127.0.0.1:1/v1"},
    "command": "conformance run",
    "started": "2026-08-01T10:00:00Z",
    "selected": ["roundtrip.name.null"],
    "own": [],
    "expected": {},
}
MADE: dict[str, Any] = {"record": "made", "by": "a main", "id": "asst_1"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a journal of two lines."""
    found = tmp_path / "journal.jsonl"
    journal = JournalFile(found)
    journal.append([RUN, MADE])
    journal.close()
    return found


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(journal_schema())


def test_what_was_written_is_read(path: Path) -> None:
    assert list(records(path)) == [RUN, MADE]


@pytest.mark.parametrize(
    "torn", [b'{"record":"ma', b'{"record":"made","by":"a main","id":"asst_2"}', b"\0" * 40, b"{}\n"]
)
def test_a_torn_last_line_is_passed_over(path: Path, torn: bytes) -> None:
    with path.open("ab") as file:
        file.write(torn)
    assert list(records(path)) == [RUN, MADE]


def test_whoever_goes_on_cuts_a_torn_line_off(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b'{"record":"made","by":"a ma')
    assert whole_lines(path).endswith(b"\n")
    journal = JournalFile(path)
    journal.append([MADE])
    journal.close()
    assert list(records(path)) == [RUN, MADE, MADE]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{", "line 2 is not valid JSON"),
        (b"\xff", "line 2 is not UTF-8"),
        (b"[" * 200_000, "line 2 nests deeper"),
        (b"[]", "line 2: "),
        (b'{"record":"made","by":"a main"}', "line 2: "),
        (b'{"record":"made","by":"a main","id":3}', "line 2: "),
        (b'{"record":"made","by":"a main","id":"x","id":"y"}', "line 2 holds what no journal does"),
        (b'{"record":"made","by":"a main","id":"x","more":1}', "line 2: "),
        (b'{"record":"shell","by":"a main"}', "line 2: "),
        (b'{"record":"done","by":"a main","place":-1,"requests":0,"seconds":0}', "line 2: "),
        (
            b'{"record":"done","by":"a main","place":0,"requests":1e999,"seconds":0}',
            "line 2 holds what no journal does",
        ),
        (b'{"record":"run","version":2}', "use a newer suite"),
    ],
)
def test_a_journal_that_is_damaged_elsewhere_is_none(path: Path, line: bytes, told: str) -> None:
    first, last = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join((first, line, last, b"")))
    with pytest.raises(ReportError) as raised:
        list(records(path))
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("content", [b"hello\nworld\n", b"{}\n", json.dumps(MADE).encode() + b"\n", b"\x7fELF\n" * 3])
def test_another_file_is_no_journal(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(ReportError):
        list(records(path))


@pytest.mark.parametrize("content", [b"", b'{"record":"ru', b"\0\0\0"])
def test_a_journal_that_was_hardly_begun_says_nothing(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert list(records(path)) == []


def test_a_full_disk_leaves_whole_lines_and_what_waits_is_written_later(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, real = path.read_bytes(), os.write
    journal = JournalFile(path)
    room = 10

    def write(file: int, data: bytes) -> int:
        nonlocal room
        if room <= 0:
            raise OSError(28, "No space left on device")
        written = real(file, data[:room])
        room -= written
        return written

    monkeypatch.setattr("reports.journal.os.write", write)
    journal.append([MADE])
    assert journal.failure == "No space left on device"
    assert path.read_bytes() == before
    room = 10_000
    journal.append([MADE])
    journal.close()
    assert journal.failure == ""
    assert list(records(path)) == [RUN, MADE, MADE, MADE]


def test_several_append_to_one(path: Path) -> None:
    one, other = JournalFile(path), JournalFile(path)
    for number in range(20):
        (one, other)[number % 2].append([{**MADE, "id": str(number)}])
    one.close()
    other.close()
    assert [record.get("id") for record in records(path)][2:] == [str(number) for number in range(20)]
