"""A sample of the fault matrix, at effort quick: the whole of it is a program of its own."""

from __future__ import annotations

import pytest

from conformance.reference.faults import faults
from tests.faults import matrix

FAULTS = (
    "overlooks-body-additional-properties",
    "name-null-ignored",
    "tools-empty-ignored",
    "temperature-ignored",
    "metadata-reset-when-omitted",
    "refused-and-stored",
    "deleted-brought-back",
    "error-flat",
    "wrong-key-let-in",
    "parallel-writes-torn",
    "broken-by-extreme-metadata-values-small",
    "broken-by-extreme-thresholds",
    "thirteenth-modify-of-the-first",
    "resources-before-tools-lost",
    "defaults-beside-model-and-tools",
    "new-metadata-of-all",
    "tidied-at-leisure",
    "list-without-emptied",
)
VARIANTS = (
    "the-reference",
    "metadata-replaced",
    "nulls-absent",
    "unprocessable",
    "keys-sorted-and-escaped",
    "extreme-numbers-refused",
    "list-pages-of-ten",
)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_caught_by_the_requirement_that_it_names(name: str) -> None:
    run = matrix.judge("fault", name, "quick", 0)
    assert faults()[name].requirement in run.findings


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_has_no_finding(name: str) -> None:
    run = matrix.judge("variant", name, "quick", 1)
    assert run.findings == {}
    assert run.verdict == "conformant"


def test_no_requirement_is_without_a_fault() -> None:
    assert matrix.without_fault() == []


def test_the_page_tells_what_was_missed() -> None:
    def run(kind: matrix.Kind, name: str, findings: dict[str, str]) -> matrix.Run:
        return matrix.Run(kind, name, 0, findings, {}, "non-conformant", 1.0, 10)

    missed = run("fault", "name-ignored", {"response.json": "x"})
    caught = run("fault", "name-null-ignored", {"roundtrip.name.null": "x"})
    page = matrix.page([missed, caught, run("variant", "metadata-replaced", {})], "quick", 1)
    assert "1 of 2 faults caught" in page
    assert f"2 of {len(faults())} faults judged; the others have no row" in page
    assert "| `roundtrip.name.stored` | **no** | **`response.json`** |" in page
    assert "| `roundtrip.name.null` | yes |  |" in page
    assert "| `metadata-replaced` | replaces metadata as a whole | none |" in page
