"""What an assistant can use: its tools, the files behind them, and the format of its answers.

Functions and JSON formats are alike (a name, a description, free JSON, ``strict``) and share their parts. A list of
128 tools is built from a few drawn functions whose names are numbered; no function's name occurs twice, and neither
does ``code_interpreter`` or ``file_search``, for real servers refuse that.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

from strategies.choices import Choices
from strategies.constraints import branches
from strategies.freejson import FREE_JSON, ROOM, JSONObject, build_object_schema, build_strict_schema, fresh
from strategies.jsonvalues import JSON, depth
from strategies.leaves import leaves
from strategies.permissions import LONG_DESCRIPTION
from strategies.scalars import build_object
from strategies.text import build_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from strategies.editions import Edition

NAME_LENGTH = 64
"""Characters that the name of a function or of a JSON format may have."""

_ALPHABET = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_NAMES = (
    *("f", "get_weather", "lookup-2", "A", "_", "-", "0", "a" * NAME_LENGTH, "x" * (NAME_LENGTH - 1), _ALPHABET),
    *("null", "true", "__proto__", "constructor", "auto", "function", "Get_Weather", "-_-", "0123456789"),
    *("Z" * NAME_LENGTH, "0-_" * 21 + "0"),
)
_DRAWN = ""
_NAMES_AND_DRAWN = (*_NAMES * 3, *(_DRAWN,) * 4)

_SAMPLES = tuple(
    schema for name, schema in FREE_JSON.items() if "type" in schema and name != "beyond_2_53" and depth(schema) <= ROOM
)
"""The samples that any server must carry, wherever they stand in a body."""

_DESCRIBED = 5
_TEMPLATES = (1, 2)

_MOST = 128
_FEW = ((few, few + 1) for few in (0, 1, 1, 2, 3, 1, 0, 2, 4) * 5)
_COUNTS = ((0, _MOST + 1), *_FEW, (8, 9), (20, 21), (63, 64), (_MOST - 1, _MOST), *((_MOST, _MOST + 1),) * 2)
_FILE_COUNTS = tuple(sorted((*range(21), *(0, 1, 1, 1, 2, 2, 3, 3, 5, 19, *(20,) * 8))))

_HOSTED = ("code_interpreter", "file_search")
_BESIDE = (False,) * 3 + (True,) * 2

_FORMATS = ("null", "auto", "text", "json_object", "json_schema", "json_schema")
WITHOUT_JSON: Mapping[str, str] = {"json_object": "auto", "json_schema": "text"}
"""The forms of a response format that ask for JSON, and thus for function tools only; each with one that does not."""

_RESULTS = tuple(sorted((*range(1, 51), *(1,) * 12, *(20,) * 6, *(50,) * 12)))
_THRESHOLDS = (0, 0.25, 0.5, 1)
_TINY = 1e-7
_STRICT = ("absent", "absent", "absent", "null", "false", "true")
_STRICT_VALUES: Mapping[str, JSON] = {"null": None, "false": False, "true": True}


@cache
def _named(edition: Edition, what: str) -> Mapping[str, Any]:
    """Return the schema of a ``function`` or of a ``json_schema``."""
    union, tag, key = {
        "function": ("tool", "function", "function"),
        "json_schema": ("response_format", "json_schema", "json_schema"),
    }[what]
    branch = branches(edition.request["$defs"][union], edition.request)[tag]
    inner: Mapping[str, Any] = branch["properties"][key]
    return inner


@cache
def file_search_schema(edition: Edition) -> Mapping[str, Any]:
    """Return the schema of the settings of ``file_search``."""
    settings: Mapping[str, Any] = edition.request["$defs"]["file_search_tool"]["properties"]["file_search"]
    return settings


def _with_schema(choices: Choices, edition: Edition, what: str, key: str) -> JSONObject:
    """Return a function (free JSON under ``parameters``) or a JSON format (under ``schema``)."""
    name = choices.pick(_NAMES_AND_DRAWN)
    if name == _DRAWN:
        name = choices.draw(leaves(_named(edition, what)["properties"]["name"]))
    result: JSONObject = {"name": name}
    described = choices.part(_DESCRIBED)
    if described.pick((False, False, True)):
        result["description"] = build_text(described, 0, LONG_DESCRIPTION)
    strict = choices.pick(_STRICT)
    if strict == "true":
        result[key] = build_strict_schema(choices)
    else:
        match choices.pick(("absent", "sample", "built", "built", "type alone")):
            case "sample":
                result[key] = fresh(choices.pick(_SAMPLES))
            case "built":
                result[key] = build_object_schema(choices, ROOM)
            case "type alone":
                result[key] = {"type": "object"}
    if strict != "absent":
        result["strict"] = _STRICT_VALUES[strict]
    return result


def _file_search(choices: Choices, edition: Edition) -> JSONObject:
    tool: JSONObject = {"type": "file_search"}
    form = choices.pick(("bare", "empty", "results", "ranking", "both"))
    if form == "bare":
        return tool
    settings: JSONObject = {}
    if form in {"results", "both"}:
        settings["max_num_results"] = choices.pick(_RESULTS)
    if form in {"ranking", "both"}:
        ranking: JSONObject = {"score_threshold": build_number(choices, _THRESHOLDS)}
        rankers = _ranking(edition)["properties"]["ranker"]["enum"]
        if choices.pick((False, True)):
            ranking["ranker"] = choices.pick(rankers)
        settings["ranking_options"] = ranking
    tool["file_search"] = settings
    return tool


def _ranking(edition: Edition) -> Mapping[str, Any]:
    ranking: Mapping[str, Any] = file_search_schema(edition)["properties"]["ranking_options"]
    return ranking


def build_number(choices: Choices, usual: Sequence[float]) -> float:
    """Return one of the usual numbers, which ascend, as an integer or a double, or one that is a little or less below.

    The next greater of the usual ones is what any other shrinks to, if that is as good.
    """
    place = choices.pick(range(len(usual)))
    number, below = usual[place], usual[max(place - 1, 0)]
    way = choices.pick(("usual",) * 4 + ("double", "just below", "between", "between"))
    share = choices.below(2**16)
    match way:
        case "double":
            return float(number)
        case "just below":
            return math.nextafter(number, below) if place else _TINY
        case "between":
            return number - (number - below) * share / 2**16 if place else _TINY
    return number


def build_tool(choices: Choices, edition: Edition, tag: str) -> JSONObject:
    """Return one tool of the kind that the tag names."""
    if tag == "function":
        own = Choices(choices.draw)
        return {"type": "function", "function": _with_schema(own, edition, "function", "parameters")}
    if tag not in _HOSTED:
        option = branches(edition.request["$defs"]["tool"], edition.request)[tag]
        made: JSONObject = build_object(Choices(choices.draw), option)
        return made
    return _file_search(choices, edition) if tag == "file_search" else {"type": tag}


def _hosted(edition: Edition) -> tuple[str, ...]:
    """Return the types of tools other than functions."""
    return _HOSTED if edition.own is None else tuple(tag for tag in _tags(edition, "tool") if tag != "function")


def _tags(edition: Edition, union: str) -> tuple[str, ...]:
    return tuple(branches(edition.request["$defs"][union], edition.request))


def _numbered(templates: list[JSONObject], count: int) -> list[JSONObject]:
    """Repeat the functions up to a count; a name that is taken gets a number, and is cut to make room for it."""
    taken: set[str] = set()
    result: list[JSONObject] = []
    for place in range(count):
        template = templates[place % len(templates)]
        name = template["function"]["name"]
        number = place
        while name in taken:
            ending = f"_{number}"
            name = template["function"]["name"][: NAME_LENGTH - len(ending)] + ending
            number += 1
        taken.add(name)
        result.append({"type": "function", "function": {**fresh(template["function"]), "name": name}})
    return result


def build_tools(
    choices: Choices, edition: Edition, *, functions_only: bool = False, there: bool = True
) -> list[JSONObject]:
    """Return a list of 0 to 128 tools, in any order of their kinds; where they are not ``there``, an empty one."""
    functions = choices.amount(_COUNTS)
    different = choices.pick(_TEMPLATES)
    hosted = [tag for tag in _hosted(edition) if choices.pick(_BESIDE)]
    functions = functions if edition.own is None or "function" in _tags(edition, "tool") else 0
    hosted = hosted[:: choices.pick((1, -1))]
    if not there:
        return []
    tools = [] if functions_only else [build_tool(choices, edition, tag) for tag in hosted]
    functions = min(functions, _MOST - len(tools))
    templates = [build_tool(choices, edition, "function") for _ in range(min(functions, different))]
    tools += _numbered(templates, functions)
    first = choices.below(len(tools)) if len(tools) > 1 else 0
    return tools[first:] + tools[:first]


def _ids(choices: Choices, count: int, prefix: str, known: Sequence[str] | None) -> list[str]:
    """Return that many ids of the usual form, or as many of the known ones as there are."""
    if known is None:
        first = choices.below(2**8)
        return [f"{prefix}{first + place:024x}" for place in range(count)]
    if not known:
        return []
    first = choices.below(len(known))
    return [*known[first:], *known[:first]][:count]


def build_resources(
    choices: Choices,
    tags: frozenset[str],
    file_ids: Sequence[str] | None,
    vector_store_ids: Sequence[str] | None,
) -> JSONObject | None:
    """Return ``tool_resources``, or null; ids stand only beside a tool of the tags.

    Without given ids, some of the usual form are made up.
    """
    if choices.pick((False,) * 7 + (True,)):
        return None
    result: JSONObject = {}
    match choices.pick(("absent", "empty", "ids", "ids", "ids")):
        case "empty":
            result["code_interpreter"] = {}
        case "ids":
            count = choices.pick(_FILE_COUNTS) if "code_interpreter" in tags else 0
            result["code_interpreter"] = {"file_ids": _ids(choices, count, "file-", file_ids)}
    match choices.pick(("absent", "empty", "ids", "ids", "ids")):
        case "empty":
            result["file_search"] = {}
        case "ids":
            count = choices.pick((1, 1, 0)) if "file_search" in tags else 0
            result["file_search"] = {"vector_store_ids": _ids(choices, count, "vs_", vector_store_ids)}
    return result


def pick_form(choices: Choices, edition: Edition) -> str:
    """Return the form of a response format, one of null included."""
    if edition.own is None:
        return choices.pick(_FORMATS)
    tags = _tags(edition, "response_format")
    return choices.pick((*(form for form in _FORMATS if form in {"null", "auto", *tags}), *tags))


def build_form(choices: Choices, edition: Edition, form: str) -> JSON:
    """Return a response format of a form."""
    match form:
        case "null":
            return None
        case "auto":
            return "auto"
        case "json_schema":
            own = Choices(choices.draw)
            return {"type": form, "json_schema": _with_schema(own, edition, "json_schema", "schema")}
        case "text" | "json_object":
            return {"type": form}
    option = branches(edition.request["$defs"]["response_format"], edition.request)[form]
    return build_object(Choices(choices.draw), option)
