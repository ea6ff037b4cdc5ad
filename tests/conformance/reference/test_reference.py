"""The operations of the reference, one by one."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from conformance.exchange import Request, Response
from conformance.reference import Behaviour, Reference

if TYPE_CHECKING:
    from strategies.jsonvalues import JSON

OMIT = object()
RICH: dict[str, JSON] = {
    "model": "gpt-4o",
    "name": "n",
    "description": "d",
    "instructions": "i",
    "tools": [{"type": "code_interpreter"}, {"type": "file_search", "file_search": {"max_num_results": 7}}],
    "tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}, "file_search": {"vector_store_ids": ["vs_1"]}},
    "metadata": {"a": "1"},
    "temperature": 0.5,
    "top_p": 0.25,
    "response_format": {"type": "text"},
    "reasoning_effort": None,
}


class Client:
    """Talks to a reference and keeps the last response."""

    def __init__(self, reference: Reference | None = None, headers: tuple[tuple[str, str], ...] = ()) -> None:
        self.reference = reference or Reference()
        self.headers = headers
        self.last = Response(0)

    def ask(self, method: str, path: str, body: JSON = OMIT, headers: tuple[tuple[str, str], ...] = ()) -> JSON:
        data = b"" if body is OMIT else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.last = self.reference.handle(Request(method, path, (*self.headers, *headers), data))
        return json.loads(self.last.body)

    def create(self, **body: JSON) -> str:
        return str(self.ask("POST", "/assistants", {"model": "gpt-4o", **body})["id"])

    def modify(self, assistant_id: str, **body: JSON) -> JSON:
        return self.ask("POST", f"/assistants/{assistant_id}", body)

    def read(self, assistant_id: str) -> JSON:
        return self.ask("GET", f"/assistants/{assistant_id}")

    def error(self) -> tuple[int, str | None, str | None]:
        envelope = json.loads(self.last.body)
        assert list(envelope) == ["error"]
        assert list(envelope["error"]) == ["message", "type", "param", "code"]
        assert envelope["error"]["type"] == "invalid_request_error"
        return self.last.status, envelope["error"]["param"], envelope["error"]["code"]


@pytest.fixture
def client() -> Client:
    return Client()


def test_a_new_assistant_shows_the_defaults_of_the_service(client: Client) -> None:
    answer = client.ask("POST", "/assistants", {"model": "gpt-4o"})
    assert client.last.status == 200
    assert answer.pop("id").startswith("asst_")
    assert isinstance(answer.pop("created_at"), int)
    assert answer == {
        "object": "assistant",
        "name": None,
        "description": None,
        "model": "gpt-4o",
        "instructions": None,
        "tools": [],
        "top_p": 1.0,
        "temperature": 1.0,
        "reasoning_effort": None,
        "tool_resources": {},
        "metadata": {},
        "response_format": "auto",
    }


def test_an_answer_carries_the_headers_of_the_service(client: Client) -> None:
    client.create()
    assert client.last.header("Content-Type") == "application/json"
    assert client.last.header("openai-version") == "2020-10-01"
    first = client.last.header("x-request-id")
    client.read("none")
    assert client.last.header("content-type") == "application/json"
    assert client.last.header("x-request-id") not in (None, first)


def test_create_asks_for_a_model(client: Client) -> None:
    client.ask("POST", "/assistants", {"name": "x"})
    assert client.error() == (400, "model", "missing_required_parameter")
    assert client.ask("GET", "/assistants")["data"] == []


def test_create_takes_what_modify_takes(client: Client) -> None:
    made = client.ask("POST", "/assistants", RICH)
    assert {key: made[key] for key in RICH} == RICH
    assert client.read(made["id"]) == made


def test_what_was_sent_is_stored_and_the_rest_is_kept(client: Client) -> None:
    assistant = client.create(**RICH)
    before = client.read(assistant)
    for field, value in {**RICH, "name": "other", "top_p": 0}.items():
        if field != "metadata":
            answer = client.modify(assistant, **{field: value})
            before = {**before, field: value}
            assert answer == client.read(assistant) == before


def test_an_empty_modify_changes_nothing(client: Client) -> None:
    assistant = client.create(**RICH)
    before = client.read(assistant)
    assert client.modify(assistant) == before
    assert client.last.status == 200


@pytest.mark.parametrize(
    ("field", "left"),
    [
        ("name", None),
        ("description", None),
        ("instructions", None),
        ("reasoning_effort", None),
        ("tool_resources", {}),
        ("metadata", {}),
        ("temperature", 1.0),
        ("top_p", 1.0),
        ("response_format", "auto"),
    ],
)
def test_null_clears(client: Client, field: str, left: JSON) -> None:
    assistant = client.create(**RICH)
    before = client.read(assistant)
    assert client.modify(assistant, **{field: None}) == {**before, field: left}


@pytest.mark.parametrize("field", ["model", "tools"])
def test_null_is_refused(client: Client, field: str) -> None:
    assistant = client.create(**RICH)
    client.modify(assistant, **{field: None})
    assert client.error() == (400, field, "invalid_type")


@pytest.mark.parametrize(("field", "empty"), [("name", ""), ("description", ""), ("instructions", ""), ("tools", [])])
def test_empty_is_kept_and_told_from_null(client: Client, field: str, empty: JSON) -> None:
    assistant = client.create(**RICH)
    assert client.modify(assistant, **{field: empty})[field] == empty
    assert client.read(assistant)[field] == empty


@pytest.mark.parametrize("field", ["temperature", "top_p"])
def test_zero_is_kept(client: Client, field: str) -> None:
    assistant = client.create(**RICH)
    assert client.modify(assistant, **{field: 0})[field] == 0


def test_metadata_is_merged(client: Client) -> None:
    assistant = client.create(metadata={"a": "1", "b": "2"})
    assert client.modify(assistant, metadata={"b": "3", "c": ""})["metadata"] == {"a": "1", "b": "3", "c": ""}
    assert client.modify(assistant, metadata={})["metadata"] == {"a": "1", "b": "3", "c": ""}


def test_merged_metadata_keeps_to_sixteen_pairs(client: Client) -> None:
    assistant = client.create(metadata={f"k{index}": "" for index in range(16)})
    assert len(client.modify(assistant, metadata={"k3": "new"})["metadata"]) == 16
    before = client.read(assistant)
    client.modify(assistant, metadata={"k16": ""}, name="lost")
    assert client.error() == (400, "metadata", "object_above_max_properties")
    assert client.read(assistant) == before


def test_each_tool_s_resources_are_replaced_and_the_other_s_kept(client: Client) -> None:
    assistant = client.create(**RICH)
    answer = client.modify(assistant, tool_resources={"code_interpreter": {"file_ids": []}})
    assert answer["tool_resources"] == {
        "code_interpreter": {"file_ids": []},
        "file_search": {"vector_store_ids": ["vs_1"]},
    }
    answer = client.modify(assistant, tool_resources={"code_interpreter": {}, "file_search": {}})
    assert answer["tool_resources"] == {"code_interpreter": {}, "file_search": {}}


def test_an_integer_written_as_a_decimal_is_stored_as_one(client: Client) -> None:
    data = b'{"tools": [{"type": "file_search", "file_search": {"max_num_results": 5.0}}]}'
    client.ask("POST", f"/assistants/{client.create()}", data)
    assert b'"max_num_results":5}' in client.last.body


def test_strict_null_stays_and_absent_stays_absent(client: Client) -> None:
    tools = [
        {"type": "function", "function": {"name": "a", "strict": None}},
        {"type": "function", "function": {"name": "b"}},
    ]
    assert client.modify(client.create(), tools=tools)["tools"] == tools


def test_text_leaves_as_utf_8(client: Client) -> None:
    client.modify(client.create(), name="é😀\u2028")
    assert "é😀\u2028".encode() in client.last.body


# Rules that join fields


def functions(*names: str) -> JSON:
    return [{"type": "function", "function": {"name": name}} for name in names]


def test_function_names_are_unique(client: Client) -> None:
    client.modify(client.create(), tools=functions("a", "b", "a"))
    assert client.error() == (400, "tools[2]", None)


@pytest.mark.parametrize("tag", ["json_object", "json_schema"])
@pytest.mark.parametrize("kind", ["code_interpreter", "file_search"])
def test_json_formats_go_with_functions_only(client: Client, tag: str, kind: str) -> None:
    answer_format: JSON = {"type": tag, **({"json_schema": {"name": "s"}} if tag == "json_schema" else {})}
    assistant = client.create(tools=[{"type": kind}])
    client.modify(assistant, response_format=answer_format)
    assert client.error() == (400, None, None)
    client.modify(assistant, response_format=answer_format, tools=functions("a"))
    assert client.last.status == 200
    client.modify(assistant, tools=[*functions("a"), {"type": kind}])
    assert client.error() == (400, None, None)


def test_effort_is_for_reasoning_models(client: Client) -> None:
    assistant = client.create()
    client.modify(assistant, reasoning_effort="low")
    assert client.error() == (400, None, "unsupported_value")
    assert client.modify(assistant, model="o1", reasoning_effort="low")["reasoning_effort"] == "low"
    assert client.modify(assistant, reasoning_effort="high")["reasoning_effort"] == "high"
    client.modify(assistant, model="gpt-4o", reasoning_effort="high")
    assert client.error() == (400, None, "unsupported_value")
    assert client.modify(assistant, model="unheard of", reasoning_effort="medium")["reasoning_effort"] == "medium"


@pytest.mark.parametrize("field", ["temperature", "top_p"])
def test_sampling_is_not_for_reasoning_models(client: Client, field: str) -> None:
    assistant = client.create()
    client.modify(assistant, **{"model": "o3-mini", field: 0.5})
    assert client.error() == (400, "model", "unsupported_parameter")
    client.modify(assistant, **{"model": "o3-mini", field: None})
    assert client.last.status == 200


def test_a_switch_of_model_alone_never_fails(client: Client) -> None:
    assistant = client.create(temperature=0.5, top_p=0.5, name="n")
    there = client.modify(assistant, model="o1")
    assert (there["temperature"], there["top_p"], there["name"]) == (1.0, 1.0, "n")
    client.modify(assistant, reasoning_effort="high")
    back = client.modify(assistant, model="gpt-4o")
    assert client.last.status == 200
    assert (back["reasoning_effort"], back["model"]) == (None, "gpt-4o")


def test_the_newer_edition_knows_more(client: Client) -> None:
    newer = Client(Reference("2026-08"))
    for model, effort in (("gpt-5", "minimal"), ("o1", "xhigh"), ("gpt-5-nano", "none")):
        assert newer.modify(newer.create(), model=model, reasoning_effort=effort)["reasoning_effort"] == effort
        client.modify(client.create(), model=model, reasoning_effort=effort)
        assert client.error() == (400, "reasoning_effort", "invalid_value")


def test_an_unknown_edition_is_said_to_be_one() -> None:
    with pytest.raises(ValueError, match=r"2031-01.*2025-03"):
        Reference("2031-01")


# Refusals


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"name": "a" * 257}, "name", "string_above_max_length"),
        ({"name": 5}, "name", "invalid_type"),
        ({"file_ids": []}, "file_ids", "unknown_parameter"),
        ({"reasoning_effort": "LOW"}, "reasoning_effort", "invalid_value"),
        ({"reasoning_effort": 1}, "reasoning_effort", "invalid_type"),
        ({"temperature": 200}, "temperature", "decimal_above_max_value"),
        ({"temperature": -0.5}, "temperature", "decimal_below_min_value"),
        ({"temperature": 10**399}, "temperature", "invalid_type"),
        ({"tools": functions(*(f"f{index}" for index in range(129)))}, "tools", "array_above_max_length"),
        ({"tools": [{}]}, "tools[0].type", "missing_required_parameter"),
        ({"tools": [{"type": "retrieval"}]}, "tools[0].type", "invalid_value"),
        ({"tools": [{"type": 5}]}, "tools[0].type", "invalid_type"),
        ({"tools": ["function"]}, "tools[0]", "invalid_type"),
        ({"tools": [{"type": "function"}]}, "tools[0].function", "missing_required_parameter"),
        ({"tools": functions("a b")}, "tools[0].function.name", "invalid_value"),
        ({"tools": functions("")}, "tools[0].function.name", "empty_string"),
        ({"tools": functions("a", "b" * 65)}, "tools[1].function.name", "string_above_max_length"),
        (
            {"tools": [{"type": "file_search", "file_search": {"max_num_results": 10**300}}]},
            "tools[0].file_search.max_num_results",
            "integer_above_max_value",
        ),
        ({"metadata": []}, "metadata", "invalid_type"),
        ({"metadata": {"modified": True}}, "metadata.modified", "invalid_type"),
        ({"metadata": {"actual": "v" * 513}}, "metadata.actual", "string_above_max_length"),
        ({"metadata": {"k" * 65: "v"}}, f"metadata.{'k' * 65}", "string_above_max_length"),
        ({"metadata": {str(index): "v" for index in range(17)}}, "metadata", "object_above_max_properties"),
        (
            {"tool_resources": {"file_search": {"vector_stores": []}}},
            "tool_resources.file_search.vector_stores",
            "unknown_parameter",
        ),
        ({"response_format": "json"}, "response_format", "invalid_value"),
        ({"response_format": 5}, "response_format", "invalid_type"),
        ({"response_format": {}}, "response_format.type", "missing_required_parameter"),
        ({"response_format": {"type": "yaml"}}, "response_format.type", "invalid_value"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": None}}},
            "response_format.json_schema.schema",
            "invalid_type",
        ),
        ([], None, "invalid_type"),
        (b"{", None, None),
    ],
)
def test_a_refusal_names_parameter_and_code_and_changes_nothing(
    client: Client, body: JSON, param: str | None, code: str | None
) -> None:
    assistant = client.create(**RICH)
    before = client.read(assistant)
    client.ask("POST", f"/assistants/{assistant}", body)
    assert client.error() == (400, param, code)
    assert client.read(assistant) == before


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("segment", ["none", "%2e%2e", "a%2Fb", "%", "%ff", "%F0%9F%98%80", "a b", "é", "x" * 4096])
def test_an_unknown_id_is_404_and_creates_nothing(client: Client, method: str, segment: str) -> None:
    client.ask(method, f"/assistants/{segment}", {"name": "x"} if method == "POST" else OMIT)
    assert client.error() == (404, None, None)
    assert client.ask("GET", "/assistants")["data"] == []


def test_an_id_is_decoded(client: Client) -> None:
    assistant = client.create()
    encoded = "".join(f"%{ord(letter):02x}" for letter in assistant)
    assert client.read(encoded)["id"] == assistant
    assert client.modify(encoded, name="x")["name"] == "x"


def test_delete_ends_it(client: Client) -> None:
    assistant, other = client.create(), client.create()
    answer = client.ask("DELETE", f"/assistants/{assistant}")
    assert answer == {"id": assistant, "object": "assistant.deleted", "deleted": True}
    for method in ("GET", "POST", "DELETE"):
        client.ask(method, f"/assistants/{assistant}", {} if method == "POST" else OMIT)
        assert client.error() == (404, None, None)
    assert [item["id"] for item in client.ask("GET", "/assistants")["data"]] == [other]
    assert client.create() not in (assistant, other)


@pytest.mark.parametrize("path", ["/", "", "/assistants/", "/assistants/a/b", "/Assistants", "/threads", "assistants"])
def test_an_unknown_path_is_404(client: Client, path: str) -> None:
    client.ask("POST", path, {"model": "gpt-4o"})
    assert client.error() == (404, None, None)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/assistants/x", "GET, POST, DELETE"),
        ("PATCH", "/assistants/x?y", "GET, POST, DELETE"),
        ("DELETE", "/assistants", "GET, POST"),
        ("HEAD", "/assistants?limit=1", "GET, POST"),
    ],
)
def test_a_wrong_method_is_405(client: Client, method: str, path: str, allowed: str) -> None:
    client.ask(method, path)
    assert client.error() == (405, None, "method_not_supported")
    assert client.last.header("allow") == allowed


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8", "application/json ;x"])
def test_json_is_told_by_its_name(client: Client, content_type: str) -> None:
    client.ask("POST", "/assistants", {"model": "gpt-4o"}, (("Content-Type", content_type),))
    assert client.last.status == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "json"])
def test_another_content_type_is_415(client: Client, content_type: str) -> None:
    client.ask("POST", "/assistants", {"model": "gpt-4o"}, (("content-type", content_type),))
    assert client.error() == (415, None, None)


def test_a_key_is_asked_for_where_one_is_set() -> None:
    reference = Reference(api_key="sk-right")
    for headers, code in (
        ((), None),
        ((("authorization", ""),), None),
        ((("authorization", "Bearer sk-wrong-\xe9\udc80"),), "invalid_api_key"),
        ((("authorization", "Bearer "),), "invalid_api_key"),
        ((("authorization", "Basic sk-right"),), "invalid_api_key"),
        ((("authorization", "sk-right"),), "invalid_api_key"),
    ):
        client = Client(reference, headers)
        client.ask("POST", "/assistants", {"model": "gpt-4o"})
        assert client.error() == (401, None, code)
        assert client.last.header("www-authenticate") == "Bearer"
        assert b"sk-" not in client.last.body
    client = Client(reference, (("Authorization", "bearer sk-right"),))
    client.create()
    assert client.last.status == 200


# Lists


def test_a_list_is_newest_first_and_goes_on_after_a_cursor(client: Client) -> None:
    ids = [client.create(name=str(number)) for number in range(25)]
    page = client.ask("GET", "/assistants")
    assert [item["id"] for item in page["data"]] == ids[:4:-1]
    assert (page["object"], page["first_id"], page["last_id"], page["has_more"]) == ("list", ids[24], ids[5], True)
    page = client.ask("GET", f"/assistants?after={ids[5]}&api-version=x")
    assert [item["id"] for item in page["data"]] == ids[4::-1]
    assert page["has_more"] is False
    page = client.ask("GET", f"/assistants?limit=100&order=asc&before={ids[3]}")
    assert [item["id"] for item in page["data"]] == ids[:3]
    assert page["data"][0] == client.read(ids[0])


def test_an_empty_list_has_no_ids(client: Client) -> None:
    page = client.ask("GET", "/assistants")
    assert page == {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=", "limit"),
        ("limit=-1", "limit"),
        ("limit=9999999999", "limit"),
        ("order=up", "order"),
        ("after=none", "after"),
        ("before=none", "before"),
    ],
)
def test_a_list_refuses_what_it_cannot_page_by(client: Client, query: str, param: str) -> None:
    client.ask("GET", f"/assistants?{query}")
    assert client.error()[:2] == (400, param)


# As a whole


def test_parallel_modifies_leave_what_one_of_them_sent(client: Client) -> None:
    assistant = client.create()

    def change(mark: str) -> None:
        mine = Client(client.reference)
        for _ in range(50):
            mine.modify(assistant, name=mark, description=mark, metadata={mark: mark})

    threads = [threading.Thread(target=change, args=(mark,)) for mark in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = client.read(assistant)
    assert after["name"] == after["description"]
    assert after["metadata"] == {mark: mark for mark in "abcd"}


def test_a_behaviour_that_breaks_down_answers_500() -> None:
    class Broken(Behaviour):
        def status(self, call: object) -> int:
            raise ZeroDivisionError

    client = Client(Reference(behaviour=Broken()))
    assert client.ask("GET", "/assistants")["error"]["type"] == "server_error"
    assert client.last.status == 500


def test_two_references_share_nothing(client: Client) -> None:
    other = Client(Reference("2026-08"))
    assistant = client.create(name="x")
    assert other.ask("GET", "/assistants")["data"] == []
    other.read(assistant)
    assert other.last.status == 404
    assert repr(other.reference) == "Reference('2026-08', behaviour=Behaviour)"
