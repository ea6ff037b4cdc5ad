"""Whatever echoes a key, in whatever form: nothing that a command writes or prints holds it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from conformance.reference.serve import running
from conformance.reference.server import Reference
from tests.conformance.cli.canary import EVERY, HEADER, KEY, OTHER, PASSWORD, QUERY, forms, leaks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conformance.exchange import Request, Response
    from tests.conformance.cli.conftest import Ended

OPTIONS = [f"--header=X-Tenant={HEADER}", f"--query=session={QUERY}", "--other-api-key-env=SECOND_KEY"]
_ECHO = [form for secret in EVERY for form in forms(secret).values()]


class Echoing:
    """A server that obeys but for names, and says all that it knows of secrets wherever it can."""

    def __init__(self) -> None:
        self._inner = Reference()

    def handle(self, request: Request) -> Response:
        path = request.path.replace(quote("~" + KEY, safe=""), "")
        response = self._inner.handle(replace(request, path=path))
        value = json.loads(response.body) if response.body else None
        if isinstance(value, dict) and "error" in value:
            value["error"]["message"] += " ".join(["", *_ECHO])
        elif isinstance(value, dict) and isinstance(value.get("id"), str):
            value |= {"id": f"{value['id']}~{KEY}", "echo": _ECHO, f"as {KEY}": 1}
            if value.get("name"):
                value["name"] += "".join(_ECHO[:60])
        body = json.dumps(value).encode()
        echoed = [form for form in _ECHO if form.isascii() and form.isprintable()]
        headers = [(f"x-echo-{number}", form) for number, form in enumerate(echoed[::3])]
        headers += [("set-cookie", f"session={KEY}; path=/"), ("x-request-id", f"req_{OTHER}")]
        kept = tuple((name, text) for name, text in response.headers if name.lower() != "content-length")
        return replace(response, headers=(*kept, *headers), body=body)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running(Echoing()) as url:
        yield url


def conformance(
    folder: Path, *words: str, module: str = "conformance", **more: str
) -> subprocess.CompletedProcess[str]:
    """Call a command in a folder, with the keys in its environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "OPENAI"))}
    environment |= {"OPENAI_API_KEY": KEY, "SECOND_KEY": OTHER, **more}
    return subprocess.run(
        [sys.executable, "-m", module, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def written(folder: Path, *done: subprocess.CompletedProcess[str]) -> str:
    """Return all that stands in a folder's files, with what commands have printed."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    texts = [path.read_bytes().decode("utf-8", "replace") for path in files]
    return "\n".join([*texts, *(text for one in done for text in (one.stdout, one.stderr))])


def test_a_server_that_echoes(server: str, tmp_path: Path) -> None:
    url = server.replace("://", f"://ann:{quote(PASSWORD, safe='')}@")
    judged = conformance(tmp_path, "run", url, *OPTIONS, "--only=roundtrip.name.answered", "--effort=quick")
    assert judged.returncode == 1, judged.stderr
    report = tmp_path / "conformance-report" / "report.json"
    failed = next(row["id"] for row in json.loads(report.read_text())["requirements"] if row["outcome"] == "fail")
    done = [judged]
    for form in ("github", "github-summary", "badge", "markdown", "junit", "html"):
        done.append(conformance(tmp_path, "render", str(report), "--format", form))
        assert done[-1].returncode == 0
    done.append(conformance(tmp_path, "baseline", "write", str(report), "-o", "baseline.toml"))
    done.append(conformance(tmp_path, "compare", str(report), str(report)))
    done.append(conformance(tmp_path, "matrix", str(report), "-o", "matrix.html"))
    assert leaks(written(tmp_path, *done)) == []
    # Nobody has told these two of the second key.
    again = conformance(tmp_path, "replay", str(report), failed, url, *OPTIONS[:2])
    assert again.returncode == 1, again.stderr
    smoked = conformance(tmp_path, "smoke", url, *OPTIONS[:2])
    assert leaks(written(tmp_path, again, smoked), (KEY, HEADER, QUERY, PASSWORD)) == []
    assert "***" in report.read_text()


def test_a_shard_and_plain_pytest(server: str, tmp_path: Path) -> None:
    shard = conformance(tmp_path, "run", server, *OPTIONS, "--only=roundtrip.name", "--effort=quick", "--shard=1/2")
    assert shard.returncode in {0, 1}, shard.stderr
    words = [
        "--pyargs",
        "conformance.suites",
        f"--conformance-target={server}",
        "--conformance-only=roundtrip.name.answered",
    ]
    words += [option.replace("--", "--conformance-", 1) for option in OPTIONS]
    plain = conformance(
        tmp_path,
        *words,
        "--conformance-effort=quick",
        "-v",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        module="pytest",
    )
    assert plain.returncode == 1, plain.stdout
    assert "actual:" in plain.stdout
    assert leaks(written(tmp_path, shard, plain), (KEY, OTHER, HEADER, QUERY)) == []


ADAPTER = """
import json, os, sys, urllib.request

KEY = os.environ["ACME_TOKEN"]
print(json.dumps({"conformance": 1, "name": "acme " + KEY, "version": "1", "language": "python",
                  "settings": {"token": KEY}}), flush=True)
for line in sys.stdin:
    call = json.loads(line)
    print("log: " + FORMS, file=sys.stderr, flush=True)
    data = None if call["call"] == "retrieve" else json.dumps(call["fields"]).encode()
    request = urllib.request.Request(call["base_url"] + "/assistants/" + call["assistant_id"], data,
                                     {"Authorization": "Bearer " + call["api_key"], "X-Token": KEY,
                                      "Content-Type": "application/json", "OpenAI-Beta": "assistants=v2"})
    try:
        with urllib.request.urlopen(request) as answer:
            value = json.load(answer)
        value["name"] = (value.get("name") or "") + FORMS
        answer = {"id": call["id"], "returned": value}
    except Exception as error:
        status = getattr(error, "code", 500)
        answer = {"id": call["id"], "raised": {"kind": "AcmeError", "message": FORMS, "status": status}}
    if os.environ.get("BABBLES"):
        print(FORMS, flush=True)
    print(json.dumps(answer), flush=True)
"""


@pytest.mark.parametrize("babbles", ["", "1"])
def test_an_adapter_program_that_echoes(tmp_path: Path, babbles: str) -> None:
    source = tmp_path.with_name(f"{tmp_path.name}-adapter.py")
    source.write_text(ADAPTER.replace("FORMS", repr(" ".join(forms(KEY).values()))))
    words = ["--adapter-env=ACME_TOKEN", "--adapter-env=BABBLES", "--only=answers.error", "--effort=quick"]
    spec = f"exec:{sys.executable} {source}"
    environment = {"ACME_TOKEN": KEY, "BABBLES": babbles, "OPENAI_API_KEY": OTHER}
    judged = conformance(tmp_path, "run", spec, *words, **environment)
    smoked = conformance(tmp_path, "smoke", spec, *words[:2], **environment)
    assert judged.returncode == (3 if babbles else 1), judged.stderr
    assert leaks(written(tmp_path, judged, smoked)) == []


SDK = """
import os
import httpx

KEY = os.environ["ACME_TOKEN"]


class AcmeError(Exception):
    pass


class Adapter:
    name, version, language, cannot = "acme", "1.0", "python", frozenset()
    settings = {"token": KEY}

    def __init__(self, base_url, api_key):
        self.client = httpx.Client(base_url=base_url, headers={
            "Authorization": "Bearer " + api_key, "X-Token": KEY, "OpenAI-Beta": "assistants=v2"})

    def modify(self, assistant_id, fields):
        return self.read(self.client.post("/assistants/" + assistant_id, json=fields))

    def retrieve(self, assistant_id):
        return self.read(self.client.get("/assistants/" + assistant_id))

    def read(self, answer):
        print(KEY)
        if answer.status_code != 200:
            raise AcmeError(FORMS)
        value = answer.json()
        value["name"] = (value.get("name") or "") + FORMS
        return value

    def describe_error(self, exception):
        return None

    def close(self):
        self.client.close()
"""


def test_an_sdk_that_echoes(tmp_path: Path) -> None:
    (tmp_path.with_name(f"{tmp_path.name}-sdk")).mkdir()
    source = tmp_path.with_name(f"{tmp_path.name}-sdk") / "acme_echo.py"
    source.write_text(SDK.replace("FORMS", repr(" ".join(forms(KEY).values()))))
    environment = {"ACME_TOKEN": KEY, "OPENAI_API_KEY": OTHER, "PYTHONPATH": str(source.parent)}
    words = ["--adapter-env=ACME_TOKEN", "--only=answers", "--effort=quick"]
    judged = conformance(tmp_path, "run", "sdk:acme_echo:Adapter", *words, **environment)
    assert judged.returncode == 1, judged.stderr
    assert leaks(written(tmp_path, judged)) == []


PASTED = [
    ["run", KEY],
    ["run", f"sdk:{KEY}"],
    ["run", f"http://ann:{PASSWORD}@"],
    ["run", f"http://ann:{KEY}@127.0.0.1:1/v1"],
    ["run", f"http:ann:{PASSWORD}@127.0.0.1"],
    ["run", f"http://127.0.0.1:1/v1#{KEY}"],
    ["run", "http://127.0.0.1:1/v1", KEY],
    ["run", "http://127.0.0.1:1/v1", f"--{KEY}"],
    ["run", "http://127.0.0.1:1/v1", "--header", f"Authorization: Bearer {KEY}"],
    ["run", "http://127.0.0.1:1/v1", "--header", f"Authorization: Bearer {KEY}=="],
    ["run", "http://127.0.0.1:1/v1", "--header", KEY],
    ["run", "http://127.0.0.1:1/v1", "--query", KEY],
    ["run", "http://127.0.0.1:1/v1", "--api-key-env", KEY],
    ["run", "http://127.0.0.1:1/v1", "--api-key-env", "sk_live_4f9d2c71e8Zq7X"],
    ["run", "http://127.0.0.1:1/v1", "--other-api-key-env", OTHER],
    ["run", "http://127.0.0.1:1/v1", "--adapter-env", KEY],
    ["run", "http://127.0.0.1:1/v1", "--adapter-env", f"TOKEN={KEY}"],
    ["run", "http://127.0.0.1:1/v1", "--api-key-file", "sk-canary-4f9d2c71e8Zq7X"],
    ["run", "http://127.0.0.1:1/v1", "--effort", KEY],
    ["run", "http://127.0.0.1:1/v1", f"--seed={KEY}"],
    ["run", "http://127.0.0.1:1/v1", "--time", KEY],
    ["run", "http://127.0.0.1:1/v1", "--edition", KEY],
    ["run", "http://127.0.0.1:1/v1", "--only", KEY],
    ["run", "http://127.0.0.1:1/v1", "--shard", KEY],
    ["run", "http://127.0.0.1:1/v1", "--workers", KEY],
    ["run", "http://127.0.0.1:1/v1", f"--quiet={KEY}"],
    ["fuzz", KEY],
    ["smoke", KEY],
    ["certify", KEY, "--name", "a", "--target-version", "1"],
    ["verify", KEY],
    ["explain", KEY],
    ["render", KEY, "--format", "html"],
    ["render", "report.json", "--format", KEY],
    ["replay", KEY, "roundtrip.name.answered"],
    ["compare", KEY, OTHER],
    ["merge", KEY, "-o", "x.json"],
    ["baseline", "write", KEY],
    ["serve", "--api-key-env", KEY],
    ["serve", "--fault", KEY],
    ["serve", KEY],
    [KEY],
    [f"--{KEY}"],
]


@pytest.mark.parametrize("words", PASTED, ids=lambda words: re.sub(r"[^\w=-]+", " ", " ".join(words))[:60])
def test_a_mistake_does_not_repeat_a_key(
    command: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    done = command(*words)
    assert done.code in {2, 3}
    told = done.out + done.err
    assert not any(secret in told for secret in (*EVERY, "sk_live_4f9d2c71e8Zq7X", "sk-canary-4f9d2c71e8Zq7X")), told
    assert "Traceback" not in told


CONFIGURED = [f'effort = "{KEY}"', f'time = "{KEY}"', f'"{KEY}" = 1', f'api-key-env = "{KEY}"', f'seed = "{KEY}"']
CONFIGURED += [f'target = "{KEY}"', f'shard = "{KEY}"', f'header = ["Authorization {KEY}"]', f'[targets."{KEY}"]']


@pytest.mark.parametrize("line", CONFIGURED, ids=range(len(CONFIGURED)))
def test_nor_does_one_in_a_file(folder: Path, command: Callable[..., Ended], line: str) -> None:
    (folder / "conformance.toml").write_text(line + "\n")
    done = command("run")
    assert done.code in {2, 3}
    assert KEY not in done.out + done.err


@pytest.mark.parametrize("option", ["effort", "seed", "target", "header"])
def test_nor_does_one_under_pytest(tmp_path: Path, option: str) -> None:
    words = ["--pyargs", "conformance.suites", "--conformance-target=http://127.0.0.1:1/v1", "-p", "no:randomly", "-q"]
    done = conformance(tmp_path, *words, f"--conformance-{option}={KEY}", module="pytest", OPENAI_API_KEY="")
    assert done.returncode in {2, 3, 4}
    assert KEY not in done.stdout + done.stderr


def test_a_short_key_destroys_nothing(tmp_path: Path) -> None:
    with running(Reference(api_key="test")) as url:
        done = conformance(tmp_path, "run", url, "--only=roundtrip.name", "--effort=quick", OPENAI_API_KEY="test")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "value"), [("Accept", "application/json"), ("X-Model", "gpt-4o"), ("X-Key", "assistant")]
)
def test_what_everybody_knows_is_no_secret(tmp_path: Path, name: str, value: str) -> None:
    with running(Reference()) as url:
        done = conformance(tmp_path, "run", url, f"--header={name}={value}", "--only=roundtrip.name", "--effort=quick")
    assert done.returncode == 0, done.stdout


def test_a_key_may_stand_in_a_file(folder: Path, command: Callable[..., Ended]) -> None:
    (folder / "key").write_text(f"{KEY}\nanything else\n")
    (folder / "key").chmod(0o600)
    with running(Reference(api_key=KEY)) as url:
        assert command("smoke", url, "--api-key-file", "key").code == 0
        done = command("run", url, "--api-key-file", "key", "--only=roundtrip.name.answered", "--effort=quick")
        assert done.code == 0
        refused = command("smoke", url)
    assert refused.code == 3
    assert "--api-key-file" in refused.err
    settings = json.loads((folder / "conformance-report" / "report.json").read_text())["settings"]
    assert settings["api_key_file"] == "key"
    (folder / "key").unlink()
    assert leaks(written(folder), (KEY,)) == []


@pytest.mark.parametrize("option", ["--api-key-file", "--other-api-key-file"])
@pytest.mark.parametrize(
    ("content", "mode", "told"),
    [
        (None, 0, "cannot read key: No such file or directory"),
        (b"", 0o600, "the first line of key is empty"),
        (b" \nsk-second-line", 0o600, "the first line of key is empty"),
        (b"sk-one two", 0o600, "holds more than a key"),
        (b"sk-\xff", 0o600, "is not text"),
        (b"sk-one", 0o644, "is open to others; close it: chmod 600 key"),
    ],
)
def test_what_is_wrong_with_such_a_file(
    folder: Path, command: Callable[..., Ended], option: str, content: bytes | None, mode: int, told: str
) -> None:
    if content is not None:
        (folder / "key").write_bytes(content)
        (folder / "key").chmod(mode)
    done = command("run", "http://127.0.0.1:1/v1", option, "key")
    assert done.code == 2
    assert told in done.complaint
    assert option in done.complaint
    assert "sk-" not in done.complaint


def test_a_folder_and_a_pipe_are_no_such_files(folder: Path, command: Callable[..., Ended]) -> None:
    os.mkfifo(folder / "pipe")
    for name in (".", "pipe"):
        assert f"{name} is not a file" in command("smoke", "http://127.0.0.1:1/v1", "--api-key-file", name).complaint
