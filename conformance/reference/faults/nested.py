"""Faults that lose or alter what stands inside tools, their resources and the response format, or leave things over."""

from __future__ import annotations

import struct
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from conformance.catalogue.roundtrip import HIDDEN
from conformance.reference.faults.fault import Fault, Shown
from conformance.reference.faults.places import FILE_SEARCH, FORMAT, FUNCTION, altered, body_with, path_of
from conformance.reference.faults.steps import Storing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from strategies.jsonvalues import JSON

_SEARCH = "tools[].file_search"
_FUNCTION = "tools[].function"
_SCHEMA = "response_format.json_schema"
_FILES = "tool_resources.code_interpreter"
_STORES = "tool_resources.file_search"
_ALSO = ("roundtrip.combinations", "roundtrip.large_values", "roundtrip.same_answer", "roundtrip.free_json")


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _settings()
    yield from _functions()
    yield from _formats()
    yield from _lists()
    yield from _numbers()


def stored_at(
    name: str,
    requirement: str,
    words: str,
    place: str,
    change: Callable[[JSON], JSON],
    *shows: Shown,
    also: tuple[str, ...] = (),
) -> Fault:
    """Return a fault that stores something else than what was sent at a place."""

    def alter(field: str, value: JSON) -> JSON:
        return altered(place, field, value, change)

    field = path_of(place)[0]
    both = () if field == HIDDEN else (f"roundtrip.{field}.answered", f"roundtrip.{field}.stored")
    return Fault(name, requirement, words, partial(Storing, alter), shows, (*_ALSO, *both, *also))


def without(*keys: str) -> Callable[[JSON], JSON]:
    """Return a change that drops keys of an object."""
    return lambda value: {key: item for key, item in value.items() if key not in keys} if _is_object(value) else value


def replaced(key: str, change: Callable[[JSON], JSON]) -> Callable[[JSON], JSON]:
    """Return a change of the value of a key, where there is one."""
    return lambda value: {**value, key: change(value[key])} if _is_object(value) and key in value else value


def _is_object(value: JSON) -> bool:
    return isinstance(value, dict)


def _always(value: JSON) -> Callable[[JSON], JSON]:
    return lambda _: value


def _none_if(unwanted: JSON) -> Callable[[JSON], bool]:
    return lambda value: bool(value == unwanted) and type(value) is type(unwanted)


def _dropped_when(key: str, unwanted: Callable[[JSON], bool]) -> Callable[[JSON], JSON]:
    def change(value: JSON) -> JSON:
        return without(key)(value) if _is_object(value) and key in value and unwanted(value[key]) else value

    return change


def _settings() -> Iterator[Fault]:
    """The settings of a file_search tool."""
    results, ranking = f"roundtrip.{_SEARCH}.max_num_results", f"roundtrip.{_SEARCH}.ranking_options"
    results, ranking = results.replace("[]", ""), ranking.replace("[]", "")
    whole: dict[str, JSON] = {"tools": [FILE_SEARCH]}
    at = partial(_at, f"{_SEARCH}")
    yield at("max-num-results-dropped", results, "drops max_num_results", without("max_num_results"), whole)
    change = replaced("max_num_results", lambda value: 20)
    yield at("max-num-results-default", results, "stores 20 for any max_num_results", change, whole)
    change = replaced("max_num_results", lambda value: min(value, 49))
    yield at("max-num-results-capped", results, "stores 49 for max_num_results 50", change, _search(max_num_results=50))
    change = _dropped_when("max_num_results", _none_if(1))
    yield at("max-num-results-one-lost", results, "drops max_num_results 1", change, _search(max_num_results=1))
    yield at("ranking-options-dropped", ranking, "drops ranking_options", without("ranking_options"), whole)
    change = replaced("ranking_options", without("ranker"))
    yield at("ranker-dropped", ranking, "drops the ranker", change, whole)
    change = replaced("ranking_options", replaced("ranker", _always("default_2024_08_21")))
    yield at("ranker-resolved", ranking, "stores default_2024_08_21 for the ranker auto", change, whole)
    change = replaced("ranking_options", replaced("ranker", lambda value: value.replace("_", "-")))
    hyphens = _search(ranking_options={"score_threshold": 0, "ranker": "default_2024_08_21"})
    words = "writes the ranker with hyphens"
    yield stored_at("ranker-hyphens", ranking, words, _SEARCH, change, hyphens, also=("response.tools.type",))
    change = replaced("ranking_options", replaced("score_threshold", lambda value: round(value, 1)))
    digits = ("roundtrip.numbers.double", ranking)
    yield stored_at(
        "score-threshold-rounded",
        "roundtrip.numbers.exact",
        "rounds score_threshold to a digit",
        _SEARCH,
        change,
        whole,
        also=digits,
    )
    change = replaced("ranking_options", replaced("score_threshold", lambda value: value or 0.5))
    zero = _search(ranking_options={"score_threshold": 0})
    yield at("score-threshold-zero-lost", ranking, "stores 0.5 for score_threshold 0", change, zero)
    change = replaced("ranking_options", replaced("score_threshold", lambda value: value if value < 1 else 0))
    one = _search(ranking_options={"score_threshold": 1})
    yield at("score-threshold-one-lost", ranking, "stores 0 for score_threshold 1", change, one)
    empty: dict[str, JSON] = {"tools": [{"type": "file_search", "file_search": {}}]}
    drop = _dropped_when("file_search", _none_if({}))
    yield _at(
        "tools[]", "file-search-empty-dropped", "roundtrip.nested_empty", "drops an empty file_search", drop, empty
    )


