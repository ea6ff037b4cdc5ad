"""All commands, put together: each is imported when it is called, since most of them import much."""

from __future__ import annotations

import difflib
import os
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

import conformance
from conformance.cli.examples import with_examples
from conformance.unrepeated import unrepeated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMMANDS: Mapping[str, str] = {
    "run": "Judge TARGET; without it, the embedded reference.",
    "fuzz": "Judge TARGET by drawn cases until the budget ends.",
    "init": "Write a configuration and a CI job for TARGET.",
    "show": "Show the finding ID of REPORT in full, or all causes.",
    "clean": "Delete what earlier runs left on TARGET, after showing it.",
    "smoke": "Try TARGET with three calls before a run.",
    "edition": "Show, compare and write editions of your own.",
    "requirements": "List every requirement: level, provenance, source.",
    "explain": "Explain the requirement ID: source, tests, what is sent.",
    "record": "Record and judge what passes to the server at URL.",
    "serve": "Serve the reference, a server that obeys the spec.",
    "render": "Write REPORT (a report.json) in another form.",
    "baseline": "Write the file of expected failures, for --baseline.",
    "certify": "Judge TARGET completely and write a certificate.",
    "verify": "Check CERTIFICATE against its report.",
    "replay": "Send the finding ID of REPORT again.",
    "compare": "Compare two reports: what regressed, what is fixed.",
    "matrix": "Show REPORTS of several targets side by side.",
    "trend": "Show REPORTS of one target over time.",
    "merge": "Merge REPORTS, the shards of one run, into one report.",
}
"""The commands, and the first sentence that each says of itself."""
CONFIGURED = ("run", "fuzz", "smoke", "certify", "replay", "clean")
"""Those that the configuration speaks to."""
_BESIDE = {"verify": "certify"}
"""Commands that stand in the module of another."""

_WORDS = "conformance.words"
"""Where the context has what was given."""
_EPILOG = """\b
Exit codes
  0    conformant
  1    non-conformant
  2    usage or configuration
  3    target unusable: not reached, access denied, or operation not served
  4    the baseline is out of date, and nothing unexpected failed
  5    inconclusive: something that counts was not tested
  130  interrupted; the partial report is written
"""


@contextmanager
def _discreet(ctx: click.Context) -> Iterator[None]:
    """Let no error about what was given repeat what may be a key."""
    try:
        yield
    except click.ClickException as error:
        ours = (value for name, value in os.environ.items() if name.startswith("CONFORMANCE_"))
        told = unrepeated(error.format_message(), [*ctx.meta[_WORDS], *ours])
        if told == error.format_message():
            raise
        raise click.UsageError(told, getattr(error, "ctx", None)) from None


class _Group(click.Group):
    """A group that knows its commands by name until one is asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what stands before the name of a command; keep in mind what was given."""
        ctx.meta[_WORDS] = list(args)
        with _discreet(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Carry out a command."""
        with _discreet(ctx):
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command and return it; ``None`` where there is none of that name."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module = import_module(f"conformance.cli.{_BESIDE.get(cmd_name, cmd_name)}")
        found: click.Command = getattr(module, cmd_name)
        with_examples(found, cmd_name)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named; where there is none, raise a usage error with the nearest name."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), 1)
            ctx.fail(f"No such command {args[0]!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each says of itself, without importing it."""
        names = self.list_commands(ctx)
        room = formatter.width - 6 - max(map(len, names))
        rows = [(name, click.Command(name, help=COMMANDS[name]).get_short_help_str(room)) for name in names]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(
    cls=_Group, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(conformance.__version__, prog_name="conformance")
def cli() -> None:
    """Judge servers and SDKs by the spec of the modify assistant operation.

    The operation is POST /v1/assistants/{assistant_id} of the Assistants API. A server is sent thousands of request
    bodies, planned or drawn at random. An SDK is called with them; what it sends and what it returns are judged.

    \b
    Start here
      conformance run                            judge the embedded reference
      conformance run http://127.0.0.1:8123/v1   judge a server
      conformance COMMAND --help                 options and examples

    Tab completion: eval "$(_CONFORMANCE_COMPLETE=bash_source conformance)"
    for bash; docs/configuration.md has zsh and fish.
    """  # noqa: D301 - click takes \b for a paragraph that is not wrapped
