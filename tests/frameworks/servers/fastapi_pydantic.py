"""FastAPI and pydantic: partial updates as in "Body - Updates", the models as in "Extra Models"."""

import sys
from typing import Annotated, Any, Literal

from assistants import Memory, envelope, loads, serve_asgi
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as AnyHTTPException
from stores import store

FIXED = bool({"fixed", "sqlite", "postgresql"} & set(sys.argv))


class Model(BaseModel):
    if FIXED:
        model_config = ConfigDict(extra="forbid", strict=True)


# What may be left out and may not be null: the default is not validated, the type does not take None.
OptionalText = str if FIXED else str | None
OptionalInteger = Annotated[int, Field(ge=1, le=50)] if FIXED else Annotated[int, Field(ge=1, le=50)] | None
OptionalObject = dict[str, Any] if FIXED else dict[str, Any] | None
Name = Annotated[str, Field(min_length=1, max_length=64, pattern="^[a-zA-Z0-9_-]+$")]


class CodeInterpreter(Model):
    type: Literal["code_interpreter"]


class RankingOptions(Model):
    ranker: Literal["auto", "default_2024_08_21"] if FIXED else Literal["auto", "default_2024_08_21"] | None = None
    score_threshold: Annotated[float, Field(ge=0, le=1)]


class FileSearchOptions(Model):
    max_num_results: OptionalInteger = None
    ranking_options: RankingOptions if FIXED else RankingOptions | None = None


class FileSearch(Model):
    type: Literal["file_search"]
    file_search: FileSearchOptions if FIXED else FileSearchOptions | None = None


class FunctionDefinition(Model):
    name: Name
    description: OptionalText = None
    parameters: OptionalObject = None
    strict: bool | None = False


class Function(Model):
    type: Literal["function"]
    function: FunctionDefinition


Tool = Annotated[CodeInterpreter | FileSearch | Function, Field(discriminator="type")]
Tools = Annotated[list[Tool], Field(max_length=128)]


class CodeInterpreterResources(Model):
    file_ids: Annotated[list[str], Field(max_length=20)] = []


class FileSearchResources(Model):
    vector_store_ids: Annotated[list[str], Field(max_length=1)] = []


class ToolResources(Model):
    code_interpreter: CodeInterpreterResources if FIXED else CodeInterpreterResources | None = None
    file_search: FileSearchResources if FIXED else FileSearchResources | None = None


class Text(Model):
    type: Literal["text"]


class JSONObject(Model):
    type: Literal["json_object"]


class SchemaDefinition(Model):
    name: Name
    description: OptionalText = None
    schema_: OptionalObject = Field(default=None, alias="schema")
    strict: bool | None = False


class JSONSchema(Model):
    type: Literal["json_schema"]
    json_schema: SchemaDefinition


Format = Annotated[Text | JSONObject | JSONSchema, Field(discriminator="type")]
Key = Annotated[str, Field(max_length=64)]
Value = Annotated[str, Field(max_length=512)]


class AssistantBase(Model):
    reasoning_effort: Literal["low", "medium", "high"] | None = "medium"
    name: Annotated[str, Field(max_length=256)] | None = None
    description: Annotated[str, Field(max_length=512)] | None = None
    instructions: Annotated[str, Field(max_length=256000)] | None = None
    tools: Tools = []
    tool_resources: ToolResources | None = None
    metadata: Annotated[dict[Key, Value], Field(max_length=16)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = 1
    top_p: Annotated[float, Field(ge=0, le=1)] | None = 1
    response_format: Literal["auto"] | Format | None = "auto"


class CreateAssistant(AssistantBase):
    model: str


class ModifyAssistant(AssistantBase):
    model: OptionalText = None


class Assistant(CreateAssistant):
    id: str
    object: Literal["assistant"]
    created_at: int


class StrictRequest(Request):
    async def json(self):
        return loads(await self.body())


class StrictRoute(APIRoute):
    def get_route_handler(self):
        handler = super().get_route_handler()

        async def strict(request):
            return await handler(StrictRequest(request.scope, request.receive))

        return strict


app = FastAPI()
assistants = store(sys.argv[1:], Memory)
options = {"response_model": Assistant}
if FIXED:
    options["response_model_exclude_unset"] = True
    app.router.route_class = StrictRoute


@app.post("/v1/assistants", **options)
def create(body: CreateAssistant):
    return assistants.create(body.model_dump(exclude_unset=True, by_alias=True))


@app.get("/v1/assistants/{assistant_id}", **options)
def retrieve(assistant_id: str):
    if (one := assistants.get(assistant_id)) is None:
        raise HTTPException(404, "Assistant not found")
    return one


@app.post("/v1/assistants/{assistant_id}", **options)
def modify(assistant_id: str, body: ModifyAssistant):
    changes = body.model_dump(exclude_unset=True, by_alias=True)
    if (one := assistants.update(assistant_id, changes)) is None:
        raise HTTPException(404, "Assistant not found")
    return one


@app.delete("/v1/assistants/{assistant_id}")
def delete(assistant_id: str):
    if not assistants.delete(assistant_id):
        raise HTTPException(404, "Assistant not found")
    return {"id": assistant_id, "object": "assistant.deleted", "deleted": True}


if FIXED:

    @app.exception_handler(RequestValidationError)
    def invalid(request, error):
        first = error.errors()[0]
        param = ".".join(str(part) for part in first["loc"][1:])
        return JSONResponse(envelope(f"{param}: {first['msg']}", param), 400)

    @app.exception_handler(AnyHTTPException)
    def refused(request, error):
        return JSONResponse(envelope(str(error.detail)), error.status_code)


if __name__ == "__main__":
    serve_asgi(app)
