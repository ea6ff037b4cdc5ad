"""A server at a base URL, over HTTP/1.1.

One connection pool for all threads, one deadline a request, redirects left as they came, no compression asked for,
and bodies no longer than a limit. What is recorded is what left and what came, with the secrets taken out.
"""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl

import httpcore

from conformance.budget import Budget
from conformance.exchange import DOCUMENTED, Exchange, NoAnswer, NotRun, Request, Response
from conformance.target import Description
from conformance.targets.bareconnection import BareConnection, Outgoing
from conformance.targets.baseurl import PORTS, Pairs, parse_base_url, query_text
from conformance.targets.certificates import tls
from conformance.targets.coding import LIMIT, unpacked
from conformance.targets.given import secrets_given
from conformance.targets.longanswers import LONG, turns
from conformance.targets.network import DeadlineBackend, Passage, no_answer, passage, take_turn
from conformance.targets.outgoing import ServerOperations, completed, suite_headers
from conformance.targets.redirects import leads_to_slash, with_slash
from conformance.targets.retryafter import IN_VAIN, asked_wait
from conformance.targets.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.exchange import Headers, Manner, Operation, Outcome
    from conformance.target import Role
    from conformance.targets.secrets import Secrets

_IDLE = 2.0  # seconds; most servers keep an idle connection for five or more, so none is met half closed


