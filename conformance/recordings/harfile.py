"""A HAR file that is written while traffic goes on, and whole after each entry."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import conformance
from conformance.errors import UsageError
from conformance.recordings.found import without_keys
from conformance.recordings.har import CREATOR
from conformance.recordings.unpacking import BombError, CodedError, unpack

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.exchange import Headers
    from conformance.recordings.proxy import Passed
    from conformance.targets.secrets import Secrets

_HEAD = {"version": "1.2", "creator": {"name": CREATOR, "version": conformance.__version__}}
_END = b"\n]}}\n"


class HarFile:
    """Writes entries, a line each; raises :class:`UsageError` where the file cannot be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries = 0
        self.failure = ""
        """Why the last entries could not be written; empty where they were."""
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None
        self._write(json.dumps({"log": {**_HEAD, "entries": []}}).removesuffix("]}}").encode())

    def _write(self, data: bytes) -> None:
        try:
            self._file.write(data + _END)
            self._file.flush()
            self._file.seek(-len(_END), 2)
        except OSError as error:
            self.failure = error.strerror or type(error).__name__

    def add(self, entry: dict[str, Any]) -> None:
        """Write an entry: the file is whole before it and after it."""
        begin = b",\n" if self.entries else b"\n"
        self.entries += 1
        self._write(begin + json.dumps(entry, ensure_ascii=False).encode("utf-8", "surrogatepass"))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def entry_of(passed: Passed, secrets: Secrets) -> dict[str, Any]:
    """Return an exchange as an entry of HAR 1.2, secrets taken out by value."""
    took = max(passed.ended - passed.started, 0) * 1000
    waited = max((passed.answered or passed.ended) - passed.started, 0) * 1000
    url = secrets.redact_text(passed.url, short=False)
    return {
        "startedDateTime": datetime.fromtimestamp(passed.started, UTC).isoformat(timespec="microseconds"),
        "time": round(took, 3),
        "request": {
            "method": passed.method,
            "url": url,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _headers(passed.request_headers, secrets),
            "queryString": [{"name": name, "value": value} for name, value in parse_qsl(urlsplit(url).query, True)],
            "headersSize": -1,
            "bodySize": passed.sent.size,
            **_posted(passed, secrets),
        },
        "response": {
            "status": passed.status,
            "statusText": passed.reason,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _headers(passed.response_headers, secrets),
            "content": _content(passed, secrets),
            "redirectURL": _header(passed.response_headers, "location"),
            "headersSize": -1,
            "bodySize": passed.came.size,
        },
        "cache": {},
        "timings": {"send": 0, "wait": round(waited, 3), "receive": round(max(took - waited, 0), 3)},
        **({"comment": passed.problem} if passed.problem else {}),
    }


def _headers(headers: Headers, secrets: Secrets) -> list[dict[str, str]]:
    return [{"name": name, "value": secrets.redact_text(value)} for name, value in without_keys(headers)]


def _header(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _posted(passed: Passed, secrets: Secrets) -> dict[str, Any]:
    if not passed.sent.size:
        return {}
    kind = {"mimeType": _header(passed.request_headers, "content-type")}
    return {"postData": {**kind, **_text(_read(passed.sent.data, passed.request_headers), secrets)}}


def _content(passed: Passed, secrets: Secrets) -> dict[str, Any]:
    kind = {"mimeType": _header(passed.response_headers, "content-type")}
    if passed.problem or passed.came.data is None:
        return {"size": -1, **kind}
    data = _read(passed.came.data, passed.response_headers)
    return {"size": len(data or b""), **kind, **_text(data, secrets)}


def _read(data: bytes | None, headers: Headers) -> bytes | None:
    """Return a body out of its content codings, as HAR has it; as it came where they cannot be taken off."""
    if data is None:
        return None
    coded = tuple(pair for pair in headers if pair[0].lower() == "content-encoding")
    try:
        return unpack(data, coded)
    except (BombError, CodedError):
        return data


def _text(data: bytes | None, secrets: Secrets) -> dict[str, str]:
    if data is None:
        return {}
    data = secrets.redact_bytes(data, short=False)
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(data).decode("ascii"), "encoding": "base64"}
