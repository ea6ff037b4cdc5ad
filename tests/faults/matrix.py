"""The fault matrix: every fault is caught by the requirement that it names, and no tolerated variant by any.

Run as ``python tests/faults/matrix.py [--effort quick|standard] [--seeds N] [--only PATTERN] [--write PAGE]``.
A fault goes through the plan in its order: through all of what comes first in every effort, then on until it is
caught, since what was found stays found. With ``--whole`` it goes through the rest as well.
Ends with 1 when a fault is missed or has a finding that has nothing to do with it, when a variant has a finding or
does not come out conformant, or when a requirement has no fault.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if (root := str(Path(__file__).resolve().parents[2])) not in sys.path:
    sys.path.insert(0, root)  # where ``tests`` is

from conformance.campaign.campaign import Campaign
from conformance.campaign.context import Context
from conformance.campaign.evidence import Evidence
from conformance.catalogue import catalogue
from conformance.reference import Behaviour, Reference
from conformance.reference.faults import Fault, Variant, faults, variants
from conformance.reference.serve import running
from conformance.states import plain
from conformance.suites.plan import plan
from conformance.targets.embedded import EmbeddedTarget
from conformance.targets.http import HttpTarget
from conformance.targets.probe import probe
from reports.model import OutcomeKind
from reports.verdict import verdict
from strategies.contract import Contract
from strategies.editions import edition
from strategies.permissions import KnownIds
from tests.faults.recording import record, recorded
from tests.faults.stopping import until_caught

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.scenario import Effort, Scenario
    from conformance.target import Target
    from reports.model import Row

Kind = Literal["fault", "variant"]
REFERENCE = "the-reference"
"""The name under which the reference itself is judged, as a variant of nothing."""
PAUSE = 1.0
"""Seconds that a request over HTTP may take."""


@dataclass(frozen=True, slots=True)
class Run:
    """One fault or variant judged once."""

    kind: Kind
    name: str
    seed: int
    findings: dict[str, str]
    """By requirement: what was expected and what came."""
    doubts: dict[str, str]
    """By requirement: what is neither a pass nor a finding, with the reason."""
    verdict: str
    seconds: float
    requests: int

    @property
    def missed(self) -> bool:
        """Whether the requirement that the fault names did not catch it."""
        return self.kind == "fault" and faults()[self.name].requirement not in self.findings

    @property
    def unexpected(self) -> list[str]:
        """The findings that have nothing to do with the fault; all of a variant's."""
        if self.kind == "variant":
            return list(self.findings)
        return [id_ for id_ in self.findings if not _is_expected(faults()[self.name], id_)]

    @property
    def doubted(self) -> bool:
        """Whether a variant did not come out conformant."""
        return self.kind == "variant" and self.verdict != "conformant"


def judge(kind: Kind, name: str, effort: Effort, seed: int, *, whole: bool = True) -> Run:
    """Judge a fault or a variant with all requirements; a fault not ``whole`` only until it is caught."""
    one = faults()[name] if kind == "fault" else variants().get(name, Variant(REFERENCE, "", Behaviour))
    started = time.monotonic()
    rows, requests, ended = carried_out(one, effort, seed, whole=whole)
    failed = {
        row.id: f"expected {row.finding.expected}, got {row.finding.actual} ({row.finding.case})"
        for row in rows
        if row.finding is not None
    }
    doubts = {
        row.id: f"{row.outcome.value}: {row.reason}"
        for row in rows
        if row.level != "INFO" and row.outcome not in {OutcomeKind.PASS, OutcomeKind.FAIL, OutcomeKind.NOT_APPLICABLE}
    }
    told = verdict(rows, "must", interrupted=bool(ended))
    return Run(kind, name, seed, failed, doubts, str(told.value), time.monotonic() - started, requests)


def carried_out(
    one: Fault | Variant, effort: Effort, seed: int, *, whole: bool = True
) -> tuple[tuple[Row, ...], int, str]:
    """Judge a server; return the rows, how many requests that took, and what ended it early, if anything did."""
    with getting_ready(one, effort, seed) as context:
        groups: Iterable[Scenario] = (planned := planned_for(context))
        if isinstance(one, Fault) and not whole:
            groups = until_caught(groups, context.evidence, one.requirement)
        Campaign(context, groups, endless=groups is not planned).run()
        rows = context.evidence.rows()
        requests = context.target.requests_sent
    return rows, requests, context.ended


