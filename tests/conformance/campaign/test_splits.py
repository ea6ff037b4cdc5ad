"""A target that is wrong everywhere is not sent many times what a sound one is, and yet is told what is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.reference import Behaviour
from conformance.reference.faults import faults
from reports.model import OutcomeKind
from tests.faults.matrix import carried_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.reference.rules import Rules, State
    from strategies.jsonvalues import JSON

MOST = 4_000
"""Requests at ``quick`` for a target that is thoroughly broken; a sound one is sent half of that."""


@pytest.mark.parametrize(
    "name",
    [
        "refuses-json-schemas",
        "name-not-stored",
        "name-lost-beside-metadata",
        "created-at-left-out-always",
        "broken-by-extreme-schemas",
        "deletes-on-not-json",
        "refused-and-deleted-the-second-time",
    ],
)
def test_what_is_wrong_everywhere_is_told_apart_a_few_times(name: str) -> None:
    fault = faults()[name]
    rows, requests, ended = carried_out(fault, "quick", 0)
    assert not ended
    assert fault.requirement in {row.id for row in rows if row.outcome is OutcomeKind.FAIL}
    assert requests < MOST


class _NothingChecked(Behaviour):
    def check(self, rules: Rules, body: Mapping[str, JSON]) -> State:
        return dict(body)


def test_a_server_that_checks_nothing_is_told_all_the_same_with_few_requests() -> None:
    unchecked = replace(faults()["overlooks-name-type"], behaviour=_NothingChecked)
    rows, requests, ended = carried_out(unchecked, "quick", 0)
    failed = {row.id for row in rows if row.outcome is OutcomeKind.FAIL}
    assert not ended
    assert requests < MOST
    limits = {
        "name.max_length",
        "tools.max_items",
        "temperature.maximum",
        "top_p.minimum",
        "tools.function.name.pattern",
    }
    assert {f"validation.{limit}" for limit in ("name.type", *limits)} <= failed, "each is named, however many are"


def test_what_a_broken_field_hides_in_packs_is_never_taken_for_shown() -> None:
    rows, _, _ = carried_out(faults()["refuses-json-schemas"], "quick", 0)
    hidden = [row for row in rows if "told apart" in row.reason]
    assert all(row.outcome is not OutcomeKind.PASS for row in hidden)
    of_format = [row for row in rows if row.id.startswith("roundtrip.response_format.json_schema")]
    assert of_format
    assert all(row.outcome is not OutcomeKind.PASS for row in of_format)
