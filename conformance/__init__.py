"""The property-based conformance suite for the modify assistant operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

__version__ = "0.1.0"

OWN = "__conformance_own__"
"""Where a test of the user's own has what :func:`requirement` says of it: id, sentence, level."""

Test = TypeVar("Test", bound=Callable[..., Any])


@overload
def requirement(id_: Test) -> Test: ...


@overload
def requirement(id_: str = "", sentence: str = "", level: str = "MUST") -> Callable[[Test], Test]: ...


def requirement(id_: Any = "", sentence: str = "", level: str = "MUST") -> Any:
    """Give a test of your own a requirement in the report: ``@requirement("acme.names.kept", "A name is kept.")``.

    ``id_`` is dotted, and its first part is yours: none of the suite's own. Without it the id is made of module and
    function; without ``sentence`` that is the first line of the docstring. ``level`` is ``MUST``, or ``SHOULD`` for
    what counts only with ``--conformance-fail-on=should``. What is wrong with any of it is told when the tests are
    collected.
    """
    if callable(id_):
        return requirement()(id_)

    def declare(test: Test) -> Test:
        test.__dict__[OWN] = (id_, sentence, level)
        return test

    return declare
