"""The reference behind a server of our own, which frames messages as it is told: well, oddly, or wrongly.

A server that others have made frames as it does; what a defect of framing looks like can be shown only by one that has
it. It reads a request at a time and answers it, and knows of HTTP/1.1 no more than the suite sends.
"""

from __future__ import annotations

import gzip
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from conformance.exchange import Request, Response
from conformance.reference import errors
from conformance.reference.behaviour import Behaviour
from conformance.reference.idle import IDLE

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from io import BufferedIOBase

    from conformance.exchange import Handler

_LARGEST = 2 * 1024 * 1024
"""Bytes of a body that are read where some are left: more are refused with 413. All that the limits allow is less."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_IN_CHUNKS = frozenset({"chunked", "twice", "wrong beside chunks"})
_BUFFER = 8192  # bytes that many a server has for a body
_SHORT = 4096  # bytes up to which a body comes at once with its head, unless its sender keeps them apart


@dataclass(frozen=True, slots=True)
class Framing:
    """How messages are framed; as it stands, as HTTP/1.1 has it."""

    chunked: Literal["read", "lost", "long-lost", "left", "refused", "unknown", "broken"] = "read"
    """A chunked body: read; taken for ``{}``, each or a long one; for an empty one and not read; refused with 411, 501
    or 500."""
    expect: Literal["continued", "at-once", "silent", "lost", "refused", "broken"] = "continued"
    """``Expect: 100-continue``: answered when the body is wanted, always, or never; the body is lost; 417; 500."""
    segments: Literal["whole", "lost", "apart", "refused"] = "whole"
    """A body of which a part comes later: read; taken for ``{}``; decoded part by part; refused with 400."""
    left: frozenset[int | str] = frozenset()
    """Statuses, and methods, with which a body is not read; ``type``: one that is no JSON by its content type."""
    ends: Literal["", "after-left", "silently", "announced"] = ""
    """When the connection is closed: only when asked, after a body that was not read, or after every answer."""
    serves: int = 0
    """How many requests a connection serves before it is closed; 0 for any number."""
    silent: bool = False
    """Whether that last answer says nothing of it."""
    length: Literal["told", "chunked", "none", "unpacked", "twice", "wrong beside chunks"] = "told"
    """How the end of an answer is told; ``unpacked``: answers are packed where that is asked for, the length is not;
    ``twice``: by chunks and by a length."""
    version: str = "1.1"
    head_body: bool = False
    """Whether HEAD is answered with a body."""
    deleted: Literal["", "bodiless", "with-body"] = ""
    """How DELETE is answered with 204, if it is."""
    behind: bytes = b""
    """What is written behind the answers."""
    behind_of: frozenset[str] = frozenset({"POST", "GET"})
    """To which methods."""
    known_as: str = ""
    """A header whose name is known in this spelling alone; in another one it is not seen."""


@contextmanager
def listening(handler: Handler, framing: Framing, listener: socket.socket) -> Iterator[threading.Thread]:
    """Serve a handler on a listening socket with this framing while the context lasts; it gives the thread."""

    class Bound(_Conversation):
        answers, frames = handler, framing

    server = _Server(listener.getsockname(), Bound, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


class _Conversation(socketserver.StreamRequestHandler):
    """One connection."""

    answers: Handler
    frames: Framing
    disable_nagle_algorithm = True
    timeout = IDLE

    def handle(self) -> None:
        served = 0
        try:
            while self._one(last=self.frames.serves == served + 1):
                served += 1
        except (ConnectionError, TimeoutError, ValueError):
            return

    def _one(self, *, last: bool) -> bool:
        """Answer one request; return whether another may follow."""
        head = _read_head(self.rfile)
        if head is None:
            return False
        method, path, headers = head
        if not method:
            self._write("GET", Response(400, (("content-type", "text/plain"),), b"no request"), close=True)
            return False
        request = Request(method, path.removeprefix("/v1"), headers)
        refused, body = self._received(request)
        left = refused is not None
        response = refused or self.answers.handle(replace(self._known(request), body=body or b""))
        if path == request.path:
            response = _refusal(404)
        asked = (request.header("connection") or "").lower() == "close"
        frames = self.frames
        ends = asked or last or frames.ends in {"silently", "announced"} or (left and frames.ends == "after-left")
        silent = (last and frames.silent) or frames.ends == "silently"
        self._write(method, self._packed(request, response), close=ends and not silent)
        return not ends and frames.length != "none" and frames.version == "1.1"

    def _received(self, request: Request) -> tuple[Response | None, bytes]:
        """Read the body; return the answer as well where there is one without it."""
        frames = self.frames
        length = int(request.header("content-length") or 0)
        chunked = "chunked" in (request.header("transfer-encoding") or "").lower()
        if not length and not chunked:
            return None, b""
        early = self._early(request, length)
        if early is not None:
            return early, b""
        expects = "100-continue" in (request.header("expect") or "").lower()
        if expects and frames.expect in {"lost", "refused", "broken"}:
            if frames.expect == "lost":
                return self.answers.handle(replace(request, body=b"{}")), b""
            return _refusal(417 if frames.expect == "refused" else 500), b""
        if frames.expect == "at-once" or (expects and frames.expect == "continued"):
            self.wfile.write(_CONTINUE)
        if chunked:
            return self._chunked(request)
        return self._of_length(length)

    def _known(self, request: Request) -> Request:
        """Leave out the header that is known in one spelling alone, where it comes in another."""
        known = self.frames.known_as
        kept = tuple((name, value) for name, value in request.headers if name == known or name.lower() != known.lower())
        if len(kept) < len(request.headers) and known == "Content-Type":
            kept += (("Content-Type", "application/octet-stream"),)  # RFC 9110, 8.3
        return replace(request, headers=kept)

    def _early(self, request: Request, length: int) -> Response | None:
        left = self.frames.left
        mislabelled = "type" in left and "json" not in (request.header("content-type") or "")
        if request.method in left or mislabelled:
            return self.answers.handle(request)
        if not left or request.method in {"GET", "DELETE"}:
            return None
        if 413 in left and length > _LARGEST:
            return _refusal(413)
        # A body that is empty is refused in any case, and says how the rest of the request is taken.
        response = self.answers.handle(request)
        return response if response.status in left else None

    def _chunked(self, request: Request) -> tuple[Response | None, bytes]:
        match self.frames.chunked:
            case "read":
                return None, _read_chunks(self.rfile)
            case "left":
                return self.answers.handle(request), b""
            case "lost":
                _read_chunks(self.rfile)
                return None, b"{}"
            case "long-lost":
                body = _read_chunks(self.rfile)
                return None, body if len(body) <= _BUFFER else b"{}"
            case "broken":
                _read_chunks(self.rfile)
                return _refusal(500), b""
            case how:
                _read_chunks(self.rfile)
                return _refusal(411 if how == "refused" else 501), b""

    def _of_length(self, length: int) -> tuple[Response | None, bytes]:
        if self.frames.segments == "whole" or length > _SHORT:
            return None, self.rfile.read(length)
        first = self.rfile.read1(length)  # what has come already
        rest = self.rfile.read(length - len(first))
        if not rest:
            return None, first
        match self.frames.segments:
            case "lost":
                return None, b"{}"
            case "refused":
                return _refusal(400), b""
            case _:
                return None, first.decode("utf-8", "replace").encode() + rest.decode("utf-8", "replace").encode()

    def _packed(self, request: Request, response: Response) -> Response:
        packs = self.frames.length == "unpacked" and "gzip" in (request.header("accept-encoding") or "")
        if not packs:
            return response
        length = ("content-length", str(len(response.body)))
        headers = (*response.headers, ("content-encoding", "gzip"), length)
        return replace(response, body=gzip.compress(response.body, mtime=0), headers=headers)

    def _write(self, method: str, response: Response, *, close: bool) -> None:
        frames = self.frames
        if method == "DELETE" and frames.deleted and response.status == 200:
            response = replace(response, status=204)
        body = response.body
        bodiless = (method == "HEAD" and not frames.head_body) or (
            response.status == 204 and frames.deleted == "bodiless"
        )
        lines = [f"HTTP/{frames.version} {response.status} {HTTPStatus(response.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        if frames.length in _IN_CHUNKS and response.status != 204:
            lines.append("transfer-encoding: chunked")
            if frames.length != "chunked":
                lines.append(f"content-length: {len(body) if frames.length == 'twice' else len(body) // 2}")
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:]) if part) + b"0\r\n\r\n"
        elif frames.length != "none" and response.status != 204 and response.header("content-length") is None:
            lines.append(f"content-length: {len(body)}")
        if close:
            lines.append("connection: close")
        written = "\r\n".join([*lines, "", ""]).encode("latin-1") + (b"" if bodiless else body)
        self.wfile.write(written + (frames.behind if method in frames.behind_of else b""))


def _refusal(status: int) -> Response:
    refusal = errors.Refusal("The request cannot be taken in this way.", status=status)
    return Response(status, (("content-type", "application/json"),), Behaviour().write(refusal.envelope()))


def _read_head(stream: BufferedIOBase) -> tuple[str, str, tuple[tuple[str, str], ...]] | None:
    """Read a request line and headers; an empty method where there is no request, ``None`` at the end."""
    line = stream.readline(65_537)
    if not line:
        return None
    words = line.split()
    if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
        return "", "", ()
    headers = []
    while (field := stream.readline(200_000).rstrip(b"\r\n")) != b"":
        name, _, value = field.partition(b":")
        headers.append((name.decode("latin-1"), value.strip().decode("latin-1")))
    return words[0].decode("latin-1"), words[1].decode("latin-1"), tuple(headers)


def _read_chunks(stream: BufferedIOBase) -> bytes:
    body = b""
    while size := int(stream.readline(1000).partition(b";")[0], 16):
        body += stream.read(size)
        stream.readline(3)
    while stream.readline(1000).strip():
        pass
    return body
