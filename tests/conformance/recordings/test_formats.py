"""What recorders write, and what is no recording: chunks, codings, replaced values, hostile and broken files."""

from __future__ import annotations

import base64
import gzip
import json
import re
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import brotli
import ijson
import pytest
import yaml

from conformance.errors import UsageError
from conformance.recordings import jsonstream, shortened, unpacking, yamlstream
from conformance.recordings.opened import Recording
from reports.model import OutcomeKind
from tests.conformance.recordings.making import (
    FORMATS,
    SENT,
    Entry,
    Session,
    broken,
    har,
    judged,
    judging,
    usual,
    vcrpy,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conformance.target import Role

ID = "asst_abc123"


def _chunked(data: bytes) -> bytes:
    parts = [data[at : at + 100] for at in range(0, len(data), 100)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


PACKED: dict[str, tuple[str, str, Callable[[bytes], bytes]]] = {
    "gzip": ("Content-Encoding", "gzip", lambda data: gzip.compress(data, mtime=0)),
    "deflate": ("Content-Encoding", "deflate", zlib.compress),
    "raw deflate": ("Content-Encoding", "deflate", lambda data: zlib.compress(data, wbits=-15)),
    "br": ("Content-Encoding", "br", brotli.compress),
    "chunked": ("Transfer-Encoding", "chunked", _chunked),
    "label kept": ("Content-Encoding", "gzip", lambda data: data),
    "br label kept": ("Content-Encoding", "br", lambda data: data),
    "chunks taken off": ("Transfer-Encoding", "chunked", lambda data: data),
}


def _packed(entries: list[Entry], how: str) -> str:
    name, value, pack = PACKED[how]
    document = json.loads(har(entries, coded=True))
    for entry, one in zip(document["log"]["entries"], entries, strict=True):
        entry["response"]["headers"].append({"name": name, "value": value})
        entry["response"]["content"]["text"] = base64.b64encode(pack(one.came)).decode()
    return json.dumps(document)


@pytest.mark.parametrize("how", PACKED)
def test_packed_bodies_are_read(tmp_path: Path, how: str) -> None:
    clean, altered = tmp_path / "clean.har", tmp_path / "altered.har"
    clean.write_text(_packed(usual(), how))
    assert broken(judged(clean)) == {}
    entries = usual()
    entries[1] = entries[1].answer(description="new")
    altered.write_text(_packed(entries, how))
    assert set(broken(judged(altered))) == {"roundtrip.description.kept"}


def test_without_a_library_for_brotli_bodies_are_not_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "_brotli", lambda: None)
    path = tmp_path / "a.har"
    path.write_text(_packed(usual(), "br"))
    made = judging(path)
    assert broken(made.report("recording:a")) == {}
    assert made.modifies == 0


@pytest.mark.parametrize("name", FORMATS)
def test_other_traffic_is_passed_over_and_counted(tmp_path: Path, name: str) -> None:
    other = Entry("POST", "/chat/completions", b'{"model":"gpt-4o"}', 200, b'{"object":"chat.completion"}')
    foreign = replace(
        other, path="/assistants/7", base="https://shop.example/api", came=b'{"id":7}', request_headers=()
    )
    files = replace(other, path=f"/assistants/{ID}/files")
    made = judging(written(tmp_path, name, [other, *usual(), foreign, files]))
    assert (made.modifies, made.others) == (5, 3)


# Values that were replaced


MASKS = ("REDACTED", "[REDACTED]", "<REDACTED>", "Sanitized", "***", "[FILTERED]", "<OPENAI_API_KEY>")


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("where", ["answers", "requests"])
def test_replaced_values_are_no_findings(tmp_path: Path, mask: str, where: str) -> None:
    entries = usual()
    for place, one in enumerate(entries):
        if where == "answers" and one.status == 200 and one.value.get("object") == "assistant":
            entries[place] = one.answer(id=mask, name=mask, instructions=mask, metadata={"a": mask}, created_at=mask)
        elif where == "requests" and b'"name": "' in one.sent and one.status == 200:
            entries[place] = replace(one, sent=json.dumps({**json.loads(one.sent), "name": mask}).encode())
    for role in ("server", "sdk"):
        assert broken(judged(written(tmp_path, "vcrpy.yaml", entries), role)) == {}


@pytest.mark.parametrize("role", ["server", "sdk"])
def test_headers_that_were_left_out_are_no_findings(tmp_path: Path, role: Any) -> None:
    entries = [replace(one, request_headers=(), response_headers=()) for one in usual()]
    report = judged(written(tmp_path, "vcrpy.yaml", entries), role)
    assert broken(report) == {}
    rows = {row.id: row for row in report.rows}
    for id_ in ("response.content_type",) if role == "server" else ("wire.content_type", "wire.authorisation"):
        assert rows[id_].outcome is OutcomeKind.UNTESTED
        assert rows[id_].reason == "the recording does not show it"


# What a recording does not show


def test_an_assistant_that_is_met_in_the_middle_is_judged_by_what_is_shown(tmp_path: Path) -> None:
    session = Session()
    id_ = session.create(
        name="Ada", metadata={"a": "b"}, tools=[{"type": "code_interpreter"}],
        tool_resources={"code_interpreter": {"file_ids": ["file-1"]}}, temperature=0.5,
    )  # fmt: skip
    session.modify(id_, {"metadata": {"c": "d"}})
    session.modify(id_, {"tool_resources": {"file_search": {"vector_store_ids": ["vs_1"]}}})
    session.modify(id_, {"metadata": None, "name": None})
    session.get(id_)
    for first in range(1, 4):
        path = written(tmp_path, "plain.har", session.entries[first:])
        assert broken(judged(path)) == {}
    alone = [session.entries[1].answer(metadata={"c": "other"})]
    assert set(broken(judged(written(tmp_path, "plain.har", alone)))) == {"roundtrip.metadata.answered"}
    alone = [session.entries[1].answer(id="asst_another")]
    assert set(broken(judged(written(tmp_path, "plain.har", alone)))) == {"roundtrip.identity"}


def test_a_refusal_that_what_is_stored_may_explain_is_none_where_that_is_not_known(tmp_path: Path) -> None:
    error = b'{"error": {"message": "No.", "type": "invalid_request_error", "param": null, "code": null}}'
    one = Entry("POST", f"/assistants/{ID}", b'{"temperature": 0.5}', 400, error)
    assert broken(judged(written(tmp_path, "plain.har", [one]))) == {}
    alone = replace(one, sent=b'{"name": "Ada"}')
    assert broken(judged(written(tmp_path, "plain.har", [alone]))) == {}  # nobody knows whether there is such an id
    named = replace(alone, came=error.replace(b'"param": null', b'"param": "name"'))
    assert set(broken(judged(written(tmp_path, "plain.har", [named])))) == {"validation.name.type"}


@pytest.mark.parametrize("status", [401, 403, 429, 502, 503, 504, 301, 307, 0])
def test_answers_that_say_nothing_of_a_modify_are_not_judged(tmp_path: Path, status: int) -> None:
    entries = usual()
    entries[1] = replace(entries[1], status=status, came=b"<html>busy</html>")
    assert broken(judged(written(tmp_path, "plain.har", entries))).keys() <= {"roundtrip.name.kept"}
    if status in {301, 307, 502, 504, 0}:  # it may have been done all the same
        assert broken(judged(written(tmp_path, "plain.har", entries))) == {}


@pytest.mark.parametrize(("method", "behind"), [("PUT", ""), ("PATCH", ""), ("POST", "/")])
def test_what_another_request_may_have_changed_is_not_known(tmp_path: Path, method: str, behind: str) -> None:
    session = Session()
    id_ = session.create(name="Ada")
    odd = replace(session.modify(id_, {"name": "Grace"}), method=method, path=f"/assistants/{id_}{behind}")
    session.modify(id_, {"description": "new"})
    session.get(id_)
    entries = [session.entries[0], odd, *session.entries[2:]]
    assert broken(judged(written(tmp_path, "plain.har", entries))) == {}
    assert broken(judged(written(tmp_path, "plain.har", [entries[0], *entries[2:]]))) != {}


def test_an_unknown_id_is_answered_with_404(tmp_path: Path) -> None:
    session = Session()
    session.modify(ID, {"name": "x"})
    report = judged(written(tmp_path, "plain.har", session.entries))
    assert broken(report) == {}


def rejected(tmp_path: Path, known: bool, **error: str | None) -> dict[str, Any]:
    """Return what is broken where a valid modify is answered with 400 and this error."""
    session = Session()
    id_ = session.create() if known else ID
    ok = session.modify(id_, {"name": "x"})
    members = {"message": "Bad request.", "type": "invalid_request_error", "param": None, "code": None, **error}
    came = json.dumps({"error": members}).encode()
    return broken(judged(written(tmp_path, "plain.har", [*session.entries[:-1], replace(ok, status=400, came=came)])))


def test_a_400_for_an_id_that_nothing_shows_is_no_matter_of_the_body(tmp_path: Path) -> None:
    assert rejected(tmp_path, known=False) == {}
    told = rejected(tmp_path, known=False, message=f"No assistant found with id '{ID}'.")
    assert list(told) == ["transport.unknown_id"]


def test_one_that_names_a_field_is_and_so_is_one_of_an_assistant_that_is_there(tmp_path: Path) -> None:
    assert list(rejected(tmp_path, known=False, param="name")) == ["validation.name.type"]
    assert list(rejected(tmp_path, known=True)) == ["validation.name.type"]


def test_a_failure_that_was_tried_again_is_none(tmp_path: Path) -> None:
    session = Session()
    id_ = session.create()
    ok = session.modify(id_, {"name": "x"})
    failed = replace(ok, status=500, came=b'{"error": {"message": "Oops."}}')
    again = [session.entries[0], failed, ok]
    assert broken(judged(written(tmp_path, "plain.har", again))) == {}
    assert broken(judged(written(tmp_path, "plain.har", [*again[:2], session.entries[0]])))


def test_a_list_may_lag_and_may_not_invent(tmp_path: Path) -> None:
    session = Session()
    id_ = session.create(name="Ada")
    before = session.call("GET", "/assistants")
    session.modify(id_, {"name": "Grace"})
    entries = [session.entries[0], session.entries[2], before]
    assert broken(judged(written(tmp_path, "plain.har", entries))) == {}
    item = {**before.value["data"][0], "name": "Nobody"}
    entries[2] = before.answer(data=[item])
    assert set(broken(judged(written(tmp_path, "plain.har", entries)))) == {"response.list_agrees"}


@pytest.mark.parametrize("merges", [True, False])
def test_metadata_may_be_merged_or_replaced(tmp_path: Path, merges: bool) -> None:
    session = Session()
    id_ = session.create(metadata={"a": "b", "c": "d"})
    after = {"a": "x", "c": "d"} if merges else {"a": "x"}
    first = session.modify(id_, {"metadata": {"a": "x"}}).answer(metadata=after)
    assert broken(judged(written(tmp_path, "plain.har", [session.entries[0], first]))) == {}


def test_each_file_stands_alone(tmp_path: Path) -> None:
    for number, name in enumerate(("a", "b")):
        session = Session()
        id_ = session.create(name=name * 3)
        session.modify(id_, {"description": name})
        entries = [replace(one, came=one.came.replace(id_.encode(), ID.encode()),
                           path=one.path.replace(id_, ID)) for one in session.entries]  # fmt: skip
        (tmp_path / f"{number}.har").write_text(har(entries[number:]))
    assert broken(judged(tmp_path / "0.har")) == {}
    made = judging(tmp_path / "0.har")
    made.files([(tmp_path / "1.har", True)])
    assert broken(made.report("recording:both")) == {}


def test_v1_of_the_operation_is_held_to_what_it_shares_with_the_editions(tmp_path: Path) -> None:
    headers = (*SENT[:2], ("OpenAI-Beta", "assistants=v1"))
    value = {**usual()[0].value, "id": ID, "file_ids": ["file-1"], "tools": [{"type": "retrieval"}], "name": "Ada"}
    for name in ("tool_resources", "temperature", "top_p", "response_format", "reasoning_effort"):
        del value[name]
    sent = {"file_ids": ["file-1"], "tools": [{"type": "retrieval"}], "name": "Ada"}
    path, data = f"/assistants/{ID}", json.dumps(sent).encode()
    old = Entry("POST", path, data, 200, json.dumps(value).encode(), request_headers=headers)
    refused = replace(old, status=400, came=b"{}")
    new = Entry("POST", path, b'{"name": "Ada"}', 200, usual()[0].answer(id=ID, name="Ada").came)
    for role in ("server", "sdk"):
        report = judged(written(tmp_path, "ruby.yml", [old, old, refused, new, *usual()]), role)
        assert broken(report) == {}
        assert any("assistants=v1" in note for note in report.notes)
    altered = [old, old.answer(name="Grace")]
    assert set(broken(judged(written(tmp_path, "ruby.yml", altered)))) == {"roundtrip.name.answered"}
    altered = [old, old.answer(instructions="Other.")]
    assert set(broken(judged(written(tmp_path, "ruby.yml", altered)))) == {"roundtrip.instructions.kept"}


def test_calls_that_were_under_way_at_once_tell_nothing_of_each_other(tmp_path: Path) -> None:
    session = Session()
    id_ = session.create(name="Ada")
    one = session.modify(id_, {"name": "Grace"})
    other = session.modify(id_, {"description": "new"})
    one = one.answer(description="new")  # done after the other, and answered later
    document = json.loads(har([session.entries[0], one, other]))
    times = document["log"]["entries"]
    for entry, (started, took) in zip(times, ((0, 10), (100, 50), (120, 10)), strict=True):
        entry["startedDateTime"], entry["time"] = f"2025-03-01T00:00:00.{started:03d}Z", took
    path = tmp_path / "a.har"
    path.write_text(json.dumps(document))
    assert broken(judged(path)) == {}
    times[2]["startedDateTime"] = "2025-03-01T00:00:00.500Z"
    path.write_text(json.dumps(document))
    assert set(broken(judged(path))) == {"roundtrip.description.kept"}


def test_nor_do_they_where_hundreds_are_under_way_at_once(tmp_path: Path) -> None:
    session = Session()
    id_ = session.create(name="Ada")
    one = session.modify(id_, {"name": "Grace"})
    other = session.modify(id_, {"description": "new"})
    one = one.answer(description="new")
    between = [session.entries[0].answer(id=f"asst_{number}") for number in range(300)]
    document = json.loads(har([session.entries[0], one, *between, other]))
    times = [(0, 10), (100, 800), *((110, 10) for _ in between), (120, 10)]
    for entry, (started, took) in zip(document["log"]["entries"], times, strict=True):
        entry["startedDateTime"], entry["time"] = f"2025-03-01T00:00:00.{started:03d}Z", took
    path = tmp_path / "a.har"
    path.write_text(json.dumps(document))
    assert broken(judged(path)) == {}


# Broken and hostile files


def _har_of(**entry: Any) -> str:
    return json.dumps({"log": {"entries": [entry]}})


_REQUEST = {"method": "POST", "url": f"https://api.openai.com/v1/assistants/{ID}", "headers": [],
            "postData": {"text": '{"name": "x"}'}}  # fmt: skip
_BOMB = base64.b64encode(gzip.compress(b"{" + b" " * (17 * 1024 * 1024))).decode()
_DEEP = '{"a":' * 700 + "1" + "}" * 700
_GZIP = [{"name": "Content-Encoding", "value": "gzip"}]
_WHOLE = har(usual())
_CUT = (
    "interactions:\n- request: {uri: 'http://a/v1/assistants/asst_1', method: POST}\n"
    "  response:\n    status: {code: 200}\n    headers:\n"
)
BAD: dict[str, tuple[str, str]] = {
    "empty": ("", "is empty"),
    "foreign JSON": ('{"name": "a package"}', "unknown recording format"),
    "foreign text": ("hello", "unknown recording format"),
    "a list": ("[1, 2]", "unknown recording format"),
    "cut": (_WHOLE[: len(_WHOLE) // 2], "cut off: its JSON ends in entry"),
    "cut early": ('{"log": {"version": "1.2", "entr', "cut off: its JSON ends before its first entry"),
    "no JSON": (_WHOLE.replace('"method"', "method", 1), "not valid JSON in entry 1"),
    "no request": (_har_of(response={}), "entry 1: it has no request"),
    "no modify": (har(usual()[:1]), "holds no modify of an assistant"),
    "no entries": ('{"log": {"entries": []}}', "holds no modify of an assistant"),
    "deep": ('{"log": {"entries": [' + "[" * 100_000, "nested more than 200 levels"),
    "deep above": ("[" * 100_000, "nested more than 200 levels"),
    "bomb": (_har_of(request=_REQUEST, response={"status": 200, "headers": _GZIP,
             "content": {"text": _BOMB, "encoding": "base64"}}), "entry 1: a body unpacks to more than 16,777,216"),
    "deep body": (_har_of(request=_REQUEST, response={"status": 200, "content": {"text": _DEEP}}),
                  "entry 1: a body is nested more than 600 levels"),
    "no base64": (_har_of(request=_REQUEST, response={"status": 200, "content": {"text": "!", "encoding": "base64"}}),
                  "entry 1: a body is labelled base64"),
    "status": (_har_of(request=_REQUEST, response={"status": "many"}), "entry 1: its status is not a number"),
    "cut YAML": ("interactions:\n- request:\n    uri: \"http://a", "cut off or not valid YAML"),
    "half an entry": ("interactions:\n- request:\n    uri: http://a\n    method: POST\n", "it has no response"),
    "deep YAML": ("interactions:\n" + "\n".join(" " * n + "-" for n in range(0, 600, 2)), "nested more than 200"),
    "tagged YAML": ("interactions:\n- !!python/object/apply:os.getcwd []\n", "entry 1: it is not an object"),
    "no object": ('{"log": {"entries": [1]}}', "entry 1: it is not an object"),
    "cut within headers": (_CUT, "cut off: it ends in entry 1"),
    "an endless status": (_har_of(request=_REQUEST, response={"status": 1}).replace('"status": 1', '"status": 1e400'),
                          "entry 1: its status is not a number"),
    "a status of 6,000 digits": (_CUT.replace("200", "2" * 6000) + "      a: b\n    body: {string: ''}\n",
                                 "entry 1: its status is not a number"),
    "JSON lines": ('{"request": {}}\n{"request": {}}\n', "more follows its JSON"),
    "an anchor that holds itself": ("interactions:\n- &a {request: *a, response: *a}\n", "cut off: it ends in entry 1"),
    "other names": (json.dumps({"Entries": [{"RequestUri": "https://a/v1/assistants/asst_1", "RequestMethod": "POST",
                    "RequestHeaders": [1], "StatusCode": "two hundred"}]}), "entry 1: its status is not a number"),
    "a list for the log": ('{"log": [1, 2, 3]}', "unknown recording format"),
    "an object for the entries": ('{"log": {"entries": {"a": 1}}}', "unknown recording format"),
    "an URL that is a number": (_har_of(request={**_REQUEST, "url": 5}, response={"status": 200}), "it has no URL"),
    "a tab": ("interactions:\n\t- a: b\n", "cut off or not valid YAML: found character"),
    "a list for a key": ("interactions:\n- ? [a, b]\n  : c\n", "entry 1: a key is not a string"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gzip.compress(_WHOLE.encode()), "it is compressed"),
        (b"PK\x03\x04 and more", "it is compressed"),
        (_WHOLE.encode("utf-16"), "it is in UTF-16"),
        (bytes(range(256)) * 40, "neither JSON nor YAML"),
        (b"\0" * 1000, "neither JSON nor YAML"),
        (b"1234:7:version;2:21#4:type;4:http;", "unknown recording format"),
    ],
    ids=["gzip", "zip", "UTF-16", "bytes", "NUL", "flows of mitmproxy"],
)
def test_what_is_no_text_is_one_line(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.har"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=words):
        judging(path)


@pytest.mark.parametrize("what", BAD)
def test_a_broken_file_is_one_line(tmp_path: Path, what: str) -> None:
    content, words = BAD[what]
    path = tmp_path / "a.har"
    path.write_text(content)
    with pytest.raises(UsageError) as caught:
        judging(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_the_quick_reader_cannot_read_is_read_by_the_slow_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"Entries": [{"half": "\\ud83d", "whole": "\\ud83d\\ude00", "number": 12345678901234567890}]}')
    (entry,) = jsonstream.JSONEntries(path)
    assert entry == {"half": "\ud83d", "whole": "\U0001f600", "number": 12345678901234567890}
    asked: list[str] = []
    backend = ijson.get_backend

    def noted(name: str) -> Any:
        asked.append(name)
        return backend(name)

    monkeypatch.setattr(ijson, "get_backend", noted)
    monkeypatch.setattr(jsonstream, "_ODD", re.compile(rb"[0-9]{20}"))
    path.write_text('{"Entries": [{"number": 12345678901234567890}]}')
    assert list(jsonstream.JSONEntries(path)) == [{"number": 12345678901234567890}]
    assert asked == ["python"]


def test_a_long_string_of_other_traffic_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortened, "LONGEST", 1000)
    monkeypatch.setattr(jsonstream, "_AT_ONCE", 512)
    document = json.loads(har(usual()))
    film = {"request": {"method": "GET", "url": "https://cdn.example/film", "headers": []},
            "response": {"status": 200, "content": {"text": "A" * 100_000, "encoding": "base64"}}}  # fmt: skip
    document["log"]["entries"].insert(1, film)
    path = tmp_path / "a.har"
    path.write_text(json.dumps(document))
    made = judging(path)
    assert (made.modifies, made.others) == (5, 1)
    assert broken(made.report("recording:a")) == {}


FILM = (
    "interactions:\n- request: {uri: 'https://cdn.example/film', method: GET}\n  response:\n    status: {code: 200}\n"
)


@pytest.mark.parametrize(
    "body",
    [
        "    body:\n      string: !!binary |\n" + ("        " + "QUJD" * 19 + "\n") * 20_000,
        f'    body: {{string: !!binary "{"QUJD" * 400_000}"}}\n',
    ],
    ids=["in lines", "in one line"],
)
def test_long_base64_in_yaml_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    monkeypatch.setattr(shortened, "LONGEST", 40_000)
    path = tmp_path / "a.yaml"
    path.write_text(FILM + body + vcrpy(usual()).partition("interactions:\n")[2])
    first, *others = yamlstream.YAMLEntries(path)
    assert len(first["response"]["body"]["string"]) < 100_000
    assert set(first["response"]["body"]["string"]) == set(b"ABC")
    assert len(others) == len(usual())
    made = judging(path)
    assert (made.modifies, made.others) == (5, 1)
    assert broken(made.report("recording:a")) == {}


def test_a_text_in_yaml_that_would_have_to_be_held_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yamlstream, "_MOST", 2**20)
    path = tmp_path / "a.yaml"
    path.write_text(FILM + f'    body: {{string: "{"a: b, " * 300_000}"}}\n')
    with pytest.raises(UsageError, match="entry 1 holds a text of more than 1 MiB: more than is read"):
        judging(path)


def test_a_long_text_beyond_ascii_is_cut_between_characters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortened, "LONGEST", 1000)
    monkeypatch.setattr(jsonstream, "_AT_ONCE", 509)
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"Entries": [{"text": "é東😀" * 5_000, "next": "whole"}]}, ensure_ascii=False))
    (entry,) = jsonstream.JSONEntries(path)
    assert (set(entry["text"]), entry["next"]) == (set("é東😀"), "whole")
    assert len(entry["text"]) < 2_000


