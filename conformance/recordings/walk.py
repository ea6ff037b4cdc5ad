"""The walk through a recording: what each call shows of its assistant is held against what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.catalogue import response as shape
from conformance.catalogue import roundtrip, sequences, transport, unspecified
from conformance.exchange import NoAnswer
from conformance.judging.breach import Aspect, Breach, breach_of
from conformance.judging.compare import differing, of_assistants, shows
from conformance.judging.observing import observed
from conformance.judging.showing import difference, is_for_the_moment, state_of
from conformance.recordings.assistants import Assistants, Track, state_in
from conformance.recordings.attributing import attributed, may_be_of_id, says_unknown
from conformance.recordings.calls import Call, exchange_of, sent_of
from conformance.recordings.limits import Limits
from conformance.recordings.masks import masked_fields
from conformance.recordings.modifies import Modify, judge_answered, judge_read_back, modify_of, observation
from conformance.recordings.sent import judge_sent
from strategies.contract import Contract

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.campaign.evidence import Evidence
    from conformance.exchange import Exchange
    from conformance.judging.observation import State, Verdict
    from conformance.recordings.found import Played
    from conformance.target import Role
    from strategies.editions import Edition
    from strategies.jsonvalues import JSON
    from strategies.permissions import KnownIds

_NOT_JUDGED = frozenset({401, 403, 407, 429, 502, 503, 504})
"""Statuses that say nothing of a modify: who asks was not let in, or somebody on the way there was busy or away."""
_MAY_HAVE_DONE = frozenset({502, 504})
_SERVED = 9


@dataclass
class Walk:
    """Judges the calls of one recording, in their order.

    ``on_breach`` is given the requirement that is broken, the breach, and the calls that show it, the judged one last
    but for a GET behind it.
    """

    edition: Edition
    evidence: Evidence
    role: Role
    known: KnownIds
    on_breach: Callable[[str, Breach, list[Played]], None]
    passed: dict[str, int] = field(default_factory=dict)
    """How many calls were not judged, by the reason."""
    judged: int = 0
    """How many modifies were judged."""

    def __post_init__(self) -> None:
        """Begin with nothing known."""
        self._assistants = Assistants(self.known)
        self._limits = Limits(self.edition)
        self._compared = frozenset({*of_assistants(self.edition), "created_at"})
        self._failed: dict[tuple[int, str, str], tuple[Modify, list[Breach]]] = {}
        self._last: dict[tuple[int, str, str], Call] = {}

    @property
    def _contract(self) -> Contract:
        return Contract(self.edition, self._assistants.known)

    def take(self, call: Call) -> None:
        """Judge a call, and learn from it."""
        match call.operation:
            case "create":
                self._create(call)
            case "retrieve":
                self._retrieve(call)
            case "modify":
                self._modify(call)
            case "delete":
                self._delete(call)
            case "list":
                self._list(call)
            case _:  # what it does to the assistant, if anything, the document does not say
                self._assistants.of(call).forget()

    def skip(self, call: Call, why: str) -> None:
        """Pass over a call that cannot be judged; what came of it is not known."""
        if call.operation == "modify":
            self._pass(why)
        self._assistants.of(call).forget()

    def finish(self) -> None:
        """Tell what was waiting for what comes after it."""
        for modify, breaches in self._failed.values():
            self._tell(modify, breaches, self._assistants.of(modify.call), None)
        self._failed.clear()

    def _pass(self, why: str) -> None:
        self.passed[why] = self.passed.get(why, 0) + 1

    # What shows an assistant

    def _create(self, call: Call) -> None:
        exchange = exchange_of(call)
        state = state_of(exchange)
        if not exchange.accepted or not isinstance(state.get("id"), str):
            return
        self.evidence.observe(unspecified.CREATE_STATUS, f"status {exchange.status}")
        track = self._assistants.made(call, state["id"])
        self._assistants.learn(state)
        if track is not None:
            track.show(state, call)

    def _retrieve(self, call: Call) -> None:
        exchange = exchange_of(call)
        track = self._assistants.of(call)
        if exchange.status == HTTPStatus.NOT_MODIFIED or is_for_the_moment(exchange):
            return
        if not exchange.accepted and exchange.status in _NOT_JUDGED:
            return
        state = state_of(exchange)
        doubted, track.doubted = track.doubted, frozenset()
        if call.overlaps:
            track.forget()
        elif track.gone is not None:
            self._read_after_delete(call, track, state)
        elif track.modify is not None:
            self._read_back(call, exchange, track, doubted | track.before_doubted)
        elif track.state:
            self._read_again(call, exchange, track, doubted)
        if state:
            self._assistants.learn(state)
            track.show(state, call)
            track.gone = track.tried = None
        elif track.gone is None:
            track.forget()
        track.modify, track.before, track.before_by, track.before_doubted = None, b"", None, frozenset()

    def _read_after_delete(self, call: Call, track: Track, state: State) -> None:
        if track.tried is not None and state and track.gone is not None:
            breach = breach_of(Aspect.TOGETHER, sequences.AFTER_DELETE, "still gone", "a GET returns it again")
            self._break(breach, [("setup", track.gone), ("act", track.tried), ("observe", call)])

    def _read_back(self, call: Call, exchange: Exchange, track: Track, doubted: frozenset[str]) -> None:
        assert track.modify is not None
        if self.role == "sdk" and not exchange.accepted:
            return
        modify = modify_of(self._contract, track.modify, state_in(track.before), doubted)
        merges = self._assistants.merges.get(call.base_url)
        verdict = judge_read_back(self._contract, modify, exchange, merges, doubted)
        self._count(verdict, modify, track, call)
        self._observe(modify, exchange)

    def _read_again(self, call: Call, exchange: Exchange, track: Track, doubted: frozenset[str]) -> None:
        before = state_in(track.state)
        masked = masked_fields(before, exchange.value) | doubted
        told = difference(self.edition, _without(before, masked), exchange)
        if told is None:
            self.evidence.accept([sequences.STILL_THERE])
        elif told[0] not in masked and not ("id" in masked and not told[0]) and track.shown_by is not None:
            name, expected, actual = told
            breach = breach_of(Aspect.TOGETHER, sequences.STILL_THERE, expected, actual, place=name)
            track.doubted |= {name} if name else frozenset()
            self._break(breach, [("setup", track.shown_by), ("act", call)])

    def _list(self, call: Call) -> None:
        value = exchange_of(call).value
        data = value.get("data") if isinstance(value, dict) else None
        for item in data if isinstance(data, list) else ():
            if isinstance(item, dict) and isinstance(item.get("id"), str):
                self._listed(call, item)

    def _listed(self, call: Call, item: State) -> None:
        track = self._assistants.listed(call, item["id"])
        if track is None or track.gone is not None:
            return
        if not track.state:
            if (
                track.modify is None
            ):  # what is not known since a modify of unknown end is not told by a list that may lag
                self._assistants.learn(item)
                track.show(item, call)
            return
        masked = masked_fields(state_in(track.state), item) | track.doubted
        names = [name for name in of_assistants(self.edition) if name not in masked]
        changed = differing(names, state_in(track.state), item)
        if not changed:
            self.evidence.accept([shape.LIST_AGREES])
        elif any(not differing(names, state_in(one), item) for one in track.earlier):
            self.evidence.observe(unspecified.LIST_LAGS, "shown as it was before")
        elif track.shown_by is not None and not call.overlaps:
            name = changed[0]
            was, now = (shows(who, state.get(name)) for who, state in self._two(track, item))
            breach = breach_of(Aspect.TOGETHER, shape.LIST_AGREES, was, now, place=name)
            self._break(breach, [("setup", track.shown_by), ("act", call)])

    @staticmethod
    def _two(track: Track, item: State) -> tuple[tuple[str, State], tuple[str, State]]:
        return ("the list, as it was shown last,", state_in(track.state)), ("the list", item)

    def _delete(self, call: Call) -> None:
        exchange = exchange_of(call)
        value = exchange.value
        if exchange.accepted and not (isinstance(value, dict) and value.get("deleted") is False):
            track = self._assistants.of(call)
            track.forget()
            track.gone, track.tried = call, None

    # Modifies

    def _modify(self, call: Call) -> None:
        recorded = call.recorded
        track = self._assistants.of(call)
        retried = self._last.get(call.who)
        self._last[call.who] = call
        if len(self._last) > _MOST_LAST:
            self._last.pop(next(iter(self._last)))
        if self.role == "sdk":
            self.judged += 1
            self._sent(call, retried)
        exchange = exchange_of(call)
        if isinstance(exchange.outcome, NoAnswer):
            self._pass("their answer was not recorded" if self.role == "server" else "")
            track.forget()
            return
        if recorded.status in _NOT_JUDGED or not recorded.status >= HTTPStatus.OK or 300 <= recorded.status < 400:
            if self.role == "server":
                self._pass(f"answered with {recorded.status}, which says nothing of them")
            if recorded.status in _MAY_HAVE_DONE or recorded.status < HTTPStatus.BAD_REQUEST:
                track.forget()
            return
        if call.is_old and not exchange.accepted:
            self._pass("rejected under OpenAI-Beta: assistants=v1" if self.role == "server" else "")
            return
        if self.role == "server":
            self.judged += 1
        if track.gone is not None:
            self._after_delete(call, exchange, track)
            return
        self._answered(call, track)

    def _sent(self, call: Call, before: Call | None) -> None:
        breaches, evidence, seen = judge_sent(self._contract, call, before)
        broken = {breach.base for breach in breaches}
        for breach in breaches:
            self._break(breach, [("act", call)])
        self.evidence.effective = True
        self.evidence.accept(evidence - broken)
        for id_, what in seen:
            self.evidence.observe(id_, what)

    def _after_delete(self, call: Call, exchange: Exchange, track: Track) -> None:
        assert track.gone is not None
        if 400 <= (exchange.status or 0) < 500:
            self.evidence.refuse(sequences.AFTER_DELETE)
            self._judge(modify_of(self._contract, call, {}), track, only=frozenset({Aspect.ENVELOPE, Aspect.SHAPE}))
            track.tried = call
            return
        told = f"{'accepted' if exchange.accepted else 'failed'} with status {exchange.status}"
        breach = breach_of(Aspect.TOGETHER, sequences.AFTER_DELETE, "rejected with a 4xx", told)
        self._break(breach, [("setup", track.gone), ("act", call)])
        if exchange.accepted:
            track.forget()
            track.gone = track.tried = None

    def _answered(self, call: Call, track: Track) -> None:
        unknown = call.overlaps or not track.state
        doubted, track.doubted = track.doubted, frozenset()
        modify = modify_of(self._contract, call, {} if unknown else state_in(track.state), doubted)
        exchange = modify.exchange
        if unknown and may_be_of_id(modify):
            # Nothing shows that there is such an assistant: the answer is due, and its shape is all that it shows.
            self._judge(modify, track, only=frozenset({Aspect.ENVELOPE, Aspect.SHAPE}))
            if exchange.status == HTTPStatus.NOT_FOUND:
                self.evidence.accept([transport.UNKNOWN_ID, shape.UNKNOWN_ID])
            elif says_unknown(exchange):
                self.evidence.accept([shape.UNKNOWN_ID])
                expected, actual = "status 404", f"status {exchange.status}: no such assistant"
                self._break(breach_of(Aspect.BAD_REFUSAL, transport.UNKNOWN_ID, expected, actual), [("act", call)])
            return
        if exchange.accepted and isinstance(modify.judgement.body, dict):
            track.invalid -= modify.judgement.body.keys()
        self._settle_failed(modify, track)
        if (exchange.status or 0) >= 500:
            verdict = judge_answered(self._contract, modify, None)
            self._failed[call.who] = modify, list(verdict.breaches)
        else:
            self._judge(modify, track)
        if call.overlaps:
            track.forget()
            return
        # Of one whose body is not known a GET shows no more than that its answer was right.
        track.modify = None if modify.unsaid else call
        track.before, track.before_by, track.before_doubted = track.state, track.shown_by, doubted
        if not exchange.accepted:
            track.doubted |= doubted
        elif state := state_of(exchange):
            self._assistants.learn(state)
            track.show(state, call)
        else:
            track.state, track.shown_by = b"", None

    def _settle_failed(self, modify: Modify, track: Track) -> None:
        """Tell of an earlier failure of this assistant, unless it was tried again with the same bytes, and served."""
        earlier, breaches = self._failed.pop(modify.call.who, (None, []))
        if earlier is None:
            return
        again = sent_of(earlier.call.recorded) == sent_of(modify.call.recorded)
        if again and modify.exchange.accepted:
            self.evidence.observe(
                unspecified.UNSTEADY, f"status {earlier.exchange.status}, and served when tried again"
            )
        else:
            self._tell(earlier, breaches, track, None)

    def _judge(self, modify: Modify, track: Track, only: frozenset[Aspect] | None = None) -> None:
        merges = self._assistants.merges.get(modify.call.base_url)
        verdict = judge_answered(self._contract, modify, merges)
        if only is not None:
            breaches = [one for one in verdict.breaches if one.aspect in only]
            broken = self._tell(modify, breaches, track, None)
            self.evidence.accept({id_ for id_ in verdict.evidence if id_.startswith("response.")} - broken)
            return
        if verdict.effective:
            self.evidence.effective = True
        self._count(verdict, modify, track, None)
        self._observe(modify, modify.exchange)
        if (self.role == "server" or not verdict.breaches) and not modify.call.is_old:
            self._limits.count(self.evidence, modify, verdict)
        if modify.exchange.accepted and not verdict.breaches:
            track.modifies += 1
            self.evidence.accept(
                [*([sequences.ANY_ORDER] * (track.modifies > 1)), *([sequences.TENTH] * (track.modifies > _SERVED))]
            )

    def _count(self, verdict: Verdict, modify: Modify, track: Track, after: Call | None) -> None:
        if verdict.merged is not None:
            self._assistants.merges.setdefault(modify.call.base_url, verdict.merged)
            kind = "merged" if verdict.merged else "replaced"
            self.evidence.observe(roundtrip.METADATA_SEMANTICS, kind)
        broken = self._tell(modify, list(verdict.breaches), track, after)
        wrong = {breach.field for breach in verdict.breaches if breach.field} if self.role == "sdk" else set()
        self.evidence.accept({id_ for id_ in verdict.evidence if f"{id_}.".split(".")[1] not in wrong} - broken)

    def _tell(self, modify: Modify, breaches: list[Breach], track: Track, after: Call | None) -> set[str]:
        """Write down what is broken; return the requirements."""
        broken: set[str] = set()
        for breach in breaches:
            if breach.aspect is Aspect.SHAPE and breach.field in track.invalid:
                continue  # it was told when it was taken
            if breach.aspect is Aspect.ACCEPTED:
                track.invalid |= {violation.field for violation in modify.judgement.violations}
            track.doubted |= {_root(breach)} & self._compared
            id_ = attributed(self._contract, breach, modify.judgement, observation(modify, None, None))
            id_ = id_ if id_ in self.evidence else breach.base
            broken |= {id_, breach.base, breach.special}
            before = track.before_by if after is not None else track.shown_by
            played: list[Played] = [("setup", before)] if before is not None and modify.is_known else []
            played += [("act", modify.call)] if after is None else [("act", modify.call), ("observe", after)]
            if self.role == "server":
                self.on_breach(id_, breach, played)
        return broken - {""}

    def _break(self, breach: Breach, played: list[Played]) -> None:
        self.on_breach(breach.base, breach, played)

    def _observe(self, modify: Modify, after: Exchange) -> None:
        if self.role == "sdk" or modify.unsaid or modify.judgement.permissions & {"state_not_recorded"}:
            return
        for id_, what in observed(self._contract, modify.judgement, observation(modify, after, None)):
            if id_ != unspecified.PACKED:
                self.evidence.observe(id_, what)


_MOST_LAST = 8_000


def _root(breach: Breach) -> str:
    return breach.field or breach.place.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]


def _without(state: Mapping[str, JSON], names: frozenset[str]) -> State:
    return {name: value for name, value in state.items() if name not in names}
