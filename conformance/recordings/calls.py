"""Which entries of a recording are calls of assistants, and of which assistant."""

from __future__ import annotations

import heapq
import re
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from conformance.exchange import Exchange, NoAnswer, Request, Response, outcome_of
from conformance.recordings.masks import has_scheme, is_masked_header
from conformance.recordings.unpacking import BombError, CodedError, unpack
from strategies.jsonvalues import FOLLOWED, NotJSONError, decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.exchange import Headers, Operation
    from conformance.recordings.recorded import Recorded
    from conformance.target import Role

_PATH = re.compile(r"(?P<base>.*)/assistants(?:/(?P<id>[^/]+))?", re.DOTALL)
_LOOSE = re.compile(r"(?P<base>.*?)/+assistants/+(?P<id>[^/]+)/*", re.DOTALL)
_BASES = re.compile(r".*(?:/v\d+|/openai|/projects/[^/]+)", re.DOTALL)
_IDS = re.compile(r"asst[_-].+", re.DOTALL)
_ABOUT_BODY = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_OPERATIONS: dict[tuple[str, bool], Operation] = {
    ("POST", True): "modify",
    ("GET", True): "retrieve",
    ("DELETE", True): "delete",
    ("POST", False): "create",
    ("GET", False): "list",
}
_OTHER_METHODS = frozenset({"PUT", "PATCH"})


_ROUNDED = 0.002
"""Seconds: most recorders have times in milliseconds, and round each by itself."""
_MOST_WAITING = 256
_MOST_HELD = 32 * 1024 * 1024
_BESIDES = 8192  # bytes of a call beside its bodies, roughly


@dataclass(frozen=True, slots=True)
class Call:
    """An entry that is a call of assistants."""

    recorded: Recorded
    operation: Operation
    base_url: str
    assistant_id: str = ""
    is_old: bool = False
    """Whether it was sent under the beta header of v1, an older contract that shares some fields with the editions."""
    overlaps: bool = False
    """Whether another call of the same assistant was under way meanwhile, and one of them changes it."""

    @property
    def service(self) -> str:
        """Who is asked; of an assistant v1 shows other fields, so that is held apart."""
        return f"{self.base_url} v1" if self.is_old else self.base_url

    @property
    def who(self) -> tuple[int, str, str]:
        """The assistant that it is for; an id may stand for another one elsewhere."""
        return self.recorded.group, self.service, self.assistant_id


def call_of(recorded: Recorded, role: Role) -> Call | None:
    """Return what an entry calls; ``None`` for other traffic."""
    try:
        url = urlsplit(recorded.url)
    except ValueError:
        return None
    match = _PATH.fullmatch(url.path)
    is_loose = match is None or match["base"].endswith("/")
    match = (_LOOSE.fullmatch(url.path) if is_loose else None) or match
    if match is None:
        return None
    id_ = unquote(match["id"] or "", errors="surrogatepass")
    operation = _OPERATIONS.get((recorded.method, bool(id_)))
    if id_ and (recorded.method in _OTHER_METHODS or (is_loose and recorded.method == "POST")):
        # For an SDK it is a modify gone wrong; a server may take it for one, or for nothing.
        operation = "modify" if role == "sdk" else "raw"
    if operation is None or not _is_of_assistants(recorded, match["base"], id_):
        return None
    base = urlunsplit((url.scheme, url.netloc, match["base"].rstrip("/"), "", ""))
    return Call(recorded, operation, base, id_, is_old=version_of(recorded) == "v1")


def _is_of_assistants(recorded: Recorded, base: str, id_: str) -> bool:
    """Return whether ``/assistants`` means those of the document: other programs have some of their own."""
    if _BASES.fullmatch(base.rstrip("/")) or _IDS.fullmatch(id_):
        return True
    if any(name.lower() == "openai-beta" and "assistants" in value for name, value in recorded.request_headers):
        return True
    came = recorded.response_body or b""
    return b'"assistant"' in came or b'"assistant.deleted"' in came


def version_of(recorded: Recorded) -> str:
    """Return the version of the operation that a beta header asks for, such as ``v2``; empty where none does."""
    for name, value in recorded.request_headers:
        found = re.search(r"assistants=(v\d+)", value) if name.lower() == "openai-beta" else None
        if found is not None:
            return found[1]
    return ""


def exchange_of(call: Call) -> Exchange:
    """Return a call as an exchange, its bodies out of chunks and codings.

    What is told of bodies by headers is left out: recorders keep these and not what they speak of. Raises
    :class:`~conformance.recordings.unpacking.BombError`.
    """
    recorded = call.recorded
    sent = sent_of(recorded)
    path = urlsplit(recorded.url).path.removeprefix(urlsplit(call.base_url).path)
    request = Request(recorded.method, path, _kept(recorded.request_headers), sent or b"", recorded.url)
    if not recorded.status:
        return Exchange(call.operation, NoAnswer("not recorded"), call.assistant_id or None, requests=(request,))
    came = came_of(recorded)
    response = Response(recorded.status, _kept(recorded.response_headers), came or b"")
    if _is_too_deep(came):
        raise BombError(f"a body is nested more than {FOLLOWED} levels deep")
    outcome = NoAnswer("the answer was not recorded") if came is None else outcome_of(response)
    return Exchange(call.operation, outcome, call.assistant_id or None, requests=(request,), responses=(response,))


