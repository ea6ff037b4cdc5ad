#!/usr/bin/env bash
# Package:  fastjsonschema 2.22.3
# Expected: validate(schema, body) says whether the body is valid and leaves it alone.
# Seen:     it writes defaults of the schema into the body: {"name": "x"} holds temperature 1 afterwards, nested ones too.
#           With use_default=False it does not.
# Source:   documentation of fastjsonschema, validate(), argument use_default; JSON Schema Validation 2020-12, 9.2
#           ("default" is an annotation).
# Matters:  a test that validates the body first and sends it then never sends an omitted field, and whether an omitted field
#           keeps its value is what was to be tested.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check fastjsonschema==2.22.3
"$work/venv/bin/python" - <<'PY'
import sys

import fastjsonschema

SCHEMA = {
    "type": "object",
    "properties": {
        "temperature": {"type": ["number", "null"], "default": 1},
        "ranking_options": {"type": "object", "properties": {"ranker": {"type": "string", "default": "auto"}}},
    },
}


def after(body, **options):
    fastjsonschema.validate(SCHEMA, body, **options)
    return body


plain = after({"ranking_options": {}})
kept = after({"ranking_options": {}}, use_default=False)
print("as it is:", plain, "| use_default=False:", kept)
sys.exit(plain != {"ranking_options": {"ranker": "auto"}, "temperature": 1} or kept != {"ranking_options": {}})
PY
