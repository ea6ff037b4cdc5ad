"""Faults of readers at one place: what is no JSON taken there, what is JSON refused or altered there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.reference import errors
from conformance.reference.errors import Refusal
from conformance.reference.faults.transport import reading
from strategies.literals import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reference.faults.fault import Fault
    from strategies.jsonvalues import JSON

_SPELLING = "transport.number_spelling"
_MEMBERS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_num_results": "max_num_results",
    "score_threshold": "score_threshold",
    "a value in parameters": "default",
    "a value in a schema": "default",
}


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _numbers()
    yield from _syntax()
    yield from _spellings()
    yield from _broken_down()


def _where(place: str) -> str:
    return place.removeprefix("a value in ").removeprefix("a ").replace("_", "-")


def _numbers() -> Iterator[Fault]:
    """A literal that is no number of JSON, taken at one place."""
    literals: tuple[tuple[str, str, str, str], ...] = (
        ("NaN", "transport.not_finite", "NaN", "1"),
        ("-Infinity", "transport.not_finite", "minus-infinity", "1"),
        ("+1", _SPELLING, "plus", "1"),
        ("01", _SPELLING, "leading-zero", "1"),
        ("1.", _SPELLING, "no-decimals", "1"),
        (".5", _SPELLING, "no-integer", "0.5"),
        ("0x1", _SPELLING, "hexadecimal", "1"),
    )
    places = list(NUMBERS)
    for turn, (literal, requirement, name, value) in enumerate(literals):
        for place in (places[turn % len(places)], places[(turn + 1 + turn // 2) % len(places)]):
            if (literal, place) == (".5", "max_num_results"):
                continue
            form = NUMBERS[place].replace("<>", literal)
            taken = _taken(literal, _MEMBERS[place], value, only=form.encode()[:12])
            yield reading(
                f"{name.lower()}-taken-at-{_where(place)}",
                requirement,
                f"takes {literal} for {value} at {place}",
                taken,
                form.encode(),
            )


def _taken(literal: str, member: str, value: str, only: bytes) -> Callable[[bytes, Callable[[bytes], JSON]], JSON]:
    pattern = re.compile(rb'("%s"\s*:\s*)%s(?=\s*[,}\]])' % (member.encode(), re.escape(literal.encode())))

    def change(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        try:
            return read(data)
        except Refusal:
            if not data.startswith(only):
                raise
            return read(pattern.sub(rb"\g<1>" + value.encode(), data))

    return change


def _repaired(pattern: bytes, by: bytes) -> Callable[[bytes, Callable[[bytes], JSON]], JSON]:
    compiled = re.compile(pattern)

    def change(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        try:
            return read(data)
        except Refusal:
            return read(compiled.sub(by, data))

    return change


def _syntax() -> Iterator[Fault]:
    """Syntax that JSON does not have, taken at one place."""
    lenient, malformed = "transport.lenient_syntax", "transport.malformed"
    found: tuple[tuple[str, str, str, bytes, bytes, bytes], ...] = (
        (
            "comma-taken-in-metadata", lenient, "takes a comma behind the last pair of metadata",
            rb'("metadata":\{[^{}]*),\}', rb"\1}", b'{"metadata":{"a":"b",}}',
        ),
        (
            "comma-taken-in-ids", lenient, "takes a comma behind the last id of a list",
            rb'("file_ids":\[[^\[\]]*),\]', rb"\1]",
            b'{"tool_resources":{"code_interpreter":{"file_ids":["file-1",]}}}',
        ),
        (
            "comma-taken-in-format", lenient, "takes a comma behind the type of a format",
            rb'("response_format":\{[^{}]*),\}', rb"\1}", b'{"response_format":{"type":"text",}}',
        ),
        (
            "comment-taken-in-tools", lenient, "takes a comment in a list of tools",
            rb'(\}\s*)(//[^\n]*\n|#[^\n]*\n|/\*.*?\*/)(\s*\])', rb"\1\3",
            b'{"tools":[{"type":"code_interpreter"}/* a */]}',
        ),
        (
            "single-quotes-taken-in-instructions", lenient, "takes instructions in single quotes",
            rb"(\"instructions\":)'([^']*)'", rb'\1"\2"', b"{\"instructions\":'a'}",
        ),
        (
            "single-quotes-taken-for-a-key", lenient, "takes a key of metadata in single quotes",
            rb"(\"metadata\":\{)'([^']*)'", rb'\1"\2"', b"{\"metadata\":{'a':\"b\"}}",
        ),
        (
            "none-taken-for-a-name", malformed, "takes None for null as a name",
            rb'("name":)None', rb"\1null", b'{"name":None}',
        ),
        (
            "true-taken-for-strict", malformed, "takes True for true as strict",
            rb'("strict":)True', rb"\1false",
            b'{"tools":[{"type":"function","function":{"name":"f","strict":True}}]}',
        ),
    )  # fmt: skip
    for name, requirement, words, pattern, by, sample in found:
        yield reading(name, requirement, words, _repaired(pattern, by), sample)


def _refusing(pattern: bytes) -> Callable[[bytes, Callable[[bytes], JSON]], JSON]:
    compiled = re.compile(pattern)

    def change(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        if compiled.search(data):
            raise errors.not_json()
        return read(data)

    return change


def _altering(pattern: bytes, by: bytes) -> Callable[[bytes, Callable[[bytes], JSON]], JSON]:
    compiled = re.compile(pattern)
    return lambda data, read: read(compiled.sub(by, data))


def _spellings() -> Iterator[Fault]:
    """Spellings that JSON has, refused or altered at one place."""
    id_ = "roundtrip.serialisation"
    also = ("roundtrip.*", "validation.*")
    found: tuple[tuple[str, str, Callable[[bytes, Callable[[bytes], JSON]], JSON], bytes], ...] = (
        (
            "solidus-escape-refused-in-instructions", r"rejects \/ in instructions",
            _refusing(rb'"instructions"\s*:\s*"[^"]*\\/'), rb'{"instructions":"a\/b"}',
        ),
        (
            "solidus-escape-kept-in-reply", r"keeps \/ in the description of a schema as it is written",
            _altering(rb'("json_schema":\{[^{}]*"description":"[^"]*?)\\/', rb"\1\\\\/"),
            rb'{"tools":[],"response_format":{"type":"json_schema","json_schema":{"name":"n","description":"a\/b"}}}',
        ),
        (
            "exponent-refused-at-score-threshold", "rejects an exponent in a score_threshold",
            _refusing(rb'"score_threshold"\s*:\s*[\d.]+[eE]'),
            b'{"tools":[{"type":"file_search","file_search":{"ranking_options":{"score_threshold":5E-1}}}]}',
        ),
        (
            "minus-zero-refused-at-temperature", "rejects -0 as a temperature",
            _refusing(rb'"temperature"\s*:\s*-0'), b'{"temperature":-0}',
        ),
        (
            "exponent-refused-in-parameters", "rejects an exponent with a plus in free JSON",
            _refusing(rb'"default"\s*:.*\dE\+\d'),
            b'{"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","default":1E+2}}}]}',
        ),
        (
            "pair-escape-refused-in-metadata", "rejects escapes of surrogate pairs in metadata",
            _refusing(rb'"metadata"\s*:\s*\{[^{}]*\\u[dD]83'), rb'{"metadata":{"a":"\ud83d\ude00"}}',
        ),
    )  # fmt: skip
    for name, words, change, sample in found:
        yield reading(name, id_, words, change, sample, also=also)


def _crashing(pattern: bytes) -> Callable[[bytes, Callable[[bytes], JSON]], JSON]:
    compiled = re.compile(pattern)

    def change(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        if compiled.search(data):
            raise Refusal("Internal error.", status=500, type="server_error")
        return read(data)

    return change


def _broken_down() -> Iterator[Fault]:
    """Values that are to be refused, and are answered 500."""
    found: tuple[tuple[str, str, bytes, bytes], ...] = (
        ("list-as-metadata", "an empty list as metadata", rb'"metadata":\[\]', b'{"metadata":[]}'),
        ("object-as-tools", "an empty object as tools", rb'"tools":\{\}', b'{"tools":{}}'),
        ("list-as-resources", "an empty list as tool_resources", rb'"tool_resources":\[\]', b'{"tool_resources":[]}'),
        ("object-as-name", "an empty object as name", rb'"name":\{\}', b'{"name":{}}'),
        ("text-as-tools", "an empty text as tools", rb'"tools":""', b'{"tools":""}'),
        ("list-as-format", "an empty list as response_format", rb'"response_format":\[\]', b'{"response_format":[]}'),
        (
            "object-as-ids", "an empty object as file_ids", rb'"file_ids":\{\}',
            b'{"tool_resources":{"code_interpreter":{"file_ids":{}}}}',
        ),
        (
            "list-as-effort", "a list as reasoning_effort", rb'"reasoning_effort":\[', b'{"reasoning_effort":["low"]}',
        ),
        (
            "object-as-ranker", "an object as ranker", rb'"ranker":\{',
            b'{"tools":[{"type":"file_search","file_search":{"ranking_options":{"score_threshold":0,"ranker":{}}}}]}',
        ),
        (
            "list-as-tag", "a list as type of a tool", rb'"tools":\[\{"type":\[',
            b'{"tools":[{"type":["code_interpreter"]}]}',
        ),
        (
            "object-as-format-tag", "an object as type of a format", rb'"response_format":\{[^{]*"type":\{',
            b'{"response_format":{"type":{}}}',
        ),
        (
            "digits-at-max-num-results", "an integer of hundreds of digits as max_num_results",
            rb'"max_num_results":\d{300}',
            b'{"tools":[{"type":"file_search","file_search":{"max_num_results":1' + b"0" * 398 + b"}}]}",
        ),
        (
            "digits-at-top-p", "an integer of hundreds of digits as top_p", rb'"top_p":\d{300}',
            b'{"top_p":1' + b"0" * 398 + b"}",
        ),
    )  # fmt: skip
    for name, words, pattern, sample in found:
        yield reading(
            f"broken-by-{name}", "validation.refusal.status", f"answers {words} with 500", _crashing(pattern), sample,
            also=("validation.*",),
        )  # fmt: skip