def _at(place: str, name: str, requirement: str, words: str, change: Callable[[JSON], JSON], *shows: Shown) -> Fault:
    return stored_at(name, requirement, words, place, change, *shows)


def _search(**settings: JSON) -> dict[str, JSON]:
    return {"tools": [{"type": "file_search", "file_search": settings}]}


def _function(**members: JSON) -> dict[str, JSON]:
    return {"tools": [{"type": "function", "function": {"name": "Look-up", **members}}]}


def _functions() -> Iterator[Fault]:
    """The members of a function tool."""
    at = partial(_at, _FUNCTION)
    head = "roundtrip.tools.function"
    whole: dict[str, JSON] = {"tools": [FUNCTION]}
    name, description, strict = f"{head}.name", f"{head}.description", f"{head}.strict"
    yield at(
        "function-name-lower", name, "stores names of functions in small letters", _renamed(str.lower), _function()
    )
    change = _renamed(lambda text: text.replace("-", "_"))
    yield at("function-name-dashes", name, "writes _ for - in names of functions", change, _function())
    long = {"tools": [{"type": "function", "function": {"name": "n" * 64}}]}
    cut = _renamed(lambda text: text[:63])
    large, words = "roundtrip.large_values", "cuts names of functions at 63 characters"
    taken = ("validation.tools.type",)  # two long names may become the same one
    yield stored_at("function-name-cut", large, words, _FUNCTION, cut, long, also=taken)
    change = without("description")
    yield at("function-description-dropped", description, "drops descriptions of functions", change, whole)
    change = _dropped_when("description", _none_if(""))
    yield at("function-description-empty", description, "drops empty descriptions", change, _function(description=""))
    change = replaced("description", lambda text: text[:1024])
    words, told = "cuts descriptions of functions at 1,024 characters", _function(description="d" * 1025)
    yield stored_at("function-description-cut", large, words, _FUNCTION, change, told, also=(description,))
    parameters, free = f"{head}.parameters", "roundtrip.free_json"
    yield at("function-parameters-dropped", parameters, "drops parameters", without("parameters"), whole)
    change = _dropped_when("parameters", _none_if({}))
    yield at("function-parameters-empty", free, "drops empty parameters", change, _function(parameters={}))
    change = replaced("parameters", lambda value: value or {"type": "object", "properties": {}})
    words = "fills empty parameters with a schema"
    yield at("function-parameters-filled", free, words, change, _function(parameters={}))
    yield at("function-strict-dropped", strict, "drops strict", without("strict"), whole)
    change = replaced("strict", _always(value=False))
    yield at(
        "function-strict-off", strict, "stores strict as false", change, _function(strict=True, parameters=_STRICT)
    )
    change = replaced("strict", lambda value: True if value is None else value)
    yield at("function-strict-null-on", strict, "stores strict null as true", change, _function(strict=None))
    change = replaced("strict", lambda value: value or None)
    yield at("function-strict-false-null", strict, "stores strict false as null", change, _function(strict=False))
    yield at("function-strict-filled-on", strict, "fills in strict true", _strict_where_not_sent, _function())


