"""The Python program of a finding against an SDK: it runs, and shows what the SDK sends."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reports.model import Body, RecordedRequest, RecordedResponse, Served, Step
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
    request = RecordedRequest("POST", "http://conformance.invalid:8080/v1/assistants/asst_7", (), Body(b"{}", 2))
    return Step("act", "modify", request, RecordedResponse(200, (), Body(answer, len(answer))), asked)


def run(script: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, check=False, timeout=60, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


LEFT = "POST /v1/assistants/asst_7 Content-Type: application/x-www-form-urlencoded"


def test_an_adapter_is_called_again(tmp_path: Path) -> None:
    (tmp_path / "dropping.py").write_text(DROPPING, "utf-8")
    told = run(sdk_script("sdk:dropping:Adapter", [judged({"name": None, "temperature": 0, "metadata": {}})]), tmp_path)
    assert told == f"{LEFT} b'{{}}'\nreturned {{'id': 'asst_7'}}\n"


@pytest.mark.parametrize("spec", ["sdk:openai", "sdk:openai-async", "sdk:openai-wire"])
def test_the_openai_package_is_called_again(tmp_path: Path, spec: str) -> None:
    pytest.importorskip("openai")
    told = run(sdk_script(spec, [judged({"name": None})]), tmp_path)
    assert told.startswith("POST /v1/assistants/asst_7 ")
    assert "uthorization: Bearer sk-proj-Conformance_Test-9zA" in told
    assert told.splitlines()[0].endswith("b'{\"name\":null}'")
    assert [line for line in told.splitlines() if line.startswith("returned ") and "asst_7" in line]


def test_a_call_that_never_left_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "dropping.py").write_text(DROPPING, "utf-8")
    script = sdk_script("sdk:dropping:Adapter", [replace(judged({"name": "x"}), request=None, response=None)])
    told = run(script, tmp_path)
    assert told == f'{LEFT.replace("asst_7", "asst_1")} b\'{{"name": "x"}}\'\nreturned {{}}\n'


PROGRAM = """
import json, sys, urllib.request
print(json.dumps({"conformance": 1, "name": "p", "version": "1", "language": "python"}), flush=True)
for line in sys.stdin:
    call = json.loads(line)
    data = json.dumps(call.get("fields")).encode() if call["call"] == "modify" else None
    with urllib.request.urlopen(f"{call['base_url']}/assistants/{call['assistant_id']}", data) as answer:
        print(json.dumps({"id": call["id"], "returned": json.load(answer)}), flush=True)
"""


def test_a_program_is_started_and_called(tmp_path: Path) -> None:
    (tmp_path / "a program.py").write_text(PROGRAM, "utf-8")
    steps = [
        replace(judged({"name": None}), role="setup"),
        replace(judged(None), operation="retrieve", assistant_id="b"),
    ]
    told = run(sdk_script(f"exec:{sys.executable} -S 'a program.py'", steps), tmp_path).splitlines()
    assert told[1] == f"{LEFT} b'{{\"name\": null}}'"
    assert told[2] == """returned {"id": 1, "returned": {"id": "asst_7"}}"""
    assert told[4] == "GET /v1/assistants/b b''"


ENDS: dict[str, tuple[Served, str]] = {
    "whole": (Served("whole", 200, (), Body(b"{}", 2)), "returned {}"),
    "refused": (Served("whole", 503, (("Content-Type", "text/html"),), Body(b"<html>", 6)), "raised HTTPError"),
    "cut": (Served("cut", 200, (), Body(b'{"id"', 5)), "raised IncompleteRead"),
    "closed": (Served("closed"), "raised RemoteDisconnected"),
    "reset": (Served("reset"), "raised ConnectionResetError"),
}


@pytest.mark.parametrize(("served", "told"), ENDS.values(), ids=ENDS)
def test_what_came_comes_again(tmp_path: Path, served: Served, told: str) -> None:
    (tmp_path / "dropping.py").write_text(DROPPING, "utf-8")
    step = replace(judged({"name": "x"}), response=None, served=(served,))
    assert run(sdk_script("sdk:dropping:Adapter", [step]), tmp_path).splitlines()[1].startswith(told)


def test_a_redirect_leads_to_the_server_of_the_program(tmp_path: Path) -> None:
    (tmp_path / "dropping.py").write_text(DROPPING, "utf-8")
    location = ("Location", "http://conformance.invalid:8080/v1/assistants/other")
    moved, found = Served("whole", 302, (location,)), Served("whole", 200, (), Body(b'{"id":"other"}', 14))
    step = replace(judged({"name": "x"}), response=None, served=(moved, found))
    told = run(sdk_script("sdk:dropping:Adapter", [step]), tmp_path).splitlines()
    assert told[1].startswith("GET /v1/assistants/other ")
    assert told[2] == "returned {'id': 'other'}"


@pytest.mark.parametrize("url", ["http://h/v1/assistants/asst_7?beta=true", "http://h/x/assistants/asst_7?a=/b"])
def test_a_query_of_the_sdk_is_no_part_of_the_id(url: str) -> None:
    assert "'asst_7'" in sdk_script("sdk:a:b", [replace(judged({}), request=RecordedRequest("POST", url))])


def test_a_long_answer_is_packed(tmp_path: Path) -> None:
    (tmp_path / "dropping.py").write_text(DROPPING, "utf-8")
    body = b'{"name":"' + b"x" * 5000 + b'"}'
    assert "x" * 5000 in run(sdk_script("sdk:dropping:Adapter", [judged({"name": "y"}, body)]), tmp_path)


@pytest.mark.parametrize(
    ("spec", "steps"),
    [
        ("sdk:a:b;import os", [judged({})]),
        ("http://h/v1", [judged({})]),
        ("sdk:a:b", [judged(None)]),
        ("sdk:a:b", [replace(judged({}), request=RecordedRequest("POST", "http://h/v1/assistants/asst_a/b"))]),
        ("sdk:a:b", [replace(judged({}), response=RecordedResponse(200, (), Body(b"x", 10)))]),
        ("sdk:a:b", [replace(judged({}), role="setup")]),
    ],
)
def test_where_there_is_none(spec: str, steps: list[Step]) -> None:
    assert sdk_script(spec, steps) == ""


def test_clients_are_made_with_the_base_url_and_the_key_that_they_had(tmp_path: Path) -> None:
    (tmp_path / "dropping.py").write_text(DROPPING.replace("= base_url", "= base_url + '/' + api_key"), "utf-8")
    other = replace(judged({"name": "x"}), client=("http://conformance.invalid:8080/longer/v1", "sk-other"))
    assert run(sdk_script("sdk:dropping:Adapter", [other]), tmp_path).startswith("POST /longer/v1/sk-other/assistants/")
    steps = [replace(judged({"name": "a"}), role="setup"), other, judged({"name": "b"})]
    left = [line.split()[1] for line in run(sdk_script("sdk:dropping:Adapter", steps), tmp_path).splitlines()[::2]]
    usual = "/v1/sk-proj-Conformance_Test-9zA/assistants/asst_7"
    assert left == [usual, "/longer/v1/sk-other/assistants/asst_7", usual]
    assert sdk_script("sdk:openai", steps) == ""


def test_a_client_is_closed_as_often_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "dropping.py").write_text(f"{DROPPING}\n    def close(self):\n        print('closed')\n", "utf-8")
    closed = Step("setup", "close", assistant_id="")
    steps = [replace(judged({"name": "x"}), role="setup"), closed, replace(closed, role="act")]
    assert run(sdk_script("sdk:dropping:Adapter", steps), tmp_path).count("closed\nreturned None") == 2
