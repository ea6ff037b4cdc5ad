"""The contract's own validator: what a body, judged by its bytes, obliges a server to do.

A ruling is one of three. *Accept*: the document allows it and no rule known of real servers stands against it.
*Refuse*: a constraint is broken. *Either*: the document is silent, and the excuses name where. An excuse that
joins several fields counts only when the body touches one of them: a server may judge what is stored together
with what is sent, but not fields that nobody mentioned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from strategies.constraints import branches
from strategies.editions import FIELDS
from strategies.jsonvalues import DEEP, JSON, NotJSONError, decode, depth, without_surrogates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from strategies.editions import Edition

LONG_DESCRIPTION = 1024
"""Code points up to which a function's description is known to pass; the document sets no limit."""

OF_IDS = frozenset({"unknown_model", "unknown_resource_id"})
"""Excuses that are about ids alone: a target that took another body with the same ids has spoken."""


class Ruling(Enum):
    """What the contract asks of a server that is sent a body."""

    ACCEPT = "must accept"
    REFUSE = "must refuse"
    EITHER = "may do either"


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken constraint."""

    place: tuple[str | int, ...]
    keyword: str
    message: str

    @property
    def field(self) -> str:
        """Return the top-level field that it belongs to; ``""`` for the body itself."""
        return str(self.place[0]) if self.place else ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A ruling with its grounds."""

    ruling: Ruling
    violations: tuple[Violation, ...] = ()
    excuses: frozenset[str] = frozenset()
    """The names of the silences that apply: to the body, or where it must be refused to the sound fields of it."""
    body: JSON = None
    """The body as read from the bytes; ``None`` when they are no JSON."""


@dataclass(frozen=True, slots=True)
class KnownIds:
    """Ids that a target is said to know: a server may refuse models and files that it never heard of."""

    models: frozenset[str] = frozenset({"gpt-4o"})
    files: frozenset[str] = frozenset()
    vector_stores: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Contract:
    """The rules of one edition, for a target that knows certain ids."""

    edition: Edition
    known: KnownIds = field(default_factory=KnownIds)

    def judge(self, data: bytes, stored: Mapping[str, JSON] | None = None) -> Judgement:
        """Rule on the bytes of a modify.

        ``stored`` is the assistant as it was before, as far as it is known: the fields of a modify body.
        """
        try:
            decoded = decode(data)
        except NotJSONError as error:
            return Judgement(Ruling.REFUSE, (Violation((), "json", str(error)),))
        if decoded.value is None and "deep_nesting" in decoded.oddities:
            return Judgement(Ruling.EITHER, excuses=decoded.oddities)
        return self.judge_value(decoded.value, stored, decoded.oddities)

    def judge_value(
        self, body: JSON, stored: Mapping[str, JSON] | None = None, oddities: frozenset[str] = frozenset()
    ) -> Judgement:
        """Rule on a body that has been read; ``oddities`` are those of its text."""
        broken = violations(self.edition, body)
        if broken:
            if oddities & {"duplicate_key"}:
                return Judgement(Ruling.EITHER, broken, oddities, body)
            return Judgement(Ruling.REFUSE, broken, oddities | self._excuses_beside(body, broken, stored), body)
        excuses = frozenset(oddities | set(self._excuses(body, stored or {})))
        return Judgement(Ruling.EITHER if excuses else Ruling.ACCEPT, (), excuses, body)

    def _excuses_beside(
        self, body: JSON, broken: tuple[Violation, ...], stored: Mapping[str, JSON] | None
    ) -> frozenset[str]:
        """Return why a body might be refused for what is not wrong with it: a refusal may name that instead."""
        if not isinstance(body, dict):
            return frozenset()
        wrong = {violation.field for violation in broken}
        sound = {key: value for key, value in body.items() if key in FIELDS and key not in wrong}
        return frozenset(self._excuses(sound, stored or {}))

    def _excuses(self, body: dict[str, JSON], stored: Mapping[str, JSON]) -> Iterator[str]:
        yield from _odd_values(self.edition, body)
        state = {**stored, **body}
        resources = body.get("tool_resources"), stored.get("tool_resources")
        if all(isinstance(one, dict) for one in resources):
            # Whether the part of a tool that is not mentioned stays is open: as long as it may, it counts.
            state["tool_resources"] = {**stored["tool_resources"], **body["tool_resources"]}
        for name, fields, applies in _CROSS_FIELD:
            if fields & body.keys() and applies(self, body, state):
                yield name
        if isinstance(body.get("metadata"), dict) and isinstance(stored.get("metadata"), dict):
            pairs = stored["metadata"].keys() | body["metadata"].keys()
            if len(pairs) > self.edition.request["$defs"]["metadata"]["maxProperties"]:
                yield "metadata_merged_beyond_limit"


