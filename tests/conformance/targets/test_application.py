"""Applications, ASGI and WSGI, served over loopback by a process of their own."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import TargetUnusableError, UsageError
from conformance.exchange import NoAnswer, Request
from conformance.targets.application import ApplicationTarget
from conformance.targets.process import MIB
from conformance.targets.resolve import TargetOptions, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    assert target.describe().details["served"] == "by uvicorn in a process of its own, below /v1"
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
        ("asgi:users_application:make", r"make is not an ASGI application; .*\(scope, receive, send\)"),
        ("wsgi:users_application:asgi", r"asgi is not a WSGI application; .*\(environ, start_response\)"),
        ("asgi:users_application:number", "number is not an ASGI application"),
        ("asgi:users_application:missing", "users_application has no missing; write asgi:module:app"),
        ("asgi:users_application", "does not name a target; write asgi:module:app"),
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


LIFESPAN = """
import json, os
from contextlib import asynccontextmanager
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

events = []

@asynccontextmanager
async def lifespan(app):
    events.append("began")
    yield
    with open("ended", "w") as file:
        file.write("ended")

@asynccontextmanager
async def dying(app):
    yield
    os._exit(0)

@asynccontextmanager
async def failing(app):
    raise RuntimeError("no database")
    yield

async def answer(request):
    return JSONResponse({"events": events})

app = Starlette(routes=[Route("/v1/assistants/a", answer)], lifespan=lifespan)
broken = Starlette(lifespan=failing)
last = Starlette(lifespan=dying)
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, where an application is looked for."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_lifespan(here: Path) -> None:
    (here / "living.py").write_text(LIFESPAN)
    target = resolve("asgi:living:app")
    assert target.retrieve("a").value == {"events": ["began"]}
    assert not (here / "ended").exists()
    target.close()
    assert (here / "ended").read_text() == "ended"


def test_an_application_that_does_not_start(here: Path) -> None:
    (here / "living.py").write_text(LIFESPAN)
    told = "asgi:living:broken: the application does not start: RuntimeError: no database"
    with pytest.raises(TargetUnusableError, match=told):
        resolve("asgi:living:broken")


def test_an_application_that_ends_as_it_is_stopped(here: Path) -> None:
    (here / "living.py").write_text(LIFESPAN)
    target = resolve("asgi:living:last")
    assert target.retrieve("a").status == 404
    with pytest.raises(TargetUnusableError, match="asgi:living:last: the application exited with code 0 as it is stop"):
        target.close()


def test_one_that_ends_as_something_is_deleted(deeds: ApplicationTarget) -> None:
    """What is deleted at the end is not told at once, lest more be left behind; at last it is."""
    assert isinstance(deeds.delete("exits").outcome, NoAnswer)
    assert isinstance(deeds.delete("nothing").outcome, NoAnswer)
    with pytest.raises(TargetUnusableError, match="the application exited with code 0"):
        deeds.close()


WSGI = """
import io, json

closed = []

class Chunks:
    def __iter__(self):
        yield b"b"
        yield b"c"

    def close(self):
        closed.append(True)

def app(environ, start_response):
    if environ["PATH_INFO"] == "/v1/twice":
        start_response("200 OK", [])
    if environ["PATH_INFO"].startswith("/v1/seen"):
        start_response("200 OK", [])
        shown = {name: value for name, value in environ.items() if isinstance(value, str)}
        shown["body"] = environ["wsgi.input"].read().decode()
        shown["closed"] = len(closed)
        return [json.dumps(shown).encode()]
    if environ["PATH_INFO"] != "/v1/never":
        start_response("418 I'm a teapot", [("X-A", "é"), ("X-A", "2")])(b"a")
    return Chunks()

def hanging(environ, start_response):
    import time
    time.sleep(30)
"""


