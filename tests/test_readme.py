"""The README says what is so: its commands are taken, its options are there, its examples run, its links lead on."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from conformance.catalogue import catalogue
from conformance.cli.commands import COMMANDS, cli
from conformance.cli.markdown import catalogue_page
from conformance.exits import INTERRUPTED, STALE_BASELINE, exit_code
from reports.model import OutcomeKind, Verdict
from strategies.editions import DEFAULT, edition, names

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OTHERS = {
    *("--quiet", "--editable", "--pyargs", "--signoff", "--data", "--collect-only", "--durations", "--maxfail"),
    *(f"--hypothesis-{name}" for name in ("profile", "seed", "show-statistics", "verbosity")),
}
"""Options of other programs."""
_EVERYWHERE = {"--help"}
"""What every command has without naming it."""


def blocks(page: str, language: str) -> list[str]:
    return [text for kind, text in FENCE.findall(page) if kind == language]


def after(marker: str) -> str:
    """Return the command that stands after a marker, as .ci/run finds it."""
    lines = README.splitlines()
    place = lines.index(f"<!-- {marker} -->")
    assert lines[place + 1] == "```sh"
    assert lines[place + 3] == "```"
    return lines[place + 2]


def commands(page: str) -> list[list[str]]:
    """Return the words of every command line of ours, in blocks and in running text."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    lines += re.findall(r"`(conformance [^`]+)`", FENCE.sub("", page))
    found = []
    for line in lines:
        for part in re.split(r"&&|\||;", line.split(" #")[0].removesuffix("&")):
            words = shlex.split(part)
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words.pop(0)
            if words and words[0].rsplit("/", 1)[-1] == "conformance":
                found.append(words[1:])
    return found


EVERY = commands(README)


def test_the_run_command_makes_an_environment_and_runs() -> None:
    made, installed, run = after("run").split(" && ")
    assert made == "python3 -m venv .venv"
    assert shlex.split(installed)[:4] == [".venv/bin/python", "-m", "pip", "install"]
    assert shlex.split(installed)[-1] == "."
    assert shlex.split(run) == [".venv/bin/conformance", "run"]


def test_the_test_command_makes_an_environment_and_tests() -> None:
    made, installed, run = after("test").split(" && ")
    assert made == "python3 -m venv .venv"
    assert shlex.split(installed)[-1] == ".[test]"
    assert shlex.split(run)[0] == ".venv/bin/pytest"


@pytest.mark.parametrize("marker", ["run", "test"])
def test_each_marker_stands_once(marker: str) -> None:
    assert README.count(f"<!-- {marker} -->") == 1


def test_ci_runs_what_the_readme_says() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "command_of run" in script
    assert "command_of test" in script


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_line_is_accepted(words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each is parsed whole, and nothing is run."""
    monkeypatch.chdir(tmp_path)
    name, *rest = words
    command = cli.get_command(click.Context(cli), name)
    assert command is not None, f"there is no command {name!r}"
    if any(word in {"…", "..."} or word.isupper() for word in rest):
        rest = [word for word in rest if word.startswith("--")]  # a shape, not a command: its options must be there
        known = {flag for one in command.params for flag in one.opts}
        assert set(rest) <= known
        return
    for place, word in enumerate(rest):
        if word.endswith((".json", ".toml")):
            (tmp_path / word).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / word).write_text("{}", encoding="utf-8")
            rest[place] = word
    parsed = command.make_context(name, rest, resilient_parsing=False)
    assert parsed.info_name == name


def test_there_are_commands_to_try() -> None:
    assert len(EVERY) >= 8
    assert {words[0] for words in EVERY} == set(COMMANDS)


def flags_of(command: click.Command) -> set[str]:
    found = {flag for one in command.params for flag in (*one.opts, *one.secondary_opts) if flag.startswith("--")}
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            found |= flags_of(inner)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_that_is_named_exists(page: Path) -> None:
    text = re.sub(
        r"`python tests/[^`]*`", "", page.read_text("utf-8")
    )  # programs of the repository have options of their own
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))
    ours = {flag for flag in named if not flag.startswith("--conformance-")}
    assert sorted(ours - flags_of(cli) - OTHERS - _EVERYWHERE) == []
    from conformance.plugin import OPTIONS, PREFIX

    of_plugin = {flag for flag in named if len(flag) > len(PREFIX) and flag.startswith(PREFIX)}
    assert sorted(of_plugin - {f"{PREFIX}{name}" for name, _ in OPTIONS}) == []


@pytest.mark.parametrize("code", blocks(README, "python"))
def test_an_example_runs(code: str) -> None:
    scope: dict[str, object] = {"__name__": "example"}
    exec(compile(code, "<README.md>", "exec"), scope)
    tests = [value for name, value in scope.items() if name.startswith("test_") and callable(value)]
    assert tests
    for test in tests:
        test()


def test_every_name_of_strategies_is_there() -> None:
    import strategies

    told = README[README.index("## Use the strategies alone") :]
    named = set(re.findall(r"`(\w+)\(\)`", told))
    assert len(named) >= 3
    assert {name for name in named if not callable(getattr(strategies, name, None))} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_every_exit_code_is_explained() -> None:
    table = README[README.index("## Exit codes") : README.index("## All commands")]
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    assert {*map(exit_code, Verdict), 2, 3, STALE_BASELINE, INTERRUPTED} == told


def test_every_outcome_is_explained() -> None:
    """The README leads to the page that does."""
    name = "docs/reading-a-report.md"
    assert f"({name})" in README
    page = (ROOT / name).read_text("utf-8")
    told = set(re.findall(r"^\| ([a-z-]+) \|", page[page.index("## Levels and outcomes") :], re.MULTILINE))
    assert {kind.value for kind in OutcomeKind} <= told


def test_the_readme_is_read_in_three_minutes() -> None:
    """At 240 words a minute, without what is looked up: blocks of code and tables."""
    prose = [line for line in FENCE.sub("", README).splitlines() if not line.startswith(("|", "<!--"))]
    assert len(re.sub(r"\]\([^)]*\)", "]", "\n".join(prose)).split()) <= 720


def test_editions_are_named() -> None:
    assert [name for name in names() if name not in README] == []


def test_the_page_of_requirements_is_true() -> None:
    """``conformance requirements --format markdown > docs/requirements.md`` writes it."""
    the_edition = edition(DEFAULT)
    page = (ROOT / "docs" / "requirements.md").read_text("utf-8")
    assert page == catalogue_page(the_edition, catalogue(the_edition).values())
