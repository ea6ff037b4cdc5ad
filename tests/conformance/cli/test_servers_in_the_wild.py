"""Servers as the world has them, judged over HTTP by the command at ``quick``: what is told, and how it ends."""

from __future__ import annotations

import gzip
import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.exchange import Request, Response
from conformance.reference import Reference
from conformance.reference.serve import running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ended  # type: ignore[import-not-found]

    Answer = Callable[[Request, Response], Response]

ERROR = b'{"error":{"message":"Too many.","type":"invalid_request_error","param":null,"code":null}}'


class Gateway:
    """Stands before the reference, and does something to its answers."""

    def __init__(self, alter: Answer | None = None) -> None:
        self.inner = Reference()
        self._alter = alter

    def handle(self, request: Request) -> Response:
        response = self.inner.handle(request)
        return self._alter(request, response) if self._alter else response


def with_body(response: Response, body: bytes, *more: tuple[str, str]) -> Response:
    """Return a response with another body, and its length."""
    kept = [(name, value) for name, value in response.headers if name.lower() != "content-length"]
    return replace(response, headers=(*kept, *more), body=body)


def packed(request: Request, response: Response) -> Response:
    return with_body(response, gzip.compress(response.body), ("content-encoding", "gzip"))


def null_for_unknown(request: Request, response: Response) -> Response:
    if response.status != 404 or not request.path.startswith("/assistants/"):
        return response
    if request.method == "GET":
        return replace(with_body(response, b"null"), status=200)
    return replace(response, status=400) if request.method == "POST" else response


def keys_twice(request: Request, response: Response) -> Response:
    if request.method != "POST" or response.status != 200:
        return response
    return with_body(response, b'{"name":"the name before",' + response.body.lstrip()[1:])


class Slashes(Gateway):
    """Redirects every URL to the one with a slash at its end."""

    def handle(self, request: Request) -> Response:
        path, mark, query = request.path.partition("?")
        if not path.endswith("/"):
            return Response(307, (("location", f"/v1{path}/{mark}{query}"), ("content-length", "0")), b"")
        return super().handle(replace(request, path=f"{path[:-1]}{mark}{query}"))


class FewAtATime(Gateway):
    """Has room for so many assistants."""

    def __init__(self, most: int, status: int) -> None:
        super().__init__()
        self._most, self._status, self._standing = most, status, 0

    def handle(self, request: Request) -> Response:
        makes = (request.method, request.path) == ("POST", "/assistants")
        if makes and self._standing >= self._most:
            return Response(self._status, (("content-type", "application/json"),), ERROR)
        response = super().handle(request)
        if response.status == 200:
            self._standing += makes - (request.method == "DELETE")
        return response


class Cached(Gateway):
    """Answers a GET as it did before, for so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds, self._kept = seconds, dict[str, tuple[float, Response]]()

    def handle(self, request: Request) -> Response:
        if request.method != "GET":
            return super().handle(request)
        since, response = self._kept.get(request.path, (0.0, None))
        if response is None or time.monotonic() - since > self._seconds:
            response = super().handle(request)
            self._kept[request.path] = time.monotonic(), response
        return response


@pytest.fixture
def judged(command: Callable[..., Ended], folder: Path) -> Callable[[Gateway], tuple[int, dict[str, Any]]]:
    """Give a function that judges a server, and returns the exit code and the report."""

    def judge(server: Gateway) -> tuple[int, dict[str, Any]]:
        with running(server) as url:
            code = command("run", url, "--effort", "quick", "--report-dir", "told").code
        return code, json.loads((folder / "told" / "report.json").read_text("utf-8"))

    return judge


def broken(report: dict[str, Any], level: str = "MUST") -> list[str]:
    return [
        row["id"] for row in report["requirements"] if row["outcome"] in {"fail", "flaky"} and row["level"] == level
    ]


@pytest.mark.parametrize(
    ("server", "told"),
    [
        (lambda: Gateway(packed), "gzip"),
        (lambda: Gateway(null_for_unknown), ""),
        (Slashes, "slash"),
        (lambda: FewAtATime(7, 403), ""),
        (lambda: FewAtATime(4, 507), ""),
    ],
    ids=["packs-every-answer", "null-for-unknown-ids", "redirects-to-slash", "seven-at-most", "four-at-most"],
)
def test_what_is_no_breach_is_told_at_most(
    judged: Callable[[Gateway], tuple[int, dict[str, Any]]], server: Callable[[], Gateway], told: str
) -> None:
    code, report = judged(server())
    assert (code, broken(report)) == (0, [])
    assert report["verdict"] == "conformant"
    assert told in json.dumps(report)


@pytest.mark.parametrize(
    ("server", "by"),
    [
        (lambda: Gateway(keys_twice), "response.json"),
        (lambda: Cached(0.5), "roundtrip.reads.stored"),
    ],
    ids=["keys-twice-in-answers", "reads-from-a-cache"],
)
def test_a_breach_is_one_finding(
    judged: Callable[[Gateway], tuple[int, dict[str, Any]]], server: Callable[[], Gateway], by: str
) -> None:
    code, report = judged(server())
    assert (code, broken(report)) == (1, [by])
