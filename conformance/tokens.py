"""Keys that a command prints: those of services whose keys last for an hour.

The command is split as a shell would and started without one. What it prints is the key; it is kept for the process,
and asked for again where a target refuses it.
"""

from __future__ import annotations

import shlex
import subprocess
import threading
from functools import cache
from typing import TYPE_CHECKING

from conformance.errors import TargetUnusableError, UsageError

if TYPE_CHECKING:
    from conformance.targets.secrets import Secrets

LIMIT = 30.0
"""Seconds that the command may take."""
_LONGEST = 64 * 1024  # characters of a key


class TokenCommand:
    """A command, with the key that it printed last."""

    def __init__(self, command: str) -> None:
        self._command = command
        self._key = ""
        self._lock = threading.Lock()
        self._secrets: list[Secrets] = []

    def key(self) -> str:
        """Return the key; raises :class:`UsageError`, one line, where the command gives none."""
        with self._lock:
            if not self._key:
                self._key = self._asked()
            return self._key

    def again(self, refused: str) -> str:
        """Return another key than the one that was refused; ``""`` where the command prints the same again.

        Raises :class:`~conformance.errors.TargetUnusableError` where it gives none any more.
        """
        with self._lock:
            if self._key == refused:
                try:
                    self._key = self._asked()
                except UsageError as error:
                    raise TargetUnusableError(f"the target rejects the key, and {error}") from None
                for secrets in self._secrets:
                    secrets.learn(self._key)
            return self._key if self._key != refused else ""

    def tell(self, secrets: Secrets) -> None:
        """Have later keys be secrets as well."""
        with self._lock:
            self._secrets.append(secrets)

    def _asked(self) -> str:
        try:
            argv = shlex.split(self._command)
        except ValueError as error:
            raise UsageError(f"--token-command cannot be split: {error}", "quote it as for a shell") from None
        if not argv:
            raise UsageError("--token-command does not name a command", "write one, such as 'my-login print-token'")
        try:
            done = subprocess.run(  # noqa: S603 - the user's own command, without a shell
                argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT, check=False
            )
        except subprocess.TimeoutExpired:
            raise UsageError(f"--token-command: {argv[0]} did not end within {LIMIT:g} s") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it cannot be started"
            raise UsageError(f"--token-command: {argv[0]} cannot be run: {reason}") from None
        if done.returncode:
            # What it printed is not repeated: a key may be in it.
            raise UsageError(f"--token-command: {argv[0]} ended with exit code {done.returncode}", "run it by hand")
        key = done.stdout.decode("utf-8", "replace").strip()
        if not key:
            raise UsageError(f"--token-command: {argv[0]} printed no key")
        if len(key) > _LONGEST or not key.isascii() or not key.isprintable() or " " in key:
            raise UsageError(f"--token-command: {argv[0]} printed more than a key", "let it print the key alone")
        return key


@cache
def token_command(command: str) -> TokenCommand:
    """Return the one of a command: a process asks it once, however many ask for the key."""
    return TokenCommand(command)
