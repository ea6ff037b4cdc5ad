"""What is found out before a run: unusable targets end in one line, wrong ones are judged."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from conformance.errors import TargetUnusableError
from conformance.exchange import Raised, Response
from conformance.targets.embedded import EmbeddedTarget
from conformance.targets.http import HttpTarget
from conformance.targets.probe import INVENTED, Probe, probe
from conformance.targets.resolve import resolve
from conformance.targets.sdk import SdkTarget
from strategies.contract import Contract
from strategies.editions import edition

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conformance.exchange import Exchange, Operation, Request

    Rules = dict[str, Any]

CONTRACT = Contract(edition())
ENVELOPE = {"error": {"message": "no", "type": "invalid_request_error", "param": None, "code": None}}


class Server:
    """Answers each operation as it is told, and by ``inner`` where it is told nothing."""

    def __init__(self, inner: Any, **rules: Any) -> None:
        self.inner = inner
        self.rules = rules
        self.seen: list[str] = []

    def handle(self, request: Request) -> Response:
        bare = request.path.partition("?")[0] == "/assistants"
        operation = {
            ("POST", True): "create",
            ("GET", True): "list",
            ("POST", False): "modify",
            ("GET", False): "retrieve",
            ("DELETE", False): "delete",
        }[request.method, bare]
        self.seen.append(operation)
        rule = self.rules.get(operation)
        if rule is None:
            found: Response = self.inner.handle(request)
            return found
        status, value = rule(request) if callable(rule) else rule
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return Response(status, (("content-type", "application/json"),), body)


def probed(reference: Any, options: dict[str, Any] | None = None, **rules: Any) -> tuple[Probe, Server]:
    server = Server(reference, **rules)
    return probe(EmbeddedTarget(server), CONTRACT, **(options or {})), server


def refusal(reference: Any, options: dict[str, Any] | None = None, **rules: Any) -> TargetUnusableError:
    with pytest.raises(TargetUnusableError) as caught:
        probed(reference, options, **rules)
    assert "\n" not in str(caught.value)
    assert caught.value.remedy
    return caught.value


class Timed(EmbeddedTarget):
    """Says itself how long its calls take: the first modify waits for the machine."""

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        return replace(
            super().exchange(operation, request, assistant_id), elapsed=5.0 if operation == "modify" else 0.5
        )


def test_one_request_that_takes_long_makes_no_slow_target(reference: Any) -> None:
    assert probe(Timed(Server(reference)), CONTRACT).latency == 0.5


def test_a_good_server(reference: Any) -> None:
    found, server = probed(reference)
    assert (found.base_model, found.notes, found.source) == ("gpt-4o", (), "made")
    assert found.latency > 0
    assert server.seen == ["create", "modify", "delete"]
    assert reference.assistants == {}


def test_the_model_of_the_user(reference: Any) -> None:
    found, _ = probed(reference, {"model": "llama"})
    assert found.base_model == "llama"
    assert json.loads(reference.requests[0].body)["model"] == "llama"


@pytest.mark.parametrize(
    "modify",
    [
        (200, {}),
        (200, b"<html>"),
        (500, ENVELOPE),
        (500, b""),
        (400, ENVELOPE),
        (401, ENVELOPE),
        (204, b""),
        (302, b""),
    ],
    ids=str,
)
def test_a_wrong_modify_is_judged(reference: Any, modify: tuple[int, object]) -> None:
    found, _ = probed(reference, modify=modify)
    assert found.source == "made"
    assert reference.assistants == {}


def test_a_modify_that_knows_no_assistant_is_judged(reference: Any) -> None:
    def unknown(request: Request) -> tuple[int, object]:
        name = request.path.rpartition("/")[2]
        return 404, {"error": {"message": f"No assistant found with id '{name}'.", "type": "invalid_request_error"}}

    assert probed(reference, modify=unknown)[0].source == "made"


@pytest.mark.parametrize("status", [404, 405, 501])
@pytest.mark.parametrize("create", [True, False])
def test_the_operation_is_not_served(reference: Any, status: int, create: bool) -> None:
    def unrouted(request: Request) -> tuple[int, object]:
        return status, {"error": {"message": f"Invalid URL (POST /v1{request.path})"}}

    rules: Rules = {"modify": unrouted} if create else {"modify": unrouted, "create": (404, b"<html>")}
    error = refusal(reference, **rules)
    assert "does not serve the operation" in error.what
    assert str(status) in error.what
    assert error.exit_code == 3
    assert reference.assistants == {}


def test_an_application_is_called_as_the_user_calls_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked over a port that nobody has chosen: to name that tells nobody anything."""
    lines = "from conformance.reference import Reference\nfrom conformance.reference.asgi import app as served\n"
    (tmp_path / "shop.py").write_text(f"{lines}app = served(Reference())\n")
    monkeypatch.chdir(tmp_path)
    target = resolve("asgi:shop:app/elsewhere")
    try:
        with pytest.raises(TargetUnusableError, match=r"^asgi:shop:app/elsewhere does not serve the operation"):
            probe(target, CONTRACT)
    finally:
        target.close()


