"""An SDK as a target: called through its adapter, caught where it meets the network, answered by a server of ours."""

from __future__ import annotations

import copy
import time
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import httpx

from conformance.errors import ConformanceError, TargetUnusableError
from conformance.exchange import UNREADABLE, Exchange, NotRun, Raised, Request, Response, Returned, outcome_of
from conformance.targets.adapter import NotExpressible
from conformance.targets.intercept import intercepted
from conformance.targets.outgoing import completed, create_request, delete_request, list_request, suite_headers
from conformance.targets.protocol import Description
from strategies.jsonvalues import NotJSONError, decode, encode, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.exchange import Operation, Outcome
    from conformance.targets.adapter import Adapter, AdapterFactory
    from conformance.targets.embedded import Handler
    from conformance.targets.protocol import Role
    from strategies.jsonvalues import JSON

    Responder = Callable[[Request], Response | Exception]

BASE_URL = "http://conformance.invalid/v1"
"""Given to every SDK. No such host can exist (RFC 6761), so nothing gets anywhere if it is not caught."""

API_KEY = "sk-conformance-test"

_OUTSIDE = b'{"error":{"message":"Not under the base URL.","type":"invalid_request_error","param":null,"code":null}}'


@dataclass(slots=True)
class _Call:
    """What one call of the SDK has caused so far."""

    target: SdkTarget
    requests: list[Request] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    crash: Exception | None = None
    """What went wrong in the server behind, which is no fault of the SDK."""


# Reaches a request from the call that caused it, through event loops too; a plain attribute would mix up two calls.
_current: ContextVar[_Call | None] = ContextVar("_current", default=None)


class SdkTarget:
    """An SDK in this process, on ``httpx`` or ``httpx2``.

    ``factory`` makes its adapter from a base URL and a key; ``reference`` answers what it sends, unless
    :meth:`answering` has put another server there. Raises :class:`~conformance.errors.TargetUnusableError` when
    the adapter cannot be made.
    """

    role: Role = "sdk"
    parallel = False
    base_url = BASE_URL

    def __init__(self, factory: AdapterFactory, reference: Handler, spec: str) -> None:
        self._reference = reference
        self._spec = spec
        self._responder: Responder = reference.handle
        self._host = urlsplit(BASE_URL).netloc
        self._sent = 0
        self.mutations: list[str] = []
        """One line for each call after which the caller's own value was no longer what it had been."""
        self._open = ExitStack()
        self._open.enter_context(intercepted(self._answer))
        try:
            self._adapter: Adapter = factory(BASE_URL, API_KEY)
        except ConformanceError:
            self._open.close()
            raise
        except Exception as error:
            self._open.close()
            raise TargetUnusableError(
                f"{spec}: the adapter cannot be made: {type(error).__name__}: {error}",
                "try the adapter by itself; its factory is given a base URL and an API key",
            ) from error
        self._open.callback(self._adapter.close)

    @property
    def requests_sent(self) -> int:
        """How many requests have left so far, those behind the SDK's back included."""
        return self._sent

    @property
    def cannot(self) -> frozenset[str]:
        """What the adapter has declared that the SDK has no way to say."""
        return self._adapter.cannot

    def describe(self) -> Description:
        """Say which SDK this is, and how it was set."""
        details = {"language": self._adapter.language, **self._adapter.settings}
        if self._adapter.cannot:
            details["cannot express"] = ", ".join(sorted(self._adapter.cannot))
        return Description("sdk", self._spec, self._adapter.name, self._adapter.version, details)

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
        """Close the SDK's client, and let the HTTP stacks go."""
        self._open.close()

    def _behind(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        headers = completed(request, suite_headers(request, f"Bearer {API_KEY}", beta=True))
        request = replace(request, headers=headers, url=BASE_URL + request.path)
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
        made = _Call(self)
        token = _current.set(made)
        started = time.monotonic()
        try:
            outcome = self._outcome(call)
        finally:
            elapsed = time.monotonic() - started
            _current.reset(token)
            self._sent += len(made.requests)
        if made.crash is not None:
            raise made.crash
        return Exchange(
            operation, outcome, assistant_id, asked, tuple(made.requests), tuple(made.responses), elapsed=elapsed
        )

    def _outcome(self, call: Callable[[], JSON]) -> Outcome:
        try:
            value = call()
        except NotExpressible as error:
            return NotRun(str(error))
        except Exception as error:  # noqa: BLE001 - whatever an SDK raises is what is judged
            described = self._adapter.describe_error(error)
            if described is not None:
                return described
            return Raised(str(error), kind=type(error).__name__, own=False)
        return Returned(value if _is_json(value) else UNREADABLE)

    def _answer(self, request: Request) -> Response | Exception | None:
        """Answer a request that some client in this process was about to send."""
        call = _current.get()
        ours = urlsplit(request.url).netloc == self._host
        if call is None:
            # A thread of the SDK's own has no call to belong to; anybody else's traffic goes on its way.
            return self._responder(_below(request)) if ours else None
        if call.target is not self:
            return None
        request = _below(request) if ours else request
        call.requests.append(request)
        if not ours:
            return httpx.ConnectError("only the server of the suite can be reached from here")
        try:
            answer = self._responder(request) if request.url.startswith(BASE_URL + "/") else Response(404, (), _OUTSIDE)
        except Exception as error:  # noqa: BLE001 - raised again as soon as the SDK has let go
            call.crash = error
            return httpx.ReadError("the server behind has failed")
        if isinstance(answer, Response):
            call.responses.append(answer)
        return answer


def _below(request: Request) -> Request:
    """Cut the base URL's prefix off the path, where it stands there."""
    prefix = urlsplit(BASE_URL).path
    return (
        replace(request, path=request.path.removeprefix(prefix)) if request.path.startswith(prefix + "/") else request
    )


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
