"""Where a JSON value that arrived departs from the one that was given: each place, and what was done there.

It serves both directions: the body that a caller gave and the one that left, the assistant that came over the wire and
the one that the caller got. Going down stops where something is wrong, so one cause gives one difference where it can.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from conformance.judging.brief import brief
from conformance.judging.compare import FREE_JSON, MISSING, Place, dotted
from strategies.jsonvalues import JSON, same

if TYPE_CHECKING:
    from collections.abc import Iterator


class Kind(Enum):
    """What was done at a place."""

    DROPPED = "not there"
    INVENTED = "was not given"
    RENAMED = "under another name"
    REORDERED = "in another order"
    CHANGED = "another value"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where what arrived is not what was given."""

    place: Place
    kind: Kind
    given: JSON
    """``MISSING`` where nothing was given."""
    got: JSON
    """``MISSING`` where nothing arrived; for a renamed key the name that it has now."""

    @property
    def dotted(self) -> str:
        """Return the place as text: ``tools[0].function.name``."""
        return dotted(self.place)

    @property
    def free(self) -> bool:
        """Whether it is inside free JSON; a ``parameters`` that is lost altogether is not."""
        *above, last = self.place or ("",)
        return any(part in FREE_JSON for part in above) or (last in FREE_JSON and self.kind is not Kind.DROPPED)

    @property
    def expected(self) -> str:
        """Say what was given, in a line."""
        return f"without {self.dotted}" if self.given is MISSING else f"{self.dotted}: {brief(self.given)}"

    @property
    def actual(self) -> str:
        """Say what arrived, in a line."""
        if self.got is MISSING:
            return f"without {self.dotted}"
        if self.kind is Kind.RENAMED:
            return f"{self.dotted} is called {brief(self.got)}"
        return f"{self.dotted}: {brief(self.got)}"


def differences(given: JSON, got: JSON, place: Place = ()) -> Iterator[Difference]:
    """Return the places where ``got`` is not ``given``: order of keys aside, ``1`` and ``1.0`` alike."""
    if same(given, got):
        return
    if isinstance(given, dict) and isinstance(got, dict):
        yield from _of_objects(given, got, place)
    elif isinstance(given, list) and isinstance(got, list) and len(given) == len(got):
        if _is_reordered(given, got):
            yield Difference(place, Kind.REORDERED, given, got)
        else:
            for index, value in enumerate(given):
                yield from differences(value, got[index], (*place, index))
    else:
        yield Difference(place, Kind.CHANGED, given, got)


def _of_objects(given: dict[str, JSON], got: dict[str, JSON], place: Place) -> Iterator[Difference]:
    extra = [key for key in got if key not in given]
    lost = [key for key in given if key not in got]
    for key, value in given.items():
        if key in got:
            yield from differences(value, got[key], (*place, key))
            continue
        other = next((name for name in extra if value is not None and same(value, got[name])), None)
        if other is None:
            yield Difference((*place, key), Kind.DROPPED, value, MISSING)
        else:
            extra.remove(other)
            yield Difference((*place, key), Kind.RENAMED, value, other)
    # What was lost here may be among what is new here, in another shape: that would be one cause told twice.
    if not lost:
        for key in extra:
            yield Difference((*place, key), Kind.INVENTED, MISSING, got[key])


def _is_reordered(given: list[JSON], got: list[JSON]) -> bool:
    """Return whether all items are there, in another order."""
    rest = list(got)
    for item in given:
        found = next((index for index, other in enumerate(rest) if same(item, other)), None)
        if found is None:
            return False
        del rest[found]
    return True
