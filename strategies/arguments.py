"""What the public strategies are given: each wrong argument is told by its name, before anything is drawn."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis.errors import InvalidArgument

from strategies.editions import DEFAULT, Edition, EditionError
from strategies.editions import edition as read

if TYPE_CHECKING:
    from collections.abc import Collection

Given = Edition | str | os.PathLike[str] | None
"""How an edition may be given: as it is, by its name, by its file, or not at all."""


def edition_of(given: Given) -> Edition:
    """Return the edition that was given, the default one if none was.

    Raises :class:`~strategies.editions.EditionError` for a name or a file that is none, and
    :class:`~hypothesis.errors.InvalidArgument` for what is neither.
    """
    if isinstance(given, Edition):
        return given
    if given is None:
        return read(DEFAULT)
    if not isinstance(given, str | os.PathLike):
        raise InvalidArgument(f"edition={given!r} is neither an Edition nor the name or the file of one")
    try:
        return read(os.fspath(given))
    except EditionError as error:
        raise type(error)(f"edition={given!r}: {error}") from None


def words(argument: str, given: Collection[str] | None) -> tuple[str, ...] | None:
    """Return the strings that were given, each once; raises :class:`InvalidArgument` for anything else."""
    if given is None:
        return None
    if isinstance(given, str | bytes):
        raise InvalidArgument(f"{argument}={given!r} is one string: give a list of strings")
    try:
        found = tuple(given)
    except TypeError:
        raise InvalidArgument(f"{argument}={given!r} is not a list of strings") from None
    if not all(isinstance(one, str) for one in found):
        raise InvalidArgument(f"{argument}={given!r} does not hold strings only")
    return tuple(dict.fromkeys(found))


def number(argument: str, given: int, least: int) -> int:
    """Return the integer that was given; raises :class:`InvalidArgument` for anything else, and below ``least``."""
    if not isinstance(given, int) or isinstance(given, bool):
        raise InvalidArgument(f"{argument}={given!r} is not an integer")
    if given < least:
        raise InvalidArgument(f"{argument}={given!r} is less than {least}")
    return given
