"""Scenarios carried out one after the other, within a budget; on a slow target those that come next meanwhile."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, cast

from conformance.campaign.ahead import Ahead
from conformance.campaign.behind import settle_doubts
from conformance.campaign.beside import look_beside
from conformance.campaign.context import AWAY
from conformance.campaign.entries import Seen
from conformance.campaign.journal import digest
from conformance.campaign.lines import prove_lines
from conformance.campaign.noting import note_refused_control
from conformance.campaign.outage import REPEATED
from conformance.campaign.plainly import obeys
from conformance.campaign.progress import Pace, Progress
from conformance.campaign.scratches import NoRoomError
from conformance.campaign.scripted import cannot_of
from conformance.campaign.session import Session
from conformance.campaign.setups import find_setup
from conformance.campaign.sidebyside import side_by_side
from conformance.campaign.standing import standing_of
from conformance.campaign.unsteady import steadied
from conformance.catalogue import roundtrip
from conformance.catalogue.validation import OPTIONAL
from conformance.errors import ConformanceError, CutOffError, RunEndedError, UnreadError
from conformance.states import TOUCHED_ONCE, UNTOUCHED
from conformance.targets.adapter import DescribingError
from conformance.targets.declared import requirements_of
from reports.facts import fact
from reports.model import IN_ANOTHER_SHARD
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from conformance.campaign.context import Context
    from conformance.campaign.entries import Found
    from conformance.campaign.scratch import Scratch
    from conformance.scenario import Scenario
    from conformance.targets.http import HttpTarget

SLOW = 0.004
"""Seconds a request takes from which on several assistants are judged at once."""
WORKERS = 8
FAR, WORKERS_FAR = 0.02, 24
"""Seconds a request takes from which on there are so many: the suite itself has the time for them."""
WORKERS_WAITING = 24
"""The same where each GET is waited for: who waits needs nothing but time."""
AHEAD = 64
"""Scenarios that are begun before they are asked for, where there is no end of them."""
OWN = 1_000_000
"""Where the places of the user's own tests begin: behind those of all scenarios."""
_AGAIN = 10
"""So many that the target would not delete are tried once more."""
_CLEANING, _CLEANING_AT_ONCE = 20.0, 5.0
"""Seconds after which nothing more is deleted; the second where the run was ended from outside."""
_LAST, _AT_ONCE = 30.0, 2.0
"""Seconds for which the threads of a run that has ended are waited for."""
FEW = 10
"""Scenarios; so few never have many assistants stand beside each other."""
LOOKS = 6
"""How many modifies that are answered 429 are looked into."""
NEEDED = 5
"""Assistants that stand at a time where the target limits them: three of a scenario, one that a breach is repeated on,
and one that nobody touches."""


