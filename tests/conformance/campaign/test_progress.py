"""How much of a campaign is over, while some of it is under way."""

from __future__ import annotations

import pytest

from conformance.campaign.progress import Pace
from conformance.scenario import Scenario

LONG, SHORT = Scenario("a.b", requests=90), Scenario("a.c", requests=10)


def test_what_is_over_counts_by_the_requests_it_takes() -> None:
    pace = Pace([LONG, SHORT])
    assert (pace.done, pace.share(0)) == (0, 0.0)
    with pace.carrying_out(SHORT):
        pass
    assert (pace.done, pace.share(10)) == (1, 0.1)
    pace.over(LONG)
    assert (pace.done, pace.share(400)) == (2, 1.0)


def test_what_is_under_way_counts_by_the_requests_that_were_sent_and_never_as_over() -> None:
    pace = Pace([LONG, SHORT])
    with pace.carrying_out(LONG):
        assert pace.share(45) == pytest.approx(0.45)
        assert pace.share(5000) == pytest.approx(0.81)
    assert pace.share(5000) == 0.9


def test_a_failure_ends_it_as_well() -> None:
    pace = Pace([LONG, SHORT])
    with pytest.raises(ValueError, match="gone"), pace.carrying_out(SHORT):
        raise ValueError("gone")
    assert pace.done == 1


def test_where_there_is_no_plan_nothing_is_told() -> None:
    pace = Pace([])
    with pace.carrying_out(LONG):
        assert (pace.done, pace.share(12)) == (0, None)
