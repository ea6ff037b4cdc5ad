"""A report may come from anybody: nothing that it names is run, imported, sent to, or given a key."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
import socket
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from conformance.reference import Reference
from conformance.reference.faults import faults
from conformance.reference.serve import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conformance.cli.conftest import Ended

ID = "validation.name.max_length"
REPORT = "conformance-report/report.json"
KEY = "sk-a-key-that-nobody-may-see-0123456789"


class Listener:
    """Takes connections, and answers none."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.seen: list[bytes] = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                taken, _ = self.socket.accept()
            except OSError:
                return
            with taken:
                taken.settimeout(1)
                try:
                    self.seen.append(taken.recv(65536))
                except OSError:
                    self.seen.append(b"")


@contextmanager
def listening() -> Iterator[Listener]:
    found = Listener()
    try:
        yield found
    finally:
        found.socket.close()


@pytest.fixture
def server() -> Iterator[str]:
    """A server that takes too long a name."""
    with running(Reference(behaviour=faults()["overlooks-name-max-length"].behaviour())) as url:
        yield url


@pytest.fixture
def report(command: Callable[..., Ended], folder: Path, server: str) -> dict[str, Any]:
    """The report of a run that found that, as JSON."""
    assert command("run", server, "--effort", "quick", "--only", ID, "-q").code == 1
    found: dict[str, Any] = json.loads((folder / REPORT).read_text("utf-8"))
    return found


def write(folder: Path, report: dict[str, Any]) -> None:
    (folder / REPORT).write_text(json.dumps(report), encoding="utf-8")


def evil(folder: Path) -> dict[str, str]:
    """Write modules that leave a mark when they are imported; return targets that would run something."""
    mark = folder / "mark"
    (folder / "evil_module.py").write_text(f"open({str(mark)!r}, 'w').close()\napp = 1\n", encoding="utf-8")
    run = f"{shlex.quote(sys.executable)} -c {shlex.quote(f'open({str(mark)!r}, chr(119))')}"
    return {
        "exec": f"exec:{run}",
        "sdk": "sdk:evil_module:app",
        "asgi": "asgi:evil_module:app",
        "wsgi": "wsgi:evil_module:app",
        "respx": "respx:evil_module:app",
        "openai-node": "sdk:openai-node",
    }


KINDS = ("exec", "sdk", "asgi", "wsgi", "respx", "openai-node")


@pytest.mark.parametrize("said", ["its own", "reference", "http", "nonsense"])
@pytest.mark.parametrize("kind", KINDS)
def test_replay_runs_nothing(
    command: Callable[..., Ended], folder: Path, report: dict[str, Any], kind: str, said: str
) -> None:
    spec = evil(folder)[kind]
    report["target"]["spec"] = spec
    report["target"]["kind"] = kind if said == "its own" else said
    report["command"] = f"conformance run {spec}"
    write(folder, report)
    ended = command("replay", REPORT, ID)
    assert (ended.code, ended.out) == (2, "")
    assert f"conformance replay {REPORT} {ID} " in ended.complaint
    assert "evil_module" not in ended.complaint
    assert "open(" not in ended.complaint
    assert not (folder / "mark").exists()
    assert "evil_module" not in sys.modules


@pytest.mark.parametrize(
    "words",
    [
        ("compare", REPORT, REPORT),
        ("merge", REPORT, "--output", "merged.json"),
        ("matrix", REPORT, REPORT),
        ("baseline", "write", REPORT),
        *(("render", REPORT, "--format", form) for form in ("html", "junit", "markdown", "github", "github-summary")),
    ],
    ids=lambda words: " ".join(words[:1] + words[3:]),
)
@pytest.mark.parametrize("kind", ["exec", "sdk", "http"])
def test_other_commands_only_read(
    command: Callable[..., Ended], folder: Path, report: dict[str, Any], kind: str, words: tuple[str, ...]
) -> None:
    with listening() as other:
        targets = evil(folder) | {"http": f"http://127.0.0.1:{other.port}/v1"}
        report["target"] |= {"kind": kind, "spec": targets[kind]}
        write(folder, report)
        assert command(*words).code == 0
    assert other.seen == []
    assert not (folder / "mark").exists()
    assert "evil_module" not in sys.modules


