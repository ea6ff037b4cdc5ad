"""The badge: edition, level, counts and colour, as SVG and for shields.io."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.model import OutcomeKind, Verdict
from reports.render.badge import COLOURS, PARTIAL, message, partial, render, shields

if TYPE_CHECKING:
    from reports.model import Report

some = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def passing(sample_report: Report) -> Report:
    """A whole report in which every MUST passes."""
    rows = tuple(row for row in sample_report.rows if row.outcome is OutcomeKind.PASS)
    return replace(sample_report, rows=rows, verdict=Verdict.CONFORMANT, notes=())


def test_it_says_edition_level_and_counts(sample_report: Report, passing: Report) -> None:
    whole = replace(sample_report, notes=())
    assert json.loads(shields(whole)) == {
        "schemaVersion": 1,
        "label": "modify assistant 2025-03",
        "message": "MUST 4/8, 2 fail, 1 flaky, 1 waived",
        "color": COLOURS[Verdict.NON_CONFORMANT],
        "isError": True,
    }
    assert message(passing) == "MUST 4/4"
    strict = replace(whole, settings={"fail_on": "should"})
    assert message(strict).endswith(" · SHOULD 0/2, 1 fail, 1 untested")
    assert message(replace(passing, rows=(), verdict=Verdict.INCONCLUSIVE)) == "inconclusive: nothing judged"


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_verdict_colours_it(passing: Report, verdict: Verdict) -> None:
    report = replace(passing, verdict=verdict)
    assert json.loads(shields(report))["color"] == COLOURS[verdict]
    assert f'fill="{COLOURS[verdict]}"' in render(report)
    assert len({PARTIAL, *COLOURS.values()}) == 4


def test_a_partial_report_has_a_colour_of_its_own(passing: Report) -> None:
    assert not partial(passing)
    for report in (
        replace(passing, settings={"only": ["roundtrip"]}),
        replace(passing, settings={"skip": ["transport"]}),
        replace(passing, interrupted=True),
        replace(passing, notes=("12 of 40 groups were not run: the run's budget was spent",)),
        replace(passing, notes=("12 requirements were not selected (--only, --skip)",)),
    ):
        assert json.loads(shields(report))["color"] == PARTIAL
        assert message(report).startswith("partial")
        broken = json.loads(shields(replace(report, verdict=Verdict.NON_CONFORMANT)))
        assert broken["color"] == COLOURS[Verdict.NON_CONFORMANT]
        assert broken["message"].startswith("partial")


@some
@given(data=st.data())
def test_hostile_text_stays_text(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    report = replace(data.draw(hostile_reports), edition='"><script>&\x1b]]>')
    root = ET.fromstring(render(report))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg",
        "title",
        "clipPath",
        "rect",
        "g",
        "text",
    }
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert texts == [json.loads(shields(report))[name] for name in ("label", "message")]
    assert int(root.attrib["width"]) > 0
