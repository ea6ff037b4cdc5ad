"""Where a run is shown: at the terminal or pipe that it was started with, whatever pytest makes of ``stdout``.

While a test runs, pytest sends the descriptors 1 and 2 to a file, so that what code under test prints is in nobody's
way. A finding that is shown at that moment, or a progress line that is drawn anew, would end in that file too.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

import click
from rich.console import Console, ConsoleDimensions

from conformance.cli.guarded import apart

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def _lasting(stream: TextIO) -> TextIO:
    """Return a stream to the same place that pytest leaves alone, open until the command ends.

    Outside a command, and for a stream without a descriptor, it is the stream itself.
    """
    command = click.get_current_context(silent=True)
    if command is None:
        return stream
    try:
        lasting = apart(stream)
    except (OSError, ValueError):  # closed, or held in memory
        return stream

    @command.call_on_close
    def close() -> None:
        with suppress(OSError):  # nobody reads it any more, and has been told of that
            lasting.close()

    return lasting


def console_at(stream: TextIO, **options: Any) -> Console:
    """Return a console apart from pytest's redirections, of the size of the terminal that it writes to."""
    console = Console(file=_lasting(stream), highlight=False, **options)
    measure(console)
    return console


def measure(console: Console, environment: Mapping[str, str] = os.environ) -> None:
    """Give a console the size that its terminal has now; none where it is no terminal, or ``COLUMNS`` has a size.

    The console would ask descriptors 0 to 2, which lead elsewhere while a test runs.
    """
    if not console.is_terminal or "COLUMNS" in environment:
        return
    try:
        columns, lines = os.get_terminal_size(console.file.fileno())
    except (OSError, ValueError, AttributeError):
        return
    if columns and lines:
        console.size = ConsoleDimensions(columns, lines)
