"""Code under test that would end the process: exit code 3, one line, and the report of what was judged."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conformance.cli.conftest import Ended

FILES = {"report.json", "report.html", "junit.xml", "summary.md"}
ONLY = ("--effort", "quick", "--only", "roundtrip.name", "--only", "wire.null", "--only", "wire.parallel", "-q")

DEEDS = {
    "sys.exit": ("sys.exit(0)", "called sys.exit(0)"),
    "SystemExit without a code": ("raise SystemExit", "called sys.exit()"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", "raised KeyboardInterrupt"),
    "GeneratorExit": ("raise GeneratorExit", "raised GeneratorExit"),
    "pytest.skip": ("pytest.skip('not today', allow_module_level=True)", "called pytest.skip(not today"),
    "pytest.fail": ("pytest.fail('no')", "called pytest.fail(no)"),
    "pytest.xfail": ("pytest.xfail('no')", "called pytest.xfail(no)"),
    "pytest.exit": ("pytest.exit('done', returncode=0)", "called pytest.exit(done)"),
    "SkipTest": ("raise unittest.SkipTest('no')", "raised SkipTest (no)"),
    "a group": ("raise BaseExceptionGroup('all', [SystemExit(0)])", "raised BaseExceptionGroup (all"),
    "hypothesis.reject": ("raise hypothesis.errors.UnsatisfiedAssumption('no')", "called hypothesis.reject(no)"),
    "one that cannot be told": (
        "raise type('Exit', (SystemExit,), {'__str__': lambda self: sys.exit(0)})",
        "called sys.exit(…)",
    ),
    "its own": ("raise type('Over', (BaseException,), {})('and\\nout')", "raised Over (and out)"),
}
SOME = ("sys.exit", "KeyboardInterrupt")
CALL = 25
"""The call in which the kind is done: something has been judged by then."""

ADAPTER = """
import asyncio, sys, threading, unittest
import httpx, hypothesis, pytest
from conformance.exchange import Raised

def kind(): {kind}

{importing}

class Adapter:
    language, version, settings, cannot, parallel = "python", "1", {{}}, frozenset(), True
    calls = 0
    def __init__(self, base_url, key):
        {making}
        self.base_url, self.client = base_url, httpx.Client(headers={{"Authorization": f"Bearer {{key}}"}})
    @property
    def name(self):
        {naming}
        return "toy"
    def modify(self, assistant_id, fields):
        Adapter.calls += 1
        if Adapter.calls == {call}:
            {modifying}
        {always}
        answer = self.client.post(f"{{self.base_url}}/assistants/{{assistant_id}}", json=fields)
        answer.raise_for_status()
        return answer.json()
    def retrieve(self, assistant_id):
        answer = self.client.get(f"{{self.base_url}}/assistants/{{assistant_id}}")
        answer.raise_for_status()
        return answer.json()
    def describe_error(self, error):
        {describing}
        if not isinstance(error, httpx.HTTPStatusError):
            return None
        told = error.response.json()["error"]
        members = {{name: told[name] for name in ("type", "param", "code")}}
        return Raised(told["message"], error.response.status_code, members, "HTTPStatusError")
    def close(self):
        {closing}
        self.client.close()
