"""The commands beside ``run``: the catalogue, reports in other forms, the mock, the fuzzer."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import click
import pytest

import conformance
from conformance.catalogue import catalogue
from conformance.cli.commands import COMMANDS, CONFIGURED, cli
from conformance.cli.configured import Configured
from conformance.exits import exit_code
from reports.model import Verdict
from strategies.editions import edition, names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_version_is_that_of_the_package(command: Callable[..., Any]) -> None:
    ended = command("--version")
    assert (ended.code, ended.out.split()[-1]) == (0, conformance.__version__)


@pytest.mark.parametrize("name", ["", "run", "fuzz", "requirements", "render", "serve"])
def test_help_is_there(command: Callable[..., Any], name: str) -> None:
    ended = command(*name.split(), "--help")
    assert ended.code == 0
    assert ended.out.startswith(f"Usage: conformance {name}".rstrip())


def test_the_help_of_run_names_every_kind_of_target(command: Callable[..., Any]) -> None:
    told = command("run", "--help").out
    for kind in ("http://", "https://", "sdk:openai ", "sdk:openai-async", "sdk:MODULE:FACTORY"):
        assert kind in told


def test_the_help_says_of_each_command_what_it_says_of_itself() -> None:
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    assert {name: one.get_short_help_str(1000) for name, one in found.items() if one is not None} == dict(COMMANDS)
    assert {name for name, one in found.items() if isinstance(one, Configured)} == set(CONFIGURED)


def test_there_is_no_other_command(command: Callable[..., Any]) -> None:
    ended = command("judge")
    assert ended.code == 2
    assert "No such command 'judge'" in ended.err


@pytest.mark.parametrize("words", [("requirements",), ("compare", "--help"), ("render", "--help")])
def test_what_judges_nothing_loads_nothing_of_what_judges(words: tuple[str, ...]) -> None:
    code = "import sys; from conformance.cli import main\ntry: main()\nfinally: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert not loaded & {"hypothesis", "pydantic", "starlette", "httpx", "httpcore", "uvicorn", "pytest"}


def test_the_help_is_there_without_what_judges() -> None:
    code = "import sys; from conformance.cli import main\ntry: main()\nfinally: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "click" in loaded
    assert not loaded & {"hypothesis", "pydantic", "starlette", "httpx", "httpcore", "uvicorn", "rich", "pytest"}


def test_the_help_names_every_exit_code(command: Callable[..., Any]) -> None:
    told = command("--help").out
    for code in (*map(exit_code, Verdict), 2, 3, 130):
        assert f"\n    {code} " in told


@pytest.mark.parametrize("name", names())
def test_the_catalogue_is_listed_whole(command: Callable[..., Any], name: str) -> None:
    entries = catalogue(edition(name))
    text = command("requirements", "--edition", name).out.splitlines()
    assert [line.split("\t")[0] for line in text] == list(entries)
    rows = json.loads(command("requirements", "--edition", name, "--format", "json").out)
    assert [(row["id"], row["level"], row["sentence"], row["source"]) for row in rows] == [
        (one.id, one.level, one.sentence, one.source) for one in entries.values()
    ]
    page = command("requirements", "--edition", name, "--format", "markdown").out
    assert [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")] == list(entries)


def test_the_catalogue_can_be_narrowed(command: Callable[..., Any]) -> None:
    told = command("requirements", "--only", "wire", "--skip", "wire.j*").out
    ids = [line.split("\t")[0] for line in told.splitlines()]
    assert ids == [id_ for id_ in catalogue(edition()) if id_.startswith("wire.") and not id_.startswith("wire.j")]


@pytest.mark.parametrize(
    ("form", "file"),
    [("json", "report.json"), ("html", "report.html"), ("junit", "junit.xml"), ("markdown", "summary.md")],
)
def test_a_report_is_rendered_as_it_was_written(
    command: Callable[..., Any], folder: Path, form: str, file: str
) -> None:
    assert command("run", "--effort", "quick", "--only", "roundtrip.top_p", "--quiet").code == 0
    ended = command("render", "conformance-report/report.json", "--format", form)
    assert ended.code == 0
    assert ended.out == (folder / "conformance-report" / file).read_text("utf-8")


@pytest.mark.parametrize(
    ("content", "told"), [(b"{}", "broken.json"), (b"not JSON", "broken.json"), (b"\xff\xfe", "not UTF-8")]
)
def test_what_is_no_report_is_not_rendered(
    command: Callable[..., Any], folder: Path, content: bytes, told: str
) -> None:
    (folder / "broken.json").write_bytes(content)
    ended = command("render", "broken.json", "--format", "html")
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.complaint


def test_a_mock_is_served_until_it_is_stopped(process: Callable[..., subprocess.Popen[str]]) -> None:
    started = process("serve", "--edition", "2026-08")
    try:
        assert started.stdout is not None
        told = started.stdout.readline()
        url = told.split()[-1]
        assert told == f"serving edition 2026-08 at {url}\n"
        with urlopen(f"{url}/assistants") as answer:
            assert json.load(answer)["data"] == []
        started.send_signal(signal.SIGINT)
        _, err = started.communicate(timeout=20)
    finally:
        started.kill()
        started.wait()
    assert (started.returncode, err) == (0, "")


def test_a_fault_of_framing_is_served(process: Callable[..., subprocess.Popen[str]]) -> None:
    started = process("serve", "--fault", "line-behind-answers")
    try:
        assert started.stdout is not None
        url = urlsplit(started.stdout.readline().split()[-1])
        with socket.create_connection((url.hostname, url.port), timeout=20) as connection:
            connection.sendall(b"POST /v1/nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            came = b"".join(iter(lambda: connection.recv(65536), b""))
        started.send_signal(signal.SIGINT)
        _, err = started.communicate(timeout=20)
    finally:
        started.kill()
        started.wait()
    assert came.endswith(b"}\r\n")
    assert (started.returncode, err) == (0, "")


MOCK = """
import respx

