"""The stored preconditions brought about again, and the stored bytes sent.

Each assistant that is made takes the place of a recorded one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from conformance.campaign.context import Setup
from conformance.exchange import NotRun, Request
from conformance.replay.answer import CannotReplayError
from conformance.replay.counterexample import addressed, content_type, made_id, sent_bytes, was_accepted
from strategies.jsonvalues import NotJSONError, decode, encode

if TYPE_CHECKING:
    from conformance.campaign.scratch import Scratch
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange
    from conformance.judging.observation import Performed
    from conformance.replay.counterexample import Counterexample
    from conformance.targets.protocol import ServerTarget
    from reports.model import Step
    from strategies.jsonvalues import JSON

CLEARED: dict[str, JSON] = {"metadata": None, "tool_resources": None}
"""Sent first to an assistant that was there before: a target that merges keeps pairs and parts unless told null."""


class Stage:
    """One attempt at a finding. What any of its calls sends, the session's target has recorded."""

    def __init__(self, session: Session, counterexample: Counterexample, model: str | None = None) -> None:
        """Set up for one attempt; ``model`` takes the place of the recorded one where assistants are made."""
        self._session = session
        self._counterexample = counterexample
        self._model = model
        self._scratches: dict[str, Scratch] = {}
        self.differences: list[str] = []
        """Where the preconditions did not come about as they were recorded."""

    def set(self) -> None:
        """Bring the preconditions about."""
        for step in self._counterexample.setup:
            match step.operation:
                case "create":
                    self._create(step)
                case "modify":
                    performed = self._session.perform(self.scratch_of(step), sent_bytes(step))
                    self._compare(step, performed.observation.exchange)
                case "delete":
                    self._compare(step, self._session.target.delete(self.scratch_of(step).assistant_id))
                case "list":
                    self._session.context.watch(self._session.target.list())
                case "raw":
                    self._raw(step)
                case other:
                    raise CannotReplayError(f"this suite does not know the operation {other!r}")

    def modify(self) -> Performed:
        """Send the judged modify, and read back."""
        return self._session.perform(self.scratch_of(self._counterexample.act), sent_bytes(self._counterexample.act))

    def scratch_of(self, step: Step) -> Scratch:
        """Return the assistant that stands for the one that a step was for."""
        recorded = addressed(step)
        if recorded in self._scratches:
            return self._scratches[recorded]
        made = any(step.operation == "create" for step in self._counterexample.setup)
        if made and step.asked is None:
            raise CannotReplayError("the evidence does not make the assistant that it modifies")
        if made:  # an SDK may have sent nothing, or to a wrong address
            return list(self._scratches.values())[-1]
        self._scratches[recorded] = self._made(encode({"model": self._session.context.model}))
        return self._scratches[recorded]

    def setup(self) -> Setup:
        """Return the preconditions as a setup; of no use where several assistants are made."""
        body, modifies = encode({"model": self._session.context.model}), []
        for step in self._counterexample.setup:
            if step.operation == "create":
                body = self._body(step)
            elif step.operation == "modify":
                modifies.append(sent_bytes(step))
        setup = self._setup(body)
        return Setup(setup.create, (*setup.modifies, *modifies))

    def _create(self, step: Step) -> None:
        if self._scratches and self._session.context.assistant_id is not None:
            raise CannotReplayError("it takes more than one assistant, and --assistant-id gives one")
        self._scratches[made_id(step)] = self._made(self._body(step))

    def _made(self, body: bytes) -> Scratch:
        self._session.context.setups["minimal"] = self._setup(body)
        return self._session.scratch("minimal")

    def _setup(self, body: bytes) -> Setup:
        context = self._session.context
        if context.assistant_id is not None:
            cleared = self._session.fitted(CLEARED)
            return Setup(body, (encode(cleared), body) if cleared else (body,))
        return Setup(body, (body,) if context.invented else ())

    def _body(self, step: Step) -> bytes:
        data = sent_bytes(step)
        if self._model is None:
            return data
        try:
            value = decode(data).value
        except NotJSONError:
            return data
        return encode({**value, "model": self._model}) if isinstance(value, dict) else data

    def _raw(self, step: Step) -> None:
        if self._session.target.role != "server" or step.request is None:
            raise CannotReplayError("a request of any kind can be sent to a server only")
        scratch = self.scratch_of(step)
        path = f"/assistants/{quote(scratch.assistant_id, safe='')}"
        headers = (("content-type", content_type(step)),)
        target = cast("ServerTarget", self._session.target)
        target.send(Request(step.request.method, path, headers, sent_bytes(step)))
        # What it is answered with is no precondition; what it leaves behind is.
        read = self._session.context.watch(target.retrieve(scratch.assistant_id))
        if isinstance(read.value, dict):
            scratch.state = read.value

    def _compare(self, step: Step, exchange: Exchange) -> None:
        if isinstance(exchange.outcome, NotRun):
            raise CannotReplayError(
                f"a {step.operation} of the precondition could not be sent: {exchange.outcome.reason}"
            )
        if was_accepted(step) != exchange.accepted:
            was, now = ("rejected", "accepted") if exchange.accepted else ("accepted", "not accepted")
            self.differences.append(f"a {step.operation} of the precondition was {was}, and now is {now}")
