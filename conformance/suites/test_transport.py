"""Hostile, malformed and mislabelled requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.pytest_run import Judged


def test_transport(requirement: str, judged: Judged) -> None:
    """The evidence on one requirement of the family amounts to a pass."""
    judged.check(requirement)
