"""What is asked of an SDK beyond the values of single fields: states side by side, bodies that break the document.

Cases are modifies like all others, judged by what leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import sdk
from conformance.judging.wire import EXACT_INTEGERS
from conformance.scenario import Case, Scenario, Scope, case, scenarios
from conformance.states import FILE_SEARCH, FUNCTION, JSON_SCHEMA_FORMAT, initial_states, plain
from strategies.answers import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.session import Session
    from strategies.contract import Contract
    from strategies.jsonvalues import JSON


# Cases


def _states(contract: Contract, model: str) -> Iterator[Case]:
    """Each field by itself: a plain value, null, and the empty value. The plainest evidence comes first."""
    for field, value in plain(contract, model).items():
        yield case(sdk.SENT, f"{field} alone", {field: value})
        if field in contract.edition.nullable and value is not None:
            yield case(sdk.NULL, f"{field}: null", {field: None})
        if field in contract.edition.empty:
            empty = contract.edition.empty[field]
            yield case(sdk.ZERO if empty == 0 else sdk.EMPTY, f"{field}: {empty!r}", {field: empty})


def _after_everything(contract: Contract, model: str) -> Iterator[Case]:
    """A call with every field, then calls with one field each, and one with none."""
    everything = {**plain(contract, model), "tools": [FUNCTION, FILE_SEARCH], "response_format": {"type": "text"}}
    everything.pop("reasoning_effort")
    yield case(sdk.DROPPED, "every field", everything, about="*")
    yield case(sdk.CARRIED_OVER, "nothing, after every field", {}, about="*")
    for field, value in everything.items():
        yield case(sdk.CARRIED_OVER, f"{field} alone, after every field", {field: value})
    yield case(sdk.DROPPED, "every field again", everything, about="*")
    yield case(sdk.CARRIED_OVER, "nothing, after every field again", {}, about="*")


_ODD_FREE: dict[str, JSON] = {
    "type": "object",
    "properties": {"a": {"type": ["string", "null"], "default": None, "examples": ["", 0, False, None, [], {}]}},
    "required": [],
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$defs": {"b": {"type": "string", "title": "B", "format": "date", "enum": ["b", None], "const": "b"}},
    "additionalProperties": True,
    "anyOf": [{"$ref": "#/$defs/b"}, {"nullable": True, "pattern": "^b$", "minLength": 1, "deprecated": False}],
    "x-order": [3, 1, 2, 2],
    "x-empty": "",
    "x-zero": 0,
    "x-false": False,
    "x-null": None,
    "x-object": {},
    "x-snake_case": {"camelCase": {"kebab-case": 1}},
}


_ELSEWHERE: dict[str, JSON] = {
    "name": "os.environ/HOME",
    "description": "file://prompt.txt",
    "instructions": "@prompt.txt",
    "metadata": {
        "a": "os.environ/PATH",
        "b": "env:HOME",
        "c": "$HOME",
        "d": "%PATH%",
        "e": "file:///prompt.txt",
        "f": "@file:prompt.txt",
        "g": "${file:prompt.txt}",
        "h": "secret://name",
        "i": "vault:name#field",
        "j": "hub://owner/prompt",
        "k": "!env HOME",
        "l": "base64:YQ==",
    },
}
"""What clients and proxies replace by a variable, a file or a secret."""


def _together(contract: Contract, model: str) -> Iterator[Case]:
    """Bodies in which states stand side by side, at every depth."""
    rich = initial_states(contract, model)["populated"]
    yield case(sdk.DROPPED, "an assistant read and written back", rich, about="*")
    structured = initial_states(contract, model)["structured"]
    yield case(sdk.DROPPED, "a structured assistant read and written back", structured, about="*")
    function: dict[str, JSON] = {"name": "f", "description": "", "parameters": _ODD_FREE, "strict": None}
    yield case(
        sdk.FREE_JSON,
        "nulls and empties inside parameters",
        {"tools": [{"type": "function", "function": function}]},
    )
    reply: dict[str, JSON] = {"name": "reply", "description": "", "schema": _ODD_FREE, "strict": None}
    yield case(
        sdk.FREE_JSON,
        "nulls and empties inside a schema",
        {"response_format": {"type": "json_schema", "json_schema": reply}},
    )
    for label, number in (("2^53 + 1", EXACT_INTEGERS + 1), ("20 digits", 12345678901234567890)):
        large: dict[str, JSON] = {"type": "object", "x-large": number, "x-negative": -number}
        tool: dict[str, JSON] = {"type": "function", "function": {"name": "f", "parameters": large}}
        yield case(sdk.BEYOND_2_53, f"{label} inside parameters", {"tools": [tool]})
    for label, value in (
        ("null beside a value", {"name": None, "description": "kept"}),
        ("a value beside null", {"name": "kept", "description": None}),
        ("zero beside null", {"temperature": 0, "top_p": None}),
        ("an empty list beside an empty object", {"tools": [], "metadata": {}}),
        ("empty text beside text", {"name": "", "instructions": "kept"}),
        ("two empty objects", {"metadata": {}, "tool_resources": {}}),
        ("three empty values", {"name": "", "temperature": 0, "tools": []}),
        ("null beside null", {"temperature": None, "response_format": None}),
    ):
        yield case(sdk.DROPPED, label, value, about="*")
    minimal: list[JSON] = [{"type": "code_interpreter"}, {"type": "file_search"}]
    minimal.append({"type": "function", "function": {"name": "f"}})
    yield case(sdk.INVENTED, "tools in their shortest form", {"tools": minimal})
    for kind in ("text", "json_object"):
        yield case(sdk.INVENTED, f"the format {kind}", {"response_format": {"type": kind}})
    shortest: JSON = {"type": "json_schema", "json_schema": {"name": "n"}}
    yield case(sdk.INVENTED, "a JSON schema in its shortest form", {"response_format": shortest})
    yield case(
        sdk.VALUES, "values that look like others", {"metadata": {"a": "1", "b": "true", "c": "null", "d": "[]"}}
    )
    nul: dict[str, JSON] = dict.fromkeys(("name", "description", "instructions"), "a\0b")
    yield case(sdk.TEXT, "NUL in texts", {**nul, "metadata": {"nul": "\0"}}, about="*")
    yield case(sdk.TEXT, "texts that look like the names of something elsewhere", _ELSEWHERE, about="*")
    yield case(sdk.EMPTY, "model: an empty text", {"model": ""})
    yield case(sdk.VALUES, "keys that are numbers", {"metadata": {"0": "a", "1": "b"}})
    methods: dict[str, JSON] = {key: f"of {key}" for key in METHODS}
    yield case(sdk.DROPPED, "keys that are names of methods", {"metadata": methods})
    yield case(sdk.DROPPED, "one value for two keys", {"metadata": {"a": "same", "b": "same"}})
    yield case(sdk.DROPPED, "one text in two fields", {"name": "Same", "description": "Same"}, about="*")
    yield case(sdk.NUMBERS, "just below two", {"temperature": 1.9999999999999998})
    files: list[JSON] = ["file-b", "file-a", "file-b"]
    yield case(sdk.VALUES, "a file twice", {"tool_resources": {"code_interpreter": {"file_ids": files}}})
    for owner, ids in (("code_interpreter", "file_ids"), ("file_search", "vector_store_ids")):
        yield case(sdk.VALUES, f"an empty id in {ids}", {"tool_resources": {owner: {ids: [""]}}})
    twice: list[JSON] = [{"type": "code_interpreter"}, {"type": "code_interpreter"}]
    yield case(sdk.VALUES, "a tool twice", {"tools": twice})
    yield case(sdk.VALUES, "the JSON schema format as it is stored", {"response_format": JSON_SCHEMA_FORMAT})
    yield case(sdk.SENT, "a model that is not listed", {"model": "Conformance-unlisted.1"})


def _invalid() -> Iterator[Case]:
    """Bodies that break the spec in ways that SDKs are tempted to fix."""
    tool: dict[str, JSON] = {"type": "function", "function": {"name": "f"}}
    bodies: dict[str, tuple[dict[str, JSON], dict[str, JSON]]] = {
        "an unknown field": ({"name": "n", "unknown": 1}, {"name": "n"}),
        "an unknown field with null": ({"unknown": None}, {"name": "n"}),
        "a field of create": ({"file_ids": ["file-1"]}, {"name": "n"}),
        "a field in camelCase": ({"topP": 0.5}, {"top_p": 0.5}),
        "null for a model": ({"model": None}, {"model": "gpt-4o"}),
        "null for tools": ({"tools": None}, {"tools": []}),
        "null inside tools": ({"tools": [None]}, {"tools": []}),
        "a tool twice a list": ({"tools": [[tool]]}, {"tools": [tool]}),
        "a tool in place of the list": ({"tools": tool}, {"tools": [tool]}),
        "the name of a tool": ({"tools": ["code_interpreter"]}, {"tools": [{"type": "code_interpreter"}]}),
        "a tool of another kind": ({"tools": [{"type": "retrieval"}]}, {"tools": [{"type": "code_interpreter"}]}),
        "null for a description": (
            {"tools": [{"type": "function", "function": {"name": "f", "description": None}}]},
            {"tools": [{"type": "function", "function": {"name": "f", "description": "d"}}]},
        ),
        "a number as text": ({"temperature": "0.5"}, {"temperature": 0.5}),
        "text as a number": ({"name": 5}, {"name": "5"}),
        "a boolean as a number": ({"temperature": True}, {"temperature": 1}),
        "too hot": ({"temperature": 2.5}, {"temperature": 2}),
        "too cold": ({"temperature": -0.5}, {"temperature": 0}),
        "a top_p beyond one": ({"top_p": 1.5}, {"top_p": 1}),
        "a number in metadata": ({"metadata": {"a": 1}}, {"metadata": {"a": "1"}}),
        "null in metadata": ({"metadata": {"a": None}}, {"metadata": {"a": "1"}}),
        "an object in metadata": ({"metadata": {"a": {}}}, {"metadata": {"a": "1"}}),
        "a list as metadata": ({"metadata": []}, {"metadata": {}}),
        "17 pairs": (
            {"metadata": {f"k{number}": "v" for number in range(17)}},
            {"metadata": {f"k{number}": "v" for number in range(16)}},
        ),
        "a name of 257 characters": ({"name": "n" * 257}, {"name": "n" * 256}),
        "a description of 513 characters": ({"description": "d" * 513}, {"description": "d" * 512}),
        "a function name with a space": (
            {"tools": [{"type": "function", "function": {"name": "a b"}}]},
            {"tools": [{"type": "function", "function": {"name": "a_b"}}]},
        ),
        "129 tools": ({"tools": [tool] * 129}, {"tools": [tool]}),
        "an unknown format": ({"response_format": "json"}, {"response_format": "auto"}),
        "an unknown effort": ({"reasoning_effort": "extreme"}, {"reasoning_effort": None}),
    }
    for label, (body, control) in bodies.items():
        yield case(sdk.INVALID_FAITHFUL, label, body, side="outside", control=control)


def _of_states_of_each_field(scope: Scope) -> Iterator[Scenario]:
    yield Scenario(
        sdk.SENT,
        0,
        "populated",
        tuple(_states(scope.contract, scope.model)),
        serves=frozenset({sdk.NULL, sdk.EMPTY, sdk.ZERO, sdk.DROPPED, sdk.NAMES, sdk.VALUES}),
        role="sdk",
    )


@scenarios(_of_states_of_each_field)
def test_states_of_each_field(session: Session, scenario: Scenario) -> None:
    """A value, null and the empty value of each field leave as they were given."""
    session.run(scenario.cases, scenario.initial_state)


def _of_nothing_of_an_earlier_call(scope: Scope) -> Iterator[Scenario]:
    yield Scenario(sdk.CARRIED_OVER, 0, "populated", tuple(_after_everything(scope.contract, scope.model)), role="sdk")


@scenarios(_of_nothing_of_an_earlier_call)
def test_nothing_of_an_earlier_call(session: Session, scenario: Scenario) -> None:
    """A call after one with every field sends its own fields alone."""
    session.run(scenario.cases, scenario.initial_state)


def _of_states_side_by_side(scope: Scope) -> Iterator[Scenario]:
    yield Scenario(
        sdk.DROPPED,
        0,
        "populated",
        tuple(_together(scope.contract, scope.model)),
        serves=frozenset({sdk.NULL, sdk.INVENTED}),
        role="sdk",
    )


@scenarios(_of_states_side_by_side)
def test_states_side_by_side(session: Session, scenario: Scenario) -> None:
    """Values, nulls and empty values stand beside each other at every depth."""
    session.run(scenario.cases, scenario.initial_state)


def _of_invalid_bodies(scope: Scope) -> Iterator[Scenario]:
    yield Scenario(sdk.INVALID_FAITHFUL, 0, "minimal", tuple(_invalid()), role="sdk")


@scenarios(_of_invalid_bodies)
def test_invalid_bodies(session: Session, scenario: Scenario) -> None:
    """What the spec does not allow leaves as it was given, or is rejected before it leaves."""
    session.run(scenario.cases, scenario.initial_state)
