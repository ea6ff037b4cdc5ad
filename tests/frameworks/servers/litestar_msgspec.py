"""Litestar and msgspec: Structs with UNSET for what was left out, as in msgspec's "Unset"."""

import sys
from typing import Annotated, Any, Literal

from assistants import Memory, envelope, serve_asgi
from litestar import Litestar, Request, Response, delete, get, post
from litestar.exceptions import HTTPException, NotFoundException, ValidationException
from msgspec import UNSET, DecodeError, Meta, Struct, UnsetType, json, to_builtins

FIXED = "fixed" in sys.argv[1:]
FORBID = {"forbid_unknown_fields": True} if FIXED else {}
PATTERN = r"^[a-zA-Z0-9_-]+\Z" if FIXED else "^[a-zA-Z0-9_-]+$"
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=PATTERN)]


class CodeInterpreter(Struct, tag_field="type", tag="code_interpreter", **FORBID):
    pass


class RankingOptions(Struct, **FORBID):
    score_threshold: Annotated[float, Meta(ge=0, le=1)]
    ranker: Literal["auto", "default_2024_08_21"] | UnsetType = UNSET


class FileSearchOptions(Struct, **FORBID):
    max_num_results: Annotated[int, Meta(ge=1, le=50)] | UnsetType = UNSET
    ranking_options: RankingOptions | UnsetType = UNSET


class FileSearch(Struct, tag_field="type", tag="file_search", **FORBID):
    file_search: FileSearchOptions | UnsetType = UNSET


class FunctionDefinition(Struct, **FORBID):
    name: Name
    description: str | UnsetType = UNSET
    parameters: dict[str, Any] | UnsetType = UNSET
    strict: bool | UnsetType | None = UNSET


class Function(Struct, tag_field="type", tag="function", **FORBID):
    function: FunctionDefinition


class CodeInterpreterResources(Struct, **FORBID):
    file_ids: Annotated[list[str], Meta(max_length=20)] | UnsetType = UNSET


class FileSearchResources(Struct, **FORBID):
    vector_store_ids: Annotated[list[str], Meta(max_length=1)] | UnsetType = UNSET


class ToolResources(Struct, **FORBID):
    code_interpreter: CodeInterpreterResources | UnsetType = UNSET
    file_search: FileSearchResources | UnsetType = UNSET


class Text(Struct, tag_field="type", tag="text", **FORBID):
    pass


class JSONObject(Struct, tag_field="type", tag="json_object", **FORBID):
    pass


class SchemaDefinition(Struct, **FORBID):
    name: Name
    description: str | UnsetType = UNSET
    schema: dict[str, Any] | UnsetType = UNSET
    strict: bool | UnsetType | None = UNSET


class JSONSchema(Struct, tag_field="type", tag="json_schema", **FORBID):
    json_schema: SchemaDefinition


Key = Annotated[str, Meta(max_length=64)]
Value = Annotated[str, Meta(max_length=512)]


class ModifyAssistant(Struct, **FORBID):
    model: str | UnsetType = UNSET
    reasoning_effort: Literal["low", "medium", "high"] | UnsetType | None = UNSET
    name: Annotated[str, Meta(max_length=256)] | UnsetType | None = UNSET
    description: Annotated[str, Meta(max_length=512)] | UnsetType | None = UNSET
    instructions: Annotated[str, Meta(max_length=256000)] | UnsetType | None = UNSET
    tools: Annotated[list[CodeInterpreter | FileSearch | Function], Meta(max_length=128)] | UnsetType = UNSET
    tool_resources: ToolResources | UnsetType | None = UNSET
    metadata: Annotated[dict[Key, Value], Meta(max_length=16)] | UnsetType | None = UNSET
    temperature: Annotated[float, Meta(ge=0, le=2)] | UnsetType | None = UNSET
    top_p: Annotated[float, Meta(ge=0, le=1)] | UnsetType | None = UNSET
    response_format: Literal["auto"] | Text | JSONObject | JSONSchema | UnsetType | None = UNSET


class CreateAssistant(ModifyAssistant, kw_only=True, **FORBID):
    model: str


assistants = Memory()
status = {"status_code": 200} if FIXED else {}


async def strictly(request, kind):
    """Decode a body as msgspec does by itself; Litestar has it coerce."""
    try:
        return json.decode(await request.body(), type=kind)
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValidationException(str(error)) from error


def modified(assistant_id, data):
    if (one := assistants.update(assistant_id, to_builtins(data))) is None:
        raise NotFoundException("Assistant not found")
    return one


if FIXED:

    @post("/v1/assistants", **status)
    async def create(request: Request) -> dict[str, Any]:
        return assistants.create(to_builtins(await strictly(request, CreateAssistant)))

    @post("/v1/assistants/{assistant_id:str}", **status)
    async def modify(assistant_id: str, request: Request) -> dict[str, Any]:
        return modified(assistant_id, await strictly(request, ModifyAssistant))

else:

    @post("/v1/assistants")
    async def create(data: CreateAssistant) -> dict[str, Any]:
        return assistants.create(to_builtins(data))

    @post("/v1/assistants/{assistant_id:str}")
    async def modify(assistant_id: str, data: ModifyAssistant) -> dict[str, Any]:
        return modified(assistant_id, data)


@get("/v1/assistants/{assistant_id:str}")
async def retrieve(assistant_id: str) -> dict[str, Any]:
    if (one := assistants.get(assistant_id)) is None:
        raise NotFoundException("Assistant not found")
    return one


@delete("/v1/assistants/{assistant_id:str}", status_code=200)
async def remove(assistant_id: str) -> dict[str, Any]:
    if not assistants.delete(assistant_id):
        raise NotFoundException("Assistant not found")
    return {"id": assistant_id, "object": "assistant.deleted", "deleted": True}


def refused(request, error):
    extra = error.extra if isinstance(error.extra, list) else []
    said = "; ".join(f"{one.get('key', '')} {one['message']}".strip() for one in extra) or str(error.detail)
    return Response(envelope(said, extra[0].get("key") if extra else None), status_code=error.status_code)


handlers = {HTTPException: refused} if FIXED else {}
app = Litestar([create, retrieve, modify, remove], exception_handlers=handlers)

if __name__ == "__main__":
    serve_asgi(app)
