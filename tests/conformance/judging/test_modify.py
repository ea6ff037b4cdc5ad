import json
from typing import Any

import pytest

from conformance.exchange import Exchange, NoAnswer, Request, Response, outcome_of
from conformance.judging.modify import judge_modify
from conformance.judging.observation import Observation, Verdict
from strategies.contract import Contract
from strategies.editions import edition
from strategies.jsonvalues import encode

CONTRACT = Contract(edition())
BEFORE: dict[str, Any] = {
    "id": "asst_1",
    "object": "assistant",
    "created_at": 1,
    "name": "before",
    "description": "d",
    "model": "gpt-4o",
    "instructions": "i",
    "tools": [{"type": "code_interpreter"}],
    "tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}},
    "metadata": {"old": "1"},
    "temperature": 0.7,
    "top_p": 0.9,
    "response_format": {"type": "text"},
}
ENVELOPE = {"error": {"message": "Invalid 'name'.", "type": "invalid_request_error", "param": "name", "code": "x"}}
JSON_TYPE = (("content-type", "application/json"),)


def exchange(status: int, body: Any, headers: tuple[tuple[str, str], ...] = JSON_TYPE) -> Exchange:
    response = Response(status, headers, body if isinstance(body, bytes) else json.dumps(body).encode())
    return Exchange("modify", outcome_of(response), "asst_1", None, (Request("POST", "/x"),), (response,))


def judge(body: Any, answer: Exchange, after: Any = None, *, merges: bool | None = None) -> Verdict:
    read = exchange(200, BEFORE if after is None else after)
    ruling = CONTRACT.judge(encode(body), BEFORE)
    return judge_modify(CONTRACT, ruling, Observation(BEFORE, answer, read, merges))


def laid_to(verdict: Verdict) -> set[str]:
    return {breach.special or breach.base for breach in verdict.breaches}


def test_a_modify_that_takes_effect_breaks_nothing_and_is_evidence() -> None:
    after = {**BEFORE, "name": "after"}
    verdict = judge({"name": "after"}, exchange(200, after), after)
    assert verdict.breaches == ()
    assert verdict.effective
    assert {"roundtrip.name.answered", "roundtrip.name.stored", "roundtrip.description.kept"} <= verdict.evidence
    assert {"response.status", "response.name.type", "roundtrip.identity"} <= verdict.evidence


def test_a_value_that_was_there_already_is_no_evidence() -> None:
    verdict = judge({"name": "before"}, exchange(200, BEFORE))
    assert verdict.breaches == ()
    assert not verdict.effective
    assert "roundtrip.name.stored" not in verdict.evidence


@pytest.mark.parametrize(
    ("body", "answer", "after", "requirement"),
    [
        pytest.param({"name": "x"}, {"name": "x"}, {}, "roundtrip.name.stored", id="not stored"),
        pytest.param({"name": "x"}, {}, {"name": "x"}, "roundtrip.name.answered", id="not answered"),
        pytest.param({"name": None}, {}, {}, "roundtrip.name.null", id="null ignored"),
        pytest.param({"tools": []}, {}, {}, "roundtrip.tools.empty", id="empty list ignored"),
        pytest.param({"temperature": 0}, {"temperature": 1}, {"temperature": 1},
                     "roundtrip.temperature.empty", id="zero"),
        pytest.param({"name": "x"}, {"name": "x", "description": None}, {"name": "x", "description": None},
                     "roundtrip.description.kept", id="another field lost"),
        pytest.param({}, {"id": "asst_2"}, {}, "roundtrip.identity", id="another id"),
        pytest.param({}, {"top_p": "0.9"}, {}, "response.top_p.type", id="a number as text"),
        pytest.param({}, {"metadata": {"old": "2"}}, {}, "roundtrip.retrieve_agrees", id="answer and GET differ"),
    ],
)  # fmt: skip
def test_each_fault_is_laid_to_its_requirement(body: Any, answer: Any, after: Any, requirement: str) -> None:
    verdict = judge(body, exchange(200, {**BEFORE, **answer}), {**BEFORE, **after})
    assert requirement in laid_to(verdict)


def test_without_a_get_the_answer_shows_what_was_kept() -> None:
    def unread(answer: dict[str, Any]) -> Verdict:
        ruling = CONTRACT.judge(encode({"name": "x"}), BEFORE)
        return judge_modify(CONTRACT, ruling, Observation(BEFORE, exchange(200, answer), None, None))

    sound = unread({**BEFORE, "name": "x"})
    assert sound.breaches == ()
    assert "roundtrip.description.kept" in sound.evidence
    assert laid_to(unread({**BEFORE, "name": "x", "temperature": 1})) == {"roundtrip.temperature.kept"}


def test_the_shape_of_an_answer() -> None:
    assert laid_to(judge({}, exchange(201, BEFORE))) == {"response.status"}
    assert laid_to(judge({}, exchange(200, BEFORE, (("content-type", "text/html"),)))) == {"response.content_type"}
    assert laid_to(judge({}, exchange(200, b"<html>"))) == {"response.json"}
    short = {key: value for key, value in BEFORE.items() if key != "instructions"}
    assert "response.required" in laid_to(judge({}, exchange(200, short)))
    assert laid_to(judge({}, exchange(200, {**BEFORE, "created_at": 1.0, "new": {"a": 1}}))) == set()


