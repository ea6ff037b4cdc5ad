"""Time-outs as adapters declare them."""

from __future__ import annotations

import pytest

from conformance.targets.limited import counts_between_bytes, declared_timeout


@pytest.mark.parametrize(
    ("settings", "seconds", "between"),
    [
        ({}, None, False),
        ({"timeout": "3 s"}, 3.0, False),
        ({"timeout": "3 s between bytes"}, 3.0, True),
        ({"readTimeout": "2500 ms, between bytes"}, 2.5, True),
        ({"timeout": "5 s", "pause": "1 s between calls"}, 5.0, False),
    ],
)
def test_a_declared_time_out_says_what_it_counts(
    settings: dict[str, str], seconds: float | None, between: bool
) -> None:
    assert (declared_timeout(settings), counts_between_bytes(settings)) == (seconds, between)
