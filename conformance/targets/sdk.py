"""An SDK as a target: called through its adapter, reached by one of two ways, answered by a server of ours."""

from __future__ import annotations

import asyncio
import copy
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import urlsplit

import httpx

from conformance.errors import ConformanceError, TargetUnusableError
from conformance.exchange import (
    DOCUMENTED,
    UNREADABLE,
    Exchange,
    NotRun,
    Raised,
    Request,
    Response,
    Returned,
    outcome_of,
)
from conformance.judging.wire import path_of
from conformance.targets.adapter import AdapterFailedError, NotExpressible
from conformance.targets.declared import inexpressible
from conformance.targets.endings import Threads, UserCode, ends_more
from conformance.targets.manner import documented, manner_of, told
from conformance.targets.outgoing import completed, create_request, delete_request, list_request, suite_headers
from conformance.targets.protocol import Description
from conformance.targets.ways import WAYS, Call
from strategies.jsonvalues import NotJSONError, decode, encode, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.exchange import Manner, Operation, Outcome
    from conformance.targets.adapter import Adapter, AdapterFactory, Reached
    from conformance.targets.embedded import Handler
    from conformance.targets.protocol import Role
    from conformance.targets.scripted import Responder
    from conformance.targets.ways import Way
    from strategies.jsonvalues import JSON

API_KEY = "sk-conformance-test"

_NEEDED = ("name", "version", "language", "settings", "cannot", "modify", "retrieve", "describe_error", "close")
"""What every adapter has, as :class:`~conformance.targets.adapter.Adapter` says."""

_OUTSIDE = b'{"error":{"message":"Not under the base URL.","type":"invalid_request_error","param":null,"code":null}}'


