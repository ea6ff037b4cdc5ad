"""One operation of an OpenAPI document, 3.0 or 3.1, read as schemas in the form that editions keep.

References are followed within the document, ``allOf`` is put together, ``nullable``, type arrays, ``anyOf`` and
constants become what they mean. What cannot be represented is told, with its place, and left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from strategies.editions.own import EditionError
from strategies.editions.schemas import normal
from strategies.editions.walking import guess

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST = 50_000
"""Schemas that are looked at: a document that refers to itself over and over has no end."""
_JSON = "application/json"
UNREAD = "x-unread"
"""Marks a field whose schema cannot be read: an edition has it as its base has it."""


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
        raise EditionError(f"this is no OpenAPI document of version 3: {why}")
    found = _operation(document, operation)
    reading = _Reading(document)
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
        for method, found in item.items() if isinstance(item, dict) else ():
            if isinstance(found, dict) and method in {"get", "post", "put", "patch", "delete"}:
                known[f"{method.upper()} {path}"] = found
                if isinstance(found.get("operationId"), str):
                    known[found["operationId"]] = found
    if operation not in known:
        raise EditionError(f"the document has no operation {operation!r}{guess(operation, known)}")
    return known[operation]


def _json_schema(reading: _Reading, body: Any, why: str) -> Any:
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


class _EndlessError(EditionError):
    """The document has no end."""


class _Reading:
    """Follows references within one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._seen = 0

    def resolved(self, part: Any) -> Any:
        """Return what a part refers to, or the part; a reference that leads nowhere is an error."""
        met: set[str] = set()
        while isinstance(part, dict) and isinstance(part.get("$ref"), str):
            reference = part["$ref"]
            if reference in met:
                raise EditionError(f"the reference {reference!r} leads to itself")
            met.add(reference)
            beside = {key: value for key, value in part.items() if key != "$ref"}
            target = self._target(reference)
            part = {**target, **beside} if isinstance(target, dict) and beside else target
        return part

    def _target(self, reference: str) -> Any:
        if not reference.startswith("#/"):
            raise EditionError(f"the reference {reference!r} leads out of the document, which is not followed")
        found: Any = self._document
        for step in reference[2:].split("/"):
            step = step.replace("~1", "/").replace("~0", "~")  # noqa: PLW2901 - as RFC 6901 has it
            if not isinstance(found, dict) or step not in found:
                raise EditionError(f"the reference {reference!r} leads nowhere")
            found = found[step]
        return found

    def expanded(self, schema: Any, where: str, complain: Any, within: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return a schema with all that it refers to, or is put together of, in its place."""
        self._seen += 1
        if self._seen > MOST:
            raise _EndlessError(f"{where}: the document has more schemas than anybody reads")
        if not isinstance(schema, dict):
            complain(f"{where}: a schema that is {schema!r} says nothing")
            return {"type": "object"}
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference in within:
                complain(f"{where}: refers to itself by {reference}")
                return {"type": "object"}
            within = (*within, reference)
        found = dict(self.resolved({"$ref": reference}) if reference else schema)
        if reference:
            inner = self.expanded(found, where, complain, within)
            return {**inner, **{key: value for key, value in schema.items() if key != "$ref"}}
        parts = found.pop("allOf", ())
        for part in parts if isinstance(parts, list) else ():
            found = _together(self.expanded(part, where, complain, within), found)
        for key in ("oneOf", "anyOf"):
            if isinstance(found.get(key), list):
                found[key] = [self.expanded(one, where, complain, within) for one in found[key]]
        if isinstance(found.get("properties"), dict):
            found["properties"] = dict(self._each(found["properties"], where, complain, within))
            _leave_out_unread(found, nested=where != "body")
        for key in ("items", "additionalProperties", "propertyNames"):
            if isinstance(found.get(key), dict) and found[key]:
                found[key] = self.expanded(found[key], f"{where}.{key}", complain, within)
        if found.get("additionalProperties") == {}:
            found["additionalProperties"] = True
        return found

    def _each(
        self, properties: Mapping[str, Any], where: str, complain: Any, within: tuple[str, ...]
    ) -> Iterator[tuple[str, Any]]:
        for name, inner in properties.items():
            try:
                yield str(name), self.expanded(inner, f"{where}.{name}", complain, within)
            except _EndlessError:
                raise
            except EditionError as error:  # the rest of the document can be read without it
                complain(f"{where}.{name}: {error}: it stays as it is")
                yield str(name), {UNREAD: True}


def _leave_out_unread(schema: dict[str, Any], *, nested: bool) -> None:
    """Ask for no key that could not be read; a nested one is left out, a field of the body stays, with its mark."""
    unread = {name for name, inner in schema["properties"].items() if UNREAD in inner}
    if isinstance(schema.get("required"), list):
        schema["required"] = [name for name in schema["required"] if name not in unread]
    if nested:
        schema["properties"] = {name: one for name, one in schema["properties"].items() if name not in unread}


def _together(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return two parts of an ``allOf`` as one: keys of both, the required ones of both, and the stricter limit."""
    found = {**one, **other}
    if "properties" in one and "properties" in other:
        found["properties"] = {**one["properties"], **other["properties"]}
    if "required" in one and "required" in other:
        found["required"] = list(dict.fromkeys([*one["required"], *other["required"]]))
    for key in one.keys() & other.keys():
        if key.startswith("max") and isinstance(one[key], int | float):
            found[key] = min(one[key], other[key])
        if key.startswith("min") and isinstance(one[key], int | float):
            found[key] = max(one[key], other[key])
    return found