@pytest.mark.parametrize("variable", ["MY_KEY", "HOME; touch mark", "$(touch mark)", 7])
@pytest.mark.parametrize("form", ["html", "junit", "markdown", "github-summary", "json"])
def test_shell_lines_are_made_of_the_steps(
    command: Callable[..., Ended], folder: Path, report: dict[str, Any], form: str, variable: Any
) -> None:
    finding = report["requirements"][0]["finding"]
    true = finding["curl"]
    finding["curl"] = "touch mark"
    finding["steps"][-1]["request"]["headers"] += [["X-Odd", "'; touch mark; '"], ["Authorization", "Bearer ***"]]
    report["settings"]["api_key_env"] = variable
    write(folder, report)
    shown = html.unescape(command("render", REPORT, "--format", form).out)
    if form == "json":
        shown = json.loads(shown)["requirements"][0]["finding"]["curl"]
        name = variable if variable == "MY_KEY" else "OPENAI_API_KEY"
        assert shown.startswith(true.partition("curl -sS -w")[0])
        assert f'-H "Authorization: Bearer ${name}"' in shown
        assert "touch mark" not in re.sub(r"-H 'X-Odd: .*", "", shown)
        assert [word for word in shlex.split(shown) if word.startswith("X-Odd")] == ["X-Odd: '; touch mark; '"]
    assert not re.search("^touch mark", shown, re.MULTILINE)
    assert not (folder / "mark").exists()


def test_a_report_with_a_byte_order_mark_is_read(
    command: Callable[..., Ended], folder: Path, report: dict[str, Any]
) -> None:
    (folder / REPORT).write_text("\ufeff" + json.dumps(report), encoding="utf-8")
    assert command("render", REPORT, "--format", "badge").code == 0


