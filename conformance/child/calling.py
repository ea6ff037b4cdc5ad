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
import queue
import threading
import warnings
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
    catching = Catching(channel.send, settings["host"])
    adapters: dict[int, _Made] = {}
    while True:
        match channel.receive():
            case ("catch",):
                catching.start()
            case ("let_go",):
                catching.stop()
            case ("answer", number, form):
                catching.answered(number, form)
            case ("make", number, adapter, base_url, key):
                adapters[adapter] = _Made(channel)
                adapters[adapter].do(number, partial(_Made.make, factory=factory, base_url=base_url, key=key))
            case ("modify" | "retrieve" as operation, number, adapter, *arguments):
                adapters[adapter].do(
                    number, partial(_Made.call, operation=operation, arguments=tuple(arguments)), caught=True
                )
            case ("close", number, adapter):
                adapters[adapter].do(number, _Made.close)
            case ("close_twice", number, adapter):
                adapters[adapter].do(number, _Made.close_twice)
            case ("forget", adapter):
                adapters.pop(adapter).forget()
            case ("turns", number):
                channel.send("turned", number)
            case ("stop",):
                channel.send("stopped")
                return


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

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._adapter: Any = None
        self._busy = threading.Lock()
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="adapter calls", daemon=True).start()

    def do(self, number: int, job: Callable[[_Made], Reply], *, caught: bool = False) -> None:
        """Do something in the adapter's thread, or in one of its own where another call is in that; tell the parent."""
        context = contextvars.copy_context()
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
        while (job := self._jobs.get()) is not None:
            job()
            del job  # a thread that waits must not keep the last value alive

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
        before = marshal.dumps(arguments, 2)
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


def _altered(before: bytes, arguments: tuple[Any, ...]) -> Any:
    """Return the caller's own value where it is no longer the same, as a tuple of one; ``None`` where it is."""
    try:
        if marshal.dumps(arguments, 2) == before:
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
