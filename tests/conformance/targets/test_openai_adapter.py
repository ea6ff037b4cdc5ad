"""The openai package as it is installed here, sync and async."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from conformance.child.openai_adapter import FACTORIES
from conformance.errors import TargetUnusableError
from conformance.exchange import Raised, Response
from conformance.targets.environment import beside
from conformance.targets.pythonadapter import ChildFactory
from conformance.targets.sdk import SdkTarget
from conformance.targets.secrets import Secrets
from strategies.jsonvalues import decode, encode, same
from tests.conformance.targets.conftest import FakeReference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from strategies.jsonvalues import JSON

pytest.importorskip("openai")

MINIMAL: dict[str, JSON] = {
    "id": "asst_1",
    "object": "assistant",
    "created_at": 1,
    "name": None,
    "description": None,
    "model": "m",
    "instructions": None,
    "tools": [],
    "metadata": {},
}


def made(name: str, reference: Any) -> SdkTarget:
    factory = ChildFactory(f"sdk:{name}", name, beside(os.environ), Secrets(), 20.0)
    try:
        return SdkTarget(factory, reference, f"sdk:{name}", last=factory.close)
    except BaseException:
        factory.kill()
        raise


@pytest.fixture(scope="module", params=list(FACTORIES))
def target(request: Any) -> Iterator[SdkTarget]:
    """Each of them, for all tests: a process takes a while to import the package."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("OPENAI_ORG_ID", "org-private")
        patched.setenv("OPENAI_BASE_URL", "http://elsewhere.invalid")
        found = made(request.param, FakeReference())
    yield found
    found.close()


def test_description(target: SdkTarget) -> None:
    found = target.describe()
    assert (found.name, found.details["max_retries"]) == ("openai", "0")
    assert found.version[0].isdigit()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"name": None, "description": None, "tools": None},
        {"name": "", "tools": [], "metadata": {}, "temperature": 0, "top_p": 0.0},
        {"tools": "x", "metadata": [], "temperature": "1", "name": 1.5},
        {"tools": [1, None, {"type": "function", "function": {"name": "f", "parameters": {"a": [1, None, {}]}}}]},
        {"extra_body": 1, "timeout": 2, "assistant_id": "z", "extra_headers": {}, "self": 1, "name": "q"},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"schema_": 1}}}},
        {"created_at": 2**80, "reasoning_effort": "low"},
    ],
    ids=lambda fields: ",".join(fields) or "nothing",
)
def test_fields_leave_as_they_were_given(target: SdkTarget, fields: JSON) -> None:
    with target.answering(lambda request: Response(200, (("content-type", "application/json"),), encode(MINIMAL))):
        exchange = target.modify("asst_1", encode(fields))
    (request,) = exchange.requests
    assert same(decode(request.body).value, fields)
    assert request.path == "/assistants/asst_1"
    assert "org-private" not in repr(request)
    assert target.mutations == []


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"temperature": None, "top_p": 1, "response_format": None, "tool_resources": None, "metadata": None},
        {"tool_resources": {"code_interpreter": {}, "file_search": {"vector_store_ids": []}, "future": {"a": []}}},
        {"response_format": {"type": "grammar", "g": [None]}, "brand_new": {"a": [1, None, {"b": 2}]}},
        {"tools": [{"type": "telepathy", "x": {"y": None}}, {"type": "code_interpreter", "z": None}]},
        {"tools": [{"type": "file_search", "file_search": {"ranking_options": {"score_threshold": 0, "n": None}}}]},
        {
            "tools": [
                {"type": "function", "function": {"name": "f", "strict": None, "parameters": {"_a": 1, "b": None}}}
            ]
        },
        {"schema_": 1, "self": 2, "model_fields": 3, "_private": 4, "model_dump": 5, "": 6, "created_at": 2**70},
    ],
    ids=str,
)
def test_answers_come_back_whole(target: SdkTarget, more: dict[str, JSON]) -> None:
    answer = {**MINIMAL, **more}
    with target.answering(lambda request: Response(200, (("content-type", "application/json"),), encode(answer))):
        assert same(target.modify("asst_1", b"{}").value, answer)
        assert same(target.retrieve("asst_1").value, answer)


def test_errors_give_their_members(target: SdkTarget) -> None:
    body = json.dumps({"error": {"message": "m", "type": "t", "param": "p", "code": "c"}}).encode()
    with target.answering(lambda request: Response(400, (("content-type", "application/json"),), body)):
        outcome = target.modify("asst_1", b"{}").outcome
    assert isinstance(outcome, Raised)
    assert (outcome.status, outcome.kind, outcome.own) == (400, "BadRequestError", True)
    assert outcome.error == {"type": "t", "param": "p", "code": "c"}


@pytest.mark.parametrize(
    ("error", "kind"), [(httpx.ConnectError("no"), "APIConnectionError"), (httpx.ReadTimeout("no"), "APITimeoutError")]
)
def test_broken_connections_are_errors_of_the_sdk(target: SdkTarget, error: Exception, kind: str) -> None:
    with target.answering(lambda request: error):
        exchange = target.modify("asst_1", b"{}")
    assert isinstance(exchange.outcome, Raised)
    assert (exchange.outcome.kind, exchange.outcome.own, exchange.outcome.status) == (kind, True, None)
    assert len(exchange.requests) == 1


def test_a_refusal_before_sending_is_not_the_sdks_own_error(target: SdkTarget) -> None:
    exchange = target.modify("", b"{}")
    assert isinstance(exchange.outcome, Raised)
    assert (exchange.outcome.own, exchange.requests) == (False, ())


@pytest.mark.parametrize("name", ["openai", "openai-async"])
def test_a_missing_package(name: str, reference: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "openai.py").write_text("raise ImportError\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TargetUnusableError) as caught:
        made(name, reference)
    assert caught.value.what == f"sdk:{name}: the openai package is not installed"
    assert caught.value.remedy == "install it with: pip install openai"
