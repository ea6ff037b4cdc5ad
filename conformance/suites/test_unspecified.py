"""Bodies that the document neither allows nor forbids: each meets one silence, and the report tells what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue.silences import OF_EXCUSES
from conformance.scenario import Background, Scenario, Scope, case, scenarios
from conformance.states import FUNCTION

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
    yield from _group("bare", bare)
    pairs: dict[str, JSON] = {f"more{number}": "v" for number in range(15)}
    stored: dict[str, dict[str, JSON]] = {"metadata_merged_beyond_limit": {"metadata": pairs}}
    yield from _group("rich", stored)


def _function(**members: JSON) -> dict[str, JSON]:
    return {"type": "function", "function": {"name": "f", **members}}


def _group(background: Background, bodies: dict[str, dict[str, JSON]]) -> Iterator[Scenario]:
    # One assistant each: what one leaves behind would be a silence to the next.
    for excuse, body in bodies.items():
        id_ = OF_EXCUSES[excuse]
        yield Scenario(id_, 1, background, (case(id_, excuse.replace("_", " "), body),), role="server")


@scenarios(_bodies)
def test_what_the_document_leaves_open(session: Session, scenario: Scenario) -> None:
    """Send what is neither allowed nor forbidden; the report tells what came."""
    session.run(scenario.cases, scenario.background)
