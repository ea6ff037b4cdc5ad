// Express 5 and zod: express.json(), and the body parsed by a partial() schema.
import express from 'express'
import * as z from 'zod'
import { FIXED, create, deleted, envelope, get, remove, update, writable } from './assistants.mjs'

const object = FIXED ? z.looseObject : z.object
const name = z.string().min(1).max(64).regex(/^[a-zA-Z0-9_-]+$/)
const free = FIXED ? z.custom((value) => typeof value === 'object' && value !== null && !Array.isArray(value)) : z.record(z.string(), z.unknown())
const definition = (member) =>
  object({
    name,
    description: z.string().optional(),
    [member]: free.optional(),
    strict: z.boolean().nullable().default(false),
  })
const ranking = object({
  ranker: z.enum(['auto', 'default_2024_08_21']).optional(),
  score_threshold: z.number().min(0).max(1),
})
const search = object({
  max_num_results: z.int().min(1).max(50).optional(),
  ranking_options: ranking.optional(),
})
const tool = z.discriminatedUnion('type', [
  object({ type: z.literal('code_interpreter') }),
  object({ type: z.literal('file_search'), file_search: search.optional() }),
  object({ type: z.literal('function'), function: definition('parameters') }),
])
const format = z.discriminatedUnion('type', [
  object({ type: z.literal('text') }),
  object({ type: z.literal('json_object') }),
  object({ type: z.literal('json_schema'), json_schema: definition('schema') }),
])
const optional = (schema, value) => (FIXED ? schema.optional() : schema.default(value))
const text = (most) => z.string().max(most)
// z.record() makes a new object, in which __proto__ is no key.
const arePairs = (pairs) =>
  Object.entries(pairs).every(([key, value]) => text(64).safeParse(key).success && text(512).safeParse(value).success)
const fields = {
  model: z.string(),
  reasoning_effort: optional(z.enum(['low', 'medium', 'high']).nullable(), 'medium'),
  name: text(256).nullable().optional(),
  description: text(512).nullable().optional(),
  instructions: text(256000).nullable().optional(),
  tools: optional(z.array(tool).max(128), []),
  tool_resources: object({
    code_interpreter: object({ file_ids: z.array(z.string()).max(20).optional() }).optional(),
    file_search: object({ vector_store_ids: z.array(z.string()).max(1).optional() }).optional(),
  })
    .nullable()
    .optional(),
  metadata: (FIXED ? free.refine(arePairs) : z.record(text(64), text(512)))
    .refine((pairs) => Object.keys(pairs).length <= 16, 'At most 16 pairs.')
    .nullable()
    .optional(),
  temperature: optional(z.number().min(0).max(2).nullable(), 1),
  top_p: optional(z.number().min(0).max(1).nullable(), 1),
  response_format: optional(z.union([z.literal('auto'), format]).nullable(), 'auto'),
}
const CreateAssistant = FIXED ? z.strictObject(fields) : z.object(fields)
const ModifyAssistant = CreateAssistant.partial()

const app = express()
const verify = (request, response, body) => {
  if (!body.length) throw Object.assign(new Error('An empty body is no JSON.'), { status: 400 })
}
app.use(express.json(FIXED ? { limit: '32mb', type: () => true, verify } : {}))

app.post('/v1/assistants', (request, response) => response.json(create(CreateAssistant.parse(request.body))))
app.get('/v1/assistants/:id', (request, response) => found(response, get(request.params.id)))
app.post('/v1/assistants/:id', (request, response) =>
  found(response, update(request.params.id, ModifyAssistant.parse(FIXED ? writable(request.body) : request.body))),
)
app.delete('/v1/assistants/:id', (request, response) =>
  found(response, remove(request.params.id) && deleted(request.params.id)),
)
app.use((error, request, response, next) => {
  if (error instanceof z.ZodError) {
    const [first] = error.issues
    response.status(400).json(FIXED ? envelope(first.message, first.path.join('.')) : { errors: error.issues })
  } else if (FIXED) {
    response.status(error.status ?? 500).json(envelope(error.message))
  } else {
    next(error)
  }
})
if (FIXED) app.use((request, response) => response.status(404).json(envelope('No such URL.')))

function found(response, one) {
  if (one) response.json(one)
  else response.status(404).json(FIXED ? envelope('No such assistant.') : { error: 'Not found' })
}

const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
