"""``conformance fuzz``: the same requirements, drawn cases on and on, until the budget ends."""

from __future__ import annotations

import sys
from typing import Any

import click

from conformance.cli.configured import Configured
from conformance.cli.judge import judge
from conformance.cli.options import Seconds, Seed, judging, settings_of, shown, with_targets


@click.command(cls=Configured)
@judging
@shown
@click.option("--time", type=Seconds(), default="10m", show_default=True, metavar="TIME", help="How long to go on.")
@click.option(
    "--seed",
    type=Seed(),
    default="random",
    show_default=True,
    metavar="random|N",
    help="Seed of all random choices.",
)
def fuzz(quiet: bool, verbose: bool, **given: Any) -> None:
    """Judge TARGET by drawn cases until the budget ends.

    First comes a quick plan, so that every requirement has evidence, with a few drawn bodies at its head. Then comes
    what failed in earlier runs; it is kept in the user's cache, or where --memory says. Then the rest of a standard
    plan. Then drawn bodies, limits, malformed requests and sequences, round after round.

    The report's notes say how much of the spec was reached. Exit code 1 on any finding of a level that counts.
    """
    form = given.pop("format")
    settings = settings_of(given, effort="quick", fuzz=True)
    run, report = judge(settings, quiet=quiet, form=form, verbose=verbose)
    sys.exit(run.exit_code(report))


with_targets(fuzz)
