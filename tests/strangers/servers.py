"""Servers that misbehave: each a correct one but for one kind of misbehaviour, over a bare socket.

``python tests/strangers/servers.py KIND`` serves one on a port of the system's and prints it. A kind is the name of a
misbehaviour and when it shows: ``always``, ``modifies`` (and for nothing else), or ``later`` (from request 40 on).
"""

from __future__ import annotations

import gzip
import json
import socket
import struct
import sys
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if (root := str(Path(__file__).resolve().parents[2])) not in sys.path:
    sys.path.insert(0, root)  # where ``conformance`` is, when it is not installed

from conformance.exchange import Request, Response
from conformance.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

WHEN = ("always", "modifies", "later")
_LATER = 40
_FOR_EVER = 600.0
_BLOCK = 65536


@dataclass
class Talk:
    """One request on a connection, and the right answer to it."""

    sock: socket.socket
    request: Request
    response: Response
    url: str
    sent_before: int = field(default=0)

    def write(self, data: bytes) -> None:
        """Send bytes."""
        self.sock.sendall(data)

    def answer(
        self, body: bytes | None = None, *more: tuple[str, str], status: int = 0, length: int | None = None
    ) -> None:
        """Send an answer: the right one, but for what is given."""
        held = self.response.body if body is None else body
        code = status or self.response.status
        names = {name.lower() for name, _ in more}
        headers = [
            (name, value) for name, value in self.response.headers if name.lower() not in {"content-length", *names}
        ]
        lines = [f"{name}: {value}" for name, value in (*headers, *more)]
        if "transfer-encoding" not in names and "content-length" not in names:
            lines.append(f"content-length: {len(held) if length is None else length}")
        head = f"HTTP/1.1 {code} Answer\r\n" + "\r\n".join(lines) + "\r\n\r\n"
        if self.request.method == "HEAD":
            held = b""
        self.write(head.encode("latin-1", "replace") + held)

    def wait(self) -> None:
        """Say nothing more until the other side is gone."""
        self.sock.settimeout(_FOR_EVER)
        with suppress(OSError):
            while self.sock.recv(_BLOCK):
                pass


Misbehaviour = Callable[["Talk"], "bool | None"]
"""Answers in its way; returns true where the connection goes on."""

_kinds: dict[str, Misbehaviour] = {}
_harmless: set[str] = set()


def kind(name: str, *, harmless: bool = False) -> Callable[[Misbehaviour], Misbehaviour]:
    """Take a function for a misbehaviour; a ``harmless`` one breaks nothing of the contract."""

    def take(act: Misbehaviour) -> Misbehaviour:
        _kinds[name] = act
        if harmless:
            _harmless.add(name)
        return act

    return take


def kinds() -> Iterator[str]:
    """Return every kind: each misbehaviour, at each time."""
    return (f"{name} {when}" for name in _kinds for when in WHEN)


def is_harmless(one: str) -> bool:
    """Return whether a kind may come out conformant."""
    return one.rpartition(" ")[0] in _harmless


# Connections


@kind("answers rightly", harmless=True)
def _(talk: Talk) -> bool:
    talk.answer()
    return True


@kind("says nothing")
def _(talk: Talk) -> None:
    talk.wait()


@kind("closes without an answer")
def _(talk: Talk) -> None:
    return None


@kind("resets")
def _(talk: Talk) -> None:
    talk.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@kind("ends within the head")
def _(talk: Talk) -> None:
    talk.write(b"HTTP/1.1 200 OK\r\ncontent-ty")


@kind("ends within the body")
def _(talk: Talk) -> None:
    talk.answer(talk.response.body[:-9], length=len(talk.response.body))


@kind("stops within the body")
def _(talk: Talk) -> None:
    talk.answer(talk.response.body[:-9], length=len(talk.response.body))
    talk.wait()


@kind("stops within the head")
def _(talk: Talk) -> None:
    talk.write(b"HTTP/1.1 200 OK\r\ncontent-ty")
    talk.wait()


