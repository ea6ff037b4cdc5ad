"""``conformance smoke``: three calls that prove an adapter, or a server, before it is judged."""

from __future__ import annotations

import sys
from typing import Any

import click

from conformance import interrupts
from conformance.cli import completion
from conformance.cli.configured import Configured
from conformance.cli.options import EDITIONS, TARGETS, keyed, settings_of
from conformance.run import edition_of, options
from conformance.settings import Settings
from conformance.targets.probe import probe
from conformance.targets.resolve import resolve
from strategies.contract import Contract
from strategies.permissions import known_ids

_DEFAULTS = Settings()

_HELP = """Try TARGET with three calls before a run.

A good modify, one that is rejected, and one with null.

A line for each says what went over the wire and what the caller got. Exit code 0: all three are as they should be;
1: one is not; 3: there is nothing to try.
"""


@click.command(cls=Configured, help=_HELP + TARGETS)
@click.argument("target", envvar="CONFORMANCE_TARGET")
@click.option(
    "--edition",
    default=_DEFAULTS.edition,
    show_default=True,
    metavar="EDITION",
    help=EDITIONS,
    shell_complete=completion.editions,
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.001),
    default=_DEFAULTS.timeout,
    show_default=True,
    metavar="SECONDS",
    help="How long one request may take in all.",
)
@click.option(
    "--api-key-env",
    default=_DEFAULTS.api_key_env,
    show_default=True,
    metavar="NAME",
    help="Environment variable that holds the bearer key; without a key none is sent.",
)
@click.option(
    "--api-key-file",
    metavar="FILE",
    help="File whose first line is the bearer key; its mode must close it to others (600).",
)
@keyed
@click.option(
    "--adapter-env",
    multiple=True,
    metavar="NAME",
    help="Environment variable to pass on to the adapter; may be repeated.",
)
@click.option("--header", multiple=True, metavar="NAME=VALUE", help="Extra header; may be repeated.")
@click.option("--query", multiple=True, metavar="NAME=VALUE", help="Extra query parameter; may be repeated.")
@click.option("--no-beta", is_flag=True, help="Do not send the header OpenAI-Beta: assistants=v2.")
@click.option("--insecure", is_flag=True, help="Do not check the certificate of an https target.")
@click.option("--ca-bundle", metavar="FILE", help="File of certificate authorities to check an https target by.")
@click.option("--model", metavar="ID", help="A model that the target knows; default: gpt-4o, or one it has.")
def smoke(**given: Any) -> None:
    """Try a target with three calls."""
    with interrupts.watched():
        well = _tried(settings_of(given))
    sys.exit(0 if well else 1)


def _tried(settings: Settings) -> bool:
    # It takes httpx; and every command that reads a configuration imports this module for its options.
    from conformance.targets import smoke as trial  # noqa: PLC0415

    the_edition = edition_of(settings)
    made = resolve(settings.target, options(settings))
    well = True
    try:
        contract = Contract(the_edition, known_ids(the_edition))
        found = probe(
            made,
            contract,
            model=settings.model,
            api_key_env=settings.api_key_env,
            by_command=settings.token_command is not None,
        )
        for number, step in enumerate(trial.smoke(made, found, the_edition), start=1):
            well = well and step.ok
            line = f"{'ok' if step.ok else 'not ok'} {number} {step.name}: {trial.told(step.exchange)}"
            click.echo("\n  ".join(filter(None, (line, step.problem, step.cause))))
    finally:
        made.close()
    return well
