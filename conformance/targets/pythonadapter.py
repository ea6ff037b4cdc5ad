"""Python adapters that live in a process of their own: a bundled one, or ``module:factory`` of the user's.

The parent says what is to be called, and answers what the SDK sends: over the wire server like any other, or request by
request for an SDK that is caught where its HTTP stack meets the network. A call that does not come back costs the
process, as it does for an adapter program; what an adapter was made with is made anew in the next one.
"""

from __future__ import annotations

import itertools
import threading
import time
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import urlsplit

import httpx

from conformance.child.calling import NEEDED
from conformance.child.plain import LARGEST, TooLargeError
from conformance.errors import TargetUnusableError, UsageError
from conformance.exchange import UNREADABLE, Raised, Request, Response
from conformance.targets.adapter import AdapterFailedError, CallHangsError, DescribingError, NotExpressible
from conformance.targets.child import Child, unusable
from conformance.targets.endings import REMEDY, EndedByUserCodeError, Kept
from conformance.targets.exec import HELLO_LIMIT
from conformance.targets.process import MEMORY, MIB
from conformance.targets.scripted import LOOK, CutBodyError, HeldResponse, SilentError, SlowResponse
from conformance.targets.served import START_LIMIT
from conformance.targets.ways import BASE_URL, ELSEWHERE, OverTheWire, below

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.child.catching import Form
    from conformance.targets.adapter import Adapter, AdapterFactory
    from conformance.targets.secrets import Secrets
    from conformance.targets.ways import Answer, Call, Way
    from strategies.jsonvalues import JSON

_INTERRUPTED = 1.0
"""Seconds that an adapter is given to be closed in, after Ctrl-C."""
_CLOSING = 5.0  # seconds in which an adapter program of Python ends after its adapters were closed
_ENDS = {"make": "as it is made", "close": "as it is closed", "close_twice": "as it is closed"}

_current: ContextVar[Call | None] = ContextVar("_current", default=None)


class RaisedInChildError(Exception):
    """What the SDK raised, or its adapter."""

    def __init__(self, raised: Raised) -> None:
        super().__init__(raised.message)
        self.raised = raised


class _UndescribedError(Exception):
    """The adapter could not tell of an error."""


@dataclass(slots=True)
class _Asked:
    """What was asked of the child, and waits for its reply."""

    call: Call | None
    done: threading.Event = field(default_factory=threading.Event)
    reply: tuple[Any, ...] | None = None


