"""Python adapters in a process of their own: what they may do there, and what comes of what they may not."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from conformance.errors import TargetUnusableError, UsageError
from conformance.exchange import UNREADABLE, NoAnswer, NotRun, Raised, Returned
from conformance.targets.child import Child
from conformance.targets.process import MIB
from conformance.targets.resolve import TargetOptions, resolve
from conformance.targets.sdk import SdkTarget
from tests.conformance.targets.test_application import is_gone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOY = """
import os, signal, subprocess, sys, threading, time
from collections import OrderedDict
from enum import Enum, IntEnum

class Kind(str, Enum):
    A = "a"

class Number(IntEnum):
    ONE = 1

class Toy:
    name, version, language, cannot = "toy", "1", "python", frozenset()
    settings = {"timeout": "0.5 s"}
    def __init__(self, base_url, key): self.base_url = base_url
    def modify(self, assistant_id, fields): return globals()[assistant_id](fields)
    def retrieve(self, assistant_id): return globals()[assistant_id]({})
    def describe_error(self, error):
        if isinstance(error, OSError):
            return type("Told", (), {"message": str(error), "kind": "Toy", "status": 400, "error": {"type": "t"}})
        return None
    def close(self): pass

calls = 0

def echo(fields): return fields
def counts(fields):
    global calls
    calls += 1
    return calls
def subclasses(fields): return OrderedDict(a=Kind.A, b=[Number.ONE, True, None, 1.0])
def odd(fields): return {"a": {1, 2}}
def keyed(fields): return {1: 2}
def large(fields): return ["x" * 1000] * 40_000
def deep(fields):
    value = []
    for _ in range(900): value = [value]
    return value
def changes(fields): fields["tools"].append(1); return {}
def raises(fields): raise OSError("own")
def foreign(fields): raise KeyError("foreign")
def refuses(fields): raise NotExpressible("no way")
def mute(fields): raise type("Mute", (Exception,), {"__str__": lambda self: 1 / 0})
class NotExpressible(Exception): pass

def sees(fields): return os.environ.get("TOY_API_KEY")

def exits(fields): os._exit(0)
def aborts(fields): os.abort()
def kills(fields): os.kill(os.getpid(), signal.SIGKILL)
def hoards(fields):
    held = []
    while True: held.append(bytearray(os.urandom(1024)) * 50_000)
def waits(fields): time.sleep(600)
def spins(fields):
    while True: pass
def holds_everything(fields): sum(iter(int, 1))
def prints(fields):
    for stream in (sys.stdout, sys.stderr, sys.__stdout__): print("noise", file=stream, flush=True)
    os.write(1, b"more noise" * 20_000)
    subprocess.run(["echo", "noise of another"])
    return {}
