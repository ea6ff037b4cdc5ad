"""One session: scratch assistants for one scenario, each case sent, judged and settled.

A case costs a modify and a GET, of which those that are to be refused share one in a row; the GET after one case is
the state before the next. What goes wrong is attributed to the requirement that it really shows
(:mod:`conformance.campaign.attribution`), repeated on a fresh assistant before it is believed
(:mod:`conformance.campaign.confirm`), and only then written into the evidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from conformance.campaign.attribution import SETTLED, Attribution, voids_permission
from conformance.campaign.confirm import (
    LONGEST_HISTORY,
    LONGEST_SINGLED,
    comes_again,
    confirm,
    confirm_with_history,
)
from conformance.campaign.context import RunEndedError
from conformance.campaign.noting import take_note
from conformance.campaign.packed import suspected, unexplained
from conformance.campaign.record import told
from conformance.campaign.refusals import only_together, refused_in_a_row, rows
from conformance.campaign.scratch import Scratch, Scratches, learn, read_back
from conformance.campaign.sightings import where_shown
from conformance.campaign.supporting import support
from conformance.catalogue import roundtrip, sdk, sequences, validation
from conformance.exchange import NoAnswer, NotRun
from conformance.judging.breach import Aspect, Breach
from conformance.judging.brief import brief
from conformance.judging.holding import holding
from conformance.judging.modify import judge_modify
from conformance.judging.observation import Observation, Performed, State, Verdict
from conformance.judging.sdk import judge_call
from conformance.judging.showing import is_for_the_moment, state_of, told_of
from conformance.judging.wire import exercised
from conformance.targets.naming import naming_model
from reports.model import Shown
from strategies.contract import Judgement, Ruling, violations
from strategies.jsonvalues import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.campaign.context import Context, Setup
    from conformance.exchange import Exchange
    from conformance.scenario import Case, InitialState
    from conformance.targets.protocol import ServerTarget
    from reports.model import Finding


_OF_THE_GONE = frozenset({Aspect.CHANGED, Aspect.UNREADABLE, Aspect.UNANSWERED})
"""How a modify shows that the assistant is gone after it."""


@dataclass(frozen=True, slots=True)
class ReadAfter:
    """What GETs showed after a modify."""

    first: Exchange
    settled: Exchange
    """The last one: another than the first where that did not show the assistant."""
    comes_and_goes: bool
    """Whether the first failed, and a later one showed the assistant."""


class Session:
    """What a scenario works with."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.target = context.target
        self.contract = context.contract
        self.evidence = context.evidence
        self._attribution = Attribution(self)
        self._scratches = Scratches(context)
        self._suspected: list[tuple[str, Finding]] = []
        self._gone: list[Scratch] = []
        """Assistants that a scenario found to be gone."""
        self._control: Scratch | None = None
        """The assistant that is sent controls."""
        self._was_explained = False
        """Whether a fresh assistant has shown that the last case is the cause of what was wrong."""

    # Scratch assistants

    def scratch(self, initial_state: InitialState = "populated", setup: Setup | None = None) -> Scratch:
        """Make an assistant in a state, brought about by ``setup`` or in the campaign's way."""
        return self._scratches.make(initial_state, setup)

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

    # Scenarios

    def carry_out(self, scenario: Callable[[Session], None]) -> None:
        """Run a scenario; what it finds is believed when it finds it again, and is flaky when it does not."""
        found, ended = self._found(scenario)
        lost = bool(self._gone)
        again: dict[str, list[Finding]] = {}
        if found and ended is None:
            self.close()  # what was made the first time is not to stand beside it
            again, ended = self._found(scenario)
        doubt = "it did not come again" if ended is None else f"not sent again, since {ended}"
        for id_, findings in found.items():
            before = {_seen(finding) for finding in findings}
            for finding in again.get(id_, ()):
                if _seen(finding) in before or not self.evidence.is_broken(id_):
                    self.evidence.break_(id_, finding, [_shown(finding)])
            # What an assistant that is gone makes of a scenario is a finding already.
            if id_ not in again and not self.evidence.is_broken(id_) and not lost:
                self.evidence.note_flaky(id_, f"{findings[0].case}: {findings[0].actual}; {doubt}")
        if ended is not None:
            raise ended

    def _found(self, scenario: Callable[[Session], None]) -> tuple[dict[str, list[Finding]], RunEndedError | None]:
        """Return what a scenario finds beside what is known to be broken, and what cut it off."""
        self._suspected = []
        self._gone = []
        cut_off: RunEndedError | None = None
        try:
            scenario(self)
        except RunEndedError as ended:
            cut_off = ended
        for scratch in self._gone:
            self.context.standing.lost(scratch)
        fresh: dict[str, list[Finding]] = {}
        for id_, finding in self._suspected:
            if id_ not in self.evidence:
                continue
            if not self.evidence.is_broken(id_) or (finding.place and self.evidence.is_news(id_, _shown(finding))):
                fresh.setdefault(id_, []).append(finding)
            else:
                self.evidence.break_(id_)
        return fresh, cut_off

    def lose(self, scratch: Scratch) -> None:
        """Take note that a scenario has found an assistant to be gone which nobody deleted."""
        self._gone.append(scratch)

    def suspect(self, id_: str, finding: Finding) -> None:
        """Take note of what a scenario found."""
        self._suspected.append((id_, finding))

    # Cases

    def run(self, cases: tuple[Case, ...], initial_state: InitialState) -> None:
        """Send the cases one after the other to one scratch assistant."""
        scratch = self.scratch(initial_state)
        for row in rows(cases):
            before = list(scratch.history)
            sent = refused_in_a_row(self, scratch, row)
            for case, performed in sent.performed:
                self._settle_case(case, scratch, performed, before)
            if sent.performed:
                continue
            malformed = scratch
            if sent.acts:
                scratch = self.as_it_was(initial_state, before)
            told = False
            for case in row:
                if self.context.is_enough():
                    return
                self.context.check()
                scratch, found = self._sent(case, scratch, initial_state)
                told = told or found
            if sent.acts:
                if not told and sent.breach is not None:
                    only_together(self, row, malformed, sent, before)
                self.drop(malformed)

    def _sent(self, case: Case, scratch: Scratch, initial_state: InitialState) -> tuple[Scratch, bool]:
        """Send a case, and by themselves the parts of it that may be why where something is wrong with the whole.

        Returns the assistant that the next one is for, and whether something was wrong.

        When the assistant is gone for another reason than the case, the case is sent again, to another.
        """
        wrong = False
        for _ in range(2):
            if scratch.unread or self._is_unsuitable(case, scratch):
                self.drop(scratch)
                scratch = self.scratch(initial_state)
            before = list(scratch.history)
            performed = self.perform(scratch, case.data, read=case.read)
            if self._is_known_of_sequences(performed.verdict):
                self.evidence.break_(sequences.ANY_ORDER)
                self.drop(scratch)
                scratch, before = self.scratch(initial_state), []
                performed = self.perform(scratch, case.data, read=case.read)
            suspects, home = suspected(self.evidence, case, performed), scratch
            explained: set[str] = set()
            for part in suspects:
                home, found = self._sent(part, home, initial_state)
                explained |= {part.field} if found else set()
            left = unexplained(performed, explained) if suspects else performed
            lost = left is not None and self._settle_case(case, scratch, left, before)
            wrong = wrong or lost or bool(performed.verdict.breaches)
            scratch = home
            if not lost:
                break
        if performed.judgement.ruling is Ruling.REFUSE and performed.verdict.accepted:
            self.drop(scratch)
            scratch = self.scratch(initial_state)  # the other holds what it must not
        return scratch, wrong

    def _is_known_of_sequences(self, verdict: Verdict) -> bool:
        """Return whether all that is wrong comes of what was sent before: a fresh assistant shows the rest."""
        wrong = {(one.aspect, one.field) for one in verdict.breaches}
        return bool(wrong) and wrong <= self.context.of_sequences

    def as_it_was(self, initial_state: InitialState, history: list[bytes]) -> Scratch:
        """Return another assistant that has gone through the same."""
        scratch = self.scratch(initial_state)
        for data in history[-LONGEST_HISTORY:]:
            self.send(scratch, data)
        if history:
            self.read_after(scratch)
        return scratch

    def _settle_case(self, case: Case, scratch: Scratch, performed: Performed, before: list[bytes]) -> bool:
        lost = self.settle(case, scratch, performed, before)
        self.context.cases_done += not lost
        return lost

    def _is_unsuitable(self, case: Case, scratch: Scratch) -> bool:
        """Return whether the state that earlier cases left would permit what this one is about."""
        if not scratch.history:
            return False
        now = self.contract.judge(case.data, self.stored(scratch)).permissions
        return bool(now) and not now <= self.contract.judge(case.data, self.stored_at_first(scratch)).permissions

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

    def perform(self, scratch: Scratch, data: bytes, *, read: bool = True) -> Performed:
        """Send a modify, read back, and judge; one that need not be read is, unless its answer shows an assistant."""
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
        if not read and shown and self.target.role == "server":
            scratch.state, scratch.assumed = shown, True
        elif not isinstance(exchange.outcome, NotRun):
            scratch.assumed = False
            read_after = self.read_after(scratch)
            after = read_after.first if exchange.accepted else read_after.settled
            if not exchange.accepted and read_after.comes_and_goes:
                self.evidence.note_flaky(
                    roundtrip.AGREES, f"{told_of(read_after.first)}, and the next one the assistant"
                )
        observation = Observation(before, exchange, after, self.context.merges)
        if self.target.role == "sdk":
            verdict = judge_call(self.contract, judgement, observation, self.target, mutations[known:])
        else:
            verdict = judge_modify(self.contract, judgement, observation)
        if assumed:  # what was not read before cannot be seen to have changed
            verdict = replace(verdict, effective=False)
        if unread:  # what was stored may permit anything, and nothing can be held against it
            verdict = Verdict(tuple(one for one in verdict.breaches if one.aspect is Aspect.UNREADABLE))
        if scratch.gone is not None:
            self._gone.append(scratch)
        if verdict.accepted and isinstance(judgement.body, dict) and roundtrip.HIDDEN in judgement.body:
            scratch.effort = judgement.body[roundtrip.HIDDEN]
        return Performed(data, judgement, observation, verdict)

    def send(self, scratch: Scratch, data: bytes) -> tuple[Judgement, Exchange]:
        """Send a modify, with the contract's ruling on it.

        A target that is known to take none without a model is sent the one that is stored: else nothing is judged.
        """
        if self.target.role == "server" and self.evidence.is_broken(validation.OPTIONAL):
            cast("ServerTarget", self.target).name_model(self.context.model)
            self.evidence.note_hidden("roundtrip.model.kept", validation.OPTIONAL)
            data = naming_model(data, str(scratch.state.get("model") or self.context.model))
        judgement = self.contract.judge(data, self.stored(scratch))
        if self.context.coverage is not None:
            self.context.coverage.note(judgement)
        exchange = self.context.watch(self.target.modify(scratch.assistant_id, data))
        scratch.history.append(data)
        scratch.trail.append(exchange)
        return judgement, exchange

    def read_after(self, scratch: Scratch) -> ReadAfter:
        """Read what a modify left, and again where it is not shown."""
        first = self.context.watch(self.target.retrieve(scratch.assistant_id))
        fails = self.context.shows and not state_of(first, scratch.state) and not isinstance(first.outcome, NoAnswer)
        settled = read_back(self.context, scratch.assistant_id, scratch.state) if fails else first
        learn(self.context, scratch, settled)
        goes = fails and not scratch.unread and not is_for_the_moment(first)
        return ReadAfter(settled if first.status == HTTPStatus.TOO_MANY_REQUESTS else first, settled, goes)

    def shown_plainly(self, field: str) -> frozenset[tuple[Aspect, str]]:
        """Return what is wrong when a field is given a plain value; tried once in a campaign."""
        return self._attribution.control(encode({field: self.context.plain[field]}), "populated").wrong

    def is_accepted(self, data: bytes) -> bool:
        """Return whether a body is accepted on a fresh bare assistant; tried once in a campaign."""
        return self._attribution.is_accepted(data, "minimal")

    def takes(self, control: bytes) -> bool:
        """Return whether a control is accepted: beside others on one assistant, or else on a fresh one."""
        alone = self.target.role == "sdk" or self.context.assistant_id is not None
        if alone or self._attribution.is_known(control, "minimal"):
            return self.is_accepted(control)
        if self._control is None:
            self._control = self.scratch("minimal")
        if self.send(self._control, control)[1].accepted:
            self.context.taken.add(control)
            return True
        self.drop(self._control)
        self._control = None
        return self.is_accepted(control)

    def settle(self, case: Case, scratch: Scratch, performed: Performed, before: list[bytes]) -> bool:
        """Write what a case showed into the evidence; ``before`` are the bodies that the assistant was sent earlier.

        Returns whether the assistant is gone for no reason that the case gives: then the case showed nothing.
        """
        rest = self._settled(case, scratch, performed)
        unexplained = scratch.gone is not None and not self._was_explained
        for id_, breach in rest:
            alike = (id_, breach.aspect, breach.field, breach.kind)
            known, times = self.context.of_history.get(alike, ("", 0))
            if times >= SETTLED and not unexplained:
                self.evidence.break_(known)
                continue
            again = confirm_with_history(self, breach, case, scratch, performed, before) if before else None
            if again is None:
                if not unexplained:
                    self.evidence.note_flaky(id_, f"{case.label}: {breach.actual}; it did not come again")
                continue
            finding, length = again
            if unexplained and length > LONGEST_SINGLED:
                continue  # after so many requests it may be gone for its age as well
            unexplained = False
            attributed = id_
            if self.target.role == "sdk" or breach.aspect in {Aspect.CHANGED, Aspect.IDENTITY}:
                pass  # what a call or a refusal does is its own, whatever went before, and so is a time that moves
            elif sequences.ANY_ORDER in self.evidence and (length > 1 or self._is_refused(before[-1])):
                attributed = sequences.ANY_ORDER
                self.context.of_sequences.add((breach.aspect, breach.field))
            elif length == 1 and case.requirement == roundtrip.AFTER_NULL:
                attributed = case.requirement
            self.context.of_history[alike] = attributed, times + 1 if attributed == known else 1
            self.evidence.break_(attributed, finding, [where_shown(breach, case.label)])
        if unexplained:
            self.context.standing.lost(scratch)
        return unexplained

    def _is_refused(self, data: bytes) -> bool:
        """Return whether a body is to be refused: then what comes after it owes it nothing."""
        return self.contract.judge(data).ruling is Ruling.REFUSE

    def only_in_sequence(self, case: Case, scratch: Scratch, performed: Performed) -> Breach | None:
        """Write what a modify within a sequence showed; return a breach that it does not show by itself."""
        rest = [breach for _, breach in self._settled(case, scratch, performed)]
        return next((breach for breach in rest if breach.aspect is not Aspect.IDENTITY), None)

    def _settled(self, case: Case, scratch: Scratch, performed: Performed) -> list[tuple[str, Breach]]:
        """Write everything into the evidence that a fresh assistant confirms; return the rest."""
        outcome = performed.observation.exchange.outcome
        if isinstance(outcome, NotRun):
            asked = performed.judgement.body
            shown = exercised(asked, performed.judgement) if isinstance(asked, dict) else set()
            for id_ in {case.requirement, *shown}:
                self.evidence.note_cannot(id_, outcome.reason)
            return []
        breaches = list(performed.verdict.breaches)
        self._was_explained = False
        if scratch.gone is not None and self.target.role == "server":
            # Whether the case is the cause shows on a fresh assistant; everything else about it shows nothing.
            breaches = [one for one in breaches if one.aspect in _OF_THE_GONE and not one.field]
            broken: set[str] = set()
            rest = self._believed(case, breaches, scratch, performed, broken, {})
            if self._was_explained and performed.verdict.refused:  # it is refused all the same
                self.evidence.accept(performed.verdict.evidence - broken)
                support(self, case, performed, breaches, broken)
            return rest
        take_note(self, scratch, performed)
        if self.target.role == "server" and voids_permission(self, case, performed, scratch.initial_state):
            control = brief(decode(case.control or b"null").value)
            expected, actual = f"accepted, as {control} is", told(performed.observation.exchange)
            breaches.append(Breach(Aspect.REFUSED, "", case.field, case.field, expected, actual))
        broken = set()
        laid: dict[str, str] = {}
        rest = self._believed(case, breaches, scratch, performed, broken, laid)
        self.evidence.accept(performed.verdict.evidence - broken)
        support(self, case, performed, breaches, broken)
        if laid:
            by = next(iter(laid.values()))
            for id_, field in performed.verdict.hidden:
                self._hide({id_}, laid.get(field, by))
            self._hide({case.requirement}, laid.get(case.field, by))
            if performed.verdict.refused and performed.judgement.ruling is not Ruling.REFUSE:
                self._hide(set(holding(self.contract.edition, performed.judgement.body)), by)
        return rest

    def _believed(
        self,
        case: Case,
        breaches: list[Breach],
        scratch: Scratch,
        performed: Performed,
        broken: set[str],
        laid: dict[str, str],
    ) -> list[tuple[str, Breach]]:
        """Write the breaches into the evidence that a fresh assistant confirms, and their ids down; return the rest.

        ``laid`` is given the requirement to which each field's breach was laid.
        """
        rest: list[tuple[str, Breach]] = []
        for breach in breaches:
            id_ = self._attribution.attribute(case, breach, performed, scratch.initial_state)
            broken |= {id_, breach.base, breach.special}
            if id_ not in self.evidence:
                continue
            if not self._is_written(id_, breach, case, scratch, performed):
                rest.append((id_, breach))
                continue
            self._was_explained = True
            if id_ not in sdk.UNTYPED:
                laid.setdefault(breach.field, id_)
                self._hide({breach.special, breach.kind}, id_)
        return rest

    def _hide(self, ids: set[str], by: str) -> None:
        """Write down that what is broken already keeps requirements from being seen."""
        for id_ in ids - {"", by}:
            self.evidence.note_hidden(id_, by)

    def _is_written(self, id_: str, breach: Breach, case: Case, scratch: Scratch, performed: Performed) -> bool:
        where = where_shown(breach, case.label)
        if self.evidence.is_broken(id_):
            is_news = self.evidence.is_news(id_, where)
            again = not is_news or comes_again(self, breach, scratch, performed)
            if not again:
                self.evidence.doubt(id_)
            self.evidence.break_(id_, shown=[where] if again else [])
            return True
        finding = confirm(self, breach, case, scratch, performed, id_)
        if finding is not None:
            self.evidence.break_(id_, finding, [where])
            if self.context.memory is not None:
                self.context.memory.keep(performed.data)
        return finding is not None


def _shown(finding: Finding) -> Shown:
    return Shown(re.sub(r"\[\d+\]", "[]", finding.place), finding.expected, finding.actual, finding.case)


def _seen(finding: Finding) -> tuple[str, str]:
    """Return what two findings of a scenario have in common when they are one: ids in texts differ each time."""
    return finding.place, finding.case
