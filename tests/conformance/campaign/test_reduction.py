"""A drawn body that shows a breach is simplified as long as it shows the same."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from conformance.campaign.reduction import simpler
from conformance.reference import Behaviour
from conformance.reference.changing import OMITTED
from strategies import modify_bodies
from strategies.jsonvalues import depth, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.changing import Omitted
    from reports.model import Report
    from strategies.jsonvalues import JSON


@pytest.mark.parametrize(
    ("value", "forms"),
    [
        (None, []),
        (1.5, []),
        ("short", []),
        ("twelve chars", ["twelve", " chars"]),
        ([], []),
        ([1], [[]]),
        ([1, 2, 3], [[1], [2, 3], [2, 3], [1, 3], [1, 2]]),
        ({"a": []}, [{}]),
        ({"a": [1]}, [{}, {"a": []}]),
    ],
)
def test_what_is_simpler(value: JSON, forms: list[JSON]) -> None:
    assert list(simpler(value)) == forms


@settings(max_examples=50)
@given(modify_bodies())
def test_simpler_is_smaller(body: dict[str, JSON]) -> None:
    for form in islice(simpler(body), 200):
        assert len(encode(form)) < len(encode(body))
        assert depth(form) <= depth(body)


class LosesThirdPair(Behaviour):
    """Keeps two pairs of metadata at most."""

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        if field == "metadata" and sent is not OMITTED and isinstance(sent, dict):
            sent = dict(list(sent.items())[:2])
        return super().apply_field(field, stored, sent)


def test_the_evidence_of_a_drawn_body_is_small(judge: Callable[..., Report]) -> None:
    report = judge(LosesThirdPair(), only=("roundtrip.combinations", "roundtrip.metadata", "roundtrip.large_values"))
    found = [row.finding for row in report.rows if row.finding is not None]
    assert found
    for finding in found:
        act = next(step for step in finding.steps if step.role == "act")
        assert act.request is not None
        body = json.loads(act.request.body.data)
        assert list(body) == ["metadata"]
