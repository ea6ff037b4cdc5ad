"""Faults that accept what must be refused or refuse what must be accepted: every constraint, every limit by one."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from conformance.catalogue.validation import of_constraint
from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import no_object
from conformance.reference.faults.fault import Fault, Shown
from conformance.reference.faults.places import altered, found, inside, outside
from conformance.reference.faults.steps import Demanding, Doctoring, Overlooking
from strategies.constraints import constraints
from strategies.editions import DEFAULT, edition, names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.exchange import Request
    from conformance.reference.faults.steps import Sent
    from conformance.reference.problems import Problem
    from strategies.constraints import Constraint
    from strategies.jsonvalues import JSON

_UPPER = {"maxLength", "maxItems", "maxProperties", "maximum"}
_LOWER = {"minLength", "minItems", "minimum"}


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from of_constraints(constraints(edition()))
    seen = {constraint.id for constraint in constraints(edition())}
    for other in (edition(name) for name in names() if name != DEFAULT):
        new = [constraint for constraint in constraints(other) if constraint.id not in seen]
        yield from (replace(fault, edition=other.name) for fault in of_constraints(new))
        seen |= {constraint.id for constraint in new}
    for place, limit in _LENGTHS.items():
        yield from _units(place, limit)


def of_constraints(found: Iterable[Constraint]) -> Iterator[Fault]:
    """Return the faults of constraints: overlooked, by one too strict, by one too lenient."""
    for constraint in found:
        if not constraint.place:
            yield _of_body(constraint)
        elif constraint.keyword == "nullable" and constraint.value:
            yield _null_refused(constraint)
        else:
            yield _overlooked(constraint)
        if constraint.keyword in _UPPER | _LOWER:
            # Whoever takes one vector store at most and refuses that one may just not know it.
            if constraint.place != "tool_resources.file_search.vector_store_ids":
                yield _tight(constraint)
            if constraint.keyword not in {"minLength", "minItems"}:
                yield _loose(constraint)


def _name(constraint: Constraint) -> str:
    return constraint.id.replace(".", "-").replace("_", "-")


class _TakesForObject(Behaviour):
    """Takes what is no object for an empty one."""

    def __init__(self, takes: Callable[[JSON], bool]) -> None:
        self._takes = takes

    def read_body(self, request: Request) -> dict[str, JSON]:
        """Return ``{}`` for the values that the function picks."""
        value = self.read(request.body)
        if isinstance(value, dict):
            return super().read_body(request)
        if self._takes(value):
            return {}
        raise no_object(value)


def _of_body(constraint: Constraint) -> Fault:
    sentence = f"overlooks {constraint}"
    behaviour: Callable[[], Behaviour]
    shows: tuple[Shown, ...]
    match constraint.keyword:
        case "type":
            sentence = "takes an array, a string, a number or a boolean as body for an empty object"
            behaviour, shows = partial(_TakesForObject, lambda value: value is not None), (b"[]", b'"x"')
        case "nullable":
            sentence = "takes null as body for an empty object"
            behaviour, shows = partial(_TakesForObject, lambda value: value is None), (b"null",)
        case _:
            behaviour, shows = partial(Overlooking, _unknown_at_the_top), ({"unknown": 1},)
    return Fault(
        f"overlooks-{_name(constraint)}", of_constraint(constraint), sentence, behaviour, shows, ("transport.*",)
    )


def _unknown_at_the_top(problem: Problem) -> bool:
    return problem.keyword == "additionalProperties" and not problem.place


def _overlooked(constraint: Constraint) -> Fault:
    def picks(problem: Problem) -> bool:
        if constraint.keyword == "maxProperties" and problem.keyword == "mergedPairs":
            return True
        if (problem.place, problem.keyword) != (constraint.place, constraint.keyword):
            return False
        return constraint.keyword != "required" or problem.key == constraint.value

    return Fault(
        f"overlooks-{_name(constraint)}",
        of_constraint(constraint),
        f"overlooks {constraint}, and stores the value as it was sent",
        partial(Overlooking, picks),
        (outside(constraint),),
        # What no double holds is of no type here, and beyond the limits as well.
        (of_constraint(constraint).replace(".type", ".m*imum"), "transport.long_numbers")
        if _is_numeric(constraint)
        else (),
    )


def _is_numeric(constraint: Constraint) -> bool:
    return constraint.keyword == "type" and constraint.value in ("number", "integer")


def _null_refused(constraint: Constraint) -> Fault:
    def objects(sent: Sent) -> str | None:
        for field, value in sent.items():
            if None in found(constraint.place, field, value):
                return field
        return None

    field = constraint.field
    nested = constraint.place != field
    return Fault(
        f"null-refused-{constraint.place.replace('[]', '').replace('.', '-').replace('_', '-')}",
        of_constraint(constraint),
        f"rejects null at {constraint.place}",
        partial(Demanding, objects),
        (outside(constraint),),
        () if nested else ("validation.combinations", "roundtrip.*"),
    )


def _size(constraint: Constraint, value: JSON) -> float | None:
    """Return what a constraint measures of a value, or ``None`` for a value of another type."""
    if constraint.keyword in {"minimum", "maximum"}:
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    return len(value) if isinstance(value, str | list | dict) else None


def _tight(constraint: Constraint) -> Fault:
    def objects(sent: Sent) -> str | None:
        for field, value in sent.items():
            if any(_size(constraint, item) == constraint.value for item in found(constraint.place, field, value)):
                return field
        return None

    return Fault(
        f"limit-excluded-{_name(constraint)}",
        of_constraint(constraint),
        f"rejects a value that is exactly at {constraint}",
        partial(Demanding, objects),
        (inside(constraint),),
        ("roundtrip.large_values", "validation.code_points", "validation.combinations", *_of_zero(constraint)),
    )


def _of_zero(constraint: Constraint) -> tuple[str, ...]:
    zero = constraint.keyword == "minimum" and constraint.place in {"temperature", "top_p"}
    return (f"roundtrip.{constraint.field}.empty",) if zero else ()


def _loose(constraint: Constraint) -> Fault:
    limit = constraint.value

    def within(value: JSON) -> JSON:
        size = _size(constraint, value)
        if size is None:
            return value
        if constraint.keyword == "maxProperties":
            return dict(list(value.items())[:limit]) if size == limit + 1 else value
        if constraint.keyword in {"maxLength", "maxItems"}:
            return value[:limit] if size == limit + 1 else value
        beyond = size - limit if constraint.keyword == "maximum" else limit - size
        return limit if 0 < beyond <= 1 else value

    def change(field: str, value: JSON) -> JSON:
        return altered(constraint.place, field, value, within)

    class Loose(Doctoring):
        def overlooks(self, problem: Problem) -> bool:
            return constraint.keyword == "maxProperties" and problem.keyword == "mergedPairs"

    return Fault(
        f"limit-by-one-{_name(constraint)}",
        of_constraint(constraint),
        f"takes a value that is beyond {constraint} by one, and none farther away",
        partial(Loose, change),
        (outside(constraint),),
    )


_LENGTHS = {
    "name": 256,
    "description": 512,
    "instructions": 256_000,
    "metadata.keys": 64,
    "metadata.values": 512,
}
_UNITS: dict[str, tuple[str, Callable[[str], int]]] = {
    "utf-16-units": ("😀", lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2),
    "bytes": ("é", lambda text: len(text.encode("utf-8", "surrogatepass"))),
    "composed-letters": ("e\u0301", lambda text: len(unicodedata.normalize("NFC", text))),
    "characters-of-the-basic-plane": ("😀", lambda text: sum(char <= "\uffff" for char in text)),
}
"""For each unit a text in which it makes a difference, and how it is counted."""
_STRICTER = ("utf-16-units", "bytes")


def _units(place: str, limit: int) -> Iterator[Fault]:
    for unit, (sample, measure) in _UNITS.items():
        stricter = unit in _STRICTER
        size = limit if stricter else limit + 1
        text = (sample * size)[:size]
        whole: JSON = {"metadata.keys": {text: "v"}, "metadata.values": {"k": text}}.get(place, text)
        yield Fault(
            f"length-in-{unit}-{place.replace('.', '-')}",
            "validation.code_points",
            f"counts the length of {place} in {unit.replace('-', ' ').replace('utf 16', 'UTF-16')}",
            _too_long_in(place, limit, measure) if stricter else _short_in(place, limit, measure),
            ({place.split(".", maxsplit=1)[0]: whole},),
            ("roundtrip.large_values", "validation.combinations"),
        )


def _too_long_in(place: str, limit: int, measure: Callable[[str], int]) -> Callable[[], Behaviour]:
    def objects(sent: Sent) -> str | None:
        for field, value in sent.items():
            if any(isinstance(item, str) and measure(item) > limit for item in found(place, field, value)):
                return field
        return None

    return partial(Demanding, objects)


def _short_in(place: str, limit: int, measure: Callable[[str], int]) -> Callable[[], Behaviour]:
    def shortened(value: JSON) -> JSON:
        return value[:limit] if isinstance(value, str) and measure(value) <= limit else value

    def change(field: str, value: JSON) -> JSON:
        return altered(place, field, value, shortened)

    return partial(Doctoring, change)
