"""The directory of a report, claimed by the one run that writes into it.

The system lets go of the lock when its process ends, however it ends: what a dead process has left blocks nobody.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from reports.errors import ReportError

if TYPE_CHECKING:
    from pathlib import Path

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]
    import msvcrt

NAME = ".lock"
_held: dict[Path, Claim] = {}


class Claim:
    """A directory that this process writes into, and no other; :func:`claim` makes it."""

    def __init__(self, directory: Path, file: int) -> None:
        self._directory = directory
        self._file = file
        self.is_ready = False
        """Whether what an earlier run has left there is out of the way."""
        self.is_new = False
        """Whether the directory was made for it: then none is left behind that holds nothing."""
        self.times = 1
        """How often it was claimed, and not released."""

    def release(self) -> None:
        """Let others write there, once whoever claimed it has released it."""
        self.times -= 1
        if self.times == 0 and _held.pop(self._directory, None) is not None:
            with suppress(OSError):  # before the lock is let go of, so that nobody has locked it since
                (self._directory / NAME).unlink()
                if self.is_new:
                    self._directory.rmdir()
            os.close(self._file)


def claim(directory: Path) -> Claim:
    """Claim a directory for this process; the same again for one that it has claimed.

    Raises :class:`ReportError`, one line, where another process that still runs has it, and :class:`OSError` where
    nothing can be written there.
    """
    directory = directory.resolve()
    if directory in _held:
        _held[directory].times += 1
        return _held[directory]
    path = directory / NAME
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if not _locked(file):
                other = os.read(file, 20).decode("ascii", "replace").strip()
                raise ReportError(
                    f"another run writes its report into {directory}" + (f" (process {other})" if other else "")
                )
            if _is_same(file, path):
                os.ftruncate(file, 0)
                os.write(file, f"{os.getpid()}\n".encode())
                found = _held[directory] = Claim(directory, file)
                file = -1
                return found
        finally:
            if file >= 0:
                os.close(file)


def _locked(file: int) -> bool:
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            os.lseek(file, 1_000, os.SEEK_SET)  # behind what is read by others
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
            os.lseek(file, 0, os.SEEK_SET)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True  # a file system that has no locks has runs apart by nothing
    return True


def _is_same(file: int, path: Path) -> bool:
    """Return whether the file that was locked is still the one that others find."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(file), path.stat())
    return False
