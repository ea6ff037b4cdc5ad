"""Tests of Hypothesis that send while it draws: the same for the same seed, and what failed first the next time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.errors import RunEndedError
from conformance.reference import Behaviour, Reference
from conformance.scenario import Scenario
from conformance.suites.drawn import drawing
from reports.model import OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from conformance.exchange import Request, Response
    from conformance.reference.rules import Rules, State
    from reports.model import Report
    from strategies.jsonvalues import JSON

ONLY = ("roundtrip.combinations", "validation.combinations")


class Noting(Reference):
    """The reference, which notes the bodies of modifies."""

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        super().__init__(behaviour=behaviour or Behaviour())
        self.bodies: list[bytes] = []

    def handle(self, request: Request) -> Response:
        if request.method == "POST" and request.path.startswith("/assistants/"):
            self.bodies.append(request.body)
        return super().handle(request)


@pytest.fixture
def profile() -> Iterator[None]:
    """Load a profile of the user's, and the former one after the test."""
    former = settings.get_current_profile_name()
    settings.register_profile("of_the_user", max_examples=7)
    settings.load_profile("of_the_user")
    yield
    settings.load_profile(former)


def sent(judge: Callable[..., Report], seed: int, **given: Any) -> list[bytes]:
    server = Noting()
    report = judge(server, **{"seed": seed, "only": ONLY, **given})
    assert [row.id for row in report.rows if row.outcome is OutcomeKind.FAIL] == []
    return server.bodies


def test_the_same_seed_sends_the_same_and_another_seed_others(judge: Callable[..., Report]) -> None:
    once = sent(judge, 3, effort="standard")
    assert sent(judge, 3, effort="standard") == once
    others = sent(judge, 4, effort="standard")
    assert len(set(others) - set(once)) > 100


def test_the_same_seed_gives_the_same_sequences_and_another_seed_others(judge: Callable[..., Report]) -> None:
    # Hypothesis takes constants from what is imported by then, and the first run of a process imports.
    asked: dict[str, Any] = {"only": ("sequences.any_order",), "effort": "standard"}
    sent(judge, 3, **asked)
    once = sent(judge, 3, **asked)
    assert sent(judge, 3, **asked) == once
    assert sent(judge, 4, **asked) != once


@pytest.mark.usefixtures("profile")
def test_a_profile_says_how_many_examples_there_are(judge: Callable[..., Report]) -> None:
    few = len(sent(judge, 3, effort="standard"))
    settings.load_profile("default")
    assert few < len(sent(judge, 3, effort="standard")) - 150


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_nothing_is_kept_where_nothing_failed(judge: Callable[..., Report], tmp_path: Path) -> None:
    sent(judge, 0)
    assert not (tmp_path / "examples").exists()


class LosesTopP(Behaviour):
    """Loses top_p beside a temperature that only drawn bodies have beside it."""

    def apply(self, rules: Rules, stored: State, sent: Mapping[str, JSON]) -> State:
        state = super().apply(rules, stored, sent)
        if sent.get("temperature") == 1.5 and "top_p" in sent and sent["top_p"] is not None:
            return {**state, "top_p": stored["top_p"]}
        return state


def test_what_failed_comes_first_the_next_time_until_it_fails_no_more(
    judge: Callable[..., Report], tmp_path: Path
) -> None:
    broken = Noting(LosesTopP())
    report = judge(broken, only=ONLY, effort="standard")
    assert [row.id for row in report.rows if row.outcome is OutcomeKind.FAIL] == ["roundtrip.combinations"]
    (finding,) = (row.finding for row in report.rows if row.finding is not None)
    act = next(step for step in finding.steps if step.role == "act")
    assert act.request is not None
    assert json.loads(act.request.body.data).keys() == {"temperature", "top_p"}
    folder = tmp_path / "examples"
    assert kept(folder)
    again = Noting(LosesTopP())
    report = judge(again, only=ONLY, effort="quick", seed=99)
    assert [row.id for row in report.rows if row.outcome is OutcomeKind.FAIL] == ["roundtrip.combinations"]
    assert kept(folder)
    sent(judge, 0)
    assert sent(judge, 0) == sent(judge, 0)


def test_a_folder_that_cannot_be_made_is_no_error(judge: Callable[..., Report], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    report = judge(Noting(LosesTopP()), only=ONLY, effort="standard", memory=str(tmp_path / "file" / "examples"))
    assert [row.id for row in report.rows if row.outcome is OutcomeKind.FAIL] == ["roundtrip.combinations"]


def test_what_hypothesis_offers_under_pytest_holds_for_them(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly", "--pyargs", "conformance.suites"]
    command += ["-k", "test_drawn_bodies", "--conformance-effort=quick"]
    command += ["--hypothesis-show-statistics", "--hypothesis-seed=5", "--hypothesis-verbosity=verbose", "-s"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_drawn_bodies[roundtrip.combinations]:" in done.stdout
    assert "Stopped because settings.max_examples=2" in done.stdout
    assert "Test case: test_drawn_bodies(" in done.stdout
    assert json.loads((tmp_path / "conformance-report" / "report.json").read_text())["settings"]["seed"] == 5


def test_what_ends_the_run_is_no_matter_of_hypothesis() -> None:
    """The examples after it draw nothing, and that is told as the end of the run, not as a failing of a test."""
    count = 0

    @drawing
    @given(data=st.data())
    def body(session: object, scenario: object, data: st.DataObject) -> None:
        nonlocal count
        data.draw(st.lists(st.integers()))
        count += 1
        if count == 2:
            raise RunEndedError("the end")

    with pytest.raises(RunEndedError, match="the end"):
        body(session=None, scenario=Scenario("a.b", examples=20, seed=1))
    assert count == 2
