"""The SDK target, over small SDKs of our own on httpx and httpx2, sync and async."""

from __future__ import annotations

import asyncio
import importlib
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from conformance.errors import TargetUnusableError
from conformance.exchange import UNREADABLE, NotRun, Raised, Response, Returned
from conformance.targets.adapter import NotExpressible
from conformance.targets.sdk import API_KEY, SdkTarget
from conformance.targets.ways import BASE_URL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.exchange import Request

    TargetOf = Callable[..., SdkTarget]


class Toy:
    """An SDK of a few lines, adapter and all: sends what it is given, gives back what it gets."""

    name = "toy"
    version = "1"
    language = "python"
    settings = {"retries": "0"}  # noqa: RUF012 - as an adapter would write it
    cannot = frozenset({"null"})
    closed = False

    def __init__(self, base_url: str, api_key: str, stack: str = "httpx") -> None:
        self.base_url = base_url
        self.module = importlib.import_module(stack)
        self.client = self.module.Client(headers={"Authorization": f"Bearer {api_key}"})

    def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
        return self.client.post(f"{self.base_url}/assistants/{assistant_id}", json=fields).raise_for_status().json()

    def retrieve(self, assistant_id: str) -> Any:
        return self.client.get(f"{self.base_url}/assistants/{assistant_id}").raise_for_status().json()

    def describe_error(self, exception: Exception) -> Raised | None:
        if not isinstance(exception, self.module.HTTPError):
            return None
        response = getattr(exception, "response", None)
        return Raised(str(exception), response and response.status_code, kind=type(exception).__name__)

    def close(self) -> None:
        self.client.close()
        self.closed = True


class ToyAsync(Toy):
    """The same on the async client, with a new event loop each call."""

    def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
        async def call() -> Any:
            async with self.module.AsyncClient() as client:
                return (await client.post(f"{self.base_url}/assistants/{assistant_id}", json=fields)).json()

        return asyncio.run(call())


@pytest.fixture
def target_of(reference: Any) -> Iterator[TargetOf]:
    made: list[SdkTarget] = []

    def make(factory: Callable[..., Any] = Toy) -> SdkTarget:
        made.append(SdkTarget(factory, reference, "sdk:toy:factory"))
        return made[-1]

    yield make
    for target in made:
        target.close()


def asst(target: SdkTarget) -> str:
    found: str = target.create(b'{"model": "m"}').value["id"]
    return found


@pytest.mark.parametrize("kind", [Toy, ToyAsync])
@pytest.mark.parametrize("stack", ["httpx", "httpx2"])
def test_what_leaves_and_what_comes_back_is_seen(target_of: TargetOf, kind: type[Toy], stack: str) -> None:
    pytest.importorskip(stack)
    target = target_of(lambda url, key: kind(url, key, stack))
    made = asst(target)
    exchange = target.modify(made, b'{"name": "\\u00e9", "temperature": 1.0}')
    (request,) = exchange.requests
    assert (request.method, request.path) == ("POST", f"/assistants/{made}")
    assert request.url == f"{BASE_URL}/assistants/{made}"
    assert request.body.replace(b": ", b":").replace(b", ", b",") == '{"name":"é","temperature":1.0}'.encode()
    assert (request.header("content-type") or "").startswith("application/json")
    assert exchange.asked == {"name": "é", "temperature": 1.0}
    assert exchange.value["name"] == "é"
    assert exchange.responses[0].status == 200
    assert target.retrieve(made).value["temperature"] == 1
    assert target.requests_sent == 3


def test_behind_the_back_of_the_sdk(target_of: TargetOf, reference: Any) -> None:
    target = target_of()
    made = asst(target)
    assert [item["id"] for item in target.list().value["data"]] == [made]
    assert target.delete(made).accepted
    assert {request.header("authorization") for request in reference.requests} == {f"Bearer {API_KEY}"}


def test_the_raw_url_is_kept(target_of: TargetOf) -> None:
    class Odd(Toy):
        def retrieve(self, assistant_id: str) -> Any:
            request = self.client.build_request("GET", "http://x.invalid/")
            request.url = httpx.URL(
                scheme="http", host="conformance.invalid", port=8080, raw_path=b"/v1/assistants/%2e%2E/%2F?a=%20"
            )
            return self.client.send(request).json()

    exchange = target_of(Odd).retrieve("x")
    assert exchange.requests[0].path == "/assistants/%2e%2E/%2F?a=%20"


def test_an_exception_of_the_sdk_and_one_that_is_not(target_of: TargetOf) -> None:
    class Clumsy(Toy):
        def retrieve(self, assistant_id: str) -> Any:
            return dict[str, Any]()["missing"]

    target = target_of(Clumsy)
    outcome = target.modify("unknown", b"{}").outcome
    assert isinstance(outcome, Raised)
    assert (outcome.status, outcome.kind, outcome.own) == (404, "HTTPStatusError", True)
    assert target.retrieve("x").outcome == Raised("'missing'", kind="KeyError", own=False)


def test_what_cannot_be_expressed_is_not_run(target_of: TargetOf) -> None:
    class Limited(Toy):
        def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
            raise NotExpressible("no null")

    target = target_of(Limited)
    assert target.modify("a", b"{}").outcome == NotRun("no null")
    assert target.cannot == {"null"}
    assert target.describe().details == {
        "language": "python",
        "reached": "caught in process",
        "retries": "0",
        "cannot express": "null",
    }


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"x"', b"[" * 100_000 + b"]" * 100_000])
def test_bodies_that_are_no_fields_are_not_run(target_of: TargetOf, body: bytes) -> None:
    exchange = target_of().modify("a", body)
    assert isinstance(exchange.outcome, NotRun)
    assert exchange.requests == ()