@contextmanager
def getting_ready(one: Fault | Variant, effort: Effort, seed: int) -> Iterator[Context]:
    """Give what a campaign needs to judge a server, which is there while the context lasts."""
    key = one.key
    with _served(Reference(one.edition, api_key=key, behaviour=one.behaviour()), key, one) as target:
        contract = Contract(edition(one.edition))
        found = probe(target, contract)
        known = KnownIds(frozenset({found.base_model}))
        if isinstance(one, Variant):
            known = replace(known, files=frozenset(one.files), vector_stores=frozenset(one.stores))
        contract = replace(contract, known=known)
        yield Context(
            target=target,
            contract=contract,
            evidence=Evidence(catalogue(contract.edition), target.role),
            model=found.base_model,
            plain=plain(contract, found.base_model),
            seed=seed,
            effort=effort,
            key=key or "",
            other_key=one.other_key or "",
            invented=found.source == "invented",
        )


def planned_for(context: Context) -> tuple[Scenario, ...]:
    """Return the plan of such a campaign."""
    return _plan(context.contract, context.effort, context.seed)


@contextmanager
def _served(reference: Reference, key: str | None, one: Fault | Variant) -> Iterator[Target]:
    if one.over_http or one.framing is not None:
        with running(reference, one.framing) as url:
            target = HttpTarget(url, api_key=key, timeout=PAUSE)
            try:
                yield target
            finally:
                target.close()
    else:
        yield EmbeddedTarget(reference, api_key=key)


@cache
def _plan(contract: Contract, effort: Effort, seed: int) -> tuple[Scenario, ...]:
    """Return the plan; it is the same for all servers that know the same ids, so a process makes it once."""
    return plan(contract, min(contract.known.models), effort, seed, "server", tuple(catalogue(contract.edition)))


def _is_expected(fault: Fault, requirement: str) -> bool:
    return requirement == fault.requirement or any(fnmatchcase(requirement, pattern) for pattern in fault.also)


_HEAD = """\
# Faults and variants

Written by `python tests/faults/matrix.py --write docs/faults.md`, never by hand. Each fault is the reference server
told to break one rule; each variant differs only where the spec decides nothing. `conformance serve --fault NAME` and
`--variant NAME` serve them.
"""


