#!/usr/bin/env bash
# Package:  zod 4.6.7 (npm), beside ajv 8.20.0
# Expected: z.fromJSONSchema() keeps every limit, or raises where it cannot, as it does at "not".
# Seen:     limits vanish without a word: maxItems where there is no items, maxLength beside $ref, required for a property that
#           is not described, maxLength without type. And const or enum with an object refuses the equal object, 2**60 is no
#           integer. ajv judges all of them by the specification.
# Source:   comment at z.fromJSONSchema() in its type declarations ("semi-experimental"); JSON Schema Validation 2020-12,
#           6.4.1, 6.3.1, 6.5.3, 6.1.3.
# Matters:  a mock that checks bodies by a schema turned into zod lets 129 tools through, and 257 characters behind a $ref.
#           Whatever judges limits must be seen to refuse, limit by limit.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund zod@4.6.7 ajv@8.20.0
cat >finding.mjs <<'JS'
import Ajv from 'ajv/dist/2020.js'
import { z } from 'zod'

const cases = [
  ['129 tools', { type: 'array', maxItems: 128 }, Array(129).fill({}), true],
  [
    '257 characters behind a reference',
    { $ref: '#/$defs/name', maxLength: 256, $defs: { name: { type: 'string' } } },
    'x'.repeat(257),
    true,
  ],
  ['required, not described', { type: 'object', required: ['model'] }, {}, true],
  ['257 characters, no type', { maxLength: 256 }, 'x'.repeat(257), true],
  ['equal to const', { const: { type: 'auto' } }, { type: 'auto' }, false],
  ['2**60', { type: 'integer' }, 2 ** 60, false],
]
let same = true
for (const [label, schema, value, seen] of cases) {
  const byZod = z.fromJSONSchema(schema).safeParse(value).success
  const byAjv = new Ajv({ strict: false }).validate(schema, value)
  console.log(`${label}: zod ${byZod ? 'takes' : 'refuses'} it, ajv ${byAjv ? 'takes' : 'refuses'} it`)
  same &&= byZod === seen && byAjv === !seen
}
let raised = false
try {
  z.fromJSONSchema({ not: { type: 'string' } })
} catch {
  raised = true
}
console.log('at "not":', raised ? 'an error' : 'no error')
process.exit(same && raised ? 0 : 1)
JS
node finding.mjs
