"""``conformance record`` before servers: all of it is passed on, written down without keys, and judged as it comes."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import openai
import pytest

from conformance.reference.faults import faults
from conformance.reference.serve import running
from conformance.reference.server import Reference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "sk-recorded-0123456789abcdef"
MODULE = "conformance"


class Recording:
    def __init__(self, process: subprocess.Popen[str], url: str, folder: Path) -> None:
        self._process = process
        self.url = url
        self.file = folder / "traffic.har"
        self.report = folder / "report" / "report.json"
        self.out = ""

    def end(self, by: int = signal.SIGINT) -> int:
        self._process.send_signal(by)
        self.out, _ = self._process.communicate(timeout=120)
        return self._process.returncode

    def entries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.file.read_text("utf-8"))["log"]["entries"]
        return found


@contextmanager
def recording(base: str, folder: Path, *words: str) -> Iterator[Recording]:
    command = [sys.executable, "-m", MODULE, "record", base, "--output", str(folder / "traffic.har"), *words]
    command += ["--report-dir", str(folder / "report")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1"})
    try:
        assert process.stdout is not None
        ready = process.stdout.readline()
        match = re.match(r"(http://127\.0\.0\.1:\d+\S*) is passed on to ", ready)
        assert match is not None, ready
        yield Recording(process, match[1], folder)
    finally:
        process.kill()
        process.communicate()


def outcomes(path: Path) -> dict[str, tuple[str, str, int]]:
    report = json.loads(path.read_text("utf-8"))
    return {row["id"]: (row["outcome"], row.get("reason", ""), row["cases"]) for row in report["requirements"]}


def judged_again(file: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", MODULE, "run", f"recording:{file}", "--report-dir", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def _call(url: str) -> None:
    """Make an SDK's usual calls: update, null, a list of tools; one is refused, one is for nobody."""
    client = openai.OpenAI(base_url=url, api_key=KEY, max_retries=0)
    assistants = client.beta.assistants
    tools: Any = [{"type": "code_interpreter"}, {"type": "function", "function": {"name": "lookup"}}]
    made = assistants.create(model="gpt-4o", name="Ada", instructions="Count.", metadata={"key": KEY})
    assistants.update(made.id, name="Grace", tools=tools)
    nothing: Any = None
    assistants.update(made.id, instructions=nothing, metadata=nothing, temperature=nothing)
    assistants.retrieve(made.id)
    with pytest.raises(openai.BadRequestError):
        assistants.update(made.id, name="n" * 257)
    assistants.update(made.id, tools=[], response_format={"type": "json_object"})
    assistants.list()
    assistants.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        assistants.update(made.id, name="Gone")
    client.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("role", ["server", "sdk"])
def test_an_sdk_behind_the_proxy_is_clean_and_its_file_says_the_same(tmp_path: Path, role: str) -> None:
    with (
        running(Reference(api_key=KEY)) as base,
        recording(base, tmp_path, "--role", role, "--require", "touched") as one,
    ):
        _call(one.url)
        assert one.end() == 0
    assert re.search(r" · 5 exchanges, \d+ requirements touched, 0 broken$", one.out, re.MULTILINE)
    assert KEY not in one.file.read_text("utf-8")
    assert "Bearer ***" in one.file.read_text("utf-8")
    again = judged_again(one.file, tmp_path / "again", "--role", role, "--require", "touched")
    assert again.returncode == 0, again.stdout + again.stderr
    assert outcomes(tmp_path / "again" / "report.json") == outcomes(one.report)


def test_findings_are_told_as_they_come_and_found_again(tmp_path: Path) -> None:
    handler = Reference(behaviour=faults()["name-null-ignored"].behaviour())
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "report.json").write_text('{"target": {"kind": "http", "spec": "http://h/v1"}}')
    with running(handler) as base, recording(base, tmp_path) as one:
        id_ = httpx.post(f"{one.url}/assistants", json={"model": "gpt-4o", "name": "Ada"}).json()["id"]
        httpx.post(f"{one.url}/assistants/{id_}", json={"name": None})
        assert one.end(signal.SIGTERM) == 1
    found = f"✗ MUST {one.file}:3 (entry 2): roundtrip.name.null: expected"
    assert found in one.out
    kept = tmp_path / "report" / "report.json.previous"
    assert f"the report of an earlier run, of http://h/v1, is kept until the next one: {kept}" in one.out
    assert "http://h/v1" in kept.read_text("utf-8")
    again = judged_again(one.file, tmp_path / "again")
    assert again.returncode == 1
    assert found in again.stdout
    assert outcomes(tmp_path / "again" / "report.json") == outcomes(one.report)


def test_a_port_that_is_taken_and_a_file_that_cannot_be_written_are_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for words, told in (
            (["http://127.0.0.1:1/v1", "--port", port, "-o", str(tmp_path / "a.har")], "cannot listen on"),
            (["http://127.0.0.1:1/v1", "-o", str(tmp_path / "no" / "a.har")], "cannot write"),
            (["ftp://127.0.0.1/v1", "-o", str(tmp_path / "a.har")], "http"),
        ):
            command = [sys.executable, "-m", MODULE, "record", *words, "--report-dir", str(tmp_path / "r")]
            ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
            assert ended.returncode == 2
            assert told in ended.stderr
            assert len(ended.stderr.splitlines()) == 1


