"""Adapter programs, good ones and all ways to be a bad one."""

from __future__ import annotations

import json
import os
import signal
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from conformance.errors import TargetUnusableError
from conformance.exchange import NoAnswer, NotRun, Raised, Returned
from conformance.targets import sdk
from conformance.targets.adapter import AdapterFailedError
from conformance.targets.environment import ELSEWHERE, for_program
from conformance.targets.exec import ProgramFactory, schema
from conformance.targets.process import MIB
from conformance.targets.sdk import SdkTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENT = 20.0
BRIEF = 0.3

PRELUDE = """
import json, os, sys, time

def write(value):
    print(value if isinstance(value, str) else json.dumps(value), flush=True)

def hello(**more):
    write({"conformance": 1, "name": "toy", "version": "2", "language": "python", **more})

def calls():
    for line in sys.stdin:
        yield json.loads(line)
"""

SENDING = """
import urllib.error, urllib.request

def sent(call):
    data = json.dumps(call["fields"]).encode() if call["call"] == "modify" else None
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + call["api_key"]}
    request = urllib.request.Request(call["base_url"] + "/assistants/" + call["assistant_id"], data, headers)
    try:
        with urllib.request.urlopen(request) as response:
            return {"returned": json.load(response)}
    except urllib.error.HTTPError as error:
        with error:
            found = json.load(error)["error"]
        told = {"type": found["type"], "param": found.get("param"), "code": found.get("code")}
        return {"raised": {"kind": "HTTPError", "message": found["message"], "status": error.code, **told}}
"""

GOOD = f"""
{SENDING}
hello(cannot=["streams"], settings={{"retries": "0"}})
for call in calls():
    write({{"id": call["id"], **sent(call)}})
"""


@pytest.fixture
def started(tmp_path: Path, reference: Any) -> Iterator[Callable[..., SdkTarget]]:
    """Give a function that starts a program, written in Python after the prelude, as a target."""
    made: list[SdkTarget] = []

    def start(
        script: str, call_limit: float = PATIENT, hello_limit: float = PATIENT, longest_line: int = 100_000
    ) -> Any:
        path = tmp_path / "the program.py"
        path.write_text(PRELUDE + textwrap.dedent(script), encoding="utf-8")
        factory = ProgramFactory((sys.executable, "-S", str(path)), "exec:toy", call_limit, hello_limit, longest_line)
        made.append(SdkTarget(factory, reference, "exec:toy"))
        return made[-1]

    yield start
    for target in made:
        target.close()


def test_a_good_program(started: Callable[..., SdkTarget]) -> None:
    target = started(GOOD)
    described = target.describe()
    assert (described.name, described.version) == ("toy", "2")
    assert described.details == {
        "language": "python",
        "reached": "wire server on loopback",
        "retries": "0",
        "cannot express": "streams",
    }
    made = target.create(b'{"model": "m"}').value["id"]
    exchange = target.modify(made, '{"name": "é\u2028😀", "description": null, "x": "\\ud800"}'.encode())
    assert exchange.asked == {"name": "é\u2028😀", "description": None, "x": "\ud800"}
    (request,) = exchange.requests
    assert (request.method, request.path) == ("POST", f"/assistants/{made}")
    assert request.url == f"{target.base_url}/assistants/{made}"
    assert json.loads(request.body) == exchange.asked
    assert exchange.value["name"] == "é\u2028😀"
    assert target.retrieve(made).value["x"] == "\ud800"
    lost = target.retrieve("nobody").outcome
    assert isinstance(lost, Raised)
    assert (lost.status, lost.kind, lost.own) == (404, "HTTPError", True)
    assert lost.error == {"type": "invalid_request_error", "param": None, "code": None}
    assert target.requests_sent == 4


def test_variables_that_one_program_sees(started: Callable[..., SdkTarget]) -> None:
    target = started(
        """
        hello()
        for call in calls():
            write({"id": call["id"], "returned": os.environ.get("TOY_API_KEY")})
        """
    )
    with target.anew(environment={"TOY_API_KEY": "another"}):
        assert target.retrieve("a").value == "another"
    assert target.retrieve("a").value is None


def test_what_was_not_run_and_an_error_that_is_not_its_own(started: Callable[..., SdkTarget]) -> None:
    target = started(
        """
        hello()
        for call in calls():
            if call["call"] == "modify":
                write({"id": call["id"], "not_run": "no null here", "remark": "ignored"})
            else:
                write({"id": call["id"], "raised": {"kind": "KeyError", "message": "'x'", "own": False}})
        """
    )
    assert target.modify("a", b"{}").outcome == NotRun("no null here")
    assert target.retrieve("a").outcome == Raised("'x'", kind="KeyError", own=False)
    assert target.requests_sent == 0


