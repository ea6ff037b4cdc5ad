#!/usr/bin/env bash
# Package:  hypothesis 6.170.17
# Expected: a state machine class that is made for one run, and that nobody holds any more, is freed with what it holds.
# Seen:     every one stays until the process ends, and whatever its rules close over with it: twenty classes made and run one
#           after the other are all alive after a collection. The same classes, defined and not run, are freed.
# Source:   hypothesis/stateful.py of that release: what the rules of a class are is kept on RuleBasedStateMachine itself, in a
#           dictionary by class (_setup_state_per_class). The page about stateful tests says nothing of it.
# Matters:  a fuzzer that makes a class anew for each round, to give its rules a session or a target to work on, grows with
#           everything that was sent, for as long as it runs. Make the class once, and give it what changes by an attribute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check hypothesis==6.170.17
cat > "$work/rounds.py" <<'PY'
import gc
import weakref

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test


def round_(runs):
    class Assistant(RuleBasedStateMachine):
        @rule()
        def modify(self):
            pass

    if runs:
        run_state_machine_as_test(Assistant, settings=settings(max_examples=2, database=None, deadline=None))
    return weakref.ref(Assistant)


for runs in (True, False):
    classes = [round_(runs) for _ in range(20)]
    gc.collect()
    print(sum(one() is not None for one in classes))
PY
mapfile -t alive < <("$work/venv/bin/python" "$work/rounds.py")
echo "of 20 classes alive after a collection: ${alive[0]} that were run, ${alive[1]} that were only defined"
[ "${alive[0]}" = 20 ] && [ "${alive[1]}" = 0 ]
