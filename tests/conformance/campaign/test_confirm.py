"""What is believed: a breach that comes again, with the steps to repeat it; what does not come again is flaky."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.exchange import Response
from conformance.reference import Behaviour, Reference
from conformance.reference.changing import OMITTED
from conformance.reference.serve import running
from conformance.targets.http import HttpTarget
from reports.model import OutcomeKind, Verdict
from strategies.editions import edition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.exchange import Request
    from conformance.reference.behaviour import View
    from conformance.reference.changing import Omitted
    from conformance.reference.rules import Rules, State
    from conformance.reference.store import Store
    from reports.model import Finding, Report
    from strategies.jsonvalues import JSON

ERROR = b'{"error":{"message":"busy","type":"server_error","param":null,"code":null}}'
KEY = "sk-that-stands-in-no-evidence-0123456789"
ROUND_TRIP = (
    "roundtrip.name",
    "roundtrip.description",
    "roundtrip.combinations",
    "roundtrip.after_null",
    "sequences.any_order",
)


class Once(Behaviour):
    """Loses one description, one time."""

    def __init__(self) -> None:
        self.lost = False

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        if field == "description" and sent == "Plain description" and not self.lost:
            self.lost = True
            return stored
        return super().apply_field(field, stored, sent)


def test_what_shows_only_once_is_flaky(judge: Callable[..., Report]) -> None:
    behaviour = Once()
    report = judge(behaviour, only=ROUND_TRIP)
    assert behaviour.lost
    doubtful = [row for row in report.rows if row.outcome is OutcomeKind.FLAKY]
    assert len(doubtful) == 1
    assert "it did not happen again" in doubtful[0].reason
    assert [row.id for row in report.rows if row.outcome is OutcomeKind.FAIL] == []
    assert report.verdict is Verdict.INCONCLUSIVE


class Hiccup(Behaviour):
    """Breaks down at one request, and never again."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.modifies = 0

    def intercept(self, store: Store, request: Request) -> Response | None:
        if request.method == "POST" and request.path.startswith("/assistants/"):
            self.modifies += 1
            if self.modifies == self.at:
                return Response(500, (("content-type", "application/json"),), ERROR)
        return super().intercept(store, request)


@pytest.mark.parametrize("at", [3, 7, 12])
def test_one_breakdown_is_no_finding(judge: Callable[..., Report], at: int) -> None:
    behaviour = Hiccup(at)
    report = judge(behaviour, only=("roundtrip.name.stored", "roundtrip.description.stored"))
    assert behaviour.modifies > at
    assert [row.id for row in report.rows if row.outcome is OutcomeKind.FAIL] == []


@pytest.mark.parametrize(("id_", "at"), [("roundtrip.repeated", 3), ("sequences.tenth", 3), ("response.unknown_id", 2)])
def test_one_breakdown_in_a_scenario_is_no_finding(judge: Callable[..., Report], id_: str, at: int) -> None:
    report = judge(Hiccup(at), only=(id_,))
    assert [row.id for row in report.rows if row.outcome is OutcomeKind.FAIL] == []


class HiccupAt(Behaviour):
    """Breaks down at the first modify whose body holds all of some texts, and never again."""

    def __init__(self, *texts: bytes) -> None:
        self.texts = texts
        self.done = False

    def intercept(self, store: Store, request: Request) -> Response | None:
        if not self.done and all(text in request.body for text in self.texts):
            self.done = True
            return Response(500, (("content-type", "application/json"),), ERROR)
        return super().intercept(store, request)


@pytest.mark.parametrize(
    ("texts", "only"),
    [
        pytest.param(
            (b'"Plain name"', b'"json_schema"'),
            "roundtrip.combinations",
            id="refused-with-reason-in-another-state",
        ),
        pytest.param(
            (b'"still here',),
            "transport",
            id="after-a-hostile-request",
        ),
        pytest.param((b'"Plain name"',), "roundtrip.name", id="a-plain-value"),
        pytest.param((b'"temperature":"',), "validation.temperature", id="a-wrong-type"),
    ],
)
def test_one_breakdown_is_never_confirmed(judge: Callable[..., Report], texts: tuple[bytes, ...], only: str) -> None:
    behaviour = HiccupAt(*texts)
    report = judge(behaviour, only=(only, "validation.combinations", "roundtrip.name.stored"))
    assert behaviour.done
    assert [row.id for row in report.rows if row.outcome is OutcomeKind.FAIL] == []


class AfterNull(Behaviour):
    """Loses a name that follows a description of null."""

    def apply(self, rules: Rules, stored: State, sent: Mapping[str, JSON]) -> State:
        changed = super().apply(rules, stored, sent)
        lost = stored.get("was_cleared") and sent.get("name", OMITTED) is not OMITTED
        if lost:
            changed["name"] = stored["name"]
        return {**changed, "was_cleared": sent.get("description", OMITTED) is None}

    def blank(self, store: Store) -> State:
        return {**super().blank(store), "was_cleared": False}

    def present(self, state: State, view: View) -> dict[str, JSON]:
        return super().present({key: value for key, value in state.items() if key != "was_cleared"}, view)


def finding_of(report: Report, id_: str) -> Finding:
    row = next(row for row in report.rows if row.id == id_)
    assert row.outcome is OutcomeKind.FAIL, row
    assert row.finding is not None
    return row.finding


