"""Commands and servers as whole processes: how long they take and how much memory their largest process needs."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes that ``ru_maxrss`` counts in."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a command."""

    seconds: float
    cpu: float
    megabytes: float
    """Peak of the largest of its processes."""
    code: int
    output: str


def environment() -> dict[str, str]:
    """Return the environment of what is measured: compiled code may be kept, as it is where a user runs it."""
    left = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    return {**left, "NO_COLOR": "1"}


def measure(command: Sequence[str | Path], folder: Path, *, limit: float = 600) -> Measured:
    """Run a command in a folder to its end; one that takes longer than ``limit`` seconds is killed."""
    started = time.perf_counter()
    with subprocess.Popen(
        [str(word) for word in command],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        timer = threading.Timer(limit, process.kill)
        timer.start()
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    return Measured(
        seconds,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss * _UNIT / 1e6,
        process.returncode,
        output.decode("utf-8", "replace"),
    )


def median(values: Sequence[float]) -> float:
    """Return the median; of nothing it is not a number."""
    return statistics.median(values) if values else float("nan")


@contextmanager
def serving(command: Sequence[str | Path], folder: Path) -> Iterator[str]:
    """Have a server run while the context lasts; it prints its base URL, and nothing before it, on its first line."""
    with subprocess.Popen(
        [str(word) for word in command], cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not url.startswith("http"):
                raise RuntimeError(f"{command[0]} did not say where it serves: {url!r}")
            yield url
        finally:
            process.terminate()


def peak_so_far() -> float:
    """Return the peak memory of this process, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT / 1e6
