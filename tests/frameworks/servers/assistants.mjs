// What the Node servers share, none of it about a framework: a store in memory, and the error envelope.
import { randomUUID } from 'node:crypto'

const UNSET = {
  name: null,
  description: null,
  instructions: null,
  tools: [],
  tool_resources: null,
  metadata: {},
  temperature: 1,
  top_p: 1,
  response_format: 'auto',
}
const assistants = new Map()

/** Return a body that JSON.stringify() can write again, which it cannot where JSON.parse() has read deep nesting. */
export function writable(body) {
  try {
    JSON.stringify(body)
  } catch {
    throw Object.assign(new Error('The body nests too deeply.'), { status: 400, statusCode: 400 })
  }
  return body
}

export const FIXED = process.argv.includes('fixed')

export function create(fields) {
  const id = `asst_${randomUUID().replaceAll('-', '')}`
  const one = { id, object: 'assistant', created_at: Math.floor(Date.now() / 1000), ...UNSET, ...fields }
  assistants.set(id, one)
  return one
}

export const get = (id) => assistants.get(id)

export function update(id, fields) {
  if (!assistants.has(id)) return undefined
  assistants.set(id, { ...assistants.get(id), ...fields })
  return assistants.get(id)
}

export const remove = (id) => assistants.delete(id)

export const deleted = (id) => ({ id, object: 'assistant.deleted', deleted: true })

export const envelope = (message, param = null) => ({
  error: { message, type: 'invalid_request_error', param, code: null },
})