class FromTheThirdOn(Behaviour):
    """Loses the name of every modify but the first two of an assistant."""

    def __init__(self) -> None:
        self.modifies: dict[str, int] = {}

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        number = self.modifies[assistant_id] = self.modifies.get(assistant_id, 0) + 1
        return super().modify(store, assistant_id, body if number < 3 else {**body, "name": "Lost"})


def sent_before(finding: Finding) -> list[dict[str, JSON]]:
    """Return the bodies of the modifies that bring the state about."""
    setup = [step for step in finding.steps if step.role == "setup"]
    assert setup[0].operation == "create"
    return [json.loads(step.request.body.data) for step in setup[1:] if step.request is not None]


def test_what_needs_a_history_is_laid_to_sequences_with_that_history(judge: Callable[..., Report]) -> None:
    report = judge(FromTheThirdOn(), only=("roundtrip", "sequences"))
    found = finding_of(report, "sequences.any_order")
    assert len(sent_before(found)) >= 2
    assert [step.role for step in found.steps if step.role != "setup"] == ["observe", "act", "observe"]
    attributed = {row.id for row in report.rows if row.outcome is OutcomeKind.FAIL}
    assert [id_ for id_ in attributed if id_.endswith((".stored", ".answered", ".kept", ".null", ".empty"))] == []


def test_what_needs_one_modify_before_it_shows_that_one(judge: Callable[..., Report]) -> None:
    report = judge(AfterNull(), effort="standard", only=("roundtrip",))
    found = [row.finding for row in report.rows if row.finding is not None]
    assert found
    for finding in found:
        before = sent_before(finding)
        assert before[-1]["description"] is None
        act = next(step for step in finding.steps if step.role == "act")
        assert act.request is not None
        assert "name" in json.loads(act.request.body.data)


class Lossy(Behaviour):
    """Loses names, and takes names of any length."""

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        return stored if field == "name" and sent is not OMITTED else super().apply_field(field, stored, sent)

    def overlooks(self, problem: object) -> bool:
        return getattr(problem, "place", "") == "description"


@pytest.fixture
def lossy(judge: Callable[..., Report]) -> Report:
    """A report with findings of several kinds, about a server that asks for a key."""
    with running(Reference(api_key=KEY, behaviour=Lossy())) as url:
        return judge(HttpTarget(url, api_key=KEY), only=("roundtrip.name", "validation.description"))


def test_evidence_is_complete(lossy: Report) -> None:
    found = [row.finding for row in lossy.rows if row.finding is not None]
    assert len(found) >= 3
    for finding in found:
        roles = [step.role for step in finding.steps]
        assert roles.count("act") == 1
        assert roles[0] == "setup"
        assert roles[-1] == "observe"
        assert roles.index("act") > roles.index("setup")
        assert finding.summary
        assert finding.expected
        assert finding.actual
        assert finding.case
        for step in finding.steps:
            assert step.request is not None
            assert step.response is not None
            assert step.outcome
            assert step.request.body.size == len(step.request.body.data)
            assert step.request.url.startswith("http://127.0.0.1:")
        assert "curl" in finding.curl


def test_evidence_shows_what_it_says(lossy: Report) -> None:
    found = finding_of(lossy, "roundtrip.name.stored")
    act = next(step for step in found.steps if step.role == "act")
    read = found.steps[-1]
    assert act.request is not None
    assert read.response is not None
    assert found.place == "name"
    assert json.loads(act.request.body.data)["name"] != json.loads(read.response.body.data)["name"]


def test_what_is_not_needed_is_taken_out(lossy: Report) -> None:
    for id_ in ("roundtrip.name.stored", "roundtrip.name.answered"):
        act = next(step for step in finding_of(lossy, id_).steps if step.role == "act")
        assert act.request is not None
        assert list(json.loads(act.request.body.data)) == ["name"]


def test_a_finding_counts_the_cases_that_showed_it(lossy: Report) -> None:
    row = next(row for row in lossy.rows if row.id == "roundtrip.name.stored")
    assert row.finding is not None
    assert 1 < row.finding.seen <= row.cases


def test_a_key_is_in_no_evidence(lossy: Report) -> None:
    assert KEY not in repr(lossy)
    found = finding_of(lossy, "roundtrip.name.stored")
    assert all(step.request is not None and dict(step.request.headers)["Authorization"] for step in found.steps)


class Blocks(Behaviour):
    """Refuses every body in which there is markup, wherever it stands, as a firewall does."""

    def intercept(self, store: Store, request: Request) -> Response | None:
        if b"<script" not in request.body:
            return None
        return Response(403, (("Content-Type", "application/json"),), ERROR)


def test_a_refused_body_keeps_the_field_that_the_refusal_is_attributed_to(judge: Callable[..., Report]) -> None:
    report = judge(Blocks(), only=("validation", "roundtrip"))
    found = {row.id: row.finding for row in report.rows if row.outcome is OutcomeKind.FAIL and row.finding is not None}
    assert found
    for id_, finding in found.items():
        act = next(step for step in finding.steps if step.role == "act")
        assert act.request is not None
        named = set(id_.split(".")) & set(edition().fields)
        assert named <= json.loads(act.request.body.data).keys()