"""
PLACES = {
    "import": "importing",
    "construction": "making",
    "a property": "naming",
    "a call": "modifying",
    "describe_error": "describing",
    "close": "closing",
}
NOTHING_JUDGED = ("import", "construction", "a property")


def adapter(folder: Path, kind: str, **places: str) -> str:
    """Write an adapter that does something somewhere; return the target."""
    filled = dict.fromkeys((*PLACES.values(), "always"), "pass") | places
    name = "toy_" + re.sub(r"\W", "_", folder.name)
    (folder / f"{name}.py").write_text(ADAPTER.format(kind=kind, call=CALL, **filled), encoding="utf-8")
    return f"sdk:{name}:Adapter"


@pytest.fixture
def alone(process: Callable[..., subprocess.Popen[str]]) -> Callable[..., Ended]:
    """Give a function that calls the command line in a process of its own: what such code leaves open is lost there."""

    def call(*words: str) -> Ended:
        from tests.conformance.cli.conftest import Ended

        started = process(*words)
        out, err = started.communicate(timeout=300)
        return Ended(started.returncode, out, err)

    return call


def read(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "conformance-report" / "report.json").read_text("utf-8"))
    return found


def assert_told(ended: Ended, folder: Path, told: str) -> None:
    """Fail unless it ended with one line and a report of what was judged, with the cause."""
    assert ended.code == 3, ended.out + ended.err
    assert told in ended.complaint
    assert "INTERNALERROR" not in ended.out + ended.err
    assert {path.name for path in (folder / "conformance-report").iterdir()} == FILES | {"journal.jsonl"}
    report = read(folder)
    assert report["interrupted"] is True
    assert any(told in note for note in report["notes"]), report["notes"]
    assert report["verdict"] != "conformant"


@pytest.mark.parametrize("kind", DEEDS)
def test_an_sdk_in_a_call(command: Callable[..., Ended], folder: Path, kind: str) -> None:
    code, told = DEEDS[kind]
    assert_told(command("run", adapter(folder, code, modifying="kind()"), *ONLY), folder, told)


@pytest.mark.parametrize("kind", SOME)
@pytest.mark.parametrize("place", PLACES)
def test_an_adapter_anywhere(command: Callable[..., Ended], folder: Path, place: str, kind: str) -> None:
    code, told = DEEDS[kind]
    target = adapter(folder, code, **{"modifying": "raise OSError", PLACES[place]: "kind()"})
    ended = command("run", target, *ONLY)
    if place in NOTHING_JUDGED:
        assert (ended.code, ended.out) == (3, "")
        assert told in ended.complaint
        assert not (folder / "conformance-report").exists()
    else:
        assert_told(ended, folder, told)


@pytest.mark.parametrize("kind", SOME)
@pytest.mark.parametrize(
    "way",
    [
        "worker = threading.Thread(target=kind); worker.start(); worker.join()",
        "asyncio.run(asyncio.to_thread(kind))",
        "async def task(): kind()\n            asyncio.run(task())",
        """loop = asyncio.new_event_loop(); threading.Thread(target=loop.run_forever, daemon=True).start()
            async def task(): kind()
            asyncio.run_coroutine_threadsafe(task(), loop).result(0.5)""",
    ],
    ids=["a thread", "a pool", "a task", "a task in a loop of another thread"],
)
def test_an_sdk_out_of_sight(alone: Callable[..., Ended], folder: Path, way: str, kind: str) -> None:
    code, told = DEEDS[kind]
    assert_told(alone("run", adapter(folder, code, modifying=way), *ONLY), folder, told)


def test_an_sdk_in_one_of_several_calls_at_once(command: Callable[..., Ended], folder: Path) -> None:
    beside = "if not alone.acquire(blocking=False): kind()\n        time.sleep(0.01)\n        alone.release()"
    places = {"importing": "import time\nalone = threading.Semaphore()", "always": beside}
    assert_told(command("run", adapter(folder, "sys.exit(0)", **places), *ONLY), folder, "called sys.exit(0)")


def test_what_is_raised_as_it_should_be_is_judged(command: Callable[..., Ended], folder: Path) -> None:
    """An Exception, and the cancelling of a task, are what an SDK may raise; a thread may end by itself."""
    quiet = "threading.Thread(target=lambda: None).start()"
    ended = command("run", adapter(folder, "pass", always=quiet), *ONLY)
    assert (ended.code, ended.err) == (0, ""), ended.out


@pytest.mark.parametrize("raised", ["RuntimeError('no')", "asyncio.CancelledError()", "StopIteration()"])
def test_what_an_sdk_may_raise_is_judged(command: Callable[..., Ended], folder: Path, raised: str) -> None:
    target = adapter(folder, f"raise {raised}", always="if fields == {'name': None}: kind()")
    ended = command("run", target, *ONLY, "--only", "wire.sent")
    assert (ended.code, ended.err) == (1, ""), ended.out
    broken = [one["id"] for one in read(folder)["requirements"] if one["outcome"] == "fail"]
    assert broken == ["wire.sent"]


def test_an_error_without_a_message_is_judged(command: Callable[..., Ended], folder: Path) -> None:
    """An SDK may have none for a body that is no error."""
    target = adapter(folder, "pass")
    path = folder / f"{target.split(':')[1]}.py"
    text = path.read_text("utf-8").replace('Raised(told["message"]', "Raised(None")
    text = text.replace('error.response.json()["error"]', "dict.fromkeys(('type', 'param', 'code'))")
    path.write_text(text, encoding="utf-8")
    ended = command("run", target, "--effort", "quick", "--only", "answers.error.*", "-q")
    assert (ended.code, ended.err) == (0, ""), ended.out
    assert [one["id"] for one in read(folder)["requirements"] if one["outcome"] == "error"] == []


def test_an_adapter_that_cannot_tell_an_error_is_named(command: Callable[..., Ended], folder: Path) -> None:
    target = adapter(folder, "raise KeyError('error')", modifying="raise OSError", describing="kind()")
    assert command("run", target, *ONLY).code == 5
    reasons = {one["reason"] for one in read(folder)["requirements"] if one["outcome"] == "error"}
    told = f"the adapter failed here: describe_error of {target} raised KeyError: 'error', of OSError"
    assert any(told in reason for reason in reasons)


@pytest.mark.parametrize("part", ["message", "kind"])
def test_an_error_that_is_told_wrongly_is_one_line(command: Callable[..., Ended], folder: Path, part: str) -> None:
    target = adapter(folder, "pass", modifying="raise OSError", describing=f"return Raised(**TOLD | {{'{part}': 7}})")
    path = folder / f"{target.split(':')[1]}.py"
    told = "TOLD = {'message': 'a', 'kind': 'b'}\n"
    path.write_text(told + path.read_text("utf-8"), encoding="utf-8")
    assert_told(command("run", target, *ONLY), folder, f"describe_error gives a {part} of type int; give a text")


def test_a_close_that_raises_is_one_line(command: Callable[..., Ended], folder: Path) -> None:
    ended = command("run", adapter(folder, "raise OSError('gone')", closing="kind()"), *ONLY)
    assert_told(ended, folder, "the adapter cannot be closed: OSError: gone")


@pytest.mark.parametrize("words", [("fuzz", "--time", "1m"), ("certify", "--name", "toy", "--target-version", "1")])
def test_other_commands_that_judge(command: Callable[..., Ended], folder: Path, words: tuple[str, ...]) -> None:
    ended = command(words[0], adapter(folder, "sys.exit(0)", modifying="kind()"), *words[1:], "-q")
    assert_told(ended, folder, "called sys.exit(0)")


def test_smoke(command: Callable[..., Ended], folder: Path) -> None:
    ended = command("smoke", adapter(folder, "sys.exit(0)", always="kind()"))
    assert ended.code == 3
    assert "called sys.exit(0)" in ended.complaint


# Applications

ASGI = """
import asyncio, sys, unittest
import hypothesis, pytest
from conformance.reference import Reference
from conformance.reference.asgi import app as reference

