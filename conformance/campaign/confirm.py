"""A breach repeated before it is believed, in the smallest surroundings that still show it.

First on a bare fresh assistant, then on one in the state of the case, then with everything that the scratch assistant
went through. If none shows it again it is flaky. Then what is not needed is taken out of the body and out of the state
before it, within a budget of its own: once that is spent nothing more is sent, and the smallest body known is what is
told, with the requests that showed it.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.campaign.record import finding, step
from conformance.campaign.reduction import reduced, without_fields
from conformance.campaign.sending import LONGEST_HISTORY
from conformance.campaign.unsteady import passes
from conformance.catalogue import roundtrip, sdk, validation
from conformance.errors import RunEndedError
from conformance.judging.breach import Aspect
from conformance.judging.modify import judge_modify
from conformance.scenario import WHOLE_BODY
from strategies.contract import Ruling
from strategies.jsonvalues import NotJSONError, decode, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.campaign.context import Setup
    from conformance.campaign.scratch import Scratch
    from conformance.campaign.sending import Sender
    from conformance.judging.breach import Breach
    from conformance.judging.observation import Performed
    from conformance.scenario import Case
    from conformance.states import InitialState
    from reports.model import Finding, Step
    from strategies.jsonvalues import JSON

TRIALS = 96
"""How many smaller bodies are sent for one finding."""
TRIALS_AMONG_MANY = 24
"""The same where much is broken."""
TRIALS_OF_A_RUN = 600
"""How many are sent for all findings of a run."""
SECONDS = 30.0
"""For how long smaller bodies are sent for one finding."""
EVERY_TIME = 3
"""How often a 5xx or a reset is to come again in the same surroundings."""
_FAILED = 500
LONGEST_SINGLED = 4
"""Of how many it is tried whether one by itself brings it about."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One repetition that showed the breach."""

    initial_state: InitialState
    prelude: tuple[bytes, ...]
    data: bytes
    breach: Breach
    steps: tuple[Step, ...]
    by_merging: bool = False
    """Whether it is one only beside what is known of how metadata is merged."""


def confirm(
    session: Sender, breach: Breach, case: Case, scratch: Scratch, performed: Performed, attributed: str = ""
) -> Finding | None:
    """Repeat a breach on fresh assistants; return the finding, or ``None`` when it did not come again.

    ``attributed`` is the requirement that the breach is attributed to.
    """
    initial_states: tuple[InitialState, ...] = ("minimal", scratch.initial_state, "populated", "structured")
    for initial_state in dict.fromkeys(initial_states):
        shown = _attempt(session, breach, performed, initial_state)
        if shown is not None and breach.base == sdk.SETTLES:
            # Each further time costs its limit.
            return finding(shown.breach, case.label, shown.steps, session.target, session.context.key_variable)
        if shown is not None and _passes(performed):
            # What a gateway or a connection may be the cause of comes every time, or proves nothing.
            again = (_attempt(session, breach, performed, initial_state) for _ in range(EVERY_TIME - 1))
            if not all(again):
                return None
        if shown is not None:
            shown = _Smallest(session, case, performed, shown, attributed).found()
            label = _label(case, shown, performed, scratch)
            return _found(session, shown, label)
    return None


def _found(session: Sender, shown: Attempt, label: str) -> Finding:
    """Return the finding, with what it is held against: another modify of metadata, which had it the other way."""
    beside = _other_way(session) if shown.by_merging else ()
    steps = (*beside, *shown.steps)
    found = finding(shown.breach, label, steps, session.target, session.context.key_variable)
    if shown.by_merging:
        session.context.put_together.append(found)
    return found


def _other_way(session: Sender) -> tuple[Step, ...]:
    """Send the modify again that showed first whether metadata is merged; nothing is returned where it does not."""
    context = session.context
    initial_state, bodies = context.merging
    if not bodies or session.target.role != "server":
        return ()
    for length in (1, 1, len(bodies)):  # some servers do both in turns
        scratch = session.as_it_was(initial_state, list(bodies[-length:-1]))
        performed = session.perform(scratch, bodies[-1])
        session.drop(scratch)
        if performed.verdict.merged is context.merges and performed.observation.after is not None:
            steps = [step("setup", one, session.target) for one in (*scratch.setup[:-1], *scratch.trail)]
            return (*steps, step("observe", performed.observation.after, session.target))
    return ()


def _label(case: Case, shown: Attempt, performed: Performed, scratch: Scratch) -> str:
    """Return what a case is called, and what of it is not in the evidence since it is not needed."""
    if shown.data != performed.data:
        return f"{case.label}; minimised"
    alone = len(scratch.history) > 1 and " after " in case.label
    return f"{case.label}; without the requests before it" if alone else case.label


def confirm_with_history(
    session: Sender, breach: Breach, case: Case, scratch: Scratch, performed: Performed, before: Sequence[bytes]
) -> tuple[Finding, int] | None:
    """Repeat a breach on an assistant that goes through what the scratch assistant went through.

    Returns the finding and how many earlier modifies it takes; ``None`` when it did not come again.
    """
    for length in sorted({1, 2, 4, min(len(before), LONGEST_HISTORY)}):
        if length > len(before):
            continue
        prelude = tuple(before[-length:])
        shown = _attempt(session, breach, performed, scratch.initial_state, prelude)
        if shown is None:
            continue
        if length <= LONGEST_SINGLED:
            singly = (_attempt(session, breach, performed, scratch.initial_state, (body,)) for body in prelude[:-1])
            shown = next((one for one in singly if one is not None), shown)
        return _found(session, shown, case.label), len(shown.prelude)
    return None


