"""Which tests are about a requirement; the index beside the suites is written from it.

``python -m conformance.suites.index`` writes it anew, and a test holds it to the suites.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.catalogue import catalogue
from conformance.fitting import scenarios_of
from conformance.scenario import Scope
from conformance.suites.plan import tests
from strategies.contract import Contract
from strategies.editions import edition, names
from strategies.permissions import known_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.scenario import Scenario

FILE = Path(__file__).with_name("index.md")

_HEAD = """\
# Which tests are about a requirement

Written by `python -m conformance.suites.index`. The tests that are made for a requirement come first; every exchange of
every other test is judged in full all the same, so a requirement without a test of its own is shown by all of them.
`conformance explain ID` tells more.

"""


@dataclass(frozen=True, slots=True)
class Home:
    """A test that is about a requirement."""

    test: Callable[..., None]
    scenarios: tuple[Scenario, ...]
    """Those of its scenarios that give evidence on the requirement."""

    @property
    def name(self) -> str:
        """File and function, as pytest has them."""
        return f"{self.file.name}::{self.test.__name__}"

    @property
    def file(self) -> Path:
        """The file of the test."""
        return Path(inspect.getfile(inspect.unwrap(self.test)))

    @property
    def line(self) -> int:
        """The line of the file on which the test begins, counted from one."""
        return inspect.getsourcelines(self.test)[1]

    @property
    def sentence(self) -> str:
        """What the test says of itself."""
        return (inspect.getdoc(self.test) or "").partition("\n\n")[0]


@cache
def homes(edition_name: str) -> Mapping[str, tuple[Home, ...]]:
    """Return the tests about each requirement of an edition.

    Those that name it come before those whose cases do, and those that are about little else before others.
    """
    the_edition = edition(edition_name)
    known = known_ids(the_edition)
    scope = Scope(Contract(the_edition, known), min(known.models), "standard", 0)
    found: dict[str, list[tuple[bool, int, Home]]] = {id_: [] for id_ in catalogue(the_edition)}
    for test in tests(None):
        by_id: dict[str, list[Scenario]] = {}
        for one in scenarios_of(test, scope):
            for id_ in one.ids:
                by_id.setdefault(id_, []).append(one)
        for id_, some in by_id.items():
            if id_ in found:
                serves = all(one.requirement != id_ and id_ not in one.serves for one in some)
                found[id_].append((serves, min(len(one.ids) for one in some), Home(test, tuple(some))))
    return {id_: tuple(home for *_, home in sorted(some, key=lambda one: one[:2])) for id_, some in found.items()}


def index() -> str:
    """Return the index of all editions."""
    lines: dict[str, str] = {}
    for name in names():
        for id_, found in homes(name).items():
            told = ", ".join(dict.fromkeys(home.name for home in found[:3])) or "every exchange of every test"
            more = f" and {len(found) - 3} more" if len(found) > 3 else ""
            lines.setdefault(id_, f"- {id_}: {told}{more}\n")
    return _HEAD + "".join(lines[id_] for id_ in sorted(lines))


if __name__ == "__main__":
    FILE.write_text(index(), "utf-8")
