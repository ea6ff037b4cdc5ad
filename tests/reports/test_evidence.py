from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Literal

import pytest

from reports.evidence import curl_script
from reports.model import Body, RecordedRequest, RecordedResponse, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JSON_TYPE = ("Content-Type", "application/json")
KEY = ("Authorization", "Bearer ***")
CREATED = b'{"id":"asst_old","object":"assistant"}'

needs_curl = pytest.mark.skipif(
    not all(map(shutil.which, ("curl", "bash", "base64", "gunzip", "python3"))),
    reason="the lines need bash, curl, base64, gunzip and python3",
)


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    content_type: str | None
    authorization: str | None
    body: bytes
    headers: dict[str, str]


@dataclass
class Log:
    base: str = ""
    received: list[Received] = field(default_factory=list)
    packed: Callable[[bytes], bytes] = bytes


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    log: Log

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kept = {name.lower(): value for name, value in self.headers.items()}
        self.log.received.append(
            Received(self.command, self.path, kept.get("content-type"), kept.get("authorization"), body, kept)
        )
        made = self.log.packed(b'{"id":"asst_new"}')
        answer = made if self.path.endswith("/assistants") else b'{"seen":true}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_DELETE = do_PATCH = answer  # noqa: N815 - the names that http.server looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Log]:
    log = Log()
    handler = type("LoggingHandler", (Handler,), {"log": log})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        log.base = f"http://127.0.0.1:{http.server_address[1]}/v1"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield log
        http.shutdown()
        thread.join()


def step(
    role: Literal["setup", "act", "observe"],
    method: str,
    url: str,
    data: bytes = b"",
    *,
    headers: tuple[tuple[str, str], ...] = (JSON_TYPE, KEY),
    answer: bytes = b"",
) -> Step:
    operation = "create" if role == "setup" else "modify" if role == "act" else "retrieve"
    return Step(
        role,
        operation,
        RecordedRequest(method, url, headers, Body(data, len(data))),
        RecordedResponse(200, (), Body(answer, len(answer))),
    )