def _is_too_deep(data: bytes | None) -> bool:
    if not data or data.count(b"[") + data.count(b"{") <= FOLLOWED:
        return False
    try:
        decoded = decode(data)
    except NotJSONError:
        return False
    return decoded.value is None and "deep_nesting" in decoded.oddities


def sent_of(recorded: Recorded) -> bytes | None:
    """Return the body that was sent; ``None`` where it was not recorded, or cannot be unpacked."""
    return _unpacked(recorded.request_body, recorded.request_headers)


def came_of(recorded: Recorded) -> bytes | None:
    """Return the body that came; ``None`` where it was not recorded, or cannot be unpacked."""
    return _unpacked(recorded.response_body, recorded.response_headers)


def _unpacked(data: bytes | None, headers: Headers) -> bytes | None:
    if not data:
        return data
    try:
        return unpack(data, headers)
    except CodedError:
        return None


def _kept(headers: Headers) -> Headers:
    return tuple(
        (name, value)
        for name, value in headers
        if name.lower() not in _ABOUT_BODY and (not is_masked_header(value) or has_scheme(value))
    )


def _overlap(call: Call, other: Call) -> bool:
    """Return whether two calls of one assistant, or a list and another, were under way at once, as far as is known."""
    one, two = call.recorded, other.recorded
    listed = "list" in {call.operation, other.operation} and call.who[:2] == other.who[:2]
    if (
        (call.who != other.who and not listed)
        or None in {one.started, one.ended, two.started, two.ended}
        or one.started == two.started
    ):
        return False
    if call.operation in {"retrieve", "list"} and other.operation in {"retrieve", "list"}:
        return False
    assert one.started is not None and one.ended is not None and two.started is not None and two.ended is not None  # noqa: PT018
    rounded = 0.0 if one.all_headers and two.all_headers else _ROUNDED
    return one.started + rounded < two.ended and two.started + rounded < one.ended


class Queue:
    """Calls on their way to be judged, held until it is known which others were under way meanwhile."""

    def __init__(self) -> None:
        self._waiting: deque[Call] = deque()

    def put(self, call: Call) -> Iterator[Call]:
        """Take a call, and yield those that no later one can overlap with, in their order."""
        for place, other in enumerate(self._waiting):
            if _overlap(call, other):
                # What a list shows hangs on the others; it changes none of them.
                if other.operation == "list" or call.operation != "list":
                    self._waiting[place] = replace(other, overlaps=True)
                if call.operation == "list" or other.operation != "list":
                    call = replace(call, overlaps=True)
        self._waiting.append(call)
        while self._waiting and self._is_over(call):
            first = self._waiting.popleft()
            ended, started = first.recorded.ended, call.recorded.started
            # One that has waited for too many is given up while others may yet overlap with it.
            is_given_up = ended is not None and started is not None and started < ended
            yield replace(first, overlaps=True) if is_given_up else first

    def _is_over(self, latest: Call) -> bool:
        first = self._waiting[0]
        ended, started = first.recorded.ended, latest.recorded.started
        if ended is None or started is None:
            return True
        return first is not latest and (started >= ended or len(self._waiting) > _MOST_WAITING)

    def rest(self) -> Iterator[Call]:
        """Yield the calls that are left."""
        while self._waiting:
            yield self._waiting.popleft()


def _by_time(calls: Iterable[Call]) -> Iterator[Call]:
    """Yield calls as they began: HAR leaves it to the reader to sort entries, and some are written as they end.

    No more than so many bytes of bodies are held for it.
    """
    held: list[tuple[float, int, Call]] = []
    size = 0
    for number, call in enumerate(calls):
        if call.recorded.started is None:
            yield from (heapq.heappop(held)[-1] for _ in range(len(held)))
            size = 0
            yield call
            continue
        heapq.heappush(held, (call.recorded.started, number, call))
        size += _size_of(call)
        while size > _MOST_HELD:
            first = heapq.heappop(held)[-1]
            size -= _size_of(first)
            yield first
    yield from (heapq.heappop(held)[-1] for _ in range(len(held)))


def _size_of(call: Call) -> int:
    recorded = call.recorded
    return _BESIDES + len(recorded.request_body or b"") + len(recorded.response_body or b"")


def in_order(calls: Iterable[Call]) -> Iterator[Call]:
    """Yield calls in the order in which they began, each knowing whether another was under way meanwhile."""
    queue = Queue()
    for call in _by_time(calls):
        yield from queue.put(call)
    yield from queue.rest()
