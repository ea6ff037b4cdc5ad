"""The plan carried out: groups of cases handed to workers, within a budget, with the ledger filled as they go."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.campaign.beside import look_beside
from conformance.campaign.context import Context, Recipe, RunEndedError
from conformance.campaign.lines import prove_lines
from conformance.campaign.noting import note_refused_control
from conformance.campaign.plainly import obeys
from conformance.campaign.scratch import NoRoomError, id_of
from conformance.campaign.scripted import cannot_of
from conformance.campaign.session import Session
from conformance.campaign.unsteady import steadied
from conformance.errors import ConformanceError
from conformance.judging.compare import MISSING, deviations
from conformance.judging.showing import state_of
from conformance.plan.backgrounds import backgrounds
from conformance.plan.connections import look
from conformance.targets.declared import requirements_of
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.campaign.ledger import Found
    from conformance.plan.case import Background, Group
    from strategies.jsonvalues import JSON

SLOW = 0.004
"""Seconds a request takes from which on several assistants are judged at once."""
WORKERS = 8
WORKERS_WAITING = 24
"""The same where each GET is waited for: who waits needs nothing but time."""
NEEDED = 5
"""Assistants that stand at a time where the target limits them: three of a group, one that a breach is repeated on, and
one that nobody touches."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is."""

    done: int
    """Groups that are done, of ``total``."""
    total: int | None
    """``None`` where the plan has no end."""
    cases: int
    requests: int
    found: tuple[Found, ...]
    """What is broken so far, in the order in which that was found."""
    requirement: str
    reached: str = ""
    """What of the contract was reached, where that is counted."""