def lasts(fields): time.sleep(fields["seconds"]); return {}
def reads(fields): return sys.stdin.read()
def leaves_a_thread(fields): threading.Thread(target=time.sleep, args=(600,)).start(); return {}
def leaves_a_child(fields):
    process = subprocess.Popen(["sleep", "600"])
    with open("left", "w") as file: file.write(str(process.pid))
    return {}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the adapter in it."""
    (tmp_path / "toys.py").write_text(TOY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def toy(here: Path) -> Iterator[SdkTarget]:
    target = resolve("sdk:toys:Toy", TargetOptions(timeout=1.0))
    assert isinstance(target, SdkTarget)
    yield target
    try:
        target.close()
    except TargetUnusableError as error:
        assert "the adapter's process" in str(error)  # noqa: PT017 - it may have been ended by the test


def test_what_is_said_comes_over_as_it_is(toy: SdkTarget) -> None:
    body = b'{"a": [1, 1.0, 1e400, 123456789012345678901234567890, null, true, "\\ud800", "\\u00e9", {"": {}}]}'
    exchange = toy.modify("echo", body)
    assert repr(exchange.value) == repr(exchange.asked)
    assert toy.retrieve("subclasses").outcome == Returned({"a": "a", "b": [1, True, None, 1.0]})
    assert [toy.retrieve(name).value for name in ("odd", "keyed")] == [UNREADABLE, UNREADABLE]
    assert repr(toy.retrieve("deep").value).count("[") == 901
    assert toy.mutations == []
    toy.modify("changes", b'{"tools": []}')
    assert toy.mutations == ['modify changed its caller\'s own value, {"tools":[]}, into {"tools":[1]}']


def test_what_is_raised_is_told(toy: SdkTarget) -> None:
    assert toy.retrieve("raises").outcome == Raised("own", 400, {"type": "t"}, "Toy")
    assert toy.retrieve("foreign").outcome == Raised("'foreign'", kind="KeyError", own=False)
    assert toy.retrieve("mute").outcome == Raised("…", kind="Mute", own=False)
    assert toy.retrieve("refuses").outcome == NotRun("no way")


def test_variables_that_one_client_sees(toy: SdkTarget) -> None:
    with toy.anew(environment={"TOY_API_KEY": "another"}):
        assert toy.retrieve("sees").value == "another"
    assert toy.retrieve("sees").value is None


def test_a_value_that_is_too_large(toy: SdkTarget) -> None:
    told = "what came back is larger than 32 MiB, which are taken at most"
    assert toy.retrieve("large").outcome == NoAnswer(told)
    assert toy.retrieve("counts").value == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("exits", "exited with code 0"),
        ("aborts", "was ended by SIGABRT"),
        ("kills", "was ended by SIGKILL"),
        ("hoards", "uses more than 200 MiB of memory, which is the limit for it and its children,"),
    ],
)
def test_a_process_that_ends_or_has_to_be_ended(
    here: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    monkeypatch.setattr("conformance.targets.pythonadapter.MEMORY", 200 * MIB)
    target = resolve("sdk:toys:Toy", TargetOptions(timeout=20.0))
    with pytest.raises(TargetUnusableError, match=f"^sdk:toys:Toy: the adapter's process {told} in retrieve") as first:
        target.retrieve(name)
    assert "\n" not in str(first.value)
    with pytest.raises(TargetUnusableError):
        target.retrieve("counts")
    with pytest.raises(TargetUnusableError):
        target.close()


@pytest.mark.parametrize("name", ["waits", "spins", "holds_everything"])
def test_a_call_that_does_not_come_back_costs_the_process(toy: SdkTarget, name: str) -> None:
    assert [toy.retrieve("counts").value for _ in range(2)] == [1, 2]
    with toy.within(0.5):
        outcome = toy.retrieve(name).outcome
    assert isinstance(outcome, NoAnswer)
    assert outcome.timed_out
    assert toy.retrieve("counts").value == 1, "in another process"


def test_calls_are_made_beside_one_that_lasts(toy: SdkTarget) -> None:
    """Whoever waits takes the messages, and here nobody waits: the only adapter's thread is in the call."""
    with ThreadPoolExecutor() as pool:
        lasting = pool.submit(toy.modify, "lasts", b'{"seconds": 3}')
        time.sleep(0.5)
        assert [toy.retrieve("counts").value for _ in range(3)] == [1, 2, 3]
        assert not lasting.done()
        assert lasting.result().value == {}