_STRICT: dict[str, JSON] = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def _strict_where_not_sent(item: JSON) -> JSON:
    return {"strict": True, **item} if isinstance(item, dict) else item


def _renamed(change: Callable[[str], str]) -> Callable[[JSON], JSON]:
    return replaced("name", lambda value: change(value) if isinstance(value, str) else value)


def _formats() -> Iterator[Fault]:
    """The members of a JSON schema format."""
    at = partial(_at, _SCHEMA)
    head = f"roundtrip.{_SCHEMA}"
    change = replaced("description", lambda text: text[:1024])
    words, told = "cuts descriptions of schemas at 1,024 characters", _format(description="d" * 1025)
    large = "roundtrip.large_values"
    yield stored_at("format-description-cut", large, words, _SCHEMA, change, told, also=(f"{head}.description",))
    whole = body_with("response_format", FORMAT)
    capitals = _format(name="Reply-1")
    yield at(
        "format-name-lower", f"{head}.name", "stores names of formats in small letters", _renamed(str.lower), capitals
    )
    yield at(
        "format-name-replaced", f"{head}.name", "names every format response", _renamed(lambda _: "response"), whole
    )
    change = without("description")
    yield at("format-description-dropped", f"{head}.description", "drops descriptions of formats", change, whole)
    change = _dropped_when("description", _none_if(""))
    empty = _format(description="")
    yield at("format-description-empty", f"{head}.description", "drops an empty description of a format", change, empty)
    yield at("format-schema-dropped", f"{head}.schema", "drops schemas of formats", without("schema"), whole)
    change = _dropped_when("schema", _none_if({}))
    free = "roundtrip.free_json"
    yield at("format-schema-empty", free, "drops an empty schema of a format", change, _format(schema={}))
    yield at("format-strict-dropped", f"{head}.strict", "drops strict of formats", without("strict"), whole)
    strict = _format(strict=True, schema=_STRICT)
    off = replaced("strict", _always(value=False))
    yield at("format-strict-off", f"{head}.strict", "stores strict of formats as false", off, strict)
    change = replaced("strict", lambda value: True if value is None else value)
    yield at(
        "format-strict-null-on", f"{head}.strict", "stores strict null of formats as true", change, _format(strict=None)
    )
    words, told = "fills in strict true in formats", _format()
    yield at("format-strict-filled-on", f"{head}.strict", words, _strict_where_not_sent, told)


def _format(**members: JSON) -> dict[str, JSON]:
    return body_with("response_format", {"type": "json_schema", "json_schema": {"name": "n", **members}})


def _lists() -> Iterator[Fault]:
    """The order and the number of tools and ids."""
    kinds = [FUNCTION, FILE_SEARCH, {"type": "code_interpreter"}]
    order = "roundtrip.tools.order"
    names: list[JSON] = [{"type": "function", "function": {"name": name}} for name in ("zeta", "alpha", "mid")]
    at = partial(_at, "tools")
    yield at("tools-sorted-by-type", order, "sorts tools by type", _sorted_by(_kind), {"tools": kinds})
    yield at("tools-reversed", order, "reverses tools", lambda value: value[::-1], {"tools": kinds})
    yield at("functions-sorted", order, "sorts functions by name", _sorted_by(_tool_name), {"tools": names})
    change = _sorted_by(lambda tool: tool.get("type") != "function")
    yield at("functions-first", order, "stores functions before other tools", change, {"tools": kinds[::-1]})
    stored = "roundtrip.tools.stored"
    yield at("last-tool-lost", stored, "drops the last of three or more tools", _but_last, {"tools": kinds})
    yield at("first-tool-only", stored, "stores the first tool only", lambda value: value[:1], {"tools": kinds})
    change = _limited(100)
    many: list[JSON] = [{"type": "function", "function": {"name": f"f{number}"}} for number in range(128)]
    yield at("tools-cut-at-100", "roundtrip.large_values", "stores the first 100 tools only", change, {"tools": many})
    change = _limited(127)
    yield at("tools-cut-at-127", "roundtrip.large_values", "stores the first 127 tools only", change, {"tools": many})
    yield from _ids()


