"""A sample of the fault matrix of SDKs, at effort quick: the whole of it is a program of its own."""

from __future__ import annotations

import pytest

from tests.faults import sdk_matrix
from tests.faults.sdk.faults import FAULTS, VARIANTS, Kind

SAMPLE = (
    ("drops-nulls", "sync"),
    ("drops-empty-tools", "async"),
    ("drops-zero-top-p-when-sync", "sync"),
    ("always-sends-model", "sync"),
    ("leaves-id-as-it-is", "async"),
    ("keeps-fields", "sync"),
    ("strips-text", "async"),
    ("clamps-temperature", "sync"),
    ("needs-tool-resources", "async"),
    ("knows-its-tools", "sync"),
    ("trips-over-html", "sync"),
    ("loses-code-when-async", "async"),
)
SOUND = (("as-it-is", "sync"), ("drops-zero-top-p-when-sync", "async"), ("validates-locally", "async"))


@pytest.mark.parametrize(("name", "kind"), SAMPLE)
def test_a_fault_is_caught_by_the_requirement_that_it_names_and_by_no_other(name: str, kind: Kind) -> None:
    run = sdk_matrix.judge(name, kind, "quick")
    assert not run.missed
    assert run.unexpected == []


@pytest.mark.parametrize(("name", "kind"), SOUND)
def test_a_sound_sdk_has_no_finding(name: str, kind: Kind) -> None:
    run = sdk_matrix.judge(name, kind, "quick")
    assert run.findings == {}
    assert run.verdict == "conformant", run.doubts


def test_no_requirement_is_without_a_fault() -> None:
    assert sdk_matrix.without_fault() == []
    assert len(FAULTS) >= 48
    assert len(VARIANTS) >= 8


def test_the_page_names_every_fault_and_says_what_was_missed() -> None:
    missed = sdk_matrix.Run("drops-nulls", "sync", {"wire.text": "x"}, {}, "conformant", 0.1, 5)
    sound = sdk_matrix.Run("as-it-is", "sync", {}, {}, "conformant", 0.1, 5)
    page = sdk_matrix.page([missed, sound], "quick")
    assert (
        "| `drops-nulls` | Leaves out every null, at any depth. | sync | `wire.null` | **no** | `wire.text` |" in page
    )
    assert "| `as-it-is` | The small SDK itself. | none |" in page
    assert "- 0 of 1 faulty clients caught" in page
