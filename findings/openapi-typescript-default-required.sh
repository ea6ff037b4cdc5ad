#!/usr/bin/env bash
# Package:  openapi-typescript 7.13.0 (npm, with typescript 5.9.3)
# Expected: a property of a request body that is not required is optional in the type, default or not.
# Seen:     a property with a default is made required: "temperature: number | null", so a body with name alone does not compile.
#           With --default-non-nullable false it is optional. And nullable beside $ref is dropped: no "| null" there.
# Source:   openapi-typescript documentation, command line, --default-non-nullable (true by default); OpenAPI 3.0.3, Schema Object,
#           "default": what the receiver assumes when the value is not given.
# Matters:  typed clients of this API are led to send temperature and top_p with every modify, and so to reset both; and cannot
#           clear a field whose schema is a reference.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund openapi-typescript@7.13.0 typescript@5.9.3
cat >finding.mjs <<'JS'
import openapiTS, { astToString } from 'openapi-typescript'

const document = {
  openapi: '3.0.3',
  info: { title: 'assistants', version: '1' },
  paths: {},
  components: {
    schemas: {
      Resources: { type: 'object', properties: { file_ids: { type: 'array', items: { type: 'string' } } } },
      ModifyAssistantRequest: {
        type: 'object',
        properties: {
          name: { type: 'string', nullable: true },
          temperature: { type: 'number', default: 1, nullable: true },
          tool_resources: { $ref: '#/components/schemas/Resources', nullable: true },
        },
      },
    },
  },
}
const made = async options => {
  const text = astToString(await openapiTS(structuredClone(document), options))
  return ['name', 'temperature', 'tool_resources'].map(name => text.match(new RegExp(`^ *(${name}\\??: .*);$`, 'm'))[1])
}
const plain = await made({})
const other = await made({ defaultNonNullable: false })
console.log('as it is:', plain.join('; '), '\nwith --default-non-nullable false:', other.join('; '))
const expected = ['name?: string | null', 'temperature: number | null', 'tool_resources?: components["schemas"]["Resources"]']
process.exit(plain.join() === expected.join() && other[1] === 'temperature?: number | null' ? 0 : 1)
JS
node finding.mjs
