"""Ids that a target need not know: refused wherever they come, they are held against it nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.reference import Behaviour
from conformance.reference.errors import Refusal
from reports.model import OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.reference.rules import Rules
    from reports.model import Report
    from strategies.jsonvalues import JSON


class KnowsNone(Behaviour):
    """Refuses what names an id of one tool's, but for some; ids of the other tool are taken as they come."""

    def __init__(self, tool: str, status: int, known: tuple[str, ...] = ()) -> None:
        self._tool = tool
        self._status = status
        self._known = known

    def check(self, rules: Rules, body: Mapping[str, JSON]) -> dict[str, JSON]:
        sent = super().check(rules, body)
        held = (sent.get("tool_resources") or {}).get(self._tool) or {}
        if any(one not in self._known for ids in held.values() for one in ids):
            raise Refusal("No such id.", status=self._status, param="tool_resources")
        return sent


def failed(report: Report) -> set[str]:
    return {row.id for row in report.rows if row.outcome is OutcomeKind.FAIL}


ONLY = ("roundtrip.tool_resources", "roundtrip.after_null", "roundtrip.large_values", "sequences")


@pytest.mark.parametrize("status", [400, 404])
@pytest.mark.parametrize("tool", ["file_search", "code_interpreter"])
def test_who_takes_ids_of_one_kind_may_know_none_of_the_other(
    judge: Callable[..., Report], tool: str, status: int
) -> None:
    assert failed(judge(KnowsNone(tool, status), only=ONLY)) == set()


def test_who_takes_an_unknown_file_may_not_refuse_another(judge: Callable[..., Report]) -> None:
    report = judge(KnowsNone("code_interpreter", 404, ("file-Conformance0001",)), only=ONLY)
    assert failed(report) != set()