def run(script: str) -> str:
    environment = {"PATH": os.environ["PATH"], "OPENAI_API_KEY": "key-of-the-reader", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["bash", "-eu", "-c", script], env=environment, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    return done.stdout.decode("utf-8", "replace")


PACKED = {
    "not": bytes,
    "with gzip": gzip.compress,
    "twice": lambda data: gzip.compress(gzip.compress(data)),
    "in two members": lambda data: gzip.compress(data[:5]) + gzip.compress(data[5:]),
    "with a wrong checksum": lambda data: gzip.compress(data)[:-8] + bytes(4) + gzip.compress(data)[-4:],
    "without its end": lambda data: gzip.compress(data)[:-4],
    "with more behind it": lambda data: gzip.compress(data) + b"OK",
}


@needs_curl
@pytest.mark.parametrize("packed", PACKED.values(), ids=PACKED.keys())
def test_the_id_is_read_however_the_answer_is_packed(server: Log, packed: Callable[[bytes], bytes]) -> None:
    server.packed = packed
    url = f"{server.base}/assistants"
    made = step("setup", "POST", url, b'{"model":"gpt-4o"}', answer=CREATED)
    run(curl_script((made, step("act", "POST", f"{url}/asst_old", b"{}"))))
    assert server.received[-1].path == "/v1/assistants/asst_new"


BODIES = {
    "plain": b'{"name":"x"}',
    "quotes": b'{"name":"it\'s \\"quoted\\" $HOME `id` \\\\ !"}',
    "at-sign": b"@/etc/hostname",
    "unicode": '{"name":"café 😀 ünï"}'.encode(),
    "invisible": '{"name":"\u202e\u200d"}'.encode(),
    "lines": b'{\n  "name": "x"\r\n}\n',
    "nul": b'{"name":"\x00"}',
    "no UTF-8": b'{"name":"\xff\xfe"}',
    "empty": b"",
    "long": b'{"instructions":"' + b"a" * 256_001 + b'"}',
    "every byte": bytes(range(256)) * 20,
}


@needs_curl
@pytest.mark.parametrize("data", BODIES.values(), ids=BODIES.keys())
def test_the_lines_send_the_same_bytes(server: Log, data: bytes) -> None:
    url = f"{server.base}/assistants"
    script = curl_script(
        (
            step("setup", "POST", url, b'{"model":"gpt-4o"}', answer=CREATED),
            step("act", "POST", f"{url}/asst_old", data, headers=(JSON_TYPE, KEY) if data else ()),
            step("observe", "GET", f"{url}/asst_old", headers=(KEY,)),
        )
    )
    output = run(script)
    create, act, observe = server.received
    assert (create.method, create.path, create.body) == ("POST", "/v1/assistants", b'{"model":"gpt-4o"}')
    assert (act.method, act.path, act.body) == ("POST", "/v1/assistants/asst_new", data)
    assert act.content_type == ("application/json" if data else None)
    assert (observe.method, observe.path, observe.body) == ("GET", "/v1/assistants/asst_new", b"")
    assert observe.authorization == "Bearer key-of-the-reader"
    assert "expect" not in act.headers
    assert output.startswith("HTTP/1.1 200 OK")
    assert output.endswith('{"seen":true}\nstatus 200\n')


@needs_curl
@pytest.mark.parametrize(
    "path",
    [
        "/assistants/../assistants/x",
        "/assistants/a%20b%2Fc",
        "/assistants/[1-3]{a,b}",
        "/assistants/it's\"$HOME`id`;&|",
        "/assistants/a?order=desc&limit=[1]",
        "/assistants/",
        "/assistants//x",
    ],
)
def test_the_lines_ask_for_the_same_path(server: Log, path: str) -> None:
    run(curl_script((step("act", "POST", f"{server.base}{path}", b"{}"),)))
    assert [request.path for request in server.received] == [f"/v1{path}"]


@needs_curl
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH"])
def test_the_lines_use_the_same_method(server: Log, method: str) -> None:
    run(curl_script((step("act", method, f"{server.base}/assistants/x", b"{}"),)))
    assert [(request.method, request.body) for request in server.received] == [(method, b"{}")]


@needs_curl
def test_odd_headers_are_sent_as_they_were(server: Log) -> None:
    headers = (("content-type", 'text/plain; charset="utf-7"'), ("X-Odd", "50% caf\xe9 'x' \\n"), ("X-Empty", ""))
    run(curl_script((step("act", "POST", f"{server.base}/assistants/x", b"{}", headers=headers),)))
    received = server.received[0]
    assert received.content_type == 'text/plain; charset="utf-7"'
    assert received.headers["x-odd"] == "50% caf\xe9 'x' \\n"
    assert received.headers["x-empty"] == ""
    assert received.authorization is None


@needs_curl
def test_two_assistants_have_two_ids(server: Log) -> None:
    url = f"{server.base}/assistants"
    script = curl_script(
        (
            step("setup", "POST", url, b"{}", answer=b'{"id":"asst_a"}'),
            step("setup", "POST", url, b"{}", answer=b'{"id":"asst b/c"}'),
            step("act", "POST", f"{url}/asst_a", b"{}"),
            step("observe", "GET", f"{url}/asst%20b%2Fc?x=1"),
        )
    )
    assert '"$BASE/assistants/$ID"' in script
    assert '"$BASE/assistants/$ID2?x=1"' in script
    run(script)
    assert [request.path for request in server.received[2:]] == [
        "/v1/assistants/asst_new",
        "/v1/assistants/asst_new?x=1",
    ]


OWN = "asst_aBc123"
ALTERED = {
    f"{OWN}%20": "asst_new%20",
    f"{OWN}x": "asst_newx",
    f"%20{OWN}": "%20asst_new",
    f"x%2F..%2F{OWN}": "x%2F..%2Fasst_new",
    f"{OWN},{OWN}": "asst_new,asst_new",
    OWN[:-1]: "asst_ne",
    OWN[1:]: "sst_new",
    OWN.swapcase(): "ASST_NEW",
    OWN.upper(): "ASST_NEW",
    f"%25{ord(OWN[0]):02x}{OWN[1:]}": "%2561sst_new",
    f"{OWN}/other": "asst_new/other",
    f"{OWN}?as={OWN}": "asst_new?as=asst_new",
    f"{OWN}'$(ID)": "asst_new'$(ID)",
}


@needs_curl
@pytest.mark.parametrize(("segment", "expected"), ALTERED.items())
def test_what_was_made_of_the_id_is_made_of_the_new_one(server: Log, segment: str, expected: str) -> None:
    url = f"{server.base}/assistants"
    made = step("setup", "POST", url, b"{}", answer=b'{"id":"%s"}' % OWN.encode())
    run(curl_script((made, step("act", "POST", f"{url}/{segment}", b"{}"))))
    assert server.received[1].path == f"/v1/assistants/{expected}"


@needs_curl
def test_a_short_id_is_no_part_of_other_words(server: Log) -> None:
    url = f"{server.base}/assistants"
    made = step("setup", "POST", url, b"{}", answer=b'{"id":"a1"}')
    run(curl_script((made, step("act", "POST", f"{url}/a1x", b"{}"), step("observe", "GET", f"{url}/a1?limit=a1"))))
    assert [one.path for one in server.received[1:]] == ["/v1/assistants/a1x", "/v1/assistants/asst_new?limit=a1"]


@needs_curl
def test_secrets_come_from_the_environment() -> None:
    headers = (("api-key", "***"), ("Authorization", "Bearer ***x"), ("X-Odd", '"$`\\ ***'))
    script = curl_script((step("act", "POST", "http://h/v1/assistants/a", b"{}", headers=headers),), "MY_KEY")
    assert '-H "api-key: $API_KEY"' in script
    assert '-H "Authorization: Bearer ${MY_KEY}x"' in script
    assert '-H "X-Odd: \\"\\$\\`\\\\ $X_ODD"' in script
    assert "***" not in script


def test_the_second_key_has_a_variable_of_its_own() -> None:
    headers = (("Authorization", "Bearer ***other key***"),)
    steps = (step("act", "POST", "http://h/v1/assistants/a", b"{}", headers=headers),)
    script = curl_script(steps, "MY_KEY", "THEIR_KEY")
    assert '-H "Authorization: Bearer $THEIR_KEY"' in script
    assert "***" not in script


@needs_curl
@pytest.mark.parametrize(
    "header",
    [
        ("Accept-Encoding", "gzip"),
        ("Accept", "text/html"),
        ("Transfer-Encoding", "chunked"),
        ("Expect", "100-continue"),
    ],
)
def test_what_was_asked_of_the_server_is_asked_again(header: tuple[str, str]) -> None:
    steps = (step("act", "POST", "http://h/v1/assistants/a", b"{}" * 1000, headers=(JSON_TYPE, header)),)
    assert f"-H '{': '.join(header)}'" in curl_script(steps)
    usual = (("Accept-Encoding", "identity"), ("Accept", "application/json"))
    assert "ccept" not in curl_script((step("act", "POST", "http://h/v1/assistants/a", b"{}", headers=usual),))


def test_the_first_line_is_the_base() -> None:
    url = "https://example.com/assistants-gateway/v1/assistants/asst_1"
    script = curl_script((step("act", "POST", url, b"{}"),))
    assert script.splitlines()[0] == "BASE=https://example.com/assistants-gateway/v1"


def test_the_key_is_the_readers_own() -> None:
    script = curl_script((step("act", "POST", "http://h/v1/assistants/a", b"{}"),))
    assert '"Authorization: Bearer $OPENAI_API_KEY"' in script
    assert "***" not in script


def test_other_setup_steps_are_repeated_in_unspecified() -> None:
    removal = Step("setup", "delete", RecordedRequest("DELETE", "http://h/v1/assistants/a"))
    script = curl_script((removal, step("act", "POST", "http://h/v1/assistants/a", b"{}")))
    assert "curl -sS -o /dev/null -X DELETE" in script


def test_a_host_without_assistants_in_its_path_is_the_base() -> None:
    assert curl_script((step("act", "POST", "http://h:1/other", b"{}"),)).startswith("BASE=http://h:1\n")


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (Step("act", "modify", asked={"name": "x"}),),
        (step("observe", "GET", "http://h/v1/assistants/a"),),
        (step("act", "GET", "http://h/v1/assistants/a b"),),
        (Step("act", "modify", RecordedRequest("POST", "http://h/v1/assistants/a", (), Body(b"ab", 3))),),
    ],
    ids=["nothing", "never left", "no judged step", "space in the URL", "body not kept whole"],
)
def test_what_curl_cannot_repeat_gives_no_lines(steps: tuple[Step, ...]) -> None:
    assert curl_script(steps) == ""


