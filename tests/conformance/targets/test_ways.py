"""An SDK of a few lines over the wire and in process: the same calls, the same judgement of what came of them."""

from __future__ import annotations

import http.client
import json
import os
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import httpx
import pytest

from conformance.errors import TargetUnusableError
from conformance.exchange import Raised, Response, Returned
from conformance.targets.adapter import AdapterFailedError
from conformance.targets.scripted import CutBodyError, RawAnswerError, SlowResponse
from conformance.targets.sdk import API_KEY, SdkTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.exchange import Request

    TargetOf = Callable[..., SdkTarget]


class PlainError(Exception):
    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Plain:
    """An SDK on ``http.client``, adapter and all."""

    name = "plain"
    version = "1"
    language = "python"
    reached = "wire"
    settings = {"timeout": "0.3 s"}  # noqa: RUF012 - as an adapter would write it
    cannot = frozenset[str]()
    waits = 10.0
    """Seconds; a machine may be slow."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self.base = urlsplit(base_url)
        self.key = api_key
        self.closed = False

    def call(self, method: str, assistant_id: str, body: bytes | None = None) -> Any:
        connection = http.client.HTTPConnection(self.base.netloc, timeout=self.waits)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            connection.request(method, f"{self.base.path}/assistants/{quote(assistant_id, safe='')}", body, headers)
            response = connection.getresponse()
            value = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise PlainError(f"{type(error).__name__}: {error}") from error
        finally:
            connection.close()
        if response.status >= 400:
            raise PlainError(value["error"]["message"], response.status)
        return value

    def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
        return self.call("POST", assistant_id, json.dumps(fields).encode())

    def retrieve(self, assistant_id: str) -> Any:
        return self.call("GET", assistant_id)

    def describe_error(self, exception: Exception) -> Raised | None:
        return Raised(str(exception), exception.status) if isinstance(exception, PlainError) else None

    def close(self) -> None:
        self.closed = True


class OnHttpx(Plain):
    """The same on httpx, caught in process."""

    reached = "respx"

    def call(self, method: str, assistant_id: str, body: bytes | None = None) -> Any:
        url = f"{self.base.geturl()}/assistants/{quote(assistant_id, safe='')}"
        try:
            with httpx.Client(timeout=self.waits) as client:
                response = client.request(method, url, content=body, headers={"Authorization": f"Bearer {self.key}"})
                value = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise PlainError(f"{type(error).__name__}: {error}") from error
        if response.status_code >= 400:
            raise PlainError(value["error"]["message"], response.status_code)
        return value


@pytest.fixture
def target_of(reference: Any) -> Iterator[TargetOf]:
    made: list[SdkTarget] = []

    def make(factory: Callable[..., Any] = Plain) -> SdkTarget:
        made.append(SdkTarget(factory, reference, "sdk:plain:factory"))
        return made[-1]

    yield make
    for target in made:
        target.close()


def asst(target: SdkTarget) -> str:
    found: str = target.create(b'{"model": "m"}').value["id"]
    return found


def test_what_leaves_over_the_wire_is_seen(target_of: TargetOf) -> None:
    target = target_of()
    made = asst(target)
    exchange = target.modify(made, b'{"name": "n", "top_p": null}')
    (request,) = exchange.requests
    assert (request.method, request.path) == ("POST", f"/assistants/{made}")
    assert request.url == f"{target.base_url}/assistants/{made}"
    assert request.header("authorization") == f"Bearer {API_KEY}"
    assert json.loads(request.body) == {"name": "n", "top_p": None}
    assert [response.status for response in exchange.responses] == [200]
    assert exchange.value["name"] == "n"
    assert target.retrieve("nobody").outcome == Raised("No assistant 'nobody'.", 404)
    assert target.requests_sent == 3
    assert target.describe().details["reached"] == "wire server on loopback"
    assert target.base_url.startswith("http://127.0.0.1:")


def test_each_target_has_a_path_of_its_own(target_of: TargetOf) -> None:
    first, second = target_of(), target_of()
    made = asst(first)
    assert first.modify(made, b'{"name": "1"}').accepted
    assert second.modify(made, b'{"name": "2"}').accepted
    assert len({urlsplit(target.base_url).path for target in (first, second)}) == 2
    assert (first.requests_sent, second.requests_sent) == (2, 1)


def test_what_is_not_under_the_base_url(target_of: TargetOf) -> None:
    class Stray(Plain):
        def retrieve(self, assistant_id: str) -> Any:
            self.base = self.base._replace(path="/elsewhere/v1")
            return super().retrieve(assistant_id)

    exchange = target_of(Stray).retrieve("a")
    assert exchange.status == 404
    assert exchange.requests[0].path == "/elsewhere/v1/assistants/a"


@pytest.mark.parametrize("how", ["on the class", "on what it makes", "on the function"])
def test_the_adapter_says_how_it_is_reached(target_of: TargetOf, how: str) -> None:
    made: list[Plain] = []

    def factory(base_url: str, api_key: str) -> Plain:
        made.append(Plain(base_url, api_key))
        return made[-1]

    if how == "on the function":
        factory.reached = "wire"  # type: ignore[attr-defined]
    target = target_of(Plain if how == "on the class" else factory)
    assert target.modify(asst(target), b"{}").accepted
    assert [one.closed for one in made] == {"on what it makes": [True, False], "on the function": [False]}.get(how, [])


def test_an_unknown_way(target_of: TargetOf) -> None:
    class Odd(Plain):
        reached = "post"

    with pytest.raises(TargetUnusableError, match="reached is 'post'; set it to one of: respx, wire"):
        target_of(Odd)


BROKEN: dict[str, Response | Exception] = {
    "refused": httpx.ConnectError("x"),
    "reset": httpx.ReadError("x"),
    "silent": httpx.ReadTimeout("x"),
    "closed": httpx.RemoteProtocolError("x"),
    "cut": CutBodyError(Response(200, (("Content-Type", "application/json"),), b'{"a": 1}'), 4),
    "nonsense": RawAnswerError(b"no HTTP\r\n\r\n"),
    "late": SlowResponse(200, (), b"{}", delay=30),
    "stuck": SlowResponse(200, (), b"{}", piece=1, pause=30),
}


@pytest.mark.parametrize("sdk", [Plain, OnHttpx])
@pytest.mark.parametrize("kind", BROKEN)
def test_broken_answers_are_errors_over_both_ways(target_of: TargetOf, sdk: type[Plain], kind: str) -> None:
    class Hasty(sdk):  # type: ignore[valid-type,misc]
        waits = 0.3

    target = target_of(Hasty)
    with target.answering(lambda request: BROKEN[kind]):
        exchange = target.modify("a", b"{}")
    assert isinstance(exchange.outcome, Raised)
    assert (exchange.outcome.status, exchange.outcome.own) == (None, True)
    assert len(exchange.requests) == 1
    Hasty.waits = sdk.waits
    assert target.modify(asst(target), b"{}").accepted


@pytest.mark.parametrize("sdk", [Plain, OnHttpx])
def test_a_slow_answer_comes_over_both_ways(target_of: TargetOf, sdk: type[Plain]) -> None:
    target = target_of(sdk)
    with target.answering(lambda request: SlowResponse(200, (), b'{"a": 1}', delay=0.05, piece=4, pause=0.05)):
        exchange = target.modify("a", b"{}")
    assert exchange.value == {"a": 1}
    assert exchange.elapsed >= 0.1


def test_a_failing_server_is_no_fault_of_the_sdk(target_of: TargetOf) -> None:
    def broken(request: Request) -> Response:
        raise ZeroDivisionError("a defect of the suite")

    target = target_of()
    with target.answering(broken), pytest.raises(ZeroDivisionError):
        target.modify("a", b"{}")
    assert target.retrieve("a").status == 404


def test_parallel_calls_are_told_apart(target_of: TargetOf) -> None:
    target = target_of()
    inside = threading.Barrier(2, timeout=5)
    exchanges: dict[str, Any] = {}

    def answer(request: Request) -> Response:
        return SlowResponse(200, (), b'"' + request.path.encode() + b'"', delay=0.05)

    def work(name: str) -> None:
        inside.wait()
        exchanges[name] = target.modify(name, json.dumps({"name": name}).encode())

    names = ["a", "b/c"]
    with target.answering(answer):
        threads = [threading.Thread(target=work, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for name in names:
        (request,) = exchanges[name].requests
        assert json.loads(request.body) == {"name": name}
        assert exchanges[name].outcome == Returned(request.path)


def test_a_request_after_its_call_belongs_to_none(target_of: TargetOf) -> None:
    class Late(Plain):
        thread: threading.Thread
        go = threading.Event()

        def retrieve(self, assistant_id: str) -> Any:
            def later() -> None:
                self.go.wait(5)
                self.call("GET", assistant_id)

            Late.thread = threading.Thread(target=later)
            Late.thread.start()
            return {}

    target = target_of(Late)
    made = asst(target)
    exchange = target.retrieve(made)
    Late.go.set()
    Late.thread.join()
    assert exchange.requests == ()


def test_an_adapter_that_gives_up_is_not_the_sdk_failing(target_of: TargetOf) -> None:
    class Broken(Plain):
        def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
            raise AdapterFailedError("the licence has run out")

    with pytest.raises(AdapterFailedError, match="licence"):
        target_of(Broken).modify("a", b"{}")


def test_proxies_are_kept_out_while_it_is_open(reference: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "a.example")
    monkeypatch.delenv("no_proxy", raising=False)

    class Trusting(OnHttpx):
        reached = "wire"

    first, second = (SdkTarget(Trusting, reference, "sdk:x") for _ in range(2))
    first.close()
    first.close()  # which must not count for the second
    assert second.modify(asst(second), b"{}").accepted
    assert os.environ["NO_PROXY"] == "a.example,127.0.0.1,localhost"
    second.close()
    assert os.environ["NO_PROXY"] == "a.example"
    assert "no_proxy" not in os.environ
