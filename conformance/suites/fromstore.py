"""What an SDK might answer by itself from what it was told before: the caller asks the server each time.

The assistant changes between two calls: by the SDK's own modify, or by somebody else. What the caller gets is what the
server would say now, and a modify leaves whether or not the SDK holds that it changes nothing. Each time it is an
assistant of an id that was never called with before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.campaign.scripted import Operation, as_response, called, fitting_answer, is_read
from conformance.catalogue import sdk
from conformance.exchange import NotRun, Response, Returned
from conformance.judging.answers import losses, told
from conformance.judging.differences import differences
from conformance.suites.evidence import Played, break_
from strategies.jsonvalues import same

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange, Request
    from strategies.jsonvalues import JSON

_JSON = ("Content-Type", "application/json")
_SET: dict[str, JSON] = {"name": "Set by the caller", "metadata": {"set": "by the caller"}}
_OTHER: dict[str, JSON] = {"name": "Set by another", "instructions": "Set by another"}
_TAG = '"as-it-is"'
_DATE = "Fri, 27 Nov 2026 12:00:00 GMT"
_ERROR = b'{"error": {"message": "It was refused.", "type": "invalid_request_error", "param": null, "code": null}}'


def from_store(session: Session) -> None:
    """Read, change and read again; modify twice alike: each call is made of the server."""
    if not is_read(session, sdk.LEFT_OVER):
        return
    _read_again(session, "read, modified, read", ("retrieve", {}), ("modify", _SET))
    _read_again(session, "modified, modified by another, read", ("modify", _OTHER), ("modify", _SET))
    _read_again(session, "read, rejected, read", ("retrieve", _OTHER), ("modify", 400), shown=_OTHER)
    _read_again(session, "unknown, then made, read", ("retrieve", 404), shown=_SET)
    _failed(session)
    _kept(session, "retrieve")
    _kept(session, "modify")
    _modified_again(session, "modified twice alike", _SET)
    _modified_again(session, "rejected, then modified alike", 400)


def _read_again(
    session: Session, label: str, *before: tuple[Operation, dict[str, JSON] | int], shown: dict[str, JSON] | None = None
) -> None:
    """Have an assistant read after other calls; what the server then shows is what was set, or ``shown``."""
    id_ = _fresh(session)
    made = [_call(session, id_, operation, what) for operation, what in before]
    now = _SET if shown is None else shown
    read = _call(session, id_, "retrieve", now)
    if any(not one.requests for one in made) or isinstance(read.outcome, NotRun):
        return
    if read.requests:
        session.evidence.accept([sdk.LEFT_OVER])  # what is made of an answer that comes is judged elsewhere
        return
    lost = losses(_shown(session, id_, now), read.value) if isinstance(read.outcome, Returned) else []
    if lost or not isinstance(read.outcome, Returned):
        expected = lost[0].expected if lost else "the assistant"
        actual = (
            f"no request is sent, and the caller gets {lost[0].actual}" if lost else f"no request is sent; {told(read)}"
        )
        break_(session, sdk.LEFT_OVER, label, expected, actual, _played(made, read), lost[0].dotted if lost else "")


def _failed(session: Session) -> None:
    """Have an assistant read, and read again while the server fails: what it said before is no answer to that."""
    id_ = _fresh(session)
    first = _call(session, id_, "retrieve", {})
    read = _call(session, id_, "retrieve", 500)
    if not first.requests or not read.requests or isinstance(read.outcome, NotRun):
        return
    if isinstance(read.outcome, Returned) and first.accepted and same(read.value, first.value):
        label, expected = "read, read with status 500", "an error of the SDK, for status 500"
        actual = f"the assistant of the response before; {told(read)}"
        break_(session, sdk.LEFT_OVER, label, expected, actual, _played([first], read))
    else:
        session.evidence.accept([sdk.LEFT_OVER])


def not_modified(session: Session) -> None:
    """Read twice, and answer the second time that what was read is still so, where the SDK asks for that."""
    if not is_read(session, sdk.NOT_MODIFIED):
        return
    id_ = _fresh(session)
    answer = as_response(_shown(session, id_, {}))
    answer = replace(answer, headers=(*answer.headers, ("ETag", _TAG), ("Last-Modified", _DATE)))

    def respond(request: Request) -> Response:
        if request.header("if-none-match") == _TAG or request.header("if-modified-since") == _DATE:
            return Response(304, (("ETag", _TAG), ("Last-Modified", _DATE)), b"")
        return answer

    first = called(session, respond, "retrieve", assistant_id=id_)
    again = called(session, respond, "retrieve", assistant_id=id_)
    if not first.accepted or not any(one.status == 304 for one in again.responses):
        return
    wrong = list(differences(first.value, again.value)) if isinstance(again.outcome, Returned) else []
    if wrong or not isinstance(again.outcome, Returned):
        label, expected = "read, read again with status 304", "the assistant of the response before"
        actual = f"the caller gets {wrong[0].actual}" if wrong else told(again)
        break_(session, sdk.NOT_MODIFIED, label, expected, actual, _played([first], again))
    else:
        session.evidence.accept([sdk.NOT_MODIFIED])


def _kept(session: Session, operation: Operation) -> None:
    """Have an assistant read after a call whose answer is not to be stored."""
    id_ = _fresh(session)
    first = _call(session, id_, operation, {}, not_stored=True)
    read = _call(session, id_, "retrieve", _OTHER, not_stored=True)
    if first.requests and not read.requests and isinstance(read.outcome, Returned):
        label = f"{'read' if operation == 'retrieve' else 'modified'}, changed by another, read"
        expected = "a request, since the answer before says Cache-Control: no-store"
        actual = f"no request is sent; {told(read)}"
        break_(session, sdk.RETRIEVED, label, expected, actual, _played([first], read))


def _modified_again(session: Session, label: str, first: dict[str, JSON] | int) -> None:
    id_ = _fresh(session)
    before = _call(session, id_, "modify", first)
    again = _call(session, id_, "modify", _SET)
    if not before.requests or isinstance(again.outcome, NotRun):
        return
    if again.requests:
        session.evidence.accept([sdk.SENT])
    else:
        actual = f"nothing is sent; {told(again)}"
        break_(session, sdk.SENT, label, "a request each time", actual, _played([before], again))


def _played(made: list[Exchange], last: Exchange) -> list[Played]:
    return [*(("setup", one) for one in made), ("act", last)]


def _fresh(session: Session) -> str:
    """Return an id that was not called with before: whatever an SDK keeps, it keeps nothing of that."""
    return f"asst_asked{session.target.requests_sent}"


def _shown(session: Session, id_: str, now: dict[str, JSON]) -> dict[str, JSON]:
    return {**fitting_answer(session, **now), "id": id_}


def _call(
    session: Session, id_: str, operation: Operation, what: dict[str, JSON] | int, *, not_stored: bool = False
) -> Exchange:
    """Make a call that is answered with an assistant in which this is set, or with this status."""
    answer = Response(what, (_JSON,), _ERROR) if isinstance(what, int) else as_response(_shown(session, id_, what))
    if not_stored:
        answer = replace(answer, headers=(*answer.headers, ("Cache-Control", "no-store")))

    def respond(request: Request) -> Response:
        return answer

    body: JSON = None
    if operation == "modify":
        body = what if isinstance(what, dict) else _SET
    return called(session, respond, operation, assistant_id=id_, body=body)