class ChildFactory:
    """Makes adapters in a child; an :data:`~conformance.targets.adapter.AdapterFactory`.

    ``name`` is that of a bundled adapter, or ``module:factory``; ``call_limit`` is in seconds. Raises
    :class:`~conformance.errors.UsageError` where there is no such factory, and
    :class:`~conformance.errors.TargetUnusableError` where the process does not start. :meth:`close` has to be called.
    """

    def __init__(
        self, spec: str, name: str, environment: Mapping[str, str], secrets: Secrets, call_limit: float
    ) -> None:
        self.spec = spec
        self.call_limit = call_limit
        self.kept = Kept()
        self._name = name
        self._environment = environment
        self._variables: dict[str, str] = {}
        self._secrets = secrets
        self._numbers = itertools.count(1)
        self._handles = itertools.count(1)
        self._asked: dict[int, _Asked] = {}
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._ready = threading.Event()
        self._said: tuple[Any, ...] = ()
        self._way: CaughtInChild | None = None
        self.interrupted = False
        """Whether somebody gave up waiting for a call, which may still go on."""
        self.generation = 0
        """How many children were ended before this one; an adapter of those is no longer there."""
        self.reached: str | None = None
        """The way that the factory itself declares; ``None`` where it leaves that to what it makes."""
        self._start()
        self.ways: Mapping[str, Callable[[Answer], Way]] = {
            "respx": partial(CaughtInChild, self),
            "wire": OverTheWire,
        }

    def __call__(self, base_url: str, key: str) -> Adapter:
        """Make an adapter in the child; raises what :meth:`asked` raises."""
        return cast("Adapter", _AdapterInChild(self, base_url, key))

    @contextmanager
    def surrounded(self, environment: Mapping[str, str]) -> Iterator[AdapterFactory]:
        """Have the adapters that are made meanwhile see these variables; those that are there see them as well."""
        self._variables = dict(environment)
        try:
            yield self
        finally:
            self._variables = {}
            if self._child is not None:
                with suppress(TargetUnusableError):
                    self._child.send("variables", {})

    def make(self, base_url: str, key: str) -> tuple[int, Mapping[str, Any]]:
        """Make an adapter; return what it is called by and what it declares."""
        handle = next(self._handles)
        try:
            if self._variables:
                self._running().send("variables", self._variables)
            reply = self.asked("make", handle, base_url, key, seconds=HELLO_LIMIT)
        except CallHangsError:
            told = f"{self.spec}: the adapter cannot be made: no end after {HELLO_LIMIT:g} s"
            raise TargetUnusableError(told, "try the adapter by itself") from None
        match reply:
            case ("made", dict() as declared):
                return handle, declared
            case ("lacking", kind, names):
                needed = f"an adapter has {', '.join(NEEDED)}: see docs/adapters.md"
                raise TargetUnusableError(
                    f"{self.spec}: the adapter, of type {kind}, has no {', '.join(names)}", needed
                )
        raise self._failure(reply, "cannot be made", "its factory is given a base URL and an API key")

    def closed(self, reply: tuple[Any, ...]) -> None:
        """Raise what came of closing an adapter, if that is anything."""
        if reply[0] == "failed":
            raise self._failure(reply, "cannot be closed", "")

    def _failure(self, reply: tuple[Any, ...], how: str, hint: str) -> Exception:
        _, said, kind, what, remedy = reply
        if kind:
            return (UsageError if kind == "usage" else TargetUnusableError)(what, remedy)
        tried = f"try the adapter by itself; {hint}" if hint else "try the adapter by itself"
        return TargetUnusableError(f"{self.spec}: the adapter {how}: {said}", tried)

    def asked(self, operation: str, *arguments: Any, seconds: float) -> tuple[Any, ...]:
        """Have the child do something with an adapter, and return its reply.

        Raises :class:`CallHangsError` when none comes in time, and :class:`AdapterFailedError` when the child ends;
        :class:`EndedByUserCodeError` where that would have been ended by what it was to do.
        """
        child = self._running()
        when = _ENDS.get(operation, f"in {operation}")
        number = next(self._numbers)
        asked = self._asked[number] = _Asked(_current.get() if operation not in _ENDS else None)
        try:
            child.doing = when
            child.send(operation, number, *arguments)
            try:
                came = child.wait(asked.done, seconds)
            except BaseException:
                self.interrupted = True
                raise
            if not came:
                raise self._stuck(child, seconds, when)
        finally:
            self._asked.pop(number, None)
        if asked.reply is None:
            raise child.broken or child.failed("was stopped before")
        if asked.reply[0] == "ended":
            raise EndedByUserCodeError(f"{self.spec}: the adapter, {when}, {asked.reply[1]}", REMEDY)
        if asked.reply[0] == "unusable":
            raise unusable(self.spec, asked.reply[1:])
        return asked.reply

    def forget(self, handle: int, generation: int) -> None:
        """Let go of an adapter."""
        if self._child is not None and generation == self.generation:
            with suppress(TargetUnusableError):
                self._child.send("forget", handle)

    def _stuck(self, child: Child, seconds: float, when: str) -> CallHangsError:
        """End a child in which something does not come back, unless something else goes on in it, and can."""
        told = CallHangsError(f"{self.spec}: no end after {seconds:g} s {when}")
        with self._lock:
            if len(self._asked) > 1 or child is not self._child:
                return told
            self._child = None
            self.generation += 1
        child.kill()
        return told

    def _running(self) -> Child:
        with self._lock:
            if self._child is None:
                self._start()
            assert self._child is not None
            return self._child

    def _start(self) -> None:
        self._ready.clear()
        self._said = ()
        child = self._child = Child(
            "calling",
            {"name": self._name, "host": urlsplit(BASE_URL).netloc},
            shown=self.spec,
            what="the adapter's process",
            environment=self._environment,
            secrets=self._secrets,
            came=self._came,
            over=self._over,
            memory=MEMORY,
        )
        child.doing = "as it is imported"
        try:
            self._wait_for_its_start(child)
            if self._way is not None:
                child.send("catch")
        except BaseException:
            child.kill()
            raise

    def _wait_for_its_start(self, child: Child) -> None:
        if not child.wait(self._ready, START_LIMIT):
            raise child.failed(f"hangs: it is not there after {START_LIMIT:g} s")
        match self._said:
            case ("ready", reached):
                self.reached = reached
            case ("unusable", *told):
                raise unusable(self.spec, tuple(told))
            case _:
                raise child.broken or child.failed("was stopped before")

    def catch(self, way: CaughtInChild | None) -> None:
        """Have what leaves the child's HTTP stacks come to a way, or go where it goes."""
        self._way = way
        if self._child is not None:
            self._child.send("catch" if way is not None else "let_go")

    def _came(self, message: tuple[Any, ...]) -> None:
        match message:
            case ("done", int(number), *reply):
                if (asked := self._asked.get(number)) is not None:
                    asked.reply = tuple(reply)
                    asked.done.set()
            case ("asked", int(number), of, *parts):
                self._answer(number, self._asked.get(of), parts)
            case ("ended", str(what)):
                self.kept.keep(EndedByUserCodeError(f"{self.spec}: {what}", REMEDY))
            case ("ready" | "unusable", *_):
                self._said = message
                self._ready.set()

    def _answer(self, number: int, asked: _Asked | None, parts: list[Any]) -> None:
        method, target, headers, body, url = parts
        request = Request(method, target, headers, body, url)
        child, way = self._child, self._way
        if child is None or way is None:
            return
        answer = way.caught(request, asked.call if asked is not None else None)
        if isinstance(answer, HeldResponse):
            threading.Thread(target=_held, args=(child, number, answer), name="held answer", daemon=True).start()
        else:
            with suppress(TargetUnusableError):
                child.send("answer", number, _form(answer))

    def _over(self) -> None:
        self._ready.set()
        for asked in tuple(self._asked.values()):
            asked.done.set()

    def kill(self) -> None:
        """End the child at once."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            self._over()

    def close(self) -> None:
        """Let the child end; raises what threads in it did that ends a run, unless somebody has been told."""
        child, self._child = self._child, None
        if child is not None:
            broken = child.broken
            child.stop(_CLOSING)
            self._over()
            if child.broken is not None and broken is None:
                self.kept.keep(TargetUnusableError(child.broken.what, child.broken.remedy))
        self.kept.check_at_last()


class _AdapterInChild:
    """An adapter that is made and called in a child."""

    in_python = True

    def __init__(self, host: ChildFactory, base_url: str, key: str) -> None:
        self._host = host
        self._base_url = base_url
        self._key = key
        self.call_limit = host.call_limit
        self._generation = host.generation
        self._handle, declared = host.make(base_url, key)
        self._generation = host.generation
        vars(self).update(declared)
        self.cannot = frozenset(declared["cannot"])

    def modify(self, assistant_id: str, fields: dict[str, JSON]) -> JSON:
        value, altered = self._called("modify", assistant_id, fields)
        if altered is not None:
            fields.clear()
            (now,) = altered
            fields.update(now if isinstance(now, dict) else {"": now})
        return self._outcome(value)

    def retrieve(self, assistant_id: str) -> JSON:
        value, _ = self._called("retrieve", assistant_id)
        return self._outcome(value)

    def describe_error(self, error: Exception) -> Raised | None:
        if isinstance(error, _UndescribedError):
            raise DescribingError(str(error)) from None
        return error.raised if isinstance(error, RaisedInChildError) else None

    def close(self) -> None:
        if self._generation != self._host.generation:
            return
        try:
            seconds = _INTERRUPTED if self._host.interrupted else self.call_limit
            self._host.closed(self._host.asked("close", self._handle, seconds=seconds))
        except CallHangsError:
            raise
        except AdapterFailedError as error:
            raise TargetUnusableError(error.what, error.remedy) from None
        finally:
            self._host.forget(self._handle, self._generation)

    def closed_twice(self) -> str | None:
        """Close it twice; return what the second time raises, if anything."""
        try:
            return cast("str | None", self._asked("close_twice")[1])
        finally:
            self._host.forget(self._handle, self._generation)

    def _called(self, operation: str, *arguments: Any) -> tuple[tuple[Any, ...], Any]:
        *reply, altered = self._asked(operation, *arguments)
        self._host.kept.check()
        return tuple(reply), altered

    def _asked(self, operation: str, *arguments: Any) -> tuple[Any, ...]:
        if self._generation != self._host.generation:
            # The process that it was made in was ended, since a call in it did not come back.
            self._handle, _ = self._host.make(self._base_url, self._key)
            self._generation = self._host.generation
        return self._host.asked(operation, self._handle, *arguments, seconds=self.call_limit)

    def _outcome(self, reply: tuple[Any, ...]) -> JSON:
        spec = self._host.spec
        match reply:
            case ("returned", value):
                return value
            case ("unreadable",):
                return UNREADABLE
            case ("too_large",):
                raise TooLargeError(f"what came back is larger than {LARGEST // MIB} MiB, which are taken at most")
            case ("raised", message, status, members, kind, own):
                raise RaisedInChildError(Raised(message, status, members, kind, own))
            case ("not_run", why):
                raise NotExpressible(why)
            case ("gave_up", kind, what, remedy):
                raise AdapterFailedError(what, remedy if kind else "")
            case ("misdescribed", what, remedy):
                raise AdapterFailedError(f"{spec}: {what}", remedy)
            case ("undescribed", what):
                raise _UndescribedError(f"describe_error of {spec} raised {what}")
        raise AdapterFailedError(f"{spec}: the adapter's process says {reply[0]!r}", REMEDY)


class CaughtInChild:
    """For SDKs on ``httpx`` or ``httpx2`` in a child."""

    base_url = BASE_URL
    elsewhere = ELSEWHERE
    open_connections = None
    told: ClassVar[str] = "caught in process"

    def __init__(self, host: ChildFactory, answer: Answer) -> None:
        self._host = host
        self._respond = answer
        self._netloc = urlsplit(BASE_URL).netloc
        host.catch(self)

    @contextmanager
    def during(self, call: Call) -> Iterator[None]:
        """Lay the requests that leave meanwhile to a call."""
        token = _current.set(call)
        try:
            yield
        finally:
            _current.reset(token)

    def renew(self) -> None:
        """Do nothing: a request is known by the call that has caused it."""

    def hang_up(self) -> None:
        """Do nothing: there are no connections."""

    def close(self) -> None:
        """Let the HTTP stacks go."""
        with suppress(TargetUnusableError):
            self._host.catch(None)

    def caught(self, request: Request, call: Call | None) -> Response | Exception:
        """Answer a request that some client in the child was about to send."""
        ours = urlsplit(request.url).netloc == self._netloc
        if call is None or ours or request.url.startswith(ELSEWHERE + "/"):
            return self._respond(below(request, BASE_URL), call)
        call.requests.append(request)
        return httpx.ConnectError("only the server of the suite can be reached from here")


def _form(answer: Response | Exception) -> Form:
    """Return an answer in the plain values that :mod:`conformance.child.catching` knows."""
    match answer:
        case CutBodyError():
            cut = answer.response
            return ("cut", cut.status, _headers(cut), cut.body[: answer.length], *_named(answer))
        case SilentError():
            return ("silent", answer.seconds)
        case Response():
            slow = isinstance(answer, SlowResponse)
            seconds = answer.seconds if isinstance(answer, SlowResponse) else 0.0
            longest = (
                max(answer.delay, answer.pause if answer.piece else 0) if isinstance(answer, SlowResponse) else 0.0
            )
            return ("response", answer.status, _headers(answer), answer.body, seconds, longest if slow else 0.0)
    return ("error", *_named(answer))


def _headers(response: Response) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers)


def _named(error: Exception) -> tuple[tuple[str, ...], str]:
    return tuple(kind.__name__ for kind in type(error).__mro__ if kind is not Exception), str(error)


def _held(child: Child, number: int, answer: HeldResponse) -> None:
    end = time.monotonic() + answer.at_most
    while not answer.until() and time.monotonic() < end:
        time.sleep(LOOK)
    with suppress(TargetUnusableError):
        child.send("answer", number, _form(answer))
