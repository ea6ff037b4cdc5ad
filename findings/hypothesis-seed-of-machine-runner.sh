#!/usr/bin/env bash
# Package:  hypothesis 6.170.17
# Expected: seed(0)(run_state_machine_as_test)(Machine, settings=…) runs the same sequences each time: the decorator takes any
#           function, and for a function with @given it is what is run that is given the seed.
# Seen:     without a word it changes nothing: two such runs differ. The same seed on the machine (a class, or a function
#           that makes one) gives the same sequences.
# Source:   hypothesis/stateful.py of that release, get_state_machine_test: the seed is taken over from what makes the machine,
#           and from nowhere else. The pages about seed and about stateful tests do not say where it is to stand.
# Matters:  a suite that runs machines by hand and promises "same seed, same run" draws anew in every run, and reports of one
#           commit differ from each other.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check hypothesis==6.170.17
cat > "$work/runs.py" <<'PY'
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

drawn = []


class Modifies(RuleBasedStateMachine):
    @rule(name=st.text(), temperature=st.floats(0, 2))
    def modify(self, name, temperature):
        drawn.append((name, temperature))


def run(runner, machine):
    drawn.clear()
    runner(machine, settings=settings(max_examples=30, database=None, deadline=None))
    return list(drawn)


def machine():
    return Modifies()


for runner, made in (
    (seed(0)(run_state_machine_as_test), machine),
    (run_state_machine_as_test, seed(0)(lambda: Modifies())),
):
    run(runner, made)  # the first draw of a process looks through what is imported
    print("same" if run(runner, made) == run(runner, made) else "other")
PY
mapfile -t came < <("$work/venv/bin/python" "$work/runs.py")
echo "two runs with one seed: ${came[0]} sequences with the seed on the runner, ${came[1]} with the seed on the machine"
[ "${came[0]}" = other ] && [ "${came[1]}" = same ]
