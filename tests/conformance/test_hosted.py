"""A hosted service: a key in a header of its own, a query in every request, a path, keys that a command prints."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from conformance.cli.commands import cli
from conformance.editions import edition_called
from conformance.errors import UsageError
from conformance.exchange import Manner
from conformance.reference import Reference
from conformance.reference.hosted import HostedReference
from conformance.reference.serve import running
from conformance.targets.http import HttpTarget
from conformance.targets.nearkeys import near_keys
from conformance.targets.outgoing import assistant_path
from conformance.tokens import TokenCommand

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.exchange import Request, Response

KEY = "k-abcdefgh-12345678"
OTHER = "k-hgfedcba-87654321"
EDITION = """
extends = "2025-03"
edition = "hosted"
reason = "tests"
source = "here"
[address]
prefix = "/openai"
query = { api-version = "2024-05-01-preview" }
api_key_header = "api-key"
beta = false
"""
GIVEN = ("--api-key-header", "api-key", "--query", "api-version=2024-05-01-preview", "--no-beta")


class Seeing(HostedReference):
    """Takes note of every request, and takes the keys that it is told to take."""

    seen: list[Request]
    keys: list[str]

    def handle(self, request: Request) -> Response:
        self.seen.append(request)
        return super().handle(request)


def hosted(tmp_path: Path, key: str = KEY) -> Seeing:
    path = tmp_path / "hosted.toml"
    path.write_text(EDITION, "utf-8")
    found = Seeing(edition_called(str(path)), api_key=key)
    found.seen = []
    return found


def conformance(*words: str) -> tuple[int, str]:
    ended = CliRunner().invoke(cli, words)
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        return 2, str(ended.exception)
    return ended.exit_code, ended.output


@pytest.mark.parametrize("by_file", [True, False])
def test_every_request_is_asked_as_the_service_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_file: bool
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server = hosted(tmp_path)
    given = ("--edition", str(tmp_path / "hosted.toml")) if by_file else GIVEN
    ids = (
        "transport.missing_key",
        "transport.wrong_key",
        "transport.near_key",
        "roundtrip.name",
        "response.list_agrees",
    )
    only = (*(word for id_ in ids for word in ("--only", id_)), "--report-dir", str(tmp_path / "report"), "--quiet")
    with running(server) as url:
        assert url.endswith("/openai")
        code, printed = conformance("run", url, "--effort", "quick", *given, *only)
    assert code == 0, printed
    assert {request.method for request in server.seen} >= {"GET", "POST", "DELETE"}
    without = [request for request in server.seen if "api-version=2024-05-01-preview" not in request.path]
    assert without == []
    assert not [request for request in server.seen if request.header("openai-beta") or request.header("authorization")]
    keys = [request.header("api-key") for request in server.seen]
    assert KEY in keys
    assert None in keys  # a request without the key is one of the tests
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    outcomes = {row["id"]: row["outcome"] for row in report["requirements"]}
    assert {outcomes[f"transport.{name}"] for name in ("missing_key", "wrong_key", "near_key")} == {"pass"}
    written = "".join(path.read_text("utf-8") for path in (tmp_path / "report").iterdir() if path.is_file())
    assert KEY not in written


def test_without_its_header_the_service_lets_nobody_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with running(hosted(tmp_path)) as url:
        words = ("--report-dir", str(tmp_path / "report"), "--query", "api-version=2024-05-01-preview")
        code, printed = conformance("run", url, "--effort", "quick", *words)
    assert code == 3, printed


@pytest.mark.parametrize(
    ("manner", "header", "value"),
    [
        (Manner("api-key", ""), "api-key", KEY),
        (Manner("X-Key", "Token"), "X-Key", f"Token {KEY}"),
        (Manner("Authorization", ""), "Authorization", KEY),
        (Manner(), "Authorization", f"Bearer {KEY}"),
    ],
)
def test_the_key_stands_in_its_header_and_is_shown_nowhere(manner: Manner, header: str, value: str) -> None:
    seen: list[Request] = []

    class Server(Reference):
        def handle(self, request: Request) -> Response:
            seen.append(request)
            return super().handle(replace(request, headers=()))

    with running(Server()) as url:
        target = HttpTarget(url, api_key=KEY, manner=manner)
        exchange = target.list()
        target.close()
    assert seen[0].header(header) == value
    assert exchange.request is not None
    assert exchange.request.header(header) == value.replace(KEY, "***")
    assert exchange.request.authorization == ("***" if manner.key_scheme == manner.key_header else "Bearer ***")


def test_keys_that_are_nearly_right_know_the_scheme() -> None:
    assert "the key without a scheme" in near_keys(KEY)
    assert not [label for label in near_keys(KEY, "") if "scheme" in label]
    assert [label for label in near_keys(KEY, "Token") if "scheme" in label] == [
        "the key under the scheme Basic",
        "the key without a scheme",
    ]


def program(tmp_path: Path, text: str) -> str:
    path = tmp_path / "token.py"
    path.write_text(text, "utf-8")
    return shlex.join([sys.executable, str(path)])


def counting(tmp_path: Path, *keys: str) -> str:
    """Return a command that prints one key after the other, the last one from then on."""
    count = tmp_path / "count"
    count.write_text("0", "utf-8")
    return program(
        tmp_path,
        f"from pathlib import Path\ncount = Path({str(count)!r})\nnumber = int(count.read_text())\n"
        f"count.write_text(str(number + 1))\nkeys = {keys!r}\nprint(keys[min(number, len(keys) - 1)])\n",
    )


def target_of(url: str, command: TokenCommand) -> HttpTarget:
    """Return the hosted service as a target whose key a command prints."""
    return HttpTarget(
        url,
        api_key=command.key(),
        query={"api-version": "2024-05-01-preview"},
        manner=Manner("api-key", ""),
        renewed=command.again,
    )


def test_a_command_gives_the_key_and_another_one_where_that_is_refused(tmp_path: Path) -> None:
    command = TokenCommand(counting(tmp_path, "k-stale-00000001", KEY))
    server = hosted(tmp_path)
    with running(server) as url:
        target = target_of(url, command)
        command.tell(target.secrets)
        first = target.list()
        second = target.list()
        wrong = target.exchange("raw", replace_key(assistant_path("asst_1")))
        target.close()
    assert [response.status for response in first.responses] == [401, 200]
    assert [response.status for response in second.responses] == [200]
    assert [response.status for response in wrong.responses] == [401]  # it was not our key that was refused
    assert [request.header("api-key") for request in server.seen[:2]] == ["k-stale-00000001", KEY]
    assert target.secrets.redact_text(f"it says {KEY} and k-stale-00000001") == "it says *** and ***"
    assert (tmp_path / "count").read_text() == "2"


def test_a_request_that_was_under_way_when_another_renewed_the_key_is_made_again(tmp_path: Path) -> None:
    command = TokenCommand(counting(tmp_path, "k-stale-00000001", KEY))
    inner = hosted(tmp_path)

    class Meanwhile:
        """While the first request is under way, another thread gets a new key."""

        def handle(self, request: Request) -> Response:
            if request.header("api-key") == "k-stale-00000001":
                assert target._is_renewed(request_of_the_other, "k-stale-00000001")
            return inner.handle(request)

    request_of_the_other = replace(replace_key(assistant_path("asst_1")), headers=())
    with running(Meanwhile()) as url:
        target = target_of(url, command)
        found = target.list()
        target.close()
    assert [response.status for response in found.responses] == [401, 200]
    assert (tmp_path / "count").read_text() == "2", "the command is asked once"


def replace_key(path: str) -> Request:
    from conformance.exchange import Request

    return Request("GET", path, (("authorization", "Bearer k-wrong-12345678"),))


def test_a_command_that_prints_the_same_again_is_asked_once(tmp_path: Path) -> None:
    command = TokenCommand(counting(tmp_path, OTHER))
    with running(hosted(tmp_path)) as url:
        target = target_of(url, command)
        exchange = target.list()
        target.close()
    assert [response.status for response in exchange.responses] == [401]


WRONG = {
    "import sys\nsys.exit(3)": "ended with exit code 3",
    "pass": "printed no key",
    "print('two words')": "printed more than a key",
    "print('k-1\\nk-2')": "printed more than a key",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_command_that_gives_no_key_is_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as told:
        TokenCommand(program(tmp_path, text)).key()
    assert WRONG[text] in str(told.value)
    assert "k-1" not in str(told.value)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--token-command", "no-such-program-anywhere --x"), "no-such-program-anywhere cannot be run"),
        (("--token-command", "'"), "cannot be split"),
        (("--token-command", ""), "does not name a command"),
        (("--api-key-header", "a b"), "is not a valid header name"),
        (("--api-key-scheme", "a b"), "is not a valid scheme"),
        (("--token-command", "echo k-1", "--api-key-file", "f"), "exclude each other"),
    ],
)
def test_what_is_wrong_with_the_options_is_one_line_and_exit_2(words: tuple[str, ...], why: str) -> None:
    code, printed = conformance("run", "http://127.0.0.1:9/v1", *words)
    assert code == 2
    assert why in printed


def test_a_run_gets_its_key_from_a_command_and_writes_it_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    server = hosted(tmp_path)
    words = ("--token-command", counting(tmp_path, KEY), "--effort", "quick", "--only", "roundtrip.name")
    with running(server) as url:
        code, printed = conformance("run", url, *words, *GIVEN, "--report-dir", str(tmp_path / "report"))
    assert code == 0, printed
    written = "".join(path.read_text("utf-8") for path in (tmp_path / "report").iterdir() if path.is_file())
    assert KEY not in written + printed
    assert "token.py" not in json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))["command"]


def test_a_key_that_a_command_gave_and_nobody_takes_is_told_as_such(tmp_path: Path) -> None:
    with running(hosted(tmp_path)) as url:
        words = ("--edition", str(tmp_path / "hosted.toml"), "--token-command", "echo no-such-key")
        code, printed = conformance("smoke", url, *words)
    assert (code, "--token-command" in printed, "OPENAI_API_KEY" in printed) == (2, True, False)
