"""The rules of one edition as the server knows them: fields, models, and what joins several fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from conformance.reference.defaults import default
from conformance.reference.errors import Refusal
from conformance.reference.models import ADAPTERS, METADATA_PAIRS
from conformance.reference.problems import Problem, problem, too_many_pairs
from conformance.reference.schemas import SchemaCheck
from strategies.editions import Edition, allows_null
from strategies.editions import edition as published
from strategies.fitting import fitted
from strategies.patterns import numbered
from strategies.permissions import JSON_MODELS, WITHOUT_SCHEMAS
from strategies.specimens import Maker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pydantic import TypeAdapter

    from strategies.editions.own import Own
    from strategies.jsonvalues import JSON

State = dict[str, "JSON"]
"""An assistant as it is stored; never altered, only replaced."""

FIELDS = (
    "name",
    "description",
    "model",
    "instructions",
    "tools",
    "top_p",
    "temperature",
    "reasoning_effort",
    "tool_resources",
    "metadata",
    "response_format",
)
"""What a modify may set in every edition, in the order in which an answer shows it."""

_REASONING_2025 = "o3-mini o3-mini-2025-01-31 o1 o1-2024-12-17"
_PLAIN_2025 = (
    "gpt-4o gpt-4o-2024-11-20 gpt-4o-2024-08-06 gpt-4o-2024-05-13 gpt-4o-mini gpt-4o-mini-2024-07-18 "
    "gpt-4.5-preview gpt-4.5-preview-2025-02-27 gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-0125-preview "
    "gpt-4-turbo-preview gpt-4-1106-preview gpt-4-vision-preview gpt-4 gpt-4-0314 gpt-4-0613 gpt-4-32k "
    "gpt-4-32k-0314 gpt-4-32k-0613 gpt-3.5-turbo gpt-3.5-turbo-16k gpt-3.5-turbo-0613 gpt-3.5-turbo-1106 "
    "gpt-3.5-turbo-0125 gpt-3.5-turbo-16k-0613"
)
_REASONING_2026 = "gpt-5 gpt-5-mini gpt-5-nano gpt-5-2025-08-07 gpt-5-mini-2025-08-07 gpt-5-nano-2025-08-07"
_PLAIN_2026 = "gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4.1-2025-04-14 gpt-4.1-mini-2025-04-14 gpt-4.1-nano-2025-04-14"
_MODELS = {
    "2025-03": (_REASONING_2025, _PLAIN_2025),
    "2026-08": (f"{_REASONING_2025} {_REASONING_2026}", f"{_PLAIN_2025} {_PLAIN_2026}"),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What one edition asks."""

    edition: str
    reasoning: frozenset[str]
    """The listed models that take ``reasoning_effort``."""
    plain: frozenset[str]
    """The listed models that do not."""
    validators: Mapping[str, Callable[[JSON], JSON]]
    """For each field what reads it; raises :class:`pydantic.ValidationError`."""
    initial: Mapping[str, JSON]
    """What those of the fields hold at first that only some editions have and that cannot be null."""
    checks: Mapping[str, SchemaCheck] = field(default_factory=dict)
    """For fields that an edition of the user's own has otherwise than published, what says what is wrong with them."""
    switched: Mapping[str, str] = field(default_factory=dict)
    """The rules that such an edition has switched, ``on`` or ``off``."""
    pairs: int | None = METADATA_PAIRS
    """How many pairs metadata may have; ``None`` for any number."""
    ids: str = ""
    """The pattern of the ids of assistants, where an edition of the user's own has one."""

    @classmethod
    def of(cls, edition: str | Edition) -> Rules:
        """Return the rules of an edition, or of a published one by its name.

        Raises :class:`ValueError` for a name that the server does not know.
        """
        if isinstance(edition, Edition) and edition.own is not None:
            return _of_own(edition, edition.own)
        name = edition.name if isinstance(edition, Edition) else edition
        if name not in ADAPTERS:
            raise ValueError(f"unknown edition {name!r}; choose from {', '.join(ADAPTERS)}")
        reasoning, plain = _MODELS[name]
        validators = {field: adapter.validator.validate_python for field, adapter in ADAPTERS[name].items()}
        initial = {field: _least(adapter) for field, adapter in ADAPTERS[name].items() if field not in FIELDS}
        initial = {field: value for field, value in initial.items() if value is not None}
        return cls(name, frozenset(reasoning.split()), frozenset(plain.split()), validators, initial)

    @property
    def fields(self) -> tuple[str, ...]:
        """What a modify may set, in the order in which an answer shows it."""
        usual = (field for field in FIELDS if field in self.validators)
        return (*usual, *(field for field in self.validators if field not in FIELDS))

    def id_of(self, number: int) -> str:
        """Return the id of the assistant with a number; ``""`` where the edition says nothing of ids."""
        return numbered(self.ids, number) if self.ids else ""

    def takes_effort(self, model: JSON) -> bool | None:
        """Return whether a model takes ``reasoning_effort``; ``None`` for a model that is not listed."""
        if not isinstance(model, str) or (model not in self.reasoning and model not in self.plain):
            return None
        return model in self.reasoning

    def check(self, field: str, value: JSON) -> tuple[JSON, Iterable[Problem]]:
        """Return the value of a field as it is to be stored, and what is wrong with it.

        With problems the value is the one that was given.
        """
        if field in self.checks:
            return value, self.checks[field](value)
        try:
            return self.validators[field](value), ()
        except ValidationError as error:
            # One by one as they are asked for: a hostile body has hundreds of thousands.
            return value, (problem(field, detail) for detail in error.errors(include_url=False))


