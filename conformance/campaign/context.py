"""What all sessions of a campaign share: the target, the rules, the evidence, the limits, and what was learnt."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from conformance.budget import BUDGET_SPENT, Budget
from conformance.campaign.bodies import Bodies, Tried
from conformance.campaign.journal import Made
from conformance.campaign.refused import Refused
from conformance.campaign.splits import Splits
from conformance.errors import CutOffError, RunEndedError, UnreadError
from conformance.exchange import NoAnswer
from conformance.scenario import DRAWN
from reports.evidence import KEY_VARIABLE, OTHER_KEY_VARIABLE
from strategies.jsonvalues import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.campaign.coverage import Coverage
    from conformance.campaign.evidence import Evidence
    from conformance.campaign.journal import Journal
    from conformance.campaign.memory import Memory
    from conformance.errors import ConformanceError
    from conformance.exchange import Exchange
    from conformance.judging.breach import Aspect
    from conformance.scenario import Effort
    from conformance.states import InitialState
    from conformance.target import Target
    from reports.model import Finding
    from strategies.contract import Contract
    from strategies.jsonvalues import JSON

SILENT = 3
"""After so many requests in a row without an answer, the target counts as gone."""
BUSY = 12
"""After so many requests in a row that were waited out and answered 429 all the same, it has no more for us."""
BUSY_CREATES = 48
"""The same of creates: there may be too many assistants, and every worker asks for one."""
UNANSWERED = 12
"""After so many time-outs in all, going on would take longer than a reader waits."""

AWAY = "the target was away for a moment"
_GONE = frozenset({404, 410})
_NO_ANSWERS = "the target stopped answering"


@dataclass(slots=True)
class Setup:
    """How an initial state is brought about on this target: a create, and modifies for what create does not take."""

    create: bytes
    modifies: tuple[bytes, ...] = ()

    def value_of(self, field: str) -> JSON:
        """Return what a field is set to last; ``None`` where it is not."""
        bodies = [decode(data).value for data in (self.create, *self.modifies)]
        return next((body[field] for body in reversed(bodies) if field in body), None)

    def only(self, fields: set[str]) -> Setup:
        """Return the setup with no other fields than these."""
        create, *modifies = (
            encode({name: value for name, value in decode(data).value.items() if name in fields})
            for data in (self.create, *self.modifies)
        )
        return Setup(create, tuple(data for data in modifies if data != encode({})))


class Ready(NamedTuple):
    """An assistant that nobody has used yet."""

    body: bytes
    """What was asked for."""
    created: Exchange
    outages: int
    """How often the target had been away when it was made: it may have forgotten it since."""


@dataclass
class Context:
    """Shared by all threads of a campaign."""

    target: Target
    contract: Contract
    evidence: Evidence
    model: str
    plain: dict[str, JSON]
    seed: int = 0
    effort: Effort = "standard"
    """How much is sent."""
    key_variable: str = KEY_VARIABLE
    """The environment variable that the lines which repeat a finding read the key from."""
    other_key_variable: str = OTHER_KEY_VARIABLE
    """The same for the second key."""
    key: str = field(default="", repr=False)
    """The bearer key that is sent, if any; never to be written down."""
    other_key: str = field(default="", repr=False)
    """A second key, whose assistants are its own; never to be written down."""
    assistant_id: str | None = None
    """The one assistant to use, where the user gave one."""
    invented: bool = False
    """Whether create gives no usable id, so that ids are made up."""
    is_enough: Callable[[], bool] = field(default=lambda: False, repr=False)
    """Says whether what is broken so far is all that is asked for: then nothing more is sent."""
    budget: Budget = field(default_factory=Budget, repr=False)
    """What the run may take; the target asks it before it sends."""
    coverage: Coverage | None = None
    """What of the contract was reached, where that is counted."""
    memory: Memory | None = None
    """Where failing bodies are kept, if anywhere."""
    setups: dict[InitialState, Setup] = field(default_factory=dict)
    find_setup: Callable[[InitialState], Setup] | None = field(default=None, repr=False)
    """Finds out how an initial state is brought about."""
    merges: bool | None = None
    """Whether it merges metadata or replaces it, by the first modify that showed either."""
    merging: tuple[InitialState, tuple[bytes, ...]] = "minimal", ()
    """The state of that assistant at first, and the bodies of all modifies since, that one the last."""
    unknown_ids: int = 0
    """How many ids that nobody has were modified."""
    controls: Tried = field(default_factory=Tried)
    """What is known of bodies that were tried as controls."""
    laid: dict[tuple[object, ...], tuple[str, int]] = field(default_factory=dict)
    """To what breaches that have all the same about them were laid last, and how often in a row."""
    of_history: dict[tuple[object, ...], tuple[str, int]] = field(default_factory=dict)
    """The same of breaches that took what was sent before to show."""
    splits: Splits = field(default_factory=Splits)
    """What taking apart wholes has shown."""
    doubted: Counter[tuple[object, ...]] = field(default_factory=Counter)
    """How often such a breach did not show again, with all that was sent before it."""
    follows: bool = True
    """Whether the plain modifies between payloads leave what they say, as far as that is known."""
    left_behind: int = 0
    """How often something that was refused has changed a fresh assistant."""
    left_behind_rows: int = 0
    """In how many rows of bodies to be refused one by itself was wrong."""
    malformed_rows: int = 0
    """The same of malformed requests."""
    deletes: bool = False
    """Whether a DELETE was seen to be accepted."""
    taken: Bodies = field(default_factory=Bodies)
    """Bodies that were accepted, in whatever state, with nothing to be said against it."""
    of_sequences: set[tuple[Aspect, str]] = field(default_factory=set)
    """What is wrong with which fields for what was sent before, and not on a fresh assistant."""
    refused: Refused = field(default_factory=Refused)
    """Bodies that were refused lately, to whichever assistant they were sent."""
    doubts: list[Callable[..., bool]] = field(default_factory=list)
    """What did not come again, and may have been left by one of them: each is given a session, and tries that."""
    made: Made = field(default_factory=Made)
    """Ids of assistants that were made and not yet deleted."""
    workers: int = 1
    """How many requests may be under way at a time."""
    ready: list[Ready] = field(default_factory=list)
    """Assistants that nobody has used yet."""
    undeleted: dict[str, None] = field(default_factory=dict)
    """Those that the target would not delete, in their order."""
    journal: Journal | None = field(default=None, repr=False)
    """Where what is seen is written down meanwhile, if anywhere."""
    notes: list[str] = field(default_factory=list)
    cases_done: int = 0
    trials: int = 0
    """How many bodies were sent to make findings smaller."""
    renewals: int = 0
    """How often the one assistant of the user's was brought into a new state."""
    shows: bool = False
    """Whether a GET has shown an assistant: then one that fails tells nothing of what is stored."""
    moving: set[str] = field(default_factory=set)
    """Fields that GETs have shown to move by themselves."""
    put_together: list[Finding] = field(default_factory=list)
    """Findings whose evidence was put together from several requests, and has not been sent by itself."""
    limited: bool = False
    """Whether the target has refused to make more assistants at a time: then few may stand."""
    broken_behind: int = 0
    """How often it was tried whether a GET breaks down behind a rejection."""
    rejects_the_same: bool | None = None
    """Whether the target rejects a modify that it accepted just before; ``None`` while that was not tried."""
    names_apart: bool = False
    """Whether the target makes no assistant with the name of another."""
    room: int | None = None
    """How many assistants have stood at a time, where the target was found to forget others; else ``None``."""
    away: Callable[[Exchange], bool] | None = field(default=None, repr=False)
    """Says of a call that was not answered whether the target was away; waits until it is back."""
    gone: ConformanceError | None = None
    """What is told of a target that does not come back."""
    outages: int = 0
    """How often the target was away, and came back."""
    standing: object = field(default=None, init=False, repr=False, compare=False)
    """The assistants that stand while others are judged; see :func:`conformance.campaign.standing.standing_of`."""
    _busy: int = 0
    _silent: int = 0
    _silent_since: str = ""
    _unanswered: int = 0
    _ended: str = ""
    _sent: threading.local = field(default_factory=threading.local)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    """Held while what threads share is changed."""
    _setups: dict[InitialState, threading.RLock] = field(default_factory=dict)

    def note_unanswered(self, exchange: Exchange) -> None:
        """Take note that a call was not answered by a target that answers others."""
        self._sent.unanswered = exchange

    @property
    def begins_anew(self) -> bool:
        """Whether what this thread carries out can begin anew, once the target was away."""
        return bool(getattr(self._sent, "begins_anew", False))

    @begins_anew.setter
    def begins_anew(self, can: bool) -> None:
        self._sent.begins_anew = can

    def setup(self, initial_state: InitialState) -> Setup:
        """Return how an initial state is brought about; found out once, and the same for all threads."""
        with self.lock:
            of_state = self._setups.setdefault(initial_state, threading.RLock())
        with of_state:  # whoever asks for another state need not wait
            if initial_state not in self.setups and self.find_setup is not None:
                try:
                    self.setups[initial_state] = self.find_setup(initial_state)
                except BaseException:
                    self.setups.pop(initial_state, None)  # what was tried on the way was not found out
                    raise
            return self.setups[initial_state]

    @property
    def draws(self) -> int:
        """How many bodies, answers and boundaries are drawn."""
        return DRAWN[self.effort]

    def check(self) -> None:
        """Raise :class:`RunEndedError` when the run is over."""
        if self.budget.is_spent:
            self.end(BUDGET_SPENT)
        if self._ended:
            raise RunEndedError(self._ended)

    def check_gone(self) -> None:
        """Raise what is told of a target that does not come back, whichever thread has found that out."""
        if self.gone is not None:
            raise self.gone

    def end(self, reason: str) -> None:
        """End the run, for all threads."""
        with self.lock:
            self._ended = self._ended or reason

    @property
    def last_modify(self) -> Exchange | None:
        """The last modify that this thread sent."""
        return getattr(self._sent, "last", None)

    @property
    def ended(self) -> str:
        """Why the run was ended before its plan was done; empty if it was not."""
        return self._ended

    @property
    def silent(self) -> bool:
        """Whether the target answers nothing any more."""
        return _NO_ANSWERS in self._ended

    def delete(self, assistant_id: str) -> Exchange:
        """Delete an assistant that the run made; one that is still there then is told at the end."""
        exchange = self.watch(self.target.delete(assistant_id))
        self.deleted(assistant_id, exchange)
        return exchange

    def deleted(self, assistant_id: str, exchange: Exchange) -> None:
        """Take note of what came of the deletion of an assistant."""
        self.deletes = self.deletes or exchange.accepted
        if not (exchange.accepted or exchange.status in _GONE or self.target.role == "sdk"):
            self.undeleted[assistant_id] = None
            set.discard(self.made, assistant_id)
            return
        self.undeleted.pop(assistant_id, None)
        self.made.discard(assistant_id)

    def watch(self, exchange: Exchange) -> Exchange:
        """Count requests without an answer; end the run when the target seems gone, or has nothing but 429.

        Raises :class:`UnreadError` where one was answered by what is beyond reading, and belongs to a scenario.
        """
        if exchange.operation == "modify":
            self._sent.last = exchange
        self.refused.note(exchange)
        if isinstance(exchange.outcome, NoAnswer) and exchange.outcome.unread:
            self._silent = 0
            if self.begins_anew:
                raise UnreadError(exchange.outcome.reason)
            return exchange
        if isinstance(exchange.outcome, NoAnswer) and self.away is not None:
            # What went over a connection of its own was not asked about yet.
            if getattr(self._sent, "unanswered", None) is not exchange and self.away(exchange) and self.begins_anew:
                raise CutOffError(AWAY)
            self._silent = 0  # it answers others
        with self.lock:
            refused_all = exchange.status == HTTPStatus.TOO_MANY_REQUESTS and self.target.role == "server"
            self._busy = self._busy + 1 if refused_all else 0
            if self._busy >= (BUSY_CREATES if exchange.operation == "create" else BUSY):
                self._ended = self._ended or "the target answers nothing but 429"
            if not isinstance(exchange.outcome, NoAnswer) or self.target.role == "sdk":
                self._silent = 0  # a call of an SDK that does not come back is judged, and its target counts them
                return exchange
            self._silent += 1
            if self._silent == 1 and exchange.request is not None:
                self._silent_since = f"{exchange.request.method} {exchange.request.path[:200]}"
            self._unanswered += exchange.outcome.timed_out
            gone = self._silent >= SILENT or self._unanswered >= UNANSWERED
        if gone:
            since = f", at first to {self._silent_since}" if self._silent_since else ""
            self.end(f"{_NO_ANSWERS} ({exchange.outcome.reason}){since}")
        return exchange
