"""When a fault has been judged enough: what was found stays found."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.campaign.evidence import Evidence
    from conformance.scenario import Scenario


def until_caught(groups: Iterable[Scenario], evidence: Evidence, requirement: str) -> Iterator[Scenario]:
    """Give every group of the first tier, then others until the requirement is broken."""
    for group in groups:
        if group.tier and evidence.is_broken(requirement):
            return
        yield group
