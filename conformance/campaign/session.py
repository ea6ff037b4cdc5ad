"""One session: scratch assistants for one scenario, each case sent, judged and settled.

A case costs a modify and a GET, of which those that are to be refused share one in a row; the GET after one case is
the state before the next. What goes wrong is attributed to the requirement that it really shows
(:mod:`conformance.campaign.attribution`), repeated on a fresh assistant before it is believed
(:mod:`conformance.campaign.confirm`), and only then written into the evidence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.campaign.attribution import SETTLED, Attribution, voids_permission
from conformance.campaign.behind import note_doubt
from conformance.campaign.confirm import LONGEST_SINGLED, comes_again, confirm, confirm_with_history
from conformance.campaign.noting import take_note
from conformance.campaign.packed import suspected, taken_all_the_same, unexplained
from conformance.campaign.record import told
from conformance.campaign.refusals import ROWS_TOLD, Sent, only_together, refused_in_a_row, rows
from conformance.campaign.sending import Sender
from conformance.campaign.sightings import DOUBTS, where_shown
from conformance.campaign.standing import standing_of
from conformance.campaign.supporting import support
from conformance.catalogue import response, roundtrip, sdk, sequences
from conformance.errors import RunEndedError
from conformance.exchange import NoAnswer, NotRun
from conformance.judging.breach import Aspect, Breach
from conformance.judging.brief import brief
from conformance.judging.holding import holding
from conformance.judging.wire import exercised
from conformance.scenario import leaves
from reports.model import Shown
from strategies.contract import Ruling
from strategies.jsonvalues import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.campaign.context import Context
    from conformance.campaign.scratch import Scratch
    from conformance.judging.observation import Performed, Verdict
    from conformance.scenario import Case
    from conformance.states import InitialState
    from reports.model import Finding


_OF_THE_GONE = frozenset({Aspect.CHANGED, Aspect.UNREADABLE, Aspect.UNANSWERED})
"""How a modify shows that the assistant is gone after it."""


class Session(Sender):
    """What a scenario works with."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._attribution = Attribution(self)
        self._suspected: list[tuple[str, Finding]] = []
        self._repeated: set[str] | None = None
        """What the cases are called that a scenario repeats; ``None`` where it is carried out whole."""
        self._is_narrowed = False
        """Whether it has left out others."""
        self.last: Scratch | None = None
        """The assistant that the last drawn case was sent to."""
        self.keeps = False
        """Whether bodies that show a finding are kept for the next run."""
        self._control: Scratch | None = None
        """The assistant that is sent controls."""
        self._was_explained = False
        """Whether a fresh assistant has shown that the last case is the cause of what was wrong."""

    # Scenarios

    def carry_out(self, scenario: Callable[[Session], None]) -> None:
        """Run a scenario; what it finds is believed when it finds it again, and is flaky when it does not."""
        found, ended = self._found(scenario)
        lost = bool(self._gone)
        again: dict[str, list[Finding]] = {}
        if found and ended is None:
            again, ended = self._again(scenario, found)
        doubt = "it did not happen again" if ended is None else f"not sent again, since {ended}"
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

    def _again(
        self, scenario: Callable[[Session], None], found: dict[str, list[Finding]]
    ) -> tuple[dict[str, list[Finding]], RunEndedError | None]:
        """Return what a scenario finds once more: where it can, of what it found, and whole where that shows less."""
        self.close()  # what was made the first time is not to stand beside it
        self._repeated = {finding.case for findings in found.values() for finding in findings}
        self._is_narrowed = False
        again, ended = self._found(scenario)
        self._repeated = None
        missed = any(id_ not in again and not self.evidence.is_broken(id_) for id_ in found)
        if self._is_narrowed and ended is None and missed:
            self.close()
            whole, ended = self._found(scenario)
            again = {**again, **whole}
        return again, ended

    def repeats(self, *labels: str) -> bool:
        """Return whether a scenario is to send what is so called: the second time, only what was wrong."""
        if self._repeated is None or not self._repeated.isdisjoint(labels):
            return True
        self._is_narrowed = True
        return False

    def _found(self, scenario: Callable[[Session], None]) -> tuple[dict[str, list[Finding]], RunEndedError | None]:
        """Return what a scenario finds beside what is known to be broken, and what cut it off."""
        self._suspected = []
        self._gone = []
        self.last = None
        cut_off: RunEndedError | None = None
        try:
            scenario(self)
        except RunEndedError as ended:
            cut_off = ended
        for scratch in self._gone:
            standing_of(self.context).lost(scratch)
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
        for row in rows(cases, self.target.role):
            left = row
            while left := tuple(filter(self._shows_more, left)):  # what is broken is known by now
                before = list(scratch.history)
                sent = refused_in_a_row(self, scratch, left)
                if not sent.performed:
                    scratch = self._one_by_one(left, sent, scratch, initial_state, before)
                    break
                for case, performed in sent.performed:
                    self._settle_case(case, scratch, performed, before)
                    if performed.verdict.accepted and performed.judgement.ruling is Ruling.REFUSE:
                        self.drop(scratch)
                        scratch = self.scratch(initial_state)  # the other holds what it must not
                if self.context.is_enough():
                    return
                left = left[len(sent.performed) :]

    def _one_by_one(
        self, row: tuple[Case, ...], sent: Sent, scratch: Scratch, initial_state: InitialState, before: list[bytes]
    ) -> Scratch:
        """Send each case of a row by itself, after the row has told too little; return the assistant for the next."""
        malformed = scratch
        if sent.acts:
            scratch = self.as_it_was(initial_state, before)
        told = False
        destroyed = sent.breach is not None or malformed.unread
        destroyed = destroyed or any(isinstance(act.outcome, NoAnswer) for act in sent.acts)
        for case in self._worth_sending(row) if destroyed else row:
            if self.context.is_enough():
                return scratch
            if not self._shows_more(case):
                continue
            self.context.check()
            scratch, found = self.sent(case, scratch, initial_state)
            told = told or found
        if sent.acts:
            self.context.left_behind_rows += destroyed and told
            if not told and sent.breach is not None:
                only_together(self, row, malformed, sent, before)
            self.drop(malformed)
        return scratch

    def _shows_more(self, case: Case) -> bool:
        """Return whether a case shows more than is known: where much is broken, one example of each is enough."""
        return case.side != "outside" or not self._is_known(case)

    def _is_known(self, case: Case) -> bool:
        """Return whether much is broken, and all that a case is about as well."""
        return self.evidence.is_much_broken and all(self.evidence.is_broken(leaf.requirement) for leaf in leaves(case))

    def _worth_sending(self, row: tuple[Case, ...]) -> Iterable[Case]:
        """Return what is sent one by one of a row: where refusals are known to leave something, one a requirement."""
        if self.context.left_behind_rows < ROWS_TOLD:
            return row
        return {case.requirement: case for case in reversed(row)}.values()

    def sent(self, case: Case, scratch: Scratch, initial_state: InitialState) -> tuple[Scratch, bool]:
        """Send a case, and by themselves the parts of it that may be why where something is wrong with the whole.

        Returns the assistant that the next one is for, and whether something was wrong.

        When the assistant is gone for another reason than the case, the case is sent again, to another.
        """
        wrong, splits = False, self.context.splits
        if case.parts:
            rest = splits.without_guilty(self.evidence, case)
            if rest is None:
                return scratch, False
            case = rest
        data = case.data
        for _ in range(2):
            if scratch.unread or self._is_unsuitable(data, scratch):
                self.drop(scratch)
                scratch = self.scratch(initial_state)
            before = list(scratch.history)
            performed = self.perform(scratch, data, read=case.read)
            if self._is_known_of_sequences(performed.verdict):
                self.evidence.break_(sequences.ANY_ORDER)
                self.drop(scratch)
                scratch, before = self.scratch(initial_state), []
                performed = self.perform(scratch, data, read=case.read)
            suspects, home = suspected(self.evidence, case, performed), scratch
            if suspects and splits.is_in_vain(performed):
                suspects = ()
            known = [part for part in suspects if self._is_known(part)] if performed.verdict.refused else []
            guilty: list[Case] = []
            for part in (one for one in suspects if one not in known):
                home, found = self.sent(part, home, initial_state)
                guilty += [part] if found else []
            if suspects and (guilty or not known):
                splits.note(performed, guilty)
            explained = {part.field for part in (*guilty, *known)} if suspects else set()
            left = unexplained(performed, explained) if suspects else performed
            if left is None and performed.verdict.accepted:
                self.evidence.accept(taken_all_the_same(case, performed))
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

    def _settle_case(self, case: Case, scratch: Scratch, performed: Performed, before: list[bytes]) -> bool:
        lost = self.settle(case, scratch, performed, before)
        self.context.cases_done += not lost
        return lost

    def _is_unsuitable(self, data: bytes, scratch: Scratch) -> bool:
        """Return whether the state that earlier cases left would permit what a body is about."""
        if not scratch.history:
            return False
        now = self.ruling(scratch, data).permissions
        return bool(now) and not now <= self.contract.judge(data, self.stored_at_first(scratch)).permissions

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
            is_tried = bool(before) and self.context.doubted[alike] < DOUBTS
            again = confirm_with_history(self, breach, case, scratch, performed, before) if is_tried else None
            self.context.doubted[alike] += again is None
            if again is None:
                note_doubt(self, breach, case, scratch, performed)
                # Where an answer and a GET differ, a refusal seems to change what the modify before it told wrong.
                told_only = performed.assumed and breach.aspect in {Aspect.CHANGED, Aspect.IDENTITY}
                if not (unexplained or told_only):
                    self.evidence.note_flaky(id_, f"{case.label}: {breach.actual}; it did not happen again")
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
            standing_of(self.context).lost(scratch)
        return unexplained

    def _is_refused(self, data: bytes) -> bool:
        """Return whether a body is to be refused: then what comes after it owes it nothing."""
        return self.contract.judge(data).ruling is Ruling.REFUSE

    def only_in_sequence(self, case: Case, scratch: Scratch, performed: Performed) -> Breach | None:
        """Write what a modify within a sequence showed; return a breach that it does not show by itself."""
        rest = [breach for _, breach in self._settled(case, scratch, performed)]
        told = (one for one in rest if one.aspect is not Aspect.IDENTITY and not self._is_of_answers(one))
        return next(told, None)

    def _is_of_answers(self, breach: Breach) -> bool:
        """Return whether a GET shows something else than the answer, of a field that answers show wrongly anyway."""
        id_ = f"roundtrip.{breach.field}.answered"
        return breach.aspect is Aspect.AGREES and id_ in self.evidence and self.evidence.is_broken(id_)

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
            # Whether the case is the cause shows on a fresh assistant. Everything else about it shows nothing, but that
            # an answer is not JSON: a GET that is not JSON either shows no assistant for that reason.
            breaches = [one for one in breaches if _tells_of_gone(one) or one.base == response.JSON_BODY]
            broken: set[str] = set()
            rest = self._believed(case, breaches, scratch, performed, broken, {})
            if self._was_explained and performed.verdict.refused:  # it is refused all the same
                self.evidence.accept(performed.verdict.evidence - broken)
                support(self, case, performed, breaches, broken, self.takes)
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
        support(self, case, performed, breaches, broken, self.takes)
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
            if self.context.memory is not None and (self.keeps or self.context.coverage is not None):
                self.context.memory.keep(performed.data)
        return finding is not None


def _tells_of_gone(breach: Breach) -> bool:
    return breach.aspect in _OF_THE_GONE and not breach.field


def _shown(finding: Finding) -> Shown:
    return Shown(re.sub(r"\[\d+\]", "[]", finding.place), finding.expected, finding.actual, finding.case)


def _seen(finding: Finding) -> tuple[str, str]:
    """Return what two findings of a scenario have in common when they are one: ids in texts differ each time."""
    return finding.place, finding.case
