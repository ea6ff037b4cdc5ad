"""The pages of docs/: what they tell to type is typed, and what they say it prints is printed.

A page is read from top to bottom. ``<!-- file: NAME -->`` before a block makes a file of it, ``<!-- exit N -->`` says
how a block of commands ends, ``<!-- whole: … -->`` that it takes too long to be run here: its commands are parsed only.
A block of text holds lines that the commands before it print, ``…`` standing for anything.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
import yaml

from conformance.cli.commands import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).resolve().parents[2] / "docs"
NAMES = (
    "tutorial",
    "fuzzing",
    "strategies",
    "strategies-cases",
    "pytest",
    "getting-started-sdk",
    "getting-started-mock",
    "ci",
    "reading-a-report",
    "triage",
    "report-format",
    "configuration",
    "own-tests",
    "editions",
    "recordings",
)
PAGES = [DOCS / f"{name}.md" for name in NAMES]
BLOCK = re.compile(r"(?:^<!-- (?P<mark>[^\n]*) -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
PORT = re.compile(r"\b81\d\d\b")


@dataclass(frozen=True)
class Block:
    """A block of a page."""

    kind: str
    text: str
    mark: str

    @property
    def exit_code(self) -> int:
        return int(self.mark.removeprefix("exit ")) if self.mark.startswith("exit ") else 0


def blocks(page: Path) -> list[Block]:
    found = BLOCK.finditer(page.read_text("utf-8"))
    return [Block(one["kind"], one["text"], one["mark"] or "") for one in found]


def environment() -> dict[str, str]:
    """Return an environment in which the commands of this installation are found, and no option is set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CONFORMANCE_", "PYTEST_"))}
    return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"}


class Shell:
    """A folder in which the commands of a page are run, with the servers that they start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.printed = ""
        self._ports: dict[str, str] = {}
        self._servers: list[subprocess.Popen[bytes]] = []

    def adapted(self, text: str) -> str:
        """Return a text with ports that are free instead of those that are written."""
        return PORT.sub(lambda match: self._ports.setdefault(match[0], str(free_port())), text)

    def run(self, block: Block) -> None:
        text = self.adapted(block.text)
        if text.rstrip().endswith("&"):
            self._serve(text.rstrip().removesuffix("&"))
            return
        done = subprocess.run(
            ["bash", "-e", "-c", text],
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=600,
        )
        self.printed = done.stdout.decode("utf-8")
        assert done.returncode == block.exit_code, f"{text}\n{self.printed[-3000:]}"

    def _serve(self, command: str) -> None:
        words = shlex.split(command)
        assert words[:2] == ["conformance", "serve"]
        server = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=self.folder, env=environment(), stdout=subprocess.DEVNULL
        )
        self._servers.append(server)
        port = int(words[words.index("--port") + 1])
        end = time.monotonic() + 120
        while server.poll() is None and time.monotonic() < end:
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        pytest.fail(f"{command} has ended, or does not listen")

    def close(self) -> None:
        for server in self._servers:
            server.terminate()
            server.wait(30)


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
        return port


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    opened = Shell(tmp_path)
    yield opened
    opened.close()


def parse(block: Block) -> None:
    for line in block.text.splitlines():
        name, *words = shlex.split(line)[1:]
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert command.make_context(name, words).params


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_says_is_so(page: Path, shell: Shell) -> None:
    ran = 0
    for block in blocks(page):
        if block.mark.startswith("file: "):
            (shell.folder / block.mark.removeprefix("file: ")).write_text(shell.adapted(block.text), "utf-8")
        match block.kind:
            case "sh" if block.mark.startswith("whole: "):
                parse(block)
            case "sh":
                shell.run(block)
                ran += 1
            case "text":
                for line in block.text.splitlines():
                    pattern = ".*".join(map(re.escape, shell.adapted(line).split("…")))
                    assert re.search(f"^.*{pattern}", shell.printed, re.MULTILINE), f"{line}\n{shell.printed[-3000:]}"
            case "toml":
                assert tomllib.loads(block.text)
            case "yaml":
                assert yaml.safe_load(block.text)
            case "python":
                compile(block.text, page.name, "exec")
            case _:
                pytest.fail(f"nothing checks a block of {block.kind}")
    assert ran


def test_the_baseline_of_a_page_is_one() -> None:
    from conformance.baseline import read

    examples = [block.text for page in PAGES for block in blocks(page) if "[[expected]]" in block.text]
    assert examples
    for text in examples:
        assert read(text).entries[0].link


def test_the_example_of_the_action_gives_what_it_takes() -> None:
    action = yaml.safe_load((DOCS.parent / ".github/actions/conformance/action.yml").read_text("utf-8"))
    uses = [
        step
        for page in PAGES
        for block in blocks(page)
        if block.kind == "yaml"
        for job in yaml.safe_load(block.text).get("jobs", {}).values()
        for step in job["steps"]
        if "actions/conformance@" in step.get("uses", "")
    ]
    assert uses
    for step in uses:
        assert "target" in step["with"]
        assert set(step["with"]) <= set(action["inputs"])


def test_every_page_can_be_found_from_the_readme() -> None:
    readme = (DOCS.parent / "README.md").read_text("utf-8")
    assert [page.name for page in PAGES if f"(docs/{page.name})" not in readme] == []
