"""The commonest defects are found in the first requests of a run."""

from __future__ import annotations

import pytest

from conformance.reference.faults import faults
from tests.benchmarks.bench import COMMONEST
from tests.benchmarks.finding import first_finding

FIRST = 150
"""Requests, those included that get the target ready."""


@pytest.mark.parametrize("name", COMMONEST)
def test_a_common_defect_is_found_at_once(name: str) -> None:
    requests, _ = first_finding(faults()[name])
    assert 0 < requests <= FIRST
