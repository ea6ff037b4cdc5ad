#!/usr/bin/env bash
# Package:  msw 2.15.0 (npm)
# Expected: a handler for /v1/assistants/asst_AbC is asked for that id only: letters in a path are told apart.
# Seen:     it also answers for asst_aBc, for /V1/Assistants/ASST_ABC, and with a slash at the end.
# Source:   RFC 3986, 6.2.2.1 (only scheme and host are case-insensitive); mswjs/node-match-path issue 24, where this was made so.
# Matters:  ids of assistants may differ in case alone. A client that lowers them, or calls /V1, passes with this mock and gets 404
#           from a server; compare params.id or request.url in the handler.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund msw@2.15.0
cat >finding.mjs <<'JS'
import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'

const url = 'http://server.example'
const server = setupServer(
  http.post(`${url}/v1/assistants/asst_AbC`, () => HttpResponse.json({ id: 'asst_AbC' })),
  http.post('*', () => HttpResponse.json({}, { status: 404 })),
)
server.listen({ onUnhandledRequest: 'error' })
const seen = []
for (const path of [
  '/v1/assistants/asst_AbC',
  '/v1/assistants/asst_aBc',
  '/V1/Assistants/ASST_ABC',
  '/v1/assistants/asst_AbC/',
  '/v1/assistants/asst_AbD',
]) {
  seen.push((await fetch(url + path, { method: 'POST' })).status)
  console.log(path, '->', seen.at(-1))
}
server.close()
process.exit(seen.join() === '200,200,200,200,404' ? 0 : 1)
JS
node finding.mjs
