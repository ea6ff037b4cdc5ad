"""The catalogue: every entry whole, every constraint with an entry, every entry with a check."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from conformance.campaign.evidence import Evidence
from conformance.catalogue import (
    answers,
    catalogue,
    response,
    roundtrip,
    sdk,
    sequences,
    transport,
    unspecified,
    validation,
)
from conformance.reference import Behaviour
from reports.facts import OF_SDKS
from reports.model import OutcomeKind, Verdict
from strategies.constraints import constraints
from strategies.editions import edition, names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType

    from reports.model import Finding, Report, Shown

FAMILIES = ("validation", "roundtrip", "response", "sequences", "concurrency", "transport", "wire", "answers")
both_editions = pytest.mark.parametrize("name", names())


@both_editions
def test_every_id_is_dotted_and_of_a_family(name: str) -> None:
    ids = list(catalogue(edition(name)))
    assert [id_ for id_ in ids if not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", id_)] == []
    assert {id_.split(".")[0] for id_ in ids} == set(FAMILIES)


@both_editions
def test_an_id_stands_for_one_requirement(name: str) -> None:
    families = (validation, roundtrip, response, sequences, transport, unspecified, sdk, answers)
    ids = Counter(entry.id for family in families for entry in family.requirements(edition(name)))
    assert [id_ for id_, count in ids.items() if count > 1] == []
    assert {entry.id: id_ for id_, entry in catalogue(edition(name)).items()} == {id_: id_ for id_ in ids}


@both_editions
def test_two_requirements_never_say_the_same(name: str) -> None:
    # An SDK's side of a sentence may sound like the server's; within a family each is said once.
    sentences = Counter((one.family, one.sentence) for one in catalogue(edition(name)).values())
    assert [sentence for sentence, count in sentences.items() if count > 1] == []


@both_editions
def test_every_sentence_is_one(name: str) -> None:
    wrong = [
        one.id
        for one in catalogue(edition(name)).values()
        if not re.fullmatch(r"[A-Z`\"n].+[^.]\.", one.sentence) or "  " in one.sentence or "\n" in one.sentence
    ]
    assert wrong == []


@both_editions
def test_what_is_judged_has_a_source(name: str) -> None:
    entries = catalogue(edition(name)).values()
    assert [one.id for one in entries if not one.source.strip()] == []
    assert [one.id for one in entries if one.provenance == "observed" and one.level != "INFO"] == []
    assert [one.id for one in entries if not one.roles] == []


@both_editions
def test_each_constraint_has_one_requirement(name: str) -> None:
    of_constraints = [validation.of_constraint(one) for one in constraints(edition(name))]
    assert len(set(of_constraints)) == len(of_constraints)
    entries = catalogue(edition(name))
    assert [id_ for id_ in of_constraints if id_ not in entries] == []
    for constraint, id_ in zip(constraints(edition(name)), of_constraints, strict=True):
        assert entries[id_].level == "MUST"
        assert entries[id_].provenance == constraint.provenance
        assert edition(name).name in entries[id_].source


@both_editions
def test_a_limit_needs_both_sides(name: str) -> None:
    entries = catalogue(edition(name))
    lenient = [
        id_
        for one in constraints(edition(name))
        if not entries[id_ := validation.of_constraint(one)].both_sides
        and not (one.keyword == "nullable" and one.value)
    ]
    assert lenient == []


@both_editions
def test_every_field_of_the_answer_has_a_shape(name: str) -> None:
    entries = catalogue(edition(name))
    assert [field for field in edition(name).assistant["properties"] if response.of_field(field) not in entries] == []


def ids_in(module: ModuleType) -> Iterable[str]:
    """Return the ids that a module of the catalogue gives a name to, so that plan and judges can use them."""
    for name, value in vars(module).items():
        if name.isupper() and isinstance(value, str) and "." in value:
            yield value


def test_every_named_id_is_an_entry() -> None:
    every = {id_ for name in names() for id_ in catalogue(edition(name))}
    named = {id_ for family in (validation, roundtrip, response, sequences, transport, sdk) for id_ in ids_in(family)}
    named |= set(transport.OF_KIND.values())
    assert len(named) > 60
    assert sorted(named - every) == []


class Strict(Evidence):
    """A evidence that keeps the ids that it is told of and does not have: nothing may assert what has no entry."""

    unknown: set[str] = set()  # noqa: RUF012 - what all evidence of a test were told

    def _look(self, *ids: str) -> None:
        self.unknown |= {id_ for id_ in ids if id_ not in self}

    def accept(self, ids: Iterable[str]) -> None:
        listed = list(ids)
        self._look(*listed)
        super().accept(listed)

    def refuse(self, id_: str) -> None:
        self._look(id_)
        super().refuse(id_)

    def break_(self, id_: str, finding: Finding | None = None, shown: Iterable[Shown] = ()) -> None:
        self._look(id_)
        super().break_(id_, finding, shown)

    def observe(self, id_: str, what: str) -> None:
        self._look(id_)
        super().observe(id_, what)

    def _note(self, id_: str, what: str, text: str) -> None:
        self._look(id_)
        super()._note(id_, what, text)


@both_editions
def test_the_reference_passes_every_requirement_about_servers(
    judge: Callable[..., Report], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """No entry is without a check, and no check is without an entry."""
    told: set[str] = set()
    monkeypatch.setattr(Strict, "unknown", told)
    monkeypatch.setattr("conformance.run.Evidence", Strict)
    report = judge(Behaviour(), edition=name, effort="standard")
    entries = catalogue(edition(name))
    assert told == set()
    assert report.notes == ()
    assert [row.id for row in report.rows] == list(entries)
    # The reference asks for no keys here, takes every effort, shows every field and nothing else, and is never busy.
    idle = {transport.MISSING_KEY, transport.WRONG_KEY, unspecified.UNSET, unspecified.ADDED, unspecified.FILLED_IN}
    idle |= {sequences.CONNECTIONS, roundtrip.READS_STORED, roundtrip.READS_AT_ONCE}  # there are no connections
    idle |= {
        unspecified.REDIRECT,
        unspecified.LIST_LAGS,
        unspecified.UNSTEADY,
        transport.NEAR_KEY,
        *transport.OTHER_KEY.values(),
    }
    # It is in process, so that no connection leads to it, and its answers come unpacked.
    idle |= {unspecified.PACKED, *(id_ for id_ in entries if id_.startswith("transport.framing."))}
    idle |= {
        unspecified.RETRY_AFTER,
        *({unspecified.OF_PERMISSIONS["effort_not_on_every_model"]} if name == "2025-03" else ()),
    }
    expected = {
        id_: OutcomeKind.PASS if "server" in one.roles and id_ not in idle else OutcomeKind.NOT_APPLICABLE
        for id_, one in entries.items()
    }
    assert [(row.id, row.reason) for row in report.rows if row.outcome is OutcomeKind.ERROR] == []
    assert {row.id: row.outcome for row in report.rows} == expected
    assert all(row.cases > 0 for row in report.rows if row.outcome is OutcomeKind.PASS)
    assert report.verdict is Verdict.CONFORMANT
    assert report.requests <= 10_000


def test_where_keys_are_asked_for_they_are_judged(judge: Callable[..., Report]) -> None:
    from conformance.reference import Reference
    from conformance.targets.embedded import EmbeddedTarget

    target = EmbeddedTarget(Reference(api_key="sk-of-a-test"), api_key="sk-of-a-test")
    report = judge(target, only=("transport.missing_key", "transport.wrong_key", "roundtrip.name"))
    assert {row.id: row.outcome for row in report.rows if row.family == "transport"} == {
        transport.MISSING_KEY: OutcomeKind.PASS,
        transport.WRONG_KEY: OutcomeKind.PASS,
    }


def test_words_about_sdks_are_about_requirements() -> None:
    about_sdks = {one.id for one in catalogue(edition()).values() if one.family in {"wire", "answers"}}
    assert OF_SDKS.keys() <= about_sdks
    assert all(words and words == words.strip() for words in OF_SDKS.values())
