"""The fault matrix of SDKs: every fault is caught by the requirement that it names, and no variant by any.

Run as ``python tests/faults/sdk_matrix.py [--effort quick|standard] [--only PATTERN] [--write PAGE]``. A faulty SDK
goes through the plan until it is caught, though at least through all of what comes first in every effort; with
``--whole`` through the rest as well. Ends with 1 when a fault is missed or has a finding that has nothing to do with
it, when a variant has a finding, or when a requirement has no fault.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

if (root := str(Path(__file__).resolve().parents[2])) not in sys.path:
    sys.path.insert(0, root)  # where ``tests`` is

from conformance.campaign.campaign import Campaign
from conformance.campaign.context import Context
from conformance.campaign.evidence import Evidence
from conformance.catalogue import catalogue, sdk
from conformance.reference import Reference
from conformance.states import BASE_MODEL, plain
from conformance.suites.plan import plan
from conformance.targets.sdk import API_KEY, SdkTarget
from reports.model import OutcomeKind
from reports.verdict import verdict
from strategies.contract import Contract
from strategies.editions import edition
from tests.faults.recording import record, recorded
from tests.faults.sdk.faults import FAULTS, VARIANTS, Faulty, Kind
from tests.faults.stopping import until_caught

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.scenario import Effort, Scenario
    from conformance.targets.adapter import AdapterFactory
    from tests.faults.sdk.small_sdk import SyncAdapter

KINDS: tuple[Kind, ...] = ("sync", "async")


class ParallelTarget(SdkTarget):
    """A target whose calls may be made at once, as those of the small SDK may."""

    parallel = True


def factory_of(one: Faulty, kind: Kind) -> AdapterFactory:
    """Return what makes the adapter of one client, and says how it is reached."""

    def make(base_url: str, api_key: str) -> SyncAdapter:
        return one.adapter(kind, base_url, api_key)

    make.reached = one.reached  # type: ignore[attr-defined]
    return make


@dataclass(frozen=True, slots=True)
class Run:
    """One SDK judged once."""

    name: str
    kind: Kind
    findings: dict[str, str]
    """By requirement: what was expected and what came."""
    doubts: dict[str, str]
    """By requirement: what is neither a pass nor a finding, with the reason."""
    verdict: str
    seconds: float
    requests: int

    @property
    def one(self) -> Faulty:
        """The SDK that was judged."""
        return FAULTS.get(self.name) or VARIANTS[self.name]

    @property
    def is_sound(self) -> bool:
        """Whether nothing may be found."""
        return not self.one.requirement or self.one.only not in {None, self.kind}

    @property
    def missed(self) -> bool:
        """Whether the requirement that the fault names did not catch it."""
        return not self.is_sound and self.one.requirement not in self.findings

    @property
    def unexpected(self) -> list[str]:
        """The findings that have nothing to do with the fault."""
        expected = set() if self.is_sound else {self.one.requirement, *self.one.also}
        return [id_ for id_ in self.findings if id_ not in expected]

    @property
    def inconclusive(self) -> bool:
        """Whether a sound SDK did not come out conformant."""
        return self.is_sound and self.verdict != "conformant"


def judge(name: str, kind: Kind, effort: Effort, seed: int = 0, *, whole: bool = True) -> Run:
    """Judge an SDK with all requirements; a faulty one not ``whole`` only until it is caught."""
    one = FAULTS.get(name) or VARIANTS[name]
    started = time.monotonic()
    contract = Contract(edition())
    contract = replace(contract, known=replace(contract.known, models=frozenset({BASE_MODEL})))
    target = ParallelTarget(factory_of(one, kind), Reference(api_key=API_KEY), f"sdk:{name}:{kind}")
    try:
        context = Context(
            target=target,
            contract=contract,
            evidence=Evidence(catalogue(contract.edition), target.role),
            model=BASE_MODEL,
            plain=plain(contract, BASE_MODEL),
            seed=seed,
            effort=effort,
        )
        groups: Iterable[Scenario] = (planned := _plan(effort, seed))
        if not whole and one.requirement and one.only in {None, kind}:
            groups = until_caught(groups, context.evidence, one.requirement)
        Campaign(context, groups, endless=groups is not planned).run()
        rows = context.evidence.rows()
    finally:
        target.close()
    failed = {
        row.id: f"expected {row.finding.expected}, got {row.finding.actual} ({row.finding.case})"
        for row in rows
        if row.finding is not None
    }
    settled = {OutcomeKind.PASS, OutcomeKind.FAIL, OutcomeKind.NOT_APPLICABLE, OutcomeKind.CANNOT_EXPRESS}
    doubts = {row.id: f"{row.outcome.value}: {row.reason}" for row in rows if row.outcome not in settled}
    told = verdict(rows, "should", interrupted=bool(context.ended))
    return Run(name, kind, failed, doubts, str(told.value), time.monotonic() - started, target.requests_sent)


@cache
def _plan(effort: Effort, seed: int) -> tuple[Scenario, ...]:
    """Return the plan; it is the same for all, so a process makes it once."""
    contract = Contract(edition())
    contract = replace(contract, known=replace(contract.known, models=frozenset({BASE_MODEL})))
    return plan(contract, BASE_MODEL, effort, seed, "sdk", tuple(catalogue(contract.edition)))


def without_fault() -> list[str]:
    """Return the requirements about SDKs alone that no fault names."""
    judged = {
        id_
        for id_, one in catalogue(edition()).items()
        if one.family in sdk.FAMILIES and one.level != "INFO" and "server" not in one.roles
    }
    return sorted(judged - {one.requirement for one in FAULTS.values()})


_HEAD = """\
# Faulty SDKs

