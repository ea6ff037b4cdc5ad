import pytest

from conformance.judging.compare import MISSING, mismatches

FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {"a": [1, {"b": None}]}}}


@pytest.mark.parametrize(
    ("field", "sent", "got"),
    [
        pytest.param("name", "a", "a", id="equal text"),
        pytest.param("temperature", 1, 1.0, id="one and one point nought"),
        pytest.param(
            "tools", [{"type": "file_search"}], [{"type": "file_search", "file_search": {"x": 1}}], id="defaults"
        ),
        pytest.param("tools", [FUNCTION], [{**FUNCTION, "extra": 1}], id="a key more"),
        pytest.param(
            "tools",
            [{"type": "function", "function": {"name": "f", "strict": None}}],
            [{"type": "function", "function": {"name": "f", "strict": False}}],
            id="strict null reads false",
        ),
        pytest.param(
            "tools",
            [{"type": "function", "function": {"name": "f"}}],
            [{"type": "function", "function": {"name": "f", "strict": False}}],
            id="strict that was not sent reads its default",
        ),
        pytest.param("tool_resources", {"code_interpreter": {"file_ids": []}}, {}, id="no ids, no part"),
        pytest.param("temperature", None, 1, id="null reads the default"),
        pytest.param("response_format", None, {"type": "text"}, id="null reads text"),
        pytest.param("reasoning_effort", None, "medium", id="null reads medium"),
        pytest.param("tool_resources", None, {"code_interpreter": {"file_ids": []}}, id="null reads empty parts"),
        pytest.param("metadata", None, {}, id="null reads no pairs"),
        pytest.param("name", None, MISSING, id="null and absent"),
    ],
)
def test_what_holds_what_was_sent(field: str, sent: object, got: object) -> None:
    assert mismatches(field, sent, got) == []


@pytest.mark.parametrize(
    ("field", "sent", "got", "place"),
    [
        pytest.param("name", "é", "e\u0301", "name", id="another normal form"),
        pytest.param("name", "a", MISSING, "name", id="lost"),
        pytest.param("name", None, "old", "name", id="null ignored"),
        pytest.param("name", None, "", "name", id="null reads the empty string"),
        pytest.param("name", "", None, "name", id="the empty string reads null"),
        pytest.param("temperature", 1, True, "temperature", id="a boolean for a number"),
        pytest.param("temperature", 0, 1, "temperature", id="zero lost"),
        pytest.param("temperature", None, 0.7, "temperature", id="the old temperature stays"),
        pytest.param("tools", [FUNCTION], [], "tools", id="tools lost"),
        pytest.param("tools", [], [FUNCTION], "tools", id="empty tools ignored"),
        pytest.param(
            "tools",
            [{"type": "function", "function": {"name": "f"}}],
            [{"type": "function", "function": {"name": "f", "strict": True}}],
            "tools[0].function.strict",
            id="strict that was not sent reads true",
        ),
        pytest.param(
            "response_format",
            {"type": "json_schema", "json_schema": {"name": "n"}},
            {"type": "json_schema", "json_schema": {"name": "n", "strict": True}},
            "response_format.json_schema.strict",
            id="strict of a format that was not sent reads true",
        ),
        pytest.param(
            "tools", [FUNCTION], [{"type": "function", "function": {"name": "f"}}], "tools[0].function.parameters"
        ),
        pytest.param(
            "tools",
            [FUNCTION],
            [{"type": "function", "function": {"name": "f", "parameters": {"a": [1, {}]}}}],
            "tools[0].function.parameters.a[1].b",
            id="a null lost in free JSON",
        ),
        pytest.param(
            "tools",
            [{"type": "function", "function": {"name": "f", "parameters": {}}}],
            [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
            "tools[0].function.parameters.type",
            id="free JSON may not grow",
        ),
        pytest.param(
            "tool_resources",
            {"code_interpreter": {"file_ids": ["b"]}},
            {"code_interpreter": {"file_ids": ["a", "b"]}},
            "tool_resources.code_interpreter.file_ids",
            id="ids appended",
        ),
        pytest.param("metadata", {"a": "b"}, {"a": "b", "c": "d"}, "metadata.c", id="an invented pair"),
        pytest.param("metadata", {"a": "b"}, {"a": "B"}, "metadata.a", id="an altered value"),
        pytest.param("response_format", {"type": "text"}, "auto", "response_format", id="another form"),
    ],
)
def test_what_does_not(field: str, sent: object, got: object, place: str) -> None:
    assert [mismatch.dotted for mismatch in mismatches(field, sent, got)] == [place]


def test_stored_pairs_may_stay_unless_the_target_is_known_to_replace() -> None:
    before = {"old": "1"}
    assert mismatches("metadata", {"new": "2"}, {"old": "1", "new": "2"}, before) == []
    assert mismatches("metadata", {}, before, before) == []
    assert mismatches("metadata", None, before, before) == []
    assert mismatches("metadata", {}, before, before, merges=False) != []
    assert mismatches("metadata", None, before, before, merges=False) != []
    assert mismatches("metadata", {"new": "2"}, {"old": "changed", "new": "2"}, before) != []


def test_the_other_tools_resources_may_stay_or_go_but_not_change() -> None:
    before = {"file_search": {"vector_store_ids": ["vs_1"]}}
    sent = {"code_interpreter": {"file_ids": ["a"]}}
    assert mismatches("tool_resources", sent, {**before, **sent}, before) == []
    assert mismatches("tool_resources", sent, sent, before) == []
    assert mismatches("tool_resources", sent, {**sent, "file_search": {"vector_store_ids": ["vs_2"]}}, before) != []
