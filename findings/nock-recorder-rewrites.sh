#!/usr/bin/env bash
# Package:  nock 14.0.17 (npm), nock.recorder with output_objects
# Expected: a recording holds the bodies that went over the wire, and a replay answers with the same bytes.
# Seen:     JSON bodies are parsed and kept as values: 1.0 is 1 in the recording, 12345678901234567890 is
#           12345678901234567000, the first of two equal keys is gone, in what was asked and in what was answered.
# Source:   README of nock, "Recording" (output_objects: true); RFC 8259, 6 (numbers and their precision).
# Matters:  such a recording cannot show how an SDK printed a number or that it sent a key twice, and what a schema in
#           parameters said of large integers has changed. Judge recordings of this kind by value only.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund nock@14.0.17
cat >finding.mjs <<'JS'
import http from 'node:http'
import nock from 'nock'

const asked = '{"temperature": 1.0, "name": "a", "name": "b"}'
const answered = '{"temperature": 1.0, "maximum": 12345678901234567890}'
const server = http.createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(answered)
  })
})
await new Promise(done => server.listen(0, '127.0.0.1', done))
nock.recorder.rec({ output_objects: true, dont_print: true })
await new Promise((done, failed) => {
  const request = http.request(
    { port: server.address().port, host: '127.0.0.1', method: 'POST', path: '/v1/assistants/asst_1',
      headers: { 'content-type': 'application/json' } },
    response => response.resume().on('end', done),
  )
  request.on('error', failed).end(asked)
})
const [recorded] = nock.recorder.play()
nock.restore()
server.close()
const seen = [JSON.stringify(recorded.body), JSON.stringify(recorded.response)]
console.log('asked   ', asked, '\nrecorded', seen[0], '\nanswered', answered, '\nrecorded', seen[1])
process.exit(
  seen[0] === '{"temperature":1,"name":"b"}' && seen[1] === '{"temperature":1,"maximum":12345678901234567000}' ? 0 : 1,
)
JS
node finding.mjs