def test_base64_that_is_not_called_so_is_unpacked_where_it_is_json(tmp_path: Path) -> None:
    document = json.loads(har(usual()))
    for entry in document["log"]["entries"]:
        content = entry["response"]["content"]
        content["text"] = base64.b64encode(content["text"].encode()).decode()
    path = tmp_path / "a.har"
    path.write_text(json.dumps(document))
    made = judging(path)
    assert made.modifies == 5
    assert broken(made.report("recording:a")) == {}


def test_a_body_under_no_name_that_a_recorder_gives_it_was_not_kept(tmp_path: Path) -> None:
    document = yaml.safe_load(vcrpy(usual()))
    for entry in document["interactions"]:
        entry["response"]["body"] = {"bytes": "e30="}
    path = tmp_path / "a.yaml"
    path.write_text(yaml.safe_dump(document))
    assert broken(judged(path)) == {}


def test_the_lines_of_entries_do_not_hang_on_where_a_file_is_cut_into_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = json.loads(har(usual()))
    document["log"]["pages"] = [{"title": 'a "quoted" \\ {[ text', "entries": [{}]}]
    path = tmp_path / "a.har"
    path.write_text(json.dumps(document, indent=1))
    expected = [number for number, line in enumerate(path.read_text().splitlines(), 1) if line == "   {"]
    for size in (7, 64, 100_000):
        monkeypatch.setattr(jsonstream, "_AT_ONCE", size)
        assert list(jsonstream.lines_of(path, "HAR")) == expected[: len(usual())]


