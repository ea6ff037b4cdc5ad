#!/usr/bin/env bash
# Package:  responses 0.26.3 (with requests 2.34.2)
# Expected: json_params_matcher({"a": 1}) refuses the body {"a": true}, at least with strict_match=True (the default):
#           a boolean is no number in JSON.
# Seen:     it matches, in lists too. What was parsed is compared by Python's ==, where True equals 1 and False equals 0.
# Source:   README of responses, "JSON encoded data" (json_params_matcher); JSON Schema Core 2020-12, 4.2.1: booleans
#           and numbers are two of the six types.
# Matters:  an SDK that turns 0 into false (top_p, temperature, score_threshold) passes a test that was written to catch it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check responses==0.26.3 requests==2.34.2
"$work/venv/bin/python" - <<'PY'
import sys

import requests
import responses
from responses import matchers


def matches(expected, body):
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        matcher = matchers.json_params_matcher(expected, strict_match=True)
        mock.post("http://server.example/v1/assistants/asst_1", json={}, match=[matcher])
        try:
            requests.post(
                "http://server.example/v1/assistants/asst_1", data=body, headers={"Content-Type": "application/json"}
            )
        except requests.ConnectionError:
            return False
        return True


seen = {
    "true for 1": matches({"temperature": 1}, b'{"temperature": true}'),
    "false for 0": matches({"temperature": 0}, b'{"temperature": false}'),
    "[true] for [1]": matches({"enum": [1]}, b'{"enum": [true]}'),
    '"1" for 1': matches({"temperature": 1}, b'{"temperature": "1"}'),
}
print(seen)
sys.exit(list(seen.values()) != [True, True, True, False])
PY
