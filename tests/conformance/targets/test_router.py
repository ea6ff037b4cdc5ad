"""respx routers that somebody has set up, as targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from conformance.errors import TargetUnusableError, UsageError
from conformance.exchange import NoAnswer, NotRun, Request
from conformance.reference.serve import running
from conformance.targets.resolve import TargetOptions, resolve
from conformance.targets.router import API_KEY, RouterTarget

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


MODULE = """
import os
import signal
import sys
import time
from contextlib import contextmanager

import httpx
import respx

def a_router(base_url="https://api.openai.com/v1"):
    router = respx.mock(base_url=base_url, assert_all_called=False)

    def echo(request):
        seen = {"path": request.url.raw_path.decode(), "body": request.content.decode()}
        return httpx.Response(200, json={**seen, "key": request.headers.get("authorization")})

    async def later(request):
        return httpx.Response(201, json={"later": True})

    router.get("/assistants/later").mock(side_effect=later)
    router.get("/assistants/broken").mock(side_effect=ZeroDivisionError("a defect"))
    router.get("/assistants/silent").mock(side_effect=httpx.ReadTimeout("too slow"))
    router.get("/assistants/gone").mock(side_effect=httpx.ConnectError)
    router.get("/assistants/out").pass_through()
    router.route(method__in=["GET", "POST"], path__regex=r"/assistants/.+").mock(side_effect=echo)
    return router


class Mock:
    def __init__(self):
        self.router = a_router()


@contextmanager
def entered() :
    with a_router() as router:
        yield router


@contextmanager
def activated() :
    with a_router():
        yield


ready = a_router()
holder = Mock()


def elsewhere():
    return a_router("http://mock.example/api")


elsewhere.base_url = "http://mock.example/api/"
number = 5


def text():
    return "router"


def failing():
    raise ValueError("no state")


def exits(request): os._exit(0)
def kills(request): os.kill(os.getpid(), signal.SIGKILL)
def ends(request): sys.exit(0)
def hangs(request):
    while True: pass
async def waits(request):
    import asyncio
    await asyncio.sleep(60)
def prints(request):
    print("noise", flush=True)
    os.write(1, b"noise" * 20_000)
    return httpx.Response(200)


def doing():
    router = respx.mock(base_url="https://api.openai.com/v1", assert_all_called=False)
    for deed in (exits, kills, ends, hangs, waits, prints):
        router.get(f"/assistants/{deed.__name__}").mock(side_effect=deed)
    router.get("/assistants/a").mock(return_value=httpx.Response(200, json={}))
    return router
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the mocks in it."""
    (tmp_path / "users_mock.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def target() -> Iterator[RouterTarget]:
    found = RouterTarget("respx:users_mock:a_router", "users_mock:a_router")
    yield found
    found.close()


@pytest.mark.parametrize("name", ["a_router", "Mock", "entered", "activated", "ready", "holder", "holder.router"])
def test_whatever_holds_a_router(name: str) -> None:
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
    target = resolve("respx:users_mock:elsewhere")
    assert target.base_url == "http://127.0.0.1:8123/v1", "where conformance serve serves it"
    told = "in a process of its own, in place of http://mock.example/api; "
    assert target.describe().details["served"].startswith(told)
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


@pytest.mark.parametrize(("name", "kind"), [("SimpleNamespace", "SimpleNamespace"), ("number", "int"), ("text", "str")])
def test_what_is_no_router(name: str, kind: str) -> None:
    module = "types" if name == "SimpleNamespace" else "users_mock"
    with pytest.raises(UsageError, match=f"it returns {kind}, which is not a respx router; write respx:module:factory"):
        resolve(f"respx:{module}:{name}")


def test_a_factory_that_fails() -> None:
    with pytest.raises(TargetUnusableError, match="the mock cannot be set up: ValueError: no state"):
        resolve("respx:users_mock:failing")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("exits", "the mock exited with code 0 in GET /assistants/exits"),
        ("kills", "the mock was ended by SIGKILL in GET /assistants/kills"),
        ("ends", r"the mock, in GET /assistants/ends, called sys.exit\(0\) \(users_mock.py, line "),
        ("hangs", r"the mock hangs: its event loop does not turn any more \(time-out after 1 s\)"),
    ],
)
def test_a_mock_that_ends_or_has_to_be_ended(name: str, told: str) -> None:
    target = RouterTarget("respx:x:y", "users_mock:doing", timeout=1.0)
    assert target.retrieve("a").status == 200
    with pytest.raises(TargetUnusableError, match=f"^respx:x:y: {told}"):
        target.retrieve(name)
    assert target.delete("a").status in {404, None}
    target.close()


def test_one_that_waits_and_one_that_prints() -> None:
    target = RouterTarget("respx:x:y", "users_mock:doing", timeout=1.0)
    assert target.retrieve("waits").outcome == NoAnswer("time-out after 1 s", timed_out=True)
    assert target.retrieve("prints").status == 200
    target.close()


def test_what_a_mock_imports_is_its_own(folder: Path) -> None:
    for name in ("strategies", "conformance", "reports", "tests", "routing"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("mine = True\n")
    names = "strategies, conformance, reports, tests, routing"
    own = f"import {names}\nassert all(one.mine for one in ({names}))\n"
    (folder / "users_mock.py").write_text(own + MODULE)
    target = resolve("respx:users_mock:a_router")
    assert target.retrieve("later").status == 201
    target.close()
