// The smallest honest SDK on each of five HTTP stacks of Node, behind an adapter program: exec:'node sdk.mjs axios'.
import { readFileSync } from 'node:fs'

const [, , stack, form] = process.argv
const FIXED = form === 'fixed'
const SECONDS = 5

const text = (answer, done) => {
  let read = ''
  answer.setEncoding('utf8')
  answer.on('data', (chunk) => (read += chunk))
  answer.on('end', () => done(null, read))
}

const stacks = {
  async undici() {
    const { fetch } = await import('undici')
    return async ({ method, url, headers, fields }) => {
      const answer = await fetch(url, {
        method,
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(fields),
        signal: AbortSignal.timeout(SECONDS * 1000),
        ...(FIXED && { redirect: 'manual' }),
      })
      return [answer.status, () => answer.json()]
    }
  },
  async axios() {
    const { default: axios } = await import('axios')
    return async ({ method, url, headers, fields }) => {
      const options = { method, url, headers, data: fields, timeout: SECONDS * 1000, validateStatus: null }
      if (FIXED) {
        options.data = JSON.stringify(fields)
        options.headers = { ...headers, 'content-type': 'application/json' }
        options.maxRedirects = 0
        options.signal = AbortSignal.timeout(SECONDS * 1000)
      }
      const answer = await axios(options)
      return [answer.status, () => answer.data]
    }
  },
  async got() {
    const { default: got } = await import('got')
    return async ({ method, url, headers, fields }) => {
      const answer = await got(url, {
        method,
        headers,
        json: fields,
        responseType: 'json',
        throwHttpErrors: false,
        timeout: { request: SECONDS * 1000 },
      })
      return [answer.statusCode, () => answer.body]
    }
  },
  async ky() {
    const { default: ky } = await import('ky')
    return async ({ method, url, headers, fields }) => {
      const options = { method, headers, json: fields, throwHttpErrors: false, timeout: SECONDS * 1000 }
      if (FIXED) Object.assign(options, { redirect: 'manual', signal: AbortSignal.timeout(SECONDS * 1000) })
      const answer = await ky(url, options)
      return [answer.status, () => answer.json()]
    }
  },
  async superagent() {
    const { default: superagent } = await import('superagent')
    return async ({ method, url, headers, fields }) => {
      const request = superagent(method, url).set(headers).send(fields).timeout(SECONDS * 1000).ok(() => true)
      if (FIXED) request.redirects(0).buffer(true).parse(text)
      const answer = await request
      return [answer.status, () => (FIXED ? JSON.parse(answer.body) : answer.body)]
    }
  },
}

class APIError extends Error {
  constructor(message, status, error) {
    super(message)
    Object.assign(this, { status, error: error ?? {} })
  }
}

const send = await stacks[stack]()

async function called({ call, base_url: base, api_key: key, assistant_id: id, fields }) {
  const headers = { authorization: `Bearer ${key}`, 'openai-beta': 'assistants=v2' }
  if (FIXED && /^\.{0,2}$/.test(id)) throw new APIError('such an id would be taken for a step in the path')
  const path = `/assistants/${encodeURIComponent(id)}`
  const url = FIXED ? joined(base, path) : base + path
  let status, read, value
  try {
    ;[status, read] = await send({ method: call === 'modify' ? 'POST' : 'GET', url, headers, fields })
  } catch (error) {
    throw new APIError(`${error.name}: ${error.message}`, error.response?.status ?? error.response?.statusCode)
  }
  try {
    value = await read()
  } catch (error) {
    throw new APIError(`status ${status}, and no JSON: ${error.message}`, status)
  }
  const said = value?.error?.message
  const message = typeof said === 'string' ? said : JSON.stringify(said)
  if (status < 200 || status > 299) throw new APIError(`status ${status}: ${message}`, status, value?.error)
  if (value?.object !== 'assistant') throw new APIError('the answer is no assistant', status)
  return value
}

function joined(base, path) {
  const url = new URL(base)
  url.pathname = url.pathname.replace(/\/+$/, '') + path
  return url.href
}

const write = (line) => process.stdout.write(JSON.stringify(line) + '\n')
const { version } = JSON.parse(readFileSync(new URL(`node_modules/${stack}/package.json`, import.meta.url)))
const settings = { timeout: `${SECONDS} s` }
write({ conformance: 1, name: stack, version, language: 'javascript', cannot: ['integer.beyond_2_53'], settings })

let rest = ''
process.stdin.setEncoding('utf8')
for await (const chunk of process.stdin) {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop()
  for (const line of lines) {
    const asked = JSON.parse(line)
    try {
      write({ id: asked.id, returned: await called(asked) })
    } catch (error) {
      const { type = null, param = null, code = null } = typeof error.error === 'object' ? error.error : {}
      const told = error instanceof APIError ? { status: error.status ?? null, type, param, code } : { own: false }
      write({ id: asked.id, raised: { kind: error.name, message: error.message, ...told } })
    }
  }
}
