"""The Python program of a finding against an SDK is run: of every finding about every faulty SDK.

Run as ``python tests/faults/sdk_repeating.py [--effort quick|standard] [--only PATTERN] [--every N]``. The program is
run with the faulty SDK: the request that was recorded leaves again; and with the sound one, whose requests, or what its
caller gets, are others. Ends with 1 when a program does not show what it is to show.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if (root := str(Path(__file__).resolve().parents[2])) not in sys.path:
    sys.path.insert(0, root)  # where ``tests`` is

from conformance.campaign.campaign import Campaign
from conformance.campaign.context import Context
from conformance.campaign.evidence import Evidence
from conformance.catalogue import catalogue
from conformance.reference import Reference
from conformance.states import BASE_MODEL, plain
from conformance.suites.plan import plan
from conformance.targets.sdk import API_KEY
from reports.snippet_sdk import sdk_script
from strategies.contract import Contract
from strategies.editions import edition
from tests.faults.sdk.faults import FAULTS
from tests.faults.sdk_matrix import ParallelTarget, factory_of
from tests.faults.stopping import until_caught

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.scenario import Effort
    from reports.model import Finding

_ADAPTER = """\
from functools import partial

from tests.faults.sdk.faults import FAULTS
from tests.faults.sdk.small_sdk import AsyncAdapter, AsyncClient, Client, SyncAdapter


def faulty(url, key):
    return FAULTS[{name!r}].adapter({kind!r}, url, key)


def sound(url, key):
    return {sound}(url, key))
"""
_SOUND = {"sync": "SyncAdapter(Client", "async": "AsyncAdapter(AsyncClient"}
_ADDRESS = re.compile(r"127\.0\.0\.1:\d+")


@dataclass(frozen=True, slots=True)
class Repeated:
    """The program of one finding, run."""

    fault: str
    requirement: str
    problem: str
    """Why it does not show it; empty if it does."""
    program: str = ""


def repeated(name: str, effort: Effort = "quick", *, only: str = "*") -> list[Repeated]:
    """Judge a faulty SDK by the requirements that ``only`` chooses, and run the program of each finding about it."""
    one = FAULTS[name]
    kind = one.only or "sync"
    known = Contract(edition())
    contract = replace(known, known=replace(known.known, models=frozenset({BASE_MODEL})))
    target = ParallelTarget(factory_of(one, kind), Reference(api_key=API_KEY), f"sdk:{name}:{kind}")
    try:
        entries = catalogue(contract.edition)
        context = Context(
            target=target,
            contract=contract,
            evidence=Evidence(entries, target.role),
            model=BASE_MODEL,
            plain=plain(contract, BASE_MODEL),
        )
        selected = tuple(id_ for id_ in entries if fnmatchcase(id_, only))
        groups = plan(contract, BASE_MODEL, effort, 0, "sdk", selected)
        Campaign(context, until_caught(groups, context.evidence, one.requirement), endless=True).run()
        found = [(row.id, row.finding) for row in context.evidence.rows() if row.finding is not None]
    finally:
        target.close()
    chosen = [(id_, finding) for id_, finding in found if fnmatchcase(id_, only) and not _at_once(id_)]
    return [_repeated(name, kind, id_, finding) for id_, finding in chosen]


def _at_once(requirement: str) -> bool:
    """Return whether a requirement is about many calls, or the caller's own objects: no call alone shows that."""
    return any(part in requirement for part in ("parallel", "concurren", "at_once", "arguments", "connections"))


def _repeated(name: str, kind: str, id_: str, finding: Finding) -> Repeated:
    program = sdk_script("sdk:small_adapter:faulty", finding.steps)
    if not program:
        return Repeated(name, id_, "there is no program")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small_adapter.py"
        path.write_text(_ADAPTER.format(name=name, kind=kind, sound=_SOUND[kind]), "utf-8")
        told = _run(program, folder)
        sound = _run(program.replace("import faulty", "import sound").replace("faulty(", "sound("), folder)
    act = next(step for step in reversed(finding.steps) if step.role == "act")
    if act.request is not None:
        parts = urlsplit(act.request.url)
        path_of = parts.path.partition("/assistants/")[2]
        left = [line for line in told.splitlines() if line.startswith(f"{act.request.method} ") and path_of in line]
        if not left:
            return Repeated(name, id_, f"{act.request.method} {path_of} does not leave: {told}", program)
        if len(act.request.body.data) < 500 and not any(repr(act.request.body.data) in line for line in left):
            return Repeated(name, id_, f"the body {act.request.body.data!r} does not leave: {told}", program)
    if told == sound:
        return Repeated(name, id_, f"the sound SDK shows the same: {told}", program)
    return Repeated(name, id_, "", program)


def _run(program: str, folder: str) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "PYTHONIOENCODING": "utf-8",
    }
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, timeout=120)
    return _ADDRESS.sub("HOST", done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the programs of many findings; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--effort", choices=("quick", "standard"), default="standard")
    parser.add_argument("--only", nargs="+", default=["*"], metavar="PATTERN", help="names of faults, with * and ?")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every so many faults one")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    options = parser.parse_args(arguments)
    names = [name for name in FAULTS if any(fnmatchcase(name, pattern) for pattern in options.only)][:: options.every]
    count = wrong = 0
    with ProcessPoolExecutor(options.jobs) as pool:
        for found in pool.map(partial(repeated, effort=options.effort), names):
            count += len(found)
            for one in found:
                if one.problem:
                    wrong += 1
                    print(f"{one.fault}, {one.requirement}: {one.problem[:1500]}", flush=True)
    print(f"{count - wrong} of {count} findings about {len(names)} faulty SDKs are shown by their programs")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