def test_a_line_of_some_size_in_pieces(started: Callable[..., SdkTarget]) -> None:
    target = started(
        """
        hello()
        for call in calls():
            line = json.dumps({"id": call["id"], "returned": len(call["fields"]["name"]) * "x"}) + "\\n"
            for start in range(0, len(line), 70_000):
                sys.stdout.write(line[start : start + 70_000]); sys.stdout.flush()
        """,
        longest_line=2_000_000,
    )
    body = json.dumps({"name": "n" * 1_000_000}).encode()
    assert target.modify("a", body).outcome == Returned("x" * 1_000_000)


AT_HELLO = {
    "silent": ("time.sleep(60)", "hangs: no line came within 0.3 s before its hello"),
    "half a line": ("sys.stdout.write('{'); sys.stdout.flush(); time.sleep(60)", r"hangs: .* \(1 bytes of one did\)"),
    "gone": ("sys.exit(3)", "exited with code 3 before its hello"),
    "killed": ("os.kill(os.getpid(), 9)", "was ended by SIGKILL before its hello"),
    "text": (
        "write('Listening on 8080')",
        "a line that is not a JSON object, in place of its hello: 'Listening on 8080'",
    ),
    "a list": ("write([1])", "a line that is not a JSON object"),
    "no UTF-8": ("sys.stdout.buffer.write(b'\\xff\\n'); sys.stdout.flush()", "a line that is not a JSON object"),
    "another version": ("hello(conformance=2)", "speaks version 2 of the protocol; this suite speaks 1"),
    "no name": ("write({'conformance': 1})", "did not send a valid hello"),
    "odd settings": ("hello(settings={'a': 1})", "did not send a valid hello: settings/a"),
    "babble": (
        "while True: sys.stdout.write('x' * 10_000)",
        "wrote more than 100000 bytes that are not an answer, before its hello",
    ),
    "closed": ("os.close(1); time.sleep(60)", "closed its standard output and runs on, before its hello"),
}


@pytest.mark.parametrize("kind", AT_HELLO)
def test_a_program_without_a_hello(started: Callable[..., SdkTarget], kind: str) -> None:
    script, what = AT_HELLO[kind]
    limit = BRIEF if "hangs" in what else PATIENT
    with pytest.raises(AdapterFailedError, match=what) as caught:
        started(script, hello_limit=limit)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("exec:toy: the adapter program ")


IN_A_CALL = {
    "exits": ("sys.exit(0)", r"exited with code 0 in call 1 \(modify\)"),
    "is killed": ("os.abort()", "was ended by SIGABRT"),
    "prints garbage": (
        "print('debug: hi', flush=True)",
        r"a line that is not a JSON object, in call 1 \(modify\): 'debug: hi'",
    ),
    "says two things": ("write({'id': 1, 'returned': 1, 'not_run': ''})", "an answer that the protocol does not know"),
    "says nothing": ("write({'id': 1})", "an answer that the protocol does not know"),
    "has no id": ("write({'returned': 1})", "an answer that the protocol does not know, .*id"),
    "raises oddly": ("write({'id': 1, 'raised': {'kind': 1, 'message': ''}})", "does not know, .*raised/kind"),
    "answers ahead": ("write({'id': 2, 'returned': 1})", "answers call 2, which was not made, in call 1"),
    "says NaN": ('print(\'{"id": 1, "returned": NaN}\', flush=True)', "a line that is not a JSON object"),
    "babbles": ("while True: sys.stdout.write('x' * 10_000)", "bytes that are not an answer, in call 1"),
    "closes its output": ("os.close(1); time.sleep(60)", "closed its standard output and runs on, in call 1"),
}


@pytest.mark.parametrize("kind", IN_A_CALL)
def test_a_program_that_fails_in_a_call(started: Callable[..., SdkTarget], kind: str) -> None:
    script, what = IN_A_CALL[kind]
    target = started(
        f"""
        hello()
        for call in calls():
            {script}
        """,
    )
    with pytest.raises(AdapterFailedError, match=what) as first:
        target.modify("a", b'{"name": "n"}')
    with pytest.raises(AdapterFailedError) as second:
        target.retrieve("a")
    assert second.value is first.value
    assert target.delete("a").status == 404, "what goes behind the SDK's back goes on"


