"""An SDK as a target: called through its adapter, reached by one of two ways, answered by a server of ours."""

from __future__ import annotations

import asyncio
import copy
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urlsplit

import httpx

from conformance.budget import Budget
from conformance.child.endings import ends_more
from conformance.child.plain import TooLargeError, is_plain
from conformance.errors import ConformanceError, TargetUnusableError
from conformance.exchange import (
    DOCUMENTED,
    UNREADABLE,
    Exchange,
    NoAnswer,
    NotRun,
    Raised,
    Request,
    Response,
    Returned,
    outcome_of,
)
from conformance.judging.brief import compact
from conformance.judging.wire import path_of
from conformance.target import Description
from conformance.targets.adapter import AdapterFailedError, CallHangsError, NotExpressible
from conformance.targets.declared import inexpressible
from conformance.targets.endings import EndedByUserCodeError, Threads, UserCode
from conformance.targets.exec import HELLO_LIMIT
from conformance.targets.limited import (
    MARGIN,
    StuckError,
    Worker,
    counts_between_bytes,
    declared_retries,
    declared_timeout,
)
from conformance.targets.longanswers import Lately
from conformance.targets.making import Made, described_by, make
from conformance.targets.manner import documented, manner_of, told
from conformance.targets.outgoing import completed, create_request, delete_request, list_request, suite_headers
from conformance.targets.surroundings import NO_VARIABLES, surrounded
from conformance.targets.ways import WAYS, Call
from conformance.targets.wire_server import QUIET
from strategies.jsonvalues import NotJSONError, decode, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.exchange import Handler, Manner, Operation, Outcome
    from conformance.target import Role
    from conformance.targets.adapter import Adapter, AdapterFactory
    from conformance.targets.scripted import Responder
    from conformance.targets.ways import Answer, Way
    from strategies.jsonvalues import JSON

API_KEY = "sk-proj-Conformance_Test-9zA"
"""What a client is given: letters of both cases, digits and signs, as keys have them."""

_OUTSIDE = b'{"error":{"message":"Not under the base URL.","type":"invalid_request_error","param":null,"code":null}}'


CALL_LIMIT = 20.0
"""Seconds that a call may take where the adapter declares no time-out."""
DECLARED_BY_DEFAULT = 5.0
"""Seconds that stand for a time-out which no adapter has declared."""
MOST_STUCK = 8
"""How many calls that do not come back are gone on after; each costs its whole limit."""
MOST_OPEN = 50
"""How many connections may be open at once before the adapter is made anew; common pools hold more, and run dry."""
_ENOUGH = 0.3  # seconds in which connections that an SDK has closed are seen to be closed


