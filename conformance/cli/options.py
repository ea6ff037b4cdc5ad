"""Options that several commands share."""

from __future__ import annotations

import inspect
import re
import secrets
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from conformance.cli import completion
from conformance.cli.forms import FORMS
from conformance.cli.guarded import keep_out
from conformance.keys import secrets_of
from conformance.settings import FAIL_ON, Settings, pairs
from conformance.targets.kinds import KINDS
from strategies.editions import names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    _OfFloat = click.ParamType[float]
    _OfInt = click.ParamType[int]
else:  # older releases of click have no type parameter there
    _OfFloat = _OfInt = click.ParamType

EDITIONS = f"Edition of the spec: {', '.join(names())}, or a file of your own."
"""What every command says of its option --edition."""
ONLY = "Only these requirements: an id, the beginning of ids, or a pattern with *; may be repeated."
SKIP = "Leave these requirements out: an id, the beginning of ids, or a pattern with *; may be repeated."
FAILS = "The lowest level whose failure makes a target non-conformant."
_DEFAULTS = Settings()
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


class Workers(click.ParamType[str]):
    """How many processes: a number from one on, or ``auto``."""

    name = "workers"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it as pytest-xdist takes it."""
        if value != "auto" and not (value.isascii() and value.isdigit() and 1 <= int(value) <= 64):
            self.fail(f"{value!r} is neither auto nor a number from 1 to 64", param, ctx)
        return value


class Seconds(_OfFloat):
    """A time such as ``90``, ``30s``, ``10m`` or ``1h``, in seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds, more than none."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", str(value))
        if found is None or not (seconds := float(found[1]) * _UNITS[found[2]]):
            self.fail(f"{value!r} is not a length of time; write 90, 30s, 10m or 1h", param, ctx)
        return seconds


