"""One run, whole: target resolved and probed, scenarios carried out, report assembled."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING, NoReturn

from conformance import baseline as baselines
from conformance import interrupts, journaling
from conformance.assembling import assembled, not_selected
from conformance.budget import Budget
from conformance.campaign.campaign import Campaign
from conformance.campaign.context import Context
from conformance.campaign.coverage import Coverage
from conformance.campaign.evidence import Evidence
from conformance.campaign.journal import Made
from conformance.campaign.memory import Memory
from conformance.campaign.part import Part
from conformance.campaign.restore import RESTORING, Restorer
from conformance.catalogue import catalogue
from conformance.child.heap import give_back
from conformance.commandline import command_of
from conformance.editions import edition_called
from conformance.errors import ConformanceError, RunEndedError, TargetUnusableError
from conformance.exits import INTERRUPTED, STALE_BASELINE, exit_code
from conformance.keys import keys_of, manner_of, passed, secrets_of
from conformance.scenario import Scope
from conformance.settings import usual_memory
from conformance.states import plain_fitted
from conformance.suites.endless import FIRST, opening, rounds
from conformance.suites.plan import plan
from conformance.targets import certificates
from conformance.targets.endings import ended
from conformance.targets.probe import probe
from conformance.targets.resolve import TargetOptions, resolve, role_of
from conformance.tokens import token_command
from reports.evidence import OTHER_KEY_VARIABLE
from reports.model import IN_ANOTHER_SHARD, NOT_SELECTED, Verdict
from reports.reading import is_clean_shard
from reports.redacted import redacted
from strategies.contract import Contract
from strategies.permissions import known_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from conformance.campaign.journal import Journal
    from conformance.campaign.progress import Progress
    from conformance.catalogue import Requirement
    from conformance.keys import Keys
    from conformance.scenario import Scenario
    from conformance.settings import Settings
    from conformance.target import Target
    from conformance.targets.secrets import Secrets
    from reports.model import Report, Row
    from strategies.editions import Edition


def edition_of(settings: Settings) -> Edition:
    """Return the edition that was asked for; raises :class:`UsageError`, one line, where it cannot be had."""
    return edition_called(settings.edition)


def scope_of(settings: Settings) -> Scope:
    """Return what scenarios are made for before anything is known of the target but what the user says."""
    the_edition = edition_of(settings)
    known = known_ids(the_edition, settings.file_ids, settings.vector_store_ids)
    model = settings.model or min(known.models)
    contract = Contract(the_edition, replace(known, models=frozenset({model})))
    return Scope(contract, model, settings.effort, settings.seed)


@dataclass
class Run:
    """A run in progress; :meth:`carry_out` and then :meth:`report`."""

    settings: Settings
    selected: Sequence[str]
    on_progress: Callable[[Progress], None] = lambda progress: None
    baseline: baselines.Baseline = field(default_factory=baselines.Baseline)
    """The expected failures."""
    _started: datetime = field(default_factory=lambda: datetime.now(UTC))
    _begun: float = field(default_factory=time.monotonic)
    _target: Target | None = None
    _context: Context | None = None
    _campaign: Campaign | None = None
    _whole: Part | None = None
    """What other processes have seen."""
    _merged: Evidence | None = None
    own: tuple[Requirement, ...] = ()
    """The requirements of the user's own tests."""
    plan: str = ""
    """What tells the tests that were shared out among shards from others."""
    command: str = ""
    """How the run was started, where that was not the command ``conformance``."""
    light: bool = False
    """Whether another process looks after what is about the target as a whole."""
    _result: tuple[tuple[Row, ...], tuple[baselines.Complaint, ...]] | None = None
    """Rows and complaints, once they are asked for; nothing is judged any more then."""
    _interrupted: bool = False
    _drawing: bool = False
    """Whether a run without an end came to drawn cases."""
    _duration: float = 0.0
    _latency: float = 0.0
    processes: int = 1
    """Among how many processes the budget is shared."""
    keeping: journaling.Keeping | None = None
    """Where the journal is kept, if anywhere, and what it says of the run so far."""
    tell: Callable[[str], None] = lambda text: None
    """Is given a line for the user now and then."""
    _budget: Budget = field(default_factory=Budget)
    _made: Made = field(default_factory=Made)
    _journal: Journal | None = None
    _unkept: str = ""
    """Why there is no journal."""

    def __post_init__(self) -> None:
        """Take the run for as old as it is."""
        if self.keeping is not None and self.keeping.before is not None:
            self._started = journaling.earlier(self.keeping.before.started)

    @property
    def evidence(self) -> Evidence:
        """What was found so far."""
        if self._merged is not None:
            return self._merged
        return self.context.evidence

    def rows(self) -> tuple[Row, ...]:
        """Return what the requirements amount to, expected failures waived; ask when the run is over."""
        return tuple(row for row in self._judged()[0] if row.provenance != "own")

    def own_rows(self) -> tuple[Row, ...]:
        """Return the same of the user's own tests."""
        return tuple(row for row in self._judged()[0] if row.provenance == "own")

    def waived(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        """Return rows as the baseline has them."""
        known = catalogue(edition_of(self.settings))
        found = baselines.apply(tuple(rows), self.baseline, self._started.date(), known)[0]
        return tuple(redacted(row, self._secrets) for row in found)

    def outside(self) -> tuple[Row, ...]:
        """Return what was seen broken although it was not selected, expected failures waived."""
        return self.waived(replace(row, reason=NOT_SELECTED) for row in self.evidence.outside())

    def complaints(self) -> tuple[baselines.Complaint, ...]:
        """Return what is wrong with the baseline; a fuzzing run, whose cases are drawn, calls no entry stale."""
        return tuple(entry for entry in self._judged()[1] if not (self.settings.fuzz and entry.kind == "stale"))

    def _judged(self) -> tuple[tuple[Row, ...], tuple[baselines.Complaint, ...]]:
        if self._result is None:
            known = catalogue(edition_of(self.settings))
            rows = (*self.evidence.rows(), *self.evidence.own_rows())
            self._result = baselines.apply(rows, self.baseline, self._started.date(), known)
        return self._result

    def carry_out(self) -> None:
        """Probe the target and carry out all scenarios.

        Raises a :class:`~conformance.errors.ConformanceError` when there is nothing to judge, and when the run could
        not go on to its end. After an interruption (``KeyboardInterrupt`` is raised again) the report tells what was
        judged until then. Nothing else is ever raised: what the target's code does must not end a run.
        """
        with self.going_on():
            scenarios: Iterable[Scenario] = self.scenarios()
            if self.settings.fuzz:
                scenarios = chain(opening(scenarios, self.settings.seed), self._endless(self.context))
            self.campaign(scenarios).run()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Probe the target, have it judged by what is done inside, and let go of it; raises as :meth:`carry_out`."""
        give_back()
        with interrupts.watched():
            try:
                with self._target_open():
                    yield
            except RunEndedError:
                pass
            except (ConformanceError, KeyboardInterrupt) as error:
                self._end(error)
            except BaseException as error:  # noqa: BLE001 - whatever it is, the run ends by its own code
                self._end(ended("something in this process", error))
            finally:
                self._duration = time.monotonic() - self._begun

    def _end(self, error: ConformanceError | KeyboardInterrupt) -> NoReturn:
        """Take note of why the run ended, and raise that."""
        if isinstance(error, KeyboardInterrupt):  # code under test has been asked where it is called
            self._interrupted = True
            raise error
        if "_secrets" in self.__dict__:
            error.alter(partial(self._secrets.redact_text, short=False))
        if self._context is not None:
            told = str(error)
            if not any(told in note for note in self._context.notes):
                self._context.notes.append(f"the run did not come to its end: {told}")
            self._context.end(told)
        raise error

    @contextmanager
    def _target_open(self) -> Iterator[None]:
        settings = self.settings
        the_edition = edition_of(settings)
        _ = self._keys, self._secrets  # while the environment is whole: code under test does not see all of it
        target = self._target = resolve(settings.target, options(settings))
        self._budget = target.budget = budget_of(settings, self.processes)
        self._begin_journal(target, the_edition)
        try:
            try:
                self._probe(target, the_edition)
                with Restorer(self.context):
                    yield
                self.context.check_gone()
            except (ConformanceError, RunEndedError):
                raise
            except Exception as error:  # noqa: BLE001 - what was found so far is worth more than a traceback
                self._fail(target, error)
        except BaseException as error:
            with suppress(Exception):  # what is told is why the run ended, whatever close() does
                target.close()
            self._end_journal("" if isinstance(error, RunEndedError) else str(error) or "the run was interrupted")
            raise
        target.close()
        self._end_journal("")

    def _begin_journal(self, target: Target, the_edition: Edition) -> None:
        if self.keeping is None:
            return
        about = journaling.head(
            self.settings,
            the_edition,
            target,
            command=self.command or command_of(self.settings, target.describe().spec),
            started=self._started,
            selected=self.selected,
            own=self.own,
            baseline=self.baseline,
        )
        self._journal, self._unkept = self.keeping.opened(self._secrets, about, self._made)

    def _end_journal(self, why: str) -> None:
        if self._journal is None:
            return
        self._journal.close(why or (self._context.ended if self._context is not None else ""))
        if self._journal.failure and self._context is not None:
            self._context.notes.append(f"the journal could not be written to its end: {self._journal.failure}")

    def _fail(self, target: Target, error: Exception) -> None:
        """Take note that the suite itself failed: the verdict cannot be a good one any more."""
        if self._context is None:
            told = f"{target.base_url}: the suite itself failed: {type(error).__name__}: {error}"
            raise TargetUnusableError(" ".join(told.split())[:400]) from error
        self._context.end(f"the suite itself failed: {type(error).__name__}: {error}"[:300])
        self._context.notes.append(self._context.ended)

    @property
    def context(self) -> Context:
        """What the scenarios share, once the target has been probed."""
        if self._context is None:
            raise RuntimeError("the target has not been probed")
        return self._context

    def scenarios(self) -> tuple[Scenario, ...]:
        """Return the scenarios of all tests of the suites that are for what was selected, in their order."""
        context, settings = self.context, self.settings
        scope = context.contract, context.model, settings.effort, settings.seed
        return plan(*scope, context.target.role, self.selected, scarce=settings.is_scarce)

    def campaign(self, scenarios: Iterable[Scenario], elsewhere: Iterable[Scenario] = ()) -> Campaign:
        """Return what carries scenarios out on the target; those that are ``elsewhere`` are of another shard."""
        self._campaign = Campaign(
            self.context,
            scenarios,
            endless=self.settings.fuzz,
            latency=self._latency,
            on_progress=self.on_progress,
            light=self.light,
            elsewhere=elsewhere,
            known=self.keeping.known if self.keeping is not None else None,
            plan=self.plan,
        )
        if self.keeping is not None:
            self.keeping.check(self._campaign.digest, self.own)
        if self._campaign.elsewhere:
            self.context.evidence.share()
        return self._campaign

    def _probe(self, target: Target, the_edition: Edition) -> None:
        settings = self.settings
        known = known_ids(the_edition, settings.file_ids, settings.vector_store_ids)
        try:
            found = probe(
                target,
                Contract(the_edition, known),
                model=settings.model,
                assistant_id=settings.assistant_id,
                api_key_env=settings.api_key_env,
                by_command=settings.token_command is not None,
                made=self._made,
            )
        except RunEndedError as error:
            asked = f", which asks for a wait of {self._budget.capped:g} s" if self._budget.capped else ""
            told = f"{target.base_url}: {error} before anything was known of the target{asked}"
            raise TargetUnusableError(told, "give it more with --time or --max-requests") from None
        model = found.base_model
        known = replace(known, models=frozenset({model}))
        self._latency = found.latency
        contract = Contract(the_edition, known)
        memory = Memory(settings.memory, target.describe().spec, usual_memory())
        context = self._context = Context(
            target=target,
            contract=contract,
            evidence=Evidence(catalogue(the_edition), target.role, self.selected, self.own),
            model=model,
            plain=plain_fitted(contract, model),
            seed=settings.seed,
            effort=settings.effort,
            key_variable=settings.api_key_env,
            key=self._keys.key,
            other_key=self._keys.other,
            other_key_variable=settings.other_api_key_env or OTHER_KEY_VARIABLE,
            assistant_id=settings.assistant_id,
            invented=found.source == "invented",
            budget=self._budget,
            memory=memory,
            made=self._made,
            journal=self._journal,
        )
        of_tls = certificates.told(settings.target, settings.ca_bundle, insecure=settings.insecure)
        context.notes.extend([*found.notes, *filter(None, [self._unkept, memory.note]), *of_tls])
        if self.keeping is not None:
            self.keeping.take_over(context)
        self._budget.reserved = partial(_reserved, context)

    def _endless(self, context: Context) -> Iterator[Scenario]:
        """Go on for ever, from what failed in earlier runs; only a budget or the user ends this."""
        assert context.memory is not None
        context.coverage = Coverage(context.contract.edition)
        kept = context.memory.kept()
        contract, role = context.contract, context.target.role

        def begun() -> None:
            self._drawing = True
            told = f"drawing began after {context.target.requests_sent:,} requests"
            context.notes.append(told)
            self.tell(f"{told}; it goes on until the budget ends")

        return rounds(contract, context.model, self.settings.seed, role, self.selected, kept, begun)

    def part(self) -> Part | None:
        """Return what this process has seen; ``None`` when the run did not come to judging."""
        if self._context is None or self._target is None:
            return None
        context = self._context
        return Part(
            context.evidence.entries,
            effective=context.evidence.effective,
            hidden=context.evidence.hidden,
            own=context.evidence.own,
            left=self._campaign.left if self._campaign is not None else {},
            requests=self._target.requests_sent + self._requests_before,
            described=self._target.describe(),
            notes=tuple(dict.fromkeys(context.notes)),
            ended=context.ended,
            elsewhere=self._campaign.elsewhere if self._campaign is not None else frozenset(),
            plan=self.plan,
            # Somebody may have ended the cleaning up as well: then what is left was not gone through.
            standing=tuple(dict.fromkeys((*context.undeleted, *sorted(context.made)))),
        )

    @property
    def _requests_before(self) -> int:
        before = self.keeping.before if self.keeping is not None and self.keeping.alone else None
        return before.part(to_go_on=True).requests if before is not None else 0

    def take(self, part: Part, *, begun: float | None = None) -> None:
        """Take over what other processes have seen of the target: from now on that is what is judged.

        ``begun`` is when they were started, as :func:`time.monotonic` tells it; by default when this was made.
        """
        if begun is not None:
            if self.keeping is None or self.keeping.before is None:
                self._started -= timedelta(seconds=self._begun - begun)
            self._begun = begun
        self._duration = time.monotonic() - self._begun
        self._whole = part
        known = catalogue(edition_of(self.settings))
        self._merged = Evidence(known, role_of(self.settings.target), self.selected, part.own)
        self._merged.replace(part.entries, part.hidden, effective=part.effective)
        if part.elsewhere:
            self._merged.share()
        if not part.hidden:
            self._merged.set_pending(part.pending())
            self._merged.set_pending(part.pending(elsewhere=True), IN_ANOTHER_SHARD)

    def report(self) -> Report | None:
        """Return the report of what was judged; ``None`` when the run did not come to judging."""
        part = self._whole or self.part()
        if part is None:
            return None
        the_edition = edition_of(self.settings)
        rows, outside, own = self.rows(), self.outside(), self.own_rows()
        further = [*(complaint.text for complaint in self.complaints()), *not_selected(the_edition, rows)]
        if self._context is not None and self._context.coverage is not None:
            further += self._context.coverage.notes()
        if self.settings.fuzz and not self._drawing:
            further.append(f"it ended before drawing began: at most {FIRST} bodies were drawn; give it more --time")
        before = self.keeping.before if self.keeping is not None else None
        report = assembled(
            part,
            self.evidence,
            the_edition,
            rows=rows,
            outside=outside,
            own=own,
            settings=self.settings.published(),
            command=self.command or command_of(self.settings, part.described.spec),
            started=self._started.strftime(journaling.STARTED),
            duration=self._duration + (before.seconds if before is not None else 0.0),
            interrupted=self._interrupted,
            further=further,
        )
        return redacted(report, self._secrets)

    @cached_property
    def _keys(self) -> Keys:
        return keys_of(self.settings)

    @cached_property
    def _secrets(self) -> Secrets:
        """What is in no report."""
        return secrets_of(self.settings)

    @property
    def interrupted(self) -> bool:
        """Whether somebody stopped the run."""
        return self._interrupted

    def exit_code(self, report: Report) -> int:
        """Return the exit code of the run.

        A failure that counts and is not waived weighs more than what is wrong with the baseline, and this more than a
        run that decides nothing.
        """
        if self._interrupted:
            return INTERRUPTED
        code = 0 if is_clean_shard(report) else exit_code(report.verdict)
        return STALE_BASELINE if self.complaints() and report.verdict is not Verdict.NON_CONFORMANT else code


def budget_of(settings: Settings, processes: int = 1) -> Budget:
    """Return what one of so many processes may take of the budget that a run is given."""
    requests = settings.max_requests
    return Budget(
        settings.time,
        None if requests is None else requests // processes,
        None if settings.rate is None else settings.rate / processes,
        settings.max_wait,
    )


def _reserved(context: Context) -> int:
    """Return how many requests it takes to leave the target as it was."""
    return len(context.made) + (RESTORING if context.assistant_id is not None else 0)


def options(settings: Settings, the_edition: Edition | None = None) -> TargetOptions:
    """Return what a target needs to know of the settings; the keys are read here.

    ``the_edition`` comes from elsewhere than the settings, from a report.

    Raises :class:`UsageError` as :func:`~conformance.keys.keys_of` does, and for variables that no adapter is given.
    """
    keys = keys_of(settings)
    found = the_edition or edition_of(settings)
    address = found.own.address if found.own is not None else {}
    return TargetOptions(
        edition=found,
        manner=manner_of(settings, address),
        renewed=token_command(settings.token_command).again if settings.token_command is not None else None,
        api_key=keys.key or None,
        other_api_key=keys.other or None,
        headers=dict(settings.headers),
        query={**address.get("query", {}), **dict(settings.query)},
        beta=settings.beta and address.get("beta", True),
        timeout=settings.timeout,
        adapter_env=passed(settings),
        key_variables=tuple(filter(None, (settings.api_key_env, settings.other_api_key_env))),
        secrets=secrets_of(settings),
        insecure=settings.insecure,
        ca_bundle=settings.ca_bundle,
    )
