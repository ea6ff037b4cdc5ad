"""The pytest side of a run: tests made from the catalogue, the campaign before the first of them, the report after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import pytest

from conformance import pytest_fixtures
from conformance.baseline import Baseline, load
from conformance.catalogue import catalogue
from conformance.errors import ConformanceError, UsageError
from conformance.plugin import RUN
from conformance.run import Run, edition_of
from conformance.settings import Settings, pairs, select
from reports.model import OutcomeKind
from reports.reading import broken_outside
from reports.write import set_aside, write

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from conformance.catalogue import Requirement
    from reports.model import Report, Row

KEY = pytest.StashKey["PytestRun"]()


def run_of(config: pytest.Config) -> PytestRun:
    """Return the run of a pytest session, made at its first use."""
    run = config.stash.get(KEY, None)
    if run is None:
        run = config.stash[KEY] = PytestRun(config)
        config.pluginmanager.register(run, RUN)
        config.pluginmanager.register(pytest_fixtures)
    return run


def settings_of(config: pytest.Config) -> Settings:
    """Read the settings from pytest's options.

    Raises :class:`UsageError` for a header or query parameter that is not ``NAME=VALUE``.
    """
    given: dict[str, Any] = {}
    plain = ("target", "edition", "effort", "seed", "fail_on", "timeout", "time", "report_dir", "api_key_env")
    for name in (*plain, "other_api_key_env", "assistant_id", "model", "baseline"):
        given[name] = config.getoption(f"conformance_{name}")
    given["only"] = tuple(config.getoption("conformance_only") or ())
    given["skip"] = tuple(config.getoption("conformance_skip") or ())
    given["adapter_env"] = tuple(config.getoption("conformance_adapter_env") or ())
    given["file_ids"] = tuple(config.getoption("conformance_file_id") or ())
    given["vector_store_ids"] = tuple(config.getoption("conformance_vector_store_id") or ())
    given["headers"] = pairs("header", config.getoption("conformance_header") or ())
    given["query"] = pairs("query parameter", config.getoption("conformance_query") or ())
    given["beta"] = not config.getoption("conformance_no_beta")
    return Settings(**{name: value for name, value in given.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Judged:
    """What the tests of the suites ask."""

    run: Run

    def check(self, requirement: str) -> None:
        """Pass, fail or skip the calling test by what the evidence on a requirement amounts to."""
        __tracebackhide__ = True
        row = next(row for row in self.run.rows() if row.id == requirement)
        match row.outcome:
            case OutcomeKind.PASS:
                return
            case OutcomeKind.FAIL if row.level == "MUST" or self.run.settings.fail_on == "should":
                pytest.fail(_failure(row), pytrace=False)
            case OutcomeKind.FAIL:
                pytest.xfail(_failure(row))
            case OutcomeKind.WAIVED:
                pytest.xfail(f"waived: {row.reason}")
            case OutcomeKind.ERROR:
                pytest.fail(f"{row.id}: {row.reason}", pytrace=False)
            case _:
                pytest.skip(f"{row.outcome.value}: {row.reason}")


def _failure(row: Row) -> str:
    found = row.finding
    if found is None:
        return row.sentence
    lines = [f"{row.level} {row.sentence}", f"source:   {row.source}", f"case:     {found.case}"]
    lines += [f"expected: {found.expected}", f"actual:   {found.actual}"]
    if found.curl:
        lines += ["", found.curl]
    return "\n".join(lines)


class PytestRun:
    """A plugin that is there only in sessions that run the suites."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.settings = Settings()
        self._catalogue: Mapping[str, Requirement] = {}
        self._selected: set[str] = set()
        self._baseline = Baseline()
        self._wrong: ConformanceError | None = None
        """What is wrong with the options. While tests are collected nobody would see it, so it is told after."""
        try:
            self.settings = settings_of(config)
            self._catalogue = catalogue(edition_of(self.settings))
            self._selected = set(select(self._catalogue, self.settings.only, self.settings.skip))
            if self.settings.baseline is not None:
                self._baseline = load(Path(self.settings.baseline))
        except ConformanceError as error:
            self._wrong = error
        self._run: Run | None = None
        self._exit_code: int | None = None
        self.report: Report | None = None
        self.written: dict[str, Path] = {}

    def generate(self, metafunc: pytest.Metafunc) -> None:
        """Make one test for each selected requirement of the suite's family."""
        family = metafunc.module.__name__.rsplit("test_", 1)[-1]
        metafunc.parametrize("requirement", [id_ for id_ in self._selected_in_order() if id_.split(".")[0] == family])

    def _selected_in_order(self) -> list[str]:
        return [id_ for id_ in self._catalogue if id_ in self._selected]

    def choose(self, items: list[pytest.Item]) -> None:
        """Put the tests in the order of the catalogue; a family without a selected requirement has none."""
        place = {id_: index for index, id_ in enumerate(self._catalogue)}
        empty = [
            item for item in items if _requirement(item) is None and "requirement" in getattr(item, "fixturenames", ())
        ]
        for item in empty:
            items.remove(item)
        items.sort(key=lambda item: place.get(_requirement(item) or "", -1))

    def judged(self) -> Judged:
        """Return what the campaign found."""
        if self._run is None:
            raise RuntimeError("the suites were collected, but the campaign has not run")
        return Judged(self._run)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Carry out the campaign before the first test."""
        collecting = self._config.option.collectonly
        if not collecting:
            self._set_aside()
        if self._wrong is not None:
            self._leave(self._wrong)
        chosen = [id_ for item in session.items if (id_ := _requirement(item)) is not None]
        if chosen and not collecting:
            if getattr(self._config, "workerinput", None) is not None:
                pytest.exit("the suites run in one process: leave out -n", returncode=2)
            self._run = Run(self.settings, chosen, self._tell, self._baseline)
            try:
                self._run.carry_out()
            except ConformanceError as error:
                self._leave(error)
        return (yield)

    def _set_aside(self) -> None:
        from reports.errors import ReportError  # noqa: PLC0415

        try:
            set_aside(Path(self._config.getoption("conformance_report_dir") or self.settings.report_dir))
        except ReportError as error:
            self._wrong = self._wrong or UsageError(str(error), "choose another directory for the reports")

    def _leave(self, error: ConformanceError) -> NoReturn:
        self._exit_code = error.exit_code
        pytest.exit(str(error), returncode=error.exit_code)

    def _tell(self, progress: object) -> None:
        self._config.hook.pytest_conformance_progress(progress=progress)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the report, and let the verdict decide the exit code."""
        self.report = self._run.report() if self._run is not None else None
        if self._run is None or self.report is None:
            if self._exit_code is not None:
                session.exitstatus = self._exit_code
            return
        self._write()
        code = self._run.exit_code(self.report)
        if self._exit_code is not None and not self._run.interrupted:
            code = self._exit_code
        session.exitstatus = cast("pytest.ExitCode", code)
        self._config.hook.pytest_conformance_report(report=self.report)
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None and (told := broken_outside(self.report)):
            reporter.ensure_newline()
            reporter.write_line(told, red=True)  # no test of the selection fails by it
        if complaints := tuple(complaint.text for complaint in self._run.complaints()):
            self._say(complaints)

    def _write(self) -> None:
        from reports.errors import ReportError  # noqa: PLC0415

        if self.report is None:
            return
        try:
            self.written = write(self.report, Path(self.settings.report_dir))
        except ReportError as error:
            self._exit_code = 2
            self._say((str(error),))

    def _say(self, lines: tuple[str, ...]) -> None:
        self._config.hook.pytest_conformance_complaints(complaints=lines)
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            for line in lines:
                reporter.write_line(line, red=True)


def _requirement(item: pytest.Item) -> str | None:
    spec = getattr(item, "callspec", None)
    value = spec.params.get("requirement") if spec is not None else None
    return value if isinstance(value, str) else None
