"""What the command prints, without the secrets that it was given: whoever prints it, and however."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.targets.secrets import Secrets

_known: list[Secrets] = []


def keep_out(secrets: Secrets) -> None:
    """Have these secrets left out of everything that this process prints from now on."""
    _known[:] = [secrets]


def told(text: str) -> str:
    """Return a text without the secrets that are known by now."""
    for secrets in _known:
        text = secrets.redact_text(text, short=False)
    return text


class _Guarded(io.TextIOWrapper):
    """A stream of the process that shows no secret."""

    def write(self, text: str, /) -> int:
        """Write a text without the secrets in it."""
        super().write(told(text))
        return len(text)


@contextmanager
def guarded() -> Iterator[None]:
    """Have standard output and standard error be such streams for a while."""
    before = {name: getattr(sys, name) for name in ("stdout", "stderr")}
    instead = {name: _guarded(stream) for name, stream in before.items() if isinstance(stream, io.TextIOWrapper)}
    for name, stream in instead.items():
        setattr(sys, name, stream)
    try:
        yield
    finally:
        for name, stream in instead.items():
            setattr(sys, name, before[name])
            with suppress(OSError, ValueError):
                stream.flush()
                stream.detach()


def apart(stream: TextIO) -> TextIO:
    """Return such a stream to the same place, which no redirection of descriptors reaches.

    It has a buffer of its own: whoever writes to both flushes between. Raises :class:`OSError` or :class:`ValueError`
    for a stream that has no descriptor.
    """
    return _Guarded(
        os.fdopen(os.dup(stream.fileno()), "wb"), encoding=stream.encoding, errors=stream.errors, write_through=True
    )


def _guarded(stream: io.TextIOWrapper) -> _Guarded:
    stream.flush()
    return _Guarded(
        stream.buffer,
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
