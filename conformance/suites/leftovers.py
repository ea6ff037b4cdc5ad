"""Answers one after the other, about one assistant: nothing of an earlier one is in what the caller gets of a later.

What an answer lacks an SDK may leave out, give as null or fill with a default of its own. A default is always the same;
so what was there before differs from one time to the other, and only what follows it both times was left over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from conformance.campaign.scripted import PLAIN, Operation, as_response, called, fitting_answer
from conformance.catalogue import sdk
from conformance.exchange import Raised, Response, Returned
from conformance.judging.answers import judge_answer, losses
from conformance.judging.brief import brief
from conformance.judging.compare import value_at
from conformance.judging.differences import Kind, differences
from conformance.suites.evidence import Played, break_
from strategies.jsonvalues import encode, same

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange, Request
    from conformance.judging.breach import Breach
    from conformance.judging.differences import Difference
    from conformance.targets.sdk import SdkTarget
    from strategies.jsonvalues import JSON

_SHORT: dict[str, JSON] = {
    **{field: PLAIN[field] for field in ("id", "object", "created_at", "name", "description", "model", "instructions")},
    "tools": [{"type": "code_interpreter"}, {"type": "file_search"}, {"type": "function", "function": {"name": "f"}}],
    "metadata": {},
}

_EARLIER = {
    "message": "These words are of the earlier refusal.",
    "type": "earlier_type",
    "param": "earlier_param",
    "code": "earlier_code",
}
_LATER = (
    ("a page of HTML", "text/html; charset=utf-8", b"<html><body><h1>Error</h1></body></html>"),
    ("JSON and no envelope", "application/json", b'{"detail":"Another one."}'),
    ("an envelope with nothing but a message", "application/json", b'{"error":{"message":"Another one."}}'),
)


def _long(number: int) -> dict[str, JSON]:
    """Return an assistant with every key that the short one lacks, each with a value of this number."""
    share = number / 8
    options: dict[str, JSON] = {"max_num_results": number, "ranking_options": {"score_threshold": share}}
    function: dict[str, JSON] = {"name": "f", "description": f"d{number}", "parameters": {"type": f"t{number}"}}
    return {
        **_SHORT,
        "tools": [
            {"type": "code_interpreter"},
            {"type": "file_search", "file_search": options},
            {"type": "function", "function": function},
        ],
        "tool_resources": {"code_interpreter": {"file_ids": [f"file-{number}"]}},
        "metadata": {"key": f"value {number}"},
        "temperature": share,
        "top_p": share,
        "response_format": {"type": "json_schema", "json_schema": {"name": f"n{number}"}},
    }


def leftovers(session: Session) -> None:
    """Answer with all that there may be, then with the least, to a modify and to a GET; then reject so."""
    _judge(session, "modify")
    _judge(session, "retrieve")
    _judge_refusals(session)


def after_another(
    session: Session, came: dict[str, JSON], breach: Breach, operation: Operation
) -> tuple[Breach, list[Played]] | None:
    """Show by a new client, called twice, that a value of an earlier answer reaches the caller, if it does."""
    with cast("SdkTarget", session.target).anew():
        before = _answered(session, fitting_answer(session), "modify")
        exchange = _answered(session, came, operation)
    for one in judge_answer(exchange)[0]:
        if one.base == sdk.NOTHING_INVENTED and one.place == breach.place:
            return one, [("setup", before), ("act", exchange)]
    return None


def _judge(session: Session, operation: Operation) -> None:
    kept: list[dict[str, Difference]] = []
    short = fitting_answer(session, _SHORT)
    for number in (3, 5):
        long = fitting_answer(session, _long(number))
        before = _answered(session, long, "modify")
        exchange = _answered(session, short, operation)
        if not isinstance(exchange.outcome, Returned) or losses(short, exchange.value):
            return  # whether it reads the short one at all is judged elsewhere
        kept.append({
            one.dotted: one
            for one in differences(short, exchange.value)
            if one.kind is Kind.INVENTED and same(one.got, value_at(long, one.place))
        })  # fmt: skip
    first, last = kept
    for dotted, one in last.items():
        if dotted in first:
            label = "all that there may be, then the least"
            played: list[Played] = [("setup", before), ("act", exchange)]
            break_(session, sdk.LEFT_OVER, label, one.expected, one.actual, played, dotted)
            return
    session.evidence.accept([sdk.LEFT_OVER])


def _judge_refusals(session: Session) -> None:
    """Refuse with all that an envelope holds, then with what holds nothing of it."""
    for what, content_type, body in _LATER:
        envelope: JSON = {"error": dict(_EARLIER)}
        before = _refused(session, "application/json", encode(envelope))
        exchange = _refused(session, content_type, body)
        outcome = exchange.outcome
        if not isinstance(before.outcome, Raised) or not isinstance(outcome, Raised):
            continue  # whether a refusal is raised at all is judged elsewhere
        told = f"{outcome.message} {outcome.error}"
        left = [word for word in _EARLIER.values() if word in told]
        if left:
            expected, actual = "nothing of the rejection before it", f"the error says {', '.join(map(brief, left))}"
            played: list[Played] = [("setup", before), ("act", exchange)]
            break_(session, sdk.LEFT_OVER, f"a rejection, then one that is {what}", expected, actual, played)
            return
        session.evidence.accept([sdk.LEFT_OVER])


def _refused(session: Session, content_type: str, body: bytes) -> Exchange:
    response = Response(400, (("Content-Type", content_type),), body)

    def respond(request: Request) -> Response:
        return response

    return called(session, respond)


def _answered(session: Session, assistant: dict[str, JSON], operation: Operation) -> Exchange:
    response = as_response(assistant)

    def respond(request: Request) -> Response:
        return response

    return called(session, respond, operation)
