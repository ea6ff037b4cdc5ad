"""All commands, put together."""

from __future__ import annotations

import click

import conformance
from conformance.cli.baseline import baseline
from conformance.cli.certify import certify, verify
from conformance.cli.compare import compare
from conformance.cli.fuzz import fuzz
from conformance.cli.matrix import matrix
from conformance.cli.merge import merge
from conformance.cli.render import render
from conformance.cli.replay import replay
from conformance.cli.requirements import requirements
from conformance.cli.run import run
from conformance.cli.serve import serve
from conformance.cli.smoke import smoke

_EPILOG = """\b
Exit codes
  0    conformant
  1    non-conformant
  2    usage or configuration
  3    target unusable: not reached, not let in, or the operation is not served
  4    the baseline is out of date, and nothing unexpected failed
  5    inconclusive: something that counts was not tested
  130  interrupted; the partial report is written
"""


@click.group(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(conformance.__version__, prog_name="conformance")
def cli() -> None:
    """Judge servers and SDKs by the contract of the modify assistant operation.

    The operation is POST /v1/assistants/{assistant_id} of the Assistants API. A server is sent thousands of planned
    and drawn bodies; an SDK is called with them, and what it sends and gives back is judged.
    """


for _command in (
    run,
    fuzz,
    smoke,
    requirements,
    serve,
    render,
    baseline,
    certify,
    verify,
    replay,
    compare,
    matrix,
    merge,
):
    cli.add_command(_command)
