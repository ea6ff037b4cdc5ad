"""What a server may say: assistants in every published form, assistants from the future, and errors of every kind.

A caller must read all of them. The published assistant has nine keys that are always there; the rest may be missing,
and many may be null. Errors come from the service in its envelope, but as often from a gateway before it: a page of
HTML, an envelope of its own, or nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from strategies.arguments import Given, edition_of
from strategies.bodies import field_values
from strategies.choices import Choices
from strategies.constraints import branches
from strategies.editions import every_field
from strategies.errors import ApiError, api_errors, listed_errors
from strategies.fitting import fitted_answer
from strategies.freejson import FREE_JSON, fresh
from strategies.jsonvalues import JSON
from strategies.scalars import LONGEST, of_schema_alone, plain_value, stored_value
from strategies.specimens import words_of
from strategies.text import AWKWARD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from strategies.editions import Edition

__all__ = [
    "ApiError",
    "api_errors",
    "assistants",
    "future_assistants",
    "listed_assistants",
    "listed_errors",
    "listed_future_assistants",
]

JSONObject = dict[str, JSON]

_BARE: JSONObject = {
    "id": "asst_abc123",
    "object": "assistant",
    "created_at": 1698984975,
    "name": None,
    "description": None,
    "model": "gpt-4o",
    "instructions": None,
    "tools": [],
    "metadata": {},
}


@st.composite
def _assistants(draw: st.DrawFn, edition: Edition) -> JSONObject:
    choices = Choices(draw)
    answer: JSONObject = {
        "id": f"asst_{choices.below(2**24):024x}",
        "object": "assistant",
        "created_at": choices.pick((1698984975, 0, 1, 2**31 - 1, 2**31, 1767225600)),
    }
    optional = _optional(edition)
    always = [field for field in edition.shown if field not in optional]
    here = [field for field in optional if choices.pick((False, True))]
    answer |= {field: draw(field_values(field, edition=edition)) for field in (*always, *here)}
    # The service sent this key though its published schema does not name it.
    if choices.pick((False, False, True)):
        answer["reasoning_effort"] = choices.pick((None, *edition.efforts))
    return fitted_answer(edition, answer)


def _optional(edition: Edition) -> list[str]:
    """Return the fields that an assistant need not show."""
    return [field for field in edition.shown if field not in edition.assistant["required"]]


def assistants(*, edition: Given = None) -> st.SearchStrategy[JSONObject]:
    """Return a strategy for assistants that a server of the edition may answer with, the default one if none is given.

    All nine required keys are there; the others may be missing. Every union branch, null wherever it is allowed and
    every limit occur, and sometimes ``reasoning_effort``, which the service added beyond its schema.
    """
    return _assistants(edition_of(edition))


def listed_assistants(*, edition: Given = None) -> Mapping[str, JSONObject]:
    """Return valid assistants by name, the same ones always: minimal, full, and one for each form of each field."""
    edition = edition_of(edition)
    full = _full(edition)
    found: dict[str, JSONObject] = {"minimal": dict(_BARE), "full": full}
    for field in _optional(edition):
        found[f"full without {field}"] = {key: value for key, value in full.items() if key != field}
    for field in edition.shown:
        if field in edition.nullable:
            found[f"full with {field} null"] = {**full, field: None}
    for name, field, value in _forms(edition):
        found[name] = {**_BARE, field: value}
    found |= {f"name of text {name}": {**_BARE, "name": text} for name, text in AWKWARD.items()}
    found = {name: fitted_answer(edition, answer) for name, answer in found.items()}
    return fresh(found)  # type: ignore[no-any-return]


def _full(edition: Edition) -> JSONObject:
    return {
        "id": "asst_abc123",
        "object": "assistant",
        "created_at": 1698984975,
        "name": "Weather",
        "description": "Tells the weather.",
        "model": "gpt-4o",
        "instructions": "You tell the weather.\nBe brief.",
        "tools": [{"type": "code_interpreter"}, _FILE_SEARCH, {"type": "function", "function": _FUNCTION}],
        "tool_resources": {
            "code_interpreter": {"file_ids": ["file-abc123", "file-def456"]},
            "file_search": {"vector_store_ids": ["vs_abc123"]},
        },
        "metadata": {"key": "value", "empty": ""},
        "temperature": 0.7,
        "top_p": 1.0,
        "response_format": "auto",
        **{field: stored_value(edition.schema_of(field)) for field in of_schema_alone(edition)},
    }


_FILE_SEARCH: JSONObject = {
    "type": "file_search",
    "file_search": {"max_num_results": 7, "ranking_options": {"ranker": "auto", "score_threshold": 0.5}},
}
_FUNCTION: JSONObject = {
    "name": "get_weather",
    "description": "The weather of a place.",
    "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
    "strict": False,
}


_TEXTS = ("name", "description", "instructions")


def _forms(edition: Edition) -> Iterator[tuple[str, str, JSON]]:
    """Yield a name, a field and a value for each form that a field may have."""
    yield from ((f"model {model}", "model", model) for model in edition.models)
    texts = {"empty": "", "as long as it may be": None}
    for field in (one for one in edition.fields if one in _TEXTS):
        limit = edition.request["properties"][field].get("maxLength", LONGEST)
        yield from ((f"{field} {name}", field, "a" * limit if text is None else text) for name, text in texts.items())
    for field, most in (("temperature", 2), ("top_p", 1)):
        yield from ((f"{field} {value!r}", field, value) for value in (0, 0.0, 1, 1.0, most, 0.1))
    for field in of_schema_alone(edition):
        schema = edition.schema_of(field)
        values = words_of(schema) or (plain_value(schema), stored_value(schema))
        yield from ((f"{field} {value!r}", field, value) for value in values)
    yield from _tool_forms()
    yield "tool_resources empty", "tool_resources", {}
    yield "tool_resources of empty tools", "tool_resources", {"code_interpreter": {}, "file_search": {}}
    empty_lists: JSONObject = {"code_interpreter": {"file_ids": []}, "file_search": {"vector_store_ids": []}}
    yield "tool_resources of empty lists", "tool_resources", empty_lists
    files = [f"file-{number:024}" for number in range(20)]
    twice: JSONObject = {"code_interpreter": {"file_ids": ["file-b", "file-a", "file-b"]}}
    yield "tool_resources of a file twice", "tool_resources", twice
    yield "tool_resources of 20 files", "tool_resources", {"code_interpreter": {"file_ids": files}}
    yield "metadata full", "metadata", {f"{number:02}".ljust(64, "k"): "v" * 512 for number in range(16)}
    yield "metadata of names of methods", "metadata", {name: f"of {name}" for name in METHODS}
    yield "created_at beyond 2038", "created_at", 2**31
    yield "created_at beyond 2106", "created_at", 2**32 + 1
    yield "an id of another form", "id", "asst_Other-1"
    formats: dict[str, JSON] = {"auto": "auto"}
    formats |= {tag: {"type": tag} for tag in branches(edition.request["$defs"]["response_format"], edition.request)}
    formats["json_schema"] = {"type": "json_schema", "json_schema": {"name": "answer"}}
    yield from ((f"response_format {name}", "response_format", value) for name, value in formats.items())
    for strict in (None, False, True):
        schema = {"name": "answer", "description": "", "schema": FREE_JSON["strict_plain"], "strict": strict}
        named = {"type": "json_schema", "json_schema": schema}
        yield f"response_format json_schema strict {strict}", "response_format", named


METHODS = (
    *("clear", "copy", "get", "hasOwnProperty", "items", "keys", "length", "pop", "setdefault", "size", "toString"),
    *("update", "valueOf", "values", "forEach", "__class__"),
)
"""Keys that are names of what the objects of common languages have of their own; as many as metadata may have."""


def _tool_forms() -> Iterator[tuple[str, str, JSON]]:
    settings: dict[str, JSON] = {
        "bare": None,
        "empty": {},
        "with results": {"max_num_results": 50},
        "with ranking": {"ranking_options": {"score_threshold": 0}},
        "with both": _FILE_SEARCH["file_search"],
    }
    yield "tools code_interpreter", "tools", [{"type": "code_interpreter"}]
    for name, value in settings.items():
        tool = {"type": "file_search"} if value is None else {"type": "file_search", "file_search": value}
        yield f"tools file_search {name}", "tools", [tool]
    functions: dict[str, JSONObject] = {
        "bare": {"name": "f"},
        "with empty description": {"name": "f", "description": ""},
        "strict null": {"name": "f", "strict": None},
        "strict true": {"name": "f", "parameters": FREE_JSON["strict_plain"], "strict": True},
        "full": _FUNCTION,
    }
    functions |= {f"with parameters {name}": {"name": "f", "parameters": value} for name, value in FREE_JSON.items()}
    nested: JSON = "24 levels down"
    for _ in range(24):
        nested = [nested]
    functions["nested deeply"] = {"name": "f", "parameters": {"type": "object", "default": nested}}
    alike = [{"type": "function", "function": {"name": "f", "description": text}} for text in ("one", "another")]
    yield "tools two functions of one name", "tools", alike
    for name, function in functions.items():
        yield f"tools function {name}", "tools", [{"type": "function", "function": function}]
    many = [{"type": "function", "function": {"name": f"f_{number}"}} for number in range(128)]
    yield "tools 128 functions", "tools", many


_FUTURE: Mapping[str, JSONObject] = {
    "unknown field": {"voice": {"name": "alto", "speed": 1.5}},
    "unknown field null": {"voice": None},
    "unknown fields of every type": {"x": 1, "y": "a", "z": True, "list": [1, None], "w": 0.5},
    "unknown fields named as in envelopes": {
        "error": None,
        "errors": [],
        "data": {"id": "data_1"},
        "result": None,
        "status": "ready",
        "code": 0,
        "message": "",
    },
    "reasoning effort": {"reasoning_effort": "medium"},
    "reasoning effort null": {"reasoning_effort": None},
    "unknown reasoning effort": {"reasoning_effort": "extreme"},
    "unknown model": {"model": "gpt-99-turbo"},
    "unknown tool": {"tools": [{"type": "browser", "browser": {"depth": 3}}]},
    "unknown tool without settings": {"tools": [{"type": "computer"}]},
    "unknown tool among known ones": {
        "tools": [{"type": "code_interpreter"}, {"type": "browser"}, {"type": "function", "function": {"name": "f"}}]
    },
    "unknown key in a tool": {"tools": [{"type": "code_interpreter", "container": "auto"}]},
    "unknown key in a function": {"tools": [{"type": "function", "function": {"name": "f", "cache": True}}]},
    "unknown key in file_search": {"tools": [{"type": "file_search", "file_search": {"filters": []}}]},
    "unknown ranker": {
        "tools": [
            {
                "type": "file_search",
                "file_search": {"ranking_options": {"ranker": "default-2024-08-21", "score_threshold": 0.0}},
            }
        ]
    },
    "unknown response format": {"response_format": {"type": "grammar", "grammar": {"syntax": "lark"}}},
    "unknown response format as text": {"response_format": "markdown"},
    "unknown key in a response format": {"response_format": {"type": "text", "verbosity": "low"}},
    "unknown tool resource": {"tool_resources": {"browser": {"profile_ids": ["p_1"]}}},
    "unknown key in a tool resource": {"tool_resources": {"code_interpreter": {"file_ids": [], "memory": "1g"}}},
    "more vector stores": {"tool_resources": {"file_search": {"vector_store_ids": ["vs_abc123", "vs_def456"]}}},
    "longer name": {"name": "n" * 300},
    "more metadata": {"metadata": {f"key_{number}": "v" for number in range(20)}},
}


def listed_future_assistants(*, edition: Given = None) -> Mapping[str, JSONObject]:
    """Return assistants by name with fields, tools and values that no edition knows yet, the same ones always."""
    edition = edition_of(edition)
    full = fitted_answer(edition, _full(edition))
    removed = every_field() - set(edition.fields) if edition.own is not None else frozenset()
    found = {name: {**full, **change} for name, change in _FUTURE.items() if removed.isdisjoint(change)}
    return fresh(found)  # type: ignore[no-any-return]


@st.composite
def _future_assistants(draw: st.DrawFn, edition: Edition) -> JSONObject:
    answer: JSONObject = draw(_assistants(edition))
    choices = Choices(draw)
    for _ in range(choices.pick((1, 2, 3))):
        answer |= fresh(choices.pick(tuple(_FUTURE.values())))
    return answer


def future_assistants(*, edition: Given = None) -> st.SearchStrategy[JSONObject]:
    """Return a strategy for assistants with unknown fields, tools, enum values or wider limits.

    A caller that is to outlive its edition keeps reading what it knows of them. They need not obey the schema.
    """
    return _future_assistants(edition_of(edition))
