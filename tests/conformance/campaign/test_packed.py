"""A pack of many values: one request while nothing is wrong, and each part by itself where something is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from conformance.fitting import scenarios_of
from conformance.reference.faults.places import altered
from conformance.reference.faults.steps import Applying, Demanding, Storing
from conformance.scenario import Scenario, Scope, leaves
from conformance.suites import test_roundtrip_texts as suite
from reports.model import OutcomeKind, Verdict
from strategies.contract import Contract, Ruling
from strategies.editions import edition, names
from strategies.jsonvalues import decode
from strategies.permissions import KnownIds

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference import Behaviour
    from reports.model import Finding, Report
    from strategies.jsonvalues import JSON

ONLY = ("roundtrip.text", "roundtrip.combinations", "roundtrip.free_json", "transport.nul", "roundtrip.name")
STORED = {"model": "gpt-4o", "metadata": {"purpose": "a", "stage": "b"}}


def findings(report: Report) -> dict[str, Finding]:
    return {row.id: row.finding for row in report.rows if row.outcome is OutcomeKind.FAIL and row.finding}


def storing(place: str, change: Callable[[str], str]) -> Behaviour:
    def text(value: JSON) -> JSON:
        return change(value) if isinstance(value, str) else value

    return Storing(lambda field, value: altered(place, field, value, text))


def sent(finding: Finding) -> dict[str, JSON]:
    act = next(step for step in finding.steps if step.role == "act")
    assert act.request is not None
    body: dict[str, JSON] = decode(act.request.body.data).value
    return body


def packs() -> tuple[Scenario, ...]:
    scope = Scope(Contract(edition(), KnownIds(models=frozenset({"gpt-4o"}))), "gpt-4o", "standard", 0)
    return scenarios_of(suite.test_awkward_texts_in_every_field, scope)


@pytest.mark.parametrize("name", names())
def test_every_pack_must_be_accepted(name: str) -> None:
    contract = Contract(edition(name), KnownIds(models=frozenset({"gpt-4o"})))
    for group in packs():
        for case in group.cases:
            assert contract.judge(case.data, STORED).ruling is Ruling.ACCEPT, case.label
            assert all(contract.judge(one.data).ruling is Ruling.ACCEPT for one in leaves(case)), case.label


def test_every_run_has_each_text_in_each_field() -> None:
    seen: dict[str, set[str]] = {}
    for group in packs():
        for leaf in (leaf for case in group.cases if not group.tier for leaf in leaves(case)):
            seen.setdefault(leaf.field, set()).add(leaf.requirement)
    classes = {one for one in seen["name"] if one.startswith("roundtrip.text.")}
    assert len(classes) > 15
    for field in ("description", "instructions", "metadata", "tools", "response_format"):
        assert classes <= seen[field] | {"roundtrip.text.long_lines"}, field


@pytest.mark.parametrize(
    ("place", "change", "requirement", "body"),
    [
        ("instructions", lambda text: text.partition("\0")[0], "transport.nul", {"instructions": "before\0behind"}),
        ("description", lambda text: text.replace("\t", ""), "roundtrip.text.white_space", {"description": "a\tb"}),
        (
            "tools[].function.description",
            lambda text: text.replace("ann@example.org", "***"),
            "roundtrip.text.addresses",
            None,
        ),
        ("name", lambda text: text.replace("(c)", "©"), "roundtrip.text.typography", None),
    ],
)
def test_one_field_that_loses_one_class_is_one_finding(
    judge: Callable[..., Report],
    place: str,
    change: Callable[[str], str],
    requirement: str,
    body: dict[str, JSON] | None,
) -> None:
    found = findings(judge(storing(place, change), only=ONLY))
    assert requirement in found
    assert found.keys() <= {requirement, "roundtrip.text.control"}  # among control characters is a tab
    shown = sent(found[requirement])
    assert list(shown) == [place.split(".", maxsplit=1)[0].removesuffix("[]")]
    assert body is None or shown == body


def test_a_key_that_is_refused_is_a_matter_of_keys(judge: Callable[..., Report]) -> None:
    def objects(body: dict[str, JSON]) -> str | None:
        pairs = body.get("metadata")
        return "metadata" if isinstance(pairs, dict) and {"__proto__", "constructor"} & pairs.keys() else None

    found = findings(judge(Demanding(objects), only=(*ONLY, "validation.metadata", "roundtrip.metadata")))
    assert list(found) == ["roundtrip.text.key_names"]
    assert len(sent(found["roundtrip.text.key_names"])["metadata"]) == 1


def test_nul_may_be_refused_in_one_field_alone(judge: Callable[..., Report]) -> None:
    def objects(body: dict[str, JSON]) -> str | None:
        return "name" if "\0" in str(body.get("name")) else None

    report = judge(Demanding(objects), only=ONLY)
    assert findings(report) == {}
    assert report.verdict is Verdict.CONFORMANT


@pytest.mark.parametrize("digits", [2, 6])
def test_digits_behind_the_second_are_worth_a_should(judge: Callable[..., Report], digits: int) -> None:
    def rounded(field: str, value: JSON, digits: int) -> JSON:
        return round(value, digits) if isinstance(value, float) else value

    report = judge(Storing(partial(rounded, digits=digits)), only=("roundtrip.numbers", "roundtrip.temperature"))
    assert list(findings(report)) == ["roundtrip.numbers.double"]
    assert report.verdict is Verdict.CONFORMANT


def test_what_comes_of_earlier_modifies_is_taken_apart_once(judge: Callable[..., Report]) -> None:
    def kept(field: str, stored: JSON, pairs: JSON, usual: JSON) -> JSON:
        alike = field == "metadata" and isinstance(pairs, dict) and isinstance(stored, dict)
        return stored if alike and stored.keys() == pairs.keys() else usual

    report = judge(Applying(kept), only=("roundtrip.text", "roundtrip.combinations", "sequences.any_order"))
    assert "sequences.any_order" in findings(report)
    assert report.requests < 2200


def test_what_is_wrong_with_one_field_keeps_no_other_from_being_seen(judge: Callable[..., Report]) -> None:
    def losing(field: str, value: JSON) -> JSON:
        return {"type": "text"} if field == "response_format" and isinstance(value, dict) else value

    report = judge(Storing(losing), only=ONLY)
    outcomes = {row.id: row.outcome for row in report.rows if row.id.startswith("roundtrip.text.")}
    assert set(outcomes.values()) == {OutcomeKind.PASS}
