#!/usr/bin/env bash
# Package:  datamodel-code-generator 0.89.0 (with pydantic 2.14.4)
# Expected: "name" that is required and nullable becomes a field that must be there and may be None.
# Seen:     the generated model refuses None: of "required" and "nullable" only the first is left, while the same field,
#           not required, may be None. With --strict-nullable it is as expected.
# Source:   documentation of datamodel-code-generator, option --strict-nullable; OpenAPI 3.0.3, Schema Object, "nullable".
# Matters:  name, description and instructions of an assistant are required and nullable. A generated client fails at the
#           answer of a server that does nothing wrong.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check datamodel-code-generator==0.89.0 pydantic==2.14.4
cat >"$work/document.json" <<'JSON'
{"openapi": "3.0.3", "info": {"title": "assistants", "version": "1"}, "paths": {},
 "components": {"schemas": {"Assistant": {"type": "object", "required": ["id", "name"], "properties": {
  "id": {"type": "string"},
  "name": {"type": "string", "maxLength": 256, "nullable": true},
  "description": {"type": "string", "maxLength": 512, "nullable": true}}}}}}
JSON
cd "$work"
for mode in plain strict; do
  venv/bin/python -W ignore -m datamodel_code_generator --input document.json --input-file-type openapi \
    --output-model-type pydantic_v2.BaseModel --output "$mode.py" $([ $mode = plain ] || echo --strict-nullable)
done
venv/bin/python - <<'PY'
import sys

import plain
import pydantic
import strict


def takes(module):
    try:
        module.Assistant.model_validate_json('{"id": "asst_1", "name": null, "description": null}')
    except pydantic.ValidationError as error:
        return [place["loc"] for place in error.errors()]
    return True


print("refused without the option:", takes(plain), "| taken with --strict-nullable:", takes(strict))
sys.exit(takes(plain) != [("name",)] or takes(strict) is not True)
PY
