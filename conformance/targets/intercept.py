"""Python SDKs caught where their HTTP stack meets the network: ``httpcore`` under httpx, ``httpcore2`` under httpx2.

respx knows how to patch the first; the second has the same shape under another name. The mockers here are beside
respx's own, so a router that a user has set up is not disturbed. A request is read from the core request that was
about to be sent, after the SDK and its HTTP client have had their say, and never from a URL that was parsed again.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import time
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
import respx
from respx.mocks import HTTPCoreMocker
from respx.models import PassThrough

from conformance.exchange import Request, Response
from conformance.targets.scripted import LOOK, CutBodyError, HeldResponse, SilentError, SlowResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from types import ModuleType

    Handler = Callable[[Request], Response | Exception | None]

STACKS = ("httpcore", "httpcore2")

_REQUEST = "conformance.request"
# respx matches and prints this one; the URL that counts goes beside it, byte for byte.
_PLACEHOLDER = "http://intercepted.invalid/"


class _HandlerRouter(respx.Router):
    """Stands where respx has its routes. Records nothing: a run has many thousands of calls."""

    def __init__(self, answer: Handler) -> None:
        super().__init__()
        self.answer = answer


class _CutStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that breaks off."""

    def __init__(self, beginning: bytes, error: Exception) -> None:
        self._beginning = beginning
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        yield self._beginning
        raise self._error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._beginning
        raise self._error


class _StackMocker(HTTPCoreMocker):
    """respx's mocker for a stack, answering from handlers instead of routes. Subclasses name the stack."""

    name = "conformance"
    core: ClassVar[ModuleType]

    @classmethod
    def to_httpx_request(cls, **kwargs: Any) -> httpx.Request:
        request = kwargs["request"]
        return httpx.Request(
            "POST", _PLACEHOLDER, stream=request.stream, extensions={**request.extensions, _REQUEST: request}
        )

    @classmethod
    def handler(cls, httpx_request: httpx.Request) -> httpx.Response:
        answer = cls._answer(httpx_request)
        if isinstance(answer, SlowResponse | SilentError):
            time.sleep(_pause(answer, httpx_request))
        elif isinstance(answer, HeldResponse):
            end = time.monotonic() + answer.at_most
            while not answer.until() and time.monotonic() < end:
                time.sleep(LOOK)
        return cls._response(answer, httpx_request)

    @classmethod
    async def async_handler(cls, httpx_request: httpx.Request) -> httpx.Response:
        answer = cls._answer(httpx_request)
        if isinstance(answer, SlowResponse | SilentError):
            await asyncio.sleep(_pause(answer, httpx_request))
        elif isinstance(answer, HeldResponse):
            end = time.monotonic() + answer.at_most
            while not answer.until() and time.monotonic() < end:
                await asyncio.sleep(LOOK)
        return cls._response(answer, httpx_request)

    @classmethod
    def _answer(cls, httpx_request: httpx.Request) -> Response | Exception:
        request = _captured(httpx_request)
        for router in cls.routers:
            assert isinstance(router, _HandlerRouter)
            answer = router.answer(request)
            if answer is not None:
                return answer
        raise PassThrough("nobody here asked for it", request=httpx_request, origin=None)  # type: ignore[arg-type]

    @classmethod
    def _response(cls, answer: Response | Exception, httpx_request: httpx.Request) -> httpx.Response:
        stream: httpx.SyncByteStream | httpx.AsyncByteStream
        match answer:
            case CutBodyError():
                response, stream = (
                    answer.response,
                    _CutStream(answer.response.body[: answer.length], cls._of_core(answer)),
                )
            case SlowResponse() if _is_too_slow(answer, httpx_request):
                raise cls._of_core(httpx.ReadTimeout("timed out"))
            case Response():
                response, stream = answer, httpx.ByteStream(answer.body)
            case SilentError() if not _gives_up(answer, httpx_request):
                raise cls._of_core(httpx.RemoteProtocolError("Server disconnected without sending a response."))
            case _:
                raise cls._of_core(answer)
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
        return httpx.Response(response.status, headers=headers, stream=stream)

    @classmethod
    def _of_core(cls, error: Exception) -> Exception:
        """Turn an exception of httpx into the one that the stack itself would raise."""
        if not isinstance(error, httpx.TransportError):
            return error
        kinds = (getattr(cls.core, kind.__name__, None) for kind in type(error).__mro__ if kind is not Exception)
        kind = next((kind for kind in kinds if kind is not None), None)
        return error if kind is None else kind(str(error))

    @classmethod
    def from_sync_httpx_response(  # respx passes more than is needed
        cls,
        httpx_response: httpx.Response,
        target: Any,  # noqa: ARG003
        **kwargs: Any,  # noqa: ARG003
    ) -> Any:
        return cls.core.Response(
            status=httpx_response.status_code, headers=httpx_response.headers.raw, content=httpx_response.stream
        )


def _captured(httpx_request: httpx.Request) -> Request:
    """Read a core request as it was about to be sent; its body has been read by respx."""
    request = httpx_request.extensions[_REQUEST]
    url = request.url
    host = url.host.decode("ascii")
    authority = f"[{host}]" if ":" in host else host
    if url.port is not None:
        authority += f":{url.port}"
    target = url.target.decode("latin-1")
    return Request(
        request.method.decode("latin-1"),
        target,
        tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers),
        httpx_request.content,
        f"{url.scheme.decode('ascii')}://{authority}{target}",
    )


def _read_limit(request: httpx.Request) -> float | None:
    limit = request.extensions.get("timeout", {}).get("read")
    return limit if isinstance(limit, int | float) else None


def _is_too_slow(answer: SlowResponse, request: httpx.Request) -> bool:
    limit = _read_limit(request)
    return limit is not None and max(answer.delay, answer.pause if answer.piece else 0) > limit


def _gives_up(answer: SilentError, request: httpx.Request) -> bool:
    limit = _read_limit(request)
    return limit is not None and limit <= answer.seconds


def _pause(answer: SlowResponse | SilentError, request: httpx.Request) -> float:
    """Return the seconds until the answer is there, or until the client has waited long enough for it.

    Where none comes and the client gives up in time, it is not waited for.
    """
    if isinstance(answer, SilentError):
        return 0.0 if _gives_up(answer, request) else answer.seconds
    limit = _read_limit(request)
    return limit if limit is not None and _is_too_slow(answer, request) else answer.seconds


@cache
def _mocker(stack: str) -> type[_StackMocker] | None:
    if importlib.util.find_spec(stack) is None:
        return None
    targets = [target.replace("httpcore.", f"{stack}.", 1) for target in HTTPCoreMocker.targets]
    members = {"name": f"conformance-{stack}", "core": importlib.import_module(stack), "targets": targets}
    return type(f"_{stack.title()}Mocker", (_StackMocker,), members)


@contextmanager
def intercepted(handler: Handler) -> Iterator[None]:
    """Hand every request of both stacks, sync and async, to ``handler`` instead of the network.

    It gives the response, or what else :mod:`conformance.targets.scripted` knows, or ``None`` for a request that is
    none of its business and goes on its way. ``Request.path`` is the whole target here.
    """
    mockers = [mocker for mocker in map(_mocker, STACKS) if mocker is not None]
    router = _HandlerRouter(handler)
    for mocker in mockers:
        mocker.register(router)
        mocker.start()
    try:
        yield
    finally:
        for mocker in mockers:
            mocker.unregister(router)
            mocker.stop()
