"""What stops a run before or beside judging: each error is one line that names what is wrong and how to fix it.

A target that breaks a requirement is no error but a finding. Here are only the user's mistakes and targets that
cannot be judged at all, each with the exit code of the command that meets it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable


class ConformanceError(Exception):
    """Anything that ends a command with one line and an exit code of its own."""

    exit_code: ClassVar[int] = 2

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what}; {remedy}" if remedy else what)

    def alter(self, text: Callable[[str], str]) -> None:
        """Have it say what a function makes of what it says."""
        self.what, self.remedy = text(self.what), text(self.remedy)
        self.args = tuple(text(str(part)) for part in self.args)


class RunEndedError(Exception):
    """The run cannot go on: its budget is spent, or the target is gone. Carries the reason."""


class CutOffError(RunEndedError):
    """The target was away and is back: what was under way is to begin anew."""


class UnreadError(Exception):
    """An answer came that is beyond what the suite reads: what it belongs to cannot be judged. Carries the reason."""


class UsageError(ConformanceError):
    """The command line, the configuration or a file given to it is wrong."""


class TargetUnusableError(ConformanceError):
    """The target cannot be reached, does not let us in, or does not serve the operation at all."""

    exit_code = 3
