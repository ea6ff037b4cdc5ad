"""The pytest side of a run: the target made ready before the first test of the suites, the report after the last."""

from __future__ import annotations

import pickle
import time
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

import pytest

from conformance import interrupts, pytest_fixtures
from conformance.baseline import Baseline, load
from conformance.campaign.part import whole
from conformance.catalogue import catalogue
from conformance.errors import ConformanceError, RunEndedError, UsageError
from conformance.exits import INTERRUPTED
from conformance.fitting import scenarios_of
from conformance.journaling import with_earlier
from conformance.own.running import NAME, OwnTests
from conformance.plugin import RUN
from conformance.pytest_directory import Directory, worker_of
from conformance.pytest_failures import expected_text, failure_text
from conformance.pytest_meanwhile import Meanwhile, Saying
from conformance.pytest_modules import Modules
from conformance.pytest_options import called, said, settings_of
from conformance.pytest_parts import ahead_of
from conformance.run import Run, edition_of, scope_of
from conformance.scenario import Scenario, Scope, is_declared, names_of
from conformance.settings import Settings, select
from conformance.sharding import digest, divided, shard_of
from conformance.suites.plan import chosen, first, plan
from conformance.targets.endings import is_time_limit
from conformance.targets.resolve import role_of
from reports.model import OutcomeKind
from reports.reading import broken_outside
from reports.write import write

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterable, Mapping

    from conformance.campaign.campaign import Campaign
    from conformance.campaign.entries import Seen
    from conformance.campaign.part import Part
    from conformance.campaign.progress import Progress
    from conformance.catalogue import Requirement
    from conformance.target import Role
    from reports.model import Report, Row

KEY = pytest.StashKey["PytestRun"]()
_SEVERAL, _FEW = 10, 2
"""What a test that sends as it goes on weighs among those that have their cases counted, and one of the user's own."""
OUTPUT = "conformance"
"""Where a process of pytest-xdist leaves what it has seen."""
FAILED = "conformance-failed"
"""Where it leaves why it had nothing to judge, and the exit code."""


def run_of(config: pytest.Config) -> PytestRun:
    """Return the run of a pytest session, made at its first use."""
    run = config.stash.get(KEY, None)
    if run is None:
        run = config.stash[KEY] = PytestRun(config)
        config.pluginmanager.register(run, RUN)
        config.pluginmanager.register(run.own, NAME)
        config.pluginmanager.register(Saying(run.progress) if worker_of(config) else Meanwhile(run.tell))
        config.pluginmanager.register(Modules(role_of(run.settings.target)))
        config.pluginmanager.register(pytest_fixtures)
    return run


