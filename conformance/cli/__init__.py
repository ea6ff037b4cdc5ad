"""The command line: parses, calls, prints, exits; nothing else."""

from __future__ import annotations

import sys

from conformance.errors import ConformanceError


def main() -> None:
    """Run the command line; a mistake of the user's is one line and an exit code of its own."""
    try:
        from conformance.ground import stand  # noqa: PLC0415 - its own packages first, before anything imports them

        stand()
        from conformance.cli.commands import cli  # noqa: PLC0415

        cli.main(prog_name="conformance", standalone_mode=True)
    except ConformanceError as error:
        print(f"conformance: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
