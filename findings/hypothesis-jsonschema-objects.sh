#!/usr/bin/env bash
# Package:  hypothesis-jsonschema 0.23.1 with hypothesis 6.170.17 (its range is hypothesis>=6.84.3, without an upper end)
# Expected: from_schema({"type": "object", …}) draws objects, as it draws strings and arrays.
# Seen:     every object schema raises AttributeError: 'many' object has no attribute 'more'. Strings, numbers, arrays still work,
#           so a suite that draws only these stays green. And a string of exactly 256000 characters, a limit of this API,
#           raises InvalidArgument: Hypothesis draws no text of that length.
# Source:   Requires-Dist of hypothesis-jsonschema; hypothesis.internal.conjecture.utils.many is no public API of Hypothesis.
# Matters:  schema-based fuzzing of modify bodies stops with a Hypothesis release. Pin Hypothesis, or compose objects by hand and
#           build long texts (a unit, repeated) instead of drawing them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check hypothesis-jsonschema==0.23.1 hypothesis==6.170.17
cd "$work"
venv/bin/python -W ignore - <<'PY'
import sys
from importlib.metadata import requires

from hypothesis import given, settings
from hypothesis_jsonschema import from_schema


def draws(schema):
    @settings(max_examples=5, database=None, deadline=None)
    @given(from_schema(schema))
    def draw(value):
        pass

    try:
        draw()
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:60]}"
    return "drawn"


print(requires("hypothesis-jsonschema"))
seen = [
    draws({"type": "string", "maxLength": 256}),
    draws({"type": "array", "items": {"type": "string"}, "maxItems": 3}),
    draws({"type": "object", "properties": {"name": {"type": "string"}}}),
    draws({"type": "string", "minLength": 256000, "maxLength": 256000}),
]
print("string, array, object, 256000 characters:", *seen, sep="\n  ")
sys.exit(
    not (seen[:2] == ["drawn"] * 2 and seen[2].startswith("AttributeError") and seen[3].startswith("InvalidArgument"))
)
PY
