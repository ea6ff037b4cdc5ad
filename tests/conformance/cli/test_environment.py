"""What code under test sees of the environment: no secret, no proxy, no certificate that is not there."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import UsageError
from conformance.targets.environment import CERTIFICATES, ELSEWHERE, PASSED, beside, for_mock, for_program
from conformance.targets.http import HttpTarget
from conformance.targets.secrets import smells_of_secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = "sk-a-key-that-nobody-may-see-0123456789"
SECRETS = {
    "OPENAI_API_KEY": KEY,
    "OPENAI_ORG_ID": "org",
    "GITHUB_TOKEN": "ghp_1",
    "AWS_SECRET_ACCESS_KEY": "a",
    "DATABASE_URL": "postgres://user:word@db/x",
    "PGPASSWORD": "word",
    "NPM_CONFIG_//registry/:_authToken": "t",
    "MY_OWN": "what nobody expects to be a secret",
    "LC_SECRET": "s",
    "SSH_AUTH_SOCK": "/run/x",
    "KUBECONFIG": "/x",
    "JAVA_TOOL_OPTIONS": "-Dpassword=word",
    "PIP_INDEX_URL": "https://user:word@pypi.example",
    "HTTPS_PROXY": "http://user:word@proxy.example",
    "SSL_CERT_FILE": "/nowhere/ca.pem",
}


def test_the_allow_list_holds_no_secret_by_its_name() -> None:
    assert [name for name in PASSED if smells_of_secret(name)] == []
    assert not PASSED & {*SECRETS, *CERTIFICATES, "NODE_OPTIONS", "GOPROXY", "NETRC"}


def test_a_program_is_given_what_it_needs_and_no_more() -> None:
    needed = {"PATH": "/bin", "HOME": "/home/a", "LC_ALL": "C", "NODE_PATH": "/n", "VIRTUAL_ENV": "/v", "TMPDIR": "/t"}
    found = for_program({**needed, **SECRETS})
    assert {name: found[name] for name in needed} == needed
    assert not found.keys() & SECRETS.keys()
    assert KEY not in found.values()


@pytest.mark.parametrize(
    ("inherited", "key_variables"),
    [
        ({"USER": KEY}, ("USER",)),
        ({"USER": KEY}, ("MISSING", "USER")),
        ({"NODE_PATH": f"/a/{KEY}", "MY_KEY": KEY}, ("MY_KEY",)),
        ({"NODE_PATH": f"/a/{KEY}", "OF_ANOTHER": f"{KEY}\n"}, ("MY_KEY", "OF_ANOTHER")),
        ({"GOPATH": "https://user:word@host/x"}, ("OPENAI_API_KEY",)),
    ],
)
def test_nor_by_the_value_of_a_usual_variable(inherited: dict[str, str], key_variables: tuple[str, ...]) -> None:
    assert not for_program(inherited, (), key_variables).keys() & inherited.keys()


def test_a_short_key_does_not_take_the_path_away() -> None:
    assert for_program({"PATH": "/test/bin", "OPENAI_API_KEY": "test"})["PATH"] == "/test/bin"


def test_what_is_named_is_given() -> None:
    found = for_program(SECRETS, ("MY_OWN", "GITHUB_TOKEN", "MISSING"))
    assert (found["MY_OWN"], found["GITHUB_TOKEN"]) == (SECRETS["MY_OWN"], "ghp_1")
    assert "MISSING" not in found


def test_what_code_beside_us_is_given() -> None:
    more = {"all_proxy": "socks5://x", "OF_ANOTHER": "k", "FOO_PROXY": "y", "NO_PROXY": "a", "PATH": "/bin"}
    before = {**SECRETS, **more}
    adapter = beside(before, ("PGPASSWORD",), ("OPENAI_API_KEY", "OF_ANOTHER"))
    gone = before.keys() - adapter.keys()
    assert {"OPENAI_API_KEY", "OPENAI_ORG_ID", "GITHUB_TOKEN", "HTTPS_PROXY", "SSL_CERT_FILE", "all_proxy"} <= gone
    assert {"OF_ANOTHER", "DATABASE_URL", "PIP_INDEX_URL"} <= gone
    assert not gone & {"PATH", "PGPASSWORD", "NO_PROXY", "MY_OWN"}
    assert adapter["NO_PROXY"] == "a,127.0.0.1,localhost"
    gone = before.keys() - for_mock(before).keys()
    assert gone == {"HTTPS_PROXY", "SSL_CERT_FILE", "all_proxy", "FOO_PROXY"}


SHOWS = """
import json, os, sys
with open("seen.json", "w") as seen:
    seen.write(json.dumps(dict(os.environ)))
