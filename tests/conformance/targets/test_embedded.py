from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from conformance.exchange import Raised, Request, Returned
from conformance.targets.embedded import EmbeddedTarget


def test_the_operations_reach_the_server_in_process(reference: Any) -> None:
    target = EmbeddedTarget(reference)
    made = target.create(b'{"model": "m"}').value["id"]
    modified = target.modify(made, b'{"name": "n"}')
    assert isinstance(modified.outcome, Returned)
    assert target.retrieve(made).value["name"] == "n"
    assert [item["id"] for item in target.list().value["data"]] == [made]
    assert target.delete(made).accepted
    assert isinstance(target.modify(made, b"{}").outcome, Raised)
    assert target.requests_sent == 6
    target.close()


def test_requests_carry_what_the_suite_sends_anywhere(reference: Any) -> None:
    target = EmbeddedTarget(reference, api_key="sk-x")
    exchange = target.send(Request("POST", "/assistants", (("content-type", "text/plain"),), b"{}"))
    given = reference.requests[-1]
    assert exchange.requests == (given,)
    assert given.url == "http://127.0.0.1:8123/v1/assistants"
    assert given.header("content-type") == "text/plain"
    assert given.header("authorization") == "Bearer sk-x"
    assert given.header("openai-beta") == "assistants=v2"


def test_description(reference: Any) -> None:
    target = EmbeddedTarget(reference)
    assert target.describe().spec == target.describe().kind == "reference"
    assert target.base_url in target.describe().details["served"]
    assert target.role == "server"


def test_threads_are_counted(reference: Any) -> None:
    target = EmbeddedTarget(reference)
    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(target.retrieve, ["asst_1"] * 200))) == target.requests_sent
