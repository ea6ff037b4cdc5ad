"""Round trip: what was accepted is in the answer and in a later GET, what was not sent is as before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.catalogue.requirement import SERVER, Level, Requirement
from strategies.editions import type_of
from strategies.editions.walking import plain_name, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strategies.editions import Edition

MANY_PAIRS = 16
HIDDEN = "reasoning_effort"
"""The one field that the document takes but does not show."""

IDENTITY = "roundtrip.identity"
AGREES = "roundtrip.retrieve_agrees"
REPEATED = "roundtrip.repeated"
SAME_ANSWER = "roundtrip.same_answer"
OTHERS = "roundtrip.others_untouched"
COMBINATIONS = "roundtrip.combinations"
METADATA_SEMANTICS = "roundtrip.metadata.semantics"
METADATA_CONSTANT = "roundtrip.metadata.one_semantics"
LARGE = "roundtrip.large_values"
NUMBERS = "roundtrip.numbers.exact"
DOUBLES = "roundtrip.numbers.double"
SMALL = "roundtrip.small_changes"
SERIALISATION = "roundtrip.serialisation"
FREE_JSON = "roundtrip.free_json"
BEYOND_2_53 = "roundtrip.free_json.beyond_2_53"
NESTED_EMPTY = "roundtrip.nested_empty"
AFTER_NULL = "roundtrip.after_null"
EFFORT = "roundtrip.reasoning_effort.answered"
READS_STORED = "roundtrip.reads.stored"
READS_AT_ONCE = "roundtrip.reads.at_once"

PLACES: dict[str, str] = {
    "tools.order": "the order of `tools`",
    "tools.file_search.max_num_results": "`max_num_results` of a file_search tool",
    "tools.file_search.ranking_options": "`ranking_options` of a file_search tool",
    "tools.function.name": "the name of a function tool",
    "tools.function.description": "the description of a function tool, an empty one included",
    "tools.function.parameters": "the parameters of a function tool",
    "tools.function.strict": "`strict` of a function tool: true, false, null, and false where it is left out",
    "tool_resources.code_interpreter": "the file ids of the code interpreter",
    "tool_resources.file_search": "the vector store ids of the file search",
    "response_format.json_schema.name": "the name of a JSON schema format",
    "response_format.json_schema.description": "the description of a JSON schema format",
    "response_format.json_schema.schema": "the schema of a JSON schema format",
    "response_format.json_schema.strict": (
        "`strict` of a JSON schema format: true, false, null, and false where it is left out"
    ),
}
"""Nested places that have a requirement of their own."""

TEXT: dict[str, str] = {
    "plain": "text of letters and digits",
    "white_space": "white space at the ends and inside",
    "line_breaks": "line breaks of every kind, U+2028 and U+2029 included",
    "control": "control characters",
    "normal_forms": "composed and decomposed letters, each in the form it was sent in",
    "astral": "characters outside the basic plane",
    "sequences": "sequences of joined emoji and combining marks",
    "right_to_left": "right-to-left text and its marks",
    "markup": "markup and entities",
    "escapes": "quotes, backslashes and text that looks like an escape",
    "literal_lookalikes": "text that looks like a number, a boolean, null or JSON",
    "case": "capital and small letters",
    "key_names": "names of fields, names that frameworks keep for themselves such as `__proto__`, keys nearly alike",
    "format_lookalikes": "percent signs, templates, formulas, paths and SQL",
    "addresses": "addresses of mail, of the web and of hosts, with all that they carry",
    "private": "what looks private or secret: numbers of phones and cards, keys, tokens, names",
    "typography": "quotes, dashes, dots and signs, straight and typographic ones",
    "shorthand": "smileys, shortcodes and abbreviations",
    "long_lines": "lines and words longer than a page is wide",
}
"""Classes of text that targets are known to alter."""


def requirements(edition: Edition) -> Iterator[Requirement]:
    """Return the family."""
    for field in edition.shown:
        yield from _of_field(edition, field)
    known = {plain_name(place) for place, _ in walk(edition.request)}
    if "tools" in edition.fields and edition.schema_of("tools").get("maxItems", 2) > 1:
        known.add("tools.order")
    for place, words in PLACES.items():
        if place not in known:
            continue
        yield _must(f"roundtrip.{place}", f"What was sent comes back in the answer and in a GET: {words}.")
    for name, words in TEXT.items():
        yield _must(f"roundtrip.text.{name}", f"Text is kept to the code point: {words}.")
    without = _without(edition)
    yield from (one for one in _general() if one.id not in without)


def _without(edition: Edition) -> frozenset[str]:
    """Return the ids that are about what the published document has, and an edition of the user's own has not."""
    fields, schemas = edition.fields, dict(walk(edition.request))
    found = set() if schemas.get("metadata", {"maxProperties": 0}).get("maxProperties", 2) > 1 else {*_OF_PAIRS}
    if not any(type_of(schema) == "number" for schema in schemas.values()):
        found |= {NUMBERS, DOUBLES}
    if "tools" not in fields:
        found |= {NESTED_EMPTY}
        found |= set() if "response_format" in fields else {SAME_ANSWER, FREE_JSON, BEYOND_2_53}
    return frozenset(found | ({EFFORT} if HIDDEN not in fields else set()))


