"""What a requirement says, where its tests stand and what they send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("id_", "told"),
    [
        ("roundtrip.name.null", ("test_values_null_and_empty", '{"name":null}', "name-null-ignored", "source: ")),
        ("response.status", ("every exchange of every test",)),
        ("wire.id", ("test_odd_ids", "docs/faults-sdk.md")),
    ],
)
def test_a_requirement_is_explained(command: Callable[..., Any], id_: str, told: tuple[str, ...]) -> None:
    ended = command("explain", id_)
    assert ended.code == 0
    assert [one for one in told if one not in ended.out] == []


def test_what_is_no_requirement_is_told_in_one_line(command: Callable[..., Any]) -> None:
    ended = command("explain", "xyz")
    assert (ended.code, ended.out) == (2, "")
    assert "conformance requirements" in ended.complaint
    assert "did you mean roundtrip.name.null?" in command("explain", "roundtrip.name.nul").complaint
    assert (
        "begin with it: conformance requirements --only roundtrip.name"
        in command("explain", "roundtrip.name").complaint
    )