class TestWsgi:
    """What PEP 3333 asks, seen from inside and from outside."""

    @pytest.fixture
    def target(self, here: Path) -> Iterator[ApplicationTarget]:
        (here / "plain.py").write_text(WSGI)
        made = ApplicationTarget("wsgi", "wsgi:x:app", "plain:app")
        yield made
        made.close()

    def test_environ(self, target: ApplicationTarget) -> None:
        target.send(Request("GET", "/"))
        headers = (("X-Two", "1"), ("x-two", "2"), ("Content-Type", "a/b"))
        environ: Any = target.send(Request("PUT", "/seen/a%20%C3%A9/%2F?x=%20", headers, b"body")).value
        assert environ["PATH_INFO"] == "/v1/seen/a é//".encode().decode("latin-1")
        assert (environ["REQUEST_METHOD"], environ["QUERY_STRING"]) == ("PUT", "x=%20")
        assert (environ["HTTP_X_TWO"], environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("1,2", "a/b", "4")
        assert (environ["body"], environ["closed"]) == ("body", 1)

    def test_answer(self, target: ApplicationTarget) -> None:
        response = target.send(Request("GET", "/")).response
        assert response is not None
        assert (response.status, response.body) == (418, b"abc")
        assert [value for name, value in response.headers if name == "x-a"] == ["é", "2"]

    @pytest.mark.parametrize("path", ["/twice", "/never"])
    def test_start_response_is_called_once(self, target: ApplicationTarget, path: str) -> None:
        assert target.send(Request("GET", path)).status == 500


def test_a_wsgi_application_that_hangs_does_not_keep_us(here: Path) -> None:
    (here / "plain.py").write_text(WSGI)
    target = ApplicationTarget("wsgi", "wsgi:x:app", "plain:hanging", timeout=0.2)
    exchange = target.retrieve("a")
    assert str(exchange.outcome).startswith("NoAnswer(reason='time-out")
    started = time.monotonic()
    target.close()
    assert time.monotonic() - started < 20


DEEDS = """
import multiprocessing, os, signal, subprocess, sys, threading, time

def exits(): os._exit(0)
def aborts(): os.abort()
def kills(): os.kill(os.getpid(), signal.SIGKILL)
def terminates(): os.kill(os.getpid(), signal.SIGTERM)
def hoards():
    held = []
    while True:
        held.append(bytearray(os.urandom(1024)) * 50_000)
def hangs():
    while True: pass
def prints():
    for stream in (sys.stdout, sys.stderr, sys.__stdout__): print("noise", file=stream, flush=True)
    os.write(1, b"more noise " * 20_000)
    for stream in (sys.stdout, sys.stderr): stream.write("much noise" * 1_000_000)
    subprocess.run(["echo", "noise of another"])
def leaves_a_thread(): threading.Thread(target=time.sleep, args=(60,)).start()
def leaves_a_child():
    process = subprocess.Popen(["sleep", "600"])
    with open("left", "w") as file: file.write(str(process.pid))
def forks():
    context = multiprocessing.get_context("fork")
    process = context.Process(target=time.sleep, args=(600,))
    process.start()
    with open("left", "w") as file: file.write(str(process.pid))

async def app(scope, receive, send):
    assert scope["type"] == "http"
    await receive()
    deed = globals().get(scope["path"].rpartition("/")[2])
    if deed: deed()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b"{}"})
"""


@pytest.fixture
def deeds(here: Path) -> Iterator[ApplicationTarget]:
    """An application that does what the path of a request names."""
    (here / "doing.py").write_text(DEEDS)
    target = ApplicationTarget("asgi", "asgi:doing:app", "doing:app", timeout=1.0)
    assert target.retrieve("nothing").value == {}
    yield target
    with suppress(TargetUnusableError):
        target.close()


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("exits", "exited with code 0"),
        ("aborts", "was ended by SIGABRT"),
        ("kills", "was ended by SIGKILL"),
        ("terminates", "was ended by SIGTERM"),
        ("hoards", "uses more than 200 MiB of memory, which is the limit"),
        ("hangs", "hangs: its event loop does not turn any more (time-out after 1 s)"),
    ],
)
def test_an_application_that_ends_or_has_to_be_ended(deeds: ApplicationTarget, deed: str, told: str) -> None:
    deeds._serving.child.memory = 200 * MIB

    def asked_for_it() -> None:
        for _ in range(500):  # one that is terminated has answered before
            deeds.retrieve(deed)
            time.sleep(0.01)

    with pytest.raises(TargetUnusableError) as caught:
        asked_for_it()
    assert str(caught.value).startswith(f"asgi:doing:app: the application {told}")
    assert "\n" not in str(caught.value)
    # It is told once, and what cleans up comes through.
    assert isinstance(deeds.retrieve("nothing").outcome, NoAnswer)


