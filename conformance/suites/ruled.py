"""The cases of rules that join fields, where an edition of the user's own has switched them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import validation
from conformance.scenario import Case, Scenario, Scope, case
from conformance.states import file_ids
from strategies.forms import function_tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strategies.jsonvalues import JSON

Pair = tuple[dict[str, "JSON"], dict[str, "JSON"]]
"""A body that a rule is about, and one beside it that it is not about."""


def ruled(scope: Scope) -> Iterator[Scenario]:
    """Return a scenario for each rule that is switched: rejected where it is on, taken where it is off."""
    own = scope.edition.own
    for rule, state in (own.rules if own is not None else {}).items():
        id_ = validation.of_rule(rule)
        cases: list[Case] = []
        for number, (about, beside) in enumerate(_bodies(rule, scope), 1):
            cases.append(case(id_, f"{rule}: a body beside it, {number}", beside, about="*", side="inside"))
            if state == "on":
                one = case(id_, f"{rule}, {number}", about, about="*", side="outside", control=beside)
            else:
                one = case(id_, f"{rule}, {number}", about, about="*", side="inside", control=beside)
            cases.append(one)
        if cases:
            yield Scenario(id_, 0, "minimal", tuple(cases))


def _bodies(rule: str, scope: Scope) -> Iterator[Pair]:
    reasoning = min(sorted(scope.edition.reasoning_models), key=len, default="")
    function: list[JSON] = [function_tool("f")]
    interpreter: list[JSON] = [{"type": "code_interpreter"}]
    schema: JSON = {"type": "json_schema", "json_schema": {"name": "n"}}
    match rule:
        case "effort_on_other_model":
            effort: dict[str, JSON] = {"reasoning_effort": "low"}
            yield {"model": scope.model, **effort}, {"model": reasoning, **effort}
        case "sampling_on_reasoning_model":
            for field in ("temperature", "top_p"):
                body: dict[str, JSON] = {"model": reasoning, "reasoning_effort": "low", field: 0.5}
                yield body, {**body, field: None}
        case "json_format_with_other_tools":
            for form in ({"type": "json_object"}, schema):
                yield (
                    {"tools": interpreter, "response_format": form},
                    {"tools": function, "response_format": form},
                )
        case "function_names_repeated":
            yield {"tools": [*function, *function]}, {"tools": [*function, function_tool("g")]}
        case "tool_repeated":
            yield {"tools": [*interpreter, *interpreter]}, {"tools": [*interpreter, *function]}
        case "resource_without_tool":
            ids: dict[str, JSON] = {"tool_resources": {"code_interpreter": {"file_ids": file_ids(scope.known, 1)}}}
            yield {"tools": [], **ids}, {"tools": interpreter, **ids}
        case "json_format_on_other_model":
            other = next((one for one in scope.edition.models if one.startswith("gpt-3.5")), "")
            other = other or next((one for one in scope.edition.models if not one.startswith("gpt-4")), scope.model)
            yield (
                {"model": other, "tools": [], "response_format": {"type": "json_object"}},
                {"model": scope.model, "tools": [], "response_format": {"type": "json_object"}},
            )
        case "no_effort_on_reasoning_model":
            yield {"model": reasoning, "reasoning_effort": None}, {"model": reasoning, "reasoning_effort": "low"}
