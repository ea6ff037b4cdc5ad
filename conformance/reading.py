"""Files that a command is given: read whole, where they are files and not larger than any such file is."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from conformance.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 16 * 1024 * 1024
"""Bytes of the largest file that is read: many times what the report of any run has."""


def contents(path: Path, largest: int = LARGEST) -> bytes:
    """Return the bytes of a file.

    Raises :class:`UsageError`, one line, for one that cannot be read, for a folder, a pipe or a device, which may have
    no end, and for one that is larger than so many bytes.
    """
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise UsageError(f"cannot read {path}: Is a directory")
        if not stat.S_ISREG(found.st_mode):
            raise UsageError(f"cannot read {path}: it is not a file")
        with path.open("rb") as file:
            data = file.read(largest + 1) if found.st_size <= largest else b""
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except ValueError:
        raise UsageError("cannot read a file whose name holds a NUL") from None
    if found.st_size > largest or len(data) > largest:
        raise UsageError(f"cannot read {path}: it is larger than {largest:,} bytes, the most that is read")
    return data


def text_of(path: Path, what: str, largest: int = LARGEST) -> str:
    """Return the text of a file; ``what`` says what it is not where it is no UTF-8. Raises as :func:`contents`."""
    try:
        return contents(path, largest).decode("utf-8").removeprefix("\ufeff")  # editors put it there
    except UnicodeDecodeError:
        raise UsageError(f"{path} is {what}: it is not UTF-8") from None