def test_a_target_that_makes_no_assistant_is_told(
    command: Callable[..., Ended], report: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from conformance.exchange import Response

    reference = Reference()
    handle, made = reference.handle, []

    def full(request: Any) -> Response:
        if (request.method, request.path) == ("POST", "/assistants"):
            made.append(request)
            if len(made) > 1:
                return Response(400, (("Content-Type", "application/json"),), b'{"error": {"message": "full"}}')
        return handle(request)

    monkeypatch.setattr(reference, "handle", full)
    with running(reference) as url:
        ended = command("replay", REPORT, ID, url, "-q")
    assert ended.code in {3, 5}, ended.out + ended.err
    assert "status 400" in ended.out + ended.err
    assert "Traceback" not in ended.err


def test_nothing_is_sent_to_a_host_that_only_the_report_names(
    command: Callable[..., Ended], folder: Path, report: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OTHER_SECRET", KEY)
    with listening() as other:
        url = f"http://127.0.0.1:{other.port}/v1"
        report["target"]["spec"] = url
        report["settings"] |= {"api_key_env": "OTHER_SECRET", "headers": ["X"], "assistant_id": "asst_of_somebody"}
        write(folder, report)
        ended = command("replay", REPORT, ID)
        assert (ended.code, ended.out) == (2, "")
        assert ended.complaint.endswith(f"conformance replay {REPORT} {ID} {url}")
        assert "OTHER_SECRET" not in ended.complaint
    assert other.seen == []


def test_a_key_and_an_assistant_are_never_taken_from_a_report(
    command: Callable[..., Ended], folder: Path, report: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_SECRET", KEY)
    reference = Reference()
    with running(reference) as url:
        import httpx

        mine = httpx.post(f"{url}/assistants", json={"model": "gpt-4o", "name": "mine"}).json()
        report["target"]["spec"] = url
        report["settings"] |= {"api_key_env": "OTHER_SECRET", "assistant_id": mine["id"]}
        write(folder, report)
        seen: list[Any] = []
        handle = reference.handle

        def watched(request: Any) -> Any:
            seen.append(request)
            return handle(request)

        monkeypatch.setattr(reference, "handle", watched)
        ended = command("replay", REPORT, ID, url, "-q")
        assert ended.code == 0
    assert seen
    assert [one for one in seen if one.header("authorization") or mine["id"] in one.path] == []


@pytest.mark.parametrize("way", ["whole addresses", "two slashes", "Host headers", "ids", "methods", "operations"])
def test_steps_lead_to_no_other_host(
    command: Callable[..., Ended], folder: Path, server: str, report: dict[str, Any], way: str
) -> None:
    with listening() as other:
        host = f"127.0.0.1:{other.port}"
        steps = report["requirements"][0]["finding"]["steps"]
        for step in steps:
            request, response = step["request"], step["response"]
            match way:
                case "whole addresses":
                    request["url"] = request["url"].replace(server, f"http://{host}/v1")
                case "two slashes":
                    request["url"] = (
                        request["url"].replace("http://", "").replace("/assistants", f"//{host}/assistants")
                    )
                case "Host headers":
                    request["headers"] = [["Host", host], ["Location", f"http://{host}/v1"], ["Content-Type", "a/b"]]
                case "ids" if response is not None:
                    whole = json.dumps(response)
                    response |= json.loads(whole)
                    response["body"] = packed(f'{{"id": "http://{host}/v1/assistants/asst_1", "object": "assistant"}}')
                    request["url"] = f"{server}/assistants/http%3A%2F%2F{host}%2Fv1"
                case "methods":
                    request["method"] = f"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\nPOST"
                case "operations":
                    step["operation"] = "raw" if step["role"] == "setup" else step["operation"]
                case _:
                    pass
        write(folder, report)
        ended = command("replay", REPORT, ID, server, "-q")
        assert ended.code in {1, 5, 2}, ended.out + ended.err
    assert other.seen == []


def packed(text: str) -> dict[str, Any]:
    return {"size": len(text), "base64": base64.b64encode(text.encode()).decode(), "text": text}


def test_a_redirect_of_the_target_is_not_followed_to_another_host(
    command: Callable[..., Ended], folder: Path, report: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from conformance.exchange import Response

    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    reference = Reference()
    with listening() as other, running(reference) as url:
        handle = reference.handle

        def redirecting(request: Any) -> Response:
            if request.method == "POST" and request.path != "/assistants":
                return Response(307, (("Location", f"http://127.0.0.1:{other.port}{request.path}"),), b"")
            return handle(request)

        monkeypatch.setattr(reference, "handle", redirecting)
        command("replay", REPORT, ID, url, "-q")
    assert other.seen == []


@pytest.mark.parametrize("source", ["conformance.toml", "pyproject.toml", "environment"])
def test_the_users_own_configuration_may_name_the_target(
    command: Callable[..., Ended],
    folder: Path,
    server: str,
    report: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    source: str,
) -> None:
    with listening() as other:
        report["target"]["spec"] = f"http://127.0.0.1:{other.port}/v1"
        write(folder, report)
        match source:
            case "environment":
                monkeypatch.setenv("CONFORMANCE_TARGET", server)
            case "conformance.toml":
                (folder / source).write_text(f'target = "{server}"\n', encoding="utf-8")
            case _:
                (folder / source).write_text(f'[tool.conformance]\ntarget = "{server}"\n', encoding="utf-8")
        ended = command("replay", REPORT, ID, "-q")
        assert (ended.code, ended.out) == (
            1,
            "still failing: accepted with status 200 (expected: rejected with a 4xx)\n",
        )
    assert other.seen == []


def test_a_target_that_is_configured_but_not_chosen_is_not_enough(
    command: Callable[..., Ended], folder: Path, server: str, report: dict[str, Any]
) -> None:
    (folder / "conformance.toml").write_text(f'[targets.mine]\nspec = "{server}"\n', encoding="utf-8")
    assert command("replay", REPORT, ID, "-q").code == 2
    assert command("replay", REPORT, ID, "mine", "-q").code == 1


def test_the_whole_command_stands_wherever_a_finding_is_told(
    command: Callable[..., Ended], folder: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    words = (server, "--effort", "quick", "--only", ID, "--api-key-env", "MY_KEY", "--header", "X-Team=a b")
    shown = command("run", *words).out
    options = "--api-key-env MY_KEY --header X-Team=VALUE"
    assert f"conformance replay {REPORT} {ID} {server} {options}" in shown
    again = f"conformance replay {REPORT} {ID} {server} {options}"
    for form in ("html", "junit", "markdown", "github-summary"):
        assert again in command("render", REPORT, "--format", form).out, form
    assert KEY not in shown


def test_a_command_that_a_report_makes_is_quoted(
    command: Callable[..., Ended], folder: Path, report: dict[str, Any]
) -> None:
    report["target"]["spec"] = "http://127.0.0.1/v1; touch mark\x1b[2J\n$(touch mark)"
    write(folder, report)
    ended = command("replay", REPORT, ID)
    assert ended.code == 2
    last = shlex.split(ended.complaint.rpartition(ID)[2])
    assert len(last) == 1
    assert "\x1b" not in ended.err
