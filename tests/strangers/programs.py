"""Code of strangers: an SDK, an application and an adapter program that misbehave as the variable ``STRANGER`` says.

It is the name of an act and where that is done: ``import``, ``make``, ``call``, ``later`` (at the tenth call) or
``close``. ``sdk:programs:Adapter``, ``asgi:programs:app`` and ``exec:python programs.py`` are the targets.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable

ACT, _, WHERE = os.environ.get("STRANGER", "nothing call").rpartition(" ")
_LATER = 10
_calls: list[str] = []


class StrangeError(BaseException):
    """What nobody expects to be raised."""


def _raise(error: BaseException) -> None:
    raise error


def _close_pipes() -> None:
    for number in (1, 2):
        with contextlib.suppress(OSError):
            os.close(number)


def _leave_a_child() -> None:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(20)"])


def _leave_a_thread() -> None:
    threading.Thread(target=time.sleep, args=(20,)).start()


def _fill_memory() -> None:
    held = [bytearray(b"x" * (64 * 1024 * 1024)) for _ in range(60)]
    raise MemoryError(len(held))


def _babble() -> None:
    for _ in range(2000):
        print("stranger" * 50)


def _fork() -> None:
    if os.fork() == 0:
        time.sleep(20)
        os._exit(0)


def _alarm() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0.2)


def _end_later() -> None:
    threading.Timer(0.3, os._exit, (0,)).start()


def _hang_at_exit() -> None:
    atexit.register(time.sleep, 600)


def _forget_json() -> None:
    json.dumps = json.loads = None  # type: ignore[assignment]


class _UnspeakableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("it has no words")

    __repr__ = __str__


def _itself() -> Any:
    value: dict[str, Any] = {"id": "asst_1"}
    value["more"] = [value]
    return value


def _deep() -> Any:
    value: Any = 1
    for _ in range(100_000):
        value = [value]
    return {"id": "asst_1", "more": value}


class _Touchy:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"do not ask for {name}")


RETURNS: dict[str, Callable[[], Any]] = {
    "returns 300 MiB": lambda: {"id": "asst_1", "name": "x" * (300 * 1024 * 1024)},
    "returns millions of objects": lambda: {"id": "asst_1", "more": [{} for _ in range(3_000_000)]},
    "returns what holds itself": _itself,
    "returns what nests deeply": _deep,
    "returns what must not be asked": _Touchy,
    "returns what has no end": lambda: iter(int, 1),
    "returns a function": lambda: print,
    "returns bytes": lambda: b"\xff\xfe",
    "returns numbers beyond JSON": lambda: {"id": "asst_1", "temperature": float("nan"), "top_p": 10**5000},
    "returns keys that are no texts": lambda: {1: 2, None: 3, (4, 5): 6},
    "returns lone surrogates": lambda: {"id": "asst_1", "name": "\ud800"},
}
"""What a call gives back instead of an assistant; a program writes its representation."""


ACTS: dict[str, Callable[[], object]] = {
    "exits at once": lambda: os._exit(0),
    "exits": lambda: sys.exit(0),
    "aborts": os.abort,
    "kills itself": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "is told to end": lambda: os.kill(os.getpid(), signal.SIGTERM),
    "interrupts itself": lambda: _raise(KeyboardInterrupt()),
    "raises what nobody expects": lambda: _raise(StrangeError("strange")),
    "hangs": lambda: time.sleep(600),
    "leaves a child": _leave_a_child,
    "leaves a thread": _leave_a_thread,
    "closes its output": _close_pipes,
    "babbles": _babble,
    "fills memory": _fill_memory,
    "changes its folder": lambda: os.chdir("/"),
    "empties its environment": os.environ.clear,
    "takes the signals": lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN),
    "raises the limit of recursion": lambda: sys.setrecursionlimit(100),
    "forks": _fork,
    "is ended by an alarm": _alarm,
    "ends later, from a thread": _end_later,
    "hangs at its exit": _hang_at_exit,
    "closes all that is open": lambda: os.closerange(3, 256),
    "closes its input": lambda: os.close(0),
    "takes JSON away": _forget_json,
    "raises what cannot be told": lambda: _raise(_UnspeakableError()),
    "raises a message of 100 MiB": lambda: _raise(ValueError("m" * (100 * 1024 * 1024))),
    "writes 100 MiB to standard error": lambda: sys.stderr.write("e" * (100 * 1024 * 1024)),
    "writes control sequences to standard error": lambda: sys.stderr.write("\x1b]0;x\x07\x1b[2J\u202e\x9b1m\n"),
}
HARMLESS = frozenset({
    *("leaves a child", "leaves a thread", "babbles", "changes its folder", "empties its environment"),
    *("takes the signals", "raises the limit of recursion", "forks", "hangs at its exit", "closes its input"),
    *("writes 100 MiB to standard error", "writes control sequences to standard error", "closes all that is open"),
})  # fmt: skip
"""Acts after which the contract may be kept all the same."""


def act(where: str) -> None:
    """Misbehave where that is asked for."""
    if where == "call":
        _calls.append(where)
    if where == WHERE or (where == "call" and WHERE == "later" and len(_calls) == _LATER):
        ACTS.get(ACT, lambda: None)()


def given(value: Any) -> Any:
    """Return what a call gives back."""
    return RETURNS[ACT]() if ACT in RETURNS and (WHERE == "call" or len(_calls) >= _LATER) else value


act("import")


class SdkError(Exception):
    """An error of this SDK."""

    def __init__(self, message: str, status: int | None = None, error: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.error = status, error or {}


def ask(base_url: str, api_key: str, method: str, assistant_id: str, fields: Any = None) -> Any:
    """Make a call; raises SdkError."""
    act("call")
    data = None if fields is None else json.dumps(fields).encode()
    request = urllib.request.Request(
        f"{base_url.rstrip('/')}/assistants/{urllib.parse.quote(assistant_id, safe='')}",
        data,
        {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=3) as answer:
            value = json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with contextlib.suppress(Exception):
            told = json.loads(error.read())["error"]
            raise SdkError(told["message"], error.code, told) from None
        raise SdkError(str(error), error.code) from None
    except Exception as error:
        raise SdkError(str(error)) from error
    if not isinstance(value, dict):
        raise SdkError("no assistant")
    return value


class Adapter:
    """A Python adapter."""

    reached = "wire"
    name, version, language = "stranger", "1", "python"
    settings: ClassVar[dict[str, str]] = {"timeout": "3 s between bytes", "retries": "0"}
    cannot: frozenset[str] = frozenset()

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base_url, self._api_key = base_url, api_key
        act("make")

    def modify(self, assistant_id: str, fields: Any) -> Any:
        """Modify."""
        return given(ask(self._base_url, self._api_key, "POST", assistant_id, fields))

    def retrieve(self, assistant_id: str) -> Any:
        """Retrieve."""
        return given(ask(self._base_url, self._api_key, "GET", assistant_id))

    def describe_error(self, error: Exception) -> Any:
        """Say what an error of the SDK holds."""
        from conformance.exchange import Raised

        if not isinstance(error, SdkError):
            return None
        members = {name: error.error.get(name) for name in ("type", "param", "code")}
        return Raised(str(error), error.status, members, "SdkError")

    def close(self) -> None:
        """Close."""
        act("close")


async def app(scope: Any, receive: Any, send: Any) -> None:
    """The reference as an application, which misbehaves."""
    if scope["type"] == "http":
        act("call")
        if ACT in RETURNS:
            body = repr(given("")).encode("utf-8", "replace")
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})
            return
    await _reference()(scope, receive, send)


@cache
def _reference() -> Any:
    from conformance.reference import Reference
    from conformance.reference.asgi import app as made

    return made(Reference())


def main() -> None:
    """Speak the protocol of adapter programs."""
    act("make")
    hello = {"conformance": 1, "name": "stranger", "version": "1", "language": "python", "settings": Adapter.settings}
    print(json.dumps(hello), flush=True)
    for line in sys.stdin:
        call = json.loads(line)
        method = "POST" if call["call"] == "modify" else "GET"
        try:
            found = ask(call["base_url"], call["api_key"], method, call["assistant_id"], call.get("fields"))
            if ACT in RETURNS and WHERE in {"call", "later"}:
                print(given(found), flush=True)
            told = {"returned": found}
        except SdkError as error:
            members = {name: error.error.get(name) for name in ("type", "param", "code")}
            told = {"raised": {"kind": "SdkError", "message": str(error), "status": error.status, **members}}
        print(json.dumps({"id": call["id"], **told}), flush=True)
    act("close")


if __name__ == "__main__":
    main()
