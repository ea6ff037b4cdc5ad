"""How much memory a command takes, with all that it has started, and for how long it had to wait: on Linux."""

from __future__ import annotations

import threading
from pathlib import Path

from conformance.targets.process import resident

_PROC = Path("/proc")
_LOOK = 0.05  # seconds


class Peak:
    """The most memory that a process has taken until it ended; in megabytes."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.own = 0.0
        """Of the process itself, as the system counts it: nothing is missed between two looks."""
        self.together = 0.0
        """Of the process and its children at one time."""
        self.waited = 0.0
        """Seconds that the process was ready and waited for a processor: they say more of the machine than of it."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_LOOK):
            self.own = max(self.own, _highest(self._pid))
            self.together = max(self.together, self.own, resident(self._pid) / 1e6)
            self.waited = max(self.waited, _waited(self._pid))


def _waited(pid: int) -> float:
    try:
        return int((_PROC / str(pid) / "schedstat").read_text("ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def _highest(pid: int) -> float:
    try:
        lines = (_PROC / str(pid) / "status").read_text("ascii", "replace").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:")), 0.0)
