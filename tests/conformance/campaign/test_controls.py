"""A requirement is judged only beside an accepted control; and every finding tells all that showed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.reference import Reference
from conformance.reference.faults import faults
from conformance.reference.faults.steps import Presenting
from conformance.reference.serve import running
from conformance.targets.http import HttpTarget
from reports.causes import causes
from reports.model import OutcomeKind, Verdict
from reports.reading import verdict_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.model import Report, Row

ONLY = ("validation.tools", "validation.response_format", "roundtrip.tools")


def row(report: Report, id_: str) -> Row:
    return next(one for one in report.rows if one.id == id_)


def failed(report: Report) -> list[str]:
    return [one.id for one in report.rows if one.outcome is OutcomeKind.FAIL]


@pytest.mark.parametrize(
    ("fault", "cause", "hidden"),
    [
        ("refuses-file-search", "validation.tools.item.union", "validation.tools.file_search.max_num_results.maximum"),
        ("refuses-bare-functions", "validation.tools.item.union", "validation.tools.function.name.max_length"),
        (
            "refuses-json-schemas",
            "validation.response_format.union",
            "validation.response_format.json_schema.name.max_length",
        ),
        (
            "refuses-max-num-results",
            "validation.tools.file_search.max_num_results.type",
            "validation.tools.file_search.max_num_results.minimum",
        ),
    ],
)
def test_where_the_control_is_refused_as_well_the_limits_are_untested_and_the_cause_is_one(
    judge: Callable[..., Report], fault: str, cause: str, hidden: str
) -> None:
    report = judge(faults()[fault].behaviour(), only=ONLY)
    assert failed(report) == [cause]
    assert report.outside == ()
    limit = row(report, hidden)
    assert (limit.outcome, limit.reason) == (OutcomeKind.UNTESTED, f"hidden by {cause}")


def test_129_and_128_tools_refused_is_about_the_128(judge: Callable[..., Report]) -> None:
    report = judge(faults()["refuses-limit-of-tools"].behaviour(), only=ONLY)
    assert failed(report) == ["validation.tools.max_items"]
    found = row(report, "validation.tools.max_items").finding
    assert found is not None
    assert found.actual.startswith("rejected with status 400")
    assert any("128" in shown.case for shown in found.shown)


def test_a_field_that_is_refused_whole_is_one_cause(judge: Callable[..., Report]) -> None:
    from conformance.reference.faults.steps import Demanding

    refusing = Demanding(lambda sent: "top_p" if "top_p" in sent else None)
    report = judge(refusing, only=("validation.top_p", "roundtrip.top_p"))
    assert failed(report) == ["validation.top_p.type"]
    others = {one.id: one.reason for one in report.rows if one.outcome is OutcomeKind.UNTESTED}
    assert {"validation.top_p.maximum", "validation.top_p.nullable", "roundtrip.top_p.null"} <= others.keys()
    assert others["validation.top_p.maximum"] == "hidden by validation.top_p.type"


def test_two_members_that_are_lost_are_both_told(judge: Callable[..., Report]) -> None:
    report = judge(faults()["two-members-lost"].behaviour(), only=("roundtrip.tools",))
    found = row(report, "roundtrip.tools.file_search.ranking_options").finding
    assert found is not None
    places = {shown.place for shown in found.shown}
    assert places >= {f"tools[].file_search.ranking_options.{key}" for key in ("ranker", "score_threshold")}
    assert len(found.shown) <= 40
    assert sum(shown.seen for shown in found.shown) + found.more <= found.seen


@pytest.mark.parametrize("members", [("created_at",), ("created_at", "object")])
def test_a_member_that_is_missing_is_one_cause_in_identity_agreement_and_shape(
    judge: Callable[..., Report], members: tuple[str, ...]
) -> None:
    def without(shown: dict[str, Any], view: str) -> dict[str, Any]:
        return {key: value for key, value in shown.items() if key not in members or view != "modify"}

    report = judge(Presenting(without), only=("roundtrip.identity", "roundtrip.retrieve_agrees", "response"))
    assert {"roundtrip.identity", "response.required"} <= set(failed(report))
    titles = [cause.title for cause in causes(report)]
    assert titles.count(f"{', '.join(reversed(members))} {'is' if len(members) == 1 else 'are'} missing") == 1
    found = row(report, "response.required").finding
    assert found is not None
    assert {shown.place for shown in found.shown} == (set(members) if len(members) > 1 else set())


def test_what_is_broken_outside_the_selection_is_told_and_leaves_the_run_inconclusive(
    judge: Callable[..., Report],
) -> None:
    broken = faults()["two-members-lost"].behaviour
    report = judge(broken(), only=("validation.tools",))
    assert failed(report) == []
    assert "roundtrip.tools.file_search.ranking_options" in {one.id for one in report.outside}
    assert all(one.finding is not None for one in report.outside)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert "broken outside the selection: " in verdict_line(report)
    assert f"partial, {len(report.rows)} of {report.applicable} selected" in verdict_line(report)
    skipped = judge(broken(), only=("validation.tools", "roundtrip.tools"), skip=("roundtrip.tools.file_search",))
    assert skipped.verdict is not Verdict.CONFORMANT


def test_a_part_of_a_sound_target_is_conformant_and_called_partial(judge: Callable[..., Report]) -> None:
    from conformance.reference import Behaviour

    report = judge(Behaviour(), only=("validation.name",))
    assert (report.verdict, report.outside) == (Verdict.CONFORMANT, ())
    assert verdict_line(report).endswith(f"partial, {len(report.rows)} of {report.applicable} selected")


def test_a_target_that_wants_a_model_in_every_modify_is_judged_with_one(judge: Callable[..., Report]) -> None:
    report = judge(faults()["model-required"].behaviour())
    assert failed(report) == ["validation.body.optional"]
    finding = row(report, "validation.body.optional").finding
    assert finding is not None
    assert all(b"model" not in step.request.body.data for step in finding.steps if step.role == "act" and step.request)
    untested = [one.id for one in report.rows if one.outcome is OutcomeKind.UNTESTED]
    assert untested == ["roundtrip.model.kept"]
    assert row(report, "roundtrip.model.kept").reason == "hidden by validation.body.optional"


def test_it_is_sent_a_model_over_bare_connections_too(judge: Callable[..., Report]) -> None:
    with running(Reference(behaviour=faults()["model-required"].behaviour())) as url:
        report = judge(HttpTarget(url), only=("transport.framing", "validation.body.optional"))
    assert failed(report) == ["validation.body.optional"]
    assert row(report, "transport.framing.segments_taken").outcome is OutcomeKind.PASS