_OF_PAIRS = (METADATA_SEMANTICS, METADATA_CONSTANT)
"""What takes two pairs to show."""


def _of_field(edition: Edition, field: str) -> Iterator[Requirement]:
    yield _must(f"roundtrip.{field}.answered", f"The answer to a modify shows the `{field}` that was sent.")
    yield _must(f"roundtrip.{field}.stored", f"A GET after a modify shows the `{field}` that was sent.")
    yield _must(f"roundtrip.{field}.kept", f"A modify that does not mention `{field}` leaves it as it was.")
    if field in edition.nullable:
        yield _must(f"roundtrip.{field}.null", f"null clears `{field}`: the old value does not stay.")
    if field in edition.empty:
        empty = json.dumps(edition.empty[field])
        yield _must(f"roundtrip.{field}.empty", f"`{empty}` is a `{field}` of its own: neither null nor left out.")


def _must(id_: str, sentence: str, level: Level = "MUST", *, vacuous: bool = False) -> Requirement:
    return Requirement(id_, level, "prose", sentence, "operation summary: the assistant is modified", vacuous=vacuous)


def _general() -> Iterator[Requirement]:
    yield _must(IDENTITY, "A modify leaves `id`, `object` and `created_at` as they were.")
    yield _must(AGREES, "A GET after a modify shows the same assistant as the answer, in every field.")
    yield _must(REPEATED, "The same modify sent twice has the same effect as sent once.")
    yield _must(SAME_ANSWER, "The same `tools` or `response_format` comes back the same, whatever was stored before.")
    yield _must(OTHERS, "A modify of one assistant does not touch another.")
    yield _must(COMBINATIONS, "Values that are kept one by one are kept when they are sent together.")
    yield _must(LARGE, "Values at their limits are kept whole.")
    yield _must(NUMBERS, "A number of two decimals, as the spec's examples have, is kept to the second.")
    yield _must(DOUBLES, "A number is kept to the last digit of a double.", "SHOULD")
    yield Requirement(
        SMALL,
        "MUST",
        "prose",
        "A modify that changes as little as can be is a modify: what it sent is kept.",
        "operation summary: the assistant is modified",
        SERVER,
    )
    yield _must(AFTER_NULL, "A field that was cleared by null or emptied takes a value again.")
    yield Requirement(
        SERIALISATION,
        "MUST",
        "prose",
        "How the JSON is written (spaces, escapes, order of keys) makes no difference.",
        "RFC 8259: these are one JSON text",
        SERVER,
    )
    yield _must(FREE_JSON, "JSON inside `parameters` and `schema` is kept whole, key order aside.")
    yield _must(BEYOND_2_53, "Integers above 2^53 inside free JSON are kept.", "SHOULD")
    yield _must(NESTED_EMPTY, "An empty object that was sent inside `tools` is kept.", "SHOULD")
    yield _must(METADATA_CONSTANT, "`metadata` is merged or replaced, and always the same of the two.")
    yield _must(EFFORT, "Where the target shows `reasoning_effort`, it shows what was sent.", vacuous=True)
    yield from _of_reads()
    yield Requirement(
        METADATA_SEMANTICS,
        "INFO",
        "observed",
        "Whether `metadata` is merged into the stored pairs or replaces them.",
        "the spec is silent; the original service merged",
    )


def _of_reads() -> Iterator[Requirement]:
    yield Requirement(
        READS_STORED,
        "MUST",
        "prose",
        "A GET of an assistant shows that assistant, and what the last modify left: two seconds later at the latest,"
        " over every connection, and never a copy that was kept from before it.",
        "operation summary: the assistant is modified; RFC 9111, 4.4: a cache invalidates what a POST was for",
        SERVER,
        vacuous=True,
    )
    yield Requirement(
        READS_AT_ONCE,
        "SHOULD",
        "prose",
        "A GET over any connection shows a modify as soon as it was answered.",
        "meaning of modifying; a replica may lag for a moment",
        SERVER,
        vacuous=True,
    )


__all__ = ["HIDDEN", "PLACES", "SERVER", "TEXT", "requirements"]
