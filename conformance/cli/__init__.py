"""The command line: parses, calls, prints, exits; nothing else."""

from __future__ import annotations

import sys

from conformance.errors import ConformanceError


def main() -> None:
    """Run the command line; a mistake of the user's is one line and an exit code of its own."""
    try:
        from conformance.ground import stand  # noqa: PLC0415 - its own packages first, before anything imports them

        stand()
        from conformance import interrupts  # noqa: PLC0415
        from conformance.cli.commands import cli  # noqa: PLC0415

        interrupts.keep()
        cli.main(prog_name="conformance", standalone_mode=True)
    except ConformanceError as error:
        from reports.shorten import visible  # noqa: PLC0415

        # What it quotes may be a report, a configuration or an answer of somebody else's.
        print(f"conformance: {visible(str(error), lines=False)}", file=sys.stderr)
        sys.exit(error.exit_code)
