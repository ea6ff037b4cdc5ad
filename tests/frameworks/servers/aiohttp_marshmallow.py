"""aiohttp and marshmallow: routes in a table, and Schema.load(partial=True) as in "Partial Loading"."""

import json
import sys

from aiohttp import web
from assistants import Memory, envelope, listen, loads
from marshmallow import Schema, ValidationError, fields
from marshmallow.validate import Length, OneOf, Range, Regexp

FIXED = "fixed" in sys.argv[1:]
NAME = Regexp(r"^[a-zA-Z0-9_-]{1,64}\Z" if FIXED else r"^[a-zA-Z0-9_-]{1,64}$")


class Number(fields.Float):
    """A Float; the fixed one takes JSON numbers alone."""

    def _deserialize(self, value, attr, data, **options):
        if FIXED and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **options)


class Truth(fields.Boolean):
    def _deserialize(self, value, attr, data, **options):
        if FIXED and not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **options)


class Union(fields.Field):
    """An object whose type says which schema is for it."""

    def __init__(self, words=(), branches=None, **options):
        super().__init__(**options)
        self.words, self.branches = words, branches

    def _deserialize(self, value, attr, data, **options):
        if isinstance(value, str) and value in self.words:
            return value
        if not isinstance(value, dict) or not isinstance(value.get("type"), str) or value["type"] not in self.branches:
            raise ValidationError("Not a known type.")
        return self.branches[value["type"]]().load(value)


INTEGER = {"strict": True} if FIXED else {}


class RankingOptions(Schema):
    ranker = fields.String(validate=OneOf(["auto", "default_2024_08_21"]))
    score_threshold = Number(required=True, validate=Range(0, 1))


class FileSearchOptions(Schema):
    max_num_results = fields.Integer(validate=Range(1, 50), **INTEGER)
    ranking_options = fields.Nested(RankingOptions)


class Definition(Schema):
    name = fields.String(required=True, validate=NAME)
    description = fields.String()
    strict = Truth(allow_none=True)


class FunctionDefinition(Definition):
    parameters = fields.Dict()


class SchemaDefinition(Definition):
    schema = fields.Dict()


class OfType(Schema):
    type = fields.String(required=True)


class FileSearch(OfType):
    file_search = fields.Nested(FileSearchOptions)


class Function(OfType):
    function = fields.Nested(FunctionDefinition, required=True)


class JSONSchema(OfType):
    json_schema = fields.Nested(SchemaDefinition, required=True)


class CodeInterpreterResources(Schema):
    file_ids = fields.List(fields.String(), validate=Length(max=20))


class FileSearchResources(Schema):
    vector_store_ids = fields.List(fields.String(), validate=Length(max=1))


class ToolResources(Schema):
    code_interpreter = fields.Nested(CodeInterpreterResources)
    file_search = fields.Nested(FileSearchResources)


TOOLS = {"code_interpreter": OfType, "file_search": FileSearch, "function": Function}
FORMATS = {"text": OfType, "json_object": OfType, "json_schema": JSONSchema}


class AssistantSchema(Schema):
    model = fields.String(required=True)
    reasoning_effort = fields.String(allow_none=True, validate=OneOf(["low", "medium", "high"]))
    name = fields.String(allow_none=True, validate=Length(max=256))
    description = fields.String(allow_none=True, validate=Length(max=512))
    instructions = fields.String(allow_none=True, validate=Length(max=256000))
    tools = fields.List(Union(branches=TOOLS), validate=Length(max=128))
    tool_resources = fields.Nested(ToolResources, allow_none=True)
    metadata = fields.Dict(
        keys=fields.String(validate=Length(max=64)),
        values=fields.String(validate=Length(max=512)),
        allow_none=True,
        validate=Length(max=16),
    )
    temperature = Number(allow_none=True, validate=Range(0, 2))
    top_p = Number(allow_none=True, validate=Range(0, 1))
    response_format = Union(("auto",), FORMATS, allow_none=True)


routes = web.RouteTableDef()
assistants = Memory()
schema = AssistantSchema()


async def read(request):
    if not FIXED:
        return await request.json()
    try:
        return loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise web.HTTPBadRequest(reason="The body cannot be read.") from error


def found(one):
    if not one:
        raise web.HTTPNotFound
    return web.json_response(one)


@routes.post("/v1/assistants")
async def create(request):
    return web.json_response(assistants.create(schema.load(await read(request))))


@routes.get("/v1/assistants/{assistant_id}")
async def retrieve(request):
    return found(assistants.get(request.match_info["assistant_id"]))


@routes.post("/v1/assistants/{assistant_id}")
async def modify(request):
    changes = schema.load(await read(request), partial=True)
    return found(assistants.update(request.match_info["assistant_id"], changes))


@routes.delete("/v1/assistants/{assistant_id}")
async def delete(request):
    assistant_id = request.match_info["assistant_id"]
    if not assistants.delete(assistant_id):
        raise web.HTTPNotFound
    return web.json_response({"id": assistant_id, "object": "assistant.deleted", "deleted": True})


@web.middleware
async def refusals(request, handler):
    try:
        return await handler(request)
    except ValidationError as error:
        told = envelope(json.dumps(error.messages), next(iter(error.messages), None)) if FIXED else error.messages
        return web.json_response(told, status=422)
    except web.HTTPException as error:
        if not FIXED:
            raise
        return web.json_response(envelope(error.reason), status=error.status)


app = web.Application(middlewares=[refusals], **({"client_max_size": 32 * 1024**2} if FIXED else {}))
app.add_routes(routes)

if __name__ == "__main__":
    web.run_app(app, sock=listen(), print=None)