def violations(edition: Edition, body: JSON) -> tuple[Violation, ...]:
    """Return the constraints that a body breaks; an integer may be written ``5.0``, as JSON Schema has it."""
    return _violations(edition, "request", body)


def answer_violations(edition: Edition, answer: JSON) -> tuple[Violation, ...]:
    """Return where an assistant that came back departs from the published schema."""
    return _violations(edition, "assistant", answer)


def error_violations(edition: Edition, answer: JSON) -> tuple[Violation, ...]:
    """Return where an error body departs from the published envelope."""
    return _violations(edition, "error", answer)


def _violations(edition: Edition, what: str, value: JSON) -> tuple[Violation, ...]:
    return tuple(
        Violation(tuple(error.instance_path), _keyword(error), error.message[:200])
        for error in _errors(edition, what, value)
    )


def _errors(edition: Edition, what: str, value: JSON) -> list[Any]:
    validator = _validator(edition, what)
    try:
        return [] if validator.is_valid(value) else list(validator.iter_errors(value))
    except ValueError:  # what the validator cannot hold: a lone surrogate, or more than some 250 levels
        value = without_surrogates(_cut(value))
        return [] if validator.is_valid(value) else list(validator.iter_errors(value))


def _cut(value: JSON, levels: int = 2 * DEEP) -> JSON:
    """Return a value with null for what is nested deeper than the document says anything about."""
    if not isinstance(value, dict | list):
        return value
    if not levels:
        return None
    if isinstance(value, dict):
        return {key: _cut(item, levels - 1) for key, item in value.items()}
    return [_cut(item, levels - 1) for item in value]


@cache
def _validator(edition: Edition, what: str) -> Any:
    return jsonschema_rs.validator_for(dict(getattr(edition, what)))


def _keyword(error: Any) -> str:
    return str(error.schema_path[-1]) if error.schema_path else "type"


def known_part(edition: Edition, body: JSON) -> JSON:
    """Return the body without the nested keys that the document does not name; free JSON stays as it is."""
    if not isinstance(body, dict):
        return body
    root = edition.request
    return {
        key: _known(value, root["properties"][key], root) if key in root["properties"] else value
        for key, value in body.items()
    }


def _known(value: JSON, schema: Mapping[str, Any], root: Mapping[str, Any]) -> JSON:
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(value, list) and "items" in schema:
        return [_known(item, schema["items"], root) for item in value]
    if not isinstance(value, dict):
        return value
    if "oneOf" in schema:
        tag = value.get("type")
        options = branches(schema, root)
        if not isinstance(tag, str) or tag not in options:
            return value
        schema = options[tag]
    if "properties" not in schema:
        return value
    properties = schema["properties"]
    return {key: _known(item, properties[key], root) for key, item in value.items() if key in properties}


