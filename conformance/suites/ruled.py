"""The cases of rules that join fields, where an edition of the user's own has switched them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import validation
from conformance.scenario import Case, Scenario, Scope, case
from conformance.states import file_ids, store_ids
from strategies.constraints import branches
from strategies.fitting import fitted
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
    types = branches(scope.edition.request["$defs"]["tool"], scope.edition.request)
    formats = branches(scope.edition.request["$defs"]["response_format"], scope.edition.request)
    function: list[JSON] = [function_tool("f")] if "function" in types else []
    tool = "code_interpreter" if "code_interpreter" in types else "file_search"
    hosted: list[JSON] = [{"type": tool}]
    forms: list[JSON] = [{"type": "json_object"}, {"type": "json_schema", "json_schema": {"name": "n"}}]
    forms = [form for form in forms if isinstance(form, dict) and form["type"] in formats]
    match rule:
        case "effort_on_other_model":
            effort: dict[str, JSON] = {"reasoning_effort": "low"}
            yield (
                {"model": scope.model, **effort},
                ({"model": reasoning, **effort} if reasoning else {"model": scope.model}),
            )
        case "sampling_on_reasoning_model":
            for field in (one for one in ("temperature", "top_p") if one in scope.edition.fields):
                body: dict[str, JSON] = {"model": reasoning, "reasoning_effort": "low", field: 0.5}
                yield body, {**body, field: None}
        case "json_format_with_other_tools":
            for form in forms:
                yield {"tools": hosted, "response_format": form}, {"tools": function, "response_format": form}
        case "function_names_repeated":
            yield {"tools": [*function, *function]}, {"tools": [*function, function_tool("g")]}
        case "tool_repeated":
            yield {"tools": [*hosted, *hosted]}, {"tools": [*hosted, *function]}
        case "resource_without_tool":
            resources = _resources(scope, tool)
            yield {"tools": [], **resources}, {"tools": hosted, **resources}
        case "json_format_on_other_model":
            other = next((one for one in scope.edition.models if one.startswith("gpt-3.5")), "")
            other = other or next((one for one in scope.edition.models if not one.startswith("gpt-4")), scope.model)
            rest: dict[str, JSON] = {"tools": [], "response_format": forms[0]}
            yield {"model": other, **rest}, {"model": scope.model, **rest}
        case "no_effort_on_reasoning_model":
            yield {"model": reasoning, "reasoning_effort": None}, {"model": reasoning, "reasoning_effort": "low"}


def _resources(scope: Scope, tool: str) -> dict[str, JSON]:
    """Return the resources of a tool, with an id in the form that the edition has."""
    is_files = tool == "code_interpreter"
    ids: list[JSON] = [*(file_ids(scope.known, 1) if is_files else store_ids(scope.known, 1))]
    held: dict[str, JSON] = {"file_ids" if is_files else "vector_store_ids": ids}
    found: dict[str, JSON] = fitted(scope.edition, {"tool_resources": {tool: held}})
    return found
