"""A recorded request and response as plain text for people, shortened: the same lines in every form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.bodies import json_body
from reports.shorten import LIMIT, shorten, shorten_body

if TYPE_CHECKING:
    from reports.model import RecordedRequest, RecordedResponse, Step

_MOST_HEADERS = 40
_HEADER_LIMIT = 300

ROLES = {"setup": "before", "act": "judged", "observe": "read back"}
"""What each role is called to a reader."""


def operation_text(step: Step) -> str:
    """Return what was done, in a word or two; what was no call of an operation was sent byte for byte."""
    return "request, byte for byte" if step.operation == "raw" else step.operation


def request_head(request: RecordedRequest) -> str:
    """Return method and URL in a line."""
    return f"{shorten(request.method, 60, lines=False)} {shorten(request.url, 400, lines=False)}"


def response_head(response: RecordedResponse) -> str:
    """Return status and time in a line."""
    return f"HTTP {response.status}   ({response.elapsed_ms:,.0f} ms)"


def header_lines(headers: tuple[tuple[str, str], ...]) -> list[str]:
    """Return a line a header, shortened, the last one telling what was left out."""
    lines = [
        f"{shorten(name, _HEADER_LIMIT, lines=False)}: {shorten(value, _HEADER_LIMIT, lines=False)}"
        for name, value in headers[:_MOST_HEADERS]
    ]
    more = len(headers) - _MOST_HEADERS
    return [*lines, f"… {more:,} more headers"] if more > 0 else lines


def asked_text(step: Step, limit: int = LIMIT) -> str:
    """Return what an SDK's caller gave, as JSON."""
    return shorten_body(json_body(step.asked), limit)


def step_text(step: Step, limit: int = LIMIT) -> str:
    """Return a whole step: what was asked, the request, the response or what came instead."""
    lines = [f"[{ROLES[step.role]}] {shorten(operation_text(step), 60, lines=False)}"]
    if step.asked is not None:
        lines += ["asked of the SDK:", asked_text(step, limit)]
    if step.request is not None:
        lines += [f"> {request_head(step.request)}"]
        lines += [f"> {line}" for line in header_lines(step.request.headers)]
        if step.request.body.size:
            lines.append(shorten_body(step.request.body, limit))
    if step.response is not None:
        lines += [f"< {response_head(step.response)}"]
        lines += [f"< {line}" for line in header_lines(step.response.headers)]
        if step.response.body.size:
            lines.append(shorten_body(step.response.body, limit))
    if step.outcome:
        lines.append(f"= {shorten(step.outcome, 400, lines=False)}")
    return "\n".join(lines)
