"""The round trip of every field: each value singly on a rich and on a bare assistant, then fields together."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, count
from typing import TYPE_CHECKING

from conformance.catalogue import roundtrip, validation
from conformance.scenario import Case, Content, Scenario, Scope, case, scenarios
from conformance.states import (
    FUNCTION,
    JSON_SCHEMA_FORMAT,
    InitialState,
    file_ids,
    full_pairs,
    initial_states,
    plain,
    store_ids,
)
from conformance.suites.values import Value, of_free_json, values
from strategies.contract import Ruling
from strategies.freejson import FREE_JSON
from strategies.permissions import JSON_MODELS
from strategies.serialisations import STYLES, serialisations, serialised

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.campaign.session import Session
    from strategies.editions import Edition
    from strategies.jsonvalues import JSON
    from strategies.permissions import KnownIds


_BOTH: list[JSON] = [{"type": "code_interpreter"}, {"type": "file_search"}]
"""Tools for all resources that are stored: without one of them a refusal would be permitted."""
_MODELS, _PLAIN = 15, 5
"""Of how many models one is read back, and of how many plain values."""


def _nullable(scope: Scope) -> Iterator[Scenario]:
    return _values(scope, [field for field in scope.edition.shown if field in scope.edition.nullable])


def _not_nullable(scope: Scope) -> Iterator[Scenario]:
    return _values(scope, [field for field in scope.edition.shown if field not in scope.edition.nullable])


def _values(scope: Scope, fields: list[str]) -> Iterator[Scenario]:
    plains = plain(scope.contract, scope.model)
    for field in fields:
        yield from _field(field, scope.edition, scope.known, plains[field])


def _field(field: str, edition: Edition, known: KnownIds, plain_value: JSON) -> Iterator[Scenario]:
    homes: dict[str, InitialState] = {"response_format": "structured", "tools": "without_resources"}
    home = homes.get(field, "populated")
    every = values(field, edition, known)
    aspects = (
        "answered",
        "stored",
        *(("null",) if field in edition.nullable else ()),
        *(("empty",) if field in edition.empty else ()),
    )
    serves = frozenset(f"roundtrip.{field}.{aspect}" for aspect in aspects) | {
        value.requirement for value in every if value.requirement
    }
    for tier in (0, 1):
        cases = tuple(_case(field, value, plain_value) for value in every if value.tier == tier)
        if not cases:
            continue
        cases = tuple(_seldom_read(cases, field)) if tier == 0 and field not in _MERGED else cases
        first = _case(field, Value("the plain value", plain_value), plain_value)
        yield Scenario(f"roundtrip.{field}.stored", tier, home, (first, *cases), serves=serves, label=field)
        yield Scenario(f"roundtrip.{field}.stored", 1, "minimal", (*cases, first), serves=serves, label=f"{field}-bare")


def _seldom_read(cases: Sequence[Case], field: str) -> Iterator[Case]:
    """Return cases of which some plain ones are not read back: of those the answers tell.

    Any model may be put for another, which the answer tells as well.
    """
    every = _MODELS if field == "model" else _PLAIN
    plain = (f"roundtrip.{field}.stored", roundtrip.AFTER_NULL, validation.LISTED_MODELS)
    passed = count()
    for one in cases[:-1]:
        is_plain = one.requirement in plain and next(iter(one.body.values())) not in _NOTHING
        yield replace(one, read=False) if is_plain and next(passed) % every else one
    yield from cases[-1:]


_MERGED = frozenset({"metadata", "tool_resources"})
"""Fields that are put together with what is stored: what a GET shows tells more than the answer."""
_NOTHING: tuple[JSON, ...] = (None, "", [], {}, 0)
"""Values that are told apart from what is not sent."""


def _case(field: str, value: Value, plain_value: JSON) -> Case:
    requirement = value.requirement or f"roundtrip.{field}.stored"
    control = {field: plain_value if value.control is None else value.control}
    return case(requirement, f"{field}: {value.label}", {field: value.value}, about=field, control=control)


def _efforts(scope: Scope) -> Iterator[Scenario]:
    edition = scope.edition
    model, *others = sorted(edition.reasoning_models, key=lambda one: (len(one), one)) or [scope.model]
    cases: list[Case] = []
    for effort in edition.efforts:
        body: dict[str, JSON] = {"model": model, "reasoning_effort": effort, "temperature": None, "top_p": None}
        if effort == "high":  # who sets a model may set an effort with it, and the one that was sent is behind it
            body = dict(reversed(body.items()))
        cases.append(case(roundtrip.EFFORT, f"reasoning_effort {effort}", body, about=roundtrip.HIDDEN))
        if effort == "low" and others:  # not last, for null must be seen to clear what a single modify set
            cases.append(case(roundtrip.EFFORT, "another model that takes the effort", {"model": others[0]}))
    cleared: dict[str, JSON] = {"model": model, "reasoning_effort": None, "temperature": None, "top_p": None}
    cases.append(case(roundtrip.EFFORT, "null", cleared, about=roundtrip.HIDDEN))
    # Many refuse sampling values with a reasoning model; where they are taken, an effort is no reason to move them.
    sampled: dict[str, JSON] = {"model": model, "reasoning_effort": "high", "temperature": 0.5, "top_p": 0.5}
    cases.append(case(roundtrip.EFFORT, "beside sampling values", sampled, about=roundtrip.HIDDEN))
    cases.append(case(roundtrip.EFFORT, "an effort alone", {"reasoning_effort": "low"}, about=roundtrip.HIDDEN))
    cases.append(case(roundtrip.EFFORT, "nulls beside an effort", {"name": None, "description": None, "tools": []}))
    yield Scenario(roundtrip.EFFORT, 0, "minimal", tuple(cases))


def _fewer(known: KnownIds) -> dict[str, tuple[Case, ...]]:
    """Return what is sent alone behind which body, while tools of all kinds and their resources are stored.

    It may be refused in this state; a server that takes it must not adapt what was not sent.
    """
    kept = "roundtrip.tool_resources.kept"
    both: dict[str, JSON] = {
        "code_interpreter": {"file_ids": file_ids(known, 2)},
        "file_search": {"vector_store_ids": store_ids(known, 1)},
    }
    return {
        "nothing": (case(kept, "no tools beside stored resources", {"tools": []}),),
        "every field again": (
            replace(case("roundtrip.tool_resources.stored", "both resources", {"tool_resources": both}), read=False),
            case(kept, "one function for all tools", {"tools": [FUNCTION]}),
        ),
        "every field as it was made": (
            case("roundtrip.tools.kept", "a JSON schema beside all tools", {"response_format": JSON_SCHEMA_FORMAT}),
        ),
    }


def _combined(scope: Scope) -> Iterator[Scenario]:
    """Several fields at once: all of them plain, null, empty, at their limits."""
    plains = plain(scope.contract, scope.model)
    every = {key: value for key, value in plains.items() if key != roundtrip.HIDDEN} | {"tools": _BOTH}
    nulls: dict[str, JSON] = {field: None for field in scope.edition.shown if field in scope.edition.nullable}
    limits: dict[str, JSON] = {
        # More than a MiB in all, which is what many gateways let pass; each of them is less.
        "name": "😀" * 256,
        "description": "😀" * 512,
        "instructions": "😀" * 256_000,
        "metadata": dict.fromkeys(full_pairs(), "😀" * 512),
        "temperature": 2,
        "top_p": 1,
        "tools": [{"type": "function", "function": {"name": f"f{number}".ljust(64, "_")}} for number in range(128)],
    }
    bodies: list[tuple[str, dict[str, JSON]]] = [
        ("every field", every),
        ("nothing", {}),
        ("every null", nulls),
        # Here no resource is stored that could permit a refusal of other tools.
        ("every empty value after nulls", dict(scope.edition.empty)),
        ("limits together", limits),
        ("the defaults sent explicitly", {"temperature": 1, "top_p": 1, "response_format": "auto", "tools": []}),
        ("every field again", every),
        ("every empty value", dict(scope.edition.empty)),
        ("every field as it was made", dict(initial_states(scope.contract, scope.model)["populated"])),
        ("nulls and empties together", {**nulls, "name": "", "metadata": {}, "temperature": 0}),
        ("zeros", {"temperature": 0, "top_p": 0}),
    ]
    cases: list[Case] = []
    fewer = _fewer(scope.known)
    for label, whole in bodies:
        again = label.startswith("every field ")  # it was read back the first time
        cases.append(replace(case(roundtrip.COMBINATIONS, label, whole, about="*"), read=not again))
        cases += fewer.get(label, ())
    kept = frozenset(f"roundtrip.{field}.kept" for field in scope.edition.shown)
    general = kept | {roundtrip.IDENTITY, roundtrip.AGREES, validation.COMBINATIONS}
    yield Scenario(roundtrip.COMBINATIONS, 0, "populated", tuple(cases), serves=general)
    structured = {**every, "response_format": JSON_SCHEMA_FORMAT}
    del structured["tools"], structured["tool_resources"]
    body = case(roundtrip.COMBINATIONS, "every field, with a JSON schema", structured, about="*")
    yield Scenario(roundtrip.COMBINATIONS, 0, "structured", (body, *_beside_families(scope)), serves=general)
    alike: dict[str, JSON] = {"tools": [FUNCTION], **_format({})}
    alike["response_format"]["json_schema"]["name"] = FUNCTION["function"]["name"]
    body = case(roundtrip.COMBINATIONS, "a function and a JSON schema of one name", alike, about="*")
    yield Scenario(roundtrip.COMBINATIONS, 1, "structured", (body,))


def _beside_families(scope: Scope) -> Iterator[Case]:
    """Return a JSON schema that is stored, and one that is sent, beside models which may be known to take none.

    They may be refused; a server that takes them must not adapt the format, nor lose a part of it.
    """
    edition = scope.edition
    others = [one for one in edition.models if edition.takes_effort(one) is False and not one.startswith(JSON_MODELS)]
    if not others or not {"model", "response_format"} <= set(edition.fields):
        return
    kept = "roundtrip.response_format.kept"
    yield replace(case(kept, f"{others[-1]} beside a stored JSON schema", {"model": others[-1]}), read=False)
    beside: dict[str, JSON] = {"model": others[0], "response_format": JSON_SCHEMA_FORMAT}
    yield replace(case(roundtrip.COMBINATIONS, f"a JSON schema beside {others[0]}", beside, about="*"), read=False)


def _large(scope: Scope) -> Iterator[Scenario]:
    full = case(roundtrip.LARGE, "metadata: 16 pairs, each at both its limits", {"metadata": full_pairs(merged=False)})
    ids: JSON = {
        "code_interpreter": {"file_ids": file_ids(scope.known, 2)},
        "file_search": {"vector_store_ids": store_ids(scope.known, 1)},
    }
    label = "resources of a tool that is not there"  # they may be refused, and not taken and lost
    lone = case("roundtrip.tool_resources.stored", label, {"tools": [], "tool_resources": ids})
    yield Scenario(roundtrip.LARGE, 0, "minimal", (full, lone))


def _pairs(scope: Scope) -> Iterator[Scenario]:
    """All pairs of fields: plain with plain, null with null, empty with plain, null with plain."""
    known, plains = scope.known, plain(scope.contract, scope.model)
    nullable, empty = scope.edition.nullable, scope.edition.empty
    resources: dict[str, JSON] = {"file_search": {"vector_store_ids": store_ids(known, 1)}}
    second: dict[str, JSON] = {**plains, "tools": _BOTH, "tool_resources": resources}
    cases: dict[InitialState, list[Case]] = {"populated": [], "without_resources": []}
    for left, right in combinations(scope.edition.shown, 2):
        bodies: list[tuple[str, dict[str, JSON]]] = [("plain", {left: second[left], right: second[right]})]
        if left in nullable and right in nullable:
            bodies.append(("null", {left: None, right: None}))
        if left in empty:
            bodies.append(("empty and plain", {left: empty[left], right: second[right]}))
        if right in nullable:
            bodies.append(("plain and null", {left: second[left], right: None}))
        if left in nullable:
            bodies.append(("null and plain", {left: None, right: second[right]}))
        if right in empty and left in empty:
            bodies.append(("empty", {left: empty[left], right: empty[right]}))
        # Stored resources would permit that tools without theirs are refused.
        alone = "tools" in {left, right} and "tool_resources" not in {left, right}
        cases["without_resources" if alone else "populated"] += [
            case(roundtrip.COMBINATIONS, f"{left} and {right}: {label}", body, about="*") for label, body in bodies
        ]
    size = 25
    for home, found in cases.items():
        for start in range(0, len(found), size):
            yield Scenario(roundtrip.COMBINATIONS, 1, home, tuple(found[start : start + size]))


def _free_json(scope: Scope) -> Iterator[Scenario]:
    """All free JSON at once: each as the parameters of a function, and as a property of one schema."""
    contract = scope.contract

    def bodies(label: str) -> tuple[dict[str, JSON], dict[str, JSON]]:
        schema = FREE_JSON[label]
        function = {"type": "function", "function": {"name": label, "parameters": schema}}
        return {"tools": [function]}, _format({label: schema})

    plain: JSON = {"type": "object", "properties": {"a": {"type": "string"}}}
    controls = {"tools": [{"type": "function", "function": {"name": "f", "parameters": plain}}]}, _format({"a": plain})
    clear = [
        label for label in FREE_JSON if all(contract.judge_value(one).ruling is Ruling.ACCEPT for one in bodies(label))
    ]
    functions = [tool for label in clear for tool in bodies(label)[0]["tools"]]
    whole: dict[InitialState, dict[str, JSON]] = {
        "without_resources": {"tools": functions},
        "structured": _format({label: FREE_JSON[label] for label in clear}),
    }
    for number, (home, body) in enumerate(whole.items()):
        each = [
            case(of_free_json(label), f"{next(iter(body))}: {label}", bodies(label)[number], control=controls[number])
            for label in clear
        ]
        one = case(roundtrip.FREE_JSON, f"many kinds at once in {next(iter(body))}", body, about="*", parts=each)
        yield Scenario(roundtrip.FREE_JSON, 0, home, (one,))


def _format(properties: dict[str, JSON]) -> dict[str, JSON]:
    schema: dict[str, JSON] = {"type": "object", "properties": properties}
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}}


def _serialised(scope: Scope) -> Iterator[Scenario]:
    """The same bodies written in other ways: each has the effect of the compact form.

    One body has texts and names at every place, the other numbers at every place; in a run of little effort each is
    written in the ways that are about what it has.
    """
    text = 'a/b "c" \\ é 😀 <&>\u2028'
    pairs: dict[str, JSON] = {"ключ/é": "😀", "a/b": text}
    free: dict[str, JSON] = {"type": "object", "default": {text: [text, 0, 1, 100, 0.25, -1.5]}}
    of_texts: dict[str, JSON] = {
        "name": text,
        "description": text,
        "instructions": text,
        "metadata": pairs,
        "tools": [{"type": "function", "function": {"name": "f", "description": text, "parameters": free}}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "n", "description": text, "schema": free, "strict": False},
        },
    }
    options: dict[str, JSON] = {"ranking_options": {"score_threshold": 0.25}}
    of_numbers: dict[str, JSON] = {
        "temperature": 0,
        "top_p": 1,
        "tools": [{"type": "file_search", "file_search": options}, *of_texts["tools"]],
        "response_format": {"type": "text"},
        "name": text,
    }
    sizes: dict[str, JSON] = {"tools": [{"type": "file_search", "file_search": {"max_num_results": 7, **options}}]}
    plain_texts, plain_numbers = (list(_each_with_a_name(content)) for content in (of_texts, of_numbers))
    results = [
        Case(roundtrip.SERIALISATION, f"max_num_results, {label}", data, "tools", held_against=Content(sizes))
        for label, data in serialisations(sizes).items()
        if "number" in label
    ]
    first = (
        [one for one in plain_texts if "number" not in one.label],
        [one for one in plain_numbers if "number" in one.label],
    )
    homes: tuple[InitialState, InitialState] = ("structured", "without_resources")
    for home, found in zip(homes, first, strict=True):
        yield Scenario(roundtrip.SERIALISATION, 0, home, tuple(found), role="server")
    rest = [one for one in plain_texts if "number" in one.label]
    rest += [one for one in plain_numbers if "number" not in one.label]
    yield Scenario(roundtrip.SERIALISATION, 1, "structured", (*rest, *results), role="server")


def _each_with_a_name(content: dict[str, JSON]) -> Iterator[Case]:
    """Return a value written in every way, each with a name of its own: one that is ignored shows the one before.

    Every third one is read back; of the rest the answer alone is looked at.
    """
    for place, label in enumerate(STYLES):
        value = {**content, "name": f"{content['name']} {place}"}
        data = serialised(value, label)
        read = place % 3 == 2
        yield Case(roundtrip.SERIALISATION, label, data, "*", held_against=Content(value), read=read)


@scenarios(_combined)
def test_several_fields_at_once(session: Session, scenario: Scenario) -> None:
    """All fields plain, null, empty or at their limits in one body."""
    session.run(scenario.cases, scenario.initial_state)


@scenarios(_nullable)
def test_values_null_and_empty(session: Session, scenario: Scenario) -> None:
    """Each value of a field is answered and stored, null clears it, and an empty value is not taken for null."""
    session.run(scenario.cases, scenario.initial_state)


@scenarios(_not_nullable)
def test_values_and_empty(session: Session, scenario: Scenario) -> None:
    """Each value of a field that cannot be null, the empty one among them, is answered and stored."""
    session.run(scenario.cases, scenario.initial_state)


@scenarios(_large)
def test_metadata_at_all_its_limits(session: Session, scenario: Scenario) -> None:
    """Sixteen pairs, each with the longest key and value; and resources where there are no tools."""
    session.run(scenario.cases, scenario.initial_state)


@scenarios(_efforts)
def test_efforts_are_kept(session: Session, scenario: Scenario) -> None:
    """An effort is taken, kept, cleared by null, and moves nothing else."""
    session.run(scenario.cases, scenario.initial_state)


@scenarios(_pairs)
def test_all_pairs_of_fields(session: Session, scenario: Scenario) -> None:
    """What is kept alone is kept beside each other field."""
    session.run(scenario.cases, scenario.initial_state)


@scenarios(_serialised)
def test_serialised_in_other_ways(session: Session, scenario: Scenario) -> None:
    """The same body written in other ways has the same effect."""
    session.run(scenario.cases, scenario.initial_state)


@scenarios(_free_json)
def test_free_json_is_kept_exactly(session: Session, scenario: Scenario) -> None:
    """What stands in parameters and schemas comes back exactly."""
    session.run(scenario.cases, scenario.initial_state)
