"""Evidence adds up: in whatever order and however it was shared out, the sum is the same."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from conformance.campaign.entries import KINDS_SEEN, TOLD_ONCE, Entry
from conformance.campaign.part import Part, added, whole
from conformance.campaign.sightings import Sightings
from conformance.sharding import part_of, written
from conformance.target import Description
from reports.model import Finding, OutcomeKind, Report, Row, Shown, Target, Verdict
from reports.serialise import from_json, to_json

counts = st.integers(0, 5)
few = st.text("ab", min_size=1, max_size=2)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    entry = Entry(draw(counts), draw(counts), draw(counts))
    for name in TOLD_ONCE:
        if draw(st.booleans()):
            text = draw(few)
            setattr(entry, name, Finding(text, text, text) if name == "finding" else text)
            entry.at[name] = draw(st.integers(0, 9))
    entry.observed = draw(st.dictionaries(few, st.integers(1, 9), max_size=4))
    sightings = Sightings()
    for place, value in draw(st.lists(st.tuples(few, few), max_size=6)):
        sightings.add(Shown(place, value, value))
    entry.sightings = sightings
    return entry


@st.composite
def parts(draw: st.DrawFn) -> Part:
    return Part(
        entries={"a": draw(entries()), "b": draw(entries())},
        effective=draw(st.booleans()),
        hidden=draw(st.sampled_from(("", "x", "y"))),
        left=draw(st.dictionaries(st.integers(0, 3), st.just(frozenset({"a"})), max_size=4)),
        requests=draw(counts),
        described=Description("http", draw(st.sampled_from(("one", "two")))),
        notes=tuple(draw(st.lists(few, max_size=2))),
        ended=draw(st.sampled_from(("", "x", "y"))),
    )


def told(part: Part) -> object:
    """Return everything that a report could tell of a part."""
    of_entries = {
        id_: (
            [getattr(one, name) for name in ("accepted", "refused", "broken", *TOLD_ONCE)],
            one.observed,
            sorted(map(repr, one.sightings.told()[0])),
            one.sightings.told()[1],
        )
        for id_, one in part.entries.items()
    }
    rest = (part.effective, part.hidden, dict(part.left), part.requests, part.described, set(part.notes), part.ended)
    return of_entries, rest


@given(st.lists(parts(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_does_not_matter(some: list[Part], random: object) -> None:
    shuffled = list(some)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert told(whole(shuffled)) == told(whole(some))


@given(parts(), parts(), parts())
def test_it_does_not_matter_who_adds_up_first(one: Part, two: Part, three: Part) -> None:
    assert told((one + two) + three) == told(one + (two + three))


@given(st.lists(entries(), min_size=1, max_size=4))
def test_counts_are_sums(some: list[Entry]) -> None:
    total = reduce(added, some)
    assert total.accepted == sum(one.accepted for one in some)
    assert total.refused == sum(one.refused for one in some)
    assert total.broken == sum(one.broken for one in some)
    assert sum(total.observed.values()) == sum(sum(one.observed.values()) for one in some)


def test_of_many_things_seen_the_rest_is_counted_together() -> None:
    many = Entry(observed={f"kind {number:02}": 1 for number in range(KINDS_SEEN)})
    more = Entry(observed={"kind 90": 2, "kind 91": 1})
    total = added(many, more)
    assert (len(total.observed), total.observed["more"]) == (KINDS_SEEN + 1, 3)


def test_a_scenario_is_left_out_when_nobody_carried_it_out() -> None:
    ids = frozenset({"a"})
    shared = {"entries": {"a": Entry()}, "effective": True, "hidden": "", "requests": 1}
    one = Part(left={0: ids, 2: ids}, described=Description("http", "x"), **shared)  # type: ignore[arg-type]
    two = Part(left={1: ids, 2: ids}, described=Description("http", "x"), **shared)  # type: ignore[arg-type]
    assert (one + two).left == {2: ids}
    assert (one + two).pending() == ids


def travelled(part: Part) -> Part:
    """Return what is left of a part that went through the report of a shard."""
    rows = tuple(
        Row(id_, "MUST", "prose", "s", "s", OutcomeKind.FAIL, finding=one.finding)
        for id_, one in part.entries.items()
        if one.finding is not None
    )
    shard = written(part, (1,), 2, plan="", complete=True)
    target = Target("http", part.described.spec)
    report = Report("1", "2025-03", "0" * 64, target, {}, "", "2026-01-01T00:00:00Z", 0, 0, rows, Verdict.INCONCLUSIVE)
    return part_of(from_json(to_json(replace(report, shard=shard))), part.entries)


@given(st.lists(parts(), min_size=1, max_size=3))
def test_what_went_through_reports_adds_up_to_the_same(some: list[Part]) -> None:
    bare = [replace(part, requests=0, notes=(), ended="") for part in some]
    assert told(whole([travelled(part) for part in bare])) == told(whole(bare))
