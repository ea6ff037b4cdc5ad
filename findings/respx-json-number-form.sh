#!/usr/bin/env bash
# Package:  respx 0.23.1 (with httpx 0.28.1)
# Expected: a route with json={"a": 1} takes the body {"a": 1.0}: JSON has one kind of number, and the two are equal.
# Seen:     no route matches. Both sides are printed as JSON text and the texts are compared, so 1 and 1.0 differ,
#           and so do 1e21 and 1000000000000000000000.
# Source:   respx user guide, "JSON" pattern (nothing is said there about numbers); JSON Schema Core 2020-12, 4.2.2:
#           numbers are equal if they have the same mathematical value.
# Matters:  an SDK that sends temperature as 1.0 where the test wrote 1 is reported as not having called at all.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check respx==0.23.1 httpx==0.28.1
"$work/venv/bin/python" - <<'PY'
import sys

import httpx
import respx


def matches(expected, body):
    with respx.mock(assert_all_called=False, assert_all_mocked=False) as router:
        route = router.post("http://server.example/v1/assistants/asst_1", json=expected)
        httpx.post("http://server.example/v1/assistants/asst_1", content=body)
        return route.called


seen = {
    "1 for 1": matches({"temperature": 1}, b'{"temperature": 1}'),
    "1.0 for 1": matches({"temperature": 1}, b'{"temperature": 1.0}'),
    "1e21 for 10**21": matches({"temperature": 10**21}, b'{"temperature": 1e21}'),
}
print(seen)
sys.exit(seen != {"1 for 1": True, "1.0 for 1": False, "1e21 for 10**21": False})
PY