def test_aliases_of_yaml_are_followed_and_grow_to_nothing(tmp_path: Path) -> None:
    entries = usual()
    document = yaml.safe_load(vcrpy(entries))
    shared = document["interactions"][0]["request"]["headers"]
    for one in document["interactions"]:
        one["request"]["headers"] = shared  # written as an anchor and its aliases
    text = yaml.safe_dump(document)
    assert "*id001" in text
    laughs = "\n".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]" for n in range(12))
    path = tmp_path / "a.yml"
    path.write_text(f"a0: &a0 [x]\n{laughs}\n{text}")
    assert broken(judged(path)) == {}
    path.write_text(
        f"a0: &a0 [x]\n{laughs}\n{text.replace('Content-Type:', 'X: *a12' + chr(10) + '      Content-Type:', 1)}"
    )
    assert broken(judged(path)) == {}


def test_a_folder_is_searched_and_what_is_none_is_passed_over(tmp_path: Path) -> None:
    from conformance.recordings.files import files_of

    (tmp_path / "deep").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "deep" / "a.har").write_text(har(usual()))
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / ".hidden" / "b.har").write_text("broken")
    (tmp_path / "notes.txt").write_text("notes")
    files = files_of([f"recording:{tmp_path}"])
    assert [path.name for path, _ in files] == ["a.har", "package.json"]
    made = judging(files[0][0])
    made.files(files)
    assert "1 of 2 files are not recordings" in made.notes
    with pytest.raises(UsageError, match=r"contains no recordings; they end in \.har, .*\.jsonl"):
        files_of([f"recording:{_empty(tmp_path)}"])
    with pytest.raises(UsageError, match="file not found:"):
        files_of(["recording:nowhere.har"])
    with pytest.raises(UsageError, match="does not name a file"):
        files_of(["recording:"])


