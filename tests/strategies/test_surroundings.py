"""Plain values around a body leave it what it is: valid where it is valid, else wrong for the same reason."""

from __future__ import annotations

import pytest

from strategies.boundaries import Boundary, boundaries
from strategies.contract import Contract, Ruling, violations
from strategies.editions import edition
from strategies.surroundings import amid_others

FIELDS = edition().fields

CONTRACT = Contract(edition())
FOUND = [one for one in boundaries(edition()) if isinstance(one.body, dict)]
OUTSIDE = [one for one in FOUND if one.side == "outside"]
SHORT = [one for one in OUTSIDE if len(str(one.body)) < 10_000]


def test_alone_they_are_a_body_that_must_be_taken() -> None:
    body = amid_others({}, "gpt-4o")
    assert CONTRACT.judge_value(body).ruling is Ruling.ACCEPT
    assert set(body) == set(FIELDS) - {"reasoning_effort"}


@pytest.mark.parametrize("boundary", SHORT, ids=str)
def test_the_reason_of_a_refusal_stays(boundary: Boundary) -> None:
    around = amid_others(boundary.body, "gpt-4o")
    assert {key: around[key] for key in boundary.body} == boundary.body
    assert violations(CONTRACT.edition, around) == violations(CONTRACT.edition, boundary.body)
