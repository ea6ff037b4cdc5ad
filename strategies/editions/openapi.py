"""One operation of an OpenAPI document, 3.0 or 3.1, read as schemas in the form that editions keep.

References are followed within the document, ``allOf`` is put together, ``nullable``, type arrays, ``anyOf`` and
constants become what they mean. What cannot be represented is told, with its place, and left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from strategies.editions.own import EditionError
from strategies.editions.resolving import UNREAD, Reading
from strategies.editions.schemas import normal
from strategies.editions.walking import guess

if TYPE_CHECKING:
    from collections.abc import Mapping

_JSON = "application/json"


@dataclass(slots=True)
class Stated:
    """What a document states of the operation."""

    title: str
    """What the document calls itself, with its version."""
    request: dict[str, Any]
    """The schema of the body, with all that it refers to in its place."""
    answer: dict[str, Any]
    """That of the answer; without properties where the document has none."""
    closed: bool | None
    """Whether keys that it does not name are refused; ``None`` where it does not say."""
    models: list[str] = field(default_factory=list)
    """Words that a field may have beside any other text, those of ``model``."""
    unrepresented: list[str] = field(default_factory=list)


def stated(document: Any, operation: str) -> Stated:
    """Return what a document states of an operation.

    Raises :class:`EditionError`, one line, for what is no OpenAPI document, and for one without the operation or
    without a JSON body of it.
    """
    version = document.get("openapi") if isinstance(document, dict) else None
    if not isinstance(version, str) or not version.startswith("3."):
        why = "it is Swagger 2.0" if isinstance(document, dict) and "swagger" in document else "it has no openapi: 3.x"
        raise EditionError(f"not an OpenAPI 3 document: {why}")
    found = _operation(document, operation)
    reading = Reading(document)
    body = reading.resolved(found.get("requestBody"))
    schema = _json_schema(reading, body, f"operation {operation} has no JSON body in requestBody.content")
    answers = found.get("responses", {})
    answers = {str(code): answer for code, answer in answers.items()} if isinstance(answers, dict) else {}
    code = next((one for one in ("200", "201", "2XX", "default") if one in answers), "")
    info = document.get("info", {})
    told: list[str] = []
    result = Stated(
        " ".join(str(info.get(key, "")) for key in ("title", "version")).strip() if isinstance(info, dict) else "",
        {},
        {},
        None,
        unrepresented=told,
    )
    expanded = reading.expanded(schema, "body", told.append)
    if expanded.get("type", "object") not in ("object", ["object"], ["object", "null"]):
        raise EditionError(f"the body of operation {operation} is of type {expanded['type']!r}, and no object")
    extra = expanded.get("additionalProperties")
    result.closed = None if extra is None else extra is False
    properties = expanded.get("properties", {})
    result.models = _words_beside_any(properties.get("model", {}))
    result.request = _object(expanded, "", told)
    if code:
        answer = reading.resolved(answers[code])
        content = answer.get("content", {}) if isinstance(answer, dict) else {}
        form = _of_json(content)
        if isinstance(form, dict):
            try:
                shown = reading.expanded(form.get("schema", {}), "answer", lambda told: None)
                result.answer = _object(shown, "answer.", [])
            except EditionError as error:
                told.append(f"answer: {error}")
    return result


def _operation(document: Mapping[str, Any], operation: str) -> Mapping[str, Any]:
    known: dict[str, Mapping[str, Any]] = {}
    paths = document.get("paths", {})
    for path, item in paths.items() if isinstance(paths, dict) else ():
        if isinstance(item, dict) and isinstance(item.get("$ref"), str):
            item = _path_item(document, item)  # noqa: PLW2901
        for method, found in item.items() if isinstance(item, dict) else ():
            if isinstance(found, dict) and method in {"get", "post", "put", "patch", "delete"}:
                known[f"{method.upper()} {path}"] = found
                if isinstance(found.get("operationId"), str):
                    known[found["operationId"]] = found
    if operation not in known:
        raise EditionError(f"the document has no operation {operation!r}{guess(operation, known)}")
    return known[operation]


def _path_item(document: Mapping[str, Any], item: dict[str, Any]) -> Any:
    """Return what a path refers to; one that leads nowhere has no operations."""
    try:
        return Reading(document).resolved(item)
    except EditionError:
        return {}


def _json_schema(reading: Reading, body: Any, why: str) -> Any:
    content = body.get("content") if isinstance(body, dict) else None
    form = _of_json(content)
    if not isinstance(form, dict) or not isinstance(form.get("schema"), dict):
        raise EditionError(why)
    return form["schema"]


def _of_json(content: Any) -> Any:
    """Return what stands under the media type of JSON, which may have parameters; ``None`` where nothing does."""
    forms = content if isinstance(content, dict) else {}
    return next((form for name, form in forms.items() if str(name).partition(";")[0].strip().lower() == _JSON), None)


def _object(schema: Mapping[str, Any], prefix: str, told: list[str]) -> dict[str, Any]:
    """Return a body's schema: each field in its normal form."""
    properties = schema.get("properties", {})
    found: dict[str, Any] = {
        "type": "object",
        "properties": {},
        "required": list(schema.get("required", ())),
        "unread": [],
    }
    for name, inner in properties.items() if isinstance(properties, dict) else ():
        if UNREAD in inner:
            found["unread"].append(name)
            continue
        try:
            made = normal(_any_text(inner), f"{prefix}{name}", told.append)
        except EditionError as error:
            told.append(str(error))
            continue
        if made.get("x-free") and not _is_object(inner):  # any object is not what the document states
            found["unread"].append(name)
        else:
            found["properties"][name] = made
    return found


def _is_object(schema: Mapping[str, Any]) -> bool:
    kinds = schema.get("type", "object" if schema.keys() & {"properties", "additionalProperties"} else ())
    return "object" in (kinds if isinstance(kinds, list) else [kinds])


def _any_text(schema: Any) -> Any:
    """Return a text of any kind for one of listed words or any other."""
    return {"type": "string"} if isinstance(schema, dict) and _words_beside_any(schema) else schema


def _words_beside_any(schema: Mapping[str, Any]) -> list[str]:
    options = schema.get("anyOf", schema.get("oneOf", ()))
    options = [one for one in options if isinstance(one, dict) and one.get("type") != "null"]
    texts = [one for one in options if one.get("type") == "string"]
    if len(texts) != len(options) or not any("enum" not in one and "const" not in one for one in texts):
        return []
    return [word for one in texts for word in one.get("enum", [one["const"]] if "const" in one else [])]
