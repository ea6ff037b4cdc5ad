"""Tolerated variants that refuse more or less than the reference: models, ids, schemas, rules that join fields."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.exchange import Request, Response
from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Variant
from conformance.reference.faults.places import body_with
from conformance.reference.faults.steps import Demanding, Overlooking
from conformance.reference.rules import across
from strategies.permissions import LONG_DESCRIPTION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.reference.faults.fault import Shown
    from conformance.reference.faults.steps import Sent
    from conformance.reference.problems import Problem
    from conformance.reference.rules import Rules, State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON


_FILES = tuple(f"file-known{number:02}" for number in range(1, 21))
_STORES = ("vs_known",)


def variants() -> Iterator[Variant]:
    """Return the variants of this kind."""
    yield from _demands()
    yield from _across()


def _functions(sent: Sent) -> list[dict[str, JSON]]:
    return [tool["function"] for tool in sent.get("tools", ()) if "function" in tool]


def _schemas(sent: Sent) -> list[JSON]:
    answer = sent.get("response_format")
    of_format = answer.get("json_schema", {}).get("schema") if isinstance(answer, dict) else None
    return [*(function.get("parameters") for function in _functions(sent)), of_format]


_FEW_MODELS = frozenset({"gpt-4o", "gpt-4o-mini", "o3-mini"})


def _demands() -> Iterator[Variant]:
    def few_models(sent: Sent) -> str | None:
        return "model" if sent.get("model", "gpt-4o") not in _FEW_MODELS else None

    def object_schemas(sent: Sent) -> str | None:
        odd = [schema for schema in _schemas(sent) if schema is not None and schema.get("type", "object") != "object"]
        return "tools" if odd else None

    def typed_schemas(sent: Sent) -> str | None:
        untyped = [schema for schema in _schemas(sent) if schema is not None and schema.get("type") != "object"]
        return "tools" if untyped else None

    def described(sent: Sent) -> str | None:
        return (
            "tools"
            if any(len(function.get("description", "")) > LONG_DESCRIPTION for function in _functions(sent))
            else None
        )

    def known_ids(sent: Sent) -> str | None:
        resources = sent.get("tool_resources") or {}
        ids = [
            *resources.get("code_interpreter", {}).get("file_ids", ()),
            *resources.get("file_search", {}).get("vector_store_ids", ()),
        ]
        return "tool_resources" if any(str(item).startswith("file-none") for item in ids) else None

    def only_known(sent: Sent) -> str | None:
        resources = sent.get("tool_resources") or {}
        ids = {one for part in resources.values() for listed in part.values() for one in listed}
        return "tool_resources" if ids - {*_FILES, *_STORES} else None

    def once(sent: Sent) -> str | None:
        kinds = [tool["type"] for tool in sent.get("tools", ()) if tool["type"] != "function"]
        return "tools" if len(set(kinds)) < len(kinds) else None

    def whole_numbers(sent: Sent) -> str | None:
        for tool in sent.get("tools", ()):
            if isinstance(tool.get("file_search", {}).get("max_num_results"), float):
                return "tools"
        return None

    unlisted: Shown = {"model": "gpt-4-0613"}
    files: Shown = {"tool_resources": {"code_interpreter": {"file_ids": ["file-none"]}}}
    long: Shown = body_with("tools[].function.description", "d" * (LONG_DESCRIPTION + 1))
    demands: tuple[tuple[str, str, Callable[[Sent], str | None], Shown], ...] = (
        ("few-models", "knows three models only", few_models, unlisted),
        (
            "object-schemas-only",
            "rejects schemas that are of no object",
            object_schemas,
            body_with("tools[].function.parameters", {"type": "string"}),
        ),
        (
            "typed-schemas-only",
            'rejects schemas without `"type": "object"`',
            typed_schemas,
            body_with("tools[].function.parameters", {"properties": {}}),
        ),
        (
            "long-descriptions-refused",
            f"rejects descriptions of functions beyond {LONG_DESCRIPTION} characters",
            described,
            long,
        ),
        ("unknown-files-refused", "rejects ids of files that it does not know", known_ids, files),
        (
            "tools-once-only",
            "rejects two tools of the same type, functions aside",
            once,
            {"tools": [{"type": "code_interpreter"}] * 2},
        ),
    )
    for name, words, objects, sample in demands:
        yield Variant(name, words, partial(Demanding, objects), (sample,))
    yield Variant(
        "other-resource-ids-refused",
        "rejects all ids of files and vector stores but those that the user names",
        partial(Demanding, only_known),
        (files,),
        files=_FILES,
        stores=_STORES,
    )
    half: Shown = b'{"tools":[{"type":"file_search","file_search":{"max_num_results":5.0}}]}'
    yield Variant("whole-floats-refused", "rejects 5.0 for an integer", partial(_RawDemanding, whole_numbers), (half,))
    yield Variant("beta-header-asked", "asks for the header OpenAI-Beta", _Beta, (Request("GET", "/assistants/{id}"),))


class _RawDemanding(Behaviour):
    """Refuses what a function objects to, before anything is read into it."""

    def __init__(self, objects: Callable[[Sent], str | None]) -> None:
        self._objects = objects

    def check(self, rules: Rules, body: Mapping[str, JSON]) -> Sent:
        """Check as ever, and then what was sent."""
        sent = super().check(rules, body)
        field = self._objects(dict(body))
        if field is not None:
            raise Refusal(f"Invalid type for '{field}'.", param=field, code="invalid_type")
        return sent


class _Beta(Behaviour):
    def intercept(self, store: Store, request: Request) -> Response | None:
        if request.header("openai-beta"):
            return None
        message = "You must provide the 'OpenAI-Beta' header to access the Assistants API."
        return self.refuse(store, Refusal(message, code="invalid_beta"))


class _OnStored(Behaviour):
    """Judges the whole outcome, whatever was sent."""

    def check_together(self, rules: Rules, state: State, sent: Mapping[str, JSON]) -> None:
        """Judge the state as if all of it had been sent."""
        touched = {field: state[field] for field in ("model", "reasoning_effort", "temperature", "top_p")}
        sampled = {field: None if touched[field] == 1 else touched[field] for field in ("temperature", "top_p")}
        if not touched.keys().isdisjoint(sent):
            self.weigh(across(rules, state, {**touched, **sampled}))
        super().check_together(rules, state, sent)


def _across() -> Iterator[Variant]:
    yield Variant(
        "across-fields-on-stored-state",
        "judges rules that join fields on what is stored",
        _OnStored,
        ({"model": "o1"},),
    )
    same = body_with("tools", [{"type": "function", "function": {"name": "f"}}] * 2)
    rules: tuple[tuple[str, str, str, Shown], ...] = (
        ("equal-function-names", "takes two functions of the same name", "uniqueNames", same),
        (
            "json-formats-with-any-tool",
            "takes JSON formats beside any tool",
            "formatWithTools",
            {"response_format": {"type": "json_object"}},
        ),
        (
            "sampling-with-any-model",
            "takes temperature and top_p with every model",
            "samplingWithModel",
            {"model": "o1", "top_p": 0.5},
        ),
    )
    for name, words, keyword, sample in rules:
        yield Variant(name, words, partial(Overlooking, _of(keyword)), (sample,))
    yield Variant(
        "tools-for-resources",
        "rejects ids without their tool",
        _ToolsFirst,
        ({"tools": [], "tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}}},),
    )
    yield Variant(
        "formats-of-some-models",
        "takes JSON formats with gpt-4o models only",
        _FormatModels,
        ({"model": "gpt-4", "response_format": {"type": "json_object"}, "tools": []},),
    )


def _of(keyword: str) -> Callable[[Problem], bool]:
    return lambda problem: problem.keyword == keyword


class _ToolsFirst(Behaviour):
    def check_together(self, rules: Rules, state: State, sent: Mapping[str, JSON]) -> None:
        super().check_together(rules, state, sent)
        kinds = {tool["type"] for tool in state["tools"]}
        held = state["tool_resources"] or {}
        lacking = [tool for tool, part in held.items() if any(part.values()) and tool not in kinds]
        if lacking and not {"tools", "tool_resources"}.isdisjoint(sent):
            raise Refusal(f"tool_resources has ids for {lacking[0]}, which tools lacks.", param="tool_resources")


class _FormatModels(Behaviour):
    def check_together(self, rules: Rules, state: State, sent: Mapping[str, JSON]) -> None:
        super().check_together(rules, state, sent)
        answer = state["response_format"]
        asked = isinstance(answer, dict) and answer.get("type") != "text"
        if asked and not str(state["model"]).startswith("gpt-4o") and not {"model", "response_format"}.isdisjoint(sent):
            raise Refusal("This response_format is not supported with this model.", param="response_format")