def test_a_program_that_uses_too_much_memory(
    started: Callable[..., SdkTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a child of it uses counts."""
    monkeypatch.setattr("conformance.targets.program.MEMORY", 100 * MIB)
    target = started(
        """
        import subprocess
        hello()
        for call in calls():
            hoarding = "import time; held = bytearray(b'x') * 150_000_000; time.sleep(60)"
            subprocess.run([sys.executable, "-c", hoarding])
        """,
    )
    with pytest.raises(AdapterFailedError, match=r"uses more than 100 MiB of memory, .* in call 1 \(modify\)"):
        target.modify("a", b'{"name": "n"}')


def test_a_second_answer(started: Callable[..., SdkTarget]) -> None:
    target = started(
        """
        hello()
        for call in calls():
            os.write(1, 2 * (json.dumps({"id": call["id"], "returned": 1}) + "\\n").encode())
        """
    )
    assert target.retrieve("a").outcome == Returned(1)
    with pytest.raises(AdapterFailedError, match="answers call 1 a second time"):
        target.retrieve("a")


def test_an_old_answer_in_place_of_the_new_one(started: Callable[..., SdkTarget]) -> None:
    target = started(
        """
        hello()
        for call in calls():
            write({"id": 1, "returned": 1})
        """
    )
    assert target.retrieve("a").outcome == Returned(1)
    with pytest.raises(AdapterFailedError, match=r"answers call 1 a second time, in call 2 \(retrieve\)"):
        target.retrieve("a")


def test_something_unasked(started: Callable[..., SdkTarget]) -> None:
    target = started("hello()\nprint('ready', flush=True)\ntime.sleep(60)")
    time.sleep(0.05)
    with pytest.raises(AdapterFailedError, match=r"(unasked after its hello|no JSON object, in call 1).*: 'ready'"):
        target.retrieve("a")


def test_a_program_that_does_not_read(started: Callable[..., SdkTarget]) -> None:
    target = started("hello()\nos.close(0)\ntime.sleep(60)")
    with pytest.raises(AdapterFailedError, match="closed its standard input and runs on, in call 1"):
        target.modify("a", json.dumps({"name": "n" * 1_000_000}).encode())


def test_one_that_never_reads_a_large_call(started: Callable[..., SdkTarget]) -> None:
    target = started("hello()\ntime.sleep(60)", call_limit=BRIEF)
    outcome = target.modify("a", json.dumps({"name": "n" * 1_000_000}).encode()).outcome
    assert isinstance(outcome, NoAnswer)
    assert "hangs" in outcome.reason


def test_a_call_that_does_not_come_back_is_an_outcome_and_the_program_is_started_anew(
    started: Callable[..., SdkTarget],
) -> None:
    target = started(
        """
        hello()
        for call in calls():
            if call["assistant_id"] == "stuck":
                time.sleep(60)
            write({"id": call["id"], "returned": 1})
        """,
        call_limit=2.0,
    )
    before = target.base_url
    outcome = target.retrieve("stuck").outcome
    assert isinstance(outcome, NoAnswer)
    assert outcome.timed_out
    assert target.base_url != before
    assert target.retrieve("a").outcome == Returned(1)


def test_one_that_is_stuck_again_and_again_ends_the_run(
    started: Callable[..., SdkTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk, "MOST_STUCK", 2)
    target = started("hello()\nfor call in calls():\n    time.sleep(60)", call_limit=BRIEF)
    assert [type(target.retrieve("a").outcome) for _ in range(2)] == [NoAnswer] * 2
    with pytest.raises(AdapterFailedError, match="3 calls did not come back"):
        target.retrieve("a")


def test_the_end_of_its_standard_error_is_told_without_secrets(
    started: Callable[..., SdkTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_TOKEN", "tok-0123456789")
    target = started(
        """
        hello()
        for call in calls():
            sys.stderr.write("early " + "." * 3000 + " the token is tok-0123456789\\nlate\\n")
            sys.stderr.flush()
            sys.exit(7)
        """
    )
    with pytest.raises(AdapterFailedError) as caught:
        target.retrieve("a")
    told = str(caught.value)
    assert "exited with code 7" in told
    assert "the token is *** ⏎ late" in told
    assert "early" not in told
    assert len(told) < 2500


def test_a_full_standard_error_does_not_stop_it(started: Callable[..., SdkTarget]) -> None:
    target = started(
        """
        hello()
        for call in calls():
            sys.stderr.write("x" * 1_000_000)
            write({"id": call["id"], "returned": 1})
        """
    )
    assert [target.retrieve("a").outcome for _ in range(3)] == [Returned(1)] * 3


FORKING = """
import subprocess
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
with open({path!r}, "a") as file:
    file.write(f"{{child.pid}}\\n")
hello()
for call in calls():
    {then}
"""


def _lives(pid: int) -> bool:
    """Return whether a process runs; one that is dead and waited for by nobody yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            return not Path("/proc").exists()
        return False
    return state != "Z"


def _is_gone(pid: int) -> bool:
    end = time.monotonic() + 10
    while _lives(pid):
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize("then", ["sys.exit(1)", "time.sleep(60)"])
def test_children_that_keep_the_pipes_go_with_it(started: Callable[..., SdkTarget], tmp_path: Path, then: str) -> None:
    path = str(tmp_path / "pid")
    target = started(FORKING.format(path=path, then=then), call_limit=PATIENT if "exit" in then else BRIEF)
    if "exit" in then:
        with pytest.raises(AdapterFailedError, match="exited with code 1"):
            target.retrieve("a")
    else:
        assert isinstance(target.retrieve("a").outcome, NoAnswer)
    assert _is_gone(int(Path(path).read_text().split()[0]))


def test_children_go_at_the_end_of_a_good_run(started: Callable[..., SdkTarget], tmp_path: Path) -> None:
    path = str(tmp_path / "pid")
    target = started(FORKING.format(path=path, then="write({'id': call['id'], 'returned': 1})"))
    assert target.retrieve("a").outcome == Returned(1)
    target.close()
    assert _is_gone(int(Path(path).read_text().split()[0]))


def test_one_that_does_not_end_is_killed(started: Callable[..., SdkTarget], tmp_path: Path) -> None:
    path = tmp_path / "pid"
    target = started(
        f"""
        open({str(path)!r}, "w").write(str(os.getpid()))
        hello()
        for call in calls():
            pass
        while True:
            sys.stdout.write("still here " * 1000)
        """
    )
    target.close()
    target.close()
    assert _is_gone(int(path.read_text()))
    with pytest.raises(AdapterFailedError, match="was stopped before"):
        target.retrieve("a")


def test_an_interrupted_call_leaves_no_answer_behind(started: Callable[..., SdkTarget]) -> None:
    target = started("hello()\nfor call in calls():\n    time.sleep(60)")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            target.retrieve("a")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(AdapterFailedError, match="was stopped before"):
        target.retrieve("a")


@pytest.mark.parametrize(
    ("argv", "what"),
    [
        (("no-such-program-here",), "no-such-program-here cannot be started: No such file"),
        (("/",), "/ cannot be started: Permission denied"),
        (("a\0b",), "cannot be started"),
    ],
)
def test_a_program_that_does_not_start(reference: Any, argv: tuple[str, ...], what: str) -> None:
    with pytest.raises(TargetUnusableError, match=what) as caught:
        SdkTarget(ProgramFactory(argv, "exec:x"), reference, "exec:x")
    assert caught.value.remedy


def test_the_environment() -> None:
    found = for_program({"PATH": "/bin", "OPENAI_API_KEY": "sk-real", "OPENAI_ORG_ID": "o", "no_proxy": "a.example"})
    assert found == {
        "PATH": "/bin",
        "no_proxy": "a.example,127.0.0.1,localhost",
        "NO_PROXY": "a.example,127.0.0.1,localhost",
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
        **ELSEWHERE,
    }


def test_the_schema_knows_what_is_spoken() -> None:
    validator = jsonschema_rs.validator_for(schema())
    call = {"base_url": "u", "api_key": "k", "assistant_id": "a"}
    assert validator.is_valid({"conformance": 1, "name": "n", "version": "", "language": "go"})
    assert validator.is_valid({"id": 1, "call": "modify", **call, "fields": {"a": None}})
    assert validator.is_valid({"id": 2, "call": "retrieve", **call})
    assert validator.is_valid({"id": 1, "returned": None})
    assert not validator.is_valid({"id": 1, "call": "modify", **call})
    assert not validator.is_valid({"id": 1, "returned": 1, "raised": {"kind": "a", "message": "b"}})
    assert not validator.is_valid({"conformance": 2, "name": "n", "version": "", "language": "go"})
