"""Requests that are refused, of every kind, to one assistant between two others: all of them stay as they are.

They are sent in a row with one look behind them all: at each of the three, and at what a list shows. Where something is
not as it was, each request is sent by itself, between three others, to find the one that did it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.campaign.scratch import learn, read_back
from conformance.catalogue import roundtrip, validation
from conformance.exchange import Exchange, NoAnswer, NotRun, Request
from conformance.judging.brief import brief
from conformance.judging.compare import CREATED_AT, MISSING, differing, of_assistants
from conformance.judging.showing import difference, state_of
from conformance.scenario import requirement
from conformance.suites.evidence import Played, break_
from conformance.suites.serving import server_of
from conformance.suites.test_roundtrip_repeated import UNKNOWN_ID, entry_of, look_again
from strategies.jsonvalues import JSON, encode, same

if TYPE_CHECKING:
    from conformance.campaign.scratch import Scratch
    from conformance.campaign.session import Session
    from conformance.judging.observation import State

_JSON = (("content-type", "application/json"),)
_NAMED: dict[str, JSON] = {"name": "Refused"}
MUCH: dict[str, JSON] = {
    "name": "Refused",
    "description": "Refused",
    "instructions": "Refused",
    "metadata": {"refused": "yes"},
    "tools": [{"type": "function", "function": {"name": "refused"}}],
    "top_p": 0.1,
}
"""What most of them have beside what is wrong: each part of it could be stored, or kept for the next assistant."""
_GOOD_TOOLS: list[JSON] = [
    {"type": "file_search"},
    *({"type": "function", "function": {"name": f"refused_{number}"}} for number in range(8)),
]
_GOOD_PAIRS: dict[str, JSON] = {"stage": "refused", **{f"refused_{number}": "yes" for number in range(8)}}
"""What goes before what is wrong: who writes one after the other has written these by then."""
_BODIES: dict[str, bytes] = {
    "an unknown key": encode({**MUCH, "unknown": 1}),
    "a wrong type": encode({**MUCH, "name": 5}),
    "a number too large": encode({**MUCH, "temperature": 3}),
    "null where there is none": encode({**MUCH, "tools": None}),
    "a name too long": encode({**MUCH, "name": "Refused" * 40}),
    "an unknown type of tool": encode({**MUCH, "tools": [*_GOOD_TOOLS, {"type": "unknown"}]}),
    "a number in metadata": encode({**MUCH, "metadata": {**_GOOD_PAIRS, "refused": 1}}),
    "an unknown format": encode({**MUCH, "response_format": {"type": "unknown"}}),
    "a list": b'[{"name":"Refused"}]',
    "a body that was cut short": b'{"name":"Refused","description":"Ref',
    "a body that is not UTF-8": b'{"name":"Refused \xff"}',
    "a body that is not JSON": b"name=Refused",
}
"""Bodies that nobody takes."""


@dataclass(frozen=True, slots=True)
class _Three:
    """The assistant that is sent to, and its neighbours."""

    older: Scratch
    one: Scratch
    younger: Scratch

    @property
    def all(self) -> tuple[Scratch, ...]:
        return self.one, self.older, self.younger


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What is not as it was."""

    about: str
    expected: str
    actual: str
    place: str
    before: Exchange | None
    """What showed it as it was."""
    seen: Exchange


def _requests(assistant_id: str) -> dict[str, Request]:
    """Return requests of every kind that are rejected, or may be, by what is special about them."""
    path, body = f"/assistants/{quote(assistant_id, safe='')}", encode(_NAMED)
    wrong_key = (*_JSON, ("authorization", "Bearer sk-conformance-wrong-key"))
    return {
        **{label: Request("POST", path, _JSON, data) for label, data in _BODIES.items()},
        "an unknown id": Request("POST", f"/assistants/{UNKNOWN_ID}", _JSON, body),
        "a longer path": Request("POST", f"{path}/unknown", _JSON, body),
        "the method PUT": Request("PUT", path, _JSON, encode({**MUCH, "name": 5})),
        "the method FOO": Request("FOO", path, _JSON, body),
        "another content type": Request("POST", path, (("content-type", "text/plain"),), b"name=Refused"),
        "no key": Request("POST", path, (*_JSON, ("authorization", "")), encode({**MUCH, "name": 5})),
        "a wrong key": Request("POST", path, wrong_key, encode({**MUCH, "name": 5})),
    }


