"""A report file may come from anybody: whatever stands in it, a command says in a line what is wrong, and ends."""

from __future__ import annotations

import base64
import gzip
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance import reading
from conformance.reference.serve import running
from conformance.reference.server import Reference
from reports import bodies
from reports.errors import ReportError
from reports.extent import extent
from reports.model import Body, RecordedResponse, Step
from reports.serialise import from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reports.model import Report
    from tests.conformance.cli.conftest import Ended

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("render", "FILE", "--format", "html"),
    ("compare", "FILE", "FILE"),
    ("merge", "FILE", "-o", "merged.json"),
    ("matrix", "FILE"),
    ("replay", "FILE", "roundtrip.name.null", "http://127.0.0.1:1/v1"),
    ("baseline", "write", "FILE"),
    ("verify", "FILE"),
    ("verify", "certificate.json", "--report", "FILE"),
)


@pytest.fixture(params=COMMANDS, ids=lambda words: " ".join(words[:2]))
def told(request: pytest.FixtureRequest, folder: Path, command: Callable[..., Ended]) -> Callable[[str], str]:
    """Give a function that has a command read a file, and returns the one line that it says."""
    (folder / "certificate.json").write_text("{}")

    def read(name: str) -> str:
        done = command(*(name if word == "FILE" else word for word in request.param))
        assert done.code == 2
        assert not done.out
        return done.complaint

    return read


def test_a_folder_a_pipe_and_a_device(folder: Path, told: Callable[[str], str]) -> None:
    (folder / "certificate.json").unlink()
    os.mkfifo(folder / "certificate.json")
    (folder / "pipe").symlink_to("certificate.json")
    for name, why in ((".", "Is a directory"), ("pipe", "it is not a file"), ("/dev/zero", "it is not a file")):
        assert "cannot read" in told(name)
        assert why in told(name) or "certificate.json" in told(name)


def test_one_that_is_too_large(folder: Path, told: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    with (folder / "large").open("wb") as file:
        file.truncate(reading.LARGEST + 1)
    assert "larger than" in told("large") or "certificate" in told("large")


def test_a_baseline_is_a_file(folder: Path, command: Callable[..., Ended]) -> None:
    os.mkfifo(folder / "pipe")
    assert "cannot read the baseline pipe: it is not a file" in command("run", "--baseline", "pipe").complaint


HOSTILE = {
    "deep": b'{"version": 3, "requirements": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "open": b"[" * 100_000,
    "many": b'{"version": 3, "requirements": [' + b"{}," * 400_000 + b"{}]}",
    "many texts": b'{"version": 3, "requirements": [' + b'"",' * 400_000 + b'""]}',
    "no commas": b'""' * 800_000,
    "twice": b'{"version": 3, ' + b",".join(b'"k%d": 1' % n for n in range(50_000)) + b', "k49999": 2}',
    "digits": b'{"version": ' + b"9" * 100_000 + b', "requirements": []}',
    "exponent": b'{"version": 1e999, "requirements": []}',
    "a list": b"[1]",
    "nothing": b"",
    "NULs": b"\0" * 100,
    "bytes": bytes(range(256)),
    "a text": b'"' + b"\\\\" * 100_000 + b'"',
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_content_that_is_no_report(folder: Path, told: Callable[[str], str], content: bytes) -> None:
    (folder / "report.json").write_bytes(content)
    assert len(told("report.json")) < 500


def _unpacking_to(size: int, report: Report) -> str:
    row = next(row for row in report.rows if row.finding is not None)
    assert row.finding is not None
    step = Step("act", "modify", response=RecordedResponse(200, (), Body(b"x" * 5_000, 5_000)))
    text = to_json(replace(report, rows=(replace(row, finding=replace(row.finding, steps=(step,))),)))
    document = json.loads(text)
    packed = base64.b64encode(gzip.compress(bytes(size))).decode()
    body = {"size": size, "encoding": "gzip+base64", "data": packed}
    document["requirements"][0]["finding"]["steps"][0]["response"]["body"] = body
    return json.dumps(document)


@pytest.fixture(scope="module")
def judged() -> str:
    """The report of a run with a finding."""
    from conformance.reference.faults import faults
    from conformance.run import Run
    from conformance.settings import Settings

    with running(Reference(behaviour=faults()["name-null-ignored"].behaviour())) as url:
        run = Run(Settings(target=url, effort="quick"), ["roundtrip.name.null"])
        run.carry_out()
        report = run.report()
    assert report is not None
    return to_json(report)


def test_bodies_unpack_to_a_limit(judged: str, monkeypatch: pytest.MonkeyPatch) -> None:
    report = from_json(judged)
    assert from_json(_unpacking_to(20_000, report)).rows
    monkeypatch.setattr(bodies, "MOST_OF_ONE", 10_000)
    with pytest.raises(ReportError, match="a body unpacks to more than 10,000 bytes"):
        from_json(_unpacking_to(20_000, report))
    room = bodies.Room(30_000)
    room.take(20_000)
    with pytest.raises(ReportError, match="its bodies unpack to more than"):
        room.take(20_000)


WRONG: tuple[Any, ...] = (None, True, -1, 1e300, "x", [], {}, [[]], {"a": []})


def test_wrong_types_are_one_line(judged: str) -> None:
    document = json.loads(judged)
    places = [(document, key) for key in document]
    row = next(row for row in document["requirements"] if "finding" in row)
    step = row["finding"]["steps"][-1]
    for part in (document["target"], row, row["finding"], step, step["response"], step["response"]["body"]):
        places += [(part, key) for key in part]
    for part, key in places:
        before = part[key]
        for value in WRONG:
            part[key] = value
            try:
                from_json(json.dumps(document))
            except ReportError as error:
                assert "\n" not in str(error)  # noqa: PT017 - it may be right as well
        part[key] = before


@pytest.mark.parametrize(
    ("text", "values", "levels"),
    [("1", 1, 0), ("[]", 2, 1), ('{"a": [1, 2]}', 4, 2), ('["[[,,", "\\"[,", "\\\\"]', 4, 1), ("[[[[", 5, 4)],
)
def test_what_a_text_holds_is_counted(text: str, values: int, levels: int) -> None:
    found = extent(text, 100)
    assert (found.values, found.levels) == (values, levels)
    assert extent(text, 1).values >= min(values, 2)


@pytest.mark.parametrize("words", [("run", "--resume", "pipe"), ("clean", "http://127.0.0.1:9/v1", "--from", "pipe")])
def test_a_journal_is_a_file(folder: Path, command: Callable[..., Ended], words: tuple[str, ...]) -> None:
    os.mkfifo(folder / "pipe")
    assert "it is not a file" in command(*words).complaint
