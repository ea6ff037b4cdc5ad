"""The one function that decides: what counts, what is worse, and what is never green."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.model import OutcomeKind, Row, Verdict
from reports.verdict import FailOn, verdict

if TYPE_CHECKING:
    from reports.model import Level

PASS, FAIL = OutcomeKind.PASS, OutcomeKind.FAIL
DOUBTS = (OutcomeKind.FLAKY, OutcomeKind.UNTESTED, OutcomeKind.ERROR)
SETTLED = (OutcomeKind.PASS, OutcomeKind.WAIVED, OutcomeKind.NOT_APPLICABLE, OutcomeKind.CANNOT_EXPRESS)


def row(level: Level, outcome: OutcomeKind) -> Row:
    return Row(f"family.{level.lower()}", level, "prose", "It does.", "a test", outcome)


ROWS = st.lists(st.builds(row, st.sampled_from(["MUST", "SHOULD", "INFO"]), st.sampled_from(OutcomeKind)))
FAIL_ON: st.SearchStrategy[FailOn] = st.sampled_from(["must", "should"])


def test_nothing_is_never_conformant() -> None:
    assert verdict([]) is Verdict.INCONCLUSIVE
    assert verdict(iter(())) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("outcome", OutcomeKind)
def test_one_pass_beside_one_other(outcome: OutcomeKind) -> None:
    expected = {FAIL: Verdict.NON_CONFORMANT, **dict.fromkeys(DOUBTS, Verdict.INCONCLUSIVE)}
    told = verdict([row("MUST", PASS), row("MUST", outcome)])
    assert told is expected.get(outcome, Verdict.CONFORMANT)


@pytest.mark.parametrize("outcome", [outcome for outcome in OutcomeKind if outcome not in {PASS, FAIL}])
def test_only_a_pass_is_a_pass(outcome: OutcomeKind) -> None:
    assert verdict([row("MUST", outcome)]) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("outcome", OutcomeKind)
@pytest.mark.parametrize("fail_on", ["must", "should"])
def test_info_is_never_judged(outcome: OutcomeKind, fail_on: FailOn) -> None:
    assert verdict([row("MUST", PASS), row("INFO", outcome)], fail_on) is Verdict.CONFORMANT
    assert verdict([row("INFO", outcome)], fail_on) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("outcome", [FAIL, *DOUBTS])
def test_should_counts_only_when_asked(outcome: OutcomeKind) -> None:
    rows = [row("MUST", PASS), row("SHOULD", outcome)]
    assert verdict(rows) is Verdict.CONFORMANT
    assert verdict(rows, "should") is (Verdict.NON_CONFORMANT if outcome is FAIL else Verdict.INCONCLUSIVE)


@pytest.mark.parametrize(("outcome", "doubt"), list(product(SETTLED, DOUBTS)))
def test_a_failure_outweighs_every_doubt(outcome: OutcomeKind, doubt: OutcomeKind) -> None:
    rows = [row("MUST", outcome), row("MUST", doubt), row("MUST", FAIL)]
    assert verdict(rows, interrupted=True) is Verdict.NON_CONFORMANT


@given(ROWS, FAIL_ON)
def test_an_interruption_is_never_conformant(rows: list[Row], fail_on: FailOn) -> None:
    assert verdict(rows, fail_on, interrupted=True) is not Verdict.CONFORMANT


@given(ROWS, FAIL_ON, st.randoms(use_true_random=False))
def test_the_order_makes_no_difference(rows: list[Row], fail_on: FailOn, chance: object) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert verdict(shuffled, fail_on) is verdict(rows, fail_on)


@given(ROWS)
def test_asking_for_more_is_never_more_lenient(rows: list[Row]) -> None:
    if verdict(rows, "should") is Verdict.CONFORMANT and any(
        one.level == "MUST" and one.outcome is PASS for one in rows
    ):
        assert verdict(rows, "must") is Verdict.CONFORMANT
    if verdict(rows, "must") is Verdict.NON_CONFORMANT:
        assert verdict(rows, "should") is Verdict.NON_CONFORMANT


@given(ROWS, FAIL_ON)
def test_conformant_means_that_nothing_judged_is_open(rows: list[Row], fail_on: FailOn) -> None:
    judged = [one.outcome for one in rows if one.level == "MUST" or (one.level == "SHOULD" and fail_on == "should")]
    sound = PASS in judged and all(outcome in SETTLED for outcome in judged)
    assert (verdict(rows, fail_on) is Verdict.CONFORMANT) is sound
