"""Every field in every company: with and without each two others, before and behind each of them, null and emptied.

What servers do with a field hangs on what else is there: a body with a model is read by another type and its defaults
are filled in; what comes before the tools is lost; null is only known where little else is sent. All pairs of fields,
each with a value, null and nothing, take hundreds of bodies one by one, and a few when each body has many of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.catalogue import roundtrip, validation
from conformance.scenario import WHOLE_BODY, Scenario, Scope, case, scenarios
from conformance.states import FILE_SEARCH, file_ids
from strategies.covering import covering
from strategies.scalars import of_schema_alone, plain_value, stored_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.session import Session
    from conformance.scenario import Case
    from strategies.jsonvalues import JSON
    from strategies.permissions import KnownIds

_ROWS = 14
_READS = 7
"""Of how many bodies one is read back: of the others the answers are looked at."""
_LITTLE, _LATER = 1 / 256, 2
"""What is raised where sampling is not to be nearly greedy, and in which body ``top_p`` is as little."""
_OTHER_MODELS = 2
_CODE: JSON = {"type": "code_interpreter"}


def _company(scope: Scope) -> Iterator[Scenario]:
    """Return the bodies of all companies, then those with other models."""
    samples = scope.edition.takes_effort(scope.model) is False  # else sampling values may be refused beside the model
    fields = [field for field in _levels(0, scope) if samples or field not in {"temperature", "top_p"}]
    counts = tuple(1 + len(_levels(0, scope)[field]) for field in fields)
    cases = []
    for number, row in enumerate(covering(counts, _ROWS)):
        levels = _levels(number, scope)
        body = {field: levels[field][level - 1] for field, level in zip(fields, row, strict=True) if level}
        body = dict(reversed(body.items())) if number % 2 else body
        label = f"fields in company, {number + 1}"
        one = case(roundtrip.COMBINATIONS, label, body, about=WHOLE_BODY)
        cases.append(replace(one, read=number % _READS == _READS - 1))
    kept = frozenset(f"roundtrip.{field}.kept" for field in scope.edition.shown)
    yield Scenario(
        roundtrip.COMBINATIONS, 0, "populated", tuple(cases), serves=kept | {validation.COMBINATIONS}, role="server"
    )
    if samples:
        yield Scenario(roundtrip.COMBINATIONS, 0, "without_resources", tuple(_beside_models(scope)), role="server")


def _levels(number: int, scope: Scope) -> dict[str, tuple[JSON, ...]]:
    """Return what each field may have in the body of a number.

    Of the published fields no value comes twice, and no rule joins them.
    """
    nothing: JSON = None if number % 4 < 2 else ""
    function: JSON = {"type": "function", "function": {"name": f"company_{number}", "description": f"d{number}"}}
    search: JSON = {"type": "file_search", "file_search": {"max_num_results": number + 8}}
    texts = {
        field: (f"{field} in company, {number}", nothing if place % 2 else None if nothing == "" else "")
        for place, field in enumerate(("name", "description", "instructions"))
    }
    return {
        "model": (scope.model,),
        **texts,
        "tools": ([search, function, _CODE] if number % 4 < 2 else [_CODE, function, search],),
        "tool_resources": (_resources(number, scope.known), None),
        "metadata": ({"company": f"pair {number}", f"n{number % 2}": ""}, None),
        "temperature": ((2 * number + 1) / 32 if number else _LITTLE, 0 if number % 3 else None),
        "top_p": ((2 * number + 1) / 64 if number != _LATER else _LITTLE, 0 if number % 3 == 1 else None),
        "response_format": ("auto" if number % 2 else {"type": "text"}, None),
        **{
            field: (plain_value(schema), stored_value(schema))
            for field in of_schema_alone(scope.edition)
            for schema in (scope.edition.schema_of(field),)
        },
    }


def _resources(number: int, known: KnownIds) -> JSON:
    """Return resources that need no file: every target takes them; and those of a file now and then."""
    ids: list[JSON] = [*file_ids(known, 1 + number % 4 // 2)] if number % 4 in {1, 2} else []
    return {"code_interpreter": {"file_ids": ids}}


def _beside_models(scope: Scope) -> Iterator[Case]:
    """Return values at their limits beside other models, which are to leave them as they are sent."""
    others = [one for one in scope.edition.models if one != scope.model and scope.edition.takes_effort(one) is False]
    most: JSON = {**FILE_SEARCH, "file_search": {**FILE_SEARCH["file_search"], "max_num_results": 50}}
    step = max(1, len(others) // _OTHER_MODELS)
    for number, model in enumerate(others[::-1][::step][:_OTHER_MODELS]):
        body: dict[str, JSON] = {"model": model, "tools": [most, _CODE], "temperature": 2 - number / 8, "top_p": 1}
        one = case(roundtrip.COMBINATIONS, f"values at their limits beside {model}", body, about=WHOLE_BODY)
        yield replace(one, read=not number)


@scenarios(_company)
def test_fields_in_every_company(session: Session, scenario: Scenario) -> None:
    """Each field with and without each two others, and in either order."""
    session.run(scenario.cases, scenario.initial_state)
