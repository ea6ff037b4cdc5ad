"""One session: scratch assistants for one group of cases, each case sent, judged and settled.

A case costs a modify and a GET, of which those that are to be refused share one in a row; the GET after one case is
the state before the next. What goes wrong is laid to the requirement that it really shows
(:mod:`conformance.campaign.blame`), repeated on a fresh assistant before it is believed
(:mod:`conformance.campaign.confirm`), and only then written into the ledger.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.campaign.blame import Blame, voids_excuse
from conformance.campaign.confirm import LONGEST_HISTORY, comes_again, confirm, confirm_with_history
from conformance.campaign.context import RunEndedError
from conformance.campaign.record import told
from conformance.campaign.refusals import refused_in_a_row, rows
from conformance.campaign.scratch import Scratch, Scratches, learn, read_back, state_of
from conformance.campaign.sightings import where_shown
from conformance.catalogue import response as shape
from conformance.catalogue import roundtrip, sdk, sequences, silences, validation
from conformance.exchange import NoAnswer, NotRun
from conformance.judging.breach import Aspect, Breach
from conformance.judging.brief import brief
from conformance.judging.holding import holding
from conformance.judging.modify import judge_modify
from conformance.judging.observation import Observation, Performed, State, Verdict
from conformance.judging.observing import observed, reception
from conformance.judging.sdk import judge_call
from conformance.judging.wire import exercised
from conformance.plan.case import WHOLE_BODY
from reports.model import Shown
from strategies.contract import Judgement, Ruling, violations
from strategies.editions import FIELDS
from strategies.jsonvalues import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.campaign.context import Context, Recipe
    from conformance.exchange import Exchange
    from conformance.plan.case import Background, Case
    from reports.model import Finding


class Session:
    """What a group of cases, or a procedure, works with."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.target = context.target
        self.contract = context.contract
        self.ledger = context.ledger
        self._blame = Blame(self)
        self._scratches = Scratches(context)
        self._suspected: list[tuple[str, Finding]] = []

    # Scratch assistants

    def scratch(self, background: Background = "rich", recipe: Recipe | None = None) -> Scratch:
        """Make an assistant in a state, brought about by ``recipe`` or in the campaign's way."""
        return self._scratches.make(background, recipe)

    def close(self) -> None:
        """Delete the assistants that this session made."""
        self._scratches.delete()

    # Procedures

    def carry_out(self, procedure: Callable[[Session], None]) -> None:
        """Run a procedure; what it finds is believed when it finds it again, and is flaky when it does not."""
        found, ended = self._found(procedure)
        again: dict[str, list[Finding]] = {}
        if found and ended is None:
            self.close()  # what was made the first time is not to stand beside it
            again, ended = self._found(procedure)
        doubt = "it did not come again" if ended is None else f"not sent again, since {ended}"
        for id_, findings in found.items():
            before = {_seen(finding) for finding in findings}
            for finding in again.get(id_, ()):
                if _seen(finding) in before or not self.ledger.is_broken(id_):
                    self.ledger.break_(id_, finding, [_shown(finding)])
            if id_ not in again and not self.ledger.is_broken(id_):
                self.ledger.note_flaky(id_, f"{findings[0].case}: {findings[0].actual}; {doubt}")
        if ended is not None:
            raise ended

    def _found(self, procedure: Callable[[Session], None]) -> tuple[dict[str, list[Finding]], RunEndedError | None]:
        """Return what a procedure finds beside what is known to be broken, and what cut it off."""
        self._suspected = []
        cut_off: RunEndedError | None = None
        try:
            procedure(self)
        except RunEndedError as ended:
            cut_off = ended
        fresh: dict[str, list[Finding]] = {}
        for id_, finding in self._suspected:
            if id_ not in self.ledger:
                continue
            if not self.ledger.is_broken(id_) or (finding.place and self.ledger.is_news(id_, _shown(finding))):
                fresh.setdefault(id_, []).append(finding)
            else:
                self.ledger.break_(id_)
        return fresh, cut_off

    def suspect(self, id_: str, finding: Finding) -> None:
        """Take note of what a procedure found."""
        self._suspected.append((id_, finding))

    # Cases

    def run(self, cases: tuple[Case, ...], background: Background) -> None:
        """Send the cases one after the other to one scratch assistant."""
        scratch = self.scratch(background)
        for row in rows(cases):
            before = list(scratch.history)
            refused = refused_in_a_row(self, scratch, row)
            for case, performed in refused:
                self._settle_case(case, scratch, performed, before)
            if refused:
                continue
            if scratch.history != before:
                scratch = self._as_it_was(background, before)
            for case in row:
                self.context.check()
                if scratch.unread or self._is_unsuitable(case, scratch):
                    scratch = self.scratch(background)
                before = list(scratch.history)
                performed = self.perform(scratch, case.data)
                self._settle_case(case, scratch, performed, before)
                if performed.judgement.ruling is Ruling.REFUSE and performed.verdict.accepted:
                    scratch = self.scratch(background)  # the other holds what it must not

    def _as_it_was(self, background: Background, history: list[bytes]) -> Scratch:
        """Return another assistant that has gone through the same."""
        scratch = self.scratch(background)
        for data in history[-LONGEST_HISTORY:]:
            self.send(scratch, data)
        if history:
            self.read_after(scratch)
        return scratch

    def _settle_case(self, case: Case, scratch: Scratch, performed: Performed, before: list[bytes]) -> None:
        self.settle(case, scratch, performed, before)
        self.context.cases_done += 1

    def _is_unsuitable(self, case: Case, scratch: Scratch) -> bool:
        """Tell whether the state that earlier cases left would excuse what this one is about."""
        if not scratch.history:
            return False
        now = self.contract.judge(case.data, self.stored(scratch)).excuses
        return bool(now) and not now <= self.contract.judge(case.data, self.stored_at_first(scratch)).excuses

    def stored(self, scratch: Scratch) -> State:
        """Return the fields of a scratch assistant that have a meaning in the contract."""
        state = {name: scratch.state[name] for name in FIELDS if name in scratch.state}
        if violations(self.contract.edition, state):
            state = {key: value for key, value in state.items() if not violations(self.contract.edition, {key: value})}
        if scratch.effort is not None:
            state[roundtrip.HIDDEN] = scratch.effort
        return state

    def stored_at_first(self, scratch: Scratch) -> State:
        """Return the state that a fresh assistant of the same background has."""
        state = state_of(scratch.setup[-1])
        return self.stored(Scratch(scratch.assistant_id, scratch.background, scratch.setup, state))

    def perform(self, scratch: Scratch, data: bytes) -> Performed:
        """Send a modify, read back, and judge."""
        # Where there is one assistant only and somebody else needed it, it is not what it was.
        lent = self.context.assistant_id is not None and scratch.renewal != self.context.renewals
        if lent or scratch.unread:
            learn(self.context, scratch, read_back(self.context, scratch.assistant_id))
            scratch.renewal = self.context.renewals
        mutations: list[str] = getattr(self.target, "mutations", [])
        known = len(mutations)
        judgement, exchange = self.send(scratch, data)
        before, unread, after = scratch.state, scratch.unread, None
        if not isinstance(exchange.outcome, NotRun):
            after = self.read_after(scratch)
        observation = Observation(before, exchange, after, self.context.merges)
        if self.target.role == "sdk":
            verdict = judge_call(self.contract, judgement, observation, self.target, mutations[known:])
        else:
            verdict = judge_modify(self.contract, judgement, observation)
        if unread:  # what was stored may excuse anything, and nothing can be held against it
            verdict = Verdict(tuple(one for one in verdict.breaches if one.aspect is Aspect.UNREADABLE))
        if verdict.accepted and isinstance(judgement.body, dict) and roundtrip.HIDDEN in judgement.body:
            scratch.effort = judgement.body[roundtrip.HIDDEN]
        return Performed(data, judgement, observation, verdict)

    def send(self, scratch: Scratch, data: bytes) -> tuple[Judgement, Exchange]:
        """Send a modify, with the contract's ruling on it."""
        judgement = self.contract.judge(data, self.stored(scratch))
        if self.context.coverage is not None:
            self.context.coverage.note(judgement)
        exchange = self.context.watch(self.target.modify(scratch.assistant_id, data))
        scratch.history.append(data)
        scratch.trail.append(exchange)
        return judgement, exchange

    def read_after(self, scratch: Scratch) -> Exchange:
        """Read what a modify left; where it is shown at the second or third time only, return the first time."""
        first = self.context.watch(self.target.retrieve(scratch.assistant_id))
        fails = self.context.shows and not state_of(first) and not isinstance(first.outcome, NoAnswer)
        read = read_back(self.context, scratch.assistant_id) if fails else first
        learn(self.context, scratch, read)
        return read if first.status == HTTPStatus.TOO_MANY_REQUESTS else first

    def shown_plainly(self, field: str) -> frozenset[tuple[Aspect, str]]:
        """Return what is wrong when a field is given a plain value; tried once in a campaign."""
        return self._blame.twin(encode({field: self.context.plain[field]}), "rich").wrong

    def is_accepted(self, data: bytes) -> bool:
        """Tell whether a body is accepted on a fresh bare assistant; tried once in a campaign."""
        return self._blame.is_accepted(data, "bare")

    def changes_when_refused(self, data: bytes) -> bool:
        """Tell whether a body that is refused changes something all the same; tried once in a campaign."""
        return any(aspect is Aspect.CHANGED for aspect, _ in self._blame.twin(data, "rich").wrong)

    def settle(self, case: Case, scratch: Scratch, performed: Performed, before: list[bytes]) -> None:
        """Write what a case showed into the ledger; ``before`` are the bodies that the assistant was sent earlier."""
        for id_, breach in self._settled(case, scratch, performed):
            again = confirm_with_history(self, breach, case, scratch, performed, before) if before else None
            if again is None:
                self.ledger.note_flaky(id_, f"{case.label}: {breach.actual}; it did not come again")
                continue
            finding, length = again
            blamed = id_
            if self.target.role == "sdk":
                pass  # what leaves and what reaches the caller is laid to the call itself, whatever went before
            elif sequences.ANY_ORDER in self.ledger and (length > 1 or self._is_refused(before[-1])):
                blamed = sequences.ANY_ORDER
            elif length == 1 and case.requirement == roundtrip.AFTER_NULL:
                blamed = case.requirement
            self.ledger.break_(blamed, finding, [where_shown(breach, case.label)])

    def _is_refused(self, data: bytes) -> bool:
        """Tell whether a body is to be refused: then what comes after it owes it nothing."""
        return self.contract.judge(data).ruling is Ruling.REFUSE

    def only_in_sequence(self, case: Case, scratch: Scratch, performed: Performed) -> Breach | None:
        """Write what a modify within a sequence showed; return a breach that it does not show by itself."""
        return next((breach for _, breach in self._settled(case, scratch, performed)), None)

    def _settled(self, case: Case, scratch: Scratch, performed: Performed) -> list[tuple[str, Breach]]:
        """Write everything into the ledger that a fresh assistant confirms; return the rest."""
        outcome = performed.observation.exchange.outcome
        if isinstance(outcome, NotRun):
            asked = performed.judgement.body
            shown = exercised(asked, performed.judgement) if isinstance(asked, dict) else set()
            for id_ in {case.requirement, *shown}:
                self.ledger.note_cannot(id_, outcome.reason)
            return []
        self._learn(performed)
        breaches = list(performed.verdict.breaches)
        if self.target.role == "server" and voids_excuse(self, case, performed, scratch.background):
            control = brief(decode(case.twin or b"null").value)
            expected, actual = f"accepted, as {control} is", told(performed.observation.exchange)
            breaches.append(Breach(Aspect.REFUSED, "", case.field, case.field, expected, actual))
        broken: set[str] = set()
        rest: list[tuple[str, Breach]] = []
        laid: dict[str, str] = {}
        for breach in breaches:
            id_ = self._blame.lay(case, breach, performed, scratch.background)
            broken |= {id_, breach.base, breach.special}
            if id_ in self.ledger and not self._is_written(id_, breach, case, scratch, performed):
                rest.append((id_, breach))
            elif id_ != sdk.OBJECT:  # that hides nothing else
                laid.setdefault(breach.field, id_)
                self._hide({breach.special, breach.kind}, id_)
        self.ledger.accept(performed.verdict.evidence - broken)
        self._credit(case, performed, breaches, broken)
        if laid:
            by = next(iter(laid.values()))
            for id_, field in performed.verdict.hidden:
                self._hide({id_}, laid.get(field, by))
            self._hide({case.requirement}, laid.get(case.field, by))
            if performed.verdict.refused and performed.judgement.ruling is not Ruling.REFUSE:
                self._hide(set(holding(performed.judgement.body)), by)
        return rest

    def _hide(self, ids: set[str], by: str) -> None:
        """Write down that what is broken already keeps requirements from being seen."""
        for id_ in ids - {"", by}:
            self.ledger.note_hidden(id_, by)

    def _learn(self, performed: Performed) -> None:
        """Take note of what a modify tells of the target as a whole."""
        verdict, exchange = performed.verdict, performed.observation.exchange
        if verdict.effective:
            self.ledger.effective = True
        if verdict.merged is not None:
            if self.context.merges is None:
                self.context.merges = verdict.merged
            self.ledger.accept([roundtrip.METADATA_CONSTANT])
            self.ledger.observe(roundtrip.METADATA_SEMANTICS, "merged" if verdict.merged else "replaced")
        if self.target.role == "server":
            for id_, what in observed(self.contract, performed.judgement, performed.observation):
                self.ledger.observe(id_, what)
        if verdict.accepted and not verdict.breaches:
            self.context.taken.add(performed.data)
        if verdict.refused and exchange.status is not None:
            self.ledger.observe(shape.REFUSAL_STATUS_SEEN, str(exchange.status))
        if self.target.role == "sdk" and exchange.request is not None:
            self.ledger.observe(sdk.BETA, exchange.request.header("openai-beta") or "not sent")

    def _is_written(self, id_: str, breach: Breach, case: Case, scratch: Scratch, performed: Performed) -> bool:
        where = where_shown(breach, case.label)
        if self.ledger.is_broken(id_):
            is_news = self.ledger.is_news(id_, where)
            again = [where] if not is_news or comes_again(self, breach, scratch, performed) else []
            self.ledger.break_(id_, shown=again)
            return True
        finding = confirm(self, breach, case, scratch, performed)
        if finding is not None:
            self.ledger.break_(id_, finding, [where])
            if self.context.memory is not None:
                self.context.memory.keep(performed.data)
        return finding is not None

    def _credit(self, case: Case, performed: Performed, breaches: list[Breach], broken: set[str]) -> None:
        """Count what the case says for its own requirement."""
        if case.requirement in broken or not _is_at_stake(case, performed):
            return
        if case.requirement in silences.OF_EXCUSES.values():
            return  # what is open is told of every case that meets it
        if self.ledger.is_info(case.requirement):
            came = reception(performed.observation.exchange)
            self.ledger.observe(case.requirement, came if came == "accepted" else f"{came}: {case.label}")
            return
        verdict, ruling = performed.verdict, performed.judgement.ruling
        body = performed.judgement.body
        about = body if case.field == WHOLE_BODY and isinstance(body, dict) and body else {case.field: None}
        others = [breach.field for breach in breaches if breach.base != sdk.OBJECT]
        touched = any(field in about or WHOLE_BODY in about for field in others)
        if case.side == "outside":
            if verdict.refused and ruling is not Ruling.ACCEPT:
                twin = case.twin
                if twin is None or twin in self.context.taken or self._blame.is_accepted(twin, "bare"):
                    self.ledger.refuse(case.requirement)
                else:
                    self.ledger.note_excuse(case.requirement, f"{case.label}: refused, but so is its valid twin")
            return
        unseen = self.target.role == "sdk" and touched  # what did not leave as it is was not taken either
        if verdict.accepted and (not touched or (case.requirement.startswith("validation.") and not unseen)):
            self.ledger.accept([case.requirement])
            if case.field == "*":
                self.ledger.accept([validation.COMBINATIONS])
        elif verdict.refused and ruling is Ruling.EITHER:
            silent = ", ".join(sorted(performed.judgement.excuses)).replace("_", " ")
            remedy = (
                "; --file-id and --vector-store-id name known ones, as many as stand there"
                if "unknown resource id" in silent
                else ""
            )
            self.ledger.note_excuse(
                case.requirement, f"{case.label}: refused, as the document allows ({silent}{remedy})"
            )


def _is_at_stake(case: Case, performed: Performed) -> bool:
    """Tell whether the field that a case is there for was sent, or had a value that could be lost."""
    family, field, *_ = f"{case.requirement}.".split(".")
    if family != "roundtrip" or field not in FIELDS:
        return True
    body = performed.judgement.body
    sent = isinstance(body, dict) and field in body
    return sent or performed.observation.before.get(field) not in (None, [], {}, "")


def _shown(finding: Finding) -> Shown:
    return Shown(re.sub(r"\[\d+\]", "[]", finding.place), finding.expected, finding.actual, finding.case)


def _seen(finding: Finding) -> tuple[str, str]:
    """Return what two findings of a procedure have in common when they are one: ids in texts differ each time."""
    return finding.place, finding.case