def _of_own(edition: Edition, own: Own) -> Rules:
    base = published(own.base)
    before = Rules.of(own.base)
    checks = {
        field: SchemaCheck(field, edition.schema_of(field), edition.request)
        for field in edition.fields
        if field not in base.fields or edition.full_schema_of(field) != base.full_schema_of(field)
    }
    validators = {field: before.validators.get(field, _as_it_is) for field in edition.fields}
    initial = {field: first for field in edition.fields if (first := _first(edition, field)) != default(field)}
    metadata = edition.schema_of("metadata") if "metadata" in edition.fields else {}
    # Where no model is known to reason, an effort is for every model or for none: the field would be there for nothing.
    free = {} if edition.reasoning_models else {"effort_on_other_model": "off"}
    return Rules(
        edition.name,
        edition.reasoning_models,
        frozenset(edition.models) - edition.reasoning_models,
        validators,
        initial,
        checks,
        {**free, **own.rules},
        metadata.get("maxProperties"),
        own.ids.get("assistants", ""),
    )


def _as_it_is(value: JSON) -> JSON:
    return value


def _first(edition: Edition, field: str) -> JSON:
    """Return what a field holds at first and after null."""
    schema = edition.schema_of(field)
    usual = default(field)
    if field == "model":
        return None
    if field in FIELDS and not list(SchemaCheck(field, schema, edition.request)(usual)):
        return schema.get("default", usual) if usual is not None else None
    if "default" in schema:
        return schema["default"]
    if field == "tools":  # functions, which go with every format of answers
        return fitted(edition, {field: usual}).get(field)
    return None if allows_null(schema) else Maker(edition.request).least(schema)


def _least(adapter: TypeAdapter[Any]) -> JSON:
    """Return null where a field may be null, and else the least or first value that it may have."""
    schema = adapter.json_schema()
    for value in (None, *schema.get("enum", ()), schema.get("const"), schema.get("minimum"), False, 0, ""):
        try:
            adapter.validator.validate_python(value)
        except ValidationError:
            continue
        return value
    return None


def across(rules: Rules, state: State, sent: Mapping[str, JSON]) -> Iterator[Problem]:
    """Return what is wrong with an assistant as it would be after a modify, in rules that join several fields.

    Such a rule is judged on the whole state, but only when the modify touches one of its fields.
    """
    for name, fields, rule in _ACROSS:
        state_of = rules.switched.get(name, "on" if name in _USUAL else "off")
        if state_of == "on" and not fields.isdisjoint(sent):
            yield from rule(rules, state, sent)


