"""The stored steps of a finding, read as what to do: which bytes, to which assistant."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from conformance.judging.breach import Aspect
from conformance.replay.answer import CannotReplayError
from strategies.jsonvalues import encode
from strategies.payloads import Payload, payloads
from strategies.payloadtexts import Allowed

if TYPE_CHECKING:
    from reports.model import Finding, Step

_COLLECTION = "/assistants"
_ACCEPTED = ("answered", "returned")


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A finding taken apart."""

    id: str
    finding: Finding
    aspect: Aspect
    setup: tuple[Step, ...]
    """What brings the precondition about, in order; reads are left out, since every modify is followed by one."""
    act: Step

    @property
    def is_of_sdk(self) -> bool:
        """Whether an SDK's caller gave the bodies."""
        return any(step.asked is not None for step in (*self.setup, self.act))

    @property
    def field(self) -> str:
        """The top-level field that it is about; empty for none."""
        return self.finding.place.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]

    @property
    def model(self) -> str:
        """The model of the assistants that are made; empty where none is."""
        made = next((step for step in self.setup if step.operation == "create"), None)
        value = _value(made.request.body.data) if made is not None and made.request is not None else None
        model = value.get("model") if isinstance(value, dict) else None
        return model if isinstance(model, str) else ""


def counterexample_of(id_: str, finding: Finding) -> Counterexample:
    """Take a finding apart; raise :class:`CannotReplayError` when it holds nothing that can be sent."""
    judged = [index for index, step in enumerate(finding.steps) if step.role == "act"]
    if not judged:
        raise CannotReplayError("the finding holds no request that was judged")
    setup = tuple(step for step in finding.steps[: judged[-1]] if step.operation != "retrieve")
    return Counterexample(id_, finding, _aspect(finding), setup, finding.steps[judged[-1]])


_EARLIER = {
    "a valid body was refused": Aspect.REFUSED,
    "a refusal had a status that is no 4xx": Aspect.BAD_REFUSAL,
    "a refused modify changed something": Aspect.CHANGED,
}
"""Summaries that reports of earlier versions have."""


def _aspect(finding: Finding) -> Aspect:
    summary = finding.summary.removesuffix(f" at {finding.place}") if finding.place else finding.summary
    for aspect in Aspect:
        if summary == aspect.value:
            return aspect
    if summary in _EARLIER:
        return _EARLIER[summary]
    raise CannotReplayError(f"this suite does not know what is wrong there: {finding.summary!r}")


def sent_bytes(step: Step) -> bytes:
    """Return the body that a step is to be sent again with."""
    if step.asked is not None:
        return encode(step.asked)
    if step.request is None:
        raise CannotReplayError(f"nothing was sent in the step {step.operation!r}, so there is nothing to send again")
    if step.request.body.cut:
        raise CannotReplayError(f"the body of the step {step.operation!r} was not kept whole")
    return step.request.body.data


def was_accepted(step: Step) -> bool:
    """Return whether a step was accepted when it was recorded."""
    return step.outcome.startswith(_ACCEPTED)


def made_id(step: Step) -> str:
    """Return the id that a recorded create gave; empty when it cannot be read."""
    value = _value(step.response.body.data) if step.response is not None else None
    found = value.get("id") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def addressed(step: Step) -> str:
    """Return the id of the assistant that a recorded request was for; empty when it was for none."""
    if step.request is None:
        return ""
    try:
        path = urlsplit(step.request.url).path
    except ValueError:
        return ""
    _, slash, segment = path.rpartition(f"{_COLLECTION}/")
    return unquote(segment, errors="surrogatepass") if slash else ""


def content_type(step: Step) -> str:
    """Return the content type that a recorded request had; empty for none."""
    headers = step.request.headers if step.request is not None else ()
    return next((value for name, value in headers if name.lower() == "content-type"), "")


def stored_payload(counterexample: Counterexample) -> Payload:
    """Return the hostile body of a finding about one: its stored bytes, and what may come of them."""
    kind, _, label = counterexample.finding.case.partition(": ")
    known = next((one for one in payloads() if (one.kind, one.label) == (kind, label)), None)
    if known is not None:
        allowed = known.allowed
    else:
        allowed = next((one for one in Allowed if one.value == counterexample.finding.expected), Allowed.EITHER)
    media_type = content_type(counterexample.act) or None
    return Payload(kind, label, partial(bytes, sent_bytes(counterexample.act)), allowed, content_type=media_type)


def _value(data: bytes) -> object:
    try:
        found: object = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found
