// Fastify with its own validation: JSON Schema by Ajv, in the options that Fastify gives it.
import Fastify from 'fastify'
import { FIXED, create, deleted, envelope, get, remove, update, writable } from './assistants.mjs'

const text = (maxLength) => ({ type: ['string', 'null'], maxLength })
const objects = (branches) =>
  Object.entries(branches).map(([name, { required = [], properties = {} }]) => ({
    type: 'object',
    required: ['type', ...required],
    properties: { type: { const: name }, ...properties },
  }))
const name = { type: 'string', minLength: 1, maxLength: 64, pattern: '^[a-zA-Z0-9_-]+$' }
const strict = { type: ['boolean', 'null'] }
const definition = (free) => ({
  type: 'object',
  required: ['name'],
  properties: { name, description: { type: 'string' }, [free]: { type: 'object' }, strict },
})
const ids = (maxItems) => ({ type: 'array', maxItems, items: { type: 'string' } })
const tools = objects({
  code_interpreter: {},
  file_search: {
    properties: {
      file_search: {
        type: 'object',
        properties: {
          max_num_results: { type: 'integer', minimum: 1, maximum: 50 },
          ranking_options: {
            type: 'object',
            required: ['score_threshold'],
            properties: {
              ranker: { type: 'string', enum: ['auto', 'default_2024_08_21'] },
              score_threshold: { type: 'number', minimum: 0, maximum: 1 },
            },
          },
        },
      },
    },
  },
  function: { required: ['function'], properties: { function: definition('parameters') } },
})
const formats = objects({
  text: {},
  json_object: {},
  json_schema: { required: ['json_schema'], properties: { json_schema: definition('schema') } },
})
const properties = {
  model: { type: 'string' },
  reasoning_effort: { enum: ['low', 'medium', 'high', null] },
  name: text(256),
  description: text(512),
  instructions: text(256000),
  tools: { type: 'array', maxItems: 128, items: { oneOf: tools } },
  tool_resources: {
    type: ['object', 'null'],
    properties: {
      code_interpreter: { type: 'object', properties: { file_ids: ids(20) } },
      file_search: { type: 'object', properties: { vector_store_ids: ids(1) } },
    },
  },
  metadata: {
    type: ['object', 'null'],
    maxProperties: 16,
    propertyNames: { maxLength: 64 },
    additionalProperties: { type: 'string', maxLength: 512 },
  },
  temperature: { type: ['number', 'null'], minimum: 0, maximum: 2 },
  top_p: { type: ['number', 'null'], minimum: 0, maximum: 1 },
  response_format: { oneOf: [{ enum: ['auto', null] }, ...formats] },
}
const modify = { type: 'object', additionalProperties: false, properties }

const ajv = { customOptions: { coerceTypes: false, removeAdditional: false } }
const fastify = Fastify(FIXED ? { ajv, onProtoPoisoning: 'ignore', onConstructorPoisoning: 'ignore', bodyLimit: 2 ** 25 } : {})
const missing = (reply) => reply.code(404).send(FIXED ? envelope('No such assistant.') : { error: 'Not found' })

fastify.post('/v1/assistants', { schema: { body: { ...modify, required: ['model'] } } }, async (request) =>
  create(request.body),
)
fastify.get('/v1/assistants/:id', async (request, reply) => get(request.params.id) ?? missing(reply))
fastify.post('/v1/assistants/:id', { schema: { body: modify } }, async (request, reply) =>
  update(request.params.id, FIXED ? writable(request.body) : request.body) ?? missing(reply),
)
fastify.delete('/v1/assistants/:id', async (request, reply) =>
  remove(request.params.id) ? deleted(request.params.id) : missing(reply),
)
if (FIXED) {
  fastify.setErrorHandler((error, request, reply) => {
    const param = error.validation?.[0].instancePath.slice(1).replaceAll('/', '.') || null
    reply.code(error.statusCode ?? 500).send(envelope(error.message, param))
  })
  fastify.setNotFoundHandler((request, reply) => missing(reply))
}

await fastify.listen({ host: '127.0.0.1', port: 0 })
console.log(fastify.server.address().port)
