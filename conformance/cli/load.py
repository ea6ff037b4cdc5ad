"""Reading the reports that a command is given: what is wrong with one is a line and exit code 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.errors import UsageError
from reports.errors import ReportError
from reports.serialise import from_json

if TYPE_CHECKING:
    from pathlib import Path

    from reports.model import Report


def load(path: Path) -> Report:
    """Return the report in a file; raise :class:`UsageError` for one that is missing, cut off, foreign or newer."""
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no report: it is not UTF-8") from None
    except ReportError as error:
        raise UsageError(f"{path}: {error}") from None
