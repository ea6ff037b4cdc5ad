"""Every constraint from both sides: values just inside and just outside, each in a body and beside its control.

The list is the same every time; :func:`boundary_cases` sets what is in it into drawn valid bodies. In each body exactly
one constraint is broken, or none: a refusal then has one reason only, and an acceptance shows the lack of one check.
The one exception is an empty name, which is too short for ``minLength`` and, for that reason alone, no match of the
pattern either.
"""

from __future__ import annotations

import reprlib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from hypothesis import strategies as st

from strategies.arguments import Given, edition_of, words
from strategies.bodies import modify_bodies
from strategies.broken import constraints_broken
from strategies.constraints import Constraint, constraints
from strategies.contract import violations
from strategies.jsonvalues import JSON, same
from strategies.places import Ids, fullest, neighbours, places
from strategies.sides import Site, inside, outside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from strategies.editions import Edition
    from strategies.places import Place
    from strategies.sides import Value

Side = Literal["inside", "outside"]

_SHORT = reprlib.Repr()
_SHORT.maxstring = 80
_SHORT.maxlevel = 8

_SAMPLED = frozenset({"temperature", "top_p"})
_EFFORT = frozenset({"model", "reasoning_effort"})
_JSON_FORMATS = frozenset({"json_object", "json_schema"})
_AMID = 2
"""After how many plain cases the one amid good items follows: early, for judging only the first item is common."""


@dataclass(frozen=True, slots=True, repr=False)
class Boundary:
    """A value at the edge of one constraint, in a body that is otherwise valid."""

    constraint: Constraint
    side: Side
    label: str
    """What is special about the value; the only one of its constraint and side."""
    body: JSON
    """The body to send. It is no object where the type of the whole body is the constraint."""
    control: Mapping[str, JSON] | None
    """A valid body to hold it against: outside, one that differs in this one thing; inside, one with a plain value at
    the place, or ``None`` when the body is that itself."""

    def __repr__(self) -> str:
        return f"Boundary({self.constraint}, {self.side}: {self.label}, body={_SHORT.repr(self.body)})"

    @property
    def valid(self) -> JSON:
        """Return the body that is to be accepted: the control of one outside, else the body itself."""
        return self.body if self.side == "inside" else self.control


@cache
def boundaries(
    edition: Edition,
    *,
    model: str = "gpt-4o",
    reasoning_model: str | None = None,
    file_ids: tuple[str, ...] = (),
    vector_store_ids: tuple[str, ...] = (),
) -> tuple[Boundary, ...]:
    """Return both sides of every constraint of an edition, constraint by constraint, inside first.

    Bodies about ``reasoning_effort`` name ``reasoning_model``, without it the first of the o-series that the edition
    lists. Ids of files and vector stores are the given ones first, then made up in the usual form. Nullable places
    have no outside. The bodies are shared and must not be changed.

    On each side the most telling values come first.
    """
    reasoning = reasoning_model or _o_series(edition)
    ids = Ids(model, reasoning, file_ids, vector_store_ids, model_takes_effort=edition.takes_effort(model) is True)
    found = tuple(_listed(edition, ids))
    return found if edition.own is None else tuple(one for one in found if _holds(edition, one))


def _o_series(edition: Edition) -> str:
    reasoning = [model for model in edition.models if edition.takes_effort(model)]
    return next((model for model in reasoning if model.startswith("o")), (*reasoning, "o3-mini")[0])


def _holds(edition: Edition, boundary: Boundary) -> bool:
    """Return whether a boundary is one by an edition of the user's own, whose limits others may not go with."""
    control = boundary.control is None or not violations(edition, boundary.control)
    if boundary.side == "inside":
        return control and not violations(edition, boundary.body)
    broken = constraints_broken(edition, boundary.body)
    # An empty text misses the pattern as well, and what is of no type of a union is none of its words.
    return control and boundary.constraint in broken and len({one.place for one in broken}) == 1


def _listed(edition: Edition, ids: Ids) -> Iterator[Boundary]:
    found = places(ids, edition)
    beside: dict[str, dict[str, JSON]] = defaultdict(dict)
    for constraint in constraints(edition):
        beside[constraint.place][constraint.keyword] = constraint.value
    for constraint in constraints(edition):
        place = found[constraint.place]
        site = Site(constraint, place.plain, beside[constraint.place], ids, edition)
        yield from (_inside(constraint, place, value) for value in inside(site))
        cases = [_outside(constraint, place, value) for value in outside(site)]
        around = neighbours(constraint.place, ids)
        if cases and around:
            first = outside(site)[0]
            cases.insert(_AMID, _outside(constraint, place.amid(*around), first, "amid good ones: "))
        beside_all = fullest(constraint.place, ids)
        if cases and beside_all is not None and constraint.keyword not in {"nullable", "type"}:
            crowded = _outside(constraint, place.amid_all(beside_all), outside(site)[0], "beside all that may be: ")
            cases += [crowded] if not same(crowded.body, cases[0].body) else []
        yield from cases


