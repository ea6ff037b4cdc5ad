"""Sequences: a state machine that makes, modifies, reads, lists and deletes assistants in any order.

The model is the judge itself: each modify is judged against the assistant as it was before, so whatever a sequence
adds to a single modify shows as a breach that a fresh assistant does not repeat. Hypothesis draws the sequences and
shrinks one that fails; the evidence that is kept is that of the last, smallest failing example.
"""

from __future__ import annotations

import contextlib
import random
import time
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, ClassVar, cast

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from conformance.campaign.record import told
from conformance.campaign.scratch import Scratch, learn, read_back
from conformance.catalogue import sequences
from conformance.exchange import NoAnswer
from conformance.judging.showing import difference, shows
from conformance.scenario import Case, Scenario, requirement, scenarios
from conformance.suites.evidence import Played, acted, break_, led_to
from conformance.suites.test_roundtrip_repeated import LAG
from strategies.bodies import modify_bodies
from strategies.contract import Ruling, violations
from strategies.fitting import fitted
from strategies.jsonvalues import JSON, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.session import Session
    from conformance.exchange import Exchange
    from conformance.scenario import Effort, Scope
    from strategies.editions import Edition

TOGETHER = 5
"""How many of them one test draws: what comes one after the other is waited for on a slow target."""
EXAMPLES: dict[Effort, int] = {"quick": 1, "standard": 15, "thorough": 150}
STEPS = 12
_READ_BACK = frozenset({1, 3, 6, 10})
"""Which of ten modifies a GET follows: of the others the answer is looked at."""
SHRINKING = 400
"""Modifies that may be spent on shrinking one sequence."""


class SequenceBrokenError(AssertionError):
    """A sequence showed what no single modify shows."""


@dataclass
class Trace:
    """What went over the wire in one example, and where it failed."""

    played: list[Played] = field(default_factory=list)
    label: str = ""
    expected: str = ""
    actual: str = ""


@dataclass
class Spending:
    """What all examples of one run share."""

    last: Trace | None = None
    """The last example that failed: when shrinking is over, the smallest."""
    shrinking: int = 0
    """Modifies that were sent since the first failure."""


@requirement(sequences.TENTH)
def test_tenth(session: Session) -> None:
    """Ten modifies of one assistant, each of several fields, each judged."""
    scratch = session.scratch("without_resources")
    played = led_to(scratch)[:-1]
    read: list[Played] = [("observe", scratch.setup[-1])]
    known: frozenset[str] = frozenset()
    for number in range(1, 11):
        body: dict[str, JSON] = {"name": f"number {number}", "description": f"{number}", "metadata": {"n": str(number)}}
        body["tools"] = [{"type": "function", "function": {"name": f"f{number}"}}]
        if session.contract.edition.takes_effort(session.context.model) is False:  # others may refuse it
            body["temperature"] = (2 * number + 1) / 32
        is_read = number in _READ_BACK or bool(known)  # what an answer shows is then not what is stored
        performed = session.perform(scratch, encode(session.fitted(body, scratch.state)), read=is_read)
        if number == 1:
            known = performed.verdict.misshapen  # the first is no better
        wrong = [one for one in performed.verdict.wrong if one.base not in known]
        if number == 1 and (wrong or not performed.verdict.accepted):
            if wrong:
                session.evidence.note_hidden(sequences.TENTH, wrong[0].base)
            return  # no matter of sequences
        if wrong or not performed.verdict.accepted:
            actual = wrong[0].actual if wrong else told(performed.observation.exchange)
            steps: list[Played] = [*played, *read, *acted("act", performed)]
            break_(
                session, sequences.TENTH, f"modify number {number}", "the same as after the first modify", actual, steps
            )
            return
        modified, *read = acted("setup", performed)
        played.append(modified)
    session.evidence.accept([sequences.TENTH])