def page(runs: Sequence[Run], effort: str, seeds: int, *, whole: bool = True) -> str:
    """Return the matrix as Markdown."""
    of_faults = [run for run in runs if run.kind == "fault"]
    of_variants = [run for run in runs if run.kind == "variant"]
    missed = sum(run.missed for run in of_faults)
    strays = sum(bool(run.unexpected) for run in of_faults)
    attributed = {run.name for run in of_variants if run.findings}
    lines = [_HEAD]
    lines.append(f"- effort `{effort}`; faults with seed 0, variants and the reference with {_counted(seeds, 'seed')}")
    lines.append(
        "- each fault went through the whole plan"
        if whole
        else "- each fault went through all that the plan begins with, then on until it was caught"
    )
    if len(of_faults) < len(faults()):
        lines.append(f"- {len(of_faults)} of {len(faults())} faults judged; the others have no row")
    lines.append(f"- {len(of_faults) - missed} of {len(of_faults)} faults caught by the requirement that they name")
    lines.append(f"- {strays} of {len(of_faults)} faults with a finding that has nothing to do with them")
    lines.append(
        f"- {len(attributed)} of {len({run.name for run in of_variants})} variants with a finding"
        if of_variants
        else "- no variant judged"
    )
    lines += ["", "## Faults", "", "Findings in bold have nothing to do with the fault.", ""]
    lines += [
        "| fault | what it does | must be caught by | caught | other findings |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [_fault_row(run) for run in of_faults]
    lines += ["", "## Tolerated variants", "", "| variant | what it does | findings |", "| --- | --- | --- |"]
    sentences = {name: one.sentence for name, one in variants().items()} | {REFERENCE: "obeys the contract"}
    for name, sentence in sentences.items():
        found = sorted({id_ for run in of_variants if run.name == name for id_ in run.findings})
        if any(run.name == name for run in of_variants):
            lines.append(f"| `{name}` | {_cell(sentence)} | {', '.join(f'`{id_}`' for id_ in found) or 'none'} |")
    return "\n".join([*lines, ""])


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _fault_row(run: Run) -> str:
    fault = faults()[run.name]
    caught = "**no**" if run.missed else "yes"
    others = [id_ for id_ in run.findings if id_ != fault.requirement]
    told = ", ".join(f"`{id_}`" if _is_expected(fault, id_) else f"**`{id_}`**" for id_ in others)
    return f"| `{run.name}` | {_cell(fault.sentence)} | `{fault.requirement}` | {caught} | {told} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def without_fault() -> list[str]:
    """Return the requirements about servers that no fault names."""
    judged = {id_ for id_, one in catalogue(edition()).items() if one.level != "INFO" and "server" in one.roles}
    return sorted(judged - {fault.requirement for fault in faults().values()})


def _work(options: argparse.Namespace) -> list[Run]:
    patterns = options.only or ["*"]

    def is_chosen(name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in patterns)

    names = [name for name in faults() if is_chosen(name)]
    tasks: list[tuple[Kind, str, int]] = [("fault", name, 0) for name in names]
    chosen = [name for name in (REFERENCE, *variants()) if is_chosen(name)]
    tasks += [("variant", name, seed) for name in chosen for seed in range(options.seeds)]
    if options.part != "all":
        tasks = [task for task in tasks if task[0] == options.part]
    settings = [options.effort, options.whole]
    known = recorded(options.record, Run, settings)
    runs = [run for run in known if (run.kind, run.name, run.seed) in tasks]
    left = [task for task in tasks if task not in {(run.kind, run.name, run.seed) for run in runs}]
    with ProcessPoolExecutor(options.jobs) as pool:
        judged = partial(judge, effort=options.effort, whole=options.whole)
        for done in as_completed([pool.submit(judged, kind, name, seed=seed) for kind, name, seed in left]):
            run = done.result()
            runs.append(run)
            record(options.record, run, settings)
            _tell(run, len(runs), len(tasks))
    order = {task: place for place, task in enumerate(tasks)}
    return sorted(runs, key=lambda run: order[run.kind, run.name, run.seed])


def _tell(run: Run, done: int, total: int) -> None:
    told = ""
    if run.kind == "fault":
        fault = faults()[run.name]
        told = f"MISSED by {fault.requirement}; {run.doubts.get(fault.requirement, '')}" if run.missed else ""
        told += f" unexpected: {', '.join(run.unexpected)}" if run.unexpected else ""
        told += f" found: {', '.join(run.findings)}" if run.missed and run.findings else ""
    else:
        told = "; ".join(f"FOUND {id_}: {what}" for id_, what in run.findings.items())
        doubtful = "; ".join(f"{id_} {what}" for id_, what in run.doubts.items())
        told += f" DOUBT {doubtful}" if doubtful else ""
    if told:
        print(f"[{done}/{total}] {run.kind} {run.name} seed {run.seed}: {told.strip()}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the matrix; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--effort", choices=("quick", "standard", "thorough"), default="standard")
    parser.add_argument("--seeds", type=int, default=1, help="seeds for the variants and the reference")
    parser.add_argument("--only", nargs="+", metavar="PATTERN", help="names of faults and variants, with * and ?")
    parser.add_argument("--part", choices=("all", "fault", "variant"), default="all")
    parser.add_argument("--whole", action="store_true", help="go on after a fault is caught")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--record", type=Path, help="where runs are written down one by one, and not made again")
    parser.add_argument("--write", type=Path, help="where to write the page")
    options = parser.parse_args(arguments)
    runs = _work(options)
    if not runs:
        parser.error(f"nothing is called {options.only!r}")
    if options.write:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text(page(runs, options.effort, options.seeds, whole=options.whole), encoding="utf-8")
    of_faults = [run for run in runs if run.kind == "fault"]
    missed = sum(run.missed for run in of_faults)
    strays = sum(bool(run.unexpected) for run in of_faults)
    attributed = sum(bool(run.unexpected) for run in runs) - strays
    doubted = sum(run.doubted for run in runs)
    lacking = without_fault()
    print(
        f"{len(of_faults) - missed} of {len(of_faults)} faults caught by name, {strays} with unexpected findings; "
        f"{attributed} of {len(runs) - len(of_faults)} runs of variants with findings, {doubted} not conformant; "
        f"{len(lacking)} requirements without a fault; {sum(run.requests for run in runs):,} requests in "
        f"{sum(run.seconds for run in runs):.0f} s"
    )
    return 1 if missed or strays or attributed or doubted or lacking else 0


if __name__ == "__main__":
    sys.exit(main())
