#!/usr/bin/env bash
# Package:  openapi-python-client 0.29.1
# Expected: a generated request model sends what was set: what is UNSET is left out, as null and "not given" are told apart.
# Seen:     an optional field with a default in the document is not UNSET but holds the default, and is sent:
#           ModifyAssistantRequest(name="x").to_dict() has "temperature": 1.0. And nullable beside $ref is not seen, so from_dict()
#           raises at a null there, though it takes null where the reference stands in allOf.
# Source:   OpenAPI 3.0.3, Schema Object, "default" (the value that the receiver assumes when none was given); Reference Object
#           ("SHALL be ignored" about what stands beside $ref); published documents of this API have "default": 1 at temperature.
# Matters:  every modify call of such a client resets temperature and top_p of the assistant, whatever was stored.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check openapi-python-client==0.29.1
cat >"$work/document.json" <<'JSON'
{"openapi": "3.0.3", "info": {"title": "assistants", "version": "1"},
 "paths": {"/assistants/{id}": {"post": {"operationId": "modify",
  "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
  "requestBody": {"required": true, 
   "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ModifyAssistantRequest"}}}},
  "responses": {"204": {"description": "done"}}}}},
 "components": {"schemas": {
  "Resources": {"type": "object", "properties": {"file_ids": {"type": "array", "items": {"type": "string"}}}},
  "ModifyAssistantRequest": {"type": "object", "properties": {
   "name": {"type": "string", "maxLength": 256, "nullable": true},
   "temperature": {"type": "number", "minimum": 0, "maximum": 2, "default": 1, "nullable": true},
   "beside": {"$ref": "#/components/schemas/Resources", "nullable": true},
   "inside": {"allOf": [{"$ref": "#/components/schemas/Resources"}], "nullable": true}}}}}}
JSON
cd "$work"
PATH="$work/venv/bin:$PATH" openapi-python-client generate --path document.json --output-path client --meta none >log 2>&1 || { cat log; exit 2; }
"$work/venv/bin/python" - <<'PY'
import sys

from client.models import ModifyAssistantRequest


def read(body):
    try:
        return ModifyAssistantRequest.from_dict(body).to_dict()
    except TypeError as error:
        return f"TypeError: {error}"


sent = ModifyAssistantRequest(name="x").to_dict()
inside, beside = read({"inside": None}), read({"beside": None})
print('set was name="x", sent is', sent)
print("null in allOf:", inside, "| null beside $ref:", beside)
sys.exit(sent != {"name": "x", "temperature": 1.0} or inside != {"inside": None} or "TypeError" not in beside)
PY