inner, calls = reference(Reference()), 0

def kind(): {kind}

async def task(): kind()

async def app(scope, receive, send):
    global calls
    if scope["type"] == "lifespan":
        await receive()
        {starting}
        await send({{"type": "lifespan.startup.complete"}})
        await receive()
        {stopping}
        await send({{"type": "lifespan.shutdown.complete"}})
        return
    calls += 1
    if calls == {call}: {answering}
    await inner(scope, receive, send)
    if calls == {call}: {afterwards}
    {cleaning}
"""
ASGI_PLACES = {
    "a request": "answering",
    "what follows an answer": "afterwards",
    "the start": "starting",
    "the end": "stopping",
}


def application(folder: Path, kind: str, **places: str) -> str:
    name = "app_" + re.sub(r"\W", "_", folder.name)
    filled = dict.fromkeys((*ASGI_PLACES.values(), "cleaning"), "pass") | places
    (folder / f"{name}.py").write_text(ASGI.format(kind=kind, call=40, **filled), encoding="utf-8")
    return f"asgi:{name}:app"


@pytest.mark.parametrize("kind", DEEDS)
def test_an_application_in_a_request(command: Callable[..., Ended], folder: Path, kind: str) -> None:
    code, told = DEEDS[kind]
    assert_told(command("run", application(folder, code, answering="kind()"), *ONLY), folder, told)


@pytest.mark.parametrize("kind", SOME)
@pytest.mark.parametrize("place", ASGI_PLACES)
def test_an_application_anywhere(command: Callable[..., Ended], folder: Path, place: str, kind: str) -> None:
    code, told = DEEDS[kind]
    ended = command("run", application(folder, code, **{ASGI_PLACES[place]: "kind()"}), *ONLY)
    if place == "the start":
        assert (ended.code, ended.out) == (3, "")
        assert told in ended.complaint
    else:
        assert_told(ended, folder, told)


@pytest.mark.parametrize("kind", SOME)
def test_an_application_in_a_task_of_its_own(alone: Callable[..., Ended], folder: Path, kind: str) -> None:
    code, told = DEEDS[kind]
    started = "asyncio.get_running_loop().create_task(task())"
    assert_told(alone("run", application(folder, code, answering=started), *ONLY), folder, told)


def test_an_application_when_an_assistant_is_deleted_at_the_end(command: Callable[..., Ended], folder: Path) -> None:
    deleted = "if scope['method'] == 'DELETE' and calls > 100: kind()"
    ended = command("run", application(folder, "sys.exit(0)", cleaning=deleted), *ONLY)
    assert_told(ended, folder, "called sys.exit(0)")


WSGI = """
import sys

