"""The words: one thing has one name, the field's own, in code, in messages and in what is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("strategies", "reports", "conformance")
WORDS = {
    r"(?<!grid-)backgrounds?(?!\s*[:;-])": "initial state",
    r"furnished": "initial state",
    r"recipes?": "setup",
    r"procedures?": "scenario",
    r"twins?": "control",
    r"excuse[sd]?": "permitted refusal",
    r"gr[ea]y(?!\s*[:;,#])": "permitted refusal",
    r"silences?": "unspecified behaviour",
    r"(to )?blame[sd]?": "attribution",
    r"(lay|lays|laid) to": "attribution",
    r"it came again": "confirmation",
    r"departures?": "difference",
    r"deeds?": "difference",
    r"deviations?": "difference",
    r"ledgers?": "evidence",
    r"credit(s|ed|ing)?": "evidence",
    r"spoilt": "malformed request",
    r"rubbish": "malformed request",
    r"patience": "budget",
    r"mend(s|ed|ing)?": "fix",
}
"""What is not said, and what is said instead."""
OTHERWISE = re.compile("|".join(rf"(?<![A-Za-z]){word}(?![A-Za-z])" for word in WORDS), re.IGNORECASE)
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

READ = [
    *(path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
]


@pytest.mark.parametrize("path", READ, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_thing_has_the_name_that_the_field_has_for_it(path: Path) -> None:
    text = path.read_text("utf-8")
    found = {
        f"{number}: {match.group()}"
        for number, line in enumerate(text.splitlines(), 1)
        for match in OTHERWISE.finditer(CAMEL.sub(" ", line))
    }
    assert found == set()


@pytest.mark.parametrize("name", ["Background", "_LEDGER", "find_recipe", "to blame", "a twin", "Deviations"])
def test_a_word_is_found_however_it_is_written(name: str) -> None:
    assert OTHERWISE.search(CAMEL.sub(" ", name))


@pytest.mark.parametrize("text", ["background: #fff", "indeed", "recommended", "accredited", "greyhound"])
def test_other_words_are_let_alone(text: str) -> None:
    assert not OTHERWISE.search(text)
