"""The Python program of a finding: it runs, and what it sends is what was sent."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reports.model import Body, RecordedRequest, Step
from reports.snippet import python_script
from tests.reports.test_evidence import ALTERED, BODIES, CREATED, JSON_TYPE, KEY, OWN, Log, server, step

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["server"]


def run(steps: Sequence[Step]) -> str:
    script = python_script(steps)
    compile(script, "snippet", "exec")
    environment = {"PATH": os.environ["PATH"], "OPENAI_API_KEY": "key-of-the-reader"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()


@pytest.mark.parametrize("data", BODIES.values(), ids=BODIES)
def test_the_bytes_arrive(server: Log, data: bytes) -> None:
    run([step("act", "POST", f"{server.base}/assistants/asst_1", data)])
    (received,) = server.received
    assert (received.method, received.path, received.body) == ("POST", "/v1/assistants/asst_1", data)
    assert received.authorization == "Bearer key-of-the-reader"
    assert received.content_type == "application/json"


def test_a_new_assistant_stands_for_the_recorded_one(server: Log) -> None:
    url = f"{server.base}/assistants/asst_old"
    told = run(
        [
            step("setup", "POST", f"{server.base}/assistants", b'{"model":"m"}', answer=CREATED),
            step("act", "POST", url, b'{"name":null}'),
            step("observe", "GET", url),
        ]
    )
    assert [one.path for one in server.received] == ["/v1/assistants", *["/v1/assistants/asst_new"] * 2]
    assert told == "200 b'{\"seen\":true}'\n" * 2


@pytest.mark.parametrize(("segment", "expected"), ALTERED.items())
def test_what_was_made_of_the_id_is_made_of_the_new_one(server: Log, segment: str, expected: str) -> None:
    url = f"{server.base}/assistants"
    made = step("setup", "POST", url, b"{}", answer=b'{"id":"%s"}' % OWN.encode())
    run([made, step("act", "POST", f"{url}/{segment}", b"{}")])
    assert server.received[1].path == f"/v1/assistants/{expected}"


def test_secrets_come_from_the_environment() -> None:
    headers = (("api-key", "***"), ("Authorization", "Bearer ***x"))
    script = python_script([step("act", "POST", "http://h/v1/assistants/a", b"{}", headers=headers)], "MY_KEY")
    assert "'api-key': os.environ['API_KEY']" in script
    assert "'Authorization': 'Bearer ' + os.environ['MY_KEY'] + 'x'" in script


def test_the_second_key_has_a_variable_of_its_own() -> None:
    headers = (("Authorization", "Bearer ***other key***"),)
    steps = [step("act", "POST", "http://h/v1/assistants/a", b"{}", headers=headers)]
    assert "os.environ['THEIR_KEY']}" in python_script(steps, "MY_KEY", "THEIR_KEY")


def test_the_path_and_a_query_are_left_as_they_are(server: Log) -> None:
    run([step("act", "POST", f"{server.base}/assistants/../%2e%2e/{{x}}?a=%20&b={{}}", b"{}")])
    assert server.received[0].path == "/v1/assistants/../%2e%2e/{x}?a=%20&b={}"


def test_no_type_is_sent_where_none_was(server: Log) -> None:
    run([step("act", "POST", f"{server.base}/assistants/a", b"{}", headers=(KEY, ("X-Odd_name", "1: 2")))])
    assert server.received[0].content_type is None
    assert server.received[0].headers["x-odd_name"] == "1: 2"


@pytest.mark.parametrize(
    "request_",
    [
        RecordedRequest("POST", "http://h/assistants/a b", (JSON_TYPE,)),
        RecordedRequest("POST", "http://h/assistants/a", (JSON_TYPE, JSON_TYPE)),
        RecordedRequest("POST", "http://h/assistants/a", (("X", "a\nb"),)),
        RecordedRequest("POST", "http://h/assistants/a", (JSON_TYPE,), Body(b"{", 10)),
        RecordedRequest("POST", "/assistants/a", (JSON_TYPE,)),
    ],
    ids=["space in the URL", "header twice", "line feed in a header", "body cut", "no server"],
)
def test_what_cannot_be_sent_has_no_program(request_: RecordedRequest) -> None:
    assert python_script([Step("act", "modify", request_)]) == ""


def test_what_an_sdk_sent_is_not_sent_without_it(server: Log) -> None:
    judged = step("act", "POST", f"{server.base}/assistants/a", b"{}")
    assert python_script([judged])
    assert python_script([replace(judged, asked={"name": None})]) == ""


def test_an_exchange_that_was_never_sent_has_no_program() -> None:
    assert python_script([Step("act", "modify", None, asked={"name": None})]) == ""