Written by `python tests/faults/sdk_matrix.py --write docs/faults-sdk.md`, never by hand. Each fault is a small SDK with
one step replaced; each variant differs where it makes no difference. Clients are judged in turn, sync and async; both
are where only one of them has the fault, and of the variants.
"""


def page(runs: Sequence[Run], effort: str, *, whole: bool = True) -> str:
    """Return the matrix as Markdown."""
    faulty = [run for run in runs if not run.is_sound]
    sound = [run for run in runs if run.is_sound]
    caught = sum(not run.missed for run in faulty)
    strays = sum(bool(run.unexpected) for run in faulty)
    attributed = sum(bool(run.findings) for run in sound)
    names = {run.name for run in faulty}
    lines = [
        _HEAD,
        f"- effort `{effort}`, seed 0",
        *([f"- {len(names)} of {len(FAULTS)} faults judged; the others have no row"] if names < FAULTS.keys() else ()),
        "- each SDK went through the whole plan"
        if whole
        else "- each faulty SDK went through all that the plan begins with, then on until it was caught",
        f"- {caught} of {len(faulty)} faulty clients caught by the requirement that they name",
        f"- {strays} of {len(faulty)} faulty clients with a finding that has nothing to do with the fault",
        f"- {attributed} of {len(sound)} sound clients with a finding",
        "",
        "## Faults",
        "",
        "| fault | what it does | clients | must be caught by | caught | other findings |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, one in FAULTS.items():
        mine = [run for run in faulty if run.name == name]
        if mine:
            told = "**no**" if any(run.missed for run in mine) else "yes"
            others = sorted({id_ for run in mine for id_ in run.findings} - {one.requirement})
            clients = ", ".join(run.kind for run in mine)
            cells = (f"`{name}`", _cell(one.sentence), clients, f"`{one.requirement}`", told)
            lines.append(f"| {' | '.join(cells)} | {', '.join(f'`{id_}`' for id_ in others)} |")
    lines += ["", "## Tolerated variants", "", "| variant | what it does | findings |", "| --- | --- | --- |"]
    for name, one in VARIANTS.items():
        found = sorted({id_ for run in sound if run.name == name for id_ in run.findings})
        if any(run.name == name for run in sound):
            told = ", ".join(f"`{id_}`" for id_ in found) or "none"
            lines.append(f"| `{name}` | {_cell(one.sentence)} | {told} |")
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _tasks(pattern: str, *, every: bool) -> list[tuple[str, Kind]]:
    """Return what to judge: one client of each SDK in turn, both where only one has the fault and of variants."""
    tasks: list[tuple[str, Kind]] = []
    for index, (name, one) in enumerate((FAULTS | VARIANTS).items()):
        both = every or one.only is not None or name in VARIANTS
        tasks += [(name, kind) for kind in (KINDS if both else (KINDS[index % 2],))]
    return [task for task in tasks if fnmatchcase(task[0], pattern)]


def _tell(run: Run, done: int, total: int) -> None:
    told = f"MISSED by {run.one.requirement}; found {', '.join(run.findings) or 'nothing'}" if run.missed else ""
    told += "".join(f"; UNEXPECTED {id_}: {run.findings[id_]}" for id_ in run.unexpected)
    if run.inconclusive:
        told += f"; {run.verdict}: {run.doubts}"
    if told or done % 10 == 0:
        print(f"[{done}/{total}] {run.name} {run.kind}: {told}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the matrix; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--effort", choices=("quick", "standard", "thorough"), default="standard")
    parser.add_argument("--only", default="*", help="names of faults and variants, with * and ?")
    parser.add_argument("--both", action="store_true", help="both clients of every SDK, not one in turn")
    parser.add_argument("--whole", action="store_true", help="go on after a fault is caught")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--record", type=Path, help="where runs are written down one by one, and not made again")
    parser.add_argument("--write", type=Path, help="where to write the page")
    options = parser.parse_args(arguments)
    tasks = _tasks(options.only, every=options.both)
    if not tasks:
        parser.error(f"nothing is called {options.only!r}")
    settings = [options.effort, options.whole]
    runs = [run for run in recorded(options.record, Run, settings) if (run.name, run.kind) in tasks]
    left = [task for task in tasks if task not in {(run.name, run.kind) for run in runs}]
    with ProcessPoolExecutor(options.jobs) as pool:
        judged = partial(judge, effort=options.effort, whole=options.whole)
        for done in as_completed([pool.submit(judged, name, kind) for name, kind in left]):
            runs.append(done.result())
            record(options.record, runs[-1], settings)
            _tell(runs[-1], len(runs), len(tasks))
    runs.sort(key=lambda run: tasks.index((run.name, run.kind)))
    if options.write:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text(page(runs, options.effort, whole=options.whole), encoding="utf-8")
    faulty = [run for run in runs if not run.is_sound]
    missed = [run for run in runs if run.missed]
    unexpected = [run for run in runs if run.unexpected]
    doubted = [run for run in runs if run.inconclusive]
    lacking = without_fault()
    print(
        f"{len(faulty) - len(missed)} of {len(faulty)} faulty clients caught by name, {len(unexpected)} runs with "
        f"unexpected findings, {len(doubted)} of {len(runs) - len(faulty)} sound clients not conformant; "
        f"requirements without a fault: {', '.join(lacking) or 'none'}; {sum(run.requests for run in runs):,} requests "
        f"in {sum(run.seconds for run in runs):.0f} s"
    )
    return 1 if missed or unexpected or doubted or lacking else 0


if __name__ == "__main__":
    sys.exit(main())