def comes_again(session: Sender, breach: Breach, scratch: Scratch, performed: Performed) -> bool:
    """Return whether a breach shows on a fresh assistant at the same place again; nothing is made smaller."""
    initial_states: tuple[InitialState, ...] = ("minimal", scratch.initial_state)
    shown = (_attempt(session, breach, performed, initial_state) for initial_state in dict.fromkeys(initial_states))
    return any(again is not None and again.breach.anywhere == breach.anywhere for again in shown)


def _attempt(
    session: Sender,
    breach: Breach,
    first: Performed,
    initial_state: InitialState,
    prelude: tuple[bytes, ...] = (),
    *,
    data: bytes = b"",
    setup: Setup | None = None,
) -> Attempt | None:
    data = data or first.data
    scratch = session.scratch(initial_state, setup)
    earlier = [session.perform(scratch, body).observation for body in prelude]
    performed = session.perform(scratch, data)
    session.drop(scratch)
    again = _same_symptom(breach, first, performed)
    if again is None:
        return None
    target = session.target
    observed = performed.observation
    steps = [step("setup", one, target) for one in (*scratch.setup[:-1], *(sent.exchange for sent in earlier))]
    before = earlier[-1].after if earlier else scratch.setup[-1]
    if before is not None:
        steps.append(step("observe", before, target))
    steps.append(step("act", observed.exchange, target))
    if observed.after is not None:
        steps.append(step("observe", observed.after, target))
    return Attempt(initial_state, prelude, data, again, tuple(steps), _is_by_merging(session, again, performed))


def _is_by_merging(session: Sender, breach: Breach, performed: Performed) -> bool:
    if breach.field != "metadata" or session.target.role != "server":
        return False
    unknown = replace(performed.observation, merges=None)
    plainly = judge_modify(session.contract, performed.judgement, unknown)
    return all(one.key != breach.key for one in plainly.breaches)


def _passes(performed: Performed) -> bool:
    exchanges = (performed.observation.exchange, performed.observation.after)
    return any(one is not None and (passes(one) or (one.status or 0) >= _FAILED) for one in exchanges)


def _same_symptom(breach: Breach, first: Performed, performed: Performed) -> Breach | None:
    alike = [one for one in performed.verdict.breaches if (one.aspect, one.field) == (breach.aspect, breach.field)]
    if alike:
        nearest = [one for one in alike if one.base == breach.base] or alike
        return next((one for one in nearest if one.anywhere == breach.anywhere), nearest[0])
    permitted = performed.judgement.permissions - first.judgement.permissions
    if breach.aspect is Aspect.REFUSED and performed.verdict.refused and not permitted:
        return breach  # its control, which has the same permissions, was taken
    return None


class _SpentError(Exception):
    """The budget for smaller bodies is spent."""


class _Smallest:
    """The smallest body found that shows what a first one showed; what was sent is remembered by its bytes."""

    def __init__(self, session: Sender, case: Case, first: Performed, shown: Attempt, attributed: str) -> None:
        self._session = session
        self._first = first
        self._shown = shown
        self._key = shown.breach.key
        self._is_drawn = case.field == WHOLE_BODY
        self._attributed = attributed
        # What shows by several fields together is the same whichever values they have.
        self._is_of_several = attributed in {roundtrip.COMBINATIONS, validation.COMBINATIONS}
        self._values_are_tried = False
        self._known = {shown.data: True}
        self._left = TRIALS_AMONG_MANY if session.evidence.is_much_broken else TRIALS
        self._until = time.monotonic() + SECONDS

    def found(self) -> Attempt:
        """Return the attempt that showed it by the smallest body; the end of the run's budget only ends this."""
        with suppress(RunEndedError):
            if self._first.observation.exchange.status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                with suppress(_SpentError):
                    self._reduce_body()
            self._reduce_state()  # of what is refused for its size a smaller body tells no more
        return self._shown

    def _reduce_body(self) -> None:
        body = _body(self._shown)
        # What is refused for several fields alike is told by the one that it is attributed to.
        named = (name for name in body if f".{name}." in f"{self._attributed}.")
        field = self._shown.breach.field or next(named, "")
        body = without_fields(body, self._shows, field)
        if self._is_drawn or len(body) > 1:
            self._values_are_tried = True
            reduced(body, self._shows, field)

    def _reduce_state(self) -> None:
        session, shown = self._session, self._shown
        if shown.initial_state != "minimal" and session.context.assistant_id is None:
            setup = session.context.setup(shown.initial_state).only({"model", shown.breach.field, *_body(shown)})
            smallest = _attempt(session, shown.breach, self._first, shown.initial_state, data=shown.data, setup=setup)
            self._shown = smallest or shown

    def _shows(self, body: JSON) -> bool:
        context = self._session.context
        if not self._left or context.trials >= TRIALS_OF_A_RUN or time.monotonic() > self._until:
            raise _SpentError
        data = encode(body)
        if data not in self._known:
            self._known[data] = False
            if self._is_ruled_alike(data):
                self._left -= 1
                context.trials += 1
                self._known[data] = self._is_seen(data)
        return self._known[data]

    def _is_ruled_alike(self, data: bytes) -> bool:
        """Return whether the contract asks the same of a smaller body, or more: what was left open may be settled."""
        before, now = self._first.judgement.ruling, self._session.contract.judge(data).ruling
        return now is before or (before is Ruling.EITHER and now is Ruling.ACCEPT)

    def _is_seen(self, data: bytes) -> bool:
        shown = self._shown
        again = _attempt(self._session, shown.breach, self._first, shown.initial_state, data=data)
        if again is None:
            return False
        if self._values_are_tried and not self._is_of_several and again.breach.key != self._key:
            return False
        self._shown = again
        return True


def _body(shown: Attempt) -> dict[str, JSON]:
    try:
        body = decode(shown.data).value
    except NotJSONError:
        return {}
    return body if isinstance(body, dict) else {}
