"""The command line: parses, calls, prints, exits; nothing else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from conformance.errors import ConformanceError

if TYPE_CHECKING:
    import click


def main() -> None:
    """Run the command line; a mistake of the user's is one line and an exit code of its own."""
    try:
        from conformance.ground import stand  # noqa: PLC0415 - its own packages first, before anything imports them

        stand()
        from conformance import interrupts  # noqa: PLC0415
        from conformance.cli.commands import cli  # noqa: PLC0415
        from conformance.cli.guarded import guarded  # noqa: PLC0415
        from conformance.settings import keep_folder_clean  # noqa: PLC0415

        keep_folder_clean()
        interrupts.keep()
        with guarded():
            _called(cli)
    except ConformanceError as error:  # its own packages are not there
        print(f"conformance: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


def _called(cli: click.Group) -> None:
    try:
        cli.main(prog_name="conformance", standalone_mode=True)
    except ConformanceError as error:
        from conformance.unrepeated import unrepeated  # noqa: PLC0415
        from reports.shorten import visible  # noqa: PLC0415

        # What it quotes may be a report, a configuration or an answer of somebody else's.
        told = visible(unrepeated(str(error), sys.argv[1:]), lines=False)
        print(f"conformance: {told}", file=sys.stderr)
        sys.exit(error.exit_code)