class Campaign:
    """Carries out scenarios on one target, one after the other; safe to use from one thread.

    On a slow target those that come next are carried out meanwhile, in threads.
    """

    def __init__(
        self,
        context: Context,
        scenarios: Iterable[Scenario],
        *,
        endless: bool = False,
        latency: float = 0.0,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        light: bool = False,
        elsewhere: Iterable[Scenario] = (),
        known: Mapping[int, Seen] | None = None,
        plan: str = "",
    ) -> None:
        self.context = context
        self.light = light
        """Whether another process looks after what is about the target as a whole."""
        self._scenarios = iter(scenarios) if endless else iter(listed := tuple(scenarios))
        self._places = {} if endless else {id(one): place for place, one in enumerate(listed)}
        self._left = (
            {} if endless else {place: frozenset({one.requirement, *one.serves}) for place, one in enumerate(listed)}
        )
        """The scenarios that are not done, by their place, with the requirements that they are about."""
        self._about = dict(self._left)
        """The same of all."""
        self._listed = () if endless else listed  # so that no other has the identity of one of them
        self._known = {} if known is None else dict(known)
        """What scenarios gave evidence on that were done before the run was interrupted, by their places."""
        for place in self._known:
            self._left.pop(place, None)
        self._endless = endless
        self._plan = plan
        self._is_planned = False
        self.elsewhere = frozenset(self._places[id(one)] for one in elsewhere)
        """The places of those that another shard carries out."""
        self._total = None if endless else len(listed) - len(self.elsewhere)
        self._on_progress = on_progress
        self._pace = Pace(one for one in self._listed if self._places[id(one)] not in self.elsewhere)
        self._done = 0
        self._last = ""
        """What was judged last."""
        self._words: dict[Found, Found] = {}
        target = context.target
        alone = context.assistant_id is not None or latency < SLOW or not (target.parallel and target.waits)
        alone = alone or context.budget.is_of_few
        alone = alone or target.role == "sdk"  # one server at a time stands behind it
        self.workers = 1 if alone else WORKERS_FAR if latency >= FAR else WORKERS
        """How many scenarios are carried out at a time."""
        context.workers = self.workers
        self._ahead: Ahead | None = None
        self._prepared = False

    def run(self) -> None:
        """Carry out everything; returns when it is done, or ended early with the reason in ``context.ended``.

        Assistants that were made are deleted on the way out, also after an interruption. Raises the
        :class:`~conformance.errors.ConformanceError` of a target that cannot be judged any more, such as an SDK whose
        adapter has failed; ``context.ended`` says why then, too.
        """
        try:
            self.begin()
            coming: deque[Scenario] = deque()
            for scenario in self._scenarios:
                coming.append(scenario)
                if len(coming) > (AHEAD if self.workers > 1 else 1):
                    self.carry_out(coming.popleft(), coming)
            while coming:
                self.carry_out(coming.popleft(), coming)
        except RunEndedError:
            pass
        except BaseException:
            self.context.end("the run was interrupted")
            raise
        finally:
            self.end()

    @property
    def left(self) -> Mapping[int, frozenset[str]]:
        """The scenarios that are not done, by their place, with the requirements that they are about."""
        return self._left

    def begin(self) -> None:
        """Get the target ready to be judged."""
        self._tell("")
        if hasattr(self.context.target, "looks"):
            cast("HttpTarget", self.context.target).looks = LOOKS
        if self.context.target.role == "server":
            self.context.target = steadied(self.context)

    def carry_out(self, scenario: Scenario, coming: Iterable[Scenario] = ()) -> Seen:
        """Carry out one scenario; return what it gave evidence on.

        ``coming`` are those that will follow, as far as that is known. Raises :class:`RunEndedError` where the run is
        over, and the :class:`~conformance.errors.ConformanceError` of a target that cannot be judged any more.
        """
        self.context.check()
        self._write_plan()
        place = self._places.get(id(scenario), -1)
        if place in self._known:
            self._done += 1
            self._pace.over(scenario)
            self._tell(scenario.requirement)
            return self._known[place]
        if self.context.evidence.hidden:
            self._done += 1
            self._pace.over(scenario)
            return Seen()
        if scenario.always:
            seen = self._look(scenario)
            if not self.context.evidence.hidden:
                self._prepare_or_end()
        else:
            self._prepare_or_end()
            seen = self._carried_out(scenario, coming)
        if not self.context.is_enough():
            self.done(place)
        self._done += 1
        standing_of(self.context).look_now_and_then()
        self._tell(scenario.requirement)
        return seen

    def served_elsewhere(self) -> frozenset[str]:
        """Return the requirements that scenarios of other shards are about."""
        return frozenset[str]().union(*(self._left[place] for place in self.elsewhere))

    def expect(self, id_: str, *, elsewhere: bool = False) -> int:
        """Take note of a test of the user's own that will send here; return its place, behind all scenarios.

        One that is ``elsewhere`` is carried out by another shard.
        """
        place = OWN + sum(place >= OWN for place in self._about)
        self._about[place] = frozenset({id_})
        if place not in self._known:
            self._left[place] = frozenset({id_})
        if elsewhere:
            self.elsewhere |= {place}
        return place

    @contextmanager
    def lent(self, place: int) -> Iterator[tuple[Session, Seen]]:
        """Lend a session to such a test, and take down what it gives evidence on.

        Raises :class:`RunEndedError` where the run is over, or nothing more can be judged.
        """
        self.context.check()
        self._write_plan()
        if self.context.evidence.hidden:
            raise RunEndedError(self.context.evidence.hidden)
        self._prepare_or_end()
        session = Session(self.context)
        with self.context.evidence.recording(place) as seen:
            yield session, seen
        if not self.context.ended:
            session.close()

    def is_known(self, place: int) -> bool:
        """Return whether such a test was over before the run was interrupted."""
        return place in self._known

    def done(self, place: int) -> None:
        """Take note that a scenario is done, or such a test over."""
        if self._left.pop(place, None) is not None and self.context.journal is not None:
            self.context.journal.done(place)

    def _write_plan(self) -> None:
        if self._is_planned:
            return
        self._is_planned = True
        if self.context.journal is not None:
            self.context.journal.plan(
                self.digest,
                self._plan,
                self._about,
                self.elsewhere,
                (self._places[id(one)] for one in self._listed if one.always),
                endless=self._endless,
            )

    @property
    def digest(self) -> str:
        """What tells the scenarios and their order from others."""
        return digest(self._listed)

    def _carried_out(self, scenario: Scenario, coming: Iterable[Scenario]) -> Seen:
        if self.workers > 1 and self.context.evidence.is_broken(roundtrip.OTHERS):
            self._stop_others()  # what is sent to one assistant changes another: side by side each would look broken
        try:
            if self.workers == 1:
                begun = None if self._ahead is None else self._ahead.result(scenario)
            else:
                if self._ahead is None:
                    # Where a budget may end the run, what tells most is sent first.
                    self._ahead = Ahead(self._alone, self.workers, longest_first=not self.context.budget.is_limited)
                    if not self.context.evidence.effective:
                        self._ahead.finish([one for one in (scenario, *coming) if one.requirement == OPTIONAL])
                ahead = (one for one in coming if self._places.get(id(one)) not in self._known and not one.always)
                self._ahead.offer(chain((scenario,), ahead))
                begun = self._ahead.result(scenario)
            return self._alone(scenario) if begun is None else begun
        except NoRoomError:
            self._stop_others()
        for _ in range(2):  # those of another may have stood there the first time
            try:
                return self._alone(scenario)
            except NoRoomError as full:
                reason = self._note_room(full)
        with self.context.evidence.recording(self._places.get(id(scenario), 0)):
            for id_ in scenario.ids:
                self.context.evidence.note_without_evidence(id_, reason)
        return Seen()

    def _stop_others(self) -> None:
        """Have what was started end, and nothing more carried out beside another."""
        self.workers = self.context.workers = 1
        if self._ahead is not None:
            self._ahead.stop()

    def _alone(self, scenario: Scenario) -> Seen:
        """Carry out one scenario in this thread; anew where the target was away meanwhile."""
        with self._pace.carrying_out(scenario):
            for _ in range(REPEATED):
                try:
                    return self._carried_out_once(scenario)
                except CutOffError:
                    continue
        with self.context.evidence.recording(self._places.get(id(scenario), 0)) as seen:
            for id_ in {scenario.requirement, *scenario.serves}:
                self.context.evidence.note_error(id_, f"{AWAY}, each of {REPEATED} times that it was tried")
        return seen

    def _carried_out_once(self, scenario: Scenario) -> Seen:
        session = Session(self.context)
        self.context.begins_anew = True
        try:
            with self.context.evidence.recording(self._places.get(id(scenario), 0)) as seen:
                self._send(session, scenario)
        except CutOffError:
            self.context.evidence.take_back(seen)
            raise
        except ConformanceError as error:
            self.context.end(str(error))
            raise
        else:
            return seen
        finally:
            self.context.begins_anew = False
            if not self.context.ended:
                session.close()

    def _send(self, session: Session, scenario: Scenario) -> None:
        if scenario.test is None and scenario.cases:
            scenario = replace(scenario, test=lambda session: session.run(scenario.cases, scenario.initial_state))
        assert scenario.test is not None
        before = self.context.last_modify
        try:
            session.carry_out(scenario.test)
        except (RunEndedError, NoRoomError, ConformanceError):
            raise
        except Exception as error:  # noqa: BLE001 - a failing of the suite must not hide what was already found
            told = f"the suite failed here: {type(error).__name__}: {error}"
            if isinstance(error, UnreadError):
                told = str(error)
            if isinstance(error, DescribingError):
                told = f"the adapter failed here: {error}"
            reason = told[:300]
            for id_ in {scenario.requirement, *scenario.serves}:
                self.context.evidence.note_error(id_, reason)
        else:
            if not scenario.cases and not scenario.examples:
                note_refused_control(session, before, {scenario.requirement, *scenario.serves})

    def _look(self, scenario: Scenario) -> Seen:
        """See first whether what is sent over one connection is known over another, and shown by a GET."""
        before = self.context.target
        seen = self._alone(scenario)
        if self.context.evidence.hidden:
            self.context.notes.append(f"nothing else was sent: {self.context.evidence.hidden}")
        elif self.context.target is not before and not (self.context.assistant_id or self.context.budget.is_of_few):
            self.workers = WORKERS_WAITING
        return seen

    def _note_room(self, full: NoRoomError) -> str:
        """Say, once, that there is too little room, and what to do."""
        reason = f"{NEEDED} assistants are needed at a time; delete some, or give --assistant-id (create: {full.told})"
        if reason not in self.context.notes:
            self.context.notes.append(reason)
        return reason

    def _tell(self, requirement: str) -> None:
        self._last = requirement
        self._on_progress(self.progress())

    def progress(self) -> Progress:
        """Return how far it is; may be called from any thread."""
        context = self.context
        requests = context.target.requests_sent
        return Progress(
            max(self._done, self._pace.done),
            self._total,
            context.cases_done,
            requests,
            tuple(map(self._in_words, context.evidence.found)),
            self._last,
            context.coverage.told() if context.coverage is not None else "",
            self._pace.share(requests),
            self.progress,
        )

    def _in_words(self, found: Found) -> Found:
        """Return what was found as the end of the run will name it."""
        if found not in self._words:
            row = self.context.evidence.row(found.id)
            told = fact(row, self.context.contract.edition.fields).text.removeprefix(f"{found.id}: ")
            self._words[found] = replace(found, summary=told)
        return self._words[found]

    def _prepare_or_end(self) -> None:
        """Find out once how initial states are brought about; a target with too little room for that ends the run."""
        if self._prepared:
            return
        self._prepared = True
        try:
            self._prepare()
        except NoRoomError as full:
            self.context.end(f"too few assistants can be made: {self._note_room(full)}")
            raise RunEndedError(self.context.ended) from None

    def _prepare(self) -> None:
        """Find out how each initial state is brought about on this target."""
        session = Session(self.context)
        self.context.find_setup = partial(find_setup, self.context)
        evidence = self.context.evidence
        for id_, word in requirements_of(cannot_of(session), evidence.ids).items():
            evidence.declare(id_, f"the adapter declares {word}")
        tight = self.context.budget.is_tight
        much = len(self._about) > FEW or self._total is None
        many = much and not (self.light or tight)
        alone = self.context.assistant_id is not None or self.context.invented
        if many:
            look_beside(session, self.workers)
            if self.context.room is not None:
                # As many scenarios at a time as have room: what one has is not to be forgotten for that of another.
                self.workers = self.context.workers = max(1, min(self.workers, self.context.room // NEEDED))
        beside = many and self.context.target.role == "server" and not alone
        untouched: list[Scratch] = []

        def prepare(step: str) -> None:
            if step == "obeys":
                self.context.evidence.effective = obeys(session, learns=much)
            else:
                untouched.append(session.scratch("populated"))

        side_by_side(prepare, ["obeys", *(["beside"] if beside else [])], self.workers)
        for scratch in untouched:
            session.perform(scratch, encode(session.fitted(dict(TOUCHED_ONCE))), read=False)
            session.perform(scratch, encode(session.fitted(dict(UNTOUCHED))))
            session.keep(scratch)
        session.close()

    def end(self, *, alone: bool = True) -> None:
        """Take note of what was not carried out, look at what nobody touched, and delete what was made.

        Where it is not ``alone``, other processes carry out what is left here, and it is for whoever adds up to note.
        """
        context = self.context
        if context.journal is not None:
            context.journal.ends()
        if self._ahead is not None:
            self._ahead.end(_AT_ONCE if context.ended else _LAST)
        with suppress(RunEndedError):
            if context.doubts:
                settle_doubts(session := Session(context))
                session.close()
            standing_of(context).end()
            prove_lines(context)
        if alone and not context.evidence.hidden:
            here = (ids for place, ids in self._left.items() if place not in self.elsewhere)
            context.evidence.set_pending(frozenset[str]().union(*here))
            context.evidence.set_pending(self.served_elsewhere(), IN_ANOTHER_SHARD)
        self._clean_up()

    def _clean_up(self) -> None:
        """Delete what was made; say in full what could not be deleted."""
        context = self.context
        context.budget.clean_up(_CLEANING_AT_ONCE if context.ended else _CLEANING)
        if context.budget.capped:
            context.notes.append(
                f"the target asked for a wait of {context.budget.capped:g} s; at most {context.budget.max_wait:g} s"
                " were waited at one time (--max-wait)"
            )
        with suppress(RunEndedError):
            for assistant_id in sorted(context.made):
                if context.silent:
                    break
                context.deleted(assistant_id, context.target.delete(assistant_id))
            for assistant_id in list(context.undeleted)[:_AGAIN]:
                if context.silent:
                    break
                context.deleted(assistant_id, context.target.delete(assistant_id))
        context.undeleted |= dict.fromkeys(sorted(context.made))
