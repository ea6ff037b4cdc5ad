"""An object with the id that was asked for shows an assistant, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.catalogue import roundtrip, validation
from conformance.exchange import UNREADABLE, Exchange, NoAnswer, Outcome, Raised, Response, Returned
from conformance.judging.modify import judge_modify
from conformance.judging.observation import Observation
from conformance.judging.showing import difference, shows, state_of
from strategies.contract import Contract
from strategies.editions import edition

ONE = {"id": "asst_1", "object": "assistant", "created_at": 1, "model": "gpt-4o", "name": "One"}
NOTHING: list[Any] = [None, {}, [], [ONE], "asst_1", UNREADABLE, {"error": {"message": "no"}}, {**ONE, "id": "asst_2"}]


def read(outcome: Outcome) -> Exchange:
    status = outcome.status if isinstance(outcome, Raised) else 200
    responses = () if isinstance(outcome, NoAnswer) or status is None else (Response(status),)
    return Exchange("retrieve", outcome, "asst_1", responses=responses)


@pytest.mark.parametrize("value", NOTHING, ids=repr)
def test_what_shows_no_assistant_of_an_id(value: Any) -> None:
    assert not shows(read(Returned(value)), "asst_1")
    assert state_of(read(Returned(value)), ONE) == {}
    found = difference(edition(), ONE, read(Returned(value)))
    assert found is not None
    assert found[0] == ""


def test_an_object_with_the_id_shows_it_in_letters_of_either_case() -> None:
    assert shows(read(Returned({**ONE, "id": "ASST_1"})), "asst_1")
    assert state_of(read(Returned(ONE))) == ONE


@pytest.mark.parametrize(
    "outcome", [Raised("", 429), Raised("", 502), Raised("", 503), NoAnswer("connection reset")], ids=repr
)
def test_who_is_away_for_the_moment_says_nothing(outcome: Outcome) -> None:
    assert difference(edition(), ONE, read(outcome)) is None


def test_a_time_of_creation_is_held_against_nothing_else() -> None:
    assert difference(edition(), ONE, read(Returned({**ONE, "created_at": 2, "updated_at": 3}))) is None
    changed = difference(edition(), ONE, read(Returned({**ONE, "name": "Two"})))
    assert changed == ("name", 'still "One"', 'name is now "Two"')


def refused(status: int, after: Outcome, body: bytes = b'{"name":5}') -> set[str]:
    contract = Contract(edition())
    exchange = Exchange("modify", Raised("no", status), "asst_1", responses=(Response(status),))
    verdict = judge_modify(contract, contract.judge(body), Observation(dict(ONE), exchange, read(after)))
    return {breach.base for breach in verdict.breaches}


@pytest.mark.parametrize("status", [302, 400, 401, 404, 413, 415, 500])
@pytest.mark.parametrize("body", [b'{"name":5}', b'{"name":"x"}', b"{"], ids=["wrong", "valid", "malformed"])
@pytest.mark.parametrize("after", [Raised("", 404), Raised("", 410), Raised("", 500), Returned(None), Returned({})])
def test_a_refusal_after_which_nothing_is_shown_is_the_breach(status: int, body: bytes, after: Outcome) -> None:
    assert validation.REFUSAL_CHANGES_NOTHING in refused(status, after, body)
    assert validation.REFUSAL_CHANGES_NOTHING not in refused(status, Returned(ONE), body)


def test_a_time_of_creation_that_a_refusal_moves_is_identity() -> None:
    found = refused(400, Returned({**ONE, "created_at": 2}))
    assert roundtrip.IDENTITY in found
    assert validation.REFUSAL_CHANGES_NOTHING not in found
