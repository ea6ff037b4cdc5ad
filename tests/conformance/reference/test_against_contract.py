"""The reference's hand-written validation and the contract's validator, held against each other.

Neither knows the other: one is pydantic, the other the edition's JSON Schema.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.exchange import Request
from conformance.reference import Reference
from strategies.constraints import constraints
from strategies.contract import Contract, Ruling, answer_violations, error_violations
from strategies.editions import Edition, edition, names
from strategies.jsonvalues import same
from strategies.permissions import KnownIds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from strategies.jsonvalues import JSON

FIELDS = edition().fields
NULLABLE = edition().nullable

WRONG: tuple[JSON, ...] = (None, True, False, 0, 1, -1, 1.5, 5.0, 3, "", "1", "text", "null", [], {}, ["text"], [None])
WRONG += (
    {"type": "text"},
    {"a": "b"},
    [["type", "text"]],
    10**399,
    -(10**399),
    1e308,
    float(2**53),
    "true",
    [[]],
    [{}],
)

ASTRAL, COMBINED = "😀", "e\u0301"


def function(**more: JSON) -> JSON:
    return [{"type": "function", "function": {"name": "f", **more}}]


def search(**more: JSON) -> JSON:
    return [{"type": "file_search", "file_search": more}]


def schema(**more: JSON) -> JSON:
    return {"type": "json_schema", "json_schema": {"name": "s", **more}}


def at(field: str) -> Callable[[JSON], JSON]:
    return lambda value: {field: value}


PLACES: dict[str, Callable[[JSON], JSON]] = {
    **{field: at(field) for field in FIELDS},
    "tools[]": lambda value: {"tools": [value]},
    "tools[].type": lambda value: {"tools": [{"type": value}]},
    "tools[].type beside function": lambda value: {"tools": [{"type": value, "function": {"name": "f"}}]},
    "tools[].file_search": lambda value: {"tools": [{"type": "file_search", "file_search": value}]},
    "max_num_results": lambda value: {"tools": search(max_num_results=value)},
    "ranking_options": lambda value: {"tools": search(ranking_options=value)},
    "ranker": lambda value: {"tools": search(ranking_options={"score_threshold": 0, "ranker": value})},
    "score_threshold": lambda value: {"tools": search(ranking_options={"score_threshold": value})},
    "tools[].function": lambda value: {"tools": [{"type": "function", "function": value}]},
    "function.name": lambda value: {"tools": function(name=value)},
    "function.description": lambda value: {"tools": function(description=value)},
    "function.parameters": lambda value: {"tools": function(parameters=value)},
    "function.strict": lambda value: {"tools": function(strict=value)},
    "tool_resources.code_interpreter": lambda value: {"tool_resources": {"code_interpreter": value}},
    "file_ids": lambda value: {"tool_resources": {"code_interpreter": {"file_ids": value}}},
    "file_ids[]": lambda value: {"tool_resources": {"code_interpreter": {"file_ids": [value]}}},
    "tool_resources.file_search": lambda value: {"tool_resources": {"file_search": value}},
    "vector_store_ids": lambda value: {"tool_resources": {"file_search": {"vector_store_ids": value}}},
    "vector_store_ids[]": lambda value: {"tool_resources": {"file_search": {"vector_store_ids": [value]}}},
    "metadata.values": lambda value: {"metadata": {"k": value}},
    "response_format.type": lambda value: {"response_format": {"type": value}},
    "json_schema": lambda value: {"response_format": {"type": "json_schema", "json_schema": value}},
    "json_schema.name": lambda value: {"response_format": schema(name=value)},
    "json_schema.description": lambda value: {"response_format": schema(description=value)},
    "json_schema.schema": lambda value: {"response_format": schema(schema=value)},
    "json_schema.strict": lambda value: {"response_format": schema(strict=value)},
    "unknown": lambda value: {"file_ids": value},
}


def named_function(name: str) -> JSON:
    return {"tools": function(name=name)}


def named_schema(name: str) -> JSON:
    return {"response_format": schema(name=name)}


def texts() -> Iterator[JSON]:
    """Both sides of every length, in plain, astral, combining and NUL characters."""
    for field, most in (("name", 256), ("description", 512), ("instructions", 256_000)):
        for character in ("a", ASTRAL, "\u0301", "\0"):
            yield from ({field: character * length} for length in (most, most + 1))
        yield {field: COMBINED * (most // 2)}
        yield {field: COMBINED * (most // 2) + "a"}
    for place in (named_function, named_schema):
        for character in ("a", "Z", "0", "_", "-"):
            yield from (place(character * length) for length in (1, 63, 64, 65))
        for name in ("", " ", "a b", "a.b", "ä", "a\n", "\na", "a\0", "😀", "a" * 64 + "\n", "٣"):
            yield place(name)
    for character in ("a", ASTRAL, "\0"):
        yield from ({"metadata": {character * length: "v"}} for length in (0, 1, 63, 64, 65))
        yield from ({"metadata": {"k": character * length}} for length in (0, 511, 512, 513))
    yield from ({"metadata": {key: "v", "[key]": "w"}} for key in ("__proto__", "[key]", "a" * 65, " "))


def counts() -> Iterator[JSON]:
    """Both sides of every count."""
    for count in (0, 1, 127, 128, 129):
        yield {"tools": [{"type": "function", "function": {"name": f"f{index}"}} for index in range(count)]}
    yield {"tools": [{"type": "code_interpreter"}, {"type": "file_search"}, *function(parameters={"a": [None, {}]})]}
    yield {"tools": [*function(), *function()]}
    for key, inner in (("code_interpreter", "file_ids"), ("file_search", "vector_store_ids")):
        for count in (0, 1, 2, 19, 20, 21):
            ids = [f"id-{index}" for index in range(count)]
            yield {"tool_resources": {key: {inner: ids}}, "tools": [{"type": key}]}
    for count in (0, 1, 15, 16, 17, 1000):
        yield {"metadata": {f"k{index}": "v" for index in range(count)}}


def numbers() -> Iterator[JSON]:
    """Both sides of every range."""
    for number in (0, 0.0, -0.0, 1, 1.0, 2, 2.0, 0.5, 5e-324, -5e-324, 1.0000000000000002, 2.0000000000000004, 3, -1):
        yield {"temperature": number}
        yield {"top_p": number}
        yield {"tools": search(ranking_options={"score_threshold": number})}
    for number in (0, 1, 2, 49, 50, 51, -1, 1.0, 50.0, 51.0, 0.0, 1.5, 49.5, 10**30, 1e300):
        yield {"tools": search(max_num_results=number)}


def enums() -> Iterator[JSON]:
    """Listed values, and such as are nearly so."""
    for effort in ("none", "minimal", "low", "medium", "high", "xhigh", "max", "LOW", " low", "auto", ""):
        yield {"reasoning_effort": effort}
        yield {"model": "o3-mini", "reasoning_effort": effort}
    for ranker in ("auto", "default_2024_08_21", "default-2024-08-21", "AUTO", ""):
        yield {"tools": search(ranking_options={"score_threshold": 1, "ranker": ranker})}
    for text in ("auto", "AUTO", "text", "json_object", "none", ""):
        yield {"response_format": text}
        yield {"response_format": {"type": text}}


def shapes() -> Iterator[JSON]:
    """Missing and unknown keys, and what else has no limit."""
    yield from ({}, {"Name": "x"}, {"": 1}, {"vector_stores": None}, {"id": "asst_1"}, {"name": "x", "file_ids": []})
    yield from ({"tools": [{}]}, {"tools": [{"type": "function"}]}, {"tools": [{"function": {"name": "f"}}]})
    yield from ({"tools": function(extra=1)}, {"tools": search(extra=1)}, {"tools": search(ranking_options={})})
    yield {"tools": [{"type": "function", "function": {"description": "no name"}}]}
    yield {"tools": [{"type": "code_interpreter", "function": None}]}
    yield {"tools": [{"type": "code_interpreter"}, {"type": "retrieval"}]}
    yield from ({"response_format": {}}, {"response_format": {"type": "json_schema"}}, {"response_format": schema(x=1)})
    yield {"response_format": {"type": "json_schema", "json_schema": {}}}
    yield {"response_format": {"type": "json_object", "json_schema": {"name": "s"}}}
    yield {"response_format": {"json_schema": {"name": "s"}}}
    yield from ({"tool_resources": {"x": {}}}, {"tool_resources": {"file_search": {"vector_stores": []}}})
    free: JSON = {"": [], "a.b": {"$ref": "#"}, "__proto__": None, "n": [1.5, 2**63, -(2**70), 10**399, 1e-300, -0.0]}
    yield {"tools": function(parameters=free, strict=None, description="")}
    yield {"response_format": schema(schema=free, strict=None, description="")}
    yield dict.fromkeys(NULLABLE)


def bodies(of: Edition) -> Iterator[JSON]:
    for kind in (texts, counts, numbers, enums, shapes):
        yield from kind()
    for build in PLACES.values():
        yield from (build(value) for value in WRONG)
    for model in of.models:
        yield {"model": model}
        yield {"model": model, "temperature": 1.5, "top_p": 0}
        yield {"model": model, "reasoning_effort": "high", "name": "x"}
        yield {"model": model, "tools": function(), "response_format": {"type": "json_object"}}
    yield {"model": "of nobody", "reasoning_effort": "low", "temperature": 2}
    yield {"tools": [{"type": "code_interpreter"}], "response_format": {"type": "json_object"}}


def ask(reference: Reference, method: str, path: str, data: bytes = b"") -> tuple[int, JSON]:
    response = reference.handle(Request(method, path, (("content-type", "application/json"),), data))
    return response.status, json.loads(response.body)


def start(name: str) -> tuple[Reference, str]:
    reference = Reference(name)
    status, assistant = ask(reference, "POST", "/assistants", b'{"model": "gpt-4o"}')
    assert status == 200
    return reference, f"/assistants/{assistant['id']}"


def contract(name: str) -> Contract:
    of = edition(name)
    return Contract(of, KnownIds(frozenset(of.models), frozenset({"id-0"}), frozenset({"id-0"})))


def agree(name: str, reference: Reference, path: str, data: bytes) -> Ruling:
    """Send one modify and hold the answer against the ruling."""
    _, stored = ask(reference, "GET", path)
    judgement = contract(name).judge(data, stored)
    status, answer = ask(reference, "POST", path, data)
    _, after = ask(reference, "GET", path)
    assert status in (200, 400)
    if judgement.ruling is Ruling.ACCEPT:
        assert status == 200, answer
    if judgement.ruling is Ruling.REFUSE:
        assert status == 400, judgement.violations
    if status == 200:
        assert not answer_violations(edition(name), answer)
        assert same(answer, after)
    else:
        assert not error_violations(edition(name), answer)
        assert same(stored, after)
    named = all(violation.place for violation in judgement.violations)
    if (
        judgement.ruling is Ruling.REFUSE and named and not judgement.permissions
    ):  # else a permission may be what is told
        told = f"{answer['error']['param']} {answer['error']['message']}"
        assert any(violation.field in told for violation in judgement.violations)
    return judgement.ruling


@pytest.mark.parametrize("name", names())
def test_they_agree_on_bodies_made_by_hand(name: str) -> None:
    rulings: dict[Ruling, int] = dict.fromkeys(Ruling, 0)
    for body in bodies(edition(name)):
        reference, path = start(name)
        ruling = agree(name, reference, path, json.dumps(body).encode())
        rulings[ruling] += 1
    assert rulings[Ruling.ACCEPT] > 200
    assert rulings[Ruling.REFUSE] > 400


@pytest.mark.parametrize("name", names())
def test_they_agree_on_one_assistant_that_goes_through_them_all(name: str) -> None:
    reference, path = start(name)
    for body in bodies(edition(name)):
        if not (isinstance(body, dict) and "metadata" in body):  # these would fill up under merging
            agree(name, reference, path, json.dumps(body, ensure_ascii=False).encode())


@pytest.mark.parametrize("name", names())
def test_every_constraint_is_broken_by_some_body(name: str) -> None:
    broken = {
        (violation.field, violation.keyword)
        for body in bodies(edition(name))
        for violation in contract(name).judge(json.dumps(body).encode()).violations
    }
    limits_of_fields = {
        (constraint.field, constraint.keyword)
        for constraint in constraints(edition(name))
        if constraint.keyword not in ("nullable", "union")
    }
    # Inside a union the validator says only that no branch fits.
    missing = {(field, keyword) for field, keyword in limits_of_fields - broken if (field, "oneOf") not in broken}
    assert missing == {("", "type")}


LEAVES = st.one_of(st.sampled_from(WRONG), st.text(max_size=3), st.floats(allow_nan=False, allow_infinity=False))


@given(
    name=st.sampled_from(names()),
    parts=st.lists(st.tuples(st.sampled_from(sorted(PLACES)), LEAVES), min_size=1, max_size=4),
)
@example(name="2025-03", parts=[("tool_resources", {"type": "text"}), ("description", True)])
def test_they_agree_on_combinations(name: str, parts: list[tuple[str, JSON]]) -> None:
    body: dict[str, JSON] = {}
    for place, value in parts:
        body |= PLACES[place](value)
    reference, path = start(name)
    agree(name, reference, path, json.dumps(body).encode())


BYTES: dict[str, bytes] = {
    "empty": b"",
    "blank": b"  ",
    "truncated": b'{"name": "x"',
    "trailing data": b'{"name": "x"} {}',
    "trailing comma": b'{"name": "x",}',
    "comment": b'{"name": "x" /* c */}',
    "single quotes": b"{'name': 'x'}",
    "bare word": b"{name: 1}",
    "array": b"[]",
    "array of an object": b'[{"name": "x"}]',
    "string": b'"{}"',
    "number": b"1",
    "null": b"null",
    "true": b"true",
    "NaN": b'{"temperature": NaN}',
    "Infinity": b'{"temperature": Infinity}',
    "-Infinity": b'{"tools": [{"type": "function", "function": {"name": "f", "parameters": {"a": -Infinity}}}]}',
    "invalid UTF-8": b'{"name": "\xff"}',
    "overlong UTF-8": b'{"name": "\xc0\xaf"}',
    "surrogate in UTF-8": b'{"name": "\xed\xa0\x80"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "raw tab": b'{"name": "a\tb"}',
    "raw NUL": b'{"name": "a\0b"}',
    "leading zero": b'{"temperature": 01}',
    "plus": b'{"temperature": +1}',
    "no digit": b'{"temperature": .5}',
    "hexadecimal": b'{"temperature": 0x1}',
    "bad escape": b'{"name": "\\x41"}',
    "form": b"name=x",
    "vertical tab": b'\x0b{"name": "x"}',
}


@pytest.mark.parametrize("label", BYTES)
def test_they_agree_on_bytes_that_are_no_body(label: str) -> None:
    reference, path = start("2025-03")
    assert agree("2025-03", reference, path, BYTES[label]) is Ruling.REFUSE


def with_parameter(text: str) -> bytes:
    """Return a body with a JSON text set into the free JSON of a function: six levels deep with the braces."""
    return f'{{"tools": [{{"type": "function", "function": {{"name": "f", "parameters": {{"a": {text}}}}}}}]}}'.encode()


ODD: dict[str, bytes] = {
    "byte-order mark": b'\xef\xbb\xbf{"name": "x"}',
    "high surrogate": b'{"name": "\\ud800"}',
    "low surrogate": b'{"name": "\\udc00x"}',
    "surrogates the wrong way": b'{"metadata": {"\\udc00\\ud800": ""}}',
    "beyond a double": with_parameter("[1, {}, 1e400]"),
    "below a double": with_parameter("[-1e400]"),
    "long integer": with_parameter("9" * 10_000),
    "long decimal": with_parameter("9" * 400 + ".5"),
    "deep": with_parameter("[" * 10_000 + "]" * 10_000),
    "too deep by one": with_parameter("[" * 197 + "]" * 197),
    "deep and open": b"[" * 100_000,
}


@pytest.mark.parametrize("label", ODD)
def test_what_readers_differ_about_is_refused_in_order(label: str) -> None:
    reference, path = start("2025-03")
    _, before = ask(reference, "GET", path)
    status, answer = ask(reference, "POST", path, ODD[label])
    assert status == 400
    assert answer["error"]["param"] is None
    assert ask(reference, "GET", path) == (200, before)


def test_what_is_odd_but_can_be_kept_is_kept() -> None:
    reference, path = start("2025-03")
    text = f'{{"nul": "\\u0000", "deep": {"[" * 190}{"]" * 190}, "long": {"9" * 400}, "same": 1, "same": 2}}'
    status, answer = ask(reference, "POST", path, with_parameter(text))
    assert status == 200
    assert answer["tools"][0]["function"]["parameters"]["a"] == json.loads(text)
    assert ask(reference, "GET", path) == (200, answer)
    status, listed = ask(reference, "GET", "/assistants")
    assert (status, listed["data"]) == (200, [answer])
