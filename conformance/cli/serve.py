"""``conformance serve``: the reference server as a mock."""

from __future__ import annotations

import os

import click

from conformance.reference.serve import serve as serve_reference
from conformance.reference.server import Reference
from conformance.run import edition_of
from conformance.settings import Settings
from strategies import editions


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port; by default the system picks one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--edition", default=editions.DEFAULT, show_default=True, help="Edition of the contract.")
@click.option(
    "--api-key-env", metavar="NAME", help="Ask for the bearer key that this environment variable holds; default: none."
)
def serve(port: int, host: str, edition: str, api_key_env: str | None) -> None:
    """Serve the reference, a server that obeys the contract, until Ctrl-C."""
    name = edition_of(Settings(edition=edition)).name
    key = None
    if api_key_env is not None:
        key = os.environ.get(api_key_env)
        if not key:
            raise click.UsageError(f"the environment variable {api_key_env} holds no key")
    reference = Reference(name, api_key=key)
    serve_reference(
        reference, host=host, port=port, on_ready=lambda url: click.echo(f"serving edition {name} at {url}")
    )
