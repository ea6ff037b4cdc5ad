"""Scenarios made for the published document, fitted to an edition of the user's own.

What a case sends is written by hand, with values at the published limits. Where an edition differs, a valid body is cut
to what it allows, one outside a limit keeps what it is about, and what says nothing any more is left out: the limits of
the edition itself have both their sides in the boundaries, which are made from it.
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from conformance.catalogue import catalogue
from conformance.scenario import Content, making_of
from strategies.contract import violations
from strategies.editions import edition as edition_called
from strategies.editions import every_field
from strategies.fitting import fitted
from strategies.jsonvalues import NotJSONError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.scenario import Case, Scenario, Scope
    from strategies.editions import Edition
    from strategies.jsonvalues import JSON

OF_RULES = "validation.rules."
"""What the ids of switched rules begin with: their cases are made from the edition."""


def fitting(found: Iterable[Scenario], edition: Edition) -> Iterator[Scenario]:
    """Yield scenarios as an edition allows them; for a published one as they are."""
    if edition.own is None:
        yield from found
        return
    known = catalogue(edition)
    for one in found:
        cases = tuple(case for case in (_case(case, edition) for case in one.cases) if case is not None)
        cases = tuple(case for case in cases if case.requirement in known)
        named = (one.requirement, *(case.requirement for case in cases), *one.serves)
        first = next((id_ for id_ in named if id_ in known), None)
        if first is None or (one.cases and not cases):
            continue
        yield replace(one, requirement=first, cases=cases, serves=frozenset(one.serves & known.keys()))


def _case(case: Case, edition: Edition) -> Case | None:
    try:
        body = case.body
    except NotJSONError:
        return case
    if not isinstance(body, dict) or case.requirement.startswith(OF_RULES):
        return case
    if case.field not in {"", "*", *edition.fields} and case.field in body:
        return None
    if case.side == "outside":
        return _outside(case, body, edition)
    found = fitted(edition, body)
    if (body and not found) or violations(edition, found):
        return None
    parts = [part for part in (_case(part, edition) for part in case.parts) if part is not None]
    if case.parts and not parts:
        return None
    control = _fitted(case.held_against, edition)
    if found == body and len(parts) == len(case.parts):
        return replace(case, held_against=control, parts=tuple(parts))
    return replace(case, content=Content(found), held_against=control, parts=tuple(parts))


def _outside(case: Case, body: dict[str, JSON], edition: Edition) -> Case | None:
    elsewhere = every_field() - set(edition.fields)
    keep = {field for field in body if field not in elsewhere | set(edition.fields)}
    if case.field in {"", "*"}:
        base = edition_called(edition.own.base) if edition.own is not None else edition
        # What breaks a limit of the edition alone is no part of what the case is about, and is cut.
        keep |= {
            field
            for field in set(body) - elsewhere
            if violations(edition, {field: body[field]})
            and (field not in base.fields or violations(base, {field: body[field]}))
        }
    else:
        keep.add(case.field)
    found = {**fitted(edition, body, keep), **{field: body[field] for field in body if field in keep}}
    found = {field: found[field] for field in body if field in found}
    if not violations(edition, found):
        return None
    content = case.content if found == body else Content(found)
    return replace(case, content=content, held_against=_fitted(case.held_against, edition))


def _fitted(content: Content | None, edition: Edition) -> Content | None:
    if content is None:
        return None
    found = fitted(edition, content.value)
    return content if found == content.value else Content(found)


@lru_cache(maxsize=512)
def scenarios_of(test: Callable[..., None], scope: Scope) -> tuple[Scenario, ...]:
    """Return the scenarios of a test, each with what carries it out; those above the effort are left out.

    They take a while to be made and are asked for in several places, so they are made once for each scope.
    """
    takes_one = "scenario" in inspect.signature(test).parameters
    return tuple(
        replace(one, test=partial(test, scenario=one) if takes_one else test)
        for one in fitting((one for one in making_of(test)(scope) if one.tier <= scope.tier), scope.edition)
    )