@requirement(sequences.AFTER_DELETE, sequences.DELETED, role="server")
def test_after_delete(session: Session) -> None:
    """Delete an assistant and modify it: rejected with a 4xx, and still gone."""
    if session.context.assistant_id is not None or session.context.invented:
        return
    scratch = session.scratch("minimal")
    deleted = session.delete(scratch)
    gone = _gone(session, scratch) if deleted.accepted else None
    if gone is None:
        return  # deleting is not the operation under test
    played: list[Played] = [("setup", scratch.setup[0]), ("setup", deleted)]
    if _is_shown(gone, scratch):
        actual = f"a GET still returns it, {LAG:g} s later"
        break_(session, sequences.DELETED, "a GET after delete", "not shown", actual, [*played, ("act", gone)])
        return
    session.evidence.refuse(sequences.DELETED)
    exchange = session.context.watch(session.target.modify(scratch.assistant_id, session.naming("Back again")))
    if 400 <= (exchange.status or 0) < 500:  # one that lays a grave open at the first knock is seen at the second
        played.append(("setup", exchange))
        exchange = session.context.watch(session.target.modify(scratch.assistant_id, session.naming("Once more")))
    after = session.context.watch(session.target.retrieve(scratch.assistant_id))
    played += [("act", exchange), ("observe", after)]
    status = exchange.status
    if isinstance(exchange.outcome, NoAnswer) and isinstance(after.outcome, NoAnswer):
        return  # it answers nothing any more
    if exchange.accepted or status is None or not 400 <= status < 500:
        break_(session, sequences.AFTER_DELETE, "modify after delete", "rejected with a 4xx", told(exchange), played)
    elif _is_shown(after, scratch):
        break_(session, sequences.AFTER_DELETE, "modify after delete", "still gone", "a GET returns it again", played)
    else:
        session.evidence.refuse(sequences.AFTER_DELETE)


def _gone(session: Session, scratch: Scratch) -> Exchange:
    """Return a GET of what was deleted: the first that does not show it, or the last while it may be shown still."""
    begun = time.monotonic()
    while True:
        read = session.context.watch(session.target.retrieve(scratch.assistant_id))
        if not _is_shown(read, scratch) or time.monotonic() - begun > LAG:
            return read
        time.sleep(LAG / 10)


def _is_shown(read: Exchange, scratch: Scratch) -> bool:
    """Return whether a GET shows an assistant, and not merely that there was one."""
    marked = isinstance(read.value, dict) and read.value.get("deleted") is True
    return shows(read, scratch.assistant_id) and not marked


_INVALID: tuple[dict[str, JSON], ...] = (
    {"name": "refused", "temperature": 3},
    {"description": "refused", "tools": None},
    {"metadata": {"refused": 1}},
    {"unknown": True, "instructions": "refused"},
)
_UNKNOWN: JSON = {"not": "in any edition"}


def _rejected(edition: Edition, body: dict[str, JSON]) -> dict[str, JSON]:
    """Return a body that an edition rejects as a whole for one thing that is in it."""
    wrong = {field: value for field, value in body.items() if violations(edition, {field: value})}
    found = {**body, **fitted(edition, {field: value for field, value in body.items() if value == "refused"})}
    return found if wrong.keys() - {"name", "description", "instructions"} else {**found, "unknown": _UNKNOWN}


_bodies = cache(modify_bodies)


def any_order(session: Session, examples: int, seed: int) -> None:
    """Run the state machine; what it finds is written into the evidence."""
    spending = Spending()

    def machine() -> AssistantMachine:
        # A subclass for each run would be kept by Hypothesis, and all that the run has sent with it.
        return AssistantMachine(session, spending)

    chosen = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    with contextlib.suppress(SequenceBrokenError, Flaky, ExceptionGroup):
        # It takes whatever makes a machine, and is typed as if that were a class; the seed is looked for there as well.
        run_state_machine_as_test(cast("type[AssistantMachine]", seeded(seed)(machine)), settings=chosen)
    last = spending.last
    if last is not None:
        break_(session, sequences.ANY_ORDER, last.label, last.expected, last.actual, last.played)
    elif session.evidence.effective:
        session.evidence.accept([sequences.ANY_ORDER])


