"""One finding sent again to one target, and what became of it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from conformance.campaign.campaign import Campaign
from conformance.campaign.context import Context
from conformance.campaign.evidence import Evidence
from conformance.campaign.record import step, told
from conformance.campaign.restore import Restorer
from conformance.campaign.session import Session
from conformance.campaign.standing import standing_of
from conformance.catalogue import catalogue, sequences, transport
from conformance.errors import RunEndedError
from conformance.judging.breach import Aspect
from conformance.judging.compare import same_field
from conformance.keys import keys_of
from conformance.replay.answer import Answer, CannotReplayError, Settled
from conformance.replay.counterexample import sent_bytes, stored_payload
from conformance.replay.plainly import is_alive, merges_metadata
from conformance.replay.seen import expected_of
from conformance.replay.settle import settle
from conformance.replay.stage import Stage
from conformance.states import plain_fitted
from conformance.suites.hostile import send_all
from conformance.suites.plan import plan
from conformance.targets.probe import probe
from reports.model import OutcomeKind
from strategies.contract import Contract
from strategies.jsonvalues import encode
from strategies.permissions import KnownIds, known_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.catalogue import Requirement
    from conformance.exchange import Exchange
    from conformance.replay.counterexample import Counterexample
    from conformance.replay.recorder import Recorder
    from conformance.scenario import Effort
    from conformance.settings import Settings
    from conformance.states import InitialState
    from conformance.target import Role
    from reports.model import Report, Row, Step
    from strategies.editions import Edition

TRIES = 2
"""How often what does not show is tried, before it counts as fixed."""
TRIES_AT_ONCE = 3
"""The same where it depends on timing."""

_SEQUENCES = frozenset({sequences.ANY_ORDER, sequences.TENTH, transport.STILL_SERVES})
_PAYLOADS = frozenset({*transport.OF_KIND.values(), transport.CHARSET})
_INITIAL_STATES: tuple[InitialState, ...] = ("minimal", "populated", "without_resources", "structured")
_OF_VALUES = ("answer ", "the answer ", "neither ", "a GET ", "it ", "the caller's value ")
"""How what is seen now begins where it is a value: of which place is told then."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay found out."""

    answer: Answer
    told: str
    """What is seen now; where it cannot be replayed, why."""
    row: Row
    """The requirement with its finding, as the report has it."""
    base_url: str = ""
    """Where it was sent; free of secrets."""
    steps: tuple[Step, ...] = ()
    """What was sent and what came, in the last attempt; secrets taken out."""
    notes: tuple[str, ...] = ()
    expected: str = ""

    @property
    def line(self) -> str:
        """The answer in a line, with what is seen now and what is expected."""
        place = self.row.finding.place if self.row.finding is not None else ""
        if self.answer is Answer.CANNOT or not self.expected:
            return f"{self.answer.value}: {self.told}"
        names_it = place in self.told or place in self.expected or not self.told.startswith(_OF_VALUES)
        about = "" if names_it else f"{place}: "
        return f"{self.answer.value}: {about}{self.told} (expected: {self.expected})"


