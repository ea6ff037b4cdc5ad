"""The openai Python SDK, sync and async: ``sdk:openai`` and ``sdk:openai-async``, over the wire with ``-wire`` added.

Major versions 1 to 3 offer the same methods here. Nothing is tried again and time-outs are short, so that a run
stays fast and each call is one request.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
import warnings
from contextlib import ExitStack
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

from .found import UnusableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

JSON = Any

TIMEOUT = 3.0
"""Seconds; both for the SDK and for waiting on its event loop, doubled there."""


def _package() -> ModuleType:
    try:
        import openai  # noqa: PLC0415 - an optional package
    except ImportError as error:
        told = "the openai package is not installed"
        raise UnusableError("unusable", told, "install it with: pip install openai") from error
    return openai


def sync_adapter(base_url: str, api_key: str) -> _OpenAI:
    """Make the adapter of ``openai.OpenAI``. Raises :class:`UnusableError` where it is not installed."""
    return _Sync(_package(), base_url, api_key)


def async_adapter(base_url: str, api_key: str) -> _OpenAI:
    """Make the adapter of ``openai.AsyncOpenAI``. Raises :class:`UnusableError` where it is not installed."""
    return _Async(_package(), base_url, api_key)


@dataclass(frozen=True, slots=True)
class _OverTheWire:
    """Makes the same adapter, and says that it is to be reached by a server on loopback."""

    made: Callable[[str, str], _OpenAI]
    reached: ClassVar[str] = "wire"

    def __call__(self, base_url: str, api_key: str) -> _OpenAI:
        return self.made(base_url, api_key)


FACTORIES: Mapping[str, Callable[[str, str], _OpenAI]] = {
    "openai": sync_adapter,
    "openai-async": async_adapter,
    "openai-wire": _OverTheWire(sync_adapter),
    "openai-async-wire": _OverTheWire(async_adapter),
}
"""What each is called after ``sdk:``."""


class _Quiet:
    """Keeps warnings quiet, for the SDK calls its methods deprecated, as long as any of several threads is inside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._silenced = ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._silenced.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore")

    def __exit__(self, *raised: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._silenced.close()


_QUIET = _Quiet()


class _OpenAI:
    """What both have in common."""

    language = "python"
    cannot: frozenset[str] = frozenset()
    parallel = True

    def __init__(self, openai: ModuleType, client: Any) -> None:
        # The environment of whoever runs this must not get into the evidence.
        client.organization = client.project = None
        self._openai = openai
        self._assistants = client.beta.assistants
        self._parameters = _fields(self._assistants.update)
        self.name = "openai"
        self.version = str(openai.__version__)
        self.settings = {"max_retries": "0", "timeout": f"{TIMEOUT:g} s between bytes"}

    def _arguments(self, fields: dict[str, JSON]) -> dict[str, Any]:
        """Return the keyword arguments of ``update()``; what it has no parameter for goes as ``extra_body``."""
        known = {name: value for name, value in fields.items() if name in self._parameters}
        extra = {name: value for name, value in fields.items() if name not in self._parameters}
        return {**known, "extra_body": extra} if extra else known

    def describe_error(self, exception: Exception) -> SimpleNamespace | None:
        if not isinstance(exception, self._openai.OpenAIError):
            return None
        error = None
        if isinstance(exception, self._openai.APIError):
            error = {"type": exception.type, "param": exception.param, "code": exception.code}
            if isinstance(exception.body, str):
                error["body"] = exception.body  # a text that stands for an error is there alone
        status = getattr(exception, "status_code", None)
        return SimpleNamespace(message=str(exception), status=status, error=error, kind=type(exception).__name__)


class _Sync(_OpenAI):
    def __init__(self, openai: ModuleType, base_url: str, api_key: str) -> None:
        self._client = openai.OpenAI(base_url=base_url, api_key=api_key, max_retries=0, timeout=TIMEOUT)
        super().__init__(openai, self._client)

    def modify(self, assistant_id: str, fields: dict[str, JSON]) -> JSON:
        return self._called(self._assistants.update, assistant_id, **self._arguments(fields))

    def retrieve(self, assistant_id: str) -> JSON:
        return self._called(self._assistants.retrieve, assistant_id)

    def _called(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> JSON:
        with _QUIET:
            return as_json(method(*args, **kwargs))

    def close(self) -> None:
        self._client.close()


class _Async(_OpenAI):
    """Its event loop runs in a thread of its own for as long as the adapter lives."""

    def __init__(self, openai: ModuleType, base_url: str, api_key: str) -> None:
        self._client = openai.AsyncOpenAI(base_url=base_url, api_key=api_key, max_retries=0, timeout=TIMEOUT)
        super().__init__(openai, self._client)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="openai-async", daemon=True)
        self._thread.start()

    def modify(self, assistant_id: str, fields: dict[str, JSON]) -> JSON:
        return self._called(self._assistants.update, assistant_id, **self._arguments(fields))

    def retrieve(self, assistant_id: str) -> JSON:
        return self._called(self._assistants.retrieve, assistant_id)

    def _called(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> JSON:
        async def call() -> JSON:
            # Called inside the loop, for the SDK may warn as soon as the coroutine is made.
            return as_json(await method(*args, **kwargs))

        with _QUIET:
            return asyncio.run_coroutine_threadsafe(call(), self._loop).result(2 * TIMEOUT)

    def close(self) -> None:
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._client.close(), self._loop).result(2 * TIMEOUT)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _fields(update: Callable[..., Any]) -> frozenset[str]:
    """Return the parameters of ``update()`` that stand for fields of the body."""
    others = {"assistant_id", "extra_headers", "extra_query", "extra_body", "timeout"}
    return frozenset(inspect.signature(update).parameters) - others


def as_json(value: Any) -> JSON:
    """Turn what the SDK returned into JSON values: set fields only, by their names on the wire, unknown ones too."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="python", by_alias=True, exclude_unset=True, warnings=False)
    return value
