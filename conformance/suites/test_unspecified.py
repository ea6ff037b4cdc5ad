"""Bodies that the document neither allows nor forbids: the report says what came of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue.unspecified import OF_PERMISSIONS
from conformance.scenario import Scenario, Scope, case, scenarios
from conformance.states import FUNCTION, InitialState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.session import Session
    from strategies.jsonvalues import JSON


def _bodies(scope: Scope) -> Iterator[Scenario]:
    """Send each by itself: what one leaves behind would be something stored for the next."""
    edition, model = scope.edition, scope.model
    function: dict[str, JSON] = {"type": "function", "function": {"name": "twice"}}
    reasoning = min(edition.reasoning_models, key=len) if edition.reasoning_models else model
    bare: dict[str, dict[str, JSON]] = {
        "integer_as_float": {"tools": [{"type": "file_search", "file_search": {"max_num_results": 5.0}}]},
        "function_names_repeated": {"tools": [function, function]},
        "tool_repeated": {"tools": [{"type": "code_interpreter"}, {"type": "code_interpreter"}]},
        "long_function_description": {"tools": [_function(description="d" * 1025)]},
        "free_json_is_no_object_schema": {"tools": [_function(parameters={"type": "string"})]},
        "schema_without_type": {"tools": [_function(parameters={"properties": {}})]},
        "schema_beyond_strict_subset": {"tools": [{**FUNCTION, "function": {**FUNCTION["function"], "strict": True}}]},
        "json_format_with_other_tools": {
            "tools": [{"type": "code_interpreter"}],
            "response_format": {"type": "json_object"},
        },
        "json_format_on_other_model": {"model": "gpt-4", "response_format": {"type": "json_object"}},
        "resource_without_tool": {"tool_resources": {"code_interpreter": {"file_ids": []}}},
        "effort_on_other_model": {"reasoning_effort": "low"},
        "no_effort_on_reasoning_model": {"model": reasoning},
        "sampling_on_reasoning_model": {"model": reasoning, "reasoning_effort": "low", "temperature": 0.5},
    }
    yield from _group("minimal", bare)
    pairs: dict[str, JSON] = {f"more{number}": "v" for number in range(15)}
    stored: dict[str, dict[str, JSON]] = {"metadata_merged_beyond_limit": {"metadata": pairs}}
    yield from _group("populated", stored)


def _function(**members: JSON) -> dict[str, JSON]:
    return {"type": "function", "function": {"name": "f", **members}}


def _group(initial_state: InitialState, bodies: dict[str, dict[str, JSON]]) -> Iterator[Scenario]:
    # One assistant each: what one leaves behind would be an unspecified behaviour to the next.
    for permission, body in bodies.items():
        id_ = OF_PERMISSIONS[permission]
        yield Scenario(id_, 1, initial_state, (case(id_, permission.replace("_", " "), body),), role="server")


@scenarios(_bodies)
def test_what_the_document_leaves_open(session: Session, scenario: Scenario) -> None:
    """Send what is neither allowed nor forbidden; the report tells what came."""
    session.run(scenario.cases, scenario.initial_state)
