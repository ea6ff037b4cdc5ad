"""Python SDKs caught where their HTTP stack meets the network: ``httpcore`` under httpx, ``httpcore2`` under httpx2.

respx knows how to patch the first; the second has the same shape under another name. The mockers here are beside
respx's own, so a router that a user has set up is not disturbed. A request is read from the core request that was
about to be sent, after the SDK and its HTTP client have had their say, and never from a URL that was parsed again.
"""

from __future__ import annotations

import importlib
import importlib.util
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
import respx
from respx.mocks import HTTPCoreMocker
from respx.models import PassThrough

from conformance.exchange import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
        request = _captured(httpx_request)
        for router in cls.routers:
            assert isinstance(router, _HandlerRouter)
            answer = router.answer(request)
            if isinstance(answer, Exception):
                raise cls._of_core(answer)
            if answer is not None:
                headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
                return httpx.Response(answer.status, headers=headers, stream=httpx.ByteStream(answer.body))
        raise PassThrough("nobody here asked for it", request=httpx_request, origin=None)  # type: ignore[arg-type]

    @classmethod
    async def async_handler(cls, httpx_request: httpx.Request) -> httpx.Response:
        return cls.handler(httpx_request)

    @classmethod
    def _of_core(cls, error: Exception) -> Exception:
        """Turn an exception of httpx into the one that the stack itself would raise."""
        kind = getattr(cls.core, type(error).__name__, None)
        return kind(str(error)) if isinstance(error, httpx.TransportError) and kind is not None else error

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

    It gives the response, or an exception of :mod:`httpx` that is raised as the stack would raise it, or ``None``
    for a request that is none of its business and goes on its way. ``Request.path`` is the whole target here.
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
