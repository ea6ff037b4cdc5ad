#!/usr/bin/env bash
# Package:  openai 6.49.0 (npm), beside openai 3.57.0 (PyPI)
# Expected: both SDKs of one vendor treat a 200 with a JSON body but another or no Content-Type alike.
# Seen:     for text/json, text/plain and no label at all the npm package resolves to a string, typed as Assistant, and
#           answer.id is undefined; the PyPI package parses the body and has an Assistant. For application/problem+json and
#           application/json both parse.
# Source:   RFC 9110, 8.3: a recipient may look at the data where Content-Type is missing; neither README says what happens.
# Matters:  a mock that forgets the header works for the tests of one SDK and fails those of the other, with no error raised.
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

answer = openai.OpenAI(api_key="none", base_url=sys.argv[1], max_retries=0).beta.assistants.update("asst_1", name="x")
print(type(answer).__name__, getattr(answer, "id", None))
PY
cat >finding.mjs <<'JS'
import { execFile } from 'node:child_process'
import http from 'node:http'
import { promisify } from 'node:util'
import OpenAI from 'openai'

const run = promisify(execFile)
let label
const server = http.createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, label ? { 'content-type': label } : {})
    response.end('{"id": "asst_1", "object": "assistant", "created_at": 1, "model": "gpt-4o", "tools": [], "metadata": {}}')
  })
})
await new Promise(done => server.listen(0, '127.0.0.1', done))
const baseURL = `http://127.0.0.1:${server.address().port}/v1`
const client = new OpenAI({ apiKey: 'none', baseURL, maxRetries: 0 })
const seen = []
for (label of ['application/json', 'application/problem+json', 'text/json', 'text/plain', '']) {
  const answer = await client.beta.assistants.update('asst_1', { name: 'x' })
  const python = (await run('venv/bin/python', ['-W', 'ignore', 'one.py', baseURL])).stdout.trim()
  seen.push(`${typeof answer} ${answer.id} / ${python}`)
  console.log(JSON.stringify(label), '-> npm / PyPI:', seen.at(-1))
}
server.close()
const parsed = 'object asst_1 / Assistant asst_1'
const unparsed = 'string undefined / Assistant asst_1'
process.exit(seen.join() === [parsed, parsed, unparsed, unparsed, unparsed].join() ? 0 : 1)
JS
node finding.mjs