def test_refusals() -> None:
    assert laid_to(judge({"name": 1}, exchange(400, ENVELOPE))) == set()
    assert laid_to(judge({"name": 1}, exchange(500, ENVELOPE))) == {"validation.refusal.status"}
    assert laid_to(judge({"name": 1}, exchange(302, b""))) == {"validation.refusal.status"}
    changed = judge({"name": 1}, exchange(400, ENVELOPE), {**BEFORE, "description": "x"})
    assert laid_to(changed) == {"validation.refusal.changes_nothing"}
    assert laid_to(judge({"name": 1}, exchange(422, {"detail": "name"}))) == {"response.error.envelope"}
    wrong = {"error": {**ENVELOPE["error"], "param": None, "message": "no"}}
    assert laid_to(judge({"name": 1}, exchange(400, wrong))) == {"validation.refusal.names_parameter"}
    assert [breach.aspect.name for breach in judge({"name": "x"}, exchange(400, ENVELOPE)).breaches] == ["REFUSED"]
    assert [breach.aspect.name for breach in judge({"name": 1}, exchange(200, BEFORE)).breaches] == ["ACCEPTED"]


def test_unspecified_is_a_breach_of_its_own() -> None:
    silent = Exchange("modify", NoAnswer("time-out after 10 s", timed_out=True), "asst_1")
    assert laid_to(judge({}, silent)) == {"response.answered"}


def test_metadata_is_merged_or_replaced_and_never_both() -> None:
    replaced = {**BEFORE, "metadata": {"new": "2"}}
    merged = {**BEFORE, "metadata": {"old": "1", "new": "2"}}
    body = {"metadata": {"new": "2"}}
    assert judge(body, exchange(200, replaced), replaced).merged is False
    assert judge(body, exchange(200, merged), merged).merged is True
    assert laid_to(judge(body, exchange(200, replaced), replaced, merges=True)) == {"roundtrip.metadata.one_semantics"}


def test_a_switch_to_a_reasoning_model_may_reset_what_it_does_not_take() -> None:
    after = {**BEFORE, "model": "o3-mini", "temperature": 1, "top_p": 1}
    assert judge({"model": "o3-mini"}, exchange(200, after), after).breaches == ()
    after = {**BEFORE, "model": "gpt-4o-mini", "temperature": 1}
    verdict = judge({"model": "gpt-4o-mini"}, exchange(200, after), after)
    assert laid_to(verdict) == {"roundtrip.temperature.kept"}


@pytest.mark.parametrize(
    ("body", "was", "now", "broken"),
    [
        ({"model": "o1"}, {}, {"temperature": 1}, False),
        ({"model": "gpt-4o"}, {"model": "o1", "temperature": None}, {"temperature": 1}, False),
        ({"model": "gpt-4o"}, {"model": "o1"}, {"temperature": 1}, True),
        ({"model": "gpt-4"}, {"temperature": None}, {"temperature": 1}, True),
        ({"reasoning_effort": "low"}, {"model": "o1"}, {"temperature": 1}, True),
        ({"tools": []}, {}, {"tool_resources": None}, True),
    ],
    ids=["to reasoning", "back", "back with a value", "elsewhere", "an effort alone", "tools that go"],
)
def test_what_may_move_although_it_was_not_sent(body: Any, was: Any, now: Any, *, broken: bool) -> None:
    before = {**BEFORE, **was}
    after = {**before, **body, **now}
    ruling = CONTRACT.judge(encode(body), before)
    verdict = judge_modify(CONTRACT, ruling, Observation(before, exchange(200, after), exchange(200, after)))
    assert bool(verdict.breaches) is broken


@pytest.mark.parametrize(
    ("answered", "read"),
    [
        (b'{"name":"old",', b"{"),
        (b"{", b'{"metadata":{"a":"b"},'),
        (b"{", b'{"tools":[{"type":"x","type":"y"}],'),
        (b"\xef\xbb\xbf{", b"{"),
        (b"{", b"\xef\xbb\xbf{"),
    ],
)
def test_answers_that_readers_read_differently_are_no_reliable_json(answered: bytes, read: bytes) -> None:
    after = encode({**BEFORE, "name": "after"})[1:]
    shown = exchange(200, answered + after), exchange(200, read + after)
    ruling = CONTRACT.judge(b'{"name":"after"}', BEFORE)
    verdict = judge_modify(CONTRACT, ruling, Observation(BEFORE, shown[0], shown[1], None))
    assert laid_to(verdict) == {"response.json"}


def test_a_refusal_with_a_key_twice_is_no_reliable_json() -> None:
    data = b'{"error":{"message":"x","type":"y",' + encode(ENVELOPE["error"])[1:] + b"}"
    verdict = judge({"name": 1}, exchange(400, data))
    assert "response.json" in laid_to(verdict)


def test_a_key_twice_with_one_value_says_the_same() -> None:
    data = b'{"id":"asst_1",' + encode({**BEFORE, "name": "after"})[1:]
    verdict = judge({"name": "after"}, exchange(200, data), {**BEFORE, "name": "after"})
    assert verdict.breaches == ()