class SdkTarget:
    """An SDK, called through its adapter.

    ``factory`` makes the adapter from a base URL and a key, and says how the SDK is reached
    (:data:`~conformance.targets.adapter.Reached`); ``reference`` answers what the SDK sends, unless :meth:`answering`
    has put another server there. ``call_limit``, in seconds, is for calls of an adapter that declares no time-out. A
    call that does not come back gives :class:`~conformance.exchange.NoAnswer`: the adapter is left behind, and made
    anew. ``last`` is called when the target has been closed. Raises
    :class:`~conformance.errors.TargetUnusableError` when the adapter cannot be made. A call raises
    :class:`~conformance.targets.adapter.AdapterFailedError` when the adapter itself gives up.
    """

    role: Role = "sdk"
    waits = False  # the server behind the SDK is in this process
    _manner: Manner = DOCUMENTED

    def __init__(
        self,
        factory: AdapterFactory,
        reference: Handler,
        spec: str,
        call_limit: float = CALL_LIMIT,
        last: Callable[[], None] = lambda: None,
    ) -> None:
        self._last = last
        self._factory = factory
        self._reference = reference
        self._spec = spec
        self._call_limit: float = getattr(factory, "call_limit", call_limit)
        self._own_limit: float | None = None
        self._responder: Responder = reference.handle
        self.budget = Budget()
        self._sent = 0
        self._lock = threading.Lock()
        self._lately = Lately()
        self._stuck = 0
        self.leaks: list[str] = []
        """One line for each time that connections piled up, till the adapter was made anew."""
        self.mutations: list[str] = []
        """One line for each call after which the caller's own value was no longer what it had been."""
        self._threads = Threads(f"{spec}: a thread of the adapter or of its SDK")
        self._way: Way | None = None
        try:
            with self._user_code("as it is made"):
                self._first = self._made = self._opened()
                self._manner = manner_of(self._adapter, spec)
                self._described = self._description()
                self._cannot = frozenset(self._adapter.cannot)
                self._settings = {str(name): str(value) for name, value in self._adapter.settings.items()}
        except BaseException as error:
            if self._way is not None:
                self._way.close()
            self._threads.close()
            if isinstance(error, Exception) and not isinstance(error, ConformanceError):
                told = f"{spec}: the adapter cannot be read: {type(error).__name__}: {error}"
                raise TargetUnusableError(told, "see docs/adapters.md") from error
            raise

    def _user_code(self, when: str) -> UserCode:
        return UserCode(f"{self._spec}: the adapter, {when},")

    def _opened(self) -> Made:
        """Make the first adapter, with its way to the network open."""
        said = getattr(self._factory, "reached", None)
        self._open_way(said or "respx")
        made = self._make(self.way.base_url, API_KEY)
        own = getattr(made.adapter, "reached", "respx")
        if said is not None or own == "respx":
            return made
        made.close(self._call_limit)
        self.way.close()
        self._open_way(own)
        return self._make(self.way.base_url, API_KEY)

    def _open_way(self, reached: str) -> None:
        self._way = None
        ways: Mapping[str, Callable[[Answer], Way]] = getattr(self._factory, "ways", WAYS)
        if reached not in ways:
            raise TargetUnusableError(f"{self._spec}: reached is {reached!r}", f"set it to one of: {', '.join(ways)}")
        self._way = ways[reached](self._answer)

    @property
    def way(self) -> Way:
        """How requests of the SDK come to the server behind it."""
        assert self._way is not None
        return self._way

    def _make(self, base_url: str, key: str, factory: AdapterFactory | None = None) -> Made:
        return make(factory or self._factory, base_url, key, max(self._call_limit, HELLO_LIMIT + MARGIN), self._spec)

    def _made_anew(self) -> None:
        """Put another adapter in place of one that is stuck, at an address of its own: the stuck one may yet wake."""
        behind = self._made
        self.way.renew()
        self._made = self._make(self.way.base_url, behind.key)
        behind.worker.close()

    @property
    def base_url(self) -> str:
        """The base URL that the adapter was made with."""
        return self._made.base_url

    @property
    def _adapter(self) -> Adapter:
        return self._made.adapter

    @property
    def on_wire(self) -> bool:
        """Whether the SDK is reached over sockets, so that time and connections are its own."""
        return self.way.open_connections is not None

    @property
    def is_program(self) -> bool:
        """Whether the SDK is called through an adapter program."""
        return self._made.is_program

    @property
    def elsewhere(self) -> str:
        """The origin of a second server, which is answered for as the first one is."""
        return self.way.elsewhere

    @property
    def timeout(self) -> float:
        """Seconds after which the SDK gives one request up, as the adapter declares them; a few where it does not."""
        return declared_timeout(self._settings) or DECLARED_BY_DEFAULT

    @property
    def counts_between_bytes(self) -> bool:
        """Whether the adapter declares that the time-out begins anew with each byte."""
        return counts_between_bytes(self._settings)

    @property
    def retries(self) -> int | None:
        """How often the adapter declares that a request is sent again; ``None`` where it does not say."""
        return declared_retries(self._settings)

    @property
    def limit(self) -> float:
        """Seconds after which a call counts as one that does not come back."""
        if self._own_limit is not None:
            return self._own_limit
        declared = declared_timeout(self._settings)
        if declared is None:
            return self._call_limit
        whole = declared * (1 + (self.retries or 0))
        return max(whole + MARGIN, QUIET + 2) if self.on_wire else whole + MARGIN

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Give calls another limit for a while."""
        self._own_limit = seconds
        try:
            yield
        finally:
            self._own_limit = None

    @contextmanager
    def anew(
        self, base_url: str | None = None, key: str = API_KEY, environment: Mapping[str, str] = NO_VARIABLES
    ) -> Iterator[None]:
        """Have calls made through another adapter for a while, made with another base URL or key.

        ``environment`` is what it sees of variables beside those of the first one. The first one stays as it is
        meanwhile, and is made anew afterwards: where clients share what is their own, it would not be what it was.
        Raises what the factory raises.
        """
        self._first = self._made
        with ExitStack() as variables:
            factory = variables.enter_context(surrounded(self._factory, environment))
            self._made = self._make(base_url or self._first.base_url, key, factory)
            try:
                yield
            finally:
                self._made.close(self._call_limit)
                self._made = self._first
                variables.close()
                if not self.is_program:
                    self._first.close(self._call_limit)
                    self._first = self._made = self._make(self._first.base_url, self._first.key)

    @contextmanager
    def first(self) -> Iterator[None]:
        """Have calls made through the first adapter again, within :meth:`anew`."""
        now, self._made = self._made, self._first
        try:
            yield
        finally:
            self._made = now

    def closed_twice(self) -> str | None:
        """Make another adapter and close it twice; return what the second time raises, if anything."""
        with self._user_code("as it is closed"):
            return self._make(self.base_url, API_KEY).closed_twice(self.limit)

    @property
    def parallel(self) -> bool:
        """Whether the adapter has said that its SDK may be called from several threads at once."""
        return bool(getattr(self._adapter, "parallel", False))

    @property
    def requests_sent(self) -> int:
        """How many requests have left so far, those behind the SDK's back included."""
        return self._sent

    @property
    def cannot(self) -> frozenset[str]:
        """What the adapter has declared that the SDK has no way to say."""
        return self._cannot

    def describe(self) -> Description:
        """Say which SDK this is, and how it was set."""
        return self._described

    def _description(self) -> Description:
        adapter = self._adapter
        details = {"language": adapter.language, "reached": self.way.told, **told(self._manner), **adapter.settings}
        if adapter.cannot:
            details["cannot express"] = ", ".join(sorted(adapter.cannot))
        shown = {str(name): str(value) for name, value in details.items()}
        return Description("sdk", self._spec, str(adapter.name), str(adapter.version), shown)

    def create(self, body: bytes) -> Exchange:
        """Make an assistant, behind the SDK's back."""
        return self._behind("create", create_request(body))

    def list(self) -> Exchange:
        """Read the newest assistants, behind the SDK's back."""
        return self._behind("list", list_request())

    def delete(self, assistant_id: str) -> Exchange:
        """Delete an assistant, behind the SDK's back."""
        return self._behind("delete", delete_request(assistant_id), assistant_id)

    def modify(self, assistant_id: str, body: bytes) -> Exchange:
        """Have the SDK modify an assistant with what a JSON text says.

        A text that says no object gives :class:`~conformance.exchange.NotRun`: an SDK is called with values.
        """
        try:
            decoded = decode(body)
        except NotJSONError:
            return Exchange("modify", NotRun("the bytes are not JSON, and an SDK is called with values"), assistant_id)
        asked = self._lately.shared(decoded.value)
        if not isinstance(asked, dict):
            reason = "nested too deeply to be read" if "deep_nesting" in decoded.oddities else "not a set of fields"
            return Exchange("modify", NotRun(f"the body is {reason}"), assistant_id, asked)
        if declared := inexpressible(self.cannot, asked):
            return Exchange("modify", NotRun(declared), assistant_id, asked)
        adapter = self._adapter
        # A child is given a copy as it is, and says what became of that.
        given = dict(asked) if self._made.is_in_child else copy.deepcopy(asked)
        exchange = self._through("modify", assistant_id, asked, lambda: adapter.modify(assistant_id, given))
        if not same(given, asked):
            self.mutations.append(f"modify changed its caller's own value, {compact(asked)}, into {compact(given)}")
        return exchange

    def retrieve(self, assistant_id: str) -> Exchange:
        """Have the SDK read an assistant."""
        adapter = self._adapter
        return self._through("retrieve", assistant_id, None, lambda: adapter.retrieve(assistant_id))

    @contextmanager
    def answering(self, responder: Responder) -> Iterator[None]:
        """Let another server stand behind the SDK for a while."""
        before = self._responder
        self._responder = responder
        try:
            yield
        finally:
            self._responder = before

    def close(self) -> None:
        """Close the SDK's client, and the way to it.

        Raises :class:`~conformance.errors.TargetUnusableError` where the adapter does not let itself be closed.
        """
        try:
            try:
                with self._user_code("as it is closed"):
                    self._made.close(self._call_limit)
            finally:
                self.way.close()
            self._threads.check_at_last()
        except ConformanceError:
            raise
        except Exception as error:
            told = f"{self._spec}: the adapter cannot be closed: {type(error).__name__}: {error}"
            raise TargetUnusableError(told, "try the adapter by itself") from error
        finally:
            self._threads.close()
            self._last()

    def _behind(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        headers = completed(request, suite_headers(request, f"Bearer {API_KEY}", beta=True))
        request = replace(request, headers=headers, url=self.base_url + request.path)
        self.budget.take(deletes=operation == "delete", creates=operation == "create")
        self._sent += 1
        response = self._reference.handle(request)
        return Exchange(operation, outcome_of(response), assistant_id, requests=(request,), responses=(response,))

    def _through(
        self,
        operation: Literal["modify", "retrieve"],
        assistant_id: str,
        asked: JSON,
        call: Callable[[], JSON],
    ) -> Exchange:
        self.budget.take()
        made = Call(assistant_id)
        by, stuck = self._made, self._stuck
        client = None if (by.base_url, by.key) == (self.way.base_url, API_KEY) else (by.base_url, by.key)
        started = time.monotonic()
        try:
            with self.way.during(made), self._user_code(f"in {operation}"):
                outcome = self._outcome(by, call)
        finally:
            elapsed = time.monotonic() - started
            with self._lock:
                self._sent += len(made.requests)
        self._threads.check()
        if made.crash is not None:
            raise made.crash
        if self._stuck > stuck and by is self._made:
            self._made_anew()
        self._look_for_leaks()
        return Exchange(
            operation,
            outcome,
            assistant_id,
            asked,
            tuple(made.requests),
            tuple(made.responses),
            elapsed=elapsed,
            served=tuple(made.served),
            client=client,
        )

    def _outcome(self, by: Made, call: Callable[[], JSON]) -> Outcome:
        try:
            value = self._within_limit(by, call)
        except NotExpressible as error:
            return NotRun(str(error))
        except (StuckError, CallHangsError) as error:
            with self._lock:
                self._stuck += 1
            if self._stuck > MOST_STUCK:
                raise AdapterFailedError(
                    f"{self._spec}: {self._stuck} calls did not come back by now", "try it by hand: conformance smoke"
                ) from error
            seconds = f"{self.limit:g} s"
            said = f": {error.what}" if isinstance(error, CallHangsError) else ""
            return NoAnswer(f"the call neither returned nor raised within {seconds}{said}", timed_out=True)
        except TooLargeError as error:
            return NoAnswer(str(error))
        except (AdapterFailedError, EndedByUserCodeError):
            raise
        except (Exception, asyncio.CancelledError) as error:
            if ends_more(error):
                raise
            described = described_by(by.adapter, cast("Exception", error), self._spec)
            if described is not None:
                return described
            return Raised(str(error), kind=type(error).__name__, own=False)
        return Returned(self._lately.shared(value) if by.is_in_child or is_plain(value) else UNREADABLE)

    def _within_limit(self, by: Made, call: Callable[[], JSON]) -> JSON:
        """Make a call in the adapter's thread, or in one of its own where another call is in that."""
        if by.has_own_limit:  # a process is ended by whoever waits for it
            cast("Any", by.adapter).call_limit = self.limit
            return call()
        if not by.busy.acquire(blocking=False):
            worker = Worker()
            try:
                return worker.run(call, self.limit)
            finally:
                worker.close()
        try:
            return by.worker.run(call, self.limit)
        finally:
            by.busy.release()

    def _look_for_leaks(self) -> None:
        """Make the adapter anew where connections pile up, before there are none left for anybody."""
        if (self.way.open_connections or 0) <= MOST_OPEN:
            return
        end = time.monotonic() + _ENOUGH
        while (count := self.way.open_connections or 0) > MOST_OPEN:
            if time.monotonic() > end:
                self.leaks.append(f"{count} connections are open after calls made one at a time")
                behind = self._made
                behind.close(self._call_limit)
                self.way.hang_up()
                self._made = self._make(behind.base_url, behind.key)
                return
            time.sleep(0.01)

    def _answer(self, request: Request, call: Call | None) -> Response | Exception:
        """Answer a request that has left, in whichever thread it came to us."""
        request = replace(request, manner=replace(self._manner, key=self._made.key))
        if call is not None:
            call.requests.append(request)
        try:
            parts = urlsplit(self.base_url)
            below = f"{parts.scheme}://{parts.netloc}{path_of(parts.path, self._manner)}/"
            inside = request.url.startswith((below, self.way.elsewhere + "/"))
            given = documented(request, self.base_url, API_KEY)
            answer = self._responder(given) if inside else Response(404, (), _OUTSIDE)
        except Exception as error:  # noqa: BLE001 - raised again as soon as the SDK has let go
            if call is not None:
                call.crash = error
            return httpx.ReadError("the server behind has failed")
        if call is not None:
            call.served.append(answer)
        if call is not None and isinstance(answer, Response):
            if (body := self._lately.body(answer.body)) is not answer.body:
                answer = call.served[-1] = replace(answer, body=body)
            call.responses.append(answer)
        return answer
