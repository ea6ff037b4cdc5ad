"""The calls of the operation as HTTP requests, and which headers join those that a request brings.

One rule for every server target. The request's own headers come first; then the user's; then the suite's, each only
where none of that name is there. A header ``Authorization`` or ``Content-Type`` whose value is empty means: leave it
out altogether. Nothing else is altered, and no path is ever normalised.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance import __version__
from conformance.exchange import Request
from conformance.targets.naming import naming_model

if TYPE_CHECKING:
    from conformance.exchange import Exchange, Headers, Operation

_LEFT_OUT = frozenset({"authorization", "content-type"})


def completed(request: Request, *layers: Headers) -> Headers:
    """Return the request's headers, and those of each layer that nothing before it has set."""
    found = list(request.headers)
    for layer in layers:
        named = {name.lower() for name, _ in found}
        found.extend((name, value) for name, value in layer if name.lower() not in named)
    return tuple((name, value) for name, value in found if value or name.lower() not in _LEFT_OUT)


def suite_headers(request: Request, authorization: str | None, *, beta: bool) -> Headers:
    """Return the headers that the suite sends of its own accord with a request."""
    headers = [
        ("User-Agent", f"conformance/{__version__}"),
        ("Accept", "application/json"),
        ("Accept-Encoding", "identity"),
    ]
    if authorization:
        headers.append(("Authorization", authorization))
    if request.body:
        headers.append(("Content-Type", "application/json"))
    if beta:
        headers.append(("OpenAI-Beta", "assistants=v2"))
    return tuple(headers)


def in_segment(assistant_id: str) -> str:
    """Return an id percent-encoded."""
    return quote(assistant_id, safe="", errors="surrogatepass")


def assistant_path(assistant_id: str) -> str:
    """Return the path of an assistant, its id percent-encoded as one segment."""
    segment = in_segment(assistant_id)
    return "/assistants/" + (segment.replace(".", "%2E") if segment in {".", ".."} else segment)


def create_request(body: bytes) -> Request:
    """Return the request that makes an assistant."""
    return Request("POST", "/assistants", body=body)


def retrieve_request(assistant_id: str) -> Request:
    """Return the request that reads an assistant."""
    return Request("GET", assistant_path(assistant_id))


def modify_request(assistant_id: str, body: bytes) -> Request:
    """Return the request that modifies an assistant."""
    return Request("POST", assistant_path(assistant_id), body=body)


def delete_request(assistant_id: str) -> Request:
    """Return the request that deletes an assistant."""
    return Request("DELETE", assistant_path(assistant_id))


def list_request() -> Request:
    """Return the request that reads the newest assistants, as many as one page may hold."""
    return Request("GET", "/assistants?limit=100")


class ServerOperations(ABC):
    """The calls of a server target, each in terms of one exchange."""

    _model = ""

    def name_model(self, model: str) -> None:
        """Let every modify that names no model name this one from now on: for a target that takes no other."""
        self._model = model

    @abstractmethod
    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        """Send a request, completed by the headers above, and tell what came of it."""

    def create(self, body: bytes) -> Exchange:
        """Make an assistant from a JSON text."""
        return self.exchange("create", create_request(body))

    def modify(self, assistant_id: str, body: bytes) -> Exchange:
        """Do the operation with a JSON text, sent as it is unless the target wants a model in it."""
        return self.exchange("modify", self.named(modify_request(assistant_id, body)), assistant_id)

    def retrieve(self, assistant_id: str) -> Exchange:
        """Read an assistant."""
        return self.exchange("retrieve", retrieve_request(assistant_id), assistant_id)

    def list(self) -> Exchange:
        """Read the newest assistants."""
        return self.exchange("list", list_request())

    def delete(self, assistant_id: str) -> Exchange:
        """Delete an assistant."""
        return self.exchange("delete", delete_request(assistant_id), assistant_id)

    def send(self, request: Request) -> Exchange:
        """Send any request at all."""
        return self.exchange("raw", self.named(request))

    def named(self, request: Request) -> Request:
        """Return a modify as it is sent: with the model in it that the target wants, if it wants one."""
        modifies = request.method == "POST" and request.path.startswith("/assistants/")
        if not (self._model and modifies):
            return request
        return replace(request, body=naming_model(request.body, self._model))