def _empty(tmp_path: Path) -> Path:
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.har")
    with pytest.raises(UsageError, match="it is not a file"):
        list(Recording(tmp_path / "pipe.har"))


def _har_with(tmp_path: Path, alter: Callable[[dict[str, Any]], Any]) -> Path:
    document = json.loads(har(usual()))
    for entry in document["log"]["entries"]:
        alter(entry)
    path = tmp_path / "altered.har"
    path.write_text(json.dumps(document), "utf-8")
    return path


def _unposted(entry: dict[str, Any]) -> None:
    entry["request"].pop("postData", None)


UNRECORDED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no body of a request": _unposted,
    "and its size given as 0": lambda entry: entry["request"].update(bodySize=0, postData=None),
    "an empty text for a request": lambda entry: (
        "postData" in entry["request"] and entry["request"]["postData"].update(text="", params=[])
    ),
    "parameters for a request": lambda entry: (
        "postData" in entry["request"]
        and entry["request"]["postData"].update(
            params=[{"name": entry["request"]["postData"].pop("text"), "value": ""}]
        )
    ),
    "no body of an answer": lambda entry: entry["response"].pop("content"),
    "an answer's size given as 0": lambda entry: entry["response"].update(content={"size": 0, "mimeType": "text/x"}),
    "an answer that is cut off": lambda entry: entry["response"]["content"].update(
        text=entry["response"]["content"]["text"][: entry["response"]["content"]["text"].index('"', 5) + 1]
    ),
    "a fragment in the address": lambda entry: entry["request"].update(url=entry["request"]["url"] + "#top"),
    "an answer on the way": lambda entry: (
        entry["response"]["status"] == 200
        and entry["request"]["method"] == "POST"
        and entry["response"].update(status=100, content={"size": 0})
    ),
}