@kind("trickles the body")
def _(talk: Talk) -> None:
    talk.answer(b"", length=len(talk.response.body))
    for byte in talk.response.body:
        talk.write(bytes((byte,)))
        time.sleep(0.3)


@kind("trickles the head")
def _(talk: Talk) -> None:
    for byte in b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n":
        talk.write(bytes((byte,)))
        time.sleep(0.3)


@kind("streams a body without an end")
def _(talk: Talk) -> None:
    talk.answer(b"", ("transfer-encoding", "chunked"))
    while True:
        talk.write(b"4000\r\n" + b" " * 0x4000 + b"\r\n")
        time.sleep(0.002)


@kind("streams headers without an end")
def _(talk: Talk) -> None:
    talk.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        talk.write(b"x-more: " + b"y" * 4000 + b"\r\n")
        time.sleep(0.002)


@kind("sends interim answers without an end")
def _(talk: Talk) -> None:
    while True:
        talk.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        time.sleep(0.01)


@kind("answers slowly", harmless=True)
def _(talk: Talk) -> bool:
    time.sleep(0.05)
    talk.answer()
    return True


@kind("answers after the time-out")
def _(talk: Talk) -> None:
    time.sleep(1.6)
    talk.answer()


@kind("sends hints before the answer", harmless=True)
def _(talk: Talk) -> bool:
    talk.write(b"HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n")
    talk.answer()
    return True


@kind("closes after each answer", harmless=True)
def _(talk: Talk) -> None:
    talk.answer(None, ("connection", "close"))


# Framing

for _told, _head in {
    "has a status of four digits": b"HTTP/1.1 2000 OK\r\n",
    "has a status of no digits": b"HTTP/1.1 abc OK\r\n",
    "has a negative status": b"HTTP/1.1 -200 OK\r\n",
    "has no status": b"HTTP/1.1\r\n",
    "has another version": b"HTTP/3.7 200 OK\r\n",
    "speaks another protocol": b"SSH-2.0-stranger\r\n",
    "sends binary noise": bytes(range(256)) * 4,
    "sends blank lines": b"\r\n\r\n\r\n\r\n",
    "has a status of 99": b"HTTP/1.1 99 Low\r\n",
    "has a status of 799": b"HTTP/1.1 799 High\r\n",
    "switches protocols": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: stranger\r\nconnection: upgrade\r\n",
}.items():

    @kind(_told)
    def _(talk: Talk, head: bytes = _head) -> None:
        talk.write(head + b"content-type: application/json\r\ncontent-length: 2\r\n\r\n{}")


_UNJUDGED = frozenset({
    *("sets a thousand cookies", "has a thousand headers", "is labelled with an unknown coding"),
    "has control characters in a header",
})  # fmt: skip
"""What the document says nothing about, and most clients pass over."""

for _told, _headers in {
    "has a negative length": [("content-length", "-5")],
    "has two lengths": [("content-length", "10"), ("content-length", "20")],
    "has a length that is no number": [("content-length", "many")],
    "has a length of 30 digits": [("content-length", "9" * 30)],
    "has a length too small": [("content-length", "20")],
    "has a length too large": [("content-length", "999999")],
    "says chunked and sends none": [("transfer-encoding", "chunked")],
    "has an unknown transfer coding": [("transfer-encoding", "stranger")],
    "is labelled gzip and is not": [("content-encoding", "gzip")],
    "is labelled br and is not": [("content-encoding", "br")],
    "is labelled with an unknown coding": [("content-encoding", "stranger")],
    "is labelled as an image": [("content-type", "image/png")],
    "has a header of a megabyte": [("x-long", "y" * 1_000_000)],
    "has a thousand headers": [(f"x-{number}", "y") for number in range(1000)],
    "has control characters in a header": [("x-odd", "a\x1b[31mb\x07")],
    "has a header without a name": [("", "value")],
    "sets a thousand cookies": [("set-cookie", f"c{number}=v; Path=/") for number in range(1000)],
}.items():

    @kind(_told, harmless=_told in _UNJUDGED)
    def _(talk: Talk, headers: list[tuple[str, str]] = _headers) -> None:
        talk.answer(None, *headers)


