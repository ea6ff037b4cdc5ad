"""One entry of a recording, in the vocabulary of all formats: what was asked and answered, as far as that was kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.exchange import Headers


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request and its answer. A body is ``None`` where the recording does not have it."""

    index: int
    """Its place in the file, from 1 on."""
    method: str
    url: str
    status: int
    """0 where no answer was recorded."""
    request_headers: Headers = ()
    response_headers: Headers = ()
    request_body: bytes | None = None
    response_body: bytes | None = None
    line: int = 0
    """The line of the file where it begins; 0 where the reader does not tell."""
    started: float | None = None
    """When the request left, in seconds since 1970; ``None`` where that was not recorded."""
    ended: float | None = None
    by_value: bool = False
    """Whether bodies were recorded as JSON values, so that nothing is known of their bytes."""
    all_headers: bool = False
    """Whether a header that is not there was not sent; most recorders leave some out."""
    group: int = 0
    """Entries of different groups have nothing to do with each other."""


class RecordingError(UsageError):
    """A recording cannot be read: what is wrong with it, and where, in one line."""

    def __init__(self, path: Path, problem: str, hint: str = "", *, foreign: bool = False) -> None:
        super().__init__(f"{path}: {problem}", hint)
        self.foreign = foreign
        """Whether it is something else, and not a recording that is broken."""
