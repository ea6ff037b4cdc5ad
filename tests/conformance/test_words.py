"""The words: one thing has one name, the field's own, in code, in messages and in what is read."""

from __future__ import annotations

import ast
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


STUMBLED_OVER = re.compile(
    r"(?<!there )\b(?:is|are|was) no (?!longer)[A-Za-z]+|\bno JSON\b|, no object\b|\bcome again\b|\banew\b|\bin whole\b"
    r"|\bbegins? so\b|\bnobody (?:here )?(?:had )?asked\b|\bpublished (?:type|envelope)\b"
)
"""What a reader of findings and messages once stumbled over."""
SHOWN = [
    *(
        path
        for room in ("judging", "suites", "campaign", "replay", "catalogue", "cli")
        for path in (ROOT / "conformance" / room).glob("*.py")
    ),
    *(ROOT / "reports").rglob("*.py"),
]


def literals(path: Path) -> list[str]:
    """Return the texts of a module of several words that are no docstrings; of a formatted one, its fixed parts."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    told = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and id(node) not in told)
    return [text for text in texts if isinstance(text, str) and " " in text]


def test_findings_and_messages_say_it_as_an_engineer_would() -> None:
    found = {f"{path.name}: {text}" for path in SHOWN for text in literals(path) if STUMBLED_OVER.search(text)}
    assert found == set()
