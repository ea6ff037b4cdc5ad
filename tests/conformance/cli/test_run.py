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


def read(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "conformance-report" / "report.json").read_text("utf-8"))
    return found


def test_a_conformant_target_ends_with_0_and_four_files(command: Callable[..., Any], folder: Path) -> None:
    ended = command(*NAME)
    assert ended.code == 0
    assert ended.err == ""
    assert ended.out.strip().splitlines()[-1].startswith("conformant: ")
    assert {path.name for path in (folder / "conformance-report").iterdir()} == FILES
    assert all(path.stat().st_size for path in (folder / "conformance-report").iterdir())
    report = read(folder)
    assert report["verdict"] == "conformant"
    assert [row["id"] for row in report["rows"]] == [
        f"roundtrip.name.{aspect}" for aspect in ("answered", "stored", "kept", "null", "empty")
    ]
    assert any("were not selected" in note for note in report["notes"])
