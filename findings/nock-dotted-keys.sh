#!/usr/bin/env bash
# Package:  nock 14.0.17 (npm)
# Expected: .post(path, {metadata: {plan: "pro"}}) takes a body with that object and no other.
# Seen:     it also takes {"metadata.plan": "pro"} and {"metadata[plan]": "pro"}, labelled as JSON: before they are compared,
#           the keys of both sides are split at dots and brackets, as if they were names of form fields. This is so at the
#           top level only: inside metadata, "user.id" and {"user": {"id": …}} are told apart.
# Source:   README of nock, "Specifying request body" (a JSON object is matched exactly, it says);
#           lib/common.js, expand().
# Matters:  a client that flattens the body, which a server must refuse or will ignore, passes a test that names the whole
#           body. Compare in a function instead: .post(path, body => isDeepStrictEqual(body, …)).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund nock@14.0.17
cat >finding.mjs <<'JS'
import nock from 'nock'

nock.disableNetConnect()
const url = 'http://server.example'
const path = '/v1/assistants/asst_1'

async function matches(expected, body) {
  nock.cleanAll()
  nock(url).post(path, expected).reply(200, {})
  try {
    const answer = await fetch(url + path, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    return answer.status === 200
  } catch {
    return false
  }
}

const expected = { metadata: { plan: 'pro' } }
const seen = []
for (const body of [
  '{"metadata": {"plan": "pro"}}',
  '{"metadata.plan": "pro"}',
  '{"metadata[plan]": "pro"}',
  '{"metadata": {"plan": "free"}}',
]) {
  seen.push(await matches(expected, body))
  console.log('expected', JSON.stringify(expected), 'sent', body, '->', seen.at(-1) ? 'match' : 'no match')
}
process.exit(JSON.stringify(seen) === '[true,true,true,false]' ? 0 : 1)
JS
node finding.mjs
