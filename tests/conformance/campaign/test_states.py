"""How the states of the plan are brought about, and what is told of a create that does not take them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.campaign.context import Context
from conformance.campaign.evidence import Evidence
from conformance.campaign.scratch import id_of
from conformance.campaign.scratches import Scratches
from conformance.campaign.setups import find_setup
from conformance.catalogue import catalogue
from conformance.exchange import Request, Response
from conformance.reference import Reference
from conformance.states import BASE_MODEL, plain
from conformance.targets.embedded import EmbeddedTarget
from strategies.contract import Contract
from strategies.editions import edition
from strategies.permissions import KnownIds

if TYPE_CHECKING:
    from collections.abc import Callable

REFUSED = Response(
    400,
    (("content-type", "application/json"),),
    b'{"error":{"message":"no","type":"invalid_request_error","param":null,"code":null}}',
)


class Creates:
    """A server whose create is as a rule says."""

    def __init__(self, refused: Callable[[dict[str, object]], bool]) -> None:
        self._inner = Reference()
        self._refused = refused

    def handle(self, request: Request) -> Response:
        create = request.method == "POST" and request.path == "/assistants"
        if create and self._refused(json.loads(request.body)):
            return REFUSED
        return self._inner.handle(request)


def found(refused: Callable[[dict[str, object]], bool]) -> Context:
    contract = Contract(edition(), KnownIds(frozenset({BASE_MODEL})))
    target = EmbeddedTarget(Creates(refused))
    evidence = Evidence(catalogue(contract.edition), target.role)
    context = Context(target, contract, evidence, BASE_MODEL, plain(contract, BASE_MODEL))
    find_setup(context, "populated")
    return context


def notes(refused: Callable[[dict[str, object]], bool]) -> list[str]:
    return found(refused).notes


def test_what_was_made_to_try_a_state_is_for_the_first_that_asks_for_it() -> None:
    context = found(lambda body: False)
    (made,) = context.ready
    before = context.target.requests_sent
    assert Scratches(context).make("populated").assistant_id == id_of(made.created)
    assert context.target.requests_sent == before + 1, "it is only read"
    assert context.ready == []


def test_nothing_is_told_of_a_create_that_takes_all() -> None:
    assert notes(lambda body: False) == []


@pytest.mark.parametrize("field", ["tool_resources", "temperature"])
def test_the_fields_that_it_does_not_take_are_named_and_no_others(field: str) -> None:
    told = notes(lambda body: field in body)
    assert f"create does not take {field} for the state 'populated': set by a modify" in told


def test_what_is_taken_one_by_one_is_told_to_be_refused_together() -> None:
    told = notes(lambda body: len(body) > 4)
    assert any(
        note.startswith("create does not take all of name, ") and " together for the state" in note for note in told
    )
