"""What ``--help`` says: within eighty columns, with an example that is one, and nothing cut off."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click
import pytest

from conformance.cli.commands import cli
from conformance.cli.examples import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def _leaves(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from _leaves(found, f"{before}{name} ")
        else:
            yield f"{before}{name}", found


LEAVES = dict(_leaves(cli))
EVERY = ["", "baseline", "edition", *LEAVES]


@pytest.mark.parametrize("name", EVERY)
def test_help_is_no_wider_than_a_terminal_and_cuts_nothing_off(
    command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = command(*name.split(), "--help").out.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert [line for line in lines if line.endswith("...") and not line.startswith("Usage:")] == []


def test_the_first_lines_are_not_run_together(command: Callable[..., Any]) -> None:
    lines = command("--help").out.splitlines()
    assert "\\b" not in "".join(lines)
    assert lines[lines.index("  Start here") + 1].lstrip().startswith("conformance run ")


def test_every_command_has_an_example() -> None:
    assert set(EXAMPLES) == set(LEAVES)


@pytest.mark.parametrize(
    ("name", "example"), [(name, example) for name, examples in EXAMPLES.items() for example in examples]
)
def test_an_example_is_shown_and_can_be_typed(
    command: Callable[..., Any], folder: Path, name: str, example: str
) -> None:
    told = command(*name.split(), "--help").out
    assert all(line in told for line in example.split("\n"))
    words = shlex.split(example.replace("\\\n", ""))
    assert " ".join(words[: 1 + len(name.split())]) == f"conformance {name}"
    rest = words[1 + len(name.split()) :]
    assert LEAVES[name].make_context(name, rest).info_name == name


def test_a_command_that_is_mistyped_is_answered_with_the_nearest(command: Callable[..., Any]) -> None:
    ended = command("runn")
    assert ended.code == 2
    assert "No such command 'runn'. Did you mean 'run'?" in ended.err


def test_certify_shows_that_it_needs_a_target(command: Callable[..., Any]) -> None:
    assert "certify [OPTIONS] TARGET" in command("certify", "--help").out