class SdkTarget:
    """An SDK, called through its adapter.

    ``factory`` makes the adapter from a base URL and a key, and says how the SDK is reached
    (:data:`~conformance.targets.adapter.Reached`); ``reference`` answers what the SDK sends, unless :meth:`answering`
    has put another server there. Raises :class:`~conformance.errors.TargetUnusableError` when the adapter cannot be
    made. A call raises :class:`~conformance.targets.adapter.AdapterFailedError` when the adapter itself gives up.
    """

    role: Role = "sdk"
    base_url: str
    _manner: Manner = DOCUMENTED

    def __init__(self, factory: AdapterFactory, reference: Handler, spec: str) -> None:
        self._reference = reference
        self._spec = spec
        self._responder: Responder = reference.handle
        self._sent = 0
        self._lock = threading.Lock()
        self.mutations: list[str] = []
        """One line for each call after which the caller's own value was no longer what it had been."""
        self._open = ExitStack()
        self._threads = Threads(f"{spec}: a thread of the adapter or of its SDK")
        try:
            with self._user_code("as it is made"):
                self._adapter = self._opened(factory)
                self._manner = manner_of(self._adapter, spec)
                self._described = self._description()
                self._cannot = frozenset(self._adapter.cannot)
        except BaseException as error:
            with suppress(BaseException):  # what is told is why it cannot be made, whatever its close() does
                self._open.close()
            self._threads.close()
            if isinstance(error, Exception) and not isinstance(error, ConformanceError):
                told = f"{spec}: the adapter cannot be read: {type(error).__name__}: {error}"
                raise TargetUnusableError(told, "see docs/adapters.md") from error
            raise

    def _user_code(self, when: str) -> UserCode:
        return UserCode(f"{self._spec}: the adapter, {when},")

    def _opened(self, factory: AdapterFactory) -> Adapter:
        said = getattr(factory, "reached", None)
        adapter = self._made(factory, said or "respx")
        own = getattr(adapter, "reached", "respx")
        if said is not None or own == "respx":
            return adapter
        self._open.close()
        self._open = ExitStack()
        return self._made(factory, own)

    def _made(self, factory: AdapterFactory, reached: str) -> Adapter:
        """Make the adapter, with its way to the network open."""
        if reached not in WAYS:
            raise TargetUnusableError(f"{self._spec}: reached is {reached!r}", f"set it to one of: {', '.join(WAYS)}")
        self._way: Way = WAYS[cast("Reached", reached)](self._answer)
        self._open.callback(self._way.close)
        self.base_url = self._way.base_url
        try:
            adapter = factory(self.base_url, API_KEY)
        except ConformanceError:
            raise
        except Exception as error:
            if ends_more(error):
                raise
            raise TargetUnusableError(
                f"{self._spec}: the adapter cannot be made: {type(error).__name__}: {error}",
                "try the adapter by itself; its factory is given a base URL and an API key",
            ) from error
        lacking = [name for name in _NEEDED if not hasattr(adapter, name)]
        if lacking:
            raise TargetUnusableError(
                f"{self._spec}: the adapter, of type {type(adapter).__name__}, has no {', '.join(lacking)}",
                f"an adapter has {', '.join(_NEEDED)}: see docs/adapters.md",
            )
        self._open.callback(adapter.close)
        return adapter

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
        details = {"language": adapter.language, "reached": self._way.told, **told(self._manner), **adapter.settings}
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
            return Exchange("modify", NotRun("the bytes are no JSON text, and an SDK is given values"), assistant_id)
        asked = decoded.value
        if not isinstance(asked, dict):
            reason = "nested too deeply to be read" if "deep_nesting" in decoded.oddities else "not a set of fields"
            return Exchange("modify", NotRun(f"the body is {reason}"), assistant_id, asked)
        if declared := inexpressible(self.cannot, asked):
            return Exchange("modify", NotRun(declared), assistant_id, asked)
        given = copy.deepcopy(asked)
        exchange = self._through("modify", assistant_id, asked, lambda: self._adapter.modify(assistant_id, given))
        if not same(given, asked):
            self.mutations.append(f"modify changed its caller's own value, {_short(asked)}, into {_short(given)}")
        return exchange

    def retrieve(self, assistant_id: str) -> Exchange:
        """Have the SDK read an assistant."""
        return self._through("retrieve", assistant_id, None, lambda: self._adapter.retrieve(assistant_id))

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
            with self._user_code("as it is closed"), suppress(AdapterFailedError):
                self._open.close()
            self._threads.check_at_last()
        except ConformanceError:
            raise
        except Exception as error:
            told = f"{self._spec}: the adapter cannot be closed: {type(error).__name__}: {error}"
            raise TargetUnusableError(told, "try the adapter by itself") from error
        finally:
            self._threads.close()

    def _behind(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        headers = completed(request, suite_headers(request, f"Bearer {API_KEY}", beta=True))
        request = replace(request, headers=headers, url=self.base_url + request.path)
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
        made = Call(assistant_id)
        started = time.monotonic()
        try:
            with self._way.during(made), self._user_code(f"in {operation}"):
                outcome = self._outcome(call)
        finally:
            elapsed = time.monotonic() - started
            with self._lock:
                self._sent += len(made.requests)
        self._threads.check()
        if made.crash is not None:
            raise made.crash
        return Exchange(
            operation,
            outcome,
            assistant_id,
            asked,
            tuple(made.requests),
            tuple(made.responses),
            elapsed=elapsed,
            served=tuple(made.served),
        )

    def _outcome(self, call: Callable[[], JSON]) -> Outcome:
        try:
            value = call()
        except NotExpressible as error:
            return NotRun(str(error))
        except AdapterFailedError:
            raise
        except (Exception, asyncio.CancelledError) as error:
            if ends_more(error):
                raise
            described = self._adapter.describe_error(cast("Exception", error))
            if described is not None:
                return described
            return Raised(str(error), kind=type(error).__name__, own=False)
        return Returned(value if _is_json(value) else UNREADABLE)

    def _answer(self, request: Request, call: Call | None) -> Response | Exception:
        """Answer a request that has left, in whichever thread it came to us."""
        request = replace(request, manner=self._manner)
        if call is not None:
            call.requests.append(request)
        try:
            parts = urlsplit(self.base_url)
            below = f"{parts.scheme}://{parts.netloc}{path_of(parts.path, self._manner)}/"
            inside = request.url.startswith(below)
            given = documented(request, self.base_url, API_KEY)
            answer = self._responder(given) if inside else Response(404, (), _OUTSIDE)
        except Exception as error:  # noqa: BLE001 - raised again as soon as the SDK has let go
            if call is not None:
                call.crash = error
            return httpx.ReadError("the server behind has failed")
        if call is not None:
            call.served.append(answer)
        if call is not None and isinstance(answer, Response):
            call.responses.append(answer)
        return answer


def _is_json(value: JSON) -> bool:
    match value:
        case None | bool() | int() | float() | str():
            return True
        case list():
            return all(map(_is_json, value))
        case dict():
            return all(isinstance(key, str) for key in value) and all(map(_is_json, value.values()))
        case _:
            return False


def _short(value: JSON) -> str:
    try:
        text = encode(value).decode("utf-8")
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
