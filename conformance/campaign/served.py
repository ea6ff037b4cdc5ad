"""What the server behind an SDK did with requests, as it is recorded and told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from conformance.exchange import Exchange, Response
from conformance.targets.scripted import CutBodyError, EndedResponse, RawAnswerError, SlowResponse
from reports.model import Body, Served

if TYPE_CHECKING:
    from collections.abc import Iterable


def recorded(served: Iterable[Response | Exception]) -> tuple[Served, ...]:
    """Return for each request what came for it."""
    return tuple(map(_done, served))


def _done(answer: Response | Exception) -> Served:
    match answer:
        case SlowResponse():
            return Served("slow", answer.status, answer.headers, Body(answer.body, len(answer.body)))
        case EndedResponse():
            return Served("ended", answer.status, answer.headers, Body(answer.body, len(answer.body)))
        case Response():
            return Served("whole", answer.status, answer.headers, Body(answer.body, len(answer.body)))
        case CutBodyError():
            sent = answer.response.body[: answer.length]
            return Served("cut", answer.response.status, answer.response.headers, Body(sent, len(sent)))
        case httpx.TimeoutException():
            return Served("silent")
        case httpx.RemoteProtocolError():
            return Served("closed")
    return Served("reset")


def without_response(exchange: Exchange) -> str:
    """Say how much of an answer there was, where there was no whole one."""
    match exchange.served[-1] if exchange.served else None:
        case CutBodyError(response=answer, length=length):
            return f"no status, after {length:,} of {len(answer.body):,} bytes of an answer with {answer.status}"
        case RawAnswerError():
            return "no status: the response is not valid HTTP"
        case _:
            return "before any answer"
