#!/usr/bin/env bash
# Package:  openapi-schema-validator 0.8.1
# Expected: 1.0 is an integer for the validator of OpenAPI 3.0 as for the one of 3.1: the schema is the same, and so is the number.
# Seen:     OAS31Validator takes 1.0 for {"type": "integer"}, OAS30Validator refuses it, and openapi-core with it.
# Source:   OpenAPI 3.0.3, "Data Types" (JSON Schema Wright Draft 00, where an integer is written without fraction);
#           JSON Schema Validation 2020-12, 6.1.1 (any number with a zero fractional part).
# Matters:  a server that answers "created_at": 1795467236.0 is judged by the version of the document, not by the contract:
#           converting a document from 3.0 to 3.1 turns a red test green.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check openapi-schema-validator==0.8.1
"$work/venv/bin/python" - <<'PY'
import json
import sys

from openapi_schema_validator import OAS30Validator, OAS31Validator

schema = {"type": "object", "properties": {"created_at": {"type": "integer"}}}
seen = {
    f"{version} {text}": validator(schema).is_valid(json.loads(text))
    for version, validator in (("3.0", OAS30Validator), ("3.1", OAS31Validator))
    for text in ('{"created_at": 1795467236}', '{"created_at": 1795467236.0}', '{"created_at": true}')
}
for case, valid in seen.items():
    print(case, "->", "valid" if valid else "not valid")
sys.exit(list(seen.values()) != [True, False, False, True, True, False])
PY