@pytest.mark.parametrize("deed", ["prints", "leaves_a_thread", "leaves_a_child", "forks"])
def test_what_an_application_may_do(deeds: ApplicationTarget, here: Path, deed: str) -> None:
    assert deeds.retrieve(deed).value == {}
    assert deeds.retrieve("nothing").value == {}
    deeds.close()
    if (here / "left").exists():
        assert is_gone(int((here / "left").read_text()))


def test_the_end_of_standard_error_is_told(here: Path) -> None:
    lines = "import os, sys\nprint('out of ideas', file=sys.stderr)\nprint(1000 * 'noise ', 'end')\nos._exit(7)\n"
    (here / "gone.py").write_text(lines)
    told = "exited with code 7; it has printed: .{0,160} end; its standard error ends with: out of ideas;"
    with pytest.raises(TargetUnusableError, match=told):
        resolve("asgi:gone:app")


def test_an_application_that_is_never_imported(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.targets.served.START_LIMIT", 1.0)
    (here / "slow.py").write_text("import time\ntime.sleep(60)\n")
    with pytest.raises(TargetUnusableError, match="the application does not start: not within 1 s"):
        resolve("asgi:slow:app")


OURS = ("strategies", "conformance", "reports", "tests", "secrets", "channel", "serving")


@pytest.mark.parametrize("kind", ["asgi", "wsgi"])
@pytest.mark.parametrize("form", ["folder", "module"])
def test_what_an_application_imports_is_its_own(here: Path, kind: str, form: str) -> None:
    for name in OURS:
        if form == "folder":
            (here / name).mkdir()
        path = here / name / "__init__.py" if form == "folder" else here / f"{name}.py"
        path.write_text(f"whose = 'theirs: {name}'\n")
    own = f"import {', '.join(OURS)}\nwhose = [module.whose for module in ({', '.join(OURS)})]\n"
    (here / "owning.py").write_text(MODULE + own + OWNING)
    target = resolve(f"{kind}:owning:{kind}_owning")
    assert target.retrieve("a").value == {
        "whose": [f"theirs: {name}" for name in OURS],
        "others": ["modify_assistant_conformance_child"],
    }
    target.close()


OWNING = """
import sys

def told():
    loaded = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
    others = [name for name in loaded if "conformance" in name and name != "conformance"]
    return json.dumps({"whose": whose, "others": others}).encode()

def wsgi_owning(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [told()]

async def asgi_owning(scope, receive, send):
    assert scope["type"] == "http"
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": told()})
"""


def test_what_the_parent_finds_the_child_finds(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "elsewhere").mkdir()
    (here / "elsewhere" / "far.py").write_text(MODULE)
    monkeypatch.setattr(sys, "path", [str(here / "elsewhere"), *sys.path])
    target = resolve("asgi:far:asgi")
    assert target.retrieve("a").status == 200
    target.close()


def test_a_child_ends_with_its_parent(here: Path) -> None:
    """Also where the parent is killed, the child hangs, and it has children of its own."""
    (here / "doing.py").write_text(DEEDS)
    parent = (
        "from conformance.targets.resolve import resolve, TargetOptions\n"
        "target = resolve('asgi:doing:app', TargetOptions(timeout=0.5))\n"
        "target.retrieve('leaves_a_child')\n"
        "print(target._serving.child._process.pid, flush=True)\n"
        "target.retrieve('hangs')\n"
    )
    started = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True, cwd=here)
    assert started.stdout is not None
    child = int(started.stdout.readline())
    started.kill()
    started.communicate()
    assert is_gone(child)
    assert is_gone(int((here / "left").read_text()))


def is_gone(pid: int) -> bool:
    """Wait until a process is gone, or only waits for somebody to take note of it."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False
