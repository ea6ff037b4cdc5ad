"""Faults in answers as messages: how they are packed, and keys that come twice; and what is as good in both."""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from conformance.exchange import Request
from conformance.reference import errors
from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.fault import Fault, Variant
from conformance.reference.faults.steps import is_modify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.exchange import Response
    from conformance.reference.errors import Refusal
    from conformance.reference.store import Store

_UNKNOWN = Request("GET", "/assistants/asst_unknown")
_ASKED = Request("GET", "/assistants/{id}", (("accept-encoding", "gzip"),))


class _Sending(Behaviour):
    """Alters answers as they leave: ``change(response)`` of those that ``picks(request, response)`` picks."""

    def __init__(
        self, change: Callable[[Response], Response], picks: Callable[[Request, Response], bool] = lambda *_: True
    ) -> None:
        self._change = change
        self._picks = picks

    def finish(self, store: Store, request: Request, response: Response) -> Response:
        """Return what the function makes of it."""
        return self._change(response) if self._picks(request, response) else response


def _packing(pack: Callable[[bytes], bytes], label: str | None) -> Callable[[Response], Response]:
    def change(response: Response) -> Response:
        headers = response.headers if label is None else (*response.headers, ("Content-Encoding", label))
        return replace(response, body=pack(response.body), headers=headers)

    return change


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def _two_members(data: bytes) -> bytes:
    half = len(data) // 2
    return _gzip(data[:half]) + _gzip(data[half:])


def _wrong_checksum(data: bytes) -> bytes:
    packed = _gzip(data)
    return packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:]


def _is_asked(request: Request, response: Response) -> bool:
    return "gzip" in (request.header("accept-encoding") or "")


def _is_refusal(request: Request, response: Response) -> bool:
    return response.status >= 400


def _of(*methods: str) -> Callable[[Request, Response], bool]:
    return lambda request, response: request.method in methods and response.status == 200


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _coded()
    yield from _twice()


def _coded() -> Iterator[Fault]:
    coding = "response.content_coding"
    also = ("response.*",)
    lies: tuple[tuple[str, str, Callable[[bytes], bytes], str | None], ...] = (
        ("packed-unlabelled", "packs answers with gzip and does not say so", _gzip, None),
        ("labelled-unpacked", "says gzip of answers that are not packed", bytes, "gzip"),
        ("labelled-deflate-unpacked", "says deflate of answers that are not packed", bytes, "deflate"),
        ("labelled-br-unpacked", "says br of answers that are not packed", bytes, "br"),
        ("packed-twice", "packs answers twice and says so once", lambda data: _gzip(_gzip(data)), "gzip"),
        ("packed-otherwise", "says deflate of answers that are packed with gzip", _gzip, "deflate"),
        ("packed-checksum", "packs answers with a wrong checksum", _wrong_checksum, "gzip"),
        ("packed-cut", "leaves out the end of packed answers", lambda data: _gzip(data)[:-4], "gzip"),
        ("packed-followed", "writes more behind packed answers", lambda data: _gzip(data) + b"OK", "gzip"),
    )
    for name, words, pack, label in lies:
        yield Fault(name, coding, words, partial(_Sending, _packing(pack, label)), ({},), (*also, "roundtrip.*"))
    errors_only = _packing(_gzip, None)
    sentence = "packs rejections with gzip and does not say so"
    yield Fault("refusals-unlabelled", coding, sentence, partial(_Sending, errors_only, _is_refusal), (_UNKNOWN,), also)
    if_asked = _packing(bytes, "gzip")
    sentence = "says gzip of answers that are not packed, where gzip is asked for"
    yield Fault("asked-labelled-unpacked", coding, sentence, partial(_Sending, if_asked, _is_asked), (_ASKED,), also)
    accepts = "response.accept_encoding"
    yield Fault("asked-broken", accepts, "answers 500 where gzip is asked for", _AskedBroken, (_ASKED,), also)
    yield Fault(
        "asked-stale",
        accepts,
        "answers a GET with an old answer where gzip is asked for",
        _AskedStale,
        (
            _ASKED,
            {"name": "Not shown"},
            _ASKED,
        ),
        also,
    )
    packed = Request(
        "POST",
        "/assistants/{id}",
        (("content-type", "application/json"), ("content-encoding", "gzip")),
        _gzip(b'{"name":"packed"}'),
    )
    lost = "transport.coded_body"
    yield Fault("packed-body-lost", lost, "takes a body that is packed for {}", _PackedBodyLost, (packed,))
    yield Fault("packed-body-broken", lost, "answers a body that is packed with 500", _PackedBodyBroken, (packed,))


