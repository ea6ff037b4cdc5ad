"""Applications in process, ASGI and WSGI, served over loopback."""

from __future__ import annotations

import io
import json
import sys
import threading
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from conformance.errors import TargetUnusableError, UsageError
from conformance.exchange import Request
from conformance.targets.application import ApplicationTarget, application
from conformance.targets.resolve import TargetOptions, resolve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from starlette.requests import Request as StarletteRequest

MODULE = """
import json
from types import SimpleNamespace

assistants = {}

def wsgi(environ, start_response):
    name = environ["PATH_INFO"].removeprefix("/v1/assistants").removeprefix("/")
    if environ["PATH_INFO"] == "/v1/crash":
        raise RuntimeError("a defect")
    body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])) or b"{}")
    if environ["REQUEST_METHOD"] == "POST" and not name:
        name = f"asst_{len(assistants) + 1}"
        assistants[name] = {"id": name}
    assistants[name].update(body)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(assistants[name]).encode()]

async def asgi(scope, receive, send):
    assert scope["type"] == "http"
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps({"id": scope["path"]}).encode()})

inner = SimpleNamespace(app=asgi)
number = 5

def make():
    return asgi
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "users_application.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    monkeypatch.delitem(sys.modules, "users_application", raising=False)


@pytest.mark.usefixtures("module")
def test_wsgi() -> None:
    target = resolve("wsgi:users_application:wsgi")
    made = target.create(b'{"model": "m"}').value["id"]
    assert target.modify(made, '{"name": "é"}'.encode()).value == {"id": made, "model": "m", "name": "é"}
    assert target.describe().kind == "wsgi"
    assert target.describe().details["served"] == "in process by uvicorn, below /v1"
    assert target.role == "server"
    target.close()


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ("asgi:users_application:asgi", "/v1"),
        ("asgi:users_application:inner.app", "/v1"),
        ("asgi:users_application:asgi/", ""),
        ("asgi:users_application:asgi/openai/v1/", "/openai/v1"),
    ],
)
def test_asgi_below_a_path(spec: str, path: str) -> None:
    target = resolve(spec)
    assert target.retrieve("a").value == {"id": f"{path}/assistants/a"}
    assert target.base_url.endswith(path)
    target.close()


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize(
    ("spec", "what"),
    [
        ("asgi:users_application:make", r"make is no ASGI application; .*\(scope, receive, send\)"),
        ("wsgi:users_application:asgi", r"asgi is no WSGI application; .*\(environ, start_response\)"),
        ("asgi:users_application:number", "number is no ASGI application"),
        ("asgi:users_application:missing", "users_application has no missing; write asgi:module:app"),
        ("asgi:users_application", "names no target; write asgi:module:app"),
        ("wsgi:no_module_of_this_name:app", "cannot be imported: ModuleNotFoundError"),
    ],
)
def test_mistakes_are_told_in_one_line(spec: str, what: str) -> None:
    with pytest.raises(UsageError, match=what) as caught:
        resolve(spec)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("module")
def test_what_an_application_raises_is_a_500() -> None:
    target = resolve("wsgi:users_application:wsgi")
    assert isinstance(target, ApplicationTarget)
    assert target.send(Request("GET", "/crash")).status == 500
    assert target.retrieve("unknown").status == 500
    assert target.create(b"{}").status == 200
    target.close()


@pytest.mark.usefixtures("module")
def test_the_options_of_a_server_hold() -> None:
    target = resolve("asgi:users_application:asgi", TargetOptions(api_key="sk-1", headers={"X-A": "b"}, beta=False))
    (request,) = target.retrieve("a").requests
    assert request.header("authorization") == "Bearer ***"
    assert request.header("x-a") == "***"
    assert request.header("openai-beta") is None
    target.close()


def test_lifespan() -> None:
    events: list[str] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        events.append("began")
        yield
        events.append("ended")

    async def answer(request: StarletteRequest) -> JSONResponse:
        return JSONResponse({"events": events})

    app = Starlette(routes=[Route("/v1/assistants/a", answer)], lifespan=lifespan)
    target = ApplicationTarget(app, "asgi:x:app")
    assert target.retrieve("a").value == {"events": ["began"]}
    target.close()
    assert events == ["began", "ended"]


def test_an_application_that_does_not_start() -> None:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        raise RuntimeError("no database")
        yield

    with pytest.raises(TargetUnusableError, match="asgi:x:app: the application does not start: RuntimeError: no data"):
        ApplicationTarget(Starlette(lifespan=lifespan), "asgi:x:app")


class TestWsgi:
    """What PEP 3333 asks, seen from inside and from outside."""

    @pytest.fixture
    def seen(self) -> list[dict[str, Any]]:
        return []

    @pytest.fixture
    def target(self, seen: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[ApplicationTarget]:
        class Chunks:
            closed = False

            def __iter__(self) -> Iterator[bytes]:
                yield b"b"
                yield b"c"

            def close(self) -> None:
                self.closed = True

        def app(environ: dict[str, Any], start_response: Any) -> Any:
            seen.append({**environ, "body": environ["wsgi.input"].read()})
            if environ["PATH_INFO"] == "/v1/twice":
                start_response("200 OK", [])
            if environ["PATH_INFO"] != "/v1/never":
                start_response("418 I'm a teapot", [("X-A", "é"), ("X-A", "2")])(b"a")
            chunks = seen[-1]["chunks"] = Chunks()
            return chunks

        monkeypatch.setattr(sys.modules[__name__], "seen_app", app, raising=False)
        found, path = application("wsgi", "wsgi:x:app", f"{__name__}:seen_app")
        made = ApplicationTarget(found, "wsgi:x:app", path)
        yield made
        made.close()

    def test_environ(self, target: ApplicationTarget, seen: list[dict[str, Any]]) -> None:
        target.send(
            Request("PUT", "/a%20%C3%A9/%2F?x=%20", (("X-Two", "1"), ("x-two", "2"), ("Content-Type", "a/b")), b"body")
        )
        (environ,) = seen
        assert environ["PATH_INFO"] == "/v1/a é//".encode().decode("latin-1")
        assert (environ["REQUEST_METHOD"], environ["QUERY_STRING"]) == ("PUT", "x=%20")
        assert (environ["HTTP_X_TWO"], environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("1,2", "a/b", "4")
        assert environ["body"] == b"body"
        assert isinstance(environ["wsgi.input"], io.BytesIO)
        assert environ["chunks"].closed

    def test_answer(self, target: ApplicationTarget) -> None:
        response = target.send(Request("GET", "/")).response
        assert response is not None
        assert (response.status, response.body) == (418, b"abc")
        assert [value for name, value in response.headers if name == "x-a"] == ["é", "2"]

    @pytest.mark.parametrize("path", ["/twice", "/never"])
    def test_start_response_is_called_once(self, target: ApplicationTarget, path: str) -> None:
        assert target.send(Request("GET", path)).status == 500


def test_a_wsgi_application_that_hangs_does_not_keep_us(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        stop.wait(30)
        start_response("200 OK", [])
        return [json.dumps({}).encode()]

    monkeypatch.setattr(sys.modules[__name__], "slow_app", app, raising=False)
    found, path = application("wsgi", "wsgi:x:app", f"{__name__}:slow_app")
    target = ApplicationTarget(found, "wsgi:x:app", path, timeout=0.2)
    exchange = target.retrieve("a")
    assert str(exchange.outcome).startswith("NoAnswer(reason='time-out")
    stop.set()
    started = time.monotonic()
    target.close()
    assert time.monotonic() - started < 20
