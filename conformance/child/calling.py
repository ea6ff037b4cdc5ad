"""Adapters of the user's, made and called as the parent says.

The calls of an adapter are made in one thread, in which it was made, too; one that comes while another goes on has a
thread of its own. Whatever comes of a call is told in plain values.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import gc
import logging
import marshal
import os
import queue
import threading
import warnings
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .catching import Catching, current
from .endings import attempt, ends_more, tell_of_threads
from .found import UnusableError, found
from .plain import NotPlainError, TooLargeError, plain, plain_or_text, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from .channel import Channel

    Reply = tuple[Any, ...]

NEEDED = ("name", "version", "language", "settings", "cannot", "modify", "retrieve", "describe_error", "close")
"""What every adapter has."""
_DECLARED = ("reached", "key_header", "path_prefix", "query")
"""What it may have besides, in plain values."""
_FORM = "sdk:module:factory"
_LOOK = 0.05  # seconds between looks at messages that no adapter's thread takes

_OF_LOOPS = tuple(
    path.parent if path.name == "__init__.py" else path
    for path in (Path(str(module.__file__)) for module in (asyncio, concurrent.futures, threading))
)


def serve(channel: Channel, settings: dict[str, Any]) -> None:
    """Make and call adapters until the parent says that it is enough.

    ``name`` is ``module:factory``, or a bundled one; ``host`` is where requests go that are for the parent.
    """
    # An event loop that was ended logs its tasks as they are let go; where nobody listens, on standard error.
    logging.getLogger("asyncio").addHandler(logging.NullHandler())
    tell_of_threads(channel, "a thread of the adapter or of its SDK")
    try:
        factory = _factory(settings["name"])
        reached = _read(lambda: plain_or_text(getattr(factory, "reached", None)))
    except UnusableError as error:
        channel.send("unusable", *error.told)
        return
    channel.send("ready", reached)
    _Host(channel, factory, settings["host"]).attend()


class _Host:
    """All adapters that were made, and what is done with them as the messages of the parent say.

    Messages are taken by the thread that waits for one: that of an adapter, which waits for its next call or for an
    answer. This one looks after what comes while the adapters' threads are all busy.
    """

    def __init__(self, channel: Channel, factory: Callable[..., object], host: str) -> None:
        self._channel = channel
        self._factory = factory
        self._catching = Catching(channel, host)
        self._adapters: dict[int, _Made] = {}
        self._stopped = threading.Event()
        self._before: dict[str, str | None] = {}
        # A message may be taken in the middle of a call, and nothing of that one may cling to the next.
        self._context = contextvars.copy_context()
        channel.came = self._came

    def attend(self) -> None:
        """Take what comes until the parent says that it is enough."""
        while not self._stopped.is_set():
            if self._adapters or not self._channel.take():
                self._stopped.wait(_LOOK)
                self._channel.take_what_is_there()
        self._channel.send("stopped")

    def _came(self, message: tuple[Any, ...]) -> None:
        match message:
            case ("catch",):
                self._catching.start()
            case ("let_go",):
                self._catching.stop()
            case ("answer", number, form):
                self._catching.answered(number, form)
            case ("variables", dict() as variables):
                self._set(variables)
            case ("make", number, adapter, base_url, key):
                made = self._adapters[adapter] = _Made(self._channel, self._context)
                made.do(number, partial(_Made.make, factory=self._factory, base_url=base_url, key=key))
            case ("modify" | "retrieve" as operation, number, adapter, *arguments):
                call = partial(_Made.call, operation=operation, arguments=tuple(arguments))
                self._adapters[adapter].do(number, call, caught=True)
            case ("close", number, adapter):
                self._adapters[adapter].do(number, _Made.close)
            case ("close_twice", number, adapter):
                self._adapters[adapter].do(number, _Made.close_twice)
            case ("forget", adapter):
                self._adapters.pop(adapter).forget()
            case ("turns", number):
                self._channel.send("turned", number)
            case ("stop",):
                self._stopped.set()

    def _set(self, variables: dict[str, str]) -> None:
        """Set variables of the environment, in place of those that were set so before."""
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._before = {name: os.environ.get(name) for name in variables}
        os.environ.update(variables)


def _factory(name: str) -> Callable[..., object]:
    if ":" not in name:
        from .openai_adapter import FACTORIES  # noqa: PLC0415 - where it is asked for

        return FACTORIES[name]
    factory = found(name, _FORM)
    if not callable(factory):
        told = f"{name.partition(':')[2]} cannot be called, it is of type {type(factory).__name__}"
        raise UnusableError("usage", told, "name a function that takes a base URL and an API key")
    return factory


def _read(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except BaseException as error:  # noqa: BLE001 - it is told to the parent
        if ends_more(error):
            raise UnusableError("ended", f"the adapter, as it is made, {attempt(error)}") from None
        raise UnusableError(
            "unusable", f"the adapter cannot be read: {type(error).__name__}: {text(error)}", "see docs/adapters.md"
        ) from None


class _Made:
    """An adapter with the thread that its calls are made in."""

    def __init__(self, channel: Channel, context: contextvars.Context) -> None:
        self._channel = channel
        self._context = context
        self._adapter: Any = None
        self._busy = threading.Lock()
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="adapter calls", daemon=True).start()

    def do(self, number: int, job: Callable[[_Made], Reply], *, caught: bool = False) -> None:
        """Do something in the adapter's thread, or in one of its own where another call is in that; tell the parent."""
        context = self._context.copy()
        if caught:
            context.run(current.set, number)

        def done() -> None:
            try:
                reply = context.run(self._told, job)
            finally:
                if alone:
                    self._busy.release()
            try:
                self._channel.send("done", number, *reply)
            except ValueError:  # nested deeper than the channel takes
                self._channel.send("done", number, "unreadable", None)

        alone = self._busy.acquire(blocking=False)
        if alone:
            self._jobs.put(done)
        else:
            threading.Thread(target=done, name="adapter call", daemon=True).start()

    def forget(self) -> None:
        """Send the thread home."""
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            job()
            del job  # a thread that waits must not keep the last value alive

    def _next(self) -> Callable[[], None] | None:
        """Wait for something to do, and take the messages of the parent meanwhile where nobody else does."""
        while self._jobs.empty():
            if not self._channel.take():
                with suppress(queue.Empty):
                    return self._jobs.get(timeout=_LOOK)
        return self._jobs.get()

    def _told(self, job: Callable[[_Made], Reply]) -> Reply:
        try:
            return job(self)
        except UnusableError as error:
            return ("unusable", *error.told)
        except BaseException as error:  # noqa: BLE001 - it is told to the parent
            if ends_more(error):
                return ("ended", attempt(error))
            return ("failed", f"{type(error).__name__}: {text(error)}", *_of_ours(error))

    def make(self, factory: Callable[..., object], base_url: str, key: str) -> Reply:
        """Make the adapter, and say what it declares."""
        self._adapter = adapter = factory(base_url, key)
        lacking = [name for name in NEEDED if not hasattr(adapter, name)]
        if lacking:
            return "lacking", type(adapter).__name__, tuple(lacking)
        return "made", _read(lambda: _declared(adapter))

    def call(self, operation: str, arguments: tuple[Any, ...]) -> Reply:
        """Call the SDK; what its caller was given stands in the last place, where it is no longer what it was."""
        before = hash(marshal.dumps(arguments, 2))  # a copy of it would be kept as long as the call takes
        try:
            reply = self._called(operation, *arguments)
        except BaseException as error:  # noqa: BLE001 - told to the parent
            reply = self._raised(error)
        return (*reply, _altered(before, arguments))

    def _called(self, operation: str, *arguments: Any) -> Reply:
        value = getattr(self._adapter, operation)(*arguments)
        try:
            return "returned", plain(value)
        except NotPlainError:
            return ("unreadable",)
        except TooLargeError:
            return ("too_large",)

    def _raised(self, error: BaseException) -> Reply:
        names = {kind.__name__ for kind in type(error).__mro__}
        if "NotExpressible" in names:
            return "not_run", text(error)
        if "AdapterFailedError" in names:
            return ("gave_up", *_of_ours(error))
        if ends_more(error):
            return "ended", attempt(error)
        try:
            described = self._adapter.describe_error(error)
        except BaseException as failed:  # noqa: BLE001 - told to the parent
            if ends_more(failed):
                return "ended", attempt(failed)
            if "AdapterFailedError" in {kind.__name__ for kind in type(failed).__mro__}:
                return ("gave_up", *_of_ours(failed))
            return "undescribed", f"{type(failed).__name__}: {text(failed)}, of {type(error).__name__}"
        if described is None:
            return "raised", text(error), None, None, type(error).__name__, False
        message, kind = described.message, described.kind
        message = "" if message is None else message
        for name, value in (("message", message), ("kind", kind)):
            if not isinstance(value, str):
                what = f"describe_error gives a {name} of type {type(value).__name__}"
                return "misdescribed", what, "give a text: see docs/adapters.md"
        status, members = (plain_or_text(getattr(described, name, None)) for name in ("status", "error"))
        return "raised", text(message), status, members, text(kind), bool(getattr(described, "own", True))

    def close(self) -> Reply:
        """Close the adapter."""
        self._adapter.close()
        return ("closed",)

    def close_twice(self) -> Reply:
        """Close the adapter twice; tell what the second time raises, if anything.

        What an adapter's own event loop says about being closed is nothing that its SDK has raised.
        """
        try:
            self._adapter.close()
        except Exception as error:
            if ends_more(error):
                raise
            return "closed_twice", None  # how it closes the first time is not asked here
        try:
            self._adapter.close()
        except Exception as error:
            if ends_more(error):
                raise
            told = None if is_of_a_loop(error) else f"{type(error).__name__}: {text(error)}"
            with warnings.catch_warnings():
                # A coroutine that an adapter could not hand to its loop any more complains when it is let go.
                warnings.simplefilter("ignore", RuntimeWarning)
                error.__traceback__ = None
                gc.collect()
            return "closed_twice", told
        return "closed_twice", None


