// Hono and valibot: its validator middleware on each route, and v.partial() for the modify.
import { serve } from '@hono/node-server'
import { vValidator } from '@hono/valibot-validator'
import { Hono } from 'hono'
import * as v from 'valibot'
import { FIXED, create, deleted, envelope, get, remove, update, writable } from './assistants.mjs'

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(64), v.regex(/^[a-zA-Z0-9_-]+$/))
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
// An array is an object to v.object().
const plain = (schema) => (FIXED ? v.pipe(v.custom(isObject, 'No object.'), schema) : schema)
const object = FIXED ? v.looseObject : v.object
// Characters of a document are code points, and maxLength() counts the units of UTF-16.
const text = (most) =>
  v.pipe(v.string(), FIXED ? v.check((value) => [...value].length <= most, 'Too long.') : v.maxLength(most))
const free = FIXED ? v.custom(isObject, 'No object.') : v.record(v.string(), v.unknown())
const definition = (member) =>
  object({
    name,
    description: v.optional(v.string()),
    [member]: v.optional(free),
    strict: v.nullish(v.boolean()),
  })
const ranking = object({
  ranker: v.optional(v.picklist(['auto', 'default_2024_08_21'])),
  score_threshold: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
})
const search = object({
  max_num_results: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(50))),
  ranking_options: v.optional(plain(ranking)),
})
const tool = v.variant('type', [
  object({ type: v.literal('code_interpreter') }),
  object({ type: v.literal('file_search'), file_search: v.optional(plain(search)) }),
  object({ type: v.literal('function'), function: plain(definition('parameters')) }),
])
const format = v.variant('type', [
  object({ type: v.literal('text') }),
  object({ type: v.literal('json_object') }),
  object({ type: v.literal('json_schema'), json_schema: plain(definition('schema')) }),
])
const resources = object({
  code_interpreter: v.optional(plain(object({ file_ids: v.optional(v.pipe(v.array(v.string()), v.maxLength(20))) }))),
  file_search: v.optional(plain(object({ vector_store_ids: v.optional(v.pipe(v.array(v.string()), v.maxLength(1))) }))),
})
// v.record() leaves out __proto__, prototype and constructor.
const arePairs = (pairs) => Object.entries(pairs).every(([key, value]) => v.is(text(64), key) && v.is(text(512), value))
const fields = {
  model: v.string(),
  reasoning_effort: v.nullish(v.picklist(['low', 'medium', 'high'])),
  name: v.nullish(text(256)),
  description: v.nullish(text(512)),
  instructions: v.nullish(text(256000)),
  tools: v.optional(v.pipe(v.array(tool), v.maxLength(128))),
  tool_resources: v.nullish(plain(resources)),
  metadata: v.nullish(
    v.pipe(
      FIXED ? v.pipe(free, v.check(arePairs, 'No pairs.')) : v.record(text(64), text(512)),
      v.check((pairs) => Object.keys(pairs).length <= 16, 'At most 16 pairs.'),
    ),
  ),
  temperature: v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(2))),
  top_p: v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  response_format: v.nullish(v.union([v.literal('auto'), format])),
}
const CreateAssistant = FIXED ? v.strictObject(fields) : v.object(fields)
const ModifyAssistant = plain(v.partial(CreateAssistant))

const refused = (result, c) => {
  if (!result.success) return c.json(envelope(result.issues[0].message, v.getDotPath(result.issues[0])), 400)
}
const body = (schema) => (FIXED ? vValidator('json', schema, refused) : vValidator('json', schema))

const app = new Hono()
if (FIXED) {
  app.use(async (c, next) => {
    c.req.raw.headers.set('content-type', 'application/json') // whatever its label: it is read as JSON or refused
    await next()
  })
  app.onError((error, c) => c.json(envelope(error.message), error.status ?? 500))
  app.notFound((c) => c.json(envelope('No such URL.'), 404))
}
const missing = (c) => c.json(FIXED ? envelope('No such assistant.') : { error: 'Not found' }, 404)

app.post('/v1/assistants', body(CreateAssistant), (c) => c.json(create(c.req.valid('json'))))
app.get('/v1/assistants/:id', (c) => (get(c.req.param('id')) ? c.json(get(c.req.param('id'))) : missing(c)))
app.post('/v1/assistants/:id', body(ModifyAssistant), (c) => {
  const changes = FIXED ? writable(c.req.valid('json')) : c.req.valid('json')
  const one = update(c.req.param('id'), changes)
  return one ? c.json(one) : missing(c)
})
app.delete('/v1/assistants/:id', (c) => {
  const id = c.req.param('id')
  return remove(id) ? c.json(deleted(id)) : missing(c)
})

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, (info) => console.log(info.port))