calls = 0

class Answer:
    def __iter__(self):
        {iterating}
        return iter([b"{{}}"])
    def close(self):
        {closing}

def app(environ, start_response):
    {calling}
    start_response("200 OK", [("Content-Type", "application/json")])
    return Answer()
"""


@pytest.mark.parametrize("place", ["calling", "iterating", "closing"])
def test_a_wsgi_application(command: Callable[..., Ended], folder: Path, place: str) -> None:
    name = "wsgi_" + re.sub(r"\W", "_", folder.name)
    filled = dict.fromkeys(("calling", "iterating", "closing"), "pass") | {place: "sys.exit(0)"}
    (folder / f"{name}.py").write_text(WSGI.format(**filled), encoding="utf-8")
    ended = command("run", f"wsgi:{name}:app", *ONLY)
    assert (ended.code, ended.out) == (3, "")
    assert "called sys.exit(0)" in ended.complaint


MOCK = """
import contextlib, sys
import httpx, respx

calls = 0

def answer(request):
    {answering}
    return httpx.Response(404)

@contextlib.contextmanager
def mock():
    {making}
    with respx.mock(base_url="https://api.openai.com/v1", assert_all_called=False) as router:
        router.route().mock(side_effect=answer)
        yield router
    {closing}
"""


@pytest.mark.parametrize("place", ["answering", "making", "closing"])
def test_a_mock_in_process(command: Callable[..., Ended], folder: Path, place: str) -> None:
    name = "mock_" + re.sub(r"\W", "_", folder.name)
    filled = dict.fromkeys(("answering", "making", "closing"), "pass") | {place: "sys.exit(0)"}
    (folder / f"{name}.py").write_text(MOCK.format(**filled), encoding="utf-8")
    ended = command("run", f"respx:{name}:mock", *ONLY)
    assert (ended.code, ended.out) == (3, "")
    if place != "closing":  # it serves nothing, and that is told first
        assert "called sys.exit(0)" in ended.complaint


# Under plain pytest, and where the interpreter itself is ended


@pytest.mark.parametrize("kind", SOME)
def test_under_plain_pytest(folder: Path, kind: str) -> None:
    code, told = DEEDS[kind]
    target = adapter(folder, code, modifying="kind()")
    words = ["--pyargs", "conformance.suites", f"--conformance-target={target}", "--conformance-only=roundtrip.name"]
    words += ["--conformance-effort=quick", "-p", "no:cacheprovider", "--conformance-only=wire.null"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert told in done.stdout + done.stderr
    assert "INTERNALERROR" not in done.stdout + done.stderr
    assert read(folder)["interrupted"] is True


def old(folder: Path) -> None:
    (folder / "conformance-report").mkdir()
    for name in FILES:
        (folder / "conformance-report" / name).write_text('{"verdict": "conformant"}', encoding="utf-8")


CRASHES = {
    "os._exit(0)": "exited with code 0",
    "os._exit(3)": "exited with code 3",
    "os.abort()": "was ended by SIGABRT",
    "os.kill(os.getpid(), signal.SIGKILL)": "was ended by SIGKILL",
    "os.kill(os.getpid(), signal.SIGTERM)": "was ended by SIGTERM",
    "ctypes.string_at(0)": "was ended by SIGSEGV",
}


@pytest.mark.parametrize("kind", CRASHES)
def test_an_sdk_that_takes_its_process_along(command: Callable[..., Ended], folder: Path, kind: str) -> None:
    target = adapter(folder, f"import ctypes, os, signal; print('noise'); {kind}; time.sleep(60)", modifying="kind()")
    path = folder / f"{target.split(':')[1]}.py"
    path.write_text("import time\n" + path.read_text("utf-8"), encoding="utf-8")
    ended = command("run", target, *ONLY)
    assert_told(ended, folder, f"{target}: the adapter's process {CRASHES[kind]} in modify; it has printed: noise")


@pytest.mark.parametrize("place", ["importing", "making", "naming"])
def test_one_that_does_so_before_anything_was_judged(command: Callable[..., Ended], folder: Path, place: str) -> None:
    old(folder)
    ended = command("run", adapter(folder, "import os; os._exit(0)", **{place: "kind()"}), *ONLY)
    assert (ended.code, ended.out) == (3, "")
    assert "the adapter's process exited with code 0 as it is " in ended.complaint
    left = {path.name for path in (folder / "conformance-report").iterdir()}
    assert left - {"journal.jsonl"} == {f"{name}.previous" for name in FILES}


def test_one_that_does_so_as_it_is_closed(command: Callable[..., Ended], folder: Path) -> None:
    ended = command("run", adapter(folder, "import os; os._exit(0)", closing="kind()"), *ONLY)
    assert_told(ended, folder, "the adapter's process exited with code 0 as it is closed")


@pytest.mark.parametrize(
    "words",
    [
        ("run", "http://127.0.0.1:1/v1"),
        ("run", "gopher:x"),
        ("run", "--only", "nothing.of.this"),
        ("run", "--edition", "1999-01"),
        ("run", "--baseline", "missing.toml"),
        ("run", "sdk:missing:Adapter"),
        ("fuzz", "http://127.0.0.1:1/v1"),
        ("certify", "http://127.0.0.1:1/v1", "--name", "a", "--target-version", "1"),
    ],
    ids=" ".join,
)
def test_nor_where_nothing_was_judged(command: Callable[..., Ended], folder: Path, words: tuple[str, ...]) -> None:
    old(folder)
    (folder / "conformance-report" / "certificate.json").write_text("{}", encoding="utf-8")
    assert command(*words).code in {2, 3}
    left = {path.name for path in (folder / "conformance-report").iterdir()}
    assert not left & FILES
    assert ("certificate.json" in left) is (words[0] != "certify")


def test_a_new_report_takes_the_place_of_the_old_one(command: Callable[..., Ended], folder: Path) -> None:
    old(folder)
    assert command("run", "http://127.0.0.1:1/v1").code == 3
    assert command("run", *ONLY).code == 0
    assert {path.name for path in (folder / "conformance-report").iterdir()} == FILES | {"journal.jsonl"}


def test_a_report_that_cannot_be_moved_is_told(command: Callable[..., Ended], folder: Path) -> None:
    old(folder)
    (folder / "conformance-report" / "report.json.previous" / "x").mkdir(parents=True)
    ended = command("run", *ONLY)
    assert (ended.code, ended.out) == (2, "")
    assert "cannot move the file of an earlier run" in ended.complaint


def test_where_the_signal_is_ignored_nobody_can_have_asked(folder: Path) -> None:
    """A shell starts what runs beside itself so."""
    code, told = DEEDS["KeyboardInterrupt"]
    words = ["run", adapter(folder, code, modifying="kind()"), *ONLY]
    ignoring = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); from conformance.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", ignoring, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert told in done.stderr


def test_ctrl_c_in_the_middle_of_a_call_is_the_users(process: Callable[..., Any], folder: Path) -> None:
    """Whatever an SDK makes of it: here it turns it into an exit of its own."""
    waiting = "open('calling', 'w').close(); import time\n            try: time.sleep(60)\n"
    waiting += "            except KeyboardInterrupt: sys.exit(0)"
    started = process("run", adapter(folder, "pass", modifying=waiting), *ONLY)
    try:
        end = time.monotonic() + 60
        while not (folder / "calling").exists():
            assert time.monotonic() < end, "the run did not begin"
            time.sleep(0.01)
        time.sleep(0.2)
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=60)
    finally:
        started.kill()
        started.wait()
    assert started.returncode == 130, out + err
    assert read(folder)["interrupted"] is True
