"""The fixture of the suites, known to pytest only in sessions that run them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

if TYPE_CHECKING:
    from conformance.campaign.session import Session


@pytest.fixture
def session() -> Session:
    """What a test of the suites sends with; it is made when the test is carried out."""
    return cast("Session", None)
