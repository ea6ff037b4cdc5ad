"""What one modify and its GET cannot show: repetition, neighbours, unknown ids, the list."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from conformance.campaign.record import told
from conformance.campaign.scratch import learn, read_back
from conformance.campaign.standing import standing_of
from conformance.catalogue import response as shape
from conformance.catalogue import roundtrip, sequences, transport, unspecified, validation
from conformance.exchange import NoAnswer
from conformance.judging.brief import brief
from conformance.judging.compare import CREATED_AT, MISSING, differing, of_assistants, same_field
from conformance.judging.compare import shows as told_at
from conformance.judging.refusal import judge_envelope
from conformance.judging.showing import difference, is_for_the_moment, shows, state_of
from conformance.scenario import requirement
from conformance.states import FILE_SEARCH, FUNCTION, JSON_SCHEMA_FORMAT, states_fitted
from conformance.suites.evidence import Played, acted, break_, led_to
from strategies.jsonvalues import JSON, encode, same

if TYPE_CHECKING:
    from conformance.campaign.scratch import Scratch
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange
    from conformance.judging.observation import Performed
    from conformance.states import InitialState

_EMPTIED: dict[str, JSON] = {
    **dict.fromkeys(("name", "description", "instructions", "temperature", "top_p", "metadata", "tool_resources")),
    "tools": [],
    "response_format": "auto",
}
"""What leaves an assistant with as little as there may be; in a list it is to stand all the same."""
_LONG = "Answer in one sentence, and then in another. " * 8
LAG = 2.0
"""Seconds for which a list may lag behind the modifies."""
UNKNOWN_ID = "asst_conformanceDoesNotExist"


def _differences(session: Session, left: dict[str, JSON], right: dict[str, JSON]) -> list[str]:
    return differing(of_assistants(session.contract.edition), left, right)


@requirement(shape.UNKNOWN_ID, transport.UNKNOWN_ID)
def test_unknown_id(session: Session) -> None:
    """Modify an assistant that does not exist: rejected with a 4xx, and still none there afterwards."""
    everything = states_fitted(session.contract, session.context.model)["without_resources"]
    bodies: list[dict[str, JSON]] = [{"name": "Nobody"}, {}, {"model": session.context.model}, everything]
    other = session.scratch("minimal")  # so that there is one which might answer in its place
    for body in map(session.fitted, bodies):
        session.context.unknown_ids += 1
        unknown = f"{UNKNOWN_ID}{session.context.unknown_ids}"  # one that is made is not to be modified again
        exchange = session.context.watch(session.target.modify(unknown, encode(body)))
        after = session.context.watch(session.target.retrieve(unknown))
        made: list[Played] = [("setup", one) for one in other.setup[:1] if one.operation == "create"]
        steps: list[Played] = [*made, ("act", exchange), ("observe", after)]
        status = exchange.status
        if isinstance(exchange.outcome, NoAnswer) and isinstance(after.outcome, NoAnswer):
            return  # it answers nothing any more
        if exchange.accepted or status is None or not 400 <= status < 500:
            expected = "rejected with a 4xx"
            break_(session, shape.UNKNOWN_ID, "an unknown id", expected, told(exchange), steps, by_itself=True)
        elif shows(after, unknown):
            expected, actual = "no such assistant afterwards", "a GET finds one"
            break_(session, shape.UNKNOWN_ID, "an unknown id", expected, actual, steps, by_itself=True)
        else:
            session.evidence.refuse(shape.UNKNOWN_ID)
            for wrong in judge_envelope(session.contract, exchange) if session.target.role == "server" else ():
                break_(session, wrong.base, "an unknown id", wrong.expected, wrong.actual, steps, by_itself=True)
            if status == 404:
                session.evidence.refuse(transport.UNKNOWN_ID)
            elif session.is_accepted(encode(body)):  # else it is refused whatever the id
                break_(session, transport.UNKNOWN_ID, "an unknown id", "status 404", f"status {status}", steps)


@requirement(roundtrip.REPEATED)
def test_repeated(session: Session) -> None:
    """Send the same modify twice: the second changes nothing and answers the same."""
    scratch = session.scratch("populated")
    bodies: list[dict[str, JSON]] = [
        {"name": "Twice", "tools": [FUNCTION, FILE_SEARCH], "temperature": 0.25},
        {"tools": [], "description": None},
        {"metadata": {"twice": "yes"}, "tool_resources": {"file_search": {"vector_store_ids": []}}},
    ]
    for body in map(session.fitted, bodies):
        wrong = _twice(session, scratch, body)
        if wrong is not None and len(scratch.trail) > 2:
            session.drop(scratch)
            scratch = session.scratch("populated")
            wrong = _twice(session, scratch, body) or wrong  # without what was sent before, where it shows so as well
        if wrong is not None:
            expected, actual, place, played = wrong
            break_(session, roundtrip.REPEATED, "the same twice", expected, actual, played, place)


def _twice(session: Session, scratch: Scratch, body: dict[str, JSON]) -> tuple[str, str, str, list[Played]] | None:
    """Send a body twice; return what was expected, what came and at which place, with the evidence, if it differs."""
    before = led_to(scratch)
    once = session.perform(scratch, encode(body))
    first = dict(scratch.state)
    wrong = [one for one in once.verdict.wrong if one.base not in once.verdict.misshapen]
    if not once.verdict.accepted or wrong:
        if wrong:
            session.evidence.note_hidden(roundtrip.REPEATED, wrong[0].base)
        return None  # what goes wrong once is no matter of repeating
    unread = scratch.unread
    twice = session.perform(scratch, encode(body))
    played = [*before, *acted("setup", once), *acted("act", twice)]
    if not twice.verdict.accepted:
        refused = f"rejected with status {twice.observation.exchange.status}"
        return ("accepted again", refused, "", played) if twice.verdict.refused else None
    if unread or scratch.unread:
        return None
    changed = _differences(session, first, scratch.state)
    if not changed:
        session.evidence.accept([roundtrip.REPEATED])
        return None
    actual = f"{changed[0]} is now {brief(scratch.state.get(changed[0], MISSING))}"
    return "nothing changes", actual, changed[0], played


@requirement(roundtrip.SAME_ANSWER)
def test_same_answer(session: Session) -> None:
    """Send the same tools or format to assistants in different states: they come back the same."""
    searched, called = {"tools": [FILE_SEARCH]}, {"tools": [FUNCTION]}
    named: list[JSON] = [{"type": "function", "function": {"name": "look_up"}}]
    formats = {"response_format": "auto", **called}, {"response_format": JSON_SCHEMA_FORMAT, **called}
    _send_over(
        session,
        ("tools", [{"type": "file_search"}], (searched, called)),
        ("tools", named, (searched, called)),
        ("tools", _file_search(max_num_results=9), (searched, called)),
        ("response_format", {"type": "json_schema", "json_schema": {"name": "reply"}}, formats),
        ("response_format", {"type": "text"}, formats),
    )


@requirement(roundtrip.SAME_ANSWER, tier=1)
def test_same_answer_still(session: Session) -> None:
    """Send what leaves more of a value out than :func:`test_same_answer` does."""
    searched, called = {"tools": [FILE_SEARCH]}, {"tools": [FUNCTION]}
    ranking: dict[str, JSON] = {"score_threshold": 0.5}
    ranked = _file_search(ranking_options={"ranker": "default_2024_08_21", **ranking})
    formats = {"response_format": "auto", **called}, {"response_format": JSON_SCHEMA_FORMAT, **called}
    _send_over(
        session,
        ("tools", _file_search(), (searched, called)),
        ("tools", _file_search(ranking_options=ranking), (called, {"tools": ranked})),
        ("response_format", {"type": "json_object"}, formats),
    )


def _file_search(**settings: JSON) -> list[JSON]:
    return [{"type": "file_search", "file_search": settings}]


def _send_over(session: Session, *values: tuple[str, JSON, tuple[dict[str, JSON], dict[str, JSON]]]) -> None:
    """Send each value to two assistants over what each holds: to the same two, and to new ones where it differs."""
    both = session.scratch("minimal"), session.scratch("minimal")
    for field, value, leftovers in values:
        shown = _shown(session, both, field, value, leftovers)
        told = len(shown) == len(both)  # what is rejected or cannot be read says nothing of leftovers
        if told and same_field(field, shown[0][0], shown[1][0]):
            session.evidence.accept([roundtrip.SAME_ANSWER])
            continue
        for scratch in both:
            session.drop(scratch)
        both = session.scratch("minimal"), session.scratch("minimal")
        if told:
            _compare(session, field, _shown(session, both, field, value, leftovers))
    for scratch in both:
        session.drop(scratch)


def _shown(
    session: Session,
    both: tuple[Scratch, Scratch],
    field: str,
    value: JSON,
    leftovers: tuple[dict[str, JSON], dict[str, JSON]],
) -> list[tuple[JSON, list[Played]]]:
    shown: list[tuple[JSON, list[Played]]] = []
    for scratch, leftover in zip(both, leftovers, strict=True):
        before = led_to(scratch)
        earlier = session.perform(scratch, encode(session.fitted(leftover)), read=False)
        performed = session.perform(scratch, encode(session.fitted({field: value})))
        if earlier.verdict.accepted and performed.verdict.accepted and not scratch.unread:
            exchanges = [*before, *acted("setup", earlier), *acted("act", performed)]
            shown.append((scratch.state.get(field), exchanges))
    return shown


def _compare(session: Session, field: str, shown: list[tuple[JSON, list[Played]]]) -> None:
    for value, exchanges in shown[1:]:
        first = shown[0][0]
        if same_field(field, first, value):
            session.evidence.accept([roundtrip.SAME_ANSWER])
        else:
            expected, actual = f"{field} as on another assistant: {brief(first)}", brief(value)
            beside: list[Played] = [("setup" if role == "act" else role, one) for role, one in shown[0][1]]
            played = [*beside, *exchanges]
            break_(session, roundtrip.SAME_ANSWER, f"{field} over leftovers", expected, actual, played, field)


@requirement(roundtrip.OTHERS)
def test_others_untouched(session: Session) -> None:
    """Modify one assistant in every field, and one with a rejected body: another stays as it was."""
    if session.context.assistant_id is not None:
        session.evidence.note_inapplicable(roundtrip.OTHERS, "with --assistant-id there is one assistant only")
        return
    _touch_one(session, "minimal")


@requirement(roundtrip.OTHERS, tier=1)
def test_equals_untouched(session: Session) -> None:
    """Modify one assistant of several that are equal."""
    if session.context.assistant_id is None:
        _touch_one(session, "populated")


def _touch_one(session: Session, initial_state: InitialState) -> None:
    rich = states_fitted(session.contract, session.context.model)["populated"]
    # One was made as the one that is modified: what both were given by default may be one thing for both.
    older, one = session.scratch("populated"), session.scratch(initial_state)
    # It is gone before the next is made: some targets have room for four.
    alike = session.scratch(initial_state)
    oldest = standing_of(session.context).kept[:1]
    for scratch in (older, *oldest):
        look_again(session, scratch)
    if older.gone is not None:
        return  # of no matter what is modified
    # Named as another one is, with the same model.
    named: dict[str, JSON] = {"name": older.state.get("name") or "Scratch assistant", "model": session.context.model}
    # Not the same each time: what many share would show no change where it was changed the first time already.
    told_apart = f"One, {session.target.requests_sent}"
    namesake: JSON = {"type": "function", "function": {**FUNCTION["function"], "description": told_apart}}
    bodies: list[dict[str, JSON]] = [
        {**named, "description": told_apart, "instructions": told_apart, "metadata": {"one": told_apart}},
        {field: rich[field] for field in ("tools", "tool_resources") if field in rich},
        # Called as what another has, and otherwise not like it: some servers keep one of a name for all.
        {"tools": [namesake], "temperature": 0.1, "top_p": 0.1, "response_format": {"type": "text"}},
        {"name": "", "description": "", "instructions": "", "tools": [], "metadata": {}, "temperature": 0},
        {"tool_resources": None, "metadata": None, "name": None},
    ]
    newest = alike
    for place, body in enumerate(bodies, 1):
        last = place == len(bodies)
        if place == 2:
            session.drop(alike)
            newest = session.scratch("populated")
            look_again(session, older)
            if older.gone is not None:
                return  # to make one like it was enough
        others = (older, newest, *oldest) if last else (older, newest) if place == 1 else (older,)
        beside = (one, newest) if newest in others else (one,)
        made = [*_made(older), *(exchange for scratch in beside for exchange in _made(scratch))]
        earlier: list[Played] = [("setup", sent) for sent in one.trail]
        performed = session.perform(one, encode(session.fitted(body)))
        if place == 1 and performed.verdict.refused:
            _judge_refused_name(session, one, performed, [*made, *earlier])
        for other in others:
            after = read_back(session.context, other.assistant_id, other.state)
            if other.unread or is_for_the_moment(after):
                return
            wrong = difference(session.contract.edition, other.state, after)
            exchanges: list[Played] = [*made, ("observe", other.last or other.setup[-1]), *earlier]
            exchanges += [*acted("act", performed)[:1], ("observe", after)]
            if wrong:
                actual = f"the other assistant: {wrong[2]}"
                expected = "the other assistant is unchanged"
                break_(session, roundtrip.OTHERS, "two assistants", expected, actual, exchanges, wrong[0])
                return
        if performed.verdict.accepted:
            session.evidence.accept([roundtrip.OTHERS])


def _judge_refused_name(session: Session, one: Scratch, performed: Performed, led: list[Played]) -> None:
    """Say that a name is refused for being that of another assistant, if the same body is taken with one of its own."""
    body = {**performed.judgement.body, "name": "Nobody else's"}
    if session.perform(one, encode(session.fitted(body))).verdict.accepted:
        refused = told(performed.observation.exchange)
        played = [*led, *acted("act", performed)]
        break_(session, sequences.ANY_ORDER, "the name of another assistant", "accepted", refused, played, "name")


def _made(scratch: Scratch) -> list[Played]:
    return [("setup", exchange) for exchange in scratch.setup[:-1]]


def look_again(session: Session, scratch: Scratch) -> None:
    """Read an assistant that others were made after; one that is gone is taken note of."""
    read = read_back(session.context, scratch.assistant_id, scratch.state)
    learn(session.context, scratch, read)
    if scratch.gone is not None:
        session.lose(scratch)


@requirement(shape.LIST_AGREES, sequences.ANY_ORDER, role="server")
def test_list_agrees(session: Session) -> None:
    """Modify assistants and look them up in the list: it shows what a GET shows, after a rejection as well."""
    scratch = session.scratch("populated")
    both = [scratch]
    if session.context.assistant_id is None:
        both.append(session.scratch("structured"))
    # A list that only a create or a DELETE brings up to date shows the next modify never.
    earliest = session.context.watch(session.target.list())
    scratch.trail.append(earliest)
    for other in both[1:]:
        session.perform(other, encode(session.fitted(dict(_EMPTIED))))
    listed_body: dict[str, JSON] = {"name": "Listed", "metadata": {"listed": "yes"}, "instructions": _LONG}
    modified = session.perform(scratch, encode(session.fitted(listed_body)))
    led = [led_to(one) for one in both]
    listed, mine = _listed_at_last(session, both)
    if mine is None or scratch.unread or not scratch.state:
        return
    after = session.context.watch(session.target.retrieve(scratch.assistant_id))
    lost = _differences(session, scratch.state, after.value) if isinstance(after.value, dict) else []
    if lost:
        actual = f"{lost[0]} is now {brief(after.value.get(lost[0], MISSING))}"
        seen: list[Played] = [*led[0], *acted("setup", modified)[1:], ("setup", listed), ("act", after)]
        break_(session, sequences.ANY_ORDER, "after a list", "listing changes nothing", actual, seen, lost[0])
        return
    for one, played in zip(both, led, strict=True):
        entry = entry_of(listed, one)
        if one.unread:
            continue
        if entry is None:
            if _has_left(session, one, earliest, listed):
                seen = [*played, ("observe", earliest), ("observe", one.last or one.setup[-1]), ("act", listed)]
                told_of = "an assistant that was listed before it was modified", "the list shows it no more"
                break_(session, shape.LIST_AGREES, "the list", *told_of, seen)
                return
            continue
        if not _differences(session, one.state, entry) and same(one.state.get(CREATED_AT), entry.get(CREATED_AT)):
            continue
        read = session.context.watch(session.target.retrieve(one.assistant_id))  # it may be another by now
        learn(session.context, one, read)
        changed = _differences(session, state_of(read), entry) if state_of(read) else []
        if not changed and not one.unread and CREATED_AT not in session.context.moving:
            changed = [CREATED_AT] if not same(one.state.get(CREATED_AT), entry.get(CREATED_AT)) else []
        if changed:
            _disagree(session, changed[0], entry, [*played, ("observe", read), ("act", listed)], read)
            return
    session.evidence.accept([shape.LIST_AGREES])
    refused = session.perform(scratch, encode({"name": "Refused", "description": "Refused", "temperature": 3}))
    earlier = listed
    listed, shown = _listed(session, scratch)
    moved = _differences(session, mine, shown) if refused.verdict.refused and shown is not None else []
    if moved and not refused.verdict.breaches:
        assert shown is not None
        actual = f"the list shows {moved[0]} {brief(shown.get(moved[0], MISSING))}"
        steps: list[Played] = [*led[0], ("observe", earlier), *acted("act", refused)[:1], ("observe", listed)]
        break_(session, validation.REFUSAL_CHANGES_NOTHING, "a rejection", "nothing changes", actual, steps, moved[0])


def _disagree(session: Session, place: str, entry: dict[str, JSON], seen: list[Played], read: Exchange) -> None:
    """Say that the list shows something else than a GET."""
    expected = told_at("a GET", state_of(read).get(place, MISSING))
    actual = told_at("the list", entry.get(place, MISSING))
    # Whether the time of a modify is another than that of making depends on when a second ends.
    by_time = place == CREATED_AT
    break_(session, shape.LIST_AGREES, "the list", expected, actual, seen, place, conclusive=by_time)


def _has_left(session: Session, one: Scratch, earliest: Exchange, listed: Exchange) -> bool:
    """Return whether an assistant that stood in a list is in none of its pages now, while a GET shows it.

    A list shows the newest first, twenty of them, and others may have been made beside it meanwhile: what has but moved
    on to another page has not left.
    """
    if entry_of(earliest, one) is None or not _entries(listed):
        return False
    more = listed.value.get("has_more") if isinstance(listed.value, dict) else None
    if more is not False:
        return False
    read = session.context.watch(session.target.retrieve(one.assistant_id))
    learn(session.context, one, read)
    return bool(one.state) and one.gone is None and not one.unread


def _listed_at_last(session: Session, made: list[Scratch]) -> tuple[Exchange, dict[str, JSON] | None]:
    """Look assistants up in the list until it shows them as they are; a list may lag behind, and that is told."""
    begun, lagged = time.monotonic(), False
    while True:
        listed, first = _listed(session, made[0])
        entries = [(one, entry_of(listed, one)) for one in made if one.state and not one.unread]
        late = any(entry is None or _differences(session, one.state, entry) for one, entry in entries)
        passed = time.monotonic() - begun
        lagged = lagged or late
        if not late or not _entries(listed) or passed > LAG:
            break
        time.sleep(LAG / 10)
    if not late and lagged:
        session.evidence.observe(unspecified.LIST_LAGS, f"up to {LAG:g} s")
    return listed, first


def _listed(session: Session, scratch: Scratch) -> tuple[Exchange, dict[str, JSON] | None]:
    """Look an assistant up in the list."""
    listed = session.context.watch(session.target.list())
    mine = entry_of(listed, scratch)
    if mine is None and _entries(listed):
        session.evidence.note_without_evidence(shape.LIST_AGREES, "the list does not show the newest assistants")
    return listed, mine


def entry_of(listed: Exchange, scratch: Scratch) -> dict[str, JSON] | None:
    """Return what a list shows of an assistant, if it is in it."""
    return next((item for item in _entries(listed) if item.get("id") == scratch.assistant_id), None)


def _entries(listed: Exchange) -> list[dict[str, JSON]]:
    data = listed.value.get("data") if isinstance(listed.value, dict) else None
    return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []
