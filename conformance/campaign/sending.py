"""What sends: scratch assistants made and let go of, modifies sent to them, read back, and judged.

Nothing here is written into the evidence that belongs to a case: :mod:`conformance.campaign.session` does that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from conformance.campaign.aborted import is_broken_behind
from conformance.campaign.ratelimit import note_limited
from conformance.campaign.scratch import Scratch, learn, read_back
from conformance.campaign.scratches import Scratches
from conformance.catalogue import roundtrip, validation
from conformance.exchange import NoAnswer, NotRun, Raised
from conformance.judging.breach import Aspect
from conformance.judging.modify import judge_modify
from conformance.judging.observation import Observation, Performed, State, Verdict
from conformance.judging.sdk import judge_call
from conformance.judging.showing import is_for_the_moment, state_of, told_of
from conformance.targets.naming import naming_model
from strategies.contract import Judgement, violations
from strategies.fitting import fitted
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.campaign.context import Context, Setup
    from conformance.exchange import Exchange
    from conformance.states import InitialState
    from conformance.targets.protocol import ServerTarget
    from strategies.jsonvalues import JSON

LONGEST_HISTORY = 60
"""How many earlier modifies are sent again to bring a state about."""


@dataclass(frozen=True, slots=True)
class ReadAfter:
    """What GETs showed after a modify."""

    first: Exchange
    settled: Exchange
    """The last one: another than the first where that did not show the assistant."""
    comes_and_goes: bool
    """Whether the first failed, and a later one showed the assistant."""


class Sender:
    """Sends what a scenario sends, each exchange judged in full."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.target = context.target
        self.contract = context.contract
        self.evidence = context.evidence
        self._scratches = Scratches(context)
        self._gone: list[Scratch] = []
        """Assistants that were found to be gone."""
        self._ruled: tuple[tuple[bytes, State, JSON], Judgement] | None = None
        """The last ruling, with what it was asked of: a body, a state, an effort."""

    # Scratch assistants

    def scratch(self, initial_state: InitialState = "populated", setup: Setup | None = None) -> Scratch:
        """Make an assistant in a state, brought about by ``setup`` or in the campaign's way."""
        return self._scratches.make(initial_state, setup)

    def adopt(self, created: Exchange) -> Scratch:
        """Take an assistant that was made by a create of a test's own, and read it."""
        return self._scratches.adopt(created)

    def drop(self, *done: Scratch) -> None:
        """Let go of assistants that are done with: few are to stand at a time."""
        for scratch in done:
            self._scratches.drop(scratch)

    def keep(self, scratch: Scratch) -> None:
        """Leave an assistant standing to the end of the run; nothing may be sent to it any more."""
        self._scratches.keep(scratch)

    def delete(self, scratch: Scratch) -> Exchange:
        """Delete an assistant now that was made here, and return what came of it."""
        return self._scratches.delete(scratch)

    def discard(self, scratch: Scratch) -> None:
        """Delete an assistant that is done with, at once, if it was made here."""
        self._scratches.discard(scratch)

    def close(self) -> None:
        """Let go of the assistants that this session made."""
        self._scratches.drop_all()

    # Modifies

    def perform(self, scratch: Scratch, data: bytes, *, read: bool = True) -> Performed:
        """Send a modify, read back, and judge.

        One that need not be read is read all the same, unless its answer shows an assistant, or an SDK raises an error.
        """
        # Where there is one assistant only and somebody else needed it, it is not what it was.
        lent = self.context.assistant_id is not None and scratch.renewal != self.context.renewals
        if lent or scratch.unread:
            learn(self.context, scratch, read_back(self.context, scratch.assistant_id, scratch.state))
            scratch.renewal = self.context.renewals
        mutations: list[str] = getattr(self.target, "mutations", [])
        known = len(mutations)
        judgement, exchange = self.send(scratch, data)
        before, unread, assumed, after = scratch.state, scratch.unread, scratch.assumed, None
        shown = state_of(exchange, scratch.state) if exchange.accepted else {}
        if not read and shown:
            scratch.state, scratch.assumed = shown, True
        elif not read and self.target.role == "sdk" and isinstance(exchange.outcome, Raised):
            pass  # the server behind it is ours, and nothing that it rejects changes what it stores
        elif not isinstance(exchange.outcome, NotRun):
            scratch.assumed = False
            read_after = self.read_after(scratch)
            after = read_after.first if exchange.accepted else read_after.settled
            goes = not exchange.accepted and read_after.comes_and_goes
            again = partial(self.as_it_was, scratch.initial_state, scratch.history[:-1])
            if goes and not is_broken_behind(self.context, data, read_after.first, again, self.drop):
                self.evidence.note_flaky(
                    roundtrip.AGREES, f"{told_of(read_after.first)}, and the next one the assistant"
                )
        if exchange.meanwhile is not None and not (assumed or unread):
            note_limited(self.context, scratch, exchange, before)
        observation = Observation(before, exchange, after, self.context.merges)
        if self.target.role == "sdk":
            verdict = judge_call(self.contract, judgement, observation, self.target, mutations[known:])
        else:
            verdict = judge_modify(self.contract, judgement, observation)
        if assumed and self.target.role == "server":  # what was not read before cannot be seen to have changed
            verdict = replace(verdict, effective=False)
        if unread:  # what was stored may permit anything, and nothing can be held against it
            verdict = Verdict(tuple(one for one in verdict.breaches if one.aspect is Aspect.UNREADABLE))
        if scratch.gone is not None:
            self._gone.append(scratch)
        if verdict.accepted and isinstance(judgement.body, dict) and roundtrip.HIDDEN in judgement.body:
            scratch.effort = judgement.body[roundtrip.HIDDEN]
        return Performed(data, judgement, observation, verdict, assumed)

    def fitted(self, body: Mapping[str, JSON], stored: Mapping[str, JSON] | None = None) -> dict[str, JSON]:
        """Return a body as the edition allows it, where that is one of the user's own; else as it is.

        With what is ``stored``, pairs that could not be merged with those have their keys.
        """
        edition = self.contract.edition
        found: dict[str, JSON] = fitted(edition, dict(body))
        old, new = (stored or {}).get("metadata"), found.get("metadata")
        if edition.own is None or not (isinstance(old, dict) and isinstance(new, dict)):
            return found
        if len(old.keys() | new.keys()) > edition.schema_of("metadata").get("maxProperties", len(old) + len(new)):
            found["metadata"] = dict(zip([*old, *(key for key in new if key not in old)], new.values(), strict=False))
        return found

    def naming(self, name: str) -> bytes:
        """Return a plain body: a name, as the edition allows it."""
        return encode(self.fitted({"name": name}))

    def send(self, scratch: Scratch, data: bytes) -> tuple[Judgement, Exchange]:
        """Send a modify, with the contract's ruling on it.

        A target that is known to take none without a model is sent the one that is stored: else nothing is judged.
        """
        if self.target.role == "server" and self.evidence.is_broken(validation.OPTIONAL):
            cast("ServerTarget", self.target).name_model(self.context.model)
            self.evidence.note_hidden("roundtrip.model.kept", validation.OPTIONAL)
            data = naming_model(data, str(scratch.state.get("model") or self.context.model))
        judgement = self.ruling(scratch, data)
        if self.context.coverage is not None:
            self.context.coverage.note(judgement)
        exchange = self.context.watch(self.target.modify(scratch.assistant_id, data))
        scratch.history.append(data)
        scratch.trail.append(exchange)
        return judgement, exchange

    def ruling(self, scratch: Scratch, data: bytes) -> Judgement:
        """Return what the contract says to a modify of a scratch assistant, as it is now."""
        asked = data, scratch.state, scratch.effort
        if self._ruled is None or any(one is not other for one, other in zip(asked, self._ruled[0], strict=True)):
            self._ruled = asked, self.contract.judge(data, self.stored(scratch))
        return self._ruled[1]

    def read_after(self, scratch: Scratch) -> ReadAfter:
        """Read what a modify left, and again where it is not shown."""
        first = self.context.watch(self.target.retrieve(scratch.assistant_id))
        fails = self.context.shows and not state_of(first, scratch.state) and not isinstance(first.outcome, NoAnswer)
        settled = read_back(self.context, scratch.assistant_id, scratch.state) if fails else first
        learn(self.context, scratch, settled)
        goes = fails and not scratch.unread and not is_for_the_moment(first)
        return ReadAfter(settled if first.status == HTTPStatus.TOO_MANY_REQUESTS else first, settled, goes)

    def as_it_was(self, initial_state: InitialState, history: list[bytes]) -> Scratch:
        """Return another assistant that has gone through the same."""
        scratch = self.scratch(initial_state)
        for data in history[-LONGEST_HISTORY:]:
            self.send(scratch, data)
        if history:
            self.read_after(scratch)
        return scratch

    def stored(self, scratch: Scratch) -> State:
        """Return the fields of a scratch assistant that have a meaning in the contract."""
        state = {name: scratch.state[name] for name in self.contract.edition.fields if name in scratch.state}
        if violations(self.contract.edition, state):
            state = {key: value for key, value in state.items() if not violations(self.contract.edition, {key: value})}
        if scratch.effort is not None:
            state[roundtrip.HIDDEN] = scratch.effort
        return state

    def stored_at_first(self, scratch: Scratch) -> State:
        """Return the state that a fresh assistant of the same initial state has."""
        state = state_of(scratch.setup[-1])
        return self.stored(Scratch(scratch.assistant_id, scratch.initial_state, scratch.setup, state))
