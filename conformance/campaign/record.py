"""Exchanges turned into the steps of a report: what a reader needs to believe and to repeat them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from conformance.exchange import Exchange, NoAnswer, NotRun, Raised, Request, Response
from conformance.judging.refusal import met_with
from reports.evidence import KEY_VARIABLE, OTHER_KEY_VARIABLE, curl_script
from reports.model import Body, Finding, RecordedRequest, RecordedResponse, Served, Step

if TYPE_CHECKING:
    from conformance.judging.breach import Breach
    from conformance.target import Origin

KEPT_OF_ANSWER = 256 * 1024
"""Bytes of a response body that are kept; requests are kept whole, since they must be sent again."""

MOST_SERVED = 10
"""Of so many requests of one call it is kept what came for them."""
_DIGITS = 16

Role = Literal["setup", "act", "observe"]


def step(role: Role, exchange: Exchange, target: Origin) -> Step:
    """Record an exchange with the part it plays in the evidence."""
    request, response = exchange.request, exchange.response
    of_sdk = exchange.served or exchange.asked is not None or request is None
    return Step(
        role,
        exchange.operation,
        _request(request, target.base_url) if request else None,
        _response(response) if response else None,
        exchange.asked,
        told(exchange),
        exchange.assistant_id if of_sdk else None,
        _served(exchange),
        exchange.client,
    )


def _served(exchange: Exchange) -> tuple[Served, ...]:
    """Record what the server behind an SDK did, where the response does not tell all of it."""
    alone = len(exchange.requests) == 1 and len(exchange.responses) == 1
    if not exchange.served or (alone and len(exchange.served) == 1 and type(exchange.served[0]) is Response):
        return ()
    from conformance.campaign.served import recorded  # noqa: PLC0415 - it takes httpx, which judging a server need not

    return recorded(exchange.served[:MOST_SERVED])


def told(exchange: Exchange) -> str:
    """Say in a line what the caller got."""
    outcome = exchange.outcome
    match outcome:
        case Raised(kind=kind, status=status) if kind:
            return f"raised {kind} ({_status(exchange)})"
        case Raised(status=status):
            return met_with(status)
        case NoAnswer():
            return outcome.reason
        case NotRun():
            return f"not run: {outcome.reason}"
        case _:
            return f"answered with status {exchange.status}" if exchange.status else "returned"


def _status(exchange: Exchange) -> str:
    """Say which status an error of an SDK gives; without one, whether it came before an answer."""
    if exchange.status is not None:
        return f"status {exchange.status}"
    if not exchange.requests:
        return "before anything was sent"
    if exchange.response is None:
        from conformance.campaign.served import without_response  # noqa: PLC0415 - as above

        return without_response(exchange)
    return f"no status, after an answer with {exchange.response.status}"


def _request(request: Request, base_url: str) -> RecordedRequest:
    url = request.url or f"{base_url}{request.path}"
    return RecordedRequest(request.method, url, request.headers, Body(request.body, len(request.body)))


def _response(response: Response) -> RecordedResponse:
    kept = response.body[:KEPT_OF_ANSWER]
    size = len(response.body)
    if response.cut:  # longer than what was read: by how much only the sender knows, and not every sender tells
        told = response.header("content-length") or ""
        size = max(size + 1, int(told) if told.isascii() and told.isdigit() and len(told) < _DIGITS else 0)
    return RecordedResponse(response.status, response.headers, Body(kept, size), round(response.elapsed * 1000, 1))


def finding(
    breach: Breach,
    label: str,
    steps: tuple[Step, ...],
    target: Origin,
    key_variable: str = KEY_VARIABLE,
    other_key_variable: str = OTHER_KEY_VARIABLE,
) -> Finding:
    """Make a finding from a breach and the steps that show it; the variables hold the keys of who repeats them."""
    about = f" at {breach.place}" if breach.place else ""
    return Finding(
        summary=f"{breach.aspect.value}{about}",
        expected=breach.expected,
        actual=breach.actual,
        case=label,
        place=breach.place,
        steps=steps,
        curl=curl_script(steps, key_variable, other_key_variable) if target.role == "server" else "",
    )
