"""Tests of the user's own, under pytest: each has a row in the report, and fails by what it expects."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from hypothesis.errors import Flaky

from conformance.errors import RunEndedError
from conformance.own.judged import JudgingError
from conformance.own.naming import requirements_of, said
from conformance.own.sending import Sending

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from conformance.campaign.campaign import Campaign
    from conformance.catalogue import Requirement
    from conformance.target import Role

KEY = pytest.StashKey["OwnTests"]()
FIXTURES = ("assistant", "conformance_target", "judging", "evidence")
"""The fixtures for anybody's tests."""
HOME = "conformance.pytest_fixtures"
"""The module that has them; it stands on this one."""
NAME = "conformance-own"
"""The name under which the plugin is registered."""
_REASON = 300  # characters


def sending_of(config: pytest.Config) -> Callable[[], Sending]:
    """Return what gives a fixture what the test that runs sends with."""
    return lambda: config.stash[KEY].sending


class OwnTests:
    """A plugin beside the run: it knows which tests are the user's own, and takes down what comes of them."""

    def __init__(
        self, config: pytest.Config, failing: Callable[[Iterable[str]], list[str]], counts: Callable[[str], bool]
    ) -> None:
        config.stash[KEY] = self
        self._failing = failing
        """Says what was found against requirements of the suite that count."""
        self._counts = counts
        """Says whether a failure of a test counts."""
        self.requirements: dict[pytest.Item, Requirement] = {}
        """Those that will run, with what each is about."""
        self._elsewhere: dict[pytest.Item, Requirement] = {}
        self._campaign: Campaign | None = None
        self._places: dict[pytest.Item, int] = {}
        self._sending: Sending | None = None
        self._stack = ExitStack()
        self._known: set[str] = set()
        """What was found before the test that runs."""
        self._broken: set[str] = set()
        self.broke: BaseException | None = None
        """What the target cannot be judged any more for."""

    # Collecting

    def find(self, items: Iterable[pytest.Item], role: Role) -> None:
        """Find the tests that have one of the public fixtures, or say what they are about.

        Raises :class:`~conformance.errors.UsageError` for what is wrong with their ids.
        """
        own = [item for item in items if isinstance(item, pytest.Function) and _is_own(item)]
        self.requirements = {item: one for item, one in requirements_of(own, role).items()}  # noqa: C416 - of any item

    def leave(self, items: Iterable[pytest.Item]) -> None:
        """Leave these to other shards; their rows stand in the report all the same."""
        self._elsewhere = {item: self.requirements.pop(item) for item in items if item in self.requirements}

    def about_of(self, item: pytest.Item) -> Requirement | None:
        """Return what a test of the user's own is about; ``None`` for any other."""
        return self.requirements.get(item) or self._elsewhere.get(item)

    @property
    def about(self) -> tuple[Requirement, ...]:
        """What all of them are about, in all shards."""
        every = sorted({**self.requirements, **self._elsewhere}.items(), key=lambda pair: pair[0].nodeid)
        return tuple({one.id: one for _, one in every}.values())

    def keep(self, items: Iterable[pytest.Item]) -> None:
        """Leave only those that are among these, in their order."""
        self.requirements = {item: self.requirements[item] for item in items if item in self.requirements}

    def __bool__(self) -> bool:
        return bool(self.requirements)

    # Running

    def start(self, campaign: Campaign) -> None:
        """Take what carries the scenarios out: from now on the tests can send."""
        self._campaign = campaign
        for item in sorted([*self.requirements, *self._elsewhere], key=lambda item: item.nodeid):
            elsewhere = self._elsewhere.get(item)
            id_ = self.requirements[item].id if elsewhere is None else elsewhere.id
            self._places[item] = campaign.expect(id_, elsewhere=elsewhere is not None)

    @property
    def sending(self) -> Sending:
        """What the test that runs sends with."""
        if self._sending is None:
            pytest.fail("this fixture is for tests, while they run", pytrace=False)
        return self._sending

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Have a test send."""
        if item not in self.requirements:
            return
        campaign = self._campaign
        if campaign is None:
            pytest.skip("untested: there is no target to judge")
        if campaign.is_known(self._places[item]):
            pytest.skip("judged before the run was interrupted")
        self._known = {one.id for one in campaign.context.evidence.found}
        spec = getattr(item, "callspec", None)
        label = "" if spec is None else str(spec.id)
        try:
            session, seen = self._stack.enter_context(campaign.lent(self._places[item]))
        except RunEndedError as ended:
            pytest.skip(f"untested: {ended}")
        self._broken = seen.broken

        def on_broken(error: BaseException) -> None:
            self.broke = self.broke or error
            item.session.shouldstop = "the run has ended"

        self._sending = Sending(session, self.requirements[item].id, label, on_broken)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Delete what the test has made; what it has met with in the suite's requirements is told here."""
        try:
            result = yield
        except Exception as error:
            if item in self.requirements and self._campaign is not None:
                told = _brief(f"teardown failed: {type(error).__name__}: {error}")
                self._campaign.context.evidence.note_error(self.requirements[item].id, told)
            raise
        finally:
            found = self._ended(item)
        if found:
            pytest.fail("\n\n".join(found), pytrace=False)
        return result

    def _ended(self, item: pytest.Item) -> list[str]:
        """End a test; return what was first found against requirements of the suite while it ran."""
        sending, self._sending = self._sending, None
        if self._campaign is None or item not in self._places:
            return []
        if sending is not None:
            sending.close()
        self._stack.close()
        self._campaign.done(self._places[item])
        return self._failing(self._broken - self._known) if sending is not None else []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Take down what came of a test."""
        report = yield
        requirement = self.requirements.get(item)
        if requirement is None or self._campaign is None or report.when == "teardown":
            return report
        evidence, id_ = self._campaign.context.evidence, requirement.id
        expected = getattr(report, "wasxfail", None)
        if expected is not None and report.skipped:
            evidence.note_expected(id_, f"it is marked as failing: {expected}".removesuffix(": "))
        elif report.skipped:
            evidence.note_without_evidence(id_, _skipped(report))
        elif report.failed:
            self._take_down(requirement, call, report)
        elif report.passed and report.when == "call":
            evidence.accept([id_])
        return report

    def _take_down(self, requirement: Requirement, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
        assert self._campaign is not None
        evidence, id_ = self._campaign.context.evidence, requirement.id
        error = _within(call.excinfo.value) if call.excinfo is not None else None
        told = _brief(f"{type(error).__name__}: {error}" if error is not None else str(report.longrepr))
        if isinstance(error, Flaky) or (isinstance(error, JudgingError) and error.is_flaky):
            evidence.note_flaky(id_, told)
        elif isinstance(error, JudgingError):
            evidence.break_(id_, error.finding)
        elif report.when == "call" and (error is None or isinstance(error, AssertionError | pytest.fail.Exception)):
            actual = _brief(str(error)) if error is not None and str(error) else told
            evidence.break_(id_, self.sending.last_finding(requirement.sentence, actual))
        else:
            evidence.note_error(id_, f"{report.when} failed: {told}" if report.when != "call" else told)
        if report.when == "call" and evidence.is_broken(id_) and not self._counts(id_):
            report.outcome = "skipped"
            report.wasxfail = f"{requirement.level} {id_}"


def _is_own(item: pytest.Function) -> bool:
    if said(item.function) is not None:
        return True
    known = item._fixtureinfo.name2fixturedefs
    used = (known[name][-1].func for name in FIXTURES if name in known)
    return any(function.__module__ == HOME for function in used)


def _within(error: BaseException) -> BaseException:
    """Return what a test failed by, the first where it failed by several things."""
    return _within(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


def _skipped(report: pytest.TestReport) -> str:
    told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return _brief(str(told).removeprefix("Skipped: ").removeprefix("untested: ")) or "skipped"


def _brief(text: str) -> str:
    return " ".join(text.split())[:_REASON]