def _ids() -> Iterator[Fault]:
    files, stores = f"roundtrip.{_FILES}", f"roundtrip.{_STORES}"
    at = partial(_at, f"{_FILES}.file_ids")
    several: dict[str, JSON] = {"tool_resources": {"code_interpreter": {"file_ids": ["file-3", "file-1", "file-2"]}}}
    yield at("file-ids-sorted", files, "sorts file ids", sorted, several)
    yield at("file-ids-first-only", files, "stores the first file id only", lambda value: value[:1], several)
    yield at("file-ids-reversed", files, "reverses file ids", lambda value: value[::-1], several)
    twenty: dict[str, JSON] = {"tool_resources": {"code_interpreter": {"file_ids": [f"file-{n}" for n in range(20)]}}}
    words = "stores the first 10 file ids only"
    cut = at("file-ids-cut-at-10", "roundtrip.large_values", words, _limited(10), twenty)
    yield replace(cut, also=(*cut.also, files))  # a drawn body may have as many
    yield at("file-ids-prefixed", files, "prefixes file ids", lambda value: [f"x-{item}" for item in value], several)
    store: dict[str, JSON] = {"tool_resources": {"file_search": {"vector_store_ids": ["vs_A"]}}}
    at = partial(_at, f"{_STORES}.vector_store_ids")
    yield at("store-ids-lost", stores, "stores no vector store ids", lambda value: [], store)
    lowered = "stores vector store ids in capitals"
    yield at("store-ids-capitals", stores, lowered, lambda value: [str(item).upper() for item in value], store)
    both: dict[str, JSON] = {"tool_resources": {**several["tool_resources"], **store["tool_resources"]}}
    words = "drops vector stores when files are sent beside them"
    yield _at("tool_resources", "stores-lost-beside-files", stores, words, _only_files, both)


def _only_files(value: JSON) -> JSON:
    return without("file_search")(value) if isinstance(value, dict) and len(value) > 1 else value


def _kind(tool: dict[str, JSON]) -> str:
    return str(tool.get("type"))


def _tool_name(tool: dict[str, JSON]) -> str:
    function = tool.get("function")
    return str(function.get("name")).lower() if isinstance(function, dict) else ""


def _sorted_by(key: Callable[[dict[str, JSON]], str | bool]) -> Callable[[JSON], JSON]:
    return lambda value: sorted(value, key=key)


def _but_last(value: JSON) -> JSON:
    return value[:-1] if len(value) > 2 else value


def _limited(count: int) -> Callable[[JSON], JSON]:
    return lambda value: value[:count]


def _numbers() -> Iterator[Fault]:
    """Numbers that lose digits."""
    exact, double = "roundtrip.numbers.exact", "roundtrip.numbers.double"
    alterations: tuple[tuple[str, str, Callable[[float], JSON], float], ...] = (
        ("single-precision", "stores numbers in single precision", _single, 0.1),
        ("one-digit", "rounds numbers to a digit", lambda value: round(value, 1), 0.01),
        ("two-digits", "rounds numbers to two digits", lambda value: round(value, 2), 0.001),
        ("six-digits", "rounds numbers to six digits", lambda value: round(value, 6), 1e-7),
        (
            "fifteen-digits",
            "stores fifteen digits of numbers",
            lambda value: float(f"{value:.15g}"),
            0.30000000000000004,
        ),
        ("tiny-as-zero", "stores 0 for numbers below 1e-100", lambda value: 0 if value < 1e-100 else value, 1e-300),
    )
    for name, words, change, sample in alterations:
        for field in ("temperature", "top_p"):
            yield stored_at(
                f"{field.replace('_', '-')}-{name}",
                exact if name == "one-digit" else double,
                f"{words}, in {field}",
                field,
                _number(change),
                {field: sample},
                also=(double,),
            )


def _number(change: Callable[[float], JSON]) -> Callable[[JSON], JSON]:
    return lambda value: change(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _single(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])