@pytest.mark.parametrize("answer", [b"", b"no JSON", b"[]", b'{"id":7}', b'{"id":"\\ud800"}'])
def test_an_id_that_cannot_be_read_leaves_the_url_alone(answer: bytes) -> None:
    url = "http://h/v1/assistants"
    script = curl_script(
        (step("setup", "POST", url, b"{}", answer=answer), step("act", "POST", f"{url}/asst_1", b"{}"))
    )
    assert '"$BASE/assistants/asst_1"' in script


def test_no_command_holds_a_bare_line_break() -> None:
    url = "http://h/v1/assistants"
    script = curl_script(tuple(step("act", "POST", f"{url}/a", data) for data in BODIES.values()))
    for line in script.splitlines():
        assert line.startswith(("BASE=", "curl ", "printf ", "  "))
        assert line.isprintable()


def test_a_request_elsewhere_keeps_its_whole_url() -> None:
    steps = (
        step("act", "POST", "http://h/v1/assistants/a", b"{}"),
        step("observe", "GET", "http://other/v1/assistants/a"),
    )
    assert "-X GET http://other/v1/assistants/a" in curl_script(steps)


def test_head_asks_for_no_body() -> None:
    assert "curl -sS -i -w '\\n' --head" in curl_script((step("act", "HEAD", "http://h/v1/assistants/a"),))


def test_a_create_without_an_answer_still_sets_the_variable() -> None:
    create = Step("setup", "create", RecordedRequest("POST", "http://h/v1/assistants"))
    assert "\nID=$(curl" in curl_script((create, step("act", "POST", "http://h/v1/assistants/a", b"{}")))
