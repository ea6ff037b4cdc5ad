"""Each boundary breaks the constraint that it is of, by its own name, and no valid body breaks any."""

from __future__ import annotations

from strategies.boundaries import boundaries
from strategies.broken import constraints_broken
from strategies.editions import edition


def test_a_boundary_outside_breaks_its_constraint_alone() -> None:
    for boundary in boundaries(edition()):
        if boundary.side == "outside":
            broken = {one.keyword for one in constraints_broken(edition(), boundary.body)}
            beside = {"pattern"} if boundary.constraint.keyword == "minLength" else set()
            assert boundary.constraint in constraints_broken(edition(), boundary.body), boundary
            assert broken - beside <= {boundary.constraint.keyword}, boundary


def test_a_valid_body_breaks_nothing() -> None:
    for boundary in boundaries(edition()):
        if boundary.side == "inside":
            assert constraints_broken(edition(), boundary.body) == (), boundary


def test_several_constraints_are_all_named() -> None:
    body = {"name": 1, "tools": [{"type": "none"}], "unknown": 1}
    found = [one.id for one in constraints_broken(edition(), body)]
    assert found == ["body.additional_properties", "name.type", "tools.item.union"]
