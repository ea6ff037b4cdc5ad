"""``conformance clean``: what runs have left is shown and deleted, and nothing else is touched."""

from __future__ import annotations

import io
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from conformance.exchange import Request
from conformance.reference import Behaviour, Reference
from conformance.reference.serve import running
from conformance.states import MARK
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conformance.exchange import Response
    from conformance.reference.store import Store


class Keeping(Behaviour):
    """A server that can be told to delete nothing."""

    in_threads = True
    deletes = True
    received = 0

    def intercept(self, store: Store, request: Request) -> Response | None:
        self.received += 1
        if request.method == "DELETE" and not self.deletes:
            from conformance.exchange import Response

            return Response(403, (("Content-Type", "application/json"),), b'{"error":{"message":"no"}}')
        return super().intercept(store, request)


@pytest.fixture
def served() -> Iterator[tuple[Reference, Keeping, str]]:
    """A server in this process, what it does, and its base URL."""
    behaviour = Keeping()
    reference = Reference(behaviour=behaviour)
    with running(reference) as url:
        yield reference, behaviour, url


def make(reference: Reference, metadata: dict[str, Any] | None, name: str = "One") -> str:
    body = {"model": "gpt-4o", "name": name, **({} if metadata is None else {"metadata": metadata})}
    made = reference.handle(Request("POST", "/assistants", (("Content-Type", "application/json"),), encode(body)))
    found: str = json.loads(made.body)["id"]
    return found


def test_marked_ones_are_shown_and_deleted_and_no_other(
    command: Callable[..., Any], served: tuple[Reference, Keeping, str]
) -> None:
    reference, _, url = served
    marked = {make(reference, {**MARK, "stage": "x"}, "Left") for _ in range(120)}
    others = {make(reference, None), make(reference, {"purpose": "mine"}), make(reference, {"x": MARK["purpose"]})}
    ended = command("clean", url, "--yes")
    assert (ended.code, ended.err) == (0, "")
    assert all(one in ended.out for one in marked)
    assert not any(one in ended.out for one in others)
    assert "'Left'" in ended.out
    assert ended.out.endswith("120 assistants deleted\n")
    assert set(reference.store.assistants) == others
    assert command("clean", url, "--yes").out == "no assistants to delete\n"


def test_nothing_is_deleted_unless_somebody_says_so(
    command: Callable[..., Any], served: tuple[Reference, Keeping, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, _, url = served
    one = make(reference, dict(MARK))
    for said, code, told in (("", 2, "give --yes"), ("n\n", 0, "nothing was deleted")):
        monkeypatch.setattr("sys.stdin", io.StringIO(said))
        asked = command("clean", url)
        assert asked.code == code
        assert one in asked.out
        assert told in asked.out + asked.err
        assert set(reference.store.assistants) == {one}
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert command("clean", url).code == 0
    assert reference.store.assistants == {}


def test_younger_ones_are_left_to_a_run_that_goes_on(
    command: Callable[..., Any], served: tuple[Reference, Keeping, str]
) -> None:
    reference, _, url = served
    one = make(reference, dict(MARK))
    assert command("clean", url, "--older-than", "1h", "--yes").out == "no assistants to delete\n"
    assert set(reference.store.assistants) == {one}


def test_those_of_a_journal_are_deleted_at_the_target_that_is_named(
    process: Callable[..., subprocess.Popen[str]],
    command: Callable[..., Any],
    served: tuple[Reference, Keeping, str],
    folder: Path,
) -> None:
    reference, behaviour, url = served
    mine = make(reference, None, "Mine")
    started = process("run", url, "--effort", "quick")
    try:
        until = time.monotonic() + 60
        while behaviour.received < 300:
            assert time.monotonic() < until, "the run did not begin"
            time.sleep(0.005)
    finally:
        started.kill()
        started.communicate()
    assert len(reference.store.assistants) > 1
    with running(other := Reference()) as elsewhere:
        theirs = make(other, dict(MARK))
        ended = command("clean", elsewhere, "--from", "conformance-report/journal.jsonl", "--yes")
        assert ended.out == "no assistants to delete\n"
        assert set(other.store.assistants) == {theirs}
    assert command("clean", url, "--from", "conformance-report/journal.jsonl", "--yes").code == 0
    assert command("clean", url, "--yes").code == 0  # one may have been made whose answer nobody read
    assert set(reference.store.assistants) == {mine}


def test_what_a_run_cannot_delete_is_listed_with_what_deletes_it(
    command: Callable[..., Any], served: tuple[Reference, Keeping, str], folder: Path
) -> None:
    reference, behaviour, url = served
    behaviour.deletes = False
    given = ("--api-key-header", "api-key", "--query", "v=1", "--no-beta")
    printed = command("run", url, "--effort", "quick", "--only", "roundtrip.name", "--report-dir", "seen", *given).out
    report = json.loads((folder / "seen" / "report.json").read_text("utf-8"))
    assert set(report["left_behind"]) == set(reference.store.assistants)
    told = next(note for note in report["notes"] if "could not be deleted" in note)
    assert all(one in told for one in reference.store.assistants)
    again = "--api-key-header api-key --query v=VALUE --no-beta"
    assert f"conformance clean {url} --from seen/report.json {again}\n" in printed
    for page in ("summary.md", "report.html", "junit.xml"):
        assert f"conformance clean {url} --from seen/report.json {again}" in (folder / "seen" / page).read_text("utf-8")
    ended = command("clean", url, "--from", "seen/report.json", "--yes")
    assert ended.code == 1
    assert "not deleted: " in ended.err
    behaviour.deletes = True
    assert command("clean", url, "--from", "seen/report.json", *given, "--yes").code == 0
    assert reference.store.assistants == {}


@pytest.mark.parametrize(
    "words", [("clean",), ("clean", "sdk:openai"), ("clean", "http://127.0.0.1:9/v1", "--from", "x")]
)
def test_what_cannot_be_cleaned_is_one_line(command: Callable[..., Any], words: tuple[str, ...]) -> None:
    ended = command(*words)
    assert ended.code == 2
    assert ended.complaint


def test_a_target_that_cannot_be_asked_is_unusable(command: Callable[..., Any]) -> None:
    assert command("clean", "http://127.0.0.1:9/v1", "--yes").code == 3