class HttpTarget(ServerOperations):
    """A server target at a base URL.

    ``api_key`` is sent as a bearer key, ``other_api_key`` never but where a request sets it. ``headers`` and ``query``
    go with every request that does not set them,
    ``beta`` sends ``OpenAI-Beta: assistants=v2``. ``timeout`` is in seconds for a whole request, ``max_body`` in
    bytes, ``manner`` says in which header the key stands, ``renewed`` gives another key for one that was refused,
    ``insecure`` and ``ca_bundle`` are as for :func:`~conformance.targets.certificates.tls`, ``secrets`` are
    what is taken out of evidence where that is more than what is given here. ``pause`` waits
    some seconds where a server asks for it; given by tests only. Raises
    :class:`~conformance.errors.UsageError` for a URL that is none.
    """

    role: Role = "server"
    parallel = True
    waits = True

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        other_api_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        beta: bool = True,
        timeout: float = 10.0,
        max_body: int = LIMIT,
        secrets: Secrets | None = None,
        insecure: bool = False,
        ca_bundle: str | None = None,
        manner: Manner = DOCUMENTED,
        renewed: Callable[[str], str] | None = None,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self._base = parse_base_url(base_url)
        self.base_url = self._base.root
        api_key = (api_key or "").strip()  # a variable that was read from a file often ends in a line break
        self._user_headers: Headers = tuple((headers or {}).items())
        self._query: Pairs = (*self._base.query, *(query or {}).items())
        # What stands in the URL was given for this server; a key may be there for another one.
        self._authorization = self._base.credentials or (f"Bearer {api_key}" if api_key else None)
        self.manner = manner
        """Where the key stands; asked as the document has it, a request is sent in this manner."""
        self._key = "" if self._base.credentials else api_key
        self._renewed = renewed
        self._beta = beta
        self._timeout = timeout
        self._max_body = max_body
        self._closed = threading.Event()
        self._pause = pause or self._closed.wait
        self.secrets = secrets or secrets_given((api_key, other_api_key), headers, query, self._base)
        """What is taken out of everything that is recorded."""
        self._shown = Shown(self.secrets, frozenset(name.lower() for name, _ in self._user_headers), manner, max_body)
        self._tls = tls(ca_bundle, insecure=insecure) if self._base.scheme == "https" else None
        self._pool = self.new_pool()
        self.budget = Budget()
        self._sent = 0
        self._in_vain = 0.0
        self._lock = threading.Lock()
        self._drops_connections = False
        self.looks = 0
        """How many more modifies that are answered 429 are looked into, by a GET, before they are sent again."""
        self.ends_in_slash = False
        """Whether it is known to redirect to paths that end in a slash."""
        self._server = ""

    def new_pool(self) -> httpcore.ConnectionPool:
        """Return a pool of connections to the server, none of them opened yet."""
        return httpcore.ConnectionPool(
            ssl_context=self._tls, max_connections=64, keepalive_expiry=_IDLE, network_backend=DeadlineBackend()
        )

    @property
    def requests_sent(self) -> int:
        """How many HTTP requests have left so far, those repeated included."""
        return self._sent

    def describe(self) -> Description:
        """Say which server this is, by its URL and its own ``Server`` header."""
        details = {"time-out": f"{self._timeout:g} s", "beta header": "sent" if self._beta else "not sent"}
        if self._server:
            details["server header"] = self._server
        return Description("http", self._base.display, details=details)

    def close(self) -> None:
        """Close all connections, and end any waiting."""
        self._closed.set()
        self._pool.close()

    def connection(self) -> Connection:
        """Open a connection of its own, beside those that are kept; it is closed as a context ends."""
        return Connection(self)

    def bare_connection(self) -> BareConnection:
        """Return a connection of its own, not yet open, of which all is seen that goes over it."""
        return BareConnection(self, self._timeout, self._max_body)

    def opened(self, seconds: float) -> socket.socket:
        """Connect to the server within so many seconds; raises as httpcore does."""
        with passage(seconds):
            stream = DeadlineBackend().connect_tcp(self._base.host, self._base.port or PORTS[self._base.scheme])
            if self._tls is not None:
                stream = stream.start_tls(self._tls, self._base.host)
        found: socket.socket = stream.get_extra_info("socket")
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return found

    def leaves(self) -> None:
        """Count a request that goes over a connection of its own."""
        self.budget.take()
        with self._lock:
            self._sent += 1

    def came(self, response: Response) -> tuple[Response, Outcome]:
        """Return an answer without secrets, and what it means to its caller."""
        shown, outcome = self._shown.answer(response)
        self._server = self._server or shown.header("server") or ""
        return shown, outcome

    def told(self, text: str) -> str:
        """Return a text without secrets."""
        return self.secrets.redact_text(text)

    def pause(self, seconds: float) -> None:
        """Wait where the server asks for it; not once the target is closed."""
        self.budget.wait(seconds, self._pause)

    def exchange(
        self,
        operation: Operation,
        request: Request,
        assistant_id: str | None = None,
        *,
        pool: httpcore.ConnectionPool | None = None,
    ) -> Exchange:
        """Send a request, wait where the server asks for it and send it again, and tell what came of it.

        A redirect that keeps method and body and leads to the same URL with a slash at the end of its path is followed,
        no other. Every request that left stands in the exchange, the last one last. ``pool`` has the connections to
        use instead of the kept ones.
        """
        started = time.monotonic()
        sent: list[Request] = []
        responses: list[Response] = []
        repeatable, pool = operation != "create", pool or self._pool
        looked: list[Exchange] = []

        def look() -> None:
            if operation == "modify" and assistant_id is not None and not looked and self._may_look():
                looked.append(self.retrieve(assistant_id))

        outcome = self._asked(request, sent, responses, pool, repeatable=repeatable, look=look)
        if responses and leads_to_slash(sent[-1], responses[-1]):
            self.ends_in_slash = True
            outcome = self._asked(with_slash(request), sent, responses, pool, repeatable=repeatable)
        return Exchange(
            operation,
            outcome,
            assistant_id,
            requests=tuple(sent),
            responses=tuple(responses),
            elapsed=time.monotonic() - started,
            meanwhile=looked[0] if looked else None,
        )

    def _may_look(self) -> bool:
        """Return whether what a 429 has left may be looked at: a few times, as it is waited out anyway."""
        with self._lock:
            self.looks -= 1
            return self.looks >= 0

    def _asked(
        self,
        request: Request,
        sent: list[Request],
        responses: list[Response],
        pool: httpcore.ConnectionPool,
        *,
        repeatable: bool,
        look: Callable[[], None] = lambda: None,
    ) -> Outcome:
        waits: list[float] = []
        again = False
        key = self._key  # another thread may have a new one before the answer to this comes
        outgoing = self.outgoing(request)
        while True:
            with turns():
                came = self._delivered(outgoing, sent, pool, repeatable=repeatable)
                if not isinstance(came, Response):
                    return came
                shown, outcome = self.came(came)
            responses.append(shown)
            if came.status == HTTPStatus.UNAUTHORIZED and not again and self._is_renewed(request, key):
                again, outgoing = True, self.outgoing(request)
                continue
            delay = asked_wait(came, waits, self.budget)
            if came.status in {429, 503} and delay is None:
                with self._lock:
                    self._in_vain += sum(waits)
            if delay is None or self._in_vain > IN_VAIN or self._closed.is_set():
                return outcome
            self.pause(delay)
            waits.append(delay)
            if came.status == HTTPStatus.TOO_MANY_REQUESTS:
                look()

    def _is_renewed(self, request: Request, refused: str) -> bool:
        """Ask for another key where ours was refused; return whether there is one, such as another thread has got."""
        named = {name.lower() for name, _ in (*request.headers, *self._user_headers)}
        if self._renewed is None or not refused or named & {"authorization", self.manner.key_header.lower()}:
            return False
        key = self._renewed(refused)
        if not key:
            return False
        self.secrets.learn(key)
        self._key, self._authorization = key, f"Bearer {key}"
        return True

    def _in_manner(self, name: str, value: str) -> tuple[str, str]:
        """Return a header as the target has it: the key in its own header, by its own scheme."""
        if name.lower() != "authorization" or value == self._base.credentials:
            return name, value
        scheme, _, key = value.partition(" ")
        if scheme.lower() == "bearer":
            value = f"{self.manner.key_scheme} {key}".strip()
        return self.manner.key_header, value

    def _delivered(
        self, outgoing: Outgoing, sent: list[Request], pool: httpcore.ConnectionPool, *, repeatable: bool
    ) -> Response | NoAnswer | NotRun:
        """Send once; and once again over a new connection if a kept one turned out to be closed by the server.

        A create is not sent twice, for that could make two assistants. Once the server is known to close
        connections without a word, each create has a new one.
        """
        try:
            with passage(self.budget.within(self._timeout)) as way:
                try:
                    if self._drops_connections and not repeatable:
                        return self._over_new_connection(outgoing, sent)
                    return self._once(pool, outgoing, sent, way)
                except (httpcore.NetworkError, httpcore.RemoteProtocolError) as error:
                    if not way.lost(error):
                        raise
                    self._drops_connections = True
                    if not repeatable:
                        raise
                    return self._over_new_connection(outgoing, sent)
        except (httpcore.LocalProtocolError, UnicodeError) as error:
            with self._lock:
                self._sent -= len(sent)
            sent.clear()
            return NotRun(f"this request cannot be written in HTTP/1.1: {self.secrets.redact_text(str(error))}")
        except (
            httpcore.TimeoutException,
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.ProxyError,
            httpcore.UnsupportedProtocol,
        ) as error:
            found = no_answer(error, self._timeout)
            return replace(found, reason=self.secrets.redact_text(found.reason))

    def _over_new_connection(self, outgoing: Outgoing, sent: list[Request]) -> Response:
        with self.new_pool() as pool:
            return self._once(pool, outgoing, sent)

    def _once(
        self, pool: httpcore.ConnectionPool, outgoing: Outgoing, sent: list[Request], way: Passage | None = None
    ) -> Response:
        started, seconds = time.monotonic(), self.budget.within(self._timeout)
        request = httpcore.Request(
            outgoing.method,
            outgoing.url,
            headers=outgoing.headers,
            content=outgoing.body,
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), seconds)},
        )
        posts = outgoing.method == b"POST" and outgoing.recorded.path.endswith("/assistants")
        self.budget.take(deletes=outgoing.method == b"DELETE", creates=posts)
        sent.append(outgoing.recorded)
        with self._lock:
            self._sent += 1
        declared = outgoing.recorded.header("content-length")
        if declared is not None and declared != str(len(outgoing.body)):
            raise httpcore.LocalProtocolError(f"Content-Length {declared} for a body of {len(outgoing.body)} bytes")
        response = pool.handle_request(request)
        try:
            body, cut = self._read(response)
            if way is not None:
                chunked = any(name.lower() == b"transfer-encoding" for name, _ in response.headers)
                way.answered(body, chunked=chunked)
        finally:
            response.close()
            self.budget.took(time.monotonic() - started)
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers)
        return unpacked(Response(response.status, headers, body, time.monotonic() - started, cut), self._max_body)

    def _read(self, response: httpcore.Response) -> tuple[bytes, bool]:
        body = bytearray()
        for chunk in response.iter_stream():
            body += chunk
            if len(body) > LONG:
                take_turn()
            if len(body) > self._max_body:
                return bytes(memoryview(body)[: self._max_body]), True
        return bytes(body), False

    def outgoing(self, request: Request) -> Outgoing:
        """Complete a request by what goes with every one."""
        layers = (self._user_headers, suite_headers(request, self._authorization, beta=self._beta))
        # White space around a value is no part of it (RFC 9110, 5.5), and h11 refuses to send it.
        headers = [(name, value.strip(" \t")) for name, value in completed(request, *layers)]
        if self.manner != DOCUMENTED:
            headers = [self._in_manner(name, value) for name, value in headers]
        names = {name.lower() for name, _ in headers}
        if "host" not in names:
            headers.insert(0, ("Host", self._base.authority))
        if (request.body or request.method in {"POST", "PUT", "PATCH"}) and not names & {
            "content-length",
            "transfer-encoding",
        }:
            headers.append(("Content-Length", str(len(request.body))))
        path, mark, query = request.path.partition("?")
        own = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
        added = tuple(pair for pair in self._query if pair[0] not in own)
        tail, shown_tail = (_join(mark + query, query_text(added, hide=hide)) for hide in (False, True))
        recorded = replace(
            request,
            headers=self._shown.headers(headers, request),
            url=self._base.root + path + shown_tail,
            manner=self.manner,
        )
        return Outgoing(
            httpcore.URL(
                scheme=self._base.scheme,
                host=self._base.host,
                port=self._base.port,
                target=(self._base.path + self._shown.addressed(path) + tail).encode("utf-8", "surrogatepass") or b"/",
            ),
            request.method.encode("utf-8", "surrogatepass"),
            [(name.encode("latin-1", "replace"), _header_bytes(value)) for name, value in headers],
            request.body,
            recorded,
        )


class Connection(ServerOperations):
    """One connection to a server, used for all that is asked through it; everything else is its target's."""

    def __init__(self, target: HttpTarget) -> None:
        self._target = target
        self._pool = target.new_pool()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.close()

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        """Send a request over this connection."""
        return self._target.exchange(operation, request, assistant_id, pool=self._pool)


def _join(query: str, added: str) -> str:
    return query + (("&" + added[1:]) if query and added else added)


def _header_bytes(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