class _AskedBroken(Behaviour):
    def finish(self, store: Store, request: Request, response: Response) -> Response:
        if not _is_asked(request, response):
            return response
        return replace(response, status=500, body=self.write(errors.broken().envelope()))


class _AskedStale(Behaviour):
    """Keeps what it once packed, and gives it out for whatever is asked."""

    def __init__(self) -> None:
        self._kept: Response | None = None

    def finish(self, store: Store, request: Request, response: Response) -> Response:
        if request.method == "GET" and response.status == 200 and self._kept is None:
            self._kept = response
        asked = _is_asked(request, response) and request.method == "GET" and response.status == 200
        return self._kept if asked and self._kept is not None else response


class _PackedBodyLost(Behaviour):
    def read_body(self, request: Request) -> dict[str, object]:
        return {} if request.header("content-encoding") else super().read_body(request)


class _PackedBodyBroken(Behaviour):
    def read_body(self, request: Request) -> dict[str, object]:
        if request.header("content-encoding"):
            raise ZeroDivisionError
        return super().read_body(request)


class _PackedBodyRead(Behaviour):
    def read_body(self, request: Request) -> dict[str, object]:
        if request.header("content-encoding") == "gzip":
            request = replace(request, body=gzip.decompress(request.body))
        return super().read_body(request)


class _PackedBodyUnsupported(Behaviour):
    def read_body(self, request: Request) -> dict[str, object]:
        if request.header("content-encoding"):
            raise errors.Refusal("This content coding is not supported.", status=415)
        return super().read_body(request)


def _first_twice(data: bytes) -> bytes:
    return b'{"name":"the name before","metadata":{"stale":"yes"},' + data[1:]


def _in_metadata(data: bytes) -> bytes:
    return data.replace(b'"metadata":{', b'"metadata":{"purpose":"before","purpose":"after","":"",', 1).replace(
        b'"":"",}', b'"":""}'
    )


def _in_error(data: bytes) -> bytes:
    return data.replace(b'"error":{', b'"error":{"message":"Another message.",', 1)


def _latin_1(data: bytes) -> bytes:
    """Return JSON in Latin-1, with other characters escaped."""
    text = json.dumps(json.loads(data), ensure_ascii=False)
    written = (character if ord(character) < 256 else json.dumps(character)[1:-1] for character in text)
    return "".join(written).encode("latin-1")


def _in_latin_1(response: Response) -> Response:
    return replace(response, body=_latin_1(response.body)) if response.body.startswith(b"{") else response


def _in_list(data: bytes) -> bytes:
    return b'{"object":"page",' + data[1:]