print(json.dumps({"conformance": 1, "name": "toy", "version": "1", "language": "python"}), flush=True)
for line in sys.stdin:
    print(json.dumps({"id": json.loads(line)["id"], "not_run": "no"}), flush=True)
"""


@pytest.fixture
def surrounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that is full of secrets."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KEY_OF_MINE", KEY)


def seen(folder: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((folder / "seen.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("command_of", ["smoke", "run"])
@pytest.mark.parametrize("way", ["option", "environment", "file"])
def test_every_command_gives_a_program_what_is_named(
    command: Callable[..., Any],
    folder: Path,
    surrounded: None,
    monkeypatch: pytest.MonkeyPatch,
    command_of: str,
    way: str,
) -> None:
    (folder / "program.py").write_text(SHOWS, encoding="utf-8")
    target = f"exec:{shlex.quote(sys.executable)} program.py"
    words = [command_of, target, "--api-key-env", "KEY_OF_MINE"]
    words += ["--only", "wire.null"] if command_of == "run" else []
    match way:
        case "option":
            words += ["--adapter-env", "MY_OWN"]
        case "environment":
            monkeypatch.setenv("CONFORMANCE_ADAPTER_ENV", "MY_OWN")
        case _:
            (folder / "conformance.toml").write_text('adapter-env = ["MY_OWN"]\n', encoding="utf-8")
    command(*words)
    found = seen(folder)
    assert found["MY_OWN"] == SECRETS["MY_OWN"]
    assert not found.keys() & (SECRETS.keys() - {"MY_OWN"})
    assert "KEY_OF_MINE" not in found
    assert KEY not in found.values()
    assert found["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("A=B", "'A' is not the name"),
        ("A*", "is not the name"),
        ("KEY_OF_MINE", "holds a key of the run"),
        ("GITHUB_TOKEN", "holds a key of the run"),
    ],
)
def test_what_cannot_be_named_is_refused(
    command: Callable[..., Any], folder: Path, surrounded: None, name: str, told: str
) -> None:
    words = ("--api-key-env", "KEY_OF_MINE", "--other-api-key-env", "GITHUB_TOKEN", "--adapter-env", name)
    ended = command("run", f"exec:{shlex.quote(sys.executable)} program.py", *words)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.complaint


@pytest.mark.parametrize("command_of", ["smoke", "run", "fuzz"])
def test_what_a_program_was_given_by_name_or_holds_a_key_is_hidden_in_messages(
    command: Callable[..., Any], folder: Path, surrounded: None, command_of: str
) -> None:
    program = "import os, sys; print(dict(os.environ), os.environ['MY_OWN'], file=sys.stderr)"
    target = f"exec:{shlex.quote(sys.executable)} -c {shlex.quote(program)}"
    words = ["--adapter-env", "MY_OWN", "--api-key-env", "KEY_OF_MINE"]
    words += [] if command_of == "smoke" else ["--other-api-key-env", "LC_SECRET"]
    ended = command(command_of, target, *words)
    assert ended.code == 3
    assert "its standard error ends with" in ended.complaint
    assert SECRETS["MY_OWN"] not in ended.complaint
    assert not [name for name in (*SECRETS, "KEY_OF_MINE") if name != "MY_OWN" and f"'{name}'" in ended.complaint]


IN_PROCESS = """
import json, os
import httpx
from conformance.exchange import Raised
with open("seen.json", "w") as seen:
    seen.write(json.dumps(dict(os.environ)))
client = httpx.Client()
class Adapter:
    {reached}
    name, version, language, settings, cannot = "toy", "1", "python", {{}}, frozenset()
    def __init__(self, base_url, key): self.base_url, self.key = base_url, key
    def modify(self, assistant_id, fields):
        headers = {{"Authorization": f"Bearer {{self.key}}"}}
        answer = client.post(f"{{self.base_url}}/assistants/{{assistant_id}}", json=fields, headers=headers)
        answer.raise_for_status()
        return answer.json()
    def retrieve(self, assistant_id):
        headers = {{"Authorization": f"Bearer {{self.key}}"}}
        answer = client.get(f"{{self.base_url}}/assistants/{{assistant_id}}", headers=headers)
        answer.raise_for_status()
        return answer.json()
    def describe_error(self, error):
        if not isinstance(error, httpx.HTTPStatusError): return None
        told = error.response.json()["error"]
        members = {{name: told[name] for name in ("type", "param", "code")}}
        return Raised(told["message"], error.response.status_code, members, "HTTPStatusError")
    def close(self): client.close()
