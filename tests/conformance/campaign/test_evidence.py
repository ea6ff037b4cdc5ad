"""The evidence: what evidence amounts to, one rule at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.campaign.evidence import Evidence
from conformance.catalogue.requirement import SDK, SERVER, Requirement
from reports.model import Finding, OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.target import Role

ID = "family.thing"
FOUND = Finding("it is broken", "this", "that")


def evidence(role: Role = "server", *, effective: bool = True, level: Any = "MUST", **given: Any) -> Evidence:
    one = Requirement(ID, level, "prose", "It does.", "a test", **given)
    made = Evidence({ID: one}, role)
    made.effective = effective
    return made


def outcome(made: Evidence) -> OutcomeKind:
    return made.row(ID).outcome


def test_no_evidence_is_no_pass() -> None:
    row = evidence().row(ID)
    assert (row.outcome, row.cases, row.reason) == (OutcomeKind.UNTESTED, 0, "no case gave evidence")


def test_a_good_sign_is_a_pass() -> None:
    made = evidence()
    made.accept([ID])
    row = made.row(ID)
    assert (row.outcome, row.cases, row.reason, row.finding) == (OutcomeKind.PASS, 1, "", None)


def test_a_refusal_is_a_good_sign() -> None:
    made = evidence()
    made.refuse(ID)
    assert outcome(made) is OutcomeKind.PASS


@pytest.mark.parametrize("role", ["server", "sdk"])
def test_where_nothing_takes_effect_nothing_passes(role: Role) -> None:
    made = evidence(role, effective=False)
    made.accept([ID])
    made.refuse(ID)
    row = made.row(ID)
    assert (row.outcome, row.reason) == (OutcomeKind.UNTESTED, "no modify was seen to take effect on this target")


def test_what_takes_effect_later_counts_for_what_was_seen_before() -> None:
    made = evidence(effective=False)
    made.accept([ID])
    made.effective = True
    assert outcome(made) is OutcomeKind.PASS


@pytest.mark.parametrize(
    ("signs", "expected", "reason"),
    [
        ((), OutcomeKind.UNTESTED, "no case gave evidence"),
        (("accept",), OutcomeKind.UNTESTED, "no rejection had an accepted control beside it"),
        (("refuse",), OutcomeKind.UNTESTED, "no valid value was accepted"),
        (("accept", "refuse"), OutcomeKind.PASS, ""),
    ],
)
def test_a_limit_is_shown_from_both_sides_or_not_at_all(
    signs: tuple[str, ...], expected: OutcomeKind, reason: str
) -> None:
    made = evidence(both_sides=True)
    for sign in signs:
        if sign == "accept":
            made.accept([ID])
        else:
            made.refuse(ID)
    row = made.row(ID)
    assert (row.outcome, row.reason, row.cases) == (expected, reason, len(signs))


def test_without_occasion_a_vacuous_requirement_is_not_applicable() -> None:
    made = evidence(vacuous=True)
    assert outcome(made) is OutcomeKind.NOT_APPLICABLE
    made.accept([ID])
    assert outcome(made) is OutcomeKind.PASS


def test_an_occasion_that_was_permitted_is_no_lack_of_occasion() -> None:
    made = evidence(vacuous=True)
    made.note_without_evidence(ID, "refused, as the document allows")
    row = made.row(ID)
    assert (row.outcome, row.reason) == (OutcomeKind.UNTESTED, "refused, as the document allows")


def test_a_vacuous_requirement_does_not_hide_that_nothing_took_effect() -> None:
    assert outcome(evidence(vacuous=True, effective=False)) is OutcomeKind.UNTESTED


def test_an_permission_takes_nothing_from_a_pass() -> None:
    made = evidence()
    made.note_without_evidence(ID, "one case was refused")
    made.accept([ID])
    assert outcome(made) is OutcomeKind.PASS


def test_a_finding_fails_whatever_else_is_so() -> None:
    made = evidence(effective=False)
    made.accept([ID])
    made.break_(ID, FOUND)
    made.break_(ID)
    made.note_flaky(ID, "once")
    made.note_error(ID, "oh")
    made.note_inapplicable(ID, "no")
    made.set_pending([ID])
    row = made.row(ID)
    assert row.outcome is OutcomeKind.FAIL
    assert row.finding is not None
    assert (row.finding.seen, row.reason, row.cases) == (2, "", 3)
    assert ([one.id for one in made.found], made.is_broken(ID)) == ([ID], True)


def test_the_first_finding_is_kept() -> None:
    made = evidence()
    made.break_(ID, FOUND)
    made.break_(ID, Finding("another", "", ""))
    finding = made.row(ID).finding
    assert finding is not None
    assert finding.summary == "it is broken"


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda made: made.note_flaky(ID, "told"), OutcomeKind.FLAKY),
        (lambda made: made.note_error(ID, "told"), OutcomeKind.ERROR),
        (lambda made: made.note_inapplicable(ID, "told"), OutcomeKind.NOT_APPLICABLE),
    ],
    ids=["flaky", "error", "inapplicable"],
)
def test_a_doubt_outweighs_good_signs(write: Callable[[Evidence], None], expected: OutcomeKind) -> None:
    made = evidence()
    made.accept([ID])
    write(made)
    row = made.row(ID)
    assert (row.outcome, row.reason) == (expected, "told")


def test_what_was_noted_first_is_told() -> None:
    made = evidence()
    made.note_flaky(ID, "the first")
    made.note_flaky(ID, "the second")
    assert made.row(ID).reason == "the first"


def test_an_error_outweighs_a_symptom() -> None:
    made = evidence()
    made.note_flaky(ID, "once")
    made.note_error(ID, "the suite failed here")
    assert outcome(made) is OutcomeKind.ERROR


def test_what_was_not_run_to_its_end_does_not_pass() -> None:
    made = evidence()
    made.accept([ID])
    made.set_pending([ID, "family.other"])
    row = made.row(ID)
    assert (row.outcome, row.reason) == (OutcomeKind.UNTESTED, "the run ended before all of its cases were sent")


def test_what_an_sdk_cannot_say_is_said_so() -> None:
    made = evidence("sdk")
    made.note_cannot(ID, "the adapter has no way")
    row = made.row(ID)
    assert (row.outcome, row.reason) == (OutcomeKind.CANNOT_EXPRESS, "the adapter has no way")
    made.accept([ID])
    assert outcome(made) is OutcomeKind.PASS


@pytest.mark.parametrize(("role", "roles"), [("server", SDK), ("sdk", SERVER)])
def test_the_other_role_is_not_judged(role: Role, roles: Any) -> None:
    made = evidence(role, roles=roles)
    made.accept([ID])
    row = made.row(ID)
    assert row.outcome is OutcomeKind.NOT_APPLICABLE
    assert row.reason == ("about SDKs only" if role == "server" else "about servers only")


def test_the_other_role_is_never_attributed() -> None:
    made = evidence("server", roles=SDK)
    made.break_(ID, FOUND)
    assert outcome(made) is OutcomeKind.NOT_APPLICABLE


def test_info_passes_when_something_was_seen() -> None:
    made = evidence(level="INFO")
    assert outcome(made) is OutcomeKind.UNTESTED
    made.observe(ID, "400")
    made.observe(ID, "422")
    made.observe(ID, "400")
    row = made.row(ID)
    assert (row.outcome, row.observed, row.cases) == (OutcomeKind.PASS, "400 (2 times); 422", 3)
    assert made.is_info(ID)


def test_rows_stand_in_the_order_of_the_catalogue_and_strangers_are_ignored() -> None:
    ids = ["b.two", "a.one", "c.three"]
    made = Evidence({id_: Requirement(id_, "MUST", "prose", "It does.", "a test") for id_ in ids}, "server")
    made.effective = True
    made.accept(["d.four", "a.one"])
    made.refuse("d.four")
    made.break_("d.four", FOUND)
    made.observe("d.four", "x")
    made.note_error("d.four", "x")
    assert "d.four" not in made
    assert not made.is_broken("d.four")
    assert not made.is_info("d.four")
    assert [(row.id, row.outcome.value) for row in made.rows()] == [
        ("b.two", "untested"),
        ("a.one", "pass"),
        ("c.three", "untested"),
    ]
