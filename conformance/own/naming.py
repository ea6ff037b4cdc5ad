"""What tests of the user's own are called in the report: by an id of their own, which is none of the suite's."""

from __future__ import annotations

import inspect
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from conformance import OWN
from conformance.catalogue import Requirement, catalogue
from conformance.errors import UsageError
from strategies.editions import edition, names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pytest

    from conformance.catalogue.requirement import Level, Role

PREFIX = "own"
"""What an id begins with that is made of module and function."""
_RESERVED = frozenset({"conformance", "observed", "unspecified"})
_ID = re.compile(r"[a-z][a-z0-9_-]*(\.[A-Za-z0-9_-]+)+")
_NOT_OF_IDS = re.compile(r"[^A-Za-z0-9_.-]")
_LEVELS = ("MUST", "SHOULD")


def requirements_of(tests: Iterable[pytest.Function], role: Role) -> dict[pytest.Function, Requirement]:
    """Return the requirement of each test; those of one function have one, whatever they are parametrised with.

    ``role`` is the kind of target. Raises :class:`UsageError`, one line, for what is no id, for one that begins as
    those of the suite do, and for one that two tests have.
    """
    found: dict[pytest.Function, Requirement] = {}
    owners: dict[str, str] = {}
    for test in tests:
        one = _requirement(test, role)
        where = f"{test.path}::{_qualified(test)}"
        if owners.setdefault(one.id, where) != where:
            first = owners[one.id].rpartition("/")[2]
            raise UsageError(
                f"two tests are called {one.id}: {first} and {one.source}",
                'give one of them an id of its own: @requirement("…")',
            )
        found[test] = one
    return found


def said(function: Callable[..., object]) -> tuple[str, str, str] | None:
    """Return what a test says of its requirement: id, sentence, level; ``None`` where it says nothing.

    Hypothesis puts a function of its own in the place of a test, and keeps that as ``hypothesis.inner_test``.
    """
    within = getattr(getattr(function, "hypothesis", None), "inner_test", None)
    found: tuple[str, str, str] | None = next(
        (one.__dict__[OWN] for one in (function, within) if OWN in getattr(one, "__dict__", {})), None
    )
    return found


@cache
def families() -> frozenset[str]:
    """Return the first parts of the ids of all editions."""
    every = (one.family for name in names() for one in catalogue(edition(name)).values())
    return frozenset(every) | _RESERVED


def is_of_the_suite(id_: str) -> bool:
    """Return whether an id begins as those of the suite's own requirements do."""
    return id_.split(".", maxsplit=1)[0] in families()


def _requirement(test: pytest.Function, role: Role) -> Requirement:
    id_, sentence, level = said(test.function) or ("", "", "MUST")
    source = _source(test)
    for name, value in (("id", id_), ("sentence", sentence)):
        if not isinstance(value, str):
            raise UsageError(f"{source}: its {name} is not text", '@requirement("acme.names.kept", "A name is kept.")')
    id_ = id_ or _made(test)
    if not _ID.fullmatch(id_):
        raise UsageError(
            f"{source}: {id_[:100]!r} is not a valid id", "write at least two words with a dot between: acme.names"
        )
    if is_of_the_suite(id_):
        raise UsageError(f"{source}: {id_} begins as the suite's own requirements do", "begin it with a word of yours")
    if level not in _LEVELS:
        raise UsageError(f"{source}: {level!r} is not a level for your own tests", "write MUST or SHOULD")
    told = sentence or _first_line(test) or test.originalname.removeprefix("test_").replace("_", " ")
    return Requirement(id_, cast("Level", level), "own", " ".join(told.split()), source, frozenset({role}))


def _made(test: pytest.Function) -> str:
    return _NOT_OF_IDS.sub("_", f"{PREFIX}.{test.path.stem}.{_qualified(test)}")


def _qualified(test: pytest.Function) -> str:
    within = [f"{test.cls.__qualname__}."] if test.cls is not None else []
    return "".join([*within, test.originalname]).replace("<locals>.", "")


def _source(test: pytest.Function) -> str:
    """Return where a test stands, as pytest is given it in the folder that it was started in."""
    folder = test.config.invocation_params.dir
    path = test.path.relative_to(folder) if test.path.is_relative_to(folder) else Path(test.path.name)
    return f"{path.as_posix()}::{_qualified(test).replace('.', '::')}"


def _first_line(test: pytest.Function) -> str:
    return (inspect.getdoc(test.function) or "").partition("\n\n")[0].strip()