def _tools(state: Mapping[str, JSON]) -> list[dict[str, JSON]]:
    tools = state.get("tools")
    return [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []


def _odd_values(edition: Edition, body: dict[str, JSON]) -> Iterator[str]:
    if known_part(edition, body) != body:
        yield "unknown_nested_key"
    tools = _tools(body)
    if _float_results(tools):
        yield "integer_as_float"
    functions = [tool["function"] for tool in tools if tool["type"] == "function"]
    names = [function["name"] for function in functions]
    if len(set(names)) != len(names):
        yield "function_names_repeated"
    kinds = [tool["type"] for tool in tools if tool["type"] != "function"]
    if len(set(kinds)) != len(kinds):
        yield "tool_repeated"
    response_format = body.get("response_format")
    described = list(functions)
    free = [(function.get("parameters"), function.get("strict")) for function in functions]
    if isinstance(response_format, dict) and response_format["type"] == "json_schema":
        described.append(response_format["json_schema"])
        free.append((response_format["json_schema"].get("schema"), response_format["json_schema"].get("strict")))
    if any(len(item.get("description", "")) > LONG_DESCRIPTION for item in described):
        yield "long_function_description"
    for schema, strict in free:
        if schema is not None and not _is_object_schema(schema):
            yield "free_json_is_no_object_schema"
        if strict is True and not _is_strict(schema):
            yield "schema_beyond_strict_subset"


def _float_results(tools: list[dict[str, JSON]]) -> bool:
    return any(
        isinstance(tool["file_search"].get("max_num_results"), float)
        for tool in tools
        if tool["type"] == "file_search" and "file_search" in tool
    )


def _is_object_schema(schema: dict[str, JSON]) -> bool:
    if schema.get("type", "object") != "object" or depth(schema) > DEEP:
        return False
    # The dialect is ours to name: an address that a schema names would be fetched, and nothing is to be.
    dialect = {**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"}
    try:
        return "$schema" not in schema and bool(jsonschema_rs.meta.is_valid(dialect))
    except (ValueError, jsonschema_rs.ReferencingError):
        return False


def _is_strict(schema: JSON) -> bool:
    """Tell whether a schema is in the subset that strict mode takes: closed objects, every property required."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return False
    properties = schema.get("properties", {})
    return (
        schema.get("additionalProperties") is False
        and sorted(schema.get("required", [])) == sorted(properties)
        and all(
            isinstance(inner, dict)
            and inner.get("type") in {"string", "number", "integer", "boolean"}
            and len(inner) == 1
            for inner in properties.values()
        )
        and schema.keys() <= {"type", "properties", "required", "additionalProperties"}
    )


def _model(state: Mapping[str, JSON]) -> JSON:
    return state.get("model", "gpt-4o")


def _unknown_model(contract: Contract, body: Mapping[str, JSON], state: Mapping[str, JSON]) -> bool:
    return _model(state) not in contract.known.models


def _effort_elsewhere(contract: Contract, body: Mapping[str, JSON], state: Mapping[str, JSON]) -> bool:
    return state.get("reasoning_effort") is not None and contract.edition.takes_effort(_model(state)) is not True


def _effort_missing(contract: Contract, body: Mapping[str, JSON], state: Mapping[str, JSON]) -> bool:
    return state.get("reasoning_effort") is None and contract.edition.takes_effort(_model(state)) is not False


def _rare_effort(contract: Contract, body: Mapping[str, JSON], state: Mapping[str, JSON]) -> bool:
    return state.get("reasoning_effort") not in {None, "low", "medium", "high"}


def _sampling_with_reasoning(contract: Contract, body: Mapping[str, JSON], state: Mapping[str, JSON]) -> bool:
    # A stored 1 is the default that answers are filled with; nobody set it.
    sampled = any(
        body[name] is not None if name in body else state.get(name) not in {None, 1}
        for name in ("temperature", "top_p")
    )
    return sampled and contract.edition.takes_effort(_model(state)) is not False


def _format_tag(state: Mapping[str, JSON]) -> str:
    value = state.get("response_format")
    tag = value.get("type") if isinstance(value, dict) else ""
    return tag if isinstance(tag, str) else ""


def _format_with_tools(contract: Contract, body: Mapping[str, JSON], state: Mapping[str, JSON]) -> bool:
    others = any(tool.get("type") != "function" for tool in _tools(state))
    return others and _format_tag(state) in {"json_object", "json_schema"}


def _format_with_model(contract: Contract, body: Mapping[str, JSON], state: Mapping[str, JSON]) -> bool:
    if _format_tag(state) not in {"json_object", "json_schema"}:
        return False
    return not str(_model(state)).startswith(("gpt-4o", "gpt-4.1"))


def _resource_ids(state: Mapping[str, JSON], tool: str, key: str) -> list[JSON]:
    resources = state.get("tool_resources")
    held = resources.get(tool) if isinstance(resources, dict) else None
    ids = held.get(key) if isinstance(held, dict) else None
    return ids if isinstance(ids, list) else []


def _resource_without_tool(contract: Contract, body: Mapping[str, JSON], state: Mapping[str, JSON]) -> bool:
    kinds = {tool.get("type") for tool in _tools(state)}
    return any(
        tool not in kinds and _resource_ids(state, tool, key)
        for tool, key in (("code_interpreter", "file_ids"), ("file_search", "vector_store_ids"))
    )


def _unknown_resource(contract: Contract, body: Mapping[str, JSON], state: Mapping[str, JSON]) -> bool:
    files = _resource_ids(body, "code_interpreter", "file_ids")
    stores = _resource_ids(body, "file_search", "vector_store_ids")
    return not (set(files) <= contract.known.files and set(stores) <= contract.known.vector_stores)


_CROSS_FIELD: tuple[tuple[str, frozenset[str], Callable[[Contract, Mapping[str, JSON], Mapping[str, JSON]], bool]], ...]
_CROSS_FIELD = (
    ("unknown_model", frozenset({"model"}), _unknown_model),
    ("effort_on_other_model", frozenset({"model", "reasoning_effort"}), _effort_elsewhere),
    ("no_effort_on_reasoning_model", frozenset({"model", "reasoning_effort"}), _effort_missing),
    ("effort_not_on_every_model", frozenset({"model", "reasoning_effort"}), _rare_effort),
    ("sampling_on_reasoning_model", frozenset({"model", "temperature", "top_p"}), _sampling_with_reasoning),
    ("json_format_with_other_tools", frozenset({"tools", "response_format"}), _format_with_tools),
    ("json_format_on_other_model", frozenset({"model", "response_format"}), _format_with_model),
    ("resource_without_tool", frozenset({"tools", "tool_resources"}), _resource_without_tool),
    ("unknown_resource_id", frozenset({"tool_resources"}), _unknown_resource),
)
