"""Memory that is freed goes back to the system: of glibc that has to be asked for."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # malloc.h
_LARGE = 256 * 1024
_ARENAS = 2


@cache
def give_back() -> None:
    """Have large blocks be mapped one by one, and threads share what is small; does nothing but under glibc.

    Left to itself, it takes one freed block of many megabytes for a reason to keep such blocks from then on, and does
    so for each thread: a few answers of 16 MiB are half a gigabyte then, most of it empty.
    """
    with suppress(OSError, AttributeError, ValueError):
        os.confstr("CS_GNU_LIBC_VERSION")
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, _LARGE)
        library.mallopt(_TRIM_THRESHOLD, _LARGE)
        library.mallopt(_ARENA_MAX, _ARENAS)
