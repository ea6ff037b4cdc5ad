"""Quart and quart-schema: dataclasses of pydantic with validate_request and validate_response, as in its README."""

import asyncio
import sys
from dataclasses import field
from typing import Annotated, Any, Literal

from assistants import Memory, envelope, listen, loads
from hypercorn.asyncio import serve
from hypercorn.config import Config
from pydantic import ConfigDict, Field, Strict, TypeAdapter
from pydantic.dataclasses import dataclass
from quart import Quart, abort
from quart.json.provider import DefaultJSONProvider
from quart_schema import QuartSchema, RequestSchemaValidationError, validate_request
from werkzeug.exceptions import HTTPException

FIXED = "fixed" in sys.argv[1:]
FORBID = ConfigDict(extra="forbid") if FIXED else ConfigDict()
Number = Annotated[float, Strict(FIXED)]
Integer = Annotated[int, Strict(FIXED)]
Truth = Annotated[bool, Strict(FIXED)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern="^[a-zA-Z0-9_-]+$")]


def data(made):
    return dataclass(made, config=FORBID)


class Unset:
    """What a dataclass holds where nothing was sent."""


UNSET: Any = Unset() if FIXED else None
OptionalText = str if FIXED else str | None
OptionalObject = dict[str, Any] if FIXED else dict[str, Any] | None


@data
class CodeInterpreter:
    type: Literal["code_interpreter"]


@data
class RankingOptions:
    score_threshold: Annotated[Number, Field(ge=0, le=1)]
    ranker: Literal["auto", "default_2024_08_21"] = "auto"


@data
class FileSearchOptions:
    max_num_results: Annotated[Integer, Field(ge=1, le=50)] = UNSET if FIXED else 20
    ranking_options: RankingOptions if FIXED else RankingOptions | None = UNSET


@data
class FileSearch:
    type: Literal["file_search"]
    file_search: FileSearchOptions if FIXED else FileSearchOptions | None = UNSET


@data
class FunctionDefinition:
    name: Name
    description: OptionalText = UNSET
    parameters: OptionalObject = UNSET
    strict: Truth | None = UNSET if FIXED else False


@data
class Function:
    type: Literal["function"]
    function: FunctionDefinition


@data
class CodeInterpreterResources:
    file_ids: Annotated[list[str], Field(max_length=20)] = UNSET if FIXED else field(default_factory=list)


@data
class FileSearchResources:
    vector_store_ids: Annotated[list[str], Field(max_length=1)] = UNSET if FIXED else field(default_factory=list)


@data
class ToolResources:
    code_interpreter: CodeInterpreterResources if FIXED else CodeInterpreterResources | None = UNSET
    file_search: FileSearchResources if FIXED else FileSearchResources | None = UNSET


@data
class Text:
    type: Literal["text"]


@data
class JSONObject:
    type: Literal["json_object"]


@data
class SchemaDefinition:
    name: Name
    description: OptionalText = UNSET
    schema: OptionalObject = UNSET
    strict: Truth | None = UNSET if FIXED else False


@data
class JSONSchema:
    type: Literal["json_schema"]
    json_schema: SchemaDefinition


Tool = Annotated[CodeInterpreter | FileSearch | Function, Field(discriminator="type")]
Format = Annotated[Text | JSONObject | JSONSchema, Field(discriminator="type")]
Key = Annotated[str, Field(max_length=64)]
Value = Annotated[str, Field(max_length=512)]


@data
class ModifyAssistant:
    model: OptionalText = UNSET
    reasoning_effort: Literal["low", "medium", "high"] | None = UNSET
    name: Annotated[str, Field(max_length=256)] | None = UNSET
    description: Annotated[str, Field(max_length=512)] | None = UNSET
    instructions: Annotated[str, Field(max_length=256000)] | None = UNSET
    tools: (
        Annotated[list[Tool], Field(max_length=128)] if FIXED else Annotated[list[Tool], Field(max_length=128)] | None
    ) = UNSET
    tool_resources: ToolResources | None = UNSET
    metadata: Annotated[dict[Key, Value], Field(max_length=16)] | None = UNSET
    temperature: Annotated[Number, Field(ge=0, le=2)] | None = UNSET
    top_p: Annotated[Number, Field(ge=0, le=1)] | None = UNSET
    response_format: Literal["auto"] | Format | None = UNSET


@data
class CreateAssistant(ModifyAssistant):
    model: str = Field()


class StrictProvider(DefaultJSONProvider):
    def loads(self, text, **options):
        return loads(text)


app = Quart(__name__)
QuartSchema(app)
assistants = Memory()
if FIXED:
    app.json = StrictProvider(app)


def sent(value):
    """Return the fields that a dataclass was given: a dataclass does not know which, so None means left out."""
    if not FIXED:
        fields = TypeAdapter(type(value)).dump_python(value)
        return {name: one for name, one in fields.items() if one is not None}
    if isinstance(value, list):
        return [sent(one) for one in value]
    if not hasattr(value, "__dataclass_fields__"):
        return value
    return {name: sent(one) for name, one in vars(value).items() if not isinstance(one, Unset) and name[0] != "_"}


@app.post("/v1/assistants")
@validate_request(CreateAssistant)
async def create(data: CreateAssistant):
    return assistants.create(sent(data))


@app.get("/v1/assistants/<assistant_id>")
async def retrieve(assistant_id: str):
    return assistants.get(assistant_id) or abort(404)


@app.post("/v1/assistants/<assistant_id>")
@validate_request(ModifyAssistant)
async def modify(assistant_id: str, data: ModifyAssistant):
    return assistants.update(assistant_id, sent(data)) or abort(404)


@app.delete("/v1/assistants/<assistant_id>")
async def delete(assistant_id: str):
    if not assistants.delete(assistant_id):
        abort(404)
    return {"id": assistant_id, "object": "assistant.deleted", "deleted": True}


if FIXED:

    @app.errorhandler(RequestSchemaValidationError)
    async def invalid(error):
        reasons = error.validation_error.errors() if hasattr(error.validation_error, "errors") else []
        param = ".".join(str(part) for part in reasons[0]["loc"]) if reasons else None
        return envelope(f"{param}: {reasons[0]['msg']}" if reasons else str(error.validation_error), param), 400

    @app.errorhandler(HTTPException)
    async def refused(error):
        return envelope(error.description), error.code

    @app.errorhandler(ValueError)
    @app.errorhandler(RecursionError)
    async def unreadable(error):
        return envelope("The body cannot be read."), 400


if __name__ == "__main__":
    listener = listen()
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.loglevel = "ERROR"
    asyncio.run(serve(app, config))
