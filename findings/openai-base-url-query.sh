#!/usr/bin/env bash
# Package:  openai 3.57.0 (PyPI) and openai 6.49.0 (npm)
# Expected: a base URL with a query, as gateways hand them out (http://…/v1?version=1), is joined as /v1/assistants/asst_1?version=1
#           or refused.
# Seen:     the path of the call is written into the query, and the request goes to the base itself: /v1/?version=1assistants/asst_1
#           (PyPI), /v1?version=1%2Fassistants%2Fasst_1 (npm). Neither raises.
# Source:   RFC 3986, 5.2.2 and 3.4 (the query starts at the first "?"); both clients have a parameter for it (default_query,
#           defaultQuery), and neither README says what a query in the base URL does.
# Matters:  a server that answers 200 at /v1 makes the call look successful. Give the query by default_query / defaultQuery.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund openai@6.49.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check openai==3.57.0
cat >one.py <<'PY'
import sys

import openai

openai.OpenAI(api_key="none", base_url=sys.argv[1], max_retries=0).beta.assistants.update("asst_1", name="x")
openai.OpenAI(
    api_key="none", base_url=sys.argv[1].split("?")[0], default_query={"version": "1"}, max_retries=0
).beta.assistants.update("asst_1", name="x")
PY
cat >finding.mjs <<'JS'
import { execFile } from 'node:child_process'
import http from 'node:http'
import { promisify } from 'node:util'
import OpenAI from 'openai'

const asked = []
const server = http.createServer((request, response) => {
  request.resume().on('end', () => {
    asked.push(request.url)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end('{"id": "asst_1", "object": "assistant", "created_at": 1, "model": "gpt-4o", "tools": [], "metadata": {}}')
  })
})
await new Promise(done => server.listen(0, '127.0.0.1', done))
const base = `http://127.0.0.1:${server.address().port}/v1`
const options = { apiKey: 'none', maxRetries: 0 }
await new OpenAI({ ...options, baseURL: `${base}?version=1` }).beta.assistants.update('asst_1', { name: 'x' })
await new OpenAI({ ...options, baseURL: base, defaultQuery: { version: '1' } }).beta.assistants.update('asst_1', { name: 'x' })
await promisify(execFile)('venv/bin/python', ['-W', 'ignore', 'one.py', `${base}?version=1`])
server.close()
console.log('npm:  query in the base URL:', asked[0], '| defaultQuery:', asked[1])
console.log('PyPI: query in the base URL:', asked[2], '| default_query:', asked[3])
const right = '/v1/assistants/asst_1?version=1'
const expected = ['/v1?version=1%2Fassistants%2Fasst_1', right, '/v1/?version=1assistants/asst_1', right]
process.exit(JSON.stringify(asked) === JSON.stringify(expected) ? 0 : 1)
JS
node finding.mjs