def _items(tools: JSON) -> list[dict[str, JSON]]:
    return [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []


def _unique_names(rules: Rules, state: State, sent: Mapping[str, JSON]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, tool in enumerate(_items(state.get("tools"))):
        function = tool.get("function")
        name = function.get("name") if isinstance(function, dict) else None
        if isinstance(name, str):
            if name in seen:
                refusal = Refusal("Function tools must have unique names.", param=f"tools[{index}]")
                yield Problem("tools", "tools", "uniqueNames", refusal)
            seen.add(name)


def _format_with_tools(rules: Rules, state: State, sent: Mapping[str, JSON]) -> Iterator[Problem]:
    answer_format = state.get("response_format")
    tag = answer_format.get("type") if isinstance(answer_format, dict) else None
    if tag in ("json_object", "json_schema") and any(
        tool.get("type") != "function" for tool in _items(state.get("tools"))
    ):
        message = f"Invalid tools: all tools must be of type `function` when `response_format` is of type `{tag}`."
        yield Problem("response_format", "response_format", "formatWithTools", Refusal(message))


def _effort_with_model(rules: Rules, state: State, sent: Mapping[str, JSON]) -> Iterator[Problem]:
    effort = sent.get("reasoning_effort")
    if effort is not None and rules.takes_effort(state["model"]) is False:
        message = f"Unsupported value: 'reasoning_effort' does not support '{effort}' with this model."
        refusal = Refusal(message, code="unsupported_value")
        yield Problem("reasoning_effort", "reasoning_effort", "effortWithModel", refusal)


def _sampling_with_model(rules: Rules, state: State, sent: Mapping[str, JSON]) -> Iterator[Problem]:
    for sampled in ("temperature", "top_p"):
        if sent.get(sampled) is not None and rules.takes_effort(state["model"]):
            message = f"Unsupported parameter: '{sampled}' is not supported with this model."
            refusal = Refusal(message, param="model", code="unsupported_parameter")
            yield Problem(sampled, sampled, "samplingWithModel", refusal)


def _merged_pairs(rules: Rules, state: State, sent: Mapping[str, JSON]) -> Iterator[Problem]:
    pairs, most = state.get("metadata"), rules.pairs
    if isinstance(pairs, dict) and most is not None and len(pairs) > most:
        yield Problem("metadata", "metadata", "mergedPairs", too_many_pairs("metadata", len(pairs), most))


def _repeated_tools(rules: Rules, state: State, sent: Mapping[str, JSON]) -> Iterator[Problem]:
    kinds = [tool.get("type") for tool in _items(state.get("tools")) if tool.get("type") != "function"]
    if len(set(map(str, kinds))) != len(kinds):
        yield Problem("tools", "tools", "uniqueTools", Refusal("Tools of a type must be unique.", param="tools"))


def _resource_without_tool(rules: Rules, state: State, sent: Mapping[str, JSON]) -> Iterator[Problem]:
    kinds = {str(tool.get("type")) for tool in _items(state.get("tools"))}
    resources = state.get("tool_resources")
    for tool, key in (("code_interpreter", "file_ids"), ("file_search", "vector_store_ids")):
        held = resources.get(tool) if isinstance(resources, dict) else None
        if tool not in kinds and isinstance(held, dict) and held.get(key):
            refusal = Refusal(f"Resources of {tool} without the tool.", param="tool_resources")
            yield Problem("tool_resources", "tool_resources", "resourceWithTool", refusal)


def _format_with_model(rules: Rules, state: State, sent: Mapping[str, JSON]) -> Iterator[Problem]:
    answer_format = state.get("response_format")
    tag = answer_format.get("type") if isinstance(answer_format, dict) else None
    schemas = tag != "json_schema" or state["model"] != WITHOUT_SCHEMAS
    if tag in ("json_object", "json_schema") and not (schemas and str(state["model"]).startswith(JSON_MODELS)):
        message = f"'response_format' of type '{tag}' is not supported with this model."
        refusal = Refusal(message, param="response_format")
        yield Problem("response_format", "response_format", "formatWithModel", refusal)


def _effort_missing(rules: Rules, state: State, sent: Mapping[str, JSON]) -> Iterator[Problem]:
    if rules.takes_effort(state["model"]) and state.get("reasoning_effort") is None and "reasoning_effort" in sent:
        refusal = Refusal("This model needs 'reasoning_effort'.", param="reasoning_effort")
        yield Problem("reasoning_effort", "reasoning_effort", "effortWithModel", refusal)


_ACROSS: tuple[tuple[str, frozenset[str], Callable[[Rules, State, Mapping[str, JSON]], Iterator[Problem]]], ...] = (
    ("function_names_repeated", frozenset({"tools"}), _unique_names),
    ("json_format_with_other_tools", frozenset({"tools", "response_format"}), _format_with_tools),
    ("effort_on_other_model", frozenset({"reasoning_effort"}), _effort_with_model),
    ("sampling_on_reasoning_model", frozenset({"temperature", "top_p"}), _sampling_with_model),
    ("metadata_merged_beyond_limit", frozenset({"metadata"}), _merged_pairs),
    ("tool_repeated", frozenset({"tools"}), _repeated_tools),
    ("resource_without_tool", frozenset({"tools", "tool_resources"}), _resource_without_tool),
    ("json_format_on_other_model", frozenset({"model", "response_format"}), _format_with_model),
    ("no_effort_on_reasoning_model", frozenset({"model", "reasoning_effort"}), _effort_missing),
)
_USUAL = frozenset(name for name, *_ in _ACROSS[:5])
"""The rules that hold where nobody has switched them."""
