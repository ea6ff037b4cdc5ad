"""Whether an assistant is the same over every connection, and whether a GET shows the last modify: looked at first.

Workers that share nothing, a replica that lags and a cache that a modify does not clear contradict whatever is asked
later, and each contradiction would look like a broken rule of its own. So before anything else one assistant is made,
modified and read over many connections in turn, and what comes and goes is counted. What is found here is told once,
and taken into account in all that follows.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from conformance.campaign.record import told
from conformance.catalogue import roundtrip, sequences
from conformance.judging.brief import brief
from conformance.judging.compare import MISSING, mismatches, shows
from conformance.judging.showing import state_of
from conformance.scenario import requirement
from conformance.states import states_fitted
from conformance.suites.evidence import Played, break_
from conformance.suites.marked import MARKED, Marked, delete_all, made_marked, marked_body, modify_over, read_over
from conformance.suites.staleness import LONGEST, PAUSE, staleness
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from conformance.targets.http import HttpTarget
    from strategies.jsonvalues import JSON

ROUNDS = 15
"""How often the assistant is modified over one connection and read over two others. Three requests a round meet every
worker where they take turns; of two that are chosen at random one is missed once in 10^14 runs, of eight once in 600.
"""
FEWER = 6
"""The same where requests are scarce: over eighteen connections."""
ENOUGH = 8
"""After so many answers that do not know the assistant, there is nothing left to doubt."""
SECOND = 2
"""The number of the first modify that goes over a connection of its own."""
REJECTED = frozenset({400, 422})
OVER_ONE = 3
"""What is asked over the first connection."""
SURE = 4
"""After so many answers in a row over fresh connections, workers that share nothing have most likely contradicted."""
READ_AGAIN = 64
"""Over how many connections one is read again that was unknown at first: a replica may have known it a moment later."""

_TURN = "In turn"
"""What is sent over two connections in turn."""
_IN_PROCESS = "this target is called in process: it has no connections of its own"
_INVENTED = "no assistant can be made on this target"


@requirement(sequences.CONNECTIONS, roundtrip.READS_STORED, roundtrip.READS_AT_ONCE, role="server", always=True)
def test_connections(session: Session) -> None:
    """Make, modify and read an assistant over many connections; write down what is found, and what follows from it.

    Where a GET is late, the campaign's target waits for it from then on. Where nothing that is asked later would have a
    meaning, the evidence hides it.
    """
    context = session.context
    reason = _INVENTED if context.invented else "" if hasattr(context.target, "connection") else _IN_PROCESS
    if reason:
        for id_ in (sequences.CONNECTIONS, roundtrip.READS_STORED, roundtrip.READS_AT_ONCE):
            session.evidence.note_inapplicable(id_, reason)
        return
    target = cast("HttpTarget", context.target)
    one = _over_one(session, target)
    if one is None:
        return
    one.rest = _rest(session)
    other = None if context.assistant_id is not None else made_marked(session, target, {})
    for number in range(SECOND, (FEWER if context.budget.is_tight else ROUNDS) + 2):
        if len(one.unknown) >= ENOUGH:
            break
        context.check()
        exchange = modify_over(session, target, one, number)
        if number == SECOND and exchange.status in REJECTED:
            one.rest = {}  # some of it is not for this target
        beside = (other,) if other is not None and number % 4 == 0 else ()
        read_over(session, target, *beside, one, one)
    _judge(session, target, one, other)
    if other is not None and not (one.unknown or one.stale or context.evidence.hidden):
        _judge_turns(session, target, other)
    delete_all(session, *filter(None, (one, other)))


def _over_one(session: Session, target: HttpTarget) -> Marked | None:
    """Make an assistant; read, modify and read it over one connection. Nothing is returned where none can be made."""
    context = session.context
    if context.assistant_id is not None:
        marked: Marked | None = Marked(
            context.assistant_id, context.watch(target.modify(context.assistant_id, encode(marked_body(session, 0))))
        )
    else:
        marked = made_marked(session, target, marked_body(session, 0))
    if marked is not None:
        with target.connection() as one:
            marked.read(context.watch(one.retrieve(marked.assistant_id)))
            marked.modified(1, context.watch(one.modify(marked.assistant_id, encode(marked_body(session, 1)))))
            marked.read(context.watch(one.retrieve(marked.assistant_id)))
    return marked


def _judge(session: Session, target: HttpTarget, one: Marked, other: Marked | None) -> None:
    evidence = session.evidence
    if _is_gone(session, target, one):
        first = one.trail.index(one.unknown[0])
        earlier: list[Played] = [("setup", made) for made in one.trail[:first] if made.operation == "modify"]
        steps: list[Played] = [("setup", one.made), *earlier, ("observe", one.known[-1]), ("act", one.unknown[0])]
        label, expected = "an assistant that nobody deleted", "the assistant"
        break_(session, sequences.STILL_THERE, label, expected, told(one.unknown[0]), steps, conclusive=True)
        return
    if _is_divided(one) and not _is_known_later(session, target, one):
        count = len(one.known) + len(one.unknown)
        actual = f"not found over {len(one.unknown)} of {count} connections: {told(one.unknown[0])}"
        steps = [("setup", one.made), ("act", one.unknown[0])]
        label, expected = "one assistant over many connections", "found over every connection"
        break_(session, sequences.CONNECTIONS, label, expected, actual, steps, conclusive=True)
        evidence.hide(f"hidden by {sequences.CONNECTIONS}: what is made over one connection is not known to another")
        return
    evidence.accept([sequences.CONNECTIONS])
    for asked in filter(None, (one, other)):
        if asked.astray and (other is None or other.assistant_id != one.assistant_id):
            shown = asked.astray[0].value.get("id")
            steps = [("setup", made.made) for made in (one, other) if made is not None]
            beside = other if asked is one else one
            looked = [found for found in (beside.known if beside else ()) if found.operation == "retrieve"]
            steps += [*(("observe", found) for found in looked[-1:]), ("act", asked.astray[0])]
            label, expected = "two assistants read in turn", f"the assistant {asked.assistant_id}"
            actual = f"a GET shows {shown!r}"
            break_(session, roundtrip.READS_STORED, label, expected, actual, steps, conclusive=True)
            evidence.hide(f"hidden by {roundtrip.READS_STORED}: a GET shows another assistant than it names")
            return
    _judge_alike(session, one)
    staleness(session, target, one)


def _rest(session: Session) -> dict[str, JSON]:
    """Return what is sent with every modify: as much as there is, since a worker may not know some of it."""
    rich = states_fitted(session.contract, session.context.model)["without_resources"]
    return session.fitted({name: value for name, value in rich.items() if name not in {*MARKED, "model"}})


def _judge_alike(session: Session, one: Marked) -> None:
    """Say what some workers make of the same modify, and others do not: they are of different versions."""
    modifies = [asked for asked in one.trail if asked.operation == "modify"][1:]  # the first goes over another way
    answers = [asked for asked in modifies if asked.accepted and state_of(asked)]
    rejected = [asked for asked in modifies if asked.status in REJECTED]
    label, of_all = "the same modify over many connections", f"of {len(modifies)} connections"
    steps: list[Played] = [("setup", one.made)]
    if one.rest and answers and rejected:
        actual = f"over {len(rejected)} {of_all}: {told(rejected[0])}"
        steps += [("setup", answers[0]), ("act", rejected[0])]
        break_(session, roundtrip.REPEATED, label, "accepted each time", actual, steps, conclusive=True)
    for name, sent in one.rest.items():
        found = [(asked, mismatches(name, sent, state_of(asked).get(name, MISSING))) for asked in answers]
        sound = [asked for asked, wrong in found if not wrong]
        lost = [(asked, wrong[0]) for asked, wrong in found if wrong]
        if sound and lost:
            asked, wrong = lost[0]
            expected = f"each answer shows {brief(wrong.sent)}"
            actual = f"{shows('it', wrong.got)} over {len(lost)} {of_all}"
            played: list[Played] = [*steps, ("setup", sound[0]), ("act", asked)]
            break_(session, roundtrip.REPEATED, label, expected, actual, played, wrong.dotted, conclusive=True)


def _judge_turns(session: Session, target: HttpTarget, other: Marked) -> None:
    """Modify a field each over two connections in turn: one that keeps a copy of its own writes back what is old."""
    played, lost = _in_turns(session, target, other, apart=True)
    if lost is None or _in_turns(session, target, other, apart=False)[1] is not None:
        return  # all is there, or it is of no matter over which connection
    label, expected = "modifies of a field each, over two connections in turn", f"a GET shows {_TURN!r} for {lost}"
    actual = shows("it", state_of(played[-1][1]).get(lost, MISSING))
    break_(session, sequences.ANY_ORDER, label, expected, actual, played, lost, conclusive=True)
    session.evidence.hide(f"hidden by {sequences.ANY_ORDER}: a modify undoes what was modified over another connection")


def _in_turns(session: Session, target: HttpTarget, other: Marked, *, apart: bool) -> tuple[list[Played], str | None]:
    """Modify three fields, over one connection or two in turn; return what was sent, and an earlier one that is lost.

    Where the last is not there either, nothing is said to be lost: it is no matter of turns.
    """
    fields = list(session.fitted(dict.fromkeys(MARKED, _TURN)))
    played: list[Played] = [("setup", other.made)]
    turn = _TURN if apart else f"{_TURN} over one"
    with target.connection() as first, target.connection() as second:
        for place, name in enumerate(fields):
            over = second if apart and place % 2 else first
            modified = session.context.watch(over.modify(other.assistant_id, encode({name: turn})))
            played.append(("setup", modified))
            if not modified.accepted:
                return played, None
    with target.connection() as third:
        read = session.context.watch(third.retrieve(other.assistant_id))
    played.append(("act", read))
    shown = [name for name in fields if state_of(read).get(name) == turn]
    if not fields or fields[-1] not in shown:
        return played, None
    return played, next((name for name in fields if name not in shown), None)


def _is_gone(session: Session, target: HttpTarget, marked: Marked) -> bool:
    """Return whether every connection knew the assistant for a while, and none does any more."""
    known = [place for place, asked in enumerate(marked.trail) if asked in marked.known]
    unknown = [place for place, asked in enumerate(marked.trail) if asked in marked.unknown]
    if len(known) < OVER_ONE + SURE or len(unknown) < SURE or known[-1] > unknown[0]:
        return False
    for _ in range(ENOUGH):
        read_over(session, target, marked)
    return len(marked.known) == len(known)


def _is_divided(marked: Marked) -> bool:
    """Return whether some connections know the assistant and others do not: in one operation, or none in any."""
    known, unknown = ({one.operation for one in some} for some in (marked.known, marked.unknown))
    return bool(known & unknown) or (bool(unknown) and not known)


def _is_known_later(session: Session, target: HttpTarget, marked: Marked) -> bool:
    """Return whether it took only a while until every connection knew the assistant; then its GETs were late."""
    time.sleep(LONGEST)
    early = list(marked.unknown)
    for _ in range(READ_AGAIN):
        read_over(session, target, marked)
        if len(marked.unknown) > len(early):
            return False
        time.sleep(PAUSE / 10)
    modify_over(session, target, marked, marked.latest + 1)
    if len(marked.unknown) > len(early):
        return False
    marked.stale += [(-1, exchange) for exchange in early if exchange.operation == "retrieve"]
    return True
