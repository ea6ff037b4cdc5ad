#!/usr/bin/env bash
# Package:  hypothesis 6.170.17
# Expected: a test with @seed, no database and a fixed number of examples is given the same examples in every process.
# Seen:     they differ once another module of the project is imported before, though the test never uses it: constants that
#           stand in the source of local modules are among what texts and numbers are drawn from.
# Source:   docstring of seed (for a fixed value it produces the same test cases, other non-determinism aside); hypothesis/internal/conjecture/providers.py
#           of that release, _get_local_constants and _maybe_draw_constant.
# Matters:  a suite that promises "same seed, same run" gets other requests when one more module is imported, when tests run in
#           another order, or when it is installed (installed packages are not local) instead of run from a checkout.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check hypothesis==6.170.17
cat > "$work/names.py" <<'PY'
NAMES = ("look_up", "weather_of_tomorrow", "assistant for orders", "file-search", "a model that is not listed")
LIMITS = (256, 512, 256_000, 128, 20)
PY
cat > "$work/drawn.py" <<'PY'
import hashlib
import sys

if sys.argv[1] == "imported":
    import names  # noqa: F401

from hypothesis import given, seed, settings
from hypothesis import strategies as st

drawn = []


@seed(7)
@settings(max_examples=300, database=None, deadline=None)
@given(st.fixed_dictionaries({"name": st.text(), "number": st.integers()}))
def keep(body):
    drawn.append(body)


keep()
print(hashlib.sha256(repr(drawn).encode()).hexdigest()[:16])
PY
cd "$work"
alone=$(venv/bin/python drawn.py alone) again=$(venv/bin/python drawn.py alone) imported=$(venv/bin/python drawn.py imported)
echo "the test alone: $alone | once more: $again | another module imported before: $imported"
[ "$alone" = "$again" ] && [ "$alone" != "$imported" ]