def test_a_message_that_is_not_read_does_not_wait_for_ever(toy: SdkTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.targets.child.STUCK", 0.5)
    body = json.dumps({"name": "x" * 2 * MIB}).encode()
    with ThreadPoolExecutor() as pool, toy.within(60):
        holding = pool.submit(toy.retrieve, "holds_everything")
        time.sleep(0.5)
        with pytest.raises(TargetUnusableError, match=r"it has read nothing of a message for 0\.5 s"):
            toy.modify("echo", body)
        with pytest.raises(TargetUnusableError):
            holding.result()


def test_one_that_writes_to_a_dead_process_is_in_nobodys_way(toy: SdkTarget) -> None:
    """Whoever takes the messages may be about to answer one, and must not wait for one who waits for him."""
    assert toy.retrieve("counts").value == 1
    child = child_of(toy)
    with ThreadPoolExecutor() as pool:
        with child._lock:  # as whoever waits for a message has it
            os.kill(child._process.pid, signal.SIGKILL)
            os.waitid(os.P_PID, child._process.pid, os.WEXITED | os.WNOWAIT)
            sending = pool.submit(child.send, "turns", 1)
            time.sleep(0.5)  # it has found by now that nobody reads, and waits for the lock
            with pytest.raises(TargetUnusableError, match="was ended by SIGKILL"):
                child.send("turns", 2)
        with pytest.raises(TargetUnusableError):
            sending.result()


def child_of(toy: SdkTarget) -> Child:
    found = toy._made.adapter._host._child  # type: ignore[attr-defined]
    assert isinstance(found, Child)
    return found


@pytest.mark.parametrize("name", ["prints", "leaves_a_thread", "leaves_a_child"])
def test_what_an_sdk_may_do(here: Path, toy: SdkTarget, name: str) -> None:
    assert toy.retrieve(name).value == {}
    assert toy.retrieve("reads").value == "", "its standard input is not ours"
    toy.close()
    if name == "leaves_a_child":
        assert is_gone(int((here / "left").read_text()))


def test_the_process_ends_with_its_parent(here: Path) -> None:
    """Also where the parent is killed, and a call goes on."""
    parent = (
        "from conformance.targets.resolve import resolve\n"
        "target = resolve('sdk:toys:Toy')\n"
        "target.retrieve('leaves_a_child')\n"
        "print(target._made.adapter._host._child._process.pid, flush=True)\n"
        "target.retrieve('spins')\n"
    )
    started = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True, cwd=here)
    assert started.stdout is not None
    child = int(started.stdout.readline())
    time.sleep(0.2)
    started.kill()
    started.communicate()
    assert is_gone(child)
    assert is_gone(int((here / "left").read_text()))


@pytest.mark.parametrize("form", ["folder", "module"])
def test_what_an_adapter_imports_is_its_own(here: Path, form: str) -> None:
    names = ("strategies", "reports", "tests", "secrets", "calling", *(("conformance",) if form == "folder" else ()))
    for name in names:
        if form == "folder":
            (here / name).mkdir()
        (here / name / "__init__.py" if form == "folder" else here / f"{name}.py").write_text("mine = True\n")
    lines = [
        f"import {', '.join(names)}, sys",
        f"assert all(one.mine for one in ({', '.join(names)},))",
        "from conformance.exchange import Raised",
        "from conformance.targets.adapter import AdapterFailedError, NotExpressible",
        "assert not {'pytest', 'hypothesis', 'jsonschema_rs', 'pydantic'} & sys.modules.keys()",
    ]
    (here / "owning.py").write_text("\n".join(lines) + TOY)
    target = resolve("sdk:owning:Toy")
    assert target.retrieve("counts").value == 1
    target.close()


@pytest.mark.parametrize(
    ("lines", "kind", "told"),
    [
        ("import time; time.sleep(60)", TargetUnusableError, "hangs: it is not there after 1 s"),
        ("import os; os._exit(0)", TargetUnusableError, "exited with code 0 as it is imported"),
        ("import sys; sys.exit(0)", TargetUnusableError, "toys, as it is imported, called sys.exit(0)"),
        ("1 / 0", UsageError, "toys cannot be imported: ZeroDivisionError: division by zero"),
        ("Toy = 5", UsageError, "Toy cannot be called, it is of type int"),
        ("def Toy(url, key): return 5", TargetUnusableError, "the adapter, of type int, has no name, version"),
        ("def Toy(url): pass", TargetUnusableError, "the adapter cannot be made: TypeError"),
        ("Toy.cannot = 5", TargetUnusableError, "the adapter cannot be read: TypeError"),
        ("Toy.reached = 'pigeon'", TargetUnusableError, "reached is 'pigeon'; set it to one of: respx, wire"),
    ],
)
def test_one_that_cannot_be_used(
    here: Path, monkeypatch: pytest.MonkeyPatch, lines: str, kind: type[Exception], told: str
) -> None:
    monkeypatch.setattr("conformance.targets.pythonadapter.START_LIMIT", 1.0 if "time" in lines else 60.0)
    (here / "toys.py").write_text(f"{TOY}\n{lines}\n")
    with pytest.raises(kind, match=re.escape(told)) as caught:
        resolve("sdk:toys:Toy")
    assert "\n" not in str(caught.value)