class AssistantMachine(RuleBasedStateMachine):
    """Assistants that are made, modified, read and deleted in any order."""

    assistants: ClassVar[Bundle[Scratch]] = Bundle("assistants")

    def __init__(self, session: Session, spending: Spending) -> None:
        super().__init__()
        self.session = session
        self.spending = spending
        self.trace = Trace()
        self.made: list[Scratch] = []
        self.idle = self.spending.shrinking > SHRINKING

    @property
    def only_one(self) -> bool:
        """Whether there is but the user's own assistant."""
        return self.session.context.assistant_id is not None

    @initialize(target=assistants)
    def begin(self) -> MultipleResults[Scratch]:
        """Start with two assistants."""
        # Hypothesis sets the common generator to one seed for every example, and an application in this process that
        # takes its ids from there would give them out again and again.
        random.seed()
        return multiple(*(self._new() for _ in range(1 if self.only_one else 2)))

    @rule(scratch=assistants, data=st.data())
    def modify(self, scratch: Scratch, data: st.DataObject) -> None:
        """Send a valid body."""
        context = self.session.context
        bodies = _bodies(edition=context.contract.edition, models=(context.model,))
        self._send(scratch, data.draw(bodies), "a valid modify")

    @rule(scratch=assistants, body=st.sampled_from(_INVALID))
    def modify_wrongly(self, scratch: Scratch, body: dict[str, JSON]) -> None:
        """Send a body that is to be rejected whole."""
        self._send(scratch, _rejected(self.session.contract.edition, body), "a rejected modify")

    @rule(scratch=assistants)
    def retrieve(self, scratch: Scratch) -> None:
        """Read an assistant that nothing was sent to since it was last read."""
        if self.idle or scratch.unread:
            return
        before = scratch.state
        read = read_back(self.session.context, scratch.assistant_id, before)
        wrong = difference(self.session.contract.edition, before, read)
        learn(self.session.context, scratch, read)
        self.trace.played.append(("act" if read.accepted and wrong else "observe", read))
        if scratch.gone is not None:
            self._lose(scratch)
        elif wrong is not None and read.accepted:
            self._fail("a GET after other modifies", *wrong[1:])

    @rule(scratch=assistants)
    def look_up(self, scratch: Scratch) -> None:
        """List the assistants: that changes none."""
        if not self.idle:
            self.trace.played.append(("setup", self.session.context.watch(self.session.target.list())))
            self.retrieve(scratch)

    @rule(scratch=consumes(assistants), target=assistants)
    def replace(self, scratch: Scratch) -> Scratch:
        """Delete an assistant and make another."""
        if self.idle or self.only_one:
            return scratch
        self.trace.played.append(("setup", self.session.delete(scratch)))
        return self._new()

    def teardown(self) -> None:
        """Let go of the assistants of this example."""
        self.session.drop(*self.made)

    def _new(self) -> Scratch:
        scratch = self.session.scratch("minimal")
        self.made.append(scratch)
        self.trace.played += led_to(scratch)
        return scratch

    def _send(self, scratch: Scratch, body: dict[str, JSON], label: str) -> None:
        if self.idle:
            return
        self.spending.shrinking += self.spending.last is not None
        performed = self.session.perform(scratch, encode(body))
        case = Case(sequences.ANY_ORDER, label, performed.data, "*")
        found = self.session.only_in_sequence(case, scratch, performed)
        if scratch.gone is not None and found is None:
            self._lose(scratch)
            return
        self.trace.played += acted("act" if found else "setup", performed)
        if found:
            self._fail(label, found.expected, found.actual)
        if performed.judgement.ruling is Ruling.REFUSE and performed.verdict.accepted:
            self.idle = True  # the assistant holds what it must not: nothing that follows could be judged

    def _lose(self, scratch: Scratch) -> None:
        """Take note of an assistant that is gone without a DELETE; what follows could not be judged."""
        self.session.lose(scratch)
        self.idle = True

    def _fail(self, label: str, expected: str, actual: str) -> None:
        self.trace.label, self.trace.expected, self.trace.actual = label, expected, actual
        self.spending.last = self.trace
        raise SequenceBrokenError(label)


def _sequences(scope: Scope) -> Iterator[Scenario]:
    for start in range(0, EXAMPLES[scope.effort], TOGETHER):
        examples = min(TOGETHER, EXAMPLES[scope.effort] - start)
        yield Scenario(
            sequences.ANY_ORDER, 0, examples=examples, seed=scope.seed + start, requests=examples * 2 * STEPS
        )


@scenarios(_sequences)
def test_any_order(session: Session, scenario: Scenario) -> None:
    """Modifies, rejected ones, GETs, lists and deletes of several assistants, in any order."""
    any_order(session, scenario.examples, scenario.seed)