@pytest.mark.parametrize("role", ["server", "sdk"])
@pytest.mark.parametrize("what", UNRECORDED)
def test_what_a_browser_did_not_keep_is_no_finding(tmp_path: Path, what: str, role: Role) -> None:
    assert broken(judged(_har_with(tmp_path, UNRECORDED[what]), role)) == {}


def test_entries_are_taken_in_the_order_in_which_they_began(tmp_path: Path) -> None:
    document = json.loads(har(usual()))
    document["log"]["entries"][1]["response"]["content"]["text"] = usual()[1].answer(description="new").came.decode()
    document["log"]["entries"].reverse()
    path = tmp_path / "reversed.har"
    path.write_text(json.dumps(document), "utf-8")
    found = broken(judged(path))
    assert found.keys() == {"roundtrip.description.kept"}
    assert [row.finding.case.partition(" ")[2] for row in found.values() if row.finding] == ["(entry 10)"]


def test_what_came_from_the_cache_of_a_browser_is_not_what_the_server_holds(tmp_path: Path) -> None:
    document = json.loads(har(usual()))
    one, two = document["log"]["entries"][3], document["log"]["entries"][8]
    two["response"], two["_fromCache"] = one["response"], "disk"
    path = tmp_path / "cached.har"
    path.write_text(json.dumps(document), "utf-8")
    assert broken(judged(path)) == {}


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "marked.har"
    path.write_text("\ufeff" + har(usual()), "utf-8")
    assert broken(judged(path)) == {}


@pytest.mark.parametrize("write", [FORMATS["ruby.yml"], vcrpy])
def test_a_cassette_that_is_cut_off_anywhere_is_no_finding(tmp_path: Path, write: Callable[[list[Entry]], str]) -> None:
    text = write(usual()[:2])
    path = tmp_path / "cut.yaml"
    for end in range(1, len(text), 41):
        path.write_text(text[:end], "utf-8")
        try:
            found = broken(judged(path))
        except UsageError:
            continue
        assert found == {}, text[:end]
