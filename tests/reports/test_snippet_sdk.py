"""The Python program of a finding against an SDK: it runs, and shows what the SDK sends."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reports.model import Body, RecordedRequest, RecordedResponse, Step
from reports.snippet_sdk import sdk_script

if TYPE_CHECKING:
    from pathlib import Path

DROPPING = """
import json, urllib.request

class Adapter:
    def __init__(self, base_url, api_key):
        self.base_url = base_url

    def modify(self, assistant_id, fields):
        data = json.dumps({name: value for name, value in fields.items() if value}).encode()
        with urllib.request.urlopen(f"{self.base_url}/assistants/{assistant_id}", data) as answer:
            return json.load(answer)
"""


def judged(asked: Any, answer: bytes = b'{"id":"asst_7"}') -> Step:
    request = RecordedRequest("POST", "http://conformance.invalid/v1/assistants/asst_7", (), Body(b"{}", 2))
    return Step("act", "modify", request, RecordedResponse(200, (), Body(answer, len(answer))), asked)


def run(script: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, check=False, timeout=60, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_adapter_is_called_again(tmp_path: Path) -> None:
    (tmp_path / "dropping.py").write_text(DROPPING, "utf-8")
    told = run(sdk_script("sdk:dropping:Adapter", [judged({"name": None, "temperature": 0, "metadata": {}})]), tmp_path)
    assert told == "POST /v1/assistants/asst_7 b'{}'\n{'id': 'asst_7'}\n"


def test_the_openai_package_is_called_again(tmp_path: Path) -> None:
    pytest.importorskip("openai")
    told = run(sdk_script("sdk:openai", [judged({"name": None})]), tmp_path)
    assert told.startswith("POST /v1/assistants/asst_7 b'{\"name\":null}'\n")
    assert "asst_7" in told.splitlines()[1]


def test_a_call_that_never_left_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "dropping.py").write_text(DROPPING, "utf-8")
    script = sdk_script("sdk:dropping:Adapter", [replace(judged({"name": "x"}), request=None, response=None)])
    assert run(script, tmp_path) == 'POST /v1/assistants/asst_1 b\'{"name": "x"}\'\n{}\n'


@pytest.mark.parametrize(
    ("spec", "steps"),
    [
        ("exec:node adapter.mjs", [judged({})]),
        ("sdk:openai-node", [judged({})]),
        ("sdk:openai-async", [judged({})]),
        ("sdk:a:b;import os", [judged({})]),
        ("sdk:a:b", [judged(None)]),
        ("sdk:a:b", [replace(judged({}), request=RecordedRequest("POST", "http://h/v1/assistants/asst_a/b"))]),
        ("sdk:a:b", [judged({}), judged({})]),
        ("sdk:a:b", [judged({}, b"x" * 5000)]),
    ],
)
def test_where_there_is_none(spec: str, steps: list[Step]) -> None:
    assert sdk_script(spec, steps) == ""
