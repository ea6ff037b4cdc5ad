"""The eleven fields of a modify body as pydantic types, written by hand and not from the edition files.

Nothing is coerced: a boolean is no number, a numeric string neither. The one leniency is that of JSON Schema,
which takes ``5.0`` for an integer. An object holds the keys that the document names and no others, as the real
service had it; ``parameters`` and ``schema`` are free.
"""

# No ``from __future__ import annotations``: pydantic reads these annotations when the module is loaded.

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag, TypeAdapter, with_config
from pydantic_core import PydanticCustomError
from typing_extensions import NotRequired, TypedDict  # noqa: UP035 - below 3.12 pydantic asks for these

METADATA_PAIRS = 16
_STRICT = ConfigDict(strict=True)
_CLOSED = ConfigDict(strict=True, extra="forbid")

Effort2025 = Literal["low", "medium", "high"]
Effort2026 = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Identifier = Annotated[str, Field(min_length=1, max_length=64, pattern="^[a-zA-Z0-9_-]+$")]
Name = Annotated[str, Field(max_length=256)]
Description = Annotated[str, Field(max_length=512)]
Instructions = Annotated[str, Field(max_length=256_000)]
Temperature = Annotated[float, Field(ge=0, le=2)]
Fraction = Annotated[float, Field(ge=0, le=1)]


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Results = Annotated[int, Field(ge=1, le=50), BeforeValidator(_whole)]


@with_config(_CLOSED)
class CodeInterpreterTool(TypedDict):
    """Lets the assistant run code."""

    type: Literal["code_interpreter"]


@with_config(_CLOSED)
class RankingOptions(TypedDict):
    """How search results are ranked."""

    ranker: NotRequired[Literal["auto", "default_2024_08_21"]]
    score_threshold: Fraction


@with_config(_CLOSED)
class FileSearch(TypedDict):
    """The settings of the search."""

    max_num_results: NotRequired[Results]
    ranking_options: NotRequired[RankingOptions]


@with_config(_CLOSED)
class FileSearchTool(TypedDict):
    """Lets the assistant search files."""

    type: Literal["file_search"]
    file_search: NotRequired[FileSearch]


@with_config(_CLOSED)
class Function(TypedDict):
    """A function of the caller."""

    name: Identifier
    description: NotRequired[str]
    parameters: NotRequired[dict[str, Any]]
    strict: NotRequired[bool | None]


@with_config(_CLOSED)
class FunctionTool(TypedDict):
    """Lets the assistant ask for a function to be called."""

    type: Literal["function"]
    function: Function


@with_config(_CLOSED)
class CodeInterpreterResources(TypedDict):
    """The files that code can read."""

    file_ids: NotRequired[Annotated[list[str], Field(max_length=20)]]


@with_config(_CLOSED)
class FileSearchResources(TypedDict):
    """The store that is searched."""

    vector_store_ids: NotRequired[Annotated[list[str], Field(max_length=1)]]


@with_config(_CLOSED)
class ToolResources(TypedDict):
    """What the tools work on."""

    code_interpreter: NotRequired[CodeInterpreterResources]
    file_search: NotRequired[FileSearchResources]


@with_config(_CLOSED)
class TextFormat(TypedDict):
    """Free text."""

    type: Literal["text"]


@with_config(_CLOSED)
class JsonObjectFormat(TypedDict):
    """Any JSON object."""

    type: Literal["json_object"]


@with_config(_CLOSED)
class JsonSchema(TypedDict):
    """The schema to follow."""

    name: Identifier
    description: NotRequired[str]
    schema: NotRequired[dict[str, Any]]
    strict: NotRequired[bool | None]


@with_config(_CLOSED)
class JsonSchemaFormat(TypedDict):
    """JSON that follows a schema."""

    type: Literal["json_schema"]
    json_schema: JsonSchema


def _format_tag(value: Any) -> str | None:
    if isinstance(value, str):
        return "auto"
    tag = value.get("type") if isinstance(value, dict) else None
    return tag if isinstance(tag, str) else None


def _few_pairs(value: Any) -> Any:
    # Counted first, so that a million wrong pairs are one error and not a million.
    if isinstance(value, dict) and len(value) > METADATA_PAIRS:
        raise PydanticCustomError("too_long", "too many pairs", {"max_length": METADATA_PAIRS})
    return value


Tool = Annotated[CodeInterpreterTool | FileSearchTool | FunctionTool, Field(discriminator="type")]
Tools = Annotated[list[Tool], Field(max_length=128)]
Metadata = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]], BeforeValidator(_few_pairs)
]
ResponseFormat = Annotated[
    Annotated[Literal["auto"], Tag("auto")]
    | Annotated[TextFormat, Tag("text")]
    | Annotated[JsonObjectFormat, Tag("json_object")]
    | Annotated[JsonSchemaFormat, Tag("json_schema")],
    Discriminator(_format_tag),
]

_COMMON: dict[str, TypeAdapter[Any]] = {
    "model": TypeAdapter(str, config=_STRICT),
    "name": TypeAdapter(Name | None, config=_STRICT),
    "description": TypeAdapter(Description | None, config=_STRICT),
    "instructions": TypeAdapter(Instructions | None, config=_STRICT),
    "tools": TypeAdapter(Tools, config=_STRICT),
    "tool_resources": TypeAdapter(ToolResources | None),
    "metadata": TypeAdapter(Metadata | None, config=_STRICT),
    "temperature": TypeAdapter(Temperature | None, config=_STRICT),
    "top_p": TypeAdapter(Fraction | None, config=_STRICT),
    "response_format": TypeAdapter(ResponseFormat | None, config=_STRICT),
}

ADAPTERS: dict[str, dict[str, TypeAdapter[Any]]] = {
    "2025-03": {**_COMMON, "reasoning_effort": TypeAdapter(Effort2025 | None, config=_STRICT)},
    "2026-08": {**_COMMON, "reasoning_effort": TypeAdapter(Effort2026 | None, config=_STRICT)},
}
"""For each edition what reads each field."""
