#!/usr/bin/env bash
# Package:  axios 1.21.1 (npm)
# Expected: an object that is given as data is sent as JSON.stringify() writes it.
# Seen:     members called constructor and prototype are left out, at every depth; as text the same body is sent whole.
# Source:   README of axios, "data"; RFC 8259, 4 (a name is any string). Fields of the kind are known from merging of configurations.
# Matters:  metadata is the caller's own: {"constructor": "Acme"} is lost without a word. Give data as text with a content type.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund axios@1.21.1
cat >finding.mjs <<'JS'
import axios from 'axios'
import { createServer } from 'node:http'

const server = createServer(async (request, response) => {
  let text = ''
  for await (const chunk of request) text += chunk
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ text }))
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${server.address().port}/`
const body = { metadata: { constructor: 'Acme', prototype: 'no. 3', plan: 'a' } }
const asObject = (await axios.post(url, body)).data.text
const asText = (await axios.post(url, JSON.stringify(body), { headers: { 'content-type': 'application/json' } })).data.text
console.log('as an object:', asObject)
console.log('as a text:   ', asText)
server.close()
process.exit(asObject === '{"metadata":{"plan":"a"}}' && asText === JSON.stringify(body) ? 0 : 1)
JS
node finding.mjs