def _of_ours(error: BaseException) -> tuple[str, str, str]:
    """Return the kind of an error of the suite's that an adapter has raised, what it says and its remedy."""
    names = {kind.__name__ for kind in type(error).__mro__}
    what, remedy = (text(getattr(error, name, "")) for name in ("what", "remedy"))
    if "ConformanceError" not in names:
        return "", text(error), ""
    return ("usage" if "UsageError" in names else "unusable"), what, remedy


def _declared(adapter: Any) -> dict[str, Any]:
    declared = {name: plain_or_text(getattr(adapter, name)) for name in _DECLARED if hasattr(adapter, name)}
    return {
        **declared,
        **{name: text(getattr(adapter, name)) for name in ("name", "version", "language")},
        "settings": {text(name): text(value) for name, value in adapter.settings.items()},
        "cannot": sorted(map(text, adapter.cannot)),
        "parallel": bool(getattr(adapter, "parallel", False)),
    }


def _altered(before: int, arguments: tuple[Any, ...]) -> Any:
    """Return the caller's own value where it is no longer the same, as a tuple of one; ``None`` where it is."""
    try:
        if hash(marshal.dumps(arguments, 2)) == before:
            return None
    except ValueError:
        pass
    return (plain_or_text(arguments[-1]),)


def is_of_a_loop(raised: Exception) -> bool:
    """Return whether an exception comes out of an event loop or a thread that adapters keep for asynchronous SDKs."""
    frame = raised.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = Path(frame.tb_frame.f_code.co_filename) if frame is not None else Path()
    return any(known == where or known in where.parents for known in _OF_LOOPS)