@pytest.mark.parametrize("status", [401, 403])
def test_the_key_is_refused(reference: Any, status: int) -> None:
    rules: Rules = dict.fromkeys(("create", "modify", "list"), (status, ENVELOPE))
    error = refusal(reference, {"api_key_env": "MY_KEY"}, **rules)
    assert "asks for a key" in error.what
    assert "MY_KEY" in error.remedy
    server = Server(reference, **rules)
    with pytest.raises(TargetUnusableError, match="rejects the key"):
        probe(EmbeddedTarget(server, api_key="sk-x"), CONTRACT)


@pytest.mark.parametrize("create", [(200, {}), (200, b"OK"), (200, {"id": 5}), (405, b""), (400, ENVELOPE)], ids=str)
def test_ids_are_invented_where_none_can_be_made(reference: Any, create: tuple[int, object]) -> None:
    found, server = probed(reference, create=create, modify=(200, {}))
    assert found.source == "invented"
    assert "invented" in found.notes[0]
    assert "delete" not in server.seen


@pytest.mark.parametrize("create", [(200, {}), (400, ENVELOPE), (401, ENVELOPE), (500, b"")], ids=str)
def test_no_assistant_to_modify(reference: Any, create: tuple[int, object]) -> None:
    error = refusal(reference, create=create)
    assert "no assistant to modify" in error.what
    assert "--model" in error.remedy
    assert "--assistant-id" in error.remedy


def test_a_model_is_learnt_from_what_is_there_and_no_stranger_is_touched(reference: Any) -> None:
    reference.assistants["asst_strange"] = {"id": "asst_strange", "model": "llama"}

    def choosy(request: Request) -> tuple[int, object]:
        if json.loads(request.body)["model"] != "llama":
            return 400, ENVELOPE
        return 200, json.loads(reference.handle(request).body)

    found, server = probed(reference, create=choosy)
    assert found.base_model == "llama"
    assert server.seen == ["create", "list", "create", "modify", "delete"]
    assert reference.assistants == {"asst_strange": {"id": "asst_strange", "model": "llama"}}


@pytest.mark.parametrize("listed", [{"data": [5, {"model": 5}, {"model": "gpt-4o"}]}, {"data": 5}, [], b"x"], ids=str)
def test_a_list_of_nonsense_teaches_nothing(reference: Any, listed: object) -> None:
    error = refusal(reference, create=(400, ENVELOPE), list=(200, listed))
    assert "with model gpt-4o gives 400" in error.what


def test_a_given_assistant_is_left_as_it_is(reference: Any) -> None:
    reference.assistants["asst_mine"] = before = {"id": "asst_mine", "model": "llama", "name": "n"}
    found, server = probed(reference, {"assistant_id": "asst_mine"})
    assert (found.source, found.base_model) == ("given", "llama")
    assert "asst_mine" in found.notes[0]
    assert server.seen == ["retrieve", "modify"]
    assert json.loads(reference.requests[-1].body) == {"name": "n"}
    assert reference.assistants == {"asst_mine": before}


def test_a_given_assistant_that_cannot_be_read(reference: Any) -> None:
    reference.assistants["asst_mine"] = {"id": "asst_mine"}
    found, _ = probed(reference, {"assistant_id": "asst_mine"}, retrieve=(500, b""))
    assert found.base_model == "gpt-4o"
    assert json.loads(reference.requests[-1].body) == {}


def test_a_given_assistant_that_does_not_exist(reference: Any) -> None:
    error = refusal(reference, {"assistant_id": "asst_gone"})
    assert "has no assistant asst_gone" in error.what
    assert "--assistant-id" in error.remedy


def test_a_given_assistant_behind_a_key(reference: Any) -> None:
    rules: Rules = dict.fromkeys(("retrieve", "modify"), (401, ENVELOPE))
    assert "asks for a key" in refusal(reference, {"assistant_id": "a"}, **rules).what


def test_a_given_assistant_where_nothing_modifies(reference: Any) -> None:
    reference.assistants["asst_mine"] = {"id": "asst_mine"}
    error = refusal(reference, {"assistant_id": "asst_mine"}, modify=(405, b""))
    assert "does not serve the operation" in error.what


