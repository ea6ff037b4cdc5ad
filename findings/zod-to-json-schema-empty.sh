#!/usr/bin/env bash
# Package:  zod-to-json-schema 3.25.2 with zod 4.6.7 (npm); its peerDependencies allow zod 4
# Expected: a schema of the object, or an error where this zod is not supported.
# Seen:     {"$schema": "…"} and nothing else, for every schema of zod 4, without a warning.
# Source:   README of zod-to-json-schema, "Versioning": zod 4 is let in for the sake of its zod/v3, its own schemas are not
#           supported; issue 177 in StefanTerdell/zod-to-json-schema.
# Matters:  programs make the parameters of a function tool in this way. {} is a valid schema, so modify is answered 200, and the
#           model is told of a function without parameters: test what was sent, not that it was accepted.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund zod-to-json-schema@3.25.2 zod@4.6.7
cat >finding.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { zodToJsonSchema } from 'zod-to-json-schema'

const { peerDependencies } = JSON.parse(readFileSync('node_modules/zod-to-json-schema/package.json'))
const parameters = z.object({ city: z.string().max(64) })
const made = zodToJsonSchema(parameters)
const own = z.toJSONSchema(parameters)
console.log('peerDependencies:', JSON.stringify(peerDependencies))
console.log('zod-to-json-schema:', JSON.stringify(made), '| z.toJSONSchema:', JSON.stringify(own.properties))
const empty = Object.keys(made).join() === '$schema'
process.exit(empty && own.properties.city.maxLength === 64 && /\^4/.test(peerDependencies.zod) ? 0 : 1)
JS
node finding.mjs