def _inside(constraint: Constraint, place: Place, value: Value) -> Boundary:
    if constraint.field == "reasoning_effort" and value.value is None:
        # Null is for models that take no effort: with the place's own model it would be permitted.
        return Boundary(constraint, "inside", value.label, {"reasoning_effort": None}, None)
    control = None if same(value.value, place.plain) else place.body
    return Boundary(constraint, "inside", value.label, place.put(value.value), control)


def _outside(constraint: Constraint, place: Place, value: Value, before: str = "") -> Boundary:
    return Boundary(constraint, "outside", before + value.label, place.put(value.value), place.put(value.control))


def boundary_cases(
    *,
    edition: Given = None,
    models: Sequence[str] | None = None,
    file_ids: Sequence[str] | None = None,
    vector_store_ids: Sequence[str] | None = None,
) -> st.SearchStrategy[Boundary]:
    """Return a strategy for boundaries of an edition, each set into a drawn valid body around it; the control as well.

    What is drawn around never touches the fields of the boundary, nor brings in a rule that joins fields: inside,
    the contract accepts the body if the target knows the ids in it; outside, one constraint is broken. A boundary
    whose body is no object stands alone. The options are those of :func:`~strategies.bodies.modify_bodies`.
    """
    edition = edition_of(edition)
    models, file_ids = words("models", models), words("file_ids", file_ids)
    vector_store_ids = words("vector_store_ids", vector_store_ids)
    listed = edition.models if models is None else models
    plain = tuple(model for model in listed if not edition.takes_effort(model))
    reasoning = tuple(model for model in listed if edition.takes_effort(model))
    named = _at_hand(edition, plain, reasoning, file_ids or (), vector_store_ids or ())

    @cache
    def around(fields: frozenset[str]) -> st.SearchStrategy[dict[str, JSON]]:
        # Without efforts no reasoning model is drawn; where there is no other, none is drawn at all.
        fields = fields if plain or "reasoning_effort" in fields else fields - {"model"}
        return modify_bodies(
            edition=edition, models=models, file_ids=file_ids, vector_store_ids=vector_store_ids, fields=fields
        )

    one_of_them = st.sampled_from(named)

    @st.composite
    def cases(draw: st.DrawFn) -> Boundary:
        boundary = draw(one_of_them)
        if not isinstance(boundary.body, dict):
            return boundary
        drawn = draw(around(surroundings(boundary, edition)))
        control = None if boundary.control is None else {**drawn, **boundary.control}
        return Boundary(boundary.constraint, boundary.side, boundary.label, {**drawn, **boundary.body}, control)

    return cases()


def _at_hand(
    edition: Edition,
    plain: tuple[str, ...],
    reasoning: tuple[str, ...],
    file_ids: tuple[str, ...],
    vector_store_ids: tuple[str, ...],
) -> tuple[Boundary, ...]:
    usual = "gpt-4o" in plain or not (plain or reasoning)
    o_series = _o_series(edition)
    return boundaries(
        edition,
        model="gpt-4o" if usual else (*plain, *reasoning)[0],
        reasoning_model=o_series if o_series in reasoning or not reasoning else reasoning[0],
        file_ids=file_ids,
        vector_store_ids=vector_store_ids,
    )


def surroundings(boundary: Boundary, edition: Edition) -> frozenset[str]:
    """Return the fields that may stand around a boundary without touching it or joining a rule with it."""
    accepted = [body for body in (boundary.valid, boundary.control) if body]
    taken = {boundary.constraint.field, *boundary.body, *(field for body in accepted for field in body)}
    if taken & _EFFORT:
        taken |= _EFFORT
    if taken & _SAMPLED:
        taken |= {"reasoning_effort"}  # no reasoning model, which takes neither
    if any("model" in body for body in accepted):
        taken |= {"response_format"}  # few models know JSON formats
    if any(body.get("reasoning_effort") is not None for body in accepted):
        taken |= _SAMPLED
    if any(_format_tag(body) in _JSON_FORMATS for body in accepted):
        taken |= _EFFORT | {"tools"}
    if any(tool["type"] != "function" for body in accepted for tool in body.get("tools", ())):
        taken |= {"response_format"}
    return frozenset(edition.fields) - taken


def _format_tag(body: Mapping[str, JSON]) -> JSON:
    value = body.get("response_format")
    return value.get("type") if isinstance(value, dict) else None