def make():
    router = respx.mock(base_url="https://api.openai.com/v1", assert_all_called=False)
    router.get("/assistants").respond(json={"mock": True})
    return router
"""


def test_a_router_is_served_in_place_of_the_reference(
    process: Callable[..., subprocess.Popen[str]], folder: Path
) -> None:
    (folder / "users_mock.py").write_text(MOCK, encoding="utf-8")
    started = process("serve", "respx:users_mock:make")
    try:
        assert started.stdout is not None
        told = started.stdout.readline()
        url = told.split()[-1]
        assert told == f"serving respx:users_mock:make at {url}\n"
        with urlopen(f"{url}/assistants") as answer:
            assert json.load(answer) == {"mock": True}
        started.send_signal(signal.SIGINT)
        _, err = started.communicate(timeout=20)
    finally:
        started.kill()
        started.wait()
    assert (started.returncode, err) == (0, "")


@pytest.mark.parametrize("words", [("asgi:a:b",), ("respx:a:b", "--fault", "name-null-ignored"), ("respx:no.such:b",)])
def test_what_cannot_be_served(command: Callable[..., Any], words: tuple[str, ...]) -> None:
    ended = command("serve", *words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.complaint


def test_faults_and_variants_are_listed(command: Callable[..., Any]) -> None:
    from conformance.reference.faults import faults, variants

    lines = command("serve", "--list").out.splitlines()
    assert [line.split("\t")[1] for line in lines] == [*faults(), *variants()]


def test_a_fuzzing_run_ends_by_its_budget_and_tells_what_it_reached(command: Callable[..., Any], folder: Path) -> None:
    words = ("fuzz", "--seed", "1", "--max-requests", "2500", "--quiet")
    ended = command(*words)
    assert ended.code == 0, ended.out
    report = json.loads((folder / "conformance-report" / "report.json").read_text("utf-8"))
    assert 2500 <= report["requests"] <= 2600
    assert any(note.startswith("reached: ") for note in report["notes"])
    assert any(note.startswith("not reached: ") for note in report["notes"])


@pytest.mark.parametrize("words", [("--time", "soon"), ("--time", "0s"), ("--seed", "three"), ("--max-requests", "0")])
def test_a_budget_that_is_none_is_refused(command: Callable[..., Any], words: tuple[str, ...]) -> None:
    ended = command("fuzz", *words)
    assert (ended.code, ended.out) == (2, "")
    assert words[0] in ended.err
