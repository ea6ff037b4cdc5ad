"""Whether an assistant holds what a modify sent, and which requirement each value of it is evidence on."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from conformance.catalogue import roundtrip
from conformance.judging.breach import Aspect, Breach
from conformance.judging.classify import class_of, known_alteration
from conformance.judging.compare import MISSING, Mismatch, default_of, mismatches, shows
from strategies.jsonvalues import JSON, same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.judging.observation import Observation, State
    from strategies.editions import Edition


def holds(
    edition: Edition, body: Mapping[str, JSON], shown: State, seen: Observation, aspect: Aspect, evidence: set[str]
) -> Iterator[Breach]:
    """Say where an assistant departs from what was sent, and add to the evidence what the values are about."""
    for name, sent in body.items():
        if name == roundtrip.HIDDEN and name not in shown:
            continue
        plain, special = requirement_of(edition, name, sent, aspect)
        if is_news(name, body, seen):
            evidence.add(special or plain)
            evidence |= set(nested(name, sent))
        got = shown.get(name, MISSING)
        was = seen.before.get(name, MISSING)
        found = mismatches(name, sent, got, was, merges=seen.merges, usual=default_of(edition, name))
        if found and name == "tools" and _reordered(sent, got):
            special = "roundtrip.tools.order"
        for mismatch in found:
            where = "the answer" if aspect is Aspect.ANSWER else "a GET"
            yield Breach(
                aspect,
                plain,
                name,
                mismatch.dotted,
                shows(where, mismatch.sent),
                shows("it", mismatch.got),
                special or nested_requirement(mismatch) or "",
                class_of(mismatch, sent),
                mismatch.place,
                told=bool(known_alteration(mismatch.sent, mismatch.got)),
            )


def holding(edition: Edition, body: Mapping[str, JSON]) -> Iterator[str]:
    """Return the requirements that a body gives occasion for when it is held."""
    for name, sent in body.items():
        for aspect in (Aspect.ANSWER, Aspect.STORED):
            plain, special = requirement_of(edition, name, sent, aspect)
            yield special or plain
        yield from nested(name, sent)


def is_news(name: str, body: Mapping[str, JSON], seen: Observation) -> bool:
    """Return whether a field was sent a value that it did not have: only then can anything be learnt of it."""
    return bool(mismatches(name, body[name], seen.before.get(name, MISSING), merges=False))


def _reordered(sent: list[JSON], got: JSON) -> bool:
    """Return whether every tool that was sent came back, in another order."""
    if not isinstance(got, list) or len(got) != len(sent):
        return False
    rest = list(got)
    for tool in sent:
        match = next((other for other in rest if not mismatches("tool", tool, other)), None)
        if match is None:
            return False
        rest.remove(match)
    return True


def requirement_of(edition: Edition, name: str, sent: JSON, aspect: Aspect) -> tuple[str, str]:
    """Return the plain requirement about a field and, for null and empty values, the special one."""
    if name == roundtrip.HIDDEN:
        return roundtrip.EFFORT, ""
    plain = f"roundtrip.{name}.{'answered' if aspect is Aspect.ANSWER else 'stored'}"
    if sent is None:
        return plain, f"roundtrip.{name}.null"
    if name in edition.empty and same(sent, edition.empty[name]):
        return plain, f"roundtrip.{name}.empty"
    return plain, ""


def nested_requirement(mismatch: Mismatch) -> str | None:
    """Return the requirement about the nested place of a mismatch, if it has one."""
    names = [part for part in mismatch.place if isinstance(part, str)]
    inside_tools = names[0] == "tools" and len(names) > 1 and "parameters" not in names
    if inside_tools and isinstance(mismatch.sent, dict) and not mismatch.sent:
        return roundtrip.NESTED_EMPTY
    while len(names) > 1:
        candidate = ".".join(names)
        if candidate in roundtrip.PLACES:
            return f"roundtrip.{candidate}"
        names.pop()
    return None


def nested(name: str, sent: JSON) -> Iterator[str]:
    """Return the requirements about nested places that a sent value exercises."""
    values = sent if isinstance(sent, list) else [sent]
    for place, path in _places_of(name):
        if place == "tools.order":
            if len(values) > 1:
                yield "roundtrip.tools.order"
        elif any(_reaches(value, path) for value in values):
            yield f"roundtrip.{place}"


@cache
def _places_of(name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the nested places of a field that have a requirement, each with the way to it inside the field."""
    split = ((place, place.split(".")) for place in roundtrip.PLACES)
    return tuple((place, tuple(path)) for place, (head, *path) in split if head == name)


def _reaches(value: JSON, path: tuple[str, ...]) -> bool:
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True