@kind("has chunks of no size")
def _(talk: Talk) -> None:
    talk.answer(b"zz\r\n{}\r\n0\r\n\r\n", ("transfer-encoding", "chunked"))


@kind("has a chunk without an end")
def _(talk: Talk) -> None:
    talk.answer(b"fff\r\n{}", ("transfer-encoding", "chunked"))
    talk.wait()


@kind("breaks a line within a header")
def _(talk: Talk) -> None:
    talk.answer(None, ("x-split", "a\r\nx-more: b\r\n\r\n{}"))


@kind("answers twice")
def _(talk: Talk) -> bool:
    talk.answer()
    talk.answer()
    return True


@kind("answers half packed")
def _(talk: Talk) -> None:
    talk.answer(gzip.compress(talk.response.body)[:-12], ("content-encoding", "gzip"))


@kind("answers packed", harmless=True)
def _(talk: Talk) -> bool:
    talk.answer(gzip.compress(talk.response.body), ("content-encoding", "gzip"))
    return True


# Bodies

_DEEP = 5000
for _told, _body in {
    "answers with a page": b"<!doctype html><title>Welcome</title>" + b"<p>hello" * 50,
    "answers with nothing": b"",
    "answers with null": b"null",
    "answers with a number": b"5",
    "answers with a text": b'"assistant"',
    "answers with a list": b"[]",
    "answers with an empty object": b"{}",
    "answers with two texts": b"{}{}",
    "answers with NaN": b'{"id": NaN}',
    "answers in UTF-16": '{"id": "asst_1"}'.encode("utf-16"),
    "answers with bytes that are no text": b'{"id": "\xff\xfe\x80"}',
    "answers deeply nested": b"[" * _DEEP + b"]" * _DEEP,
    "answers with a number of a million digits": b'{"id": "asst_1", "created_at": ' + b"9" * 1_000_000 + b"}",
    "answers with many empty objects": b"[" + b"{}," * 2_000_000 + b"{}]",
    "answers with much space": b" " * 30_000_000 + b"{}",
    "answers with a long text": b'{"id": "' + b"a" * 8_000_000 + b'"}',
    "answers with a key twice": b'{"id": "asst_1", "id": "asst_2", "object": "assistant"}',
    "answers with another assistant": b'{"id": "asst_other", "object": "assistant", "created_at": 1, "model": "m"}',
    "answers with types exchanged": b'{"id": 5, "object": [], "created_at": "now", "tools": {}, "model": null}',
    "answers with control sequences": json.dumps({"id": "\x1b]0;x\x07\x1b[2J", "object": "\u202e\u0000"}).encode(),
    "answers with markup": b'{"id": "<script>alert(1)</script>", "object": "]]></system-out>"}',
}.items():

    @kind(_told)
    def _(talk: Talk, body: bytes = _body) -> bool:
        talk.answer(body, status=200)
        return True