class PytestRun:
    """A plugin that is there only in sessions that run the suites."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.settings = Settings()
        self._catalogue: Mapping[str, Requirement] = {}
        self._selected: tuple[str, ...] = ()
        self._scope: Scope | None = None
        self._shard = (1, 1)
        self._baseline = Baseline()
        self._wrong: ConformanceError | None = None
        """What is wrong with the options. While tests are collected nobody would see it, so it is told after."""
        try:
            self.settings = settings_of(config)
            self._catalogue = catalogue(edition_of(self.settings))
            self._scope = scope_of(self.settings)
            self._shard = shard_of(self.settings.shard)
            if self.settings.baseline is not None:
                self._baseline = load(Path(self.settings.baseline))
        except ConformanceError as error:
            self._wrong = error
        self.own = OwnTests(config, self._found_meanwhile, self._counts)
        """The tests of the user's own."""
        self._run: Run | None = None
        self._campaign: Campaign | None = None
        self._parts: list[Part] = []
        """What the processes of a run by pytest-xdist have seen."""
        self._begun = time.monotonic()
        self._failed: list[tuple[str, int]] = []
        """Why processes had nothing to judge, each with its exit code."""
        self._directory = Directory(config, self.settings)
        self._coming: dict[pytest.Item, Scenario] = {}
        """The scenarios of the tests that have not been carried out, in their order."""
        self._plan = ""
        """What tells the same tests, shared out alike, from others."""
        self._elsewhere: dict[pytest.Item, Scenario] = {}
        """Those that other shards carry out."""
        self._served_elsewhere: tuple[str, ...] = ()
        self._broke: BaseException | None = None
        """What the run broke off with."""
        self._exit_code: int | None = None
        self.report: Report | None = None
        self.written: dict[str, Path] = {}

    # Collecting

    def generate(self, metafunc: pytest.Metafunc) -> None:
        """Have a test run once for each of its scenarios."""
        if "scenario" in metafunc.fixturenames and is_declared(metafunc.function):
            found = self._scenarios(metafunc.function)
            metafunc.parametrize("scenario", found, ids=names_of(found))

    def _scenarios(self, test: Callable[..., None]) -> tuple[Scenario, ...]:
        return () if self._scope is None else scenarios_of(test, self._scope)

    def choose(self, items: list[pytest.Item]) -> None:
        """Leave out what is not for the target or for what was selected; order what is left, unless it is shuffled."""
        own = self._select(items)
        of_suites = {item: one for item in items if (one := self._scenario_of(item)) is not None}
        wanted = chosen(tuple(of_suites.values()), self._role, self._selected, scarce=self.settings.is_scarce)
        place = {id(one): float(number) for number, one in enumerate(wanted)}
        left_out = [item for item in items if _is_of_suites(item) and id(of_suites.get(item)) not in place]
        left_out += [item for item in own if item not in self.own.requirements]
        for item in left_out:
            items.remove(item)
        if not self._config.pluginmanager.has_plugin("randomly"):
            behind = sum(one.always for one in wanted) - 0.5  # without these nothing else has a meaning
            place |= {id(item): behind for item in self.own.requirements}
            items.sort(key=lambda item: place.get(id(of_suites.get(item, item)), -1))
        self._coming = {item: of_suites[item] for item in items if item in of_suites}

    @property
    def _role(self) -> Role:
        return role_of(self.settings.target)

    def _select(self, items: list[pytest.Item]) -> list[pytest.Item]:
        """Find the tests of the user's own, and select among all; return those that were found."""
        found: list[pytest.Item] = []
        if self._wrong is not None:
            return found
        try:
            self.own.find((item for item in items if not _is_of_suites(item)), self._role)
            found = list(self.own.requirements)
            ids = dict.fromkeys(one.id for one in self.own.requirements.values())
            selected = set(select([*self._catalogue, *ids], self.settings.only, self.settings.skip))
        except ConformanceError as error:
            self._wrong = error
            return found
        self._selected = tuple(id_ for id_ in self._catalogue if id_ in selected)
        self.own.keep(item for item in found if self.own.requirements[item].id in selected)
        return found

    def _scenario_of(self, item: pytest.Item) -> Scenario | None:
        if not isinstance(item, pytest.Function) or not _is_of_suites(item):
            return None
        spec = getattr(item, "callspec", None)
        if spec is None:
            return next(iter(self._scenarios(item.function)), None)
        found = spec.params.get("scenario")
        return found if isinstance(found, Scenario) else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave to other shards what is theirs, of what -k and -m have left; what must run always runs in each."""
        number, count = self._shard
        if count == 1 or self._wrong is not None:
            return
        weights = {
            self._name(item): len(self._coming[item].cases) or _SEVERAL if item in self._coming else _FEW
            for item in items
            if item in self.own.requirements or (item in self._coming and not self._coming[item].always)
        }
        if len(weights) < count:
            told = f"there are {count} shards, and {len(weights)} tests to share out"
            self._wrong = UsageError(told, "take fewer shards")
            return
        shards = divided(weights, count)
        self._plan = digest(weights)
        theirs = [item for item in items if shards.get(self._name(item), number) != number]
        self.own.leave(theirs)
        self._elsewhere = {item: self._coming.pop(item) for item in theirs if item in self._coming}
        for item in theirs:
            items.remove(item)

    def _name(self, item: pytest.Item) -> str:
        """Return what a test is called wherever it is run: by file or requirement, and what it is parametrised with."""
        own = self.own.about_of(item)
        return f"{item.path.name}::{item.name}" if own is None else f"{own.id} {item.name}"

    # Running

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Have the target ready while the tests run."""
        collecting = self._config.option.collectonly
        if self._wrong is not None:
            self._leave(self._wrong)
        self._coming = {
            item: self._coming[item] for item in session.items if item in self._coming
        }  # after -k, -m, --lf
        self.own.keep(session.items)
        if collecting or not (self._coming or self.own) or self._wrong is not None:
            with nullcontext() if collecting or self._worker else self._directory.watching():
                return (yield)
        if self._worker and self.settings.assistant_id is not None:
            self._leave(UsageError("one assistant cannot be modified by several processes at once", "leave out -n"))
            return (yield)
        self._run = Run(
            self.settings,
            self._served(),
            self.tell,
            self._baseline,
            own=self.own.about,
            plan=self._plan,
            command=called(self._config) if self.own else "",
            light=self._worker not in {"", "gw0"},
            processes=int(getattr(self._config, "workerinput", {}).get("workercount", 1)),
            keeping=self._directory.keeping(),
        )
        stopped: BaseException | None = None
        result: object = None
        begun = False
        try:
            with self._run.going_on():
                try:
                    self._begin(self._run)
                    begun = True
                    result = yield
                except (session.Failed, session.Interrupted, pytest.exit.Exception) as error:
                    stopped = error  # by -x, --maxfail or a plugin
                except BaseException:
                    self._run.context.end("the run was interrupted")
                    raise
                finally:
                    self._end()
                for broke in filter(None, (self._broke, self.own.broke)):
                    raise broke
        except ConformanceError as error:
            self._leave(error)
        if not begun:
            return (yield)  # a process of several, which is given its tests all the same, and skips them
        self._hand_over(self._run)
        if stopped is not None:
            raise stopped
        return result

    def _served(self) -> list[str]:
        """Return what is judged: what was selected, or of that what the tests are about that were chosen by name."""
        coming = {**self._coming, **self._elsewhere}
        if not coming:
            return []
        every = self._scope is not None and len(coming) == len(plan(*self._scope.parts, self._role, self._selected))
        if every:
            return list(self._selected)
        served = {id_ for one in coming.values() for id_ in one.ids}
        return [id_ for id_ in self._selected if id_ in served]

    def _begin(self, run: Run) -> None:
        """Make the scenarios anew for what was learnt of the target, and get it ready."""
        scope = Scope(run.context.contract, run.context.model, self.settings.effort, self.settings.seed)
        made: dict[Callable[..., None], dict[str, Scenario]] = {}
        every = {**self._coming, **self._elsewhere}
        for item in every:
            test = cast("pytest.Function", item).function
            if test not in made:
                found = scenarios_of(test, scope)
                made[test] = dict(zip(names_of(found), found, strict=True))
        actual: dict[pytest.Item, Scenario] = {}
        for item in every:
            spec = getattr(item, "callspec", None)
            found_ = made[cast("pytest.Function", item).function]
            one = next(iter(found_.values()), None) if spec is None else found_.get(spec.id)
            if one is not None:
                actual[item] = one
        self._coming = {item: one for item, one in actual.items() if item in self._coming}
        elsewhere = [one for item, one in actual.items() if item in self._elsewhere]
        # In whatever order they are carried out, and by whomever, each has the same place.
        order = sorted(actual, key=lambda item: (not actual[item].always, actual[item].tier, self._name(item)))
        if self._config.getoption("maxfail", 0) == 1:
            run.context.is_enough = lambda: bool(self._failing(run, {one.id for one in run.evidence.found})[0])
        self._campaign = run.campaign([actual[item] for item in order], elsewhere)
        self._campaign.begin()
        self.own.start(self._campaign)
        if self.own and not any(one.always for one in self._coming.values()):
            with suppress(RunEndedError):  # each test will say so
                for one in first(scope, self._role):
                    self._campaign.carry_out(one)

    def _end(self) -> None:
        if self._campaign is not None:
            self._campaign.end(alone=not self._worker)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> object | None:
        """Carry out a test of the suites; it fails by what was found while it sent."""
        if not _is_of_suites(pyfuncitem):
            return None
        __tracebackhide__ = True
        scenario = self._coming.pop(pyfuncitem, None)
        if self._campaign is None or self._run is None or scenario is None:
            pytest.skip("this target never triggers it")
        try:
            seen = self._campaign.carry_out(scenario, ahead_of(self._config, pyfuncitem, self._coming))
        except RunEndedError as error:
            pytest.skip(f"untested: {error}")
        except KeyboardInterrupt:
            raise
        except pytest.fail.Exception as error:
            if not is_time_limit(error):
                return self._break_off(pyfuncitem, error)
            for id_ in {scenario.requirement, *scenario.serves}:
                self._run.evidence.note_error(id_, f"its test was stopped by pytest-timeout: {error}"[:300])
            raise
        except BaseException as error:  # noqa: BLE001 - whatever code under test raises, it is not for pytest to judge
            return self._break_off(pyfuncitem, error)
        self._judge(self._run, scenario, seen)
        return True

    def _break_off(self, item: pytest.Function, error: BaseException) -> NoReturn:
        """End the session by the run's own code."""
        self._broke = error
        assert self._run is not None
        self._run.context.end("the run was interrupted")
        item.session.shouldstop = "the run has ended"
        pytest.skip("the run ended here")

    def _judge(self, run: Run, scenario: Scenario, seen: Seen) -> None:
        __tracebackhide__ = True
        counts, others = self._failing(run, seen.broken)
        if counts:
            pytest.fail("\n\n".join(map(failure_text, counts)), pytrace=False)
        if others:
            pytest.xfail("\n\n".join(map(expected_text, others)))
        ids = {scenario.requirement, *scenario.serves}
        own = run.waived(run.evidence.row(id_) for id_ in self._catalogue if id_ in ids)
        errors = [row for row in own if row.outcome is OutcomeKind.ERROR]
        if errors:
            pytest.fail("\n".join(f"{row.id}: {row.reason}" for row in errors), pytrace=False)
        if not seen.touched:
            told = next((f"{row.outcome.value}: {row.reason}" for row in own if row.reason), "it gave no evidence")
            pytest.skip(told)

    def _failing(self, run: Run, broken: Collection[str]) -> tuple[list[Row], list[Row]]:
        """Return the rows of what is broken and selected: those by which a test fails, and those that are expected."""
        if not broken:
            return [], []
        ids = [id_ for id_ in self._catalogue if id_ in broken and run.evidence.is_selected(id_)]
        rows = [
            row
            for row in run.waived(map(run.evidence.row, ids))
            if row.outcome in {OutcomeKind.FAIL, OutcomeKind.WAIVED}
        ]
        counts = [row for row in rows if row.outcome is OutcomeKind.FAIL and row.level in self._judged]
        return counts, [row for row in rows if row not in counts]

    def _found_meanwhile(self, ids: Iterable[str]) -> list[str]:
        """Say what a test of the user's own found against requirements of the suite, selected or not, that count."""
        if self._run is None:
            return []
        broken = [self._run.evidence.row(id_) for id_ in self._catalogue if id_ in set(ids)]
        failed = (row for row in self._run.waived(broken) if row.outcome is OutcomeKind.FAIL)
        return [f"{row.id}\n{failure_text(row)}" for row in failed if row.level in self._judged]

    def _counts(self, id_: str) -> bool:
        """Return whether it counts that a test of the user's own has failed."""
        if self._run is None:
            return True
        row = next(iter(self._run.waived([self._run.evidence.row(id_)])))
        return row.outcome is not OutcomeKind.WAIVED and row.level in self._judged

    @property
    def _judged(self) -> set[str]:
        return {"MUST", "SHOULD"} if self.settings.fail_on == "should" else {"MUST"}

    @property
    def _worker(self) -> str:
        """The name of this process among those of pytest-xdist; empty where there is one only."""
        return worker_of(self._config)

    def _hand_over(self, run: Run) -> None:
        """Leave what was seen to the process that writes the report."""
        part = run.part()
        if self._worker and part is not None:
            self._config.workeroutput[OUTPUT] = pickle.dumps((part, tuple(run.selected)))  # type: ignore[attr-defined]

    def take(self, output: Mapping[str, object]) -> None:
        """Take over what a process has left here at its end."""
        if isinstance(seen := output.get(OUTPUT), bytes):
            part, selected = pickle.loads(seen)  # noqa: S301 - written by a process of this very run
            self._parts.append(part)
            self._served_elsewhere = selected
        if isinstance(failed := output.get(FAILED), tuple):
            self._failed.append(cast("tuple[str, int]", failed))

    def _leave(self, error: ConformanceError) -> None:
        """End the session; of several processes each goes on, since its tests are known elsewhere, and skips them."""
        self._exit_code = error.exit_code
        if self._worker:
            self._config.workeroutput[FAILED] = (said(error, self._config), error.exit_code)  # type: ignore[attr-defined]
            return
        pytest.exit(said(error, self._config), returncode=error.exit_code)

    def progress(self) -> Progress | None:
        """Return how far this process is."""
        return None if self._campaign is None else self._campaign.progress()

    def tell(self, progress: object) -> None:
        """Tell plugins how far the run is."""
        self._config.hook.pytest_conformance_progress(progress=progress)

    def pytest_keyboard_interrupt(self) -> None:
        """Write what other processes have judged by now, where they carry the tests out."""
        if self._directory.interrupted and (report := self._directory.report_at_last(self._config)) is not None:
            self.report = report
            self._write()
            self._config.hook.pytest_conformance_report(report=report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the report, and let the verdict decide the exit code."""
        if self._worker:
            return
        if self._directory.interrupted:  # the report is written, before others were given time to end
            session.exitstatus = cast("pytest.ExitCode", INTERRUPTED)
            return
        if self._parts:
            seen, keeping = whole(self._parts), self._directory.keeping()
            if keeping.before is not None:
                seen = with_earlier(seen, keeping.before)
            words = (self.settings, self._served_elsewhere, self.tell, self._baseline)
            self._run = Run(*words, command=called(self._config) if seen.own else "", keeping=keeping)
            self._run.take(seen, begun=self._begun)
        for told, code in dict.fromkeys(self._failed):
            self._exit_code = code
            self._say((told,))
        self.report = self._run.report() if self._run is not None else None
        if self._run is None or self.report is None:
            if self._exit_code is not None:
                session.exitstatus = self._exit_code
            return
        self._write()
        given = None if self._run.interrupted else self._exit_code
        code = self._run.exit_code(self.report) if given is None else given
        # A test of the user's own may have failed, or the session have been cut short, where the target is conformant.
        session.exitstatus = cast("pytest.ExitCode", code or session.exitstatus)
        self._config.hook.pytest_conformance_report(report=self.report)
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None and (told := broken_outside(self.report)):
            reporter.ensure_newline()
            reporter.write_line(told, red=True)  # no test of the selection fails by it
        if complaints := tuple(complaint.text for complaint in self._run.complaints()):
            self._say(complaints)

    def pytest_unconfigure(self) -> None:
        """Give signals back to whoever comes after the session."""
        self._directory.release()
        interrupts.let_go()

    def _write(self) -> None:
        from reports.errors import ReportError  # noqa: PLC0415

        if self.report is None:
            return
        try:
            self.written = write(self.report, self._directory.path)
        except ReportError as error:
            self._exit_code = 2
            self._say((str(error),))

    def _say(self, lines: tuple[str, ...]) -> None:
        self._config.hook.pytest_conformance_complaints(complaints=lines)
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            for line in lines:
                reporter.write_line(line, red=True)


def _is_of_suites(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and is_declared(item.function)
