#!/usr/bin/env bash
# Package:  zod 4.6.7 with ajv 8.20.0 (npm)
# Expected: z.toJSONSchema(…, {target: "openapi-3.0"}) of a named object that may be null gives a schema that takes null, and that
#           readers of OpenAPI 3.0 can read.
# Seen:     {"nullable": true, "allOf": [{"$ref": …}]} without a type: by 3.0.3 this takes no null, and ajv, which knows nullable,
#           raises at it, with strict: false also. The same without a name of its own has its type, and ajv takes null.
# Source:   OpenAPI 3.0.3 and its proposal "Clarify Semantics of nullable": nullable works only where type stands in the same Schema
#           Object, and allOf must still take the value; ajv documentation, "nullable".
# Matters:  tool_resources and response_format are such fields: null, one of the three states, is lost on the way from code to document.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund zod@4.6.7 ajv@8.20.0
cat >finding.mjs <<'JS'
import Ajv from 'ajv'
import { z } from 'zod'

const resources = z.object({ file_ids: z.array(z.string()) }).meta({ id: 'Resources' })
const schema = z.toJSONSchema(z.object({ tool_resources: resources.nullable() }), { target: 'openapi-3.0' })
const field = schema.properties.tool_resources
const inline = z.toJSONSchema(z.object({ tool_resources: z.object({}).nullable() }), { target: 'openapi-3.0' })
const takes = new Ajv({ strict: false }).validate(inline, { tool_resources: null })
let raised = ''
try {
  new Ajv({ strict: false }).compile(schema)
} catch (error) {
  raised = error.message
}
console.log('written:', JSON.stringify(field), '| without a name:', JSON.stringify(inline.properties.tool_resources))
console.log('ajv:', raised || 'no error', '| without a name it takes null:', takes)
const untyped = field.nullable === true && field.type === undefined && Array.isArray(field.allOf)
process.exit(untyped && raised.includes('nullable') && takes ? 0 : 1)
JS
node finding.mjs
