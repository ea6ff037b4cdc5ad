"""Django Ninja: Schemas, and partial updates with dict(exclude_unset=True) as in its "CRUD example"."""

import sys
from typing import Annotated, Any, Literal

import django
from assistants import Memory, envelope, loads, serve_asgi
from django.conf import settings
from pydantic import ConfigDict, Field

FIXED = "fixed" in sys.argv[1:]
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="tried on loopback only",
    MIDDLEWARE=[  # those of startproject that need no database
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.urls import path  # noqa: E402
from ninja import NinjaAPI, Schema  # noqa: E402
from ninja.errors import HttpError, ValidationError  # noqa: E402
from ninja.parser import Parser  # noqa: E402

Name = Annotated[str, Field(min_length=1, max_length=64, pattern="^[a-zA-Z0-9_-]+$")]
OptionalText = str if FIXED else str | None
OptionalObject = dict[str, Any] if FIXED else dict[str, Any] | None


class Model(Schema):
    if FIXED:
        model_config = ConfigDict(extra="forbid", strict=True)


class CodeInterpreter(Model):
    type: Literal["code_interpreter"]


class RankingOptions(Model):
    ranker: Literal["auto", "default_2024_08_21"] = "auto"
    score_threshold: float = Field(ge=0, le=1)


class FileSearchOptions(Model):
    max_num_results: int = Field(20, ge=1, le=50)
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
    schema_: OptionalObject = Field(None, alias="schema")
    strict: bool | None = False


class JSONSchema(Model):
    type: Literal["json_schema"]
    if FIXED:  # the name is an attribute of ninja.Schema, which is taken for a default
        json_schema_: SchemaDefinition = Field(alias="json_schema")
    else:
        json_schema: SchemaDefinition


Tool = Annotated[CodeInterpreter | FileSearch | Function, Field(discriminator="type")]
Format = Annotated[Text | JSONObject | JSONSchema, Field(discriminator="type")]
Key = Annotated[str, Field(max_length=64)]
Value = Annotated[str, Field(max_length=512)]


class AssistantIn(Model):
    model: OptionalText = None
    reasoning_effort: Literal["low", "medium", "high"] | None = None
    name: str | None = Field(None, max_length=256)
    description: str | None = Field(None, max_length=512)
    instructions: str | None = Field(None, max_length=256000)
    tools: list[Tool] = Field([], max_length=128)
    tool_resources: ToolResources | None = None
    metadata: dict[Key, Value] | None = Field(None, max_length=16)
    temperature: float | None = Field(1, ge=0, le=2)
    top_p: float | None = Field(1, ge=0, le=1)
    response_format: Literal["auto"] | Format | None = "auto"


class AssistantNew(AssistantIn):
    model: str


class AssistantOut(AssistantIn):
    id: str
    object: str
    created_at: int


class StrictParser(Parser):
    def parse_body(self, request):
        return loads(request.body)


api = NinjaAPI(parser=StrictParser() if FIXED else None)
assistants = Memory()
options = {"response": AssistantOut, "by_alias": True}
if FIXED:
    options["exclude_unset"] = True


@api.post("/assistants", **options)
def create(request, data: AssistantNew):
    return assistants.create(data.dict(exclude_unset=True, by_alias=FIXED))


@api.get("/assistants/{assistant_id}", **options)
def retrieve(request, assistant_id: str):
    if (one := assistants.get(assistant_id)) is None:
        raise HttpError(404, "Assistant not found")
    return one


@api.post("/assistants/{assistant_id}", **options)
def modify(request, assistant_id: str, data: AssistantIn):
    if (one := assistants.update(assistant_id, data.dict(exclude_unset=True, by_alias=FIXED))) is None:
        raise HttpError(404, "Assistant not found")
    return one


@api.delete("/assistants/{assistant_id}")
def delete(request, assistant_id: str):
    if not assistants.delete(assistant_id):
        raise HttpError(404, "Assistant not found")
    return {"id": assistant_id, "object": "assistant.deleted", "deleted": True}


if FIXED:

    @api.exception_handler(ValidationError)
    def invalid(request, error):
        first = error.errors[0]
        param = ".".join(str(part) for part in first["loc"][2:])
        return api.create_response(request, envelope(f"{param}: {first['msg']}", param), status=400)

    @api.exception_handler(HttpError)
    def refused(request, error):
        return api.create_response(request, envelope(str(error)), status=error.status_code)


urlpatterns = [path("v1/", api.urls)]

if __name__ == "__main__":
    serve_asgi(get_asgi_application())