# Another server, that says what it likes to


class Raw:
    """Answers connections with bytes, and keeps what came."""

    def __init__(self, answers: list[bytes]) -> None:
        self.came: list[bytes] = []
        self._answers = answers
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for answer in self._answers:
            connection, _ = self._socket.accept()
            with connection:
                self.came.append(self._read(connection))
                if answer is self._answers[-1]:
                    self._socket.close()  # the next one finds nobody
                connection.sendall(answer)

    @staticmethod
    def _read(connection: socket.socket) -> bytes:
        def more() -> bytes:
            data = connection.recv(65536)
            if not data:
                raise ConnectionError("the client has gone")
            return data

        data = b""
        while b"\r\n\r\n" not in data:
            data += more()
        head, _, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while length is not None and len(body) < int(length[1]):
            body += more()
        while b"chunked" in head and not body.endswith(b"0\r\n\r\n"):
            body += more()
        return head + b"\r\n\r\n" + body


def _answer(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "X-Hop: 1"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_everything_is_passed_on_as_it_is(tmp_path: Path) -> None:
    packed = gzip.compress(b'{"id": "asst_1", "object": "assistant"}', mtime=0)
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n"
    chunks += b"6\r\ndata: \r\n5\r\nhello\r\n0\r\n\r\n"
    binary = bytes(range(256))
    raw = Raw(
        [
            _answer("307 Temporary Redirect", b"", "Location: /v1/elsewhere?x=1"),
            _answer(
                "200 OK", packed, "Content-Encoding: gzip", "Content-Type: application/json", "Set-Cookie: a=bcdefgh"
            ),
            chunks,
            _answer("418 I'm a teapot", binary, "X-Twice: 1", "X-Twice: 2"),
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        ]
    )
    with recording(raw.url, tmp_path) as one, httpx.Client(base_url=one.url, trust_env=False) as client:
        redirected = client.get("/a%2Fb/%7Euser?q=a%20b&q=&r")
        assert (redirected.status_code, redirected.headers["location"]) == (307, "/v1/elsewhere?x=1")
        assert "x-hop" in redirected.headers
        with client.stream("POST", "/assistants/asst_1", json={"name": "x"}, headers={"Cookie": "sid=opqrstuv"}) as got:
            assert b"".join(got.iter_raw()) == packed
            assert got.headers["content-encoding"] == "gzip"
        assert client.post("/chunks", content=iter([b"one", b"two"])).text == "data: hello"
        answer = client.request(
            "PURGE", "/bin", content=binary, headers={"Connection": "keep-alive, X-Only", "X-Only": "1"}
        )
        assert (answer.status_code, answer.content) == (418, binary)
        assert answer.headers.get_list("x-twice") == ["1", "2"]
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/cut")
        assert client.get("/nobody").status_code == 502
        one.end()
    assert raw.came[0].startswith(b"GET /v1/a%2Fb/%7Euser?q=a%20b&q=&r HTTP/1.1\r\n")
    heads = [came.partition(b"\r\n\r\n") for came in raw.came]
    assert f"host: {raw.url[7:-3]}".encode() in heads[0][0].lower()
    assert heads[1][2] == b'{"name":"x"}'
    assert b"accept-encoding: gzip, deflate" in heads[1][0].lower()
    assert b"transfer-encoding: chunked" in heads[2][0].lower()
    assert b"x-only" not in heads[3][0].lower()
    assert heads[3][2] == binary
    entries = one.entries()
    assert [entry["response"]["status"] for entry in entries] == [307, 200, 200, 418, 200, 0]
    assert entries[0]["response"]["redirectURL"] == "/v1/elsewhere?x=1"
    assert json.loads(entries[1]["response"]["content"]["text"])["id"] == "asst_1"
    assert entries[2]["request"]["postData"]["text"] == "onetwo"
    assert entries[3]["response"]["content"]["encoding"] == "base64"
    assert "text" not in entries[4]["response"]["content"]
    assert entries[5]["comment"].startswith("no answer")
    text = one.file.read_text("utf-8")
    assert "opqrstuv" not in text
    assert "bcdefgh" not in text


def test_a_stream_is_passed_on_part_by_part_and_the_file_is_whole_when_it_is_interrupted(tmp_path: Path) -> None:
    go_on = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
                go_on.wait(60)

        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        with recording(url, tmp_path) as one, httpx.Client(trust_env=False, timeout=60) as client:
            with client.stream("GET", f"{one.url}/assistants/asst_1") as got:
                parts = got.iter_raw()  # held, for httpx closes the connection when nobody holds it any more
                assert next(parts) == b"first"
                assert one.entries() == []  # the file is whole at any time
                one.end()
            go_on.set()
    entries = one.entries()
    assert len(entries) == 1
    assert "text" not in entries[0]["response"]["content"]
