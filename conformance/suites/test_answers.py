"""What an SDK is given to read: assistants of every form, assistants from the future, and failures of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.campaign.scripted import Operation, answered, attribute_answer, called, cannot_of, fitting_answer
from conformance.catalogue import sdk
from conformance.catalogue.occasions import required_nullable
from conformance.exchange import NoAnswer, NotRun, Response, Returned
from conformance.judging.answers import ANSWER_NULL, ERROR_MEMBER, LARGE_INTEGER, exercised, judge_answer, losses, told
from conformance.judging.differences import Kind
from conformance.judging.wire import RETRIABLE
from conformance.scenario import requirement
from conformance.suites.drawn import drawn
from conformance.suites.evidence import Played, break_
from conformance.suites.fromstore import from_store, not_modified
from conformance.suites.leftovers import after_another, leftovers
from strategies.answers import assistants, listed_assistants, listed_errors, listed_future_assistants
from strategies.constraints import branches
from strategies.permissions import known_part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.campaign.session import Session
    from conformance.exchange import Exchange
    from conformance.judging.breach import Breach
    from conformance.judging.differences import Difference
    from strategies.editions import Edition
    from strategies.errors import ApiError
    from strategies.jsonvalues import JSON

SLOW = 0.1
"""Seconds that a failing call takes from which on an SDK counts as one that waits and tries again."""
FEW = 3
"""How many odd bodies of a status such an SDK is given."""

_FORMS = frozenset({
    *(sdk.WHOLE, sdk.MINIMAL, sdk.NULLABLE, sdk.EMPTIES, sdk.UNION, sdk.TEXTS, sdk.NUMERICAL, sdk.LARGE, sdk.RETRIEVED),
    *(sdk.NOTHING_INVENTED, sdk.NULL_KEPT),
})  # fmt: skip
_FUTURE = frozenset({sdk.FUTURE_FIELD, sdk.FUTURE_TOOL, sdk.FUTURE_VALUE, sdk.FUTURE_KEPT})
_REFUSALS = frozenset({
    *(sdk.ERRORS, sdk.ERROR_STATUS, sdk.ERROR_MESSAGE, sdk.ERROR_MEMBERS, sdk.ERROR_TYPE, sdk.ERROR_TRUE),
    *(sdk.ERROR_ODD, sdk.ERROR_TEXT, sdk.ERROR_READABLE, sdk.KEY_HIDDEN, sdk.SETTLES),
})  # fmt: skip

_OF_VALUES = frozenset(
    {
        "unknown model",
        "unknown ranker",
        "unknown response format",
        "unknown response format as text",
        "unknown reasoning effort",
        "longer name",
        "more metadata",
        "more vector stores",
    }
)


# Assistants


@requirement(sdk.WHOLE, *_FORMS, role="sdk")
def test_listed(session: Session) -> None:
    """Answer with each listed assistant, to a modify and to a GET."""
    plain = fitting_answer(session)
    exchange, _ = answered(session, plain)
    for breach in judge_answer(exchange)[0]:
        if breach.base == sdk.OBJECT:
            label = "a plain assistant"
            break_(session, sdk.OBJECT, label, breach.expected, breach.actual, [("act", exchange)], breach.place)
    _read_all(session, {"a plain assistant": plain, **listed_assistants(edition=session.contract.edition)})
    _read_nulls(session)


def _read_nulls(session: Session) -> None:
    """Answer with null for every member that is required and may be null."""
    if ANSWER_NULL in cannot_of(session):
        return
    nullable = required_nullable(session.contract.edition)
    assistant: dict[str, JSON] = {**fitting_answer(session), **dict.fromkeys(nullable)}
    exchange, breaches = answered(session, assistant)
    if breaches or not isinstance(exchange.outcome, Returned) or not exchange.responses:
        return
    got = exchange.value if isinstance(exchange.value, dict) else {}
    lost = [name for name in nullable if name not in got]
    if lost:
        expected = f"the caller gets {', '.join(f'{name}: null' for name in lost)}"
        actual = f"the caller gets an assistant without {', '.join(lost)}"
        break_(session, sdk.NULL_KEPT, "null for what is required", expected, actual, [("act", exchange)], lost[0])
    else:
        session.evidence.accept([sdk.NULL_KEPT])


@requirement(sdk.WHOLE, *_FORMS, tier=1, role="sdk")
def test_drawn(session: Session) -> None:
    """Answer with drawn assistants."""
    found = drawn(assistants(edition=session.contract.edition), session.context.draws, session.context.seed)
    _read_all(session, {f"drawn assistant {number}": one for number, one in enumerate(found, 1)})


def _read_all(session: Session, found: Mapping[str, dict[str, JSON]]) -> None:
    for label, assistant in found.items():
        if _reads(session, label, assistant, "modify"):
            _reads(session, label, assistant, "retrieve")


def _reads(session: Session, label: str, assistant: dict[str, JSON], operation: Operation) -> bool:
    """Answer a call with an assistant, and lay what is wrong with the result."""
    exchange, breaches = answered(session, assistant, operation)
    if isinstance(exchange.outcome, NotRun):
        for id_ in exercised(assistant) if operation == "modify" else {sdk.RETRIEVED}:
            session.evidence.note_cannot(id_, exchange.outcome.reason)
        return False
    if not exchange.responses:
        return False  # nothing left, so nothing came: that is judged elsewhere
    for breach in breaches:
        invented = breach.base == sdk.NOTHING_INVENTED
        id_ = sdk.RETRIEVED
        if operation == "modify" or invented:
            id_ = attribute_answer(session, assistant, breach, operation)
        what = f"{label}, to a {'modify' if operation == 'modify' else 'GET'}"
        found: tuple[Breach, list[Played]] = (breach, [("act", exchange)])
        if id_ == sdk.LEFT_OVER:
            found = after_another(session, assistant, breach, operation) or found
        break_(session, id_, what, found[0].expected, found[0].actual, found[1], breach.place)
    if not breaches:
        shown = exercised(assistant) | {sdk.NOTHING_INVENTED} if operation == "modify" else {sdk.RETRIEVED}
        if sdk.LARGE in shown and LARGE_INTEGER in cannot_of(session):
            session.evidence.note_cannot(sdk.LARGE, f"the adapter declares {LARGE_INTEGER}")
            shown -= {sdk.LARGE}
        session.evidence.accept(shown)
    return not breaches


@requirement(sdk.FUTURE_FIELD, *_FUTURE, role="sdk")
def test_future(session: Session) -> None:
    """Answer with assistants that hold what no edition knows."""
    edition = session.contract.edition
    plain = listed_assistants(edition=edition)["full"]
    known, wrong = answered(session, plain)
    if wrong or not isinstance(known.outcome, Returned):
        return  # what is known does not reach the caller already
    for label, assistant in listed_future_assistants(edition=edition).items():
        id_ = _of_future(label)
        exchange, _ = answered(session, assistant)
        if isinstance(exchange.outcome, NotRun) or not exchange.responses:
            continue
        changed = {field for field, value in assistant.items() if field not in plain or value != plain[field]}
        if not isinstance(exchange.outcome, Returned):
            _break(session, id_, label, "the assistant", exchange)
            continue
        lost = losses(assistant, exchange.value)
        rest = [one for one in lost if not one.place or one.place[0] not in changed or _is_disguised(one, edition)]
        if rest or not _holds_known_tools(edition, assistant, exchange.value):
            expected = rest[0].expected if rest else "every tool that is known"
            _break(session, id_, label, expected, exchange)
            continue
        session.evidence.accept([id_])
        if lost:
            told_of = [("act", exchange)]
            break_(session, sdk.FUTURE_KEPT, label, lost[0].expected, lost[0].actual, told_of, lost[0].dotted)  # type: ignore[arg-type]
        else:
            session.evidence.accept([sdk.FUTURE_KEPT])


def _is_disguised(difference: Difference, edition: Edition) -> bool:
    """Return whether what nobody knows reaches the caller as something that the spec names."""
    defs = edition.request["$defs"]
    known = {"auto", *edition.models, *edition.efforts}
    for union in ("tool", "response_format"):
        known |= branches(defs[union], edition.request).keys()
    got = difference.got.get("type") if isinstance(difference.got, dict) else difference.got
    return difference.kind is Kind.CHANGED and isinstance(got, str) and got in known


def _of_future(label: str) -> str:
    if label in _OF_VALUES:
        return sdk.FUTURE_VALUE
    is_tool = label.startswith("unknown tool") and "resource" not in label
    return sdk.FUTURE_TOOL if is_tool else sdk.FUTURE_FIELD


def _holds_known_tools(edition: Edition, assistant: dict[str, JSON], got: JSON) -> bool:
    """Return whether the tools that the spec names are there, whatever became of the others."""
    if "tools" not in edition.fields:
        return True
    kinds = branches(edition.request["$defs"]["tool"], edition.request)
    known = known_part(edition, {"tools": assistant["tools"]})["tools"]
    shown = got.get("tools") if isinstance(got, dict) else None
    others = shown if isinstance(shown, list) else []
    return all(any(not losses(tool, other) for other in others) for tool in known if tool["type"] in kinds)


def _break(session: Session, id_: str, label: str, expected: str, exchange: Exchange) -> None:
    break_(session, id_, label, expected, told(exchange), [("act", exchange)])


# Failures


@requirement(sdk.ERRORS, *_REFUSALS, sdk.CONNECTIONS, role="sdk")
def test_refusals(session: Session) -> None:
    """Refuse with every status in its envelope, then with bodies that gateways put in its place.

    Dozens of them are of servers that fail: an SDK that keeps the connections of those is found by that.
    """
    usual = [error for error in listed_errors() if f"{error.status} envelope:" in error.label]
    for id_, members in {sdk.ERROR_TYPE: ("type",), sdk.ERROR_MEMBERS: ("param", "code")}.items():
        words = [f"{ERROR_MEMBER}{member}" for member in members]
        if cannot_of(session).issuperset(words):
            session.evidence.note_cannot(id_, f"the adapter declares {', '.join(words)}")
    broken: set[int] = set()
    slow: set[int] = set()
    stuck: set[int] = set()
    for error in usual:
        if error.status in stuck:
            continue  # each further call that does not come back costs its whole limit, and a few end the run
        exchange = _refused(session, error)
        stuck |= {error.status} if isinstance(exchange.outcome, NoAnswer) else set()
        if not exchange.responses:
            continue
        breaches, evidence = judge_answer(exchange, cannot_of(session))
        for breach in breaches:
            break_(session, breach.base, error.label, breach.expected, breach.actual, [("act", exchange)])
        session.evidence.accept(evidence - {breach.base for breach in breaches})
        broken |= {error.status for breach in breaches if breach.base in {sdk.ERRORS, sdk.ERROR_STATUS}}
        slow |= {error.status} if exchange.elapsed > SLOW else set()
    broken |= stuck
    given: dict[int, int] = {}
    for error in listed_errors():
        if error in usual or error.status in broken:
            continue
        given[error.status] = given.get(error.status, 0) + 1
        if error.status not in slow or given[error.status] <= FEW:
            _odd(session, error)
    _refused_gets(session, usual, broken)


def _refused(session: Session, error: ApiError, operation: Operation = "modify") -> Exchange:
    headers = {"Content-Type": error.content_type or None, "Retry-After": error.retry_after}
    there = tuple((name, value) for name, value in headers.items() if value is not None)
    response = Response(error.status, there, error.body)
    return called(session, lambda request: response, operation)


def _odd(session: Session, error: ApiError) -> None:
    exchange = _refused(session, error)
    if exchange.response is None or exchange.response.body != error.body:
        return
    breaches, evidence = judge_answer(exchange, cannot_of(session))
    badly = [breach for breach in breaches if breach.base in {sdk.ERRORS, sdk.ERROR_STATUS}]
    for breach in badly[:1]:
        break_(session, sdk.ERROR_ODD, error.label, breach.expected, breach.actual, [("act", exchange)])
    for breach in breaches:
        if breach not in badly:
            break_(session, breach.base, error.label, breach.expected, breach.actual, [("act", exchange)])
    session.evidence.accept(evidence - {breach.base for breach in breaches} - {sdk.ERRORS, sdk.ERROR_STATUS})
    if not badly:
        session.evidence.accept([sdk.ERROR_ODD])


def _refused_gets(session: Session, usual: list[ApiError], broken: set[int]) -> None:
    for error in usual:
        if error.status in broken or error.status in RETRIABLE:
            continue
        exchange = _refused(session, error, "retrieve")
        badly = [
            one for one in judge_answer(exchange, cannot_of(session))[0] if one.base in {sdk.ERRORS, sdk.ERROR_STATUS}
        ]
        for breach in badly[:1]:
            break_(session, sdk.RETRIEVED, error.label, breach.expected, breach.actual, [("act", exchange)])


@requirement(sdk.LEFT_OVER, role="sdk")
def test_leftovers(session: Session) -> None:
    """Answer again and again about one assistant: nothing of an earlier answer is in a later one."""
    leftovers(session)


@requirement(sdk.LEFT_OVER, sdk.SENT, sdk.RETRIEVED, role="sdk")
def test_from_store(session: Session) -> None:
    """Read, change and read again: the caller gets what the server would say now, not what the SDK remembers."""
    from_store(session)


@requirement(sdk.NOT_MODIFIED, role="sdk")
def test_not_modified(session: Session) -> None:
    """Read twice; where the second GET asks whether anything has changed, say that nothing has."""
    not_modified(session)