class Campaign:
    """Carries out a plan on one target."""

    def __init__(
        self,
        context: Context,
        groups: Iterable[Group],
        *,
        endless: bool = False,
        latency: float = 0.0,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self.context = context
        self._groups = iter(groups) if endless else iter(listed := tuple(groups))
        self._total = None if endless else len(listed)
        self._left: list[Group] = []
        """Groups that were begun and not ended."""
        self._on_progress = on_progress
        self._done = 0
        self._lock = threading.Lock()
        alone = context.assistant_id is not None or not context.target.parallel or latency < SLOW
        alone = alone or context.target.role == "sdk"  # one server at a time stands behind it
        self._workers = 1 if alone else WORKERS
        self._failed: ConformanceError | None = None
        self._active = self._workers
        """Workers that have not ended."""
        self._again: list[Group] = []
        """Groups that found no room for their assistants beside those of others."""
        self._alone: set[int] = set()
        """Those of them that were tried once more, with nobody beside them."""

    def run(self) -> None:
        """Carry out the plan; returns when it is done, or ended early with the reason in ``context.ended``.

        Assistants that were made are deleted on the way out, also after an interruption. Raises the
        :class:`~conformance.errors.ConformanceError` of a target that cannot be judged any more, such as an SDK whose
        adapter has failed; ``context.ended`` says why then, too.
        """
        try:
            if self.context.target.role == "server":
                self.context.target = steadied(self.context)
            self._look()
            if not self.context.ledger.hidden:
                self._prepare_or_end()
            if self._workers == 1:
                self._work()
            else:
                self._work_together()
        except RunEndedError:
            pass
        finally:
            self._clean_up()

    def _work_together(self) -> None:
        threads = [threading.Thread(target=self._work_aside, daemon=True) for _ in range(self._workers)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)
        except BaseException:
            self.context.end("the run was interrupted")
            for thread in threads:
                thread.join(30)
            raise
        if self._failed is not None:
            raise self._failed

    def _work_aside(self) -> None:
        try:
            self._work()
        except ConformanceError as error:
            self._failed = error  # a thread has nobody to raise it to; the others end by ``context.ended``

    def _work(self) -> None:
        while True:
            group = self._next()
            if group is None:
                return
            session = Session(self.context)
            try:
                self._run_group(session, group)
            except NoRoomError as full:
                session.close()
                if not self._is_tried_alone(group, full):
                    return
            except RunEndedError:
                self._put_back(group)
                return
            except ConformanceError as error:
                self._put_back(group)
                self.context.end(str(error))
                raise
            except KeyboardInterrupt:
                self._put_back(group)
                raise
            finally:
                if not self.context.ended:
                    session.close()
            with self._lock:
                self._done += 1
            self.context.standing.look_now_and_then()
            self._tell(group.requirement)

    def _next(self) -> Group | None:
        """Return the next group; none, for all workers but the last, where few assistants may stand at a time."""
        with self._lock:
            alone = self._active == 1
            group = None if self.context.limited and not alone else next(self._groups, None)
            if self._again and (alone or not self.context.limited) and group is None:
                group = self._again.pop()
            self._active -= group is None
            return group

    def _is_tried_alone(self, group: Group, full: NoRoomError) -> bool:
        """Put a group back that found no room beside the others; tell whether this is the last worker, which goes on.

        One that finds no room alone has none.
        """
        with self._lock:
            if self._active > 1:
                self._active -= 1
                self._again.append(group)
                return False
            if id(group) not in self._alone:  # those of another may have stood there
                self._alone.add(id(group))
                self._again.append(group)
                return True
        reason = self._note_room(full)
        for id_ in {group.requirement, *group.serves, *(case.requirement for case in group.cases)}:
            self.context.ledger.note_excuse(id_, reason)
        return True

    def _note_room(self, full: NoRoomError) -> str:
        """Say, once, that there is too little room, and what to do."""
        reason = f"{NEEDED} assistants are needed at a time; delete some, or give --assistant-id (create: {full.told})"
        if reason not in self.context.notes:
            self.context.notes.append(reason)
        return reason

    def _put_back(self, group: Group) -> None:
        with self._lock:
            self._left.append(group)

    def _run_group(self, session: Session, group: Group) -> None:
        try:
            if group.procedure is not None:
                before = self.context.last_modify
                session.carry_out(group.procedure)
                note_refused_control(session, before, {group.requirement, *group.serves})
            else:
                session.run(group.cases, group.background)
        except (RunEndedError, NoRoomError, ConformanceError):
            raise
        except Exception as error:  # noqa: BLE001 - a failing of the suite must not hide what was already found
            reason = f"the suite failed here: {type(error).__name__}: {error}"[:300]
            for id_ in {group.requirement, *group.serves}:
                self.context.ledger.note_error(id_, reason)

    def _tell(self, requirement: str) -> None:
        context = self.context
        self._on_progress(
            Progress(
                self._done,
                self._total,
                context.cases_done,
                context.target.requests_sent,
                context.ledger.found,
                requirement,
                context.coverage.told() if context.coverage is not None else "",
            )
        )

    def _look(self) -> None:
        """See first whether what is sent over one connection is known over another, and shown by a GET."""
        if self.context.target.role == "sdk":
            return
        before = self.context.target
        look(Session(self.context))
        if self.context.ledger.hidden:
            self._groups, self._total = iter(()), None
            self.context.notes.append(f"the plan was not run: {self.context.ledger.hidden}")
        elif self.context.target is not before and self.context.assistant_id is None:
            self._workers = WORKERS_WAITING

    def _prepare_or_end(self) -> None:
        """Find out how each background is brought about; a target with too little room for that ends the run."""
        try:
            self._prepare()
        except NoRoomError as full:
            self.context.end(f"too few assistants can be made: {self._note_room(full)}")
            raise RunEndedError(self.context.ended) from None

    def _prepare(self) -> None:
        """Find out how each background is brought about on this target."""
        session = Session(self.context)
        ledger = self.context.ledger
        for id_, word in requirements_of(cannot_of(session), ledger.ids).items():
            ledger.declare(id_, f"the adapter declares {word}")
        for name, body in backgrounds(self.context.contract.known, self.context.model).items():
            self.context.recipes[name] = self._recipe(session, name, body)
        look_beside(session)
        self.context.ledger.effective = obeys(session)
        if self.context.target.role == "server" and self.context.assistant_id is None and not self.context.invented:
            beside = session.scratch("rich")
            session.perform(beside, encode({"name": "Untouched", "metadata": {"untouched": "yes"}, "temperature": 0.2}))
            session.keep(beside)
        session.close()

    def _recipe(self, session: Session, name: Background, body: dict[str, JSON]) -> Recipe:
        context = self.context
        bare = encode({"model": context.model})
        others = {key: value for key, value in body.items() if key != "model"}
        if context.assistant_id is not None:
            empty: dict[str, JSON] = {"name": None, "description": None, "instructions": None, "tools": []}
            empty |= {"response_format": None, "temperature": None, "top_p": None}
            # Alone and first: a target that merges keeps pairs and parts unless it is told null.
            cleared = encode({"metadata": None, "tool_resources": None})
            reset = {"model": context.model, **empty, **others}
            # A stored effort may forbid the model, so it goes as well, unless the target has no efforts at all.
            data = encode({**reset, "reasoning_effort": None})
            effortless = context.watch(context.target.modify(context.assistant_id, data)).accepted
            return Recipe(bare, (cleared, data if effortless else encode(reset)))
        context.recipes[name] = Recipe(encode(body))
        if context.invented:
            return Recipe(bare, (encode(body),))
        created = context.watch(context.target.create(encode(body)))
        if not id_of(created) and context.standing.clear():
            created = context.watch(context.target.create(encode(body)))
        whole = bool(id_of(created))
        if whole:
            context.target.delete(id_of(created))
        context.recipes[name] = Recipe(encode(body) if whole else bare)
        scratch = session.scratch(name)
        missing = {
            key: value for key, value in others.items() if deviations(key, value, scratch.state.get(key, MISSING))
        }
        if not missing:
            session.discard(scratch)
            return context.recipes[name]
        lacking = f"create does not take {self._not_taken(missing)} for the state {name!r}"
        together = session.perform(scratch, encode(missing))
        if together.verdict.accepted:
            session.discard(scratch)
            context.notes.append(f"{lacking}: set by a modify")
            return Recipe(context.recipes[name].create, (encode(missing),))
        taken = [key for key in missing if session.perform(scratch, encode({key: missing[key]})).verdict.accepted]
        told = f"; {', '.join(taken)} set by modifies" if taken else ""
        left = [key for key in missing if key not in taken]
        context.notes.append(lacking + told + (f"; a modify does not take {', '.join(left)} either" if left else ""))
        return Recipe(context.recipes[name].create, tuple(encode({key: missing[key]}) for key in taken))

    def _not_taken(self, fields: dict[str, JSON]) -> str:
        """Try fields one by one; say which of them create does not take."""
        context = self.context
        alone: list[str] = []
        for key, value in fields.items():
            created = context.watch(context.target.create(encode({"model": context.model, key: value})))
            made = created.value if isinstance(created.value, dict) else {}
            shown = {}
            if isinstance(made.get("id"), str):
                shown = state_of(context.watch(context.target.retrieve(made["id"])))
                context.target.delete(made["id"])
            if deviations(key, value, shown.get(key, MISSING)):
                alone.append(key)
        return ", ".join(alone) or f"all of {', '.join(fields)} together"

    def _clean_up(self) -> None:
        context = self.context
        context.standing.end()
        prove_lines(context)
        if self._total is not None:
            left = [*self._left, *self._again, *self._groups]
            context.ledger.set_pending(id_ for group in left for id_ in (group.requirement, *group.serves))
            if context.ended:
                context.notes.append(f"{len(left)} of {self._total} groups were not run: {context.ended}")
        deadline = time.monotonic() + 20
        for assistant_id in sorted(context.made):
            if context.silent or time.monotonic() > deadline:
                context.notes.append(
                    f"{len(context.made)} assistants could not be deleted: {sorted(context.made)[:20]}"
                )
                break
            context.target.delete(assistant_id)
            context.made.discard(assistant_id)