class Trial:
    """One finding, on its way to an answer."""

    def __init__(
        self,
        report: Report,
        row: Row,
        counterexample: Counterexample,
        settings: Settings,
        edition: Edition,
        recorder: Recorder,
        *,
        elsewhere: bool,
    ) -> None:
        self._report = report
        self._row = row
        self._counterexample = counterexample
        self._settings = settings
        self._edition = edition
        self._recorder = recorder
        self._target = recorder.target
        self._elsewhere = elsewhere
        self._notes: list[str] = []
        self._shown: tuple[Step, ...] = ()
        self._begun = 0

    @property
    def _requirement(self) -> Requirement:
        found = catalogue(self._edition).get(self._row.id)
        if found is None:
            raise CannotReplayError("this suite does not know the requirement")
        return found

    def carry_out(self) -> Replayed:
        """Send, judge, and clean up; raises as :func:`~conformance.targets.probe.probe` does."""
        try:
            self._check()
            context = self._context()
            with Restorer(context) if context.assistant_id is not None else nullcontext():
                settled = self._settled(context)
            self._notes += context.notes
        except (CannotReplayError, RunEndedError) as error:
            if not self._shown:
                self._keep(None)
            settled = Settled(Answer.CANNOT, str(error))
        self._notes += [f"also wrong: {line}" for line in settled.beside[:5]]
        undeleted = sum(exchange.operation == "delete" and not exchange.accepted for exchange in self._begun_with())
        if undeleted and self._row.id != sequences.AFTER_DELETE:
            self._notes.append(f"{undeleted} assistants that were made could not be deleted")
        expected = expected_of(self._counterexample)
        sent_to, notes = self._target.base_url, tuple(self._notes)
        return Replayed(settled.answer, settled.told, self._row, sent_to, self._shown, notes, expected)

    def _begun_with(self) -> Sequence[Exchange]:
        return self._recorder.exchanges[self._begun :]

    def _check(self) -> None:
        role: Role = self._target.role
        if role not in self._requirement.roles:
            raise CannotReplayError(f"it is about {'servers' if role == 'sdk' else 'SDKs'}, and the target is not one")
        if self._counterexample.aspect is Aspect.TOGETHER and self._row.id not in _SEQUENCES:
            return  # repeated whole, whoever the evidence is of
        if self._counterexample.is_of_sdk and role != "sdk":
            raise CannotReplayError("it is evidence about an SDK: give an SDK as TARGET")
        if role == "sdk" and not self._counterexample.is_of_sdk:
            raise CannotReplayError("it is evidence about a server: give a server as TARGET")

    def _context(self) -> Context:
        settings, model = self._settings, self._settings.model or self._counterexample.model or None
        known = known_ids(self._edition, settings.file_ids, settings.vector_store_ids)
        found = probe(
            self._target,
            Contract(self._edition, known),
            model=model,
            assistant_id=settings.assistant_id,
            api_key_env=settings.api_key_env,
        )
        self._begun = len(self._recorder.exchanges)
        model = model or found.base_model
        known = KnownIds(frozenset({model}), known.files, known.vector_stores)
        seed = self._report.settings.get("seed")
        self._notes += found.notes
        contract = Contract(self._edition, known)
        context = Context(
            target=self._target,
            contract=contract,
            evidence=Evidence({self._row.id: self._requirement}, self._target.role),
            model=model,
            plain=plain_fitted(contract, model),
            seed=seed if isinstance(seed, int) else 0,
            key=keys_of(settings).key,
            assistant_id=settings.assistant_id,
            invented=found.source == "invented",
        )
        standing_of(context).clear()  # nobody looks for how many stand together: what is done with is deleted at once
        return context

    def _settled(self, context: Context) -> Settled:
        together = self._counterexample.aspect is Aspect.TOGETHER
        if together and self._row.id in _PAYLOADS:
            return self._attempts(context, self._payload)
        if together and self._row.id not in _SEQUENCES:
            return self._scenario(context)
        return self._attempts(context, self._steps)

    def _attempts(self, context: Context, attempt: Callable[[Session], Settled]) -> Settled:
        """Try until it shows, a few times; that it is gone counts only on a target that obeys a plain modify."""
        session = Session(context)
        try:
            if b"metadata" in sent_bytes(self._counterexample.act):
                context.merges = merges_metadata(session)
            for number in range(TRIES):
                if number and self._counterexample.aspect is Aspect.METADATA:
                    # What a target does in turns shows the second time if not the first.
                    session.perform(
                        session.scratch("minimal"), encode({"name": "One more", "metadata": {"one": "more"}})
                    )
                settled = attempt(session)
                if settled.answer is not Answer.FIXED:
                    return settled
            if not is_alive(session):
                raise CannotReplayError(f"{settled.told}; but the target obeys no plain modify, so this shows nothing")
            return settled
        finally:
            session.close()

    # Stored steps

    def _steps(self, session: Session) -> Settled:
        stage = Stage(session, self._counterexample, self._settings.model)
        stage.set()
        settled = self._act(session, stage)
        if settled.answer is Answer.FIXED and stage.differences:
            raise CannotReplayError(f"{stage.differences[0]}; the judged request was {settled.told}")
        self._notes += [line for line in stage.differences if line not in self._notes]
        return settled

    def _act(self, session: Session, stage: Stage) -> Settled:
        if self._counterexample.act.operation == "retrieve":
            return self._read(session, stage)
        if self._counterexample.act.operation != "modify":
            raise CannotReplayError(
                f"this suite does not know how to judge a {self._counterexample.act.operation!r} there"
            )
        performed = stage.modify()
        self._keep(performed.observation.exchange)
        if self._counterexample.aspect is not Aspect.TOGETHER:
            settled = settle(self._counterexample, performed, elsewhere=self._elsewhere)
            earlier = (
                self._counterexample.aspect is Aspect.METADATA and "earlier" in self._counterexample.finding.actual
            )
            if settled.answer is Answer.FIXED and earlier and session.context.merges is None:
                raise CannotReplayError(
                    "it shows only beside other modifies of metadata, and plain ones show nothing now"
                )
            return settled
        breaches = performed.verdict.breaches
        if breaches and self._row.id != transport.STILL_SERVES:
            return Settled(Answer.STILL_FAILING, breaches[0].actual)
        came = told(performed.observation.exchange)
        if performed.verdict.accepted or (self._row.id == sequences.ANY_ORDER and performed.verdict.refused):
            shown = performed.verdict.accepted and not breaches
            as_sent = "; answer and GET show what was sent, and the rest as it was"
            return Settled(Answer.FIXED, f"{came}{as_sent if shown else ''}")
        return Settled(Answer.STILL_FAILING, came)

    def _read(self, session: Session, stage: Stage) -> Settled:
        scratch = stage.scratch_of(self._counterexample.act)
        read = session.context.watch(self._target.retrieve(scratch.assistant_id))
        self._keep(read)
        if not isinstance(read.value, dict):
            return Settled(Answer.STILL_FAILING, f"a GET gives {told(read)}")
        for name in (*session.contract.edition.fields, "id", "created_at"):
            if not same_field(name, scratch.state.get(name), read.value.get(name)):
                return Settled(Answer.STILL_FAILING, f"{name} is now {read.value.get(name)!r}"[:300])
        return Settled(Answer.FIXED, "a GET shows the assistant as it was")

    # Hostile bodies

    def _payload(self, session: Session) -> Settled:
        context = session.context
        setup = Stage(session, self._counterexample, self._settings.model).setup()
        context.setups.update(dict.fromkeys(_INITIAL_STATES, setup))
        session.carry_out(partial(send_all, payloads=(stored_payload(self._counterexample),)))
        self._keep(self._last("raw"))
        return self._of_evidence(session)

    def _of_evidence(self, session: Session) -> Settled:
        evidence, row = session.context.evidence, session.context.evidence.row(self._row.id)
        if row.finding is not None:
            self._shown = row.finding.steps
            return Settled(Answer.STILL_FAILING, row.finding.actual)
        if row.outcome is OutcomeKind.UNTESTED and not evidence.effective:
            evidence.effective = is_alive(session)
            row = evidence.row(self._row.id)
        if row.outcome is OutcomeKind.FLAKY:
            return Settled(Answer.STILL_FAILING, f"not each time: {row.reason}")
        if row.outcome is OutcomeKind.PASS:
            last = self._last("raw") or self._last("modify")
            return Settled(
                Answer.FIXED, f"{told(last)}; nothing is wrong now" if last is not None else "nothing is wrong now"
            )
        return Settled(Answer.CANNOT, row.reason)

    # Scenarios

    def _scenario(self, context: Context) -> Settled:
        id_ = self._row.id
        # A quick run has found it in what a quick plan has; and the others take their time to be made.
        effort: Effort = "quick" if self._report.settings.get("effort") == "quick" else "standard"
        selected = [
            scenario
            for scenario in plan(context.contract, context.model, effort, context.seed, self._target.role, [id_])
            if not scenario.cases and id_ in {scenario.requirement, *scenario.serves}
        ]
        if not selected:
            raise CannotReplayError("it takes more than the evidence holds, and this suite has no scenario for it")
        self._notes.append("judged by a scenario of several requests, which was repeated whole")
        timed = id_.startswith("concurrency.")
        for _ in range(TRIES_AT_ONCE if timed else 1):
            Campaign(context, selected).run()
            if context.ended:
                raise CannotReplayError(context.ended)
            self._keep(self._last("raw") or self._last("modify"))
            session = Session(context)
            try:
                settled = self._of_evidence(session)
            finally:
                session.close()
            if settled.answer is not Answer.FIXED:
                return settled
        if timed:
            self._notes.append(f"it depends on timing, and did not show in {TRIES_AT_ONCE} tries")
        return settled

    # What is shown

    def _last(self, operation: str) -> Exchange | None:
        return next((one for one in reversed(self._begun_with()) if one.operation == operation), None)

    def _keep(self, act: Exchange | None) -> None:
        """Keep the exchanges from the last create before the judged one up to the read after it."""
        exchanges = [one for one in self._begun_with() if one.operation != "delete" or one is act]
        end = next((index for index, one in enumerate(exchanges) if one is act), len(exchanges))
        creates = [index for index, one in enumerate(exchanges[:end]) if one.operation == "create"]
        wanted = max(1, sum(step.operation == "create" for step in self._counterexample.setup))
        start = creates[-wanted] if len(creates) >= wanted else 0
        steps = [step("setup", one, self._target) for one in exchanges[start:end]]
        if end < len(exchanges):
            steps.append(step("act", exchanges[end], self._target))
            after = exchanges[end + 1 : end + 2]
            steps += [step("observe", one, self._target) for one in after if one.operation == "retrieve"]
        self._shown = tuple(steps)