@requirement(validation.REFUSAL_CHANGES_NOTHING, role="server")
def test_leaves_nothing(session: Session) -> None:
    """Send all of it in a row, and by themselves if that left something behind."""
    if session.context.assistant_id is not None or session.context.invented:
        return
    three = _three(session)
    if three.older.gone is not None:
        return  # of no matter what is refused
    labels = list(_requests(three.one.assistant_id))
    wrong, acts, taken = _sent(session, three, labels)
    if wrong is None:
        if not taken and not any(one.unread for one in three.all):
            session.evidence.accept([validation.REFUSAL_CHANGES_NOTHING])
        session.drop(three.older, three.younger)
        session.keep(three.one)
        return
    session.drop(*three.all)
    three = _three(session)
    if _sent(session, three, [])[0] is not None:
        return  # it changes where nothing was refused, for being read or by itself
    session.drop(*three.all)
    if not _told_apart(session, labels) and not taken:
        _break(session, "rejected requests of every kind", three, acts, wrong)


def _told_apart(session: Session, labels: list[str]) -> bool:
    """Send each half by itself, and so on; return whether one request was found that leaves something behind.

    What was taken may have changed something: then the halves say more than the whole.
    """
    middle = -(-len(labels) // 2)
    for some in (labels[:middle], labels[middle:]):
        if not some:
            continue
        three = _three(session)
        wrong, acts, taken = _sent(session, three, some)
        again = len(some) > 1 and (wrong is not None or taken)
        if again and _told_apart(session, some):
            session.drop(*three.all)
            return True
        if wrong is not None and not taken:
            _break(session, f"{len(some)} rejected requests" if again else some[0], three, acts, wrong)
            return True
        session.drop(*three.all)
    return False


def _three(session: Session) -> _Three:
    """Make three assistants; the middle one is not what it was at first."""
    three = _Three(session.scratch("populated"), session.scratch("populated"), session.scratch("structured"))
    session.perform(three.one, encode({"name": "Modified", "metadata": {"modified": "yes"}, "top_p": 0.8}))
    # A server may hold on to the one that was modified last: it is another than the one that is sent to.
    session.perform(three.younger, encode({"name": "Modified last", "top_p": 0.7}), read=False)
    look_again(session, three.older)
    return three


def _sent(session: Session, three: _Three, labels: list[str]) -> tuple[_Wrong | None, list[Exchange], bool]:
    """Send requests; return what is not as it was, what was sent, and whether any of it was taken."""
    requests = _requests(three.one.assistant_id)
    earlier = session.context.watch(session.target.list())
    acts: list[Exchange] = []
    for label in labels:
        session.context.check()
        acts.append(session.context.watch(server_of(session).send(requests[label])))
    taken = any(one.accepted or isinstance(one.outcome, NoAnswer | NotRun) for one in acts)
    now = session.context.watch(session.target.list())
    for scratch, about in zip(three.all, ("", "an older assistant: ", "a younger assistant: "), strict=True):
        before = scratch.state
        last = scratch.last
        read = read_back(session.context, scratch.assistant_id, before)
        learn(session.context, scratch, read)
        wrong = difference(session.contract.edition, before, read) or _made_anew(before, read)
        if wrong is not None and not (taken and scratch is three.one):
            return _Wrong(about, wrong[1], wrong[2], wrong[0], last, read), acts, taken
        was, shown = entry_of(earlier, scratch), entry_of(now, scratch)
        names = of_assistants(session.contract.edition)
        moved = differing(names, was, shown) if was is not None and shown is not None else []
        if moved and was is not None and shown is not None and not taken:
            listed = f"the list shows {moved[0]} {brief(shown.get(moved[0], MISSING))}"
            return (
                _Wrong(about, f"still {brief(was.get(moved[0], MISSING))}", listed, moved[0], earlier, now),
                acts,
                taken,
            )
    return None, acts, taken


def _made_anew(before: State, read: Exchange) -> tuple[str, str, str] | None:
    """Say that an assistant was made at another time than before: it is another one, however alike."""
    was, now = before.get(CREATED_AT, MISSING), state_of(read, before).get(CREATED_AT, MISSING)
    if was is MISSING or now is MISSING or same(was, now):
        return None
    return CREATED_AT, f"still {brief(was)}", f"{CREATED_AT} is now {brief(now)}"


def _break(session: Session, label: str, three: _Three, acts: list[Exchange], wrong: _Wrong) -> None:
    setup: list[Played] = [
        ("setup", made) for one in (three.older, three.one, three.younger) for made in one.setup[:-1]
    ]
    setup += [("setup", sent) for sent in three.one.trail]
    setup += [("observe", wrong.before)] if wrong.before is not None else []
    played: list[Played] = [*setup, *(("act", made) for made in acts), ("observe", wrong.seen)]
    id_, actual = validation.REFUSAL_CHANGES_NOTHING, f"{wrong.about}{wrong.actual}"
    if session.evidence.is_broken(roundtrip.OTHERS) and wrong.about:
        return  # whatever is sent touches others
    break_(session, id_, label, wrong.expected, actual, played, wrong.place)
