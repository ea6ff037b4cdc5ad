"""Measure how fast valid modify bodies come, against hypothesis-jsonschema on the whole request schema.

Run as ``python tests/benchmarks/bodies.py [--seconds N]``. Both are measured in one environment with the last
Hypothesis on which ``from_schema`` can make objects, made for the purpose and thrown away; ours is measured on the
installed Hypothesis as well. Exit code 1 when a limit was not reached or the ratio is below 20.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import json
import subprocess
import sys
import tempfile
import time
import venv
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

import hypothesis  # noqa: E402
from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from strategies.bodies import USUAL_EFFORTS, modify_bodies  # noqa: E402
from strategies.contract import violations  # noqa: E402
from strategies.editions import DEFAULT, edition  # noqa: E402
from strategies.jsonvalues import encode  # noqa: E402
from strategies.limits import limits, limits_reached  # noqa: E402

OLD = ("hypothesis==6.155.2", "hypothesis-jsonschema==0.23.1", "jsonschema-rs>=0.30")
LEAST_RATIO = 20
LEAST_BODIES = 2_000


class BudgetSpentError(KeyboardInterrupt):
    """Ends a run of Hypothesis, which lets nothing else through without looking for a smaller example."""


def measure(what: str, edition_name: str, seconds: float) -> dict[str, Any]:
    """Draw bodies for some seconds; looking at them is not counted."""
    contract = edition(edition_name)
    strategy: st.SearchStrategy[Any]
    if what == "ours":
        strategy = modify_bodies(edition=contract)
    else:
        from hypothesis_jsonschema import from_schema

        warnings.simplefilter("ignore")
        # A copy, because it writes into the schema that it is given.
        strategy = from_schema(copy.deepcopy(dict(contract.request)))
    reached: Counter[str] = Counter()
    sizes: list[int] = []
    valid = 0
    looking = 0.0
    least = LEAST_BODIES if what == "ours" else 1

    @settings(max_examples=10**7, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @hypothesis.seed(0)
    @given(strategy)
    def look(body: Any) -> None:
        nonlocal valid, looking
        start = time.perf_counter()
        valid += not violations(contract, body)
        sizes.append(len(encode(body)))
        reached.update(limits_reached(contract, body))
        now = time.perf_counter()
        looking += now - start
        if now - begin - looking >= seconds and len(sizes) >= least:
            raise BudgetSpentError

    begin = time.perf_counter()
    with contextlib.suppress(BudgetSpentError):
        look()
    spent = time.perf_counter() - begin - looking
    return {
        "what": what,
        "edition": edition_name,
        "hypothesis": hypothesis.__version__,
        "bodies": len(sizes),
        "valid": valid,
        "rate": valid / spent,
        "largest": max(sizes),
        "reached": dict(reached),
    }


def in_process(python: str, what: str, edition_name: str, seconds: float) -> dict[str, Any]:
    command = [python, __file__, "--measure", what, "--edition", edition_name, "--seconds", str(seconds)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return result


def old_environment(folder: str) -> str:
    """Make an environment with an older Hypothesis and return its interpreter."""
    venv.create(folder, with_pip=True)
    python = str(Path(folder) / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *OLD], check=True)
    return python


def line(result: dict[str, Any]) -> str:
    return (
        f"{result['what']:12} Hypothesis {result['hypothesis']:9} {result['rate']:8.0f} valid bodies a second"
        f"  ({result['valid']} valid of {result['bodies']}, largest {result['largest']:,} bytes)"
    )


def permitted(edition_name: str) -> set[str]:
    """Return what valid bodies leave out on purpose: efforts that not every reasoning model takes."""
    return {f"reasoning_effort = {effort!r}" for effort in edition(edition_name).efforts if effort not in USUAL_EFFORTS}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="budget of each measurement")
    parser.add_argument("--edition", default=DEFAULT)
    parser.add_argument("--measure", choices=("ours", "from_schema"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.edition, options.seconds)))
        return 0
    now = in_process(sys.executable, "ours", options.edition, options.seconds)
    with tempfile.TemporaryDirectory() as folder:
        python = old_environment(folder)
        theirs = in_process(python, "from_schema", options.edition, options.seconds)
        ours = in_process(python, "ours", options.edition, options.seconds)
    print(f"{'limit':74} {'ours':>6} {'ours, old':>9} {'from_schema':>11}")
    for name in limits(edition(options.edition)):
        counts = [result["reached"].get(name, 0) for result in (now, ours, theirs)]
        print(f"{name:74} {counts[0]:6} {counts[1]:9} {counts[2]:11}")
    print()
    for result in (now, ours, theirs):
        print(line(result))
    ratio = ours["rate"] / theirs["rate"]
    print(f"ratio {ratio:.0f}, asked for at least {LEAST_RATIO}")
    wanted = set(limits(edition(options.edition))) - permitted(options.edition)
    missing = sorted(name for result in (now, ours) for name in wanted - result["reached"].keys())
    invalid = [result for result in (now, ours) if result["valid"] != result["bodies"]]
    print(f"not reached: {', '.join(missing)}" if missing else "every limit reached")
    if invalid:
        print("some of our bodies were not valid")
    return 1 if missing or invalid or ratio < LEAST_RATIO else 0


if __name__ == "__main__":
    sys.exit(main())