def test_assistants_that_stay(reference: Any) -> None:
    found, _ = probed(reference, delete=(405, b""))
    assert found.notes == ("assistants made here cannot be deleted: DELETE gives 405",)


def unreachable(url: str, timeout: float = 0.2) -> TargetUnusableError:
    target = HttpTarget(url, timeout=timeout)
    try:
        with pytest.raises(TargetUnusableError) as caught:
            probe(target, CONTRACT)
    finally:
        target.close()
    assert "\n" not in str(caught.value)
    return caught.value


def test_nobody_listens(raw_server: Callable[..., Any]) -> None:
    server = raw_server(lambda wire: None)
    server.stop()
    error = unreachable(server.url)
    assert error.what == f"{server.url} does not answer: connection refused"
    assert "port" in error.remedy


def test_no_such_host() -> None:
    assert "host name" in unreachable("http://no-such-host.invalid/v1", 5).remedy


def test_a_black_hole(raw_server: Callable[..., Any]) -> None:
    server = raw_server(lambda wire: wire.stopped.wait())
    error = unreachable(server.url)
    assert "time-out after 0.2 s" in error.what
    assert "--timeout" in error.remedy


def test_no_tls(raw_server: Callable[..., Any]) -> None:
    server = raw_server(lambda wire: wire.send(b"HTTP/1.1 400 Bad\r\n\r\n"))
    assert "TLS failed" in unreachable(server.url.replace("http:", "https:"), 5).what


def test_another_protocol(raw_server: Callable[..., Any]) -> None:
    server = raw_server(lambda wire: wire.send(b"220 mail.example ESMTP\r\n\r\n"))
    assert unreachable(server.url).remedy == "check that it serves HTTP"


@pytest.mark.parametrize("end", ["reset", "hang"])
def test_a_modify_that_is_not_answered(raw_server: Callable[..., Any], end: str) -> None:
    def script(wire: Any) -> None:
        while (raw := wire.request()) is not None:
            if raw.startswith(b"POST /v1/assistants/"):
                (wire.reset if end == "reset" else wire.stopped.wait)()
                return
            wire.answer(body=b'{"id": "asst_1"}')

    server = raw_server(script)
    if end == "hang":
        assert "time-out" in unreachable(server.url).what
    else:
        target = HttpTarget(server.url, timeout=5)
        assert "connection reset" in probe(target, CONTRACT).notes[0]
        target.close()
    assert server.requests[-1].startswith(b"DELETE /v1/assistants/asst_1 ")


class Silent:
    """An SDK on a stack that is not caught: it fails, and nothing is seen to leave."""

    name = version = language = "silent"
    settings: dict[str, str] = {}  # noqa: RUF012 - as an adapter would write it
    cannot: frozenset[str] = frozenset()

    def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
        raise ConnectionError("no such\nhost")

    def retrieve(self, assistant_id: str) -> Any:
        return None

    def describe_error(self, exception: Exception) -> Raised | None:
        return None

    def close(self) -> None:
        pass


def test_an_sdk_that_is_not_seen(reference: Any) -> None:
    target = SdkTarget(lambda url, key: Silent(), reference, "sdk:silent")
    with pytest.raises(TargetUnusableError, match=r"raised ConnectionError .*: no such host; .*httpx") as caught:
        probe(target, CONTRACT)
    target.close()
    assert caught.value.exit_code == 3
    assert reference.assistants == {}


def test_an_sdk_that_does_nothing_is_judged(reference: Any) -> None:
    class Idle(Silent):
        def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
            return {}

    target = SdkTarget(lambda url, key: Idle(), reference, "sdk:idle")
    assert probe(target, CONTRACT).source == "made"
    target.close()


@pytest.mark.parametrize("status", [404, 405, 501])
def test_an_sdk_that_asks_for_something_else_is_judged(
    reference: Any, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    class Putting(Silent):
        def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
            return httpx.put(f"http://conformance.invalid:8080/v1/assistants/{assistant_id}", json=fields).json()

    answer = reference.handle
    refused = Response(status, (), b"{}")
    monkeypatch.setattr(reference, "handle", lambda sent: refused if sent.method == "PUT" else answer(sent))
    target = SdkTarget(lambda url, key: Putting(), reference, "sdk:putting")
    assert probe(target, CONTRACT).source == "made"
    target.close()


def test_a_probe_is_data() -> None:
    found = Probe(0.1, "m")
    assert replace(found, source="given") != found
    assert INVENTED.startswith("asst_")