def _twice() -> Iterator[Fault]:
    read = "response.json"
    also = ("response.*", "roundtrip.*", "validation.refusal.*")

    def twice(
        name: str,
        words: str,
        change: Callable[[bytes], bytes],
        picks: Callable[[Request, Response], bool],
        shown: object,
    ) -> Fault:
        def changed(response: Response) -> Response:
            return replace(response, body=change(response.body)) if response.body.startswith(b"{") else response

        return Fault(name, read, words, partial(_Sending, changed, picks), (shown,), also)  # type: ignore[arg-type]

    def modified(request: Request, response: Response) -> bool:
        return is_modify(request) and response.status == 200

    def read_one(request: Request, response: Response) -> bool:
        return request.method == "GET" and "/assistants/" in request.path and response.status == 200

    def listed(request: Request, response: Response) -> bool:
        return request.method == "GET" and "/assistants/" not in request.path and response.status == 200

    def created(request: Request, response: Response) -> bool:
        return request.method == "POST" and not is_modify(request) and response.status == 200

    yield twice("key-twice", "has keys twice in the answer to a modify", _first_twice, modified, {"name": "x"})
    yield twice("key-twice-read", "has keys twice in the answer to a GET", _first_twice, read_one, {"name": "x"})
    made = Request("POST", "/assistants", (), b'{"model":"gpt-4o"}')
    yield twice("key-twice-created", "has keys twice in the answer to a create", _first_twice, created, made)
    yield twice("key-twice-listed", "has a key twice in a list", _in_list, listed, {"name": "x"})
    yield twice("key-twice-refused", "has a key twice in rejections", _in_error, _is_refusal, {"name": 1})
    yield twice("key-twice-within", "has a key twice in metadata", _in_metadata, modified, {"name": "x"})
    named = {"name": "Café"}
    yield twice("answer-in-latin-1", "writes the answer to a modify in Latin-1", _latin_1, modified, named)
    sentence = "writes every answer in Latin-1"
    yield Fault("answers-in-latin-1", read, sentence, partial(_Sending, _in_latin_1), (named,), (*also, "sequences.*"))
    mark = _packing(lambda data: b"\xef\xbb\xbf" + data, None)
    sentence = "begins the answer to a GET with a byte-order mark"
    yield Fault("read-after-mark", read, sentence, partial(_Sending, mark, _of("GET")), ({},), also)


def variants() -> Iterator[Variant]:
    """Return the variants of this kind."""
    packed: tuple[tuple[str, str, Callable[[bytes], bytes], str], ...] = (
        ("packed-always", "packs every answer with gzip", _gzip, "gzip"),
        ("packed-with-x-gzip", "packs every answer with gzip, and calls it x-gzip", _gzip, "X-GZIP"),
        ("packed-in-members", "packs every answer into two members of gzip", _two_members, "gzip"),
        ("packed-with-deflate", "packs every answer with deflate", zlib.compress, "deflate"),
        ("packed-with-raw-deflate", "packs every answer with deflate, bare", _raw_deflate, "deflate"),
        (
            "packed-twice-and-told",
            "packs every answer twice, and says so",
            lambda data: _gzip(_gzip(data)),
            "gzip, gzip",
        ),
        ("labelled-identity", "says identity of answers that are not packed", bytes, "identity"),
    )
    for name, words, pack, label in packed:
        yield Variant(name, words, partial(_Sending, _packing(pack, label)), ({},))
    asked = partial(_Sending, _packing(_gzip, "gzip"), _is_asked)
    yield Variant("packed-when-asked", "packs answers with gzip where that is asked for", asked, (_ASKED,))
    same = partial(_Sending, _repeating)
    yield Variant("key-twice-alike", "has a key twice with the same value in every answer", same, ({},))
    body = Request(
        "POST", "/assistants/{id}", (("content-encoding", "gzip"),), _gzip(b'{"name":"packed by the client"}')
    )
    yield Variant("packed-body-read", "takes bodies that are packed with gzip", _PackedBodyRead, (body,))
    yield Variant("packed-body-unsupported", "answers 415 to packed bodies", _PackedBodyUnsupported, (body,))
    shown = Request("FOO", "/assistants/{id}")
    yield Variant("methods-not-implemented", "answers 501 to unknown methods", _NotImplemented, (shown,))
    malformed = b'{"name":"a\xffb"}'
    yield Variant("invalid-utf-8-replaced", "reads U+FFFD for what is no UTF-8", _Replacing, (malformed,))


def _repeating(response: Response) -> Response:
    value = json.loads(response.body)
    if not isinstance(value, dict) or not value:
        return response
    key = next(iter(value))
    member = json.dumps(key) + ":" + json.dumps(value[key])
    return replace(response, body=b"{" + member.encode() + b"," + response.body[1:])


class _NotImplemented(Behaviour):
    def refuse(self, store: Store, refusal: Refusal) -> Response:
        if refusal.status == 405:
            refusal = errors.Refusal(refusal.message, status=501)
        return super().refuse(store, refusal)


class _Replacing(Behaviour):
    def read(self, data: bytes) -> object:
        try:
            return super().read(data)
        except errors.Refusal:
            return super().read(data.decode("utf-8", "replace").encode())
