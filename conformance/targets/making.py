"""An adapter that was made, with the thread that its calls are made in, and what comes of closing it."""

from __future__ import annotations

import gc
import threading
import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from conformance.child.calling import NEEDED, is_of_a_loop
from conformance.child.endings import ends_more
from conformance.errors import ConformanceError, TargetUnusableError
from conformance.targets.adapter import AdapterFailedError, DescribingError
from conformance.targets.limited import StuckError, Worker

if TYPE_CHECKING:
    from conformance.exchange import Raised
    from conformance.targets.adapter import Adapter, AdapterFactory

_INTERRUPTED = 1.0
"""Seconds that an adapter is given to end a call and to be closed in, after Ctrl-C."""


@runtime_checkable
class ClosedElsewhere(Protocol):
    """An adapter that is closed twice in the process in which it is."""

    def closed_twice(self) -> str | None:
        """Close it twice; return what the second time raises, if anything."""


@dataclass(slots=True)
class Made:
    """An adapter with what belongs to it: a thread for its calls, the base URL and the key that it was made with."""

    adapter: Adapter
    worker: Worker
    base_url: str
    key: str
    busy: threading.Lock = field(default_factory=threading.Lock)
    """Held while a call is made in its thread."""

    @property
    def has_own_limit(self) -> bool:
        """Whether it is in a process of its own, where each call has a limit."""
        return hasattr(self.adapter, "call_limit")

    @property
    def is_program(self) -> bool:
        """Whether it is an adapter program: each client is one, and is told to end, not to close."""
        return self.has_own_limit and not self.is_in_child

    @property
    def is_in_child(self) -> bool:
        """Whether it is an adapter in Python in a process of ours: what goes there and comes back are plain values."""
        return bool(getattr(self.adapter, "in_python", False))

    def close(self, seconds: float) -> None:
        """Close the adapter; one that does not come back from it is left behind. Raises what else it raises.

        A second time does nothing.
        After Ctrl-C in the middle of a call its end is hardly waited for: the user wants to go. A program is, since it
        is ended by being closed.
        """
        if self.worker.closed:
            return
        if self.worker.interrupted and not self.has_own_limit:
            seconds = min(seconds, _INTERRUPTED)
        try:
            self.worker.run(self.adapter.close, seconds)
        except (AdapterFailedError, StuckError):
            return
        finally:
            self.worker.close()

    def closed_twice(self, seconds: float) -> str | None:
        """Close the adapter twice; return what the second time raises, if anything.

        What an adapter's own event loop says about being closed is nothing that its SDK has raised.
        """
        if isinstance(self.adapter, ClosedElsewhere):
            self.worker.close()
            return self.adapter.closed_twice()
        try:
            self.worker.run(self.adapter.close, seconds)
        except Exception as error:
            if ends_more(error):
                raise
            return None  # how it closes the first time is not asked here
        try:
            self.worker.run(self.adapter.close, seconds)
        except (AdapterFailedError, StuckError):
            return None
        except Exception as error:
            if ends_more(error):
                raise
            told = None if is_of_a_loop(error) else f"{type(error).__name__}: {error}"
            with warnings.catch_warnings():
                # A coroutine that an adapter could not hand to its loop any more complains when it is let go.
                warnings.simplefilter("ignore", RuntimeWarning)
                error.__traceback__ = None
                gc.collect()
            return told
        finally:
            self.worker.close()
        return None


def make(factory: AdapterFactory, base_url: str, key: str, seconds: float, spec: str) -> Made:
    """Make an adapter, in the thread that its calls are made in.

    Raises :class:`~conformance.errors.TargetUnusableError` for one that cannot be made within the time that it has,
    and for what is no adapter.
    """
    worker = Worker()
    try:
        adapter = worker.run(lambda: factory(base_url, key), seconds)
    except StuckError as error:
        worker.close()
        raise TargetUnusableError(f"{spec}: the adapter cannot be made: {error}", "try the adapter by itself") from None
    except BaseException as error:
        worker.close()
        if isinstance(error, ConformanceError) or not isinstance(error, Exception) or ends_more(error):
            raise
        raise TargetUnusableError(
            f"{spec}: the adapter cannot be made: {type(error).__name__}: {error}",
            "try the adapter by itself; its factory is given a base URL and an API key",
        ) from error
    lacking = [name for name in NEEDED if not hasattr(adapter, name)]
    if lacking:
        worker.close()
        raise TargetUnusableError(
            f"{spec}: the adapter, of type {type(adapter).__name__}, has no {', '.join(lacking)}",
            f"an adapter has {', '.join(NEEDED)}: see docs/adapters.md",
        )
    return Made(adapter, worker, base_url, key)


def described_by(adapter: Adapter, error: Exception, spec: str) -> Raised | None:
    """Return what an adapter tells of an error of its SDK; ``None`` for one that is not its SDK's.

    An SDK may have no message for a body that is no error, so a message that is ``None`` is empty. Raises
    :class:`DescribingError` where the adapter cannot tell, and :class:`AdapterFailedError` where it tells no text.
    """
    try:
        found = adapter.describe_error(error)
    except Exception as failed:
        if ends_more(failed) or isinstance(failed, AdapterFailedError | DescribingError):
            raise
        told = f"{type(failed).__name__}: {failed}"
        raise DescribingError(f"describe_error of {spec} raised {told}, of {type(error).__name__}") from failed
    if found is None:
        return None
    message: Any = found.message
    message = "" if message is None else message
    for name, value in (("message", message), ("kind", found.kind)):
        if not isinstance(value, str):
            raise AdapterFailedError(
                f"{spec}: describe_error gives a {name} of type {type(value).__name__}",
                "give a text: see docs/adapters.md",
            )
    return found if message is found.message else replace(found, message=message)
