"""What can be wrong with a report as a file: each error is one line for the person who gave or asked for it."""

from __future__ import annotations


class ReportError(Exception):
    """A report cannot be read, or cannot be written where it was to go."""