def test_a_changed_argument_is_told(target_of: TargetOf) -> None:
    class Greedy(Toy):
        def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
            answer = super().modify(assistant_id, fields)
            fields.get("metadata", {}).clear()
            return answer

    target = target_of(Greedy)
    made = asst(target)
    target.modify(made, b'{"name": "n"}')
    assert target.mutations == []
    exchange = target.modify(made, b'{"metadata": {"a": "b"}}')
    assert exchange.asked == {"metadata": {"a": "b"}}
    assert target.mutations == [
        'modify changed its caller\'s own value, {"metadata":{"a":"b"}}, into {"metadata":{}}',
    ]


def test_a_value_that_is_no_json(target_of: TargetOf) -> None:
    class Rich(Toy):
        def retrieve(self, assistant_id: str) -> Any:
            return {"created": object()}

    assert target_of(Rich).retrieve("x").outcome == Returned(UNREADABLE)


@pytest.mark.parametrize("stack", ["httpx", "httpx2"])
@pytest.mark.parametrize("kind", [Toy, ToyAsync])
@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError])
def test_another_server_may_break_the_connection(
    target_of: TargetOf, stack: str, kind: type[Toy], error: type[httpx.TransportError]
) -> None:
    pytest.importorskip(stack)
    target = target_of(lambda url, key: kind(url, key, stack))
    with target.answering(lambda request: error("broken")):
        exchange = target.modify("a", b"{}")
    assert exchange.outcome == Raised("broken", kind=error.__name__)
    assert (len(exchange.requests), exchange.responses) == (1, ())


def test_another_server_answers_for_a_while(target_of: TargetOf) -> None:
    target = target_of()
    made = asst(target)
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(200, (("Content-Type", "application/json"), ("X-A", "é")), b'{"odd": true}')

    with target.answering(answer):
        assert target.modify(made, b"{}").value == {"odd": True}
    assert [request.path for request in seen] == [f"/assistants/{made}"]
    assert target.modify(made, b"{}").value["id"] == made


def test_a_failing_server_is_no_fault_of_the_sdk(target_of: TargetOf) -> None:
    def broken(request: Request) -> Response:
        raise ZeroDivisionError("a defect of the suite")

    target = target_of()
    with target.answering(broken), pytest.raises(ZeroDivisionError):
        target.modify("a", b"{}")


def test_nothing_is_let_out_of_a_call(target_of: TargetOf, raw_server: Callable[..., Any]) -> None:
    server = raw_server(lambda wire: wire.request())

    class Leaky(Toy):
        def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
            return self.client.post(f"{server.url}/telemetry", json=fields).json()

        def retrieve(self, assistant_id: str) -> Any:
            return self.client.get("http://conformance.invalid:8080/v2/assistants/a").raise_for_status().json()

    target = target_of(Leaky)
    outside = target.modify("a", b"{}")
    assert isinstance(outside.outcome, Raised)
    assert outside.outcome.kind == "ConnectError"
    assert outside.requests[0].url == f"{server.url}/telemetry"
    assert server.connections == 0
    beside = target.retrieve("a")
    assert (beside.status, beside.requests[0].path) == (404, "/v2/assistants/a")


def test_the_traffic_of_others_goes_on_its_way(target_of: TargetOf, raw_server: Callable[..., Any]) -> None:
    def script(wire: Any) -> None:
        while wire.request() is not None:
            wire.answer(body=b'{"real": true}')

    server = raw_server(script)
    target = target_of()
    assert httpx.get(server.url).json() == {"real": True}
    assert target.requests_sent == 0


def test_two_targets_do_not_hear_each_other(target_of: TargetOf) -> None:
    first, second = target_of(), target_of(ToyAsync)
    made = asst(first)
    assert first.modify(made, b'{"name": "1"}').value["name"] == "1"
    assert second.modify(made, b'{"name": "2"}').value["name"] == "2"
    assert (first.requests_sent, second.requests_sent) == (2, 1)


def test_a_thread_of_the_sdk_is_answered(target_of: TargetOf) -> None:
    class Threaded(Toy):
        def retrieve(self, assistant_id: str) -> Any:
            found: list[Any] = []
            call = super().retrieve
            thread = threading.Thread(target=lambda: found.append(call(assistant_id)))
            thread.start()
            thread.join()
            return found[0]

    target = target_of(Threaded)
    made = asst(target)
    assert target.retrieve(made).value["id"] == made


def test_everything_is_let_go_at_the_end(reference: Any, raw_server: Callable[..., Any]) -> None:
    toys: list[Toy] = []

    def factory(url: str, key: str) -> Toy:
        toys.append(Toy(url, key))
        return toys[0]

    target = SdkTarget(factory, reference, "sdk:toy:factory")
    target.close()
    assert toys[0].closed
    with pytest.raises(httpx.ConnectError), httpx.Client() as client:
        client.get(BASE_URL)


def test_an_adapter_that_cannot_be_made(reference: Any) -> None:
    def factory(url: str, key: str) -> Any:
        raise ValueError("no such option")

    with pytest.raises(TargetUnusableError, match="sdk:x: the adapter cannot be made: ValueError: no such option"):
        SdkTarget(factory, reference, "sdk:x")


def test_an_adapter_that_lacks_what_every_adapter_has(reference: Any) -> None:
    class Bare:
        name = version = language = "x"
        modify = retrieve = describe_error = None

    with pytest.raises(TargetUnusableError, match="sdk:x: the adapter, of type Bare, has no settings, cannot, close"):
        SdkTarget(lambda url, key: Bare(), reference, "sdk:x")  # type: ignore[arg-type, return-value]