class Seed(_OfInt):
    """A number, or another one each time for ``random``."""

    name = "seed"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the seed."""
        if value == "random":
            return secrets.randbelow(2**31)
        if not re.fullmatch(r"-?\d+", str(value)):
            self.fail(f"{value!r} is not a seed; write a number, or random", param, ctx)
        return int(value)


_KEYED = (
    click.option(
        "--api-key-header",
        metavar="NAME",
        help="Header that carries the key, such as api-key; default: Authorization.",
    ),
    click.option(
        "--api-key-scheme",
        metavar="WORD",
        help="Word before the key in that header; default: Bearer in Authorization, none in other headers.",
    ),
    click.option(
        "--token-command",
        metavar="COMMAND",
        help="Command that prints the key, started without a shell, and again where the target answers 401.",
    ),
)

_TARGET = (
    click.argument("target", required=False, envvar="CONFORMANCE_TARGET"),
    click.option(
        "--edition",
        default=_DEFAULTS.edition,
        show_default=True,
        metavar="EDITION",
        help=EDITIONS,
        shell_complete=completion.editions,
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0.001),
        default=_DEFAULTS.timeout,
        show_default=True,
        metavar="SECONDS",
        help="How long one request may take in all.",
    ),
    click.option(
        "--report-dir",
        default=_DEFAULTS.report_dir,
        show_default=True,
        metavar="DIR",
        help="Where to write the reports.",
    ),
    click.option(
        "--api-key-env",
        default=_DEFAULTS.api_key_env,
        show_default=True,
        metavar="NAME",
        help="Environment variable that holds the bearer key; without a key none is sent.",
    ),
    click.option(
        "--other-api-key-env",
        metavar="NAME",
        help="Environment variable with the key of another tenant: what one key makes the other may not see or change.",
    ),
    click.option(
        "--api-key-file",
        metavar="FILE",
        help="File whose first line is the bearer key; its mode must close it to others (600).",
    ),
    click.option("--other-api-key-file", metavar="FILE", help="File whose first line is the key of the other tenant."),
    *_KEYED,
    click.option(
        "--adapter-env",
        multiple=True,
        metavar="NAME",
        help="Environment variable to pass on to the adapter; may be repeated.",
    ),
    click.option("--header", multiple=True, metavar="NAME=VALUE", help="Extra header; may be repeated."),
    click.option("--query", multiple=True, metavar="NAME=VALUE", help="Extra query parameter; may be repeated."),
    click.option("--no-beta", is_flag=True, help="Do not send the header OpenAI-Beta: assistants=v2."),
    click.option("--insecure", is_flag=True, help="Do not check the certificate of an https target."),
    click.option("--ca-bundle", metavar="FILE", help="File of certificate authorities to check an https target by."),
    click.option(
        "--assistant-id", metavar="ID", help="Use this assistant instead of new ones, and put it back as it was."
    ),
    click.option("--model", metavar="ID", help="A model that the target knows; default: gpt-4o, or one it has."),
    click.option("--file-id", multiple=True, metavar="ID", help="A file id that the target knows; may be repeated."),
    click.option(
        "--vector-store-id",
        multiple=True,
        metavar="ID",
        help="A vector store id that the target knows; may be repeated.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Print the verdict only."),
)

_SCOPE = (
    click.option("--only", multiple=True, metavar="PATTERN", help=ONLY, shell_complete=completion.requirements),
    click.option("--skip", multiple=True, metavar="PATTERN", help=SKIP, shell_complete=completion.requirements),
    click.option(
        "--fail-on",
        type=click.Choice(FAIL_ON),
        default=_DEFAULTS.fail_on,
        show_default=True,
        help=FAILS,
    ),
    click.option(
        "--baseline", metavar="FILE", help="TOML file of expected failures: they are waived, anything else counts."
    ),
)

_MEMORY = (
    click.option(
        "--memory",
        default=_DEFAULTS.memory,
        metavar="PLACE",
        help="Where bodies that failed are kept, to be sent first the next time: a folder (default: in the user's"
        " cache), redis://HOST:PORT/N, or github:OWNER/REPO[/ARTIFACT] to read what a workflow has uploaded.",
    ),
)

_BUDGET = (
    click.option(
        "--max-requests",
        type=click.IntRange(min=1),
        metavar="N",
        help="How many requests may be sent in all, deletes included; default: no limit.",
    ),
    click.option(
        "--rate",
        type=click.FloatRange(min=0, min_open=True),
        metavar="R",
        help="How many requests may be sent a second; default: as many as the target takes.",
    ),
    click.option(
        "--max-wait",
        type=click.FloatRange(min=0),
        default=_DEFAULTS.max_wait,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait at most when the target asks for it (Retry-After).",
    ),
)

_SHOWN = (
    click.option(
        "--format",
        type=click.Choice(FORMS),
        default="auto",
        show_default=True,
        help="What to print: plain text, annotations for GitHub, folded sections for GitLab, or report.json; auto"
        " chooses by what it prints to.",
    ),
    click.option("-v", "--verbose", is_flag=True, help="Print every finding in full, with bodies and curl commands."),
)

TARGETS = "\n\b\nTARGET is one of\n" + "\n".join(f"  {line}" for line in KINDS.splitlines()) + "\n"
"""The grammar of targets, for the help of commands."""


def with_targets(command: click.Command, more: str = "") -> None:
    """Add the grammar of targets to the help of a command, and what else there is to say."""
    command.help = f"{inspect.cleandoc(command.help or '')}\n{TARGETS}{more}"


def settings_of(given: Mapping[str, Any], **own: Any) -> Settings:
    """Return the settings that a command was given, with those that are its own; from now on no secret is printed.

    Raises :class:`~conformance.errors.UsageError` for a header or a query parameter without a value, and for a key
    that is named and cannot be read.
    """
    settings = {field.name: given[field.name] for field in fields(Settings) if field.name in given}
    settings |= {
        "headers": pairs("header", given["header"]),
        "query": pairs("query parameter", given["query"]),
        "beta": not given["no_beta"],
        "file_ids": given.get("file_id", ()),
        "vector_store_ids": given.get("vector_store_id", ()),
    }
    found = Settings(**{**settings, **own})
    keep_out(secrets_of(found))
    return found


def keyed(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say where the key stands, and which command prints it."""
    return _with(command, _KEYED)


def judging(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say who is judged, by what, and where the reports go."""
    return of_target(_with(_with(within_budget(command), _MEMORY), _SCOPE))


def shown(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say what it prints."""
    return _with(command, _SHOWN)


def within_budget(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say how much may be sent, and how fast."""
    return _with(command, _BUDGET)


def of_target(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say who is judged, by which edition, and where the reports go."""
    return _with(command, _TARGET)


def _with(command: Callable[..., Any], options: tuple[Callable[..., Any], ...]) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command