@kind("answers with half of the JSON")
def _(talk: Talk) -> bool:
    talk.answer(talk.response.body[: len(talk.response.body) // 2])
    return True


@kind("gives the request back")
def _(talk: Talk) -> bool:
    talk.answer(talk.request.body or b"{}", status=200)
    return True


# Statuses

for _status, _more in {
    204: [],
    206: [("content-range", "bytes 0-9/99")],
    304: [],
    401: [],
    403: [],
    404: [],
    405: [("allow", "GET")],
    418: [],
    429: [("retry-after", "86400")],
    500: [],
    502: [],
    503: [("retry-after", "3600")],
    599: [],
}.items():

    @kind(f"answers {_status}")
    def _(talk: Talk, status: int = _status, more: list[tuple[str, str]] = _more) -> None:
        talk.answer(
            b'{"error": {"message": "no", "type": "server_error", "param": null, "code": null}}', *more, status=status
        )


@kind("answers 429 with a wait that is none")
def _(talk: Talk) -> None:
    talk.answer(b"", ("retry-after", "soon"), status=429)


for _told, _where in {
    "redirects to itself": "",
    "redirects to no address": "http://",
    "redirects to another scheme": "gopher://127.0.0.1/",
    "redirects to nobody": "http://127.0.0.1:1/v1/assistants",
    "redirects deeper each time": "/again",
}.items():

    @kind(_told)
    def _(talk: Talk, where: str = _where) -> None:
        there = f"{talk.url}{talk.request.path}{where}" if not where or where.startswith("/") else where
        talk.answer(b"", ("location", there), status=307)


# What is more than anybody reads


@kind("answers with a gigabyte")
def _(talk: Talk) -> None:
    talk.answer(b'{"id": "', length=2**30)
    for _ in range(2**30 // _BLOCK):
        talk.write(b"a" * _BLOCK)


@kind("answers with a packed gigabyte")
def _(talk: Talk) -> None:
    talk.answer(_packed_gigabyte(), ("content-encoding", "gzip"))


@cache
def _packed_gigabyte() -> bytes:
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(pack.compress(b" " * 2**20) for _ in range(2**10)), pack.flush()])


@kind("streams at full speed without an end")
def _(talk: Talk) -> None:
    talk.answer(b"", ("transfer-encoding", "chunked"))
    while True:
        talk.write(b"10000\r\n" + b" " * _BLOCK + b"\r\n")


def _with(talk: Talk, member: bytes) -> None:
    """Answer rightly, with one member more."""
    body = talk.response.body
    whole = body.startswith(b"{") and body.endswith(b"}") and len(body) > 2
    talk.answer(body[:-1] + b', "more": ' + member + b"}" if whole else body)


for _told, _member in {
    "adds a long text": b'"' + b"m" * 6_000_000 + b'"',
    "adds many members": b"{" + b",".join(b'"m%d": %d' % (number, number) for number in range(60_000)) + b"}",
    "adds five million objects": b"[" + b"{}," * 4_999_999 + b"{}]",
    "adds a million levels": b"[" * 1_000_000 + b"]" * 1_000_000,
    "adds a hundred thousand levels": b'{"m":' * 100_000 + b"1" + b"}" * 100_000,
    "adds numbers beyond a double": b"[1e999, -1e999, 1e-999, " + b"7" * 5000 + b"]",
    "adds lone surrogates": b'["\\ud800", "\\udfff\\ud800", {"\\udabc": 1}]',
}.items():

    @kind(_told, harmless=True)
    def _(talk: Talk, member: bytes = _member) -> bool:
        _with(talk, member)
        return True


# What is shown to people

_ODD = "\x1b]0;title\x07\x1b[2J\x1b[31m\x9b1m\u202e\r\n::error::no\u2028</script><b>&\x00"

for _told, _where in {
    "is called by control sequences": "server",
    "redirects by control sequences": "location",
    "is labelled with control sequences": "content-type",
    "numbers requests with control sequences": "x-request-id",
}.items():

    @kind(_told, harmless=_where in {"server", "x-request-id"})
    def _(talk: Talk, where: str = _where) -> None:
        odd = _ODD.replace("\r", "").replace("\n", "").replace("\x00", "")
        talk.answer(None, (where, odd), status=307 if where == "location" else 0)


@kind("says control sequences in errors")
def _(talk: Talk) -> None:
    error = {"message": _ODD, "type": _ODD, "param": _ODD, "code": _ODD}
    talk.answer(json.dumps({"error": error}).encode(), status=500)


@kind("says control sequences beside the status")
def _(talk: Talk) -> None:
    talk.write(b"HTTP/1.1 500 \x1b]0;x\x07\x1b[2J\r\ncontent-length: 0\r\n\r\n")


for _told, _id in {
    "gives ids that are paths": "../../assistants/asst_1",
    "gives ids of control characters": "asst_\r\nx-more: 1\x1b[2J\x00",
    "gives ids of a megabyte": "asst_" + "a" * 1_000_000,
    "gives ids that are addresses": "http://127.0.0.1:1/v1?x=y#z",
    "gives empty ids": "",
}.items():

    @kind(_told)
    def _(talk: Talk, id_: str = _id) -> bool:
        value = json.loads(talk.response.body or b"null")
        if isinstance(value, dict) and "id" in value:
            value["id"] = id_
        talk.answer(json.dumps(value).encode())
        return True


# Other ways of answering


@kind("ends a body by closing", harmless=True)
def _(talk: Talk) -> None:
    talk.write(b"HTTP/1.0 %d OK\r\ncontent-type: application/json\r\n\r\n" % talk.response.status)
    if talk.request.method != "HEAD":
        talk.write(talk.response.body)


@kind("sends chunks of one byte, with extensions and trailers", harmless=True)
def _(talk: Talk) -> bool:
    chunks = b"".join(b"1;more=yes\r\n%c\r\n" % byte for byte in talk.response.body)
    talk.answer(chunks + b"0\r\nx-more: yes\r\n\r\n", ("transfer-encoding", "chunked"))
    return True


@kind("has a chunk extension of a megabyte")
def _(talk: Talk) -> None:
    talk.answer(b"2;" + b"x" * 1_000_000 + b"\r\n{}\r\n0\r\n\r\n", ("transfer-encoding", "chunked"))


@kind("is packed a thousand times")
def _(talk: Talk) -> None:
    talk.answer(gzip.compress(talk.response.body), ("content-encoding", ", ".join(["gzip"] * 1000)))


for _told, _wait in {
    "asks for a wait of nothing, again and again": "0",
    "asks for a negative wait": "-5",
    "asks for a wait beyond numbers": "9" * 400,
    "asks for a wait until a year that is none": "Fri, 31 Dec 99999 23:59:59 GMT",
}.items():

    @kind(_told)
    def _(talk: Talk, wait: str = _wait) -> bool:
        talk.answer(b"", ("retry-after", wait), status=429)
        return True


class Stranger:
    """A server with one kind of misbehaviour, in threads of its own."""

    def __init__(self, one: str) -> None:
        name, _, self._when = one.rpartition(" ")
        self._act = _kinds[name]
        self._reference = Reference()
        self._lock = threading.Lock()
        self._requests = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        """Take connections until the process ends."""
        while True:
            sock, _ = self._listener.accept()
            threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock: socket.socket) -> None:
        sock.settimeout(_FOR_EVER)
        with suppress(OSError, ValueError), sock, sock.makefile("rb") as source:
            while (request := _read(source)) is not None:
                with self._lock:
                    self._requests += 1
                    response = self._reference.handle(request)
                    late = self._requests > _LATER
                talk = Talk(sock, request, response, f"http://127.0.0.1:{self.port}/v1")
                modifies = request.method == "POST" and request.path.startswith("/assistants/")
                if {"always": True, "modifies": modifies, "later": late}[self._when]:
                    if not self._act(talk):
                        return
                else:
                    talk.answer()


def _read(source: BinaryIO) -> Request | None:
    """Read one request; ``None`` at the end."""
    line = source.readline()
    if not line.strip():
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers: list[tuple[str, str]] = []
    while (line := source.readline()).strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name.strip(), value.strip()))
    held = {name.lower(): value for name, value in headers}
    if "chunked" in held.get("transfer-encoding", ""):
        body = b""
        while size := int(source.readline().strip() or b"0", 16):
            body += source.read(size)
            source.readline()
        source.readline()
    else:
        body = source.read(int(held.get("content-length", "0")))
    return Request(method, target.removeprefix("/v1"), tuple(headers), body)


if __name__ == "__main__":
    stranger = Stranger(sys.argv[1])
    sys.stdout.write(f"{stranger.port}\n")
    sys.stdout.flush()
    stranger.serve()
