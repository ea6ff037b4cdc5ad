"""What an SDK was recorded to send: told are address, method, headers, body and retries, and nothing that was asked."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reports.model import OutcomeKind
from tests.conformance.recordings.making import FORMATS, SENT, TOOL, Entry, Session, broken, judged, usual, written

if TYPE_CHECKING:
    from pathlib import Path

NULLED = {"type": "function", "function": {"name": "f", "description": None, "parameters": {"default": None}}}


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_sent_rightly_is_clean(tmp_path: Path, name: str) -> None:
    report = judged(written(tmp_path, name, usual()), "sdk")
    assert broken(report) == {}
    rows = {row.id: row for row in report.rows}
    assert rows["wire.address"].outcome is OutcomeKind.PASS
    assert rows["wire.beta_header"].observed.startswith("sent, v2")
    assert rows["roundtrip.name.answered"].outcome is OutcomeKind.PASS
    assert rows["wire.nothing_dropped"].outcome is OutcomeKind.UNTESTED
    assert rows["response.error.envelope"].outcome is OutcomeKind.NOT_APPLICABLE


def _sent(body: Any) -> dict[str, Any]:
    return {"sent": body if isinstance(body, bytes) else json.dumps(body).encode()}


def _with(name: str, value: str | None) -> dict[str, Any]:
    headers = tuple(pair for pair in SENT if pair[0] != name)
    return {"request_headers": headers if value is None else (*headers, (name, value))}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "PATCH": ({"method": "PATCH"}, "wire.method"),
    "PUT": ({"method": "PUT"}, "wire.method"),
    "slash behind": ({"path": "/assistants/asst_1/"}, "wire.address"),
    "two slashes": ({"path": "//assistants/asst_1"}, "wire.address"),
    "content type": (_with("Content-Type", "text/plain"), "wire.content_type"),
    "charset": (_with("Content-Type", "application/json; charset=latin-1"), "wire.content_type"),
    "no scheme": (_with("Authorization", "sk-recorded-0123456789"), "wire.authorisation"),
    "key in the URL": ({"path": "/assistants/asst_1?key=sk-recorded-0123456789"}, "wire.authorisation.url"),
    "no JSON": (_sent(b"name=Ada"), "wire.json"),
    "no object": (_sent([{"name": "Ada"}]), "wire.json"),
    "key twice": (_sent(b'{"name": "a", "name": "b"}'), "wire.json"),
    "null companion": (_sent({"tools": [{"type": "code_interpreter", "function": None}]}), "wire.nothing_invented"),
    "null inside": (_sent({"tools": [NULLED]}), "wire.nothing_invented"),
    "null resources": (_sent({"tool_resources": {"code_interpreter": None}}), "wire.nothing_invented"),
    "null field": (_sent({"name": "Ada", "tools": None}), "wire.nothing_invented"),
    "unknown null": (_sent({"name": "Ada", "vector_stores": None}), "wire.nothing_invented"),
    "camel case": (_sent({"responseFormat": "auto"}), "wire.names"),
    "number as text": (_sent({"temperature": "0.5"}), "wire.values"),
    "list for an object": (_sent({"metadata": []}), "wire.values"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_no_caller_asks_for_is_found(tmp_path: Path, what: str) -> None:
    members, id_ = WRONG[what]
    session = Session()
    session.create()
    entry = session.modify(session.entries[0].value["id"], {"name": "Ada"})
    path = str(members.get("path", entry.path)).replace("asst_1", session.entries[0].value["id"])
    entries = [session.entries[0], replace(entry, **{**members, "path": path})]
    report = judged(written(tmp_path, "plain.har", entries), "sdk")
    assert set(broken(report)) == {id_}
    finding = broken(report)[id_].finding
    assert finding is not None
    assert finding.case.endswith("(entry 2)")
    assert "0123456789" not in repr(report)


RIGHT: dict[str, Any] = {
    "nulls": {"name": None, "description": None, "instructions": None, "metadata": None, "temperature": None},
    "more nulls": {"top_p": None, "response_format": None, "tool_resources": None},
    "free JSON": {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"default": None}}}]},
    "strict": {"tools": [{"type": "function", "function": {"name": "f", "strict": None}}]},
    "read back": {"tools": [{"type": "file_search", "file_search": {
        "ranking_options": {"score_threshold": 0.5, "hybrid_search": None}}}]},
    "empties": {"tools": [], "metadata": {}, "name": "", "tool_resources": {}},
    "tools": {"tools": [TOOL, {"type": "code_interpreter"}]},
    "metadata": {"metadata": {"responseFormat": "x", "function": "y"}},
}  # fmt: skip


@pytest.mark.parametrize("what", RIGHT)
def test_what_a_caller_may_ask_for_is_no_finding(tmp_path: Path, what: str) -> None:
    session = Session()
    id_ = session.create()
    entry = session.modify(id_, {"name": "Ada"})
    entries = [session.entries[0], replace(entry, sent=json.dumps(RIGHT[what]).encode())]
    assert broken(judged(written(tmp_path, "plain.har", entries), "sdk")) == {}


def test_what_was_refused_may_have_been_sent_on_purpose(tmp_path: Path) -> None:
    session = Session()
    session.modify(session.create(), {"temperature": "hot"})
    assert session.entries[-1].status == 400
    assert broken(judged(written(tmp_path, "plain.har", session.entries), "sdk")) == {}


def _again(status: int, **headers: str) -> list[Entry]:
    one = Entry("POST", "/assistants/asst_1", b'{"name": "Ada"}', status, b'{"error": {"message": "No."}}')
    again = replace(one, request_headers=(*SENT, *headers.items()))
    first = replace(one, request_headers=(*SENT, *((n, "0" if n.startswith("x-") else v) for n, v in headers.items())))
    return [first, again]


COUNT = {"x-stainless-retry-count": "1"}
KEY = {"Idempotency-Key": "stainless-1"}


@pytest.mark.parametrize("marks", [COUNT, KEY], ids=["count", "key"])
def test_retries_are_told_by_what_they_say_of_themselves(tmp_path: Path, marks: dict[str, str]) -> None:
    def ids(entries: list[Entry]) -> set[str]:
        return set(broken(judged(written(tmp_path, "plain.har", entries), "sdk")))

    assert ids(_again(400, **marks)) == {"wire.no_retry"}
    assert ids(_again(429, **marks)) == set()
    assert ids(_again(500, **marks)) == set()
    assert ids(_again(200, **marks)) == {"wire.one_request"}
    assert ids(_again(400)) == set()  # the caller may have asked twice
    other = _again(429, **marks)
    other[1] = replace(other[1], sent=b'{"name": "Grace"}')
    assert ids(other) == ({"wire.retry_same"} if marks is KEY else set())
