#!/usr/bin/env bash
# Package:  msgspec 0.22.0
# Expected: what the JSON Schema that msgspec writes for a type takes, the decoder of that type takes too.
# Seen:     for int the schema is {"type": "integer"}, which takes 5.0 and 1e3; the decoder raises at both. strict=False takes them.
# Source:   documentation of msgspec, "Supported Types" (int) and "Strict" vs "Lax" mode; JSON Schema Validation 2020-12, 6.1.1
#           (a number with a zero fractional part is an integer).
# Matters:  a client in JavaScript or Lua may print max_num_results as 5.0. A server built on msgspec that publishes this schema
#           refuses what its own document takes: whether 5.0 is refused is worth a note, not a verdict.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check msgspec==0.22.0 jsonschema==4.26.0
"$work/venv/bin/python" - <<'PY'
import json
import sys

import jsonschema
import msgspec


def decodes(text, strict):
    try:
        msgspec.json.decode(text, type=int, strict=strict)
    except msgspec.ValidationError:
        return False
    return True


schema = msgspec.json.schema(int)
seen = {}
for text in ("5", "5.0", "1e3", "5.5"):
    valid = jsonschema.Draft202012Validator(schema).is_valid(json.loads(text))
    seen[text] = (valid, decodes(text, True), decodes(text, False))
print(schema, "(by its schema, decoded, decoded with strict=False):", seen)
sys.exit(
    seen
    != {"5": (True, True, True), "5.0": (True, False, True), "1e3": (True, False, True), "5.5": (False, False, False)}
)
PY
