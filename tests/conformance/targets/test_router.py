"""respx routers that somebody has set up, as targets."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import respx

from conformance.errors import TargetUnusableError, UsageError
from conformance.exchange import NoAnswer, NotRun, Request
from conformance.reference.serve import running
from conformance.targets.resolve import TargetOptions, resolve
from conformance.targets.router import API_KEY, BASE_URL, RouterTarget

if TYPE_CHECKING:
    from collections.abc import Iterator


def a_router(base_url: str = BASE_URL) -> respx.MockRouter:
    """Make a router with a route of each kind."""
    router = respx.mock(base_url=base_url, assert_all_called=False)

    def echo(request: httpx.Request) -> httpx.Response:
        seen = {"path": request.url.raw_path.decode(), "body": request.content.decode()}
        return httpx.Response(200, json={**seen, "key": request.headers.get("authorization")})

    async def later(request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, json={"later": True})

    router.get("/assistants/later").mock(side_effect=later)
    router.get("/assistants/broken").mock(side_effect=ZeroDivisionError("a defect"))
    router.get("/assistants/silent").mock(side_effect=httpx.ReadTimeout("too slow"))
    router.get("/assistants/gone").mock(side_effect=httpx.ConnectError)
    router.get("/assistants/out").pass_through()
    router.route(method__in=["GET", "POST"], path__regex=r"/assistants/.+").mock(side_effect=echo)
    return router


class Mock:
    """As packages have it: an object that holds its router."""

    def __init__(self) -> None:
        self.router = a_router()


@contextmanager
def entered() -> Iterator[respx.MockRouter]:
    with a_router() as router:
        yield router


@contextmanager
def activated() -> Iterator[None]:
    with a_router():
        yield


ready = a_router()
holder = Mock()


@pytest.fixture
def target() -> Iterator[RouterTarget]:
    found = RouterTarget(a_router, "respx:x:a_router")
    yield found
    found.close()


@pytest.mark.parametrize("name", ["a_router", "Mock", "entered", "activated", "ready", "holder", "holder.router"])
def test_whatever_holds_a_router(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "users_mock", sys.modules[__name__])
    target = resolve(f"respx:users_mock:{name}", TargetOptions(api_key="sk-real-one", beta=False))
    exchange = target.modify("asst_1", b'{"name": "n"}')
    assert exchange.value == {"path": "/v1/assistants/asst_1", "body": '{"name": "n"}', "key": f"Bearer {API_KEY}"}
    (request,) = exchange.requests
    assert request.url == "http://127.0.0.1:8123/v1/assistants/asst_1", "nobody is to send this to the real service"
    assert request.header("openai-beta") is None
    assert target.requests_sent == 1
    assert target.describe().kind == "respx"
    target.close()


def test_a_base_url_of_its_own() -> None:
    def factory() -> respx.MockRouter:
        return a_router("http://mock.example/api")

    factory.base_url = "http://mock.example/api/"  # type: ignore[attr-defined]
    target = RouterTarget(factory, "respx:x:factory")
    assert target.base_url == "http://127.0.0.1:8123/v1", "where conformance serve serves it"
    assert target.describe().details["served"].startswith("in process, in place of http://mock.example/api; ")
    assert target.retrieve("a").value["path"] == "/api/assistants/a"
    target.close()


@pytest.mark.parametrize(
    ("name", "status", "told"),
    [
        ("later", 201, '{"later":true}'),
        ("broken", 500, "The mock raised ZeroDivisionError: a defect\n"),
        ("out", 404, "The mock would pass GET https://api.openai.com/v1/assistants/out on to the network.\n"),
    ],
)
def test_what_routes_do(target: RouterTarget, name: str, status: int, told: str) -> None:
    response = target.retrieve(name).response
    assert response is not None
    assert (response.status, response.body.decode().replace(" true", "true")) == (status, told.replace(" true", "true"))


def test_what_no_route_takes(target: RouterTarget) -> None:
    response = target.delete("a").response
    assert response is not None
    assert response.status == 404
    assert b"No route of the mock takes DELETE" in response.body


def test_broken_connections(target: RouterTarget) -> None:
    assert target.retrieve("silent").outcome == NoAnswer("too slow", timed_out=True)
    gone = target.retrieve("gone").outcome
    assert isinstance(gone, NoAnswer)
    assert not gone.timed_out


def test_what_httpx_cannot_say(target: RouterTarget) -> None:
    exchange = target.send(Request("GET", "/assistants/a", (("X-😀é\u0100", "v"),)))
    assert isinstance(exchange.outcome, NotRun)
    assert target.requests_sent == 0


def test_the_raw_path_is_kept(target: RouterTarget) -> None:
    assert target.send(Request("GET", "/assistants/%2e%2E%20?a=%20")).value["path"] == "/v1/assistants/%2e%2E%20?a=%20"


def test_a_mock_is_served(target: RouterTarget) -> None:
    with running(target) as url, httpx.Client(base_url=url, trust_env=False) as client:
        echoed = client.post("/assistants/a%20b?c=d", content=b"{}", headers={"Authorization": "Bearer mine"})
        assert echoed.json() == {"path": "/v1/assistants/a%20b?c=d", "body": "{}", "key": "Bearer mine"}
        assert client.get("/assistants/later").json() == {"later": True}
        assert client.get("/assistants/broken").status_code == 500
        assert client.get("/assistants/silent").status_code == 502
        assert client.get("/nothing").status_code == 404


@pytest.mark.parametrize("factory", [dict, 5, lambda: "router"])
def test_what_is_no_router(factory: Any) -> None:
    with pytest.raises(UsageError, match="which is no respx router; write respx:module:factory"):
        RouterTarget(factory, "respx:x:y")


def test_a_factory_that_fails() -> None:
    def factory() -> None:
        raise ValueError("no state")

    with pytest.raises(TargetUnusableError, match="the mock cannot be set up: ValueError: no state"):
        RouterTarget(factory, "respx:x:y")
