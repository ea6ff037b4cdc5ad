"""``conformance run recording:…`` as a command: what it prints, how it ends, what it writes, and what comes of that."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.reference.faults import faults, variants
from conformance.reference.serve import running
from conformance.reference.server import Reference
from tests.conformance.recordings.making import Entry, Session, har, usual, vcrpy

if TYPE_CHECKING:
    from pathlib import Path


def conformance(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "conformance", *words]
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "COLUMNS": "200"},
    )


def test_what_is_clean_is_inconclusive_and_touched_is_enough_if_asked(tmp_path: Path) -> None:
    (tmp_path / "a.har").write_text(har(usual()))
    (tmp_path / "b.yaml").write_text(vcrpy(usual()))
    ended = conformance(tmp_path, "run", "recording:a.har", "b.yaml")
    assert ended.returncode == 5, ended.stderr
    verdict, line, must, should, info, *_ = (one for one in ended.stdout.splitlines() if not one.startswith("note: "))
    assert verdict.startswith("inconclusive: ")
    touched = re.fullmatch(
        r"recording:\S+ recording:\S+ · edition \S+ · 10 exchanges, (\d+) requirements touched, 0 broken", line
    )
    assert touched
    counts = [
        re.match(r"\w+ +(\d+)(?: of \d+ touched pass| observed, never judged) · ", one) for one in (must, should, info)
    ]
    assert sum(int(one[1]) for one in counts if one) == int(touched[1])
    assert ended.stdout.count("10 exchanges") == 1
    quiet = conformance(tmp_path, "run", "recording:a.har", "--require", "touched", "-q")
    assert quiet.returncode == 0
    verdict, seen = quiet.stdout.splitlines()
    assert verdict.startswith("inconclusive: ")
    assert re.fullmatch(r"5 exchanges, \d+ requirements touched, 0 broken", seen)
    assert conformance(tmp_path, "run", "recording:.", "--role", "sdk", "--require", "touched").returncode == 0
    report = json.loads((tmp_path / "conformance-report" / "report.json").read_text("utf-8"))
    assert report["target"]["kind"] == "recording"
    assert report["settings"]["role"] == "sdk"
    assert {path.name for path in (tmp_path / "conformance-report").iterdir()} >= {"report.html", "junit.xml"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "recording:none.har"], "file not found:"),
        (["run", "recording:cut.har"], "cut.har: it is cut off"),
        (["run", "recording:a.har", "--shard", "1/2"], "--shard is not for recordings"),
        (["run", "--role", "sdk"], "--role is for recordings"),
        (["run", "--require", "touched"], "--require is for recordings"),
        (["run", "a.har"], "to judge what it holds write recording:a.har"),
        (["smoke", "recording:a.har"], "a recording answers nobody"),
        (["run", "recording:conformance-report/journal.jsonl"], "--report-dir"),
    ],
    ids=lambda value: " ".join(value[:4]) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_one_line_and_2(tmp_path: Path, words: list[str], told: str) -> None:
    (tmp_path / "a.har").write_text(har(usual()))
    (tmp_path / "cut.har").write_text(har(usual())[:-100])
    (tmp_path / "conformance-report").mkdir()
    (tmp_path / "conformance-report" / "journal.jsonl").write_text("{}")
    ended = conformance(tmp_path, *words)
    assert ended.returncode == 2
    assert told in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stdout == ""


def test_nothing_is_sent_for_a_dry_run_either(tmp_path: Path) -> None:
    (tmp_path / "a.har").write_text(har(usual()))
    ended = conformance(tmp_path, "run", "recording:a.har", "--dry-run")
    assert (ended.returncode, ended.stdout[:24]) == (0, "0 requests would be sent")


def _with_fault() -> list[Entry]:
    session = Session(Reference(behaviour=faults()["name-null-ignored"].behaviour()))
    id_ = session.create(name="Ada", instructions="Count.")
    session.modify(id_, {"name": None})
    return session.entries


@pytest.mark.parametrize("first", ["create", "retrieve"])
def test_a_finding_is_sent_again_to_a_live_target(tmp_path: Path, first: str) -> None:
    entries = _with_fault()
    if first == "retrieve":
        made = entries[0]
        entries[0] = replace(made, method="GET", path=f"/assistants/{made.value['id']}", sent=b"")
    (tmp_path / "a.har").write_text(har(entries))
    assert conformance(tmp_path, "run", "recording:a.har").returncode == 1
    report = "conformance-report/report.json"
    for handler, code in ((Reference(behaviour=faults()["name-null-ignored"].behaviour()), 1), (Reference(), 0)):
        with running(handler) as url:
            ended = conformance(tmp_path, "replay", report, "roundtrip.name.null", url)
        assert ended.returncode == code, ended.stdout + ended.stderr
        assert '"Count."' in ended.stdout


def test_a_journal_is_a_recording_of_its_findings(tmp_path: Path) -> None:
    with running(Reference(behaviour=faults()["name-null-ignored"].behaviour())) as url:
        words = ["--effort", "quick", "--only", "roundtrip.name.null", "--report-dir", "run", "-q"]
        assert conformance(tmp_path, "run", url, *words).returncode == 1
    ended = conformance(tmp_path, "run", "recording:run/journal.jsonl")
    assert ended.returncode == 1
    assert "roundtrip.name.null" in ended.stdout


def test_no_key_of_a_recording_stands_in_a_report(tmp_path: Path) -> None:
    key = "sk-recorded-0123456789"
    entries = _with_fault()
    entries[1] = entries[1].answer(description=f"made with {key}")
    (tmp_path / "a.har").write_text(har(entries))
    ended = conformance(tmp_path, "run", "recording:a.har")
    assert ended.returncode == 1
    written = [path.read_text("utf-8") for path in (tmp_path / "conformance-report").iterdir()]
    assert not any(key in text for text in (ended.stdout, *written))


def _members(value: object) -> object:
    if isinstance(value, dict):
        return {key: _members(item) for key, item in value.items()}
    return [_members(item) for item in value] if isinstance(value, list) else None


def test_the_variant_of_the_original_shows_what_it_was_recorded_to_show() -> None:
    session = Session(Reference(behaviour=variants()["original"].behaviour()))
    id_ = session.create(
        tools=[
            {"type": "file_search", "file_search": {"max_num_results": 2, "ranking_options": {"score_threshold": 0.5}}}
        ],
        tool_resources={"file_search": {"vector_stores": [{"file_ids": ["file-1"]}]}},
    )
    shown = session.get(id_).value
    assert _members(shown) == {
        **dict.fromkeys(("id", "object", "created_at", "name", "description", "model", "instructions")),
        "tools": [
            {
                "type": None,
                "file_search": {
                    "max_num_results": None,
                    "ranking_options": {"score_threshold": None, "hybrid_search": None},
                },
            }
        ],
        **dict.fromkeys(("top_p", "temperature", "reasoning_effort", "response_format")),
        "tool_resources": {"file_search": {"vector_store_ids": [None]}},
        "metadata": {},
    }
    refused = session.modify(id_, {"tool_resources": {"file_search": {"vector_stores": []}}})
    assert refused.status == 400
