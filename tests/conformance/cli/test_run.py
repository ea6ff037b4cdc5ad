"""``conformance run``: exit codes, one line for every mistake, four files, and nothing secret in any of them."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from conformance.reference import Behaviour, Reference
from conformance.reference.changing import OMITTED
from conformance.reference.serve import running
from strategies.editions import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conformance.exchange import Request, Response
    from conformance.reference.changing import Omitted
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

NAME = ("run", "--effort", "quick", "--only", "roundtrip.name")
FILES = {"report.json", "report.html", "junit.xml", "summary.md"}
KEY = "sk-a-key-that-nobody-may-see-0123456789"


class NameLost(Behaviour):
    """Never stores a name."""

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        return stored if field == "name" and sent is not OMITTED else super().apply_field(field, stored, sent)


class Echo(Behaviour):
    """Says in every answer what it was sent, the key included."""

    def finish(self, store: Store, request: Request, response: Response) -> Response:
        from dataclasses import replace

        told = request.header("authorization") or ""
        body = json.loads(response.body) if response.body else {}
        body["description"] = f"you sent {told}"
        return replace(response, headers=(*response.headers, ("x-echo", told)), body=json.dumps(body).encode())


@pytest.fixture
def serving() -> Iterator[Callable[..., str]]:
    """Give a function that serves a reference over HTTP and returns its base URL."""
    with ExitStack() as stack:
        yield lambda reference: stack.enter_context(running(reference))


def test_several_processes_say_what_one_says(command: Callable[..., Any], folder: Path) -> None:
    ended = command("run", "--effort", "quick", "--only", "roundtrip.name", "--workers", "2", "-q")
    assert ended.code == 0, ended.err
    assert "partial" in ended.out
    assert json.loads((folder / "conformance-report" / "report.json").read_text("utf-8"))["verdict"] == "conformant"


def test_fail_fast_ends_at_the_first_must_that_is_broken(
    command: Callable[..., Any], folder: Path, serving: Callable[..., str]
) -> None:
    url = serving(Reference(behaviour=NameLost()))
    ended = command("run", url, "--effort", "quick", "--fail-fast")
    report = read(folder)
    assert ended.code == 1
    assert report["verdict"] == "non-conformant"
    assert report["requests"] < 300
    outcomes = [row["outcome"] for row in report["requirements"]]
    assert "fail" in outcomes
    assert "untested" in outcomes


def test_fail_fast_changes_nothing_where_nothing_is_broken(command: Callable[..., Any], folder: Path) -> None:
    assert command(*NAME, "--fail-fast").code == 0


@pytest.mark.parametrize("workers", ["0", "-1", "many", "65"])
def test_a_number_of_processes_that_is_none_is_refused(command: Callable[..., Any], workers: str) -> None:
    ended = command("run", "--workers", workers)
    assert ended.code == 2
    assert "1 to 64" in ended.err


def read(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "conformance-report" / "report.json").read_text("utf-8"))
    return found


def test_a_conformant_target_ends_with_0_and_four_files(command: Callable[..., Any], folder: Path) -> None:
    ended = command(*NAME)
    assert ended.code == 0
    assert ended.err == ""
    assert any(line.startswith("conformant: ") for line in ended.out.splitlines())
    assert {path.name for path in (folder / "conformance-report").iterdir()} == FILES | {"journal.jsonl"}
    assert all(path.stat().st_size for path in (folder / "conformance-report").iterdir())
    report = read(folder)
    assert report["verdict"] == "conformant"
    assert [row["id"] for row in report["requirements"]] == [
        f"roundtrip.name.{aspect}" for aspect in ("answered", "stored", "kept", "null", "empty")
    ]
    assert any("were not selected" in note for note in report["notes"])


def test_a_broken_requirement_ends_with_1_and_its_evidence(
    command: Callable[..., Any], serving: Callable[..., str], folder: Path
) -> None:
    ended = command(*NAME, serving(Reference(behaviour=NameLost())))
    assert ended.code == 1
    assert ended.err == ""
    assert any(line.startswith("non-conformant: ") for line in ended.out.splitlines())
    assert "value sent but not returned: name (" in ended.out
    row = next(row for row in read(folder)["requirements"] if row["id"] == "roundtrip.name.stored")
    assert row["outcome"] == "fail"
    assert "curl " in row["finding"]["curl"]
    assert row["finding"]["steps"][0]["role"] == "setup"
    shown = command("show", "conformance-report/report.json", "roundtrip.name.stored")
    assert shown.code == 0
    assert row["finding"]["curl"] in shown.out
    assert "roundtrip.name.stored" in command("show", "conformance-report/report.json", "1").out
    assert (
        "did you mean 'roundtrip.name.stored'?" in command("show", "conformance-report/report.json", "name.stored").err
    )


def test_what_should_be_counts_when_asked(command: Callable[..., Any], serving: Callable[..., str]) -> None:
    from conformance.reference.faults import faults

    url = serving(Reference(behaviour=faults()["error-flat"].behaviour()))
    words = ("run", url, "--effort", "quick", "--only", "response.error.envelope", "--only", "validation.name")
    assert command(*words).code == 0
    assert command(*words, "--fail-on", "should").code == 1


def test_quiet_prints_the_verdict_only(command: Callable[..., Any]) -> None:
    ended = command(*NAME, "--quiet")
    assert ended.code == 0
    assert ended.out.count("\n") == 1
    assert ended.out.startswith("conformant: ")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        pytest.param(("run", "gopher://x"), 2, "sdk:module:factory", id="unknown-kind-of-target"),
        pytest.param(("run", "openai"), 2, "does not name a target", id="no-kind-of-target"),
        pytest.param(("run", "http://"), 2, "has no host", id="no-host"),
        pytest.param(("run", "http://127.0.0.1:1/v1"), 3, "start the server", id="unreachable"),
        pytest.param(("run", "http://nowhere.invalid/v1"), 3, "check the host name", id="unknown-host"),
        pytest.param(("run", "--edition", "1999-01"), 2, ", ".join(names()), id="unknown-edition"),
        pytest.param(
            ("run", "--only", "roundtrip.nmae"), 2, "did you mean 'roundtrip.name'?", id="only-matches-nothing"
        ),
        pytest.param(("run", "--skip", "zzz"), 2, "conformance requirements", id="skip-matches-nothing"),
        pytest.param(("run", "--only", "wire.json", "--skip", "wire"), 2, "leave no requirement", id="nothing-is-left"),
        pytest.param(("run", "--report-dir", "/proc/nowhere"), 2, "--report-dir", id="unwritable-folder"),
        pytest.param(("run", "--header", "X-Thing"), 2, "NAME=VALUE", id="header-without-a-value"),
        pytest.param(("run", "--query", "=x"), 2, "NAME=VALUE", id="query-without-a-name"),
        pytest.param(("run", "sdk:no_such_adapter:make"), 2, "cannot be imported", id="adapter-not-there"),
        pytest.param(("run", "sdk:broken_adapter:make"), 2, "RuntimeError: half done", id="adapter-that-raises"),
        pytest.param(("run", "sdk:json:no_such"), 2, "has no no_such", id="factory-not-there"),
        pytest.param(("run", "sdk:elsewhere"), 2, "give yours as sdk:module:factory", id="sdk-not-bundled"),
        pytest.param(("requirements", "--edition", "x"), 2, ", ".join(names()), id="requirements-unknown-edition"),
        pytest.param(("render", "none.json", "--format", "html"), 2, "cannot read none.json", id="render-no-file"),
        pytest.param(("serve", "--fault", "name-null-ignord"), 2, "did you mean", id="serve-unknown-fault"),
        pytest.param(("serve", "--api-key-env", "NO_SUCH_KEY"), 2, "NO_SUCH_KEY", id="serve-without-a-key"),
        pytest.param(("fuzz", "--time", "1s", "--only", "zzz"), 2, "no requirement matches", id="fuzz-matches-nothing"),
        pytest.param(("fuzz", "--time", "1s", "http://127.0.0.1:1/v1"), 3, "start the server", id="fuzz-unreachable"),
    ],
)
def test_a_mistake_is_one_line(
    command: Callable[..., Any], folder: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    (folder / "broken_adapter.py").write_text("raise RuntimeError('half\\n done')\n", encoding="utf-8")
    ended = command(*words)
    assert (ended.code, ended.out) == (code, "")
    assert told in ended.complaint


@pytest.mark.parametrize(
    "words",
    [("run", "--effort", "huge"), ("run", "--timeout", "0"), ("run", "--time", "-1"), ("run", "a", "b"), ("walk",)],
    ids=" ".join,
)
def test_words_that_no_command_takes_end_with_2(command: Callable[..., Any], words: tuple[str, ...]) -> None:
    ended = command(*words)
    assert (ended.code, ended.out) == (2, "")
    assert "Error: " in ended.err.splitlines()[-1]
    assert "Traceback" not in ended.err


def test_a_folder_that_is_a_file_is_named(command: Callable[..., Any], folder: Path) -> None:
    (folder / "taken").write_text("", encoding="utf-8")
    ended = command(*NAME, "--report-dir", "taken/here")
    assert ended.code == 2
    assert "taken/here" in ended.complaint


def test_a_missing_key_is_asked_for(command: Callable[..., Any], serving: Callable[..., str]) -> None:
    ended = command(*NAME, serving(Reference(api_key=KEY)))
    assert ended.code == 3
    assert "OPENAI_API_KEY" in ended.complaint
    assert "--api-key-env" in ended.complaint


def test_a_wrong_key_is_said_to_be_refused(
    command: Callable[..., Any], serving: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_KEY", "sk-another-key-0123456789")
    ended = command(*NAME, serving(Reference(api_key=KEY)), "--api-key-env", "OTHER_KEY")
    assert ended.code == 3
    assert "rejects the key" in ended.complaint
    assert "OTHER_KEY" in ended.complaint
    assert "sk-another" not in ended.complaint


def test_a_server_of_something_else_is_unusable(command: Callable[..., Any], serving: Callable[..., str]) -> None:
    ended = command(*NAME, f"{serving(Reference())}/elsewhere")
    assert ended.code == 3
    assert "does not serve the operation" in ended.complaint


def test_a_key_is_in_nothing_that_is_written_or_printed(
    command: Callable[..., Any], serving: Callable[..., str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    only: tuple[str, ...] = ("--only", "roundtrip.name", "--only", "roundtrip.description", "--only", "validation.name")
    only += ("--only", "transport.wrong_key", "--only", "response.error")
    url = serving(Reference(api_key=KEY, behaviour=Echo()))
    hidden = ("--header", "X-Token=another-secret-42", "--query", "token=third-secret-43")
    ended = command("run", url, "--effort", "quick", *only, *hidden)
    assert ended.code == 1
    files = [path.read_text("utf-8") for path in (folder / "conformance-report").iterdir()]
    assert len(files) == len(FILES) + 1
    report = read(folder)
    assert any(row["outcome"] == "fail" and "***" in json.dumps(row) for row in report["requirements"])
    assert report["settings"]["headers"] == ["X-Token"]
    for text in (ended.out, ended.err, *files):
        for secret in (KEY, "another-secret-42", "third-secret-43"):
            assert secret not in text


def test_an_assistant_of_the_user_is_put_back(
    command: Callable[..., Any], serving: Callable[..., str], folder: Path
) -> None:
    from conformance.exchange import Request

    reference = Reference()
    stored = {
        "model": "gpt-4o",
        "name": "Mine",
        "instructions": " keep me ",
        "metadata": {"a": "1", "b": ""},
        "temperature": 0.3,
        "tools": [{"type": "file_search", "file_search": {"max_num_results": 3}}],
        "tool_resources": {"file_search": {"vector_store_ids": ["vs_mine"]}},
        "response_format": {"type": "text"},
    }
    made = reference.handle(Request("POST", "/assistants", (), json.dumps(stored).encode()))
    mine = json.loads(made.body)["id"]
    before = dict(reference.store.assistants)
    only = ("--only", "roundtrip", "--only", "sequences", "--only", "validation.refusal")
    ended = command("run", serving(reference), "--effort", "quick", *only, "--assistant-id", mine)
    assert dict(reference.store.assistants) == before
    report = read(folder)
    assert report["requests"] > 100
    assert {row["outcome"] for row in report["requirements"]} <= {"pass", "not-applicable"}
    assert ended.code == 0
    assert any(mine in note for note in report["notes"])


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("asgi:json:application_for_acceptance_tests2024", "json has no application_for_acceptance_tests2024"),
        ("sdk:json:create_adapter_v12345", "json has no create_adapter_v12345"),
        ("sdk:sk-proj-abcd1234efgh5678:x", "***: *** cannot be imported"),
    ],
)
def test_the_name_of_an_attribute_is_told_however_long_it_is(command: Callable[..., Any], spec: str, told: str) -> None:
    """A name with figures in it looks like a key, and without it nobody would know what there is not."""
    ended = command("run", spec)
    assert ended.code == 2
    assert told in ended.err