"""


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "nonsense"])
@pytest.mark.parametrize("reached", ["pass", "reached = 'wire'"], ids=["in process", "on the wire"])
def test_nothing_of_it_matters_to_an_adapter_in_process(
    command: Callable[..., Any],
    folder: Path,
    surrounded: None,
    monkeypatch: pytest.MonkeyPatch,
    reached: str,
    proxy: str,
) -> None:
    for name in ("ALL_PROXY", "all_proxy", "HTTP_PROXY", "https_proxy"):
        monkeypatch.setenv(name, proxy)
    name = "toy_" + re.sub(r"\W", "_", folder.name)
    (folder / f"{name}.py").write_text(IN_PROCESS.format(reached=reached), encoding="utf-8")
    only = ("--effort", "quick", "--only", "wire.content_type", "-q")
    ended = command("run", f"sdk:{name}:Adapter", *only)
    assert (ended.code, ended.err) == (0, ""), ended.out
    found = seen(folder)
    assert not found.keys() & {"OPENAI_API_KEY", "GITHUB_TOKEN", "ALL_PROXY", "SSL_CERT_FILE"}
    assert os.environ["OPENAI_API_KEY"] == KEY
    assert os.environ["ALL_PROXY"] == proxy


@pytest.mark.skipif(not ELSEWHERE, reason="no time zone can be set here")
@pytest.mark.parametrize(("made", "is_wrong"), [("utcfromtimestamp(seconds)", True), ("fromtimestamp(seconds)", False)])
def test_a_time_that_is_taken_for_local_shows_where_the_machine_is_in_utc(
    command: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch, made: str, is_wrong: bool
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    name = "toy_" + re.sub(r"\W", "_", folder.name)
    moment = f"int(datetime.datetime.{made}.timestamp())"
    source = IN_PROCESS.format(reached="pass").replace("import httpx", "import datetime, httpx", 1)
    source = source.replace("return answer.json()", "return timed(answer.json())")
    source += f"""
def timed(value):
    seconds = value["created_at"]
    return {{**value, "created_at": {moment}}}
"""
    (folder / f"{name}.py").write_text(source, encoding="utf-8")
    told = command("run", f"sdk:{name}:Adapter", "--effort", "quick", "--only", "answers.whole").out
    assert ("answers.whole: created_at: " in told) is is_wrong, told


@pytest.mark.parametrize("name", ["openai", "openai-async", "openai-wire", "openai-async-wire"])
def test_the_openai_package_needs_neither_proxy_nor_certificate(
    command: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    pytest.importorskip("openai")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    monkeypatch.setenv("SSLKEYLOGFILE", "/nowhere/keys")
    assert command("run", f"sdk:{name}", "--effort", "quick", "--only", "wire.content_type", "-q").code == 0


@pytest.mark.parametrize("what", ["missing", "a folder", "empty", "no certificate"])
def test_a_stale_certificate_is_one_line(
    command: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    path = folder / "ca.pem"
    match what:
        case "a folder":
            path.mkdir()
        case "empty" | "no certificate":
            path.write_text("" if what == "empty" else "hello\n", encoding="utf-8")
        case _:
            pass
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    for words in (("run", "https://127.0.0.1:1/v1"), ("smoke", "https://127.0.0.1:1/v1")):
        ended = command(*words)
        assert (ended.code, ended.out) == (2, "")
        assert f"SSL_CERT_FILE is {path}: " in ended.complaint


@pytest.mark.parametrize(
    ("name", "value"), [("SSL_CERT_DIR", "/nowhere:/nor/here"), ("SSLKEYLOGFILE", "/nowhere/keys.log")]
)
def test_so_are_others_that_name_a_path(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=f"{name} is {value}"):
        HttpTarget("https://127.0.0.1:1/v1")


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "ALL_PROXY"])
def test_an_application_that_minds_is_told_which(
    command: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It may speak to others, so that its environment is left alone."""
    value = {"SSL_CERT_FILE": "/nowhere/ca.pem", "ALL_PROXY": "foo://user:word@127.0.0.1:1"}[name]
    monkeypatch.setenv(name, value)
    module = "app_" + re.sub(r"\W", "_", folder.name)
    (folder / f"{module}.py").write_text("import httpx\nclient = httpx.Client()\napp = 1\n", encoding="utf-8")
    ended = command("run", f"asgi:{module}:app")
    assert ended.code == 2
    assert f"{name} is {value.replace('user:word', '***')}" in ended.complaint


def test_a_plain_target_minds_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    HttpTarget("http://127.0.0.1:1/v1").close()
