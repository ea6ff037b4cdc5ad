"""The plan: always the same, right about every body, and complete where luck would not be."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest

from conformance.catalogue import catalogue, roundtrip, sequences, transport, validation
from conformance.scenario import TIERS, Case, Scenario
from conformance.settings import EFFORTS, select
from conformance.states import initial_states, plain
from conformance.suites.plan import plan
from strategies.contract import Contract, Ruling, violations
from strategies.editions import DEFAULT, Edition, edition, names
from strategies.limits import FULL_PAIRS, limits, limits_reached
from strategies.permissions import KnownIds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.scenario import Effort
    from conformance.states import InitialState
    from conformance.target import Role
    from strategies.jsonvalues import JSON

FIELDS = edition().fields

MODEL = "gpt-4o"
PLANS: dict[tuple[str, Effort, int, Role], tuple[Scenario, ...]] = {}


def contract_of(name: str) -> Contract:
    return Contract(edition(name), KnownIds(models=frozenset({MODEL})))


def planned(
    name: str = "2025-03", effort: Effort = "quick", seed: int = 0, role: Role = "server"
) -> tuple[Scenario, ...]:
    """Return the whole plan; each is made once."""
    if (name, effort, seed, role) not in PLANS:
        PLANS[name, effort, seed, role] = plan(
            contract_of(name), MODEL, effort, seed, role, list(catalogue(edition(name)))
        )
    return PLANS[name, effort, seed, role]


def cases_of(groups: Sequence[Scenario]) -> Iterator[tuple[Case, InitialState]]:
    for group in groups:
        for case in group.cases:
            yield case, group.initial_state


both_editions = pytest.mark.parametrize("name", names())


@pytest.mark.parametrize("effort", ["quick", "standard"])
def test_the_same_arguments_give_the_same_plan(effort: Effort, plans: Any) -> None:
    def made() -> tuple[Scenario, ...]:
        plans.cache_clear()  # they are kept, and would be the same in any case
        return plan(contract_of("2025-03"), MODEL, effort, 0, "server", list(catalogue(edition())))

    # One right after the other: what Hypothesis draws depends on which modules have been imported.
    first = made()
    assert first == made()
    assert len(first) > 50


def test_another_seed_draws_others() -> None:
    assert planned(seed=0) != planned(seed=1)
    seeds = [{one.seed for one in planned(seed=seed) if one.examples} for seed in (0, 1)]
    assert all(seeds)
    assert seeds[0].isdisjoint(seeds[1])


@both_editions
def test_a_smaller_effort_is_contained_in_a_greater(name: str) -> None:
    quick, standard = planned(name), planned(name, "standard")
    assert {group.tier for group in quick} == {0}
    assert {group.tier for group in standard} == {0, 1}
    fixed = {case.data for case, _ in cases_of(quick) if not case.label.startswith("drawn")}
    assert fixed <= {case.data for case, _ in cases_of(standard)}
    assert list(TIERS) == list(EFFORTS)


@both_editions
@pytest.mark.parametrize("effort", ["quick", "standard"])
def test_the_first_tier_comes_first(name: str, effort: Effort) -> None:
    groups = planned(name, effort)
    tiers = [group.tier for group in groups if not group.last]
    assert tiers == sorted(tiers)
    assert [group.last for group in groups] == sorted(group.last for group in groups), "nothing is beside the last"


@both_editions
@pytest.mark.parametrize("role", ["server", "sdk"])
def test_every_id_of_the_plan_is_in_the_catalogue(name: str, role: Role) -> None:
    entries = catalogue(edition(name))
    groups = planned(name, "standard" if role == "server" else "quick", role=role)
    told = {group.requirement for group in groups} | {case.requirement for case, _ in cases_of(groups)}
    assert sorted(told - entries.keys()) == []


@both_editions
def test_every_id_that_is_served_is_in_the_catalogue(name: str) -> None:
    told = {id_ for group in planned(name, "standard") for id_ in group.serves}
    assert sorted(told - catalogue(edition(name)).keys()) == []


def test_an_sdk_is_spared_what_it_cannot_meet() -> None:
    groups = planned(role="sdk")
    assert groups
    assert all(group.role != "server" for group in groups)
    assert [group for group in groups if group.requirement.startswith("transport.")] == []


@pytest.mark.parametrize(
    "pattern", ["roundtrip.name", "validation.tools", "sequences", "transport", "response.unknown_id"]
)
def test_a_selection_keeps_the_groups_that_serve_it_and_no_others(pattern: str) -> None:
    selected = set(select(catalogue(edition()), (pattern,), ()))
    whole = planned()
    chosen = plan(contract_of("2025-03"), MODEL, "quick", 0, "server", sorted(selected))
    serving = [group for group in whole if group.always or {group.requirement, *group.serves} & selected]
    assert serving
    assert [group for group in serving if group not in chosen] == []
    served = {id_ for group in serving for id_ in (group.requirement, *group.serves)}
    if selected <= served:
        assert list(chosen) == serving
    else:
        assert len(serving) < len(chosen) < len(whole)


def test_what_every_exchange_shows_is_given_occasion() -> None:
    chosen = plan(contract_of("2025-03"), MODEL, "quick", 0, "server", ["response.status"])
    assert sum(len(group.cases) for group in chosen) > 50


REFUSALS = ("response.error.envelope", "response.error.content_type", "validation.refusal.status")


@pytest.mark.parametrize("id_", REFUSALS)
def test_what_every_refusal_shows_is_given_occasion(id_: str) -> None:
    chosen = plan(contract_of("2025-03"), MODEL, "quick", 0, "server", [id_])
    contract = contract_of("2025-03")
    assert any(contract.judge(case.data).ruling is Ruling.REFUSE for case, _ in cases_of(chosen))


@both_editions
@pytest.mark.parametrize("effort", ["quick", "standard"])
def test_the_side_of_every_case_is_that_of_its_bytes(name: str, effort: Effort) -> None:
    contract = contract_of(name)
    homes = initial_states(contract, MODEL)
    wrong: list[str] = []
    counted = 0
    for case, initial_state in cases_of(planned(name, effort)):
        judgement = contract.judge(case.data, homes[initial_state])
        counted += 1
        refuse = judgement.ruling is Ruling.REFUSE
        agrees = refuse or bool(judgement.permissions) if case.side == "outside" else not refuse
        if not agrees:
            wrong.append(f"{case.requirement} {case.label} ({case.side}): {judgement.ruling}")
    assert wrong == []
    assert counted > 400


@both_editions
def test_an_outside_case_that_is_not_refused_is_the_one_about_models(name: str) -> None:
    contract = contract_of(name)
    homes = initial_states(contract, MODEL)
    open_ = {
        case.requirement
        for case, initial_state in cases_of(planned(name, "standard"))
        if case.side == "outside" and contract.judge(case.data, homes[initial_state]).ruling is not Ruling.REFUSE
    }
    assert open_ <= {validation.EFFORT_MODEL}


@both_editions
def test_an_outside_case_has_a_valid_control(name: str) -> None:
    contract = contract_of(name)
    alone = {validation.REFUSAL_CHANGES_NOTHING}
    lacking = [
        f"{case.requirement} {case.label}"
        for case, _ in cases_of(planned(name, "standard"))
        if case.side == "outside"
        and case.requirement not in alone
        and (case.control is None or contract.judge(case.control).ruling is Ruling.REFUSE)
    ]
    assert lacking == []


@both_editions
def test_most_valid_bodies_must_be_accepted(name: str) -> None:
    """Grey hides: where the document leaves a body open, a target that refuses it shows nothing."""
    contract = contract_of(name)
    homes = initial_states(contract, MODEL)
    rulings = [
        contract.judge(case.data, homes[initial_state]).ruling
        for case, initial_state in cases_of(planned(name, "standard"))
        if case.side == "value" and case.requirement not in {validation.LISTED_MODELS, validation.UNKNOWN_NESTED}
    ]
    assert rulings.count(Ruling.ACCEPT) > 0.7 * len(rulings)


@both_editions
def test_no_initial_state_is_in_doubt(name: str) -> None:
    contract = contract_of(name)
    for initial_state, body in initial_states(contract, MODEL).items():
        assert violations(contract.edition, body) == (), initial_state
        permissions = contract.judge_value(body).permissions
        assert permissions <= {"unknown_resource_id"}, initial_state
    rich = initial_states(contract, MODEL)["populated"]
    assert set(rich) == set(contract.edition.shown)
    assert [field for field in rich if rich[field] in (None, "", [], {}, 0, 1)] == []


def test_a_plain_value_is_never_the_stored_one() -> None:
    contract = contract_of(DEFAULT)
    plains = plain(contract, MODEL)
    assert set(plains) == set(FIELDS)
    for body in initial_states(contract, MODEL).values():
        same = [field for field in body if field != "model" and plains[field] == body[field]]
        assert same == []


def valid_bodies(name: str, effort: Effort = "standard") -> Iterator[dict[str, JSON]]:
    contract = contract_of(name)
    for case, _ in cases_of(planned(name, effort)):
        judgement = contract.judge(case.data)
        if judgement.ruling is not Ruling.REFUSE and isinstance(judgement.body, dict):
            yield judgement.body


@both_editions
def test_every_pair_of_fields_occurs(name: str) -> None:
    pairs = set()
    for body in valid_bodies(name):
        pairs |= set(combinations([field for field in FIELDS if field in body], 2))
    shown = set(combinations(edition(name).shown, 2))
    assert sorted(shown - pairs) == []


@both_editions
def test_two_nulls_and_a_null_beside_a_value_occur_for_every_pair(name: str) -> None:
    seen: set[tuple[str, str, bool, bool]] = set()
    for body in valid_bodies(name):
        for left, right in combinations([field for field in FIELDS if field in body], 2):
            seen.add((left, right, body[left] is None, body[right] is None))
    nullable = [field for field in edition(name).shown if f"roundtrip.{field}.null" in catalogue(edition(name))]
    wanted = {(left, right, True, True) for left, right in combinations(nullable, 2)}
    assert len(nullable) == 8
    assert sorted(wanted - seen) == []


@both_editions
def test_every_limit_listed_value_and_state_is_reached(name: str) -> None:
    """Every enum value, model, union branch, null, empty value and limit from inside."""
    the_edition: Edition = edition(name)
    reached: set[str] = set()
    for body in valid_bodies(name):
        reached |= limits_reached(the_edition, body)
    missing = [limit for limit in limits(the_edition) if limit not in reached and limit != FULL_PAIRS]
    assert missing == []


@both_editions
def test_sixteen_full_pairs_are_reached(name: str) -> None:
    the_edition: Edition = edition(name)
    fixed = [
        case
        for case, _ in cases_of(planned(name, "standard"))
        if not case.label.startswith("drawn") and case.field in {"metadata", "*"}
    ]
    contract = contract_of(name)
    bodies = [contract.judge(case.data).body for case in fixed]
    valid = [
        body for case, body in zip(fixed, bodies, strict=True) if contract.judge(case.data).ruling is Ruling.ACCEPT
    ]
    assert any(FULL_PAIRS in limits_reached(the_edition, body) for body in valid)


@both_editions
def test_a_quick_plan_reaches_most_of_it(name: str) -> None:
    the_edition = edition(name)
    reached: set[str] = set()
    for body in valid_bodies(name, "quick"):
        reached |= limits_reached(the_edition, body)
    assert len(reached & set(limits(the_edition))) >= 0.6 * len(limits(the_edition))


@both_editions
def test_every_requirement_with_a_group_is_served(name: str) -> None:
    """What is left without a group is shown by every exchange, or is about SDKs."""
    groups = planned(name, "standard")
    served = {id_ for group in groups for id_ in (group.requirement, *group.serves)}
    served |= {case.requirement for case, _ in cases_of(groups)}
    left = {id_ for id_, one in catalogue(edition(name)).items() if id_ not in served and "server" in one.roles}
    left -= {id_ for id_ in left if ".unspecified." in id_}
    places = {f"roundtrip.{place}" for place in roundtrip.PLACES}
    assert {id_ for id_ in left if not id_.startswith(("response.", "validation.refusal"))} <= {
        *places,
        roundtrip.METADATA_SEMANTICS,
        roundtrip.METADATA_CONSTANT,
        validation.REFUSAL_STATUS,
        sequences.STILL_THERE,
    }


def test_every_kind_of_payload_has_a_requirement() -> None:
    from strategies.payloads import payloads

    assert {payload.kind for payload in payloads()} <= set(transport.OF_KIND)
