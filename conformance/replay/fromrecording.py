"""Findings of recordings, made ready to be sent: what was shown of an assistant becomes the create that makes it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.replay.answer import CannotReplayError
from conformance.replay.counterexample import addressed
from reports.model import Body, RecordedRequest, RecordedResponse
from strategies.jsonvalues import JSON, NotJSONError, decode, encode
from strategies.permissions import known_part

if TYPE_CHECKING:
    from reports.model import Finding, Report, Step
    from strategies.editions import Edition

KIND = "recording"
"""The kind of target that a report of recordings has."""
_OF_SERVICE = "tool_resources"
"""Ids of files and vector stores are of the service that was recorded; another has others."""


def prepared(report: Report, finding: Finding, edition: Edition) -> Finding:
    """Return a finding as it is to be sent; of a live target, as it is.

    Raises :class:`CannotReplayError` for what an SDK was recorded to send: what its caller asked is not known.
    """
    if report.target.kind != KIND:
        return finding
    if report.settings.get("role") == "sdk":
        raise CannotReplayError(
            "a recording does not tell what the SDK was asked: run the SDK itself, as sdk:… or exec:…"
        )
    act = next((step for step in finding.steps if step.role == "act"), None)
    if act is None or any(step.operation == "create" for step in finding.steps):
        return finding
    wanted = addressed(act)
    field = finding.place.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]
    steps = [_as_create(step, wanted, field, edition) if step.role == "setup" else step for step in finding.steps]
    return replace(finding, steps=tuple(steps))


def _as_create(step: Step, assistant_id: str, field: str, edition: Edition) -> Step:
    """Return the create of an assistant that is as a step shows it; the step itself where it shows none."""
    state = _shown(step, assistant_id)
    if not state or step.request is None:
        return step
    left_out = {_OF_SERVICE} - {field}
    body = {
        name: state[name]
        for name in edition.fields
        if name not in left_out and state.get(name) not in (None, [], {}, "auto")
    }
    data = encode(known_part(edition, body))
    url = step.request.url.rpartition("/assistants")[0] + "/assistants"
    headers = (("content-type", "application/json"),)
    answer = encode({**state, "id": assistant_id})
    return replace(
        step,
        operation="create",
        request=RecordedRequest("POST", url, headers, Body(data, len(data))),
        response=RecordedResponse(200, headers, Body(answer, len(answer))),
    )


def _shown(step: Step, assistant_id: str) -> dict[str, JSON]:
    if step.response is None or step.operation == "delete":
        return {}
    try:
        value = decode(step.response.body.data).value
    except NotJSONError:
        return {}
    data = value.get("data") if isinstance(value, dict) else None
    listed = data if isinstance(data, list) else [value]
    shown = (one for one in listed if isinstance(one, dict) and one.get("id") == assistant_id and "model" in one)
    return next(shown, {})
