"""The editions are what the published documents say, and know when they have been altered."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from strategies import editions
from strategies.editions import DEFAULT, UnknownEditionError, digest, edition, names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from strategies.editions import Edition

FIELDS = edition().fields
NULLABLE = edition().nullable

SPEC = Path(__file__).resolve().parents[3] / "shared" / "spec"
NAMES = ("2025-03", "2026-08")

both = pytest.mark.parametrize("name", NAMES)

Fact = tuple[str, str, str]
"""A place, a keyword and its value as JSON."""

_LIMITS = ("maxLength", "minLength", "pattern", "maxItems", "minimum", "maximum", "maxProperties", "default")


def document(name: str) -> Mapping[str, Any]:
    """Read the published OpenAPI document of an edition, or skip."""
    file = SPEC / f"openapi-assistants-{name}.yaml"
    if not file.is_file():
        pytest.skip("the published OpenAPI documents are not beside this checkout")
    yaml = pytest.importorskip("yaml", reason="PyYAML is needed to read the published OpenAPI documents")
    loaded: Mapping[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return loaded


def facts(schema: Mapping[str, Any], root: Mapping[str, Any], place: str = "") -> Iterator[Fact]:
    """Say all that a schema limits, alike for OpenAPI 3.0 (nullable), 3.1 (anyOf null) and the editions' own form.

    What an edition takes from prose is left out.
    """
    options = list(alternatives(schema, root))
    nullable = any(is_null(option) for option in options)
    yield place, "nullable", json.dumps(nullable)
    real = [option for option in options if option.get("type") != "null"]
    if any(option.get("type") == "string" and not listed(option) for option in real):
        real = [option for option in real if not listed(option)]  # any string: those listed too
    for option in real:
        tag = const(option.get("properties", {}).get("type", {})) if len(real) > 1 else None
        yield from option_facts(option, root, f"{place}<{tag}>" if tag else place)


def alternatives(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    inherited = {"nullable": True} if schema.get("nullable") else {}
    for key in ("oneOf", "anyOf"):
        if key in schema:
            for option in schema[key]:
                yield from alternatives({**option, **inherited}, root)
            return
    if "$ref" in schema:
        target: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        yield from alternatives({**target, **inherited}, root)
        return
    yield schema


def is_null(option: Mapping[str, Any]) -> bool:
    types = option.get("type")
    return types == "null" or (isinstance(types, list) and "null" in types) or option.get("nullable") is True


def listed(option: Mapping[str, Any]) -> list[Any]:
    return [value for value in option.get("enum", ()) if value is not None]


def const(schema: Mapping[str, Any]) -> Any:
    values = listed(schema)
    return schema.get("const", values[0] if len(values) == 1 else None)


def option_facts(option: Mapping[str, Any], root: Mapping[str, Any], place: str) -> Iterator[Fact]:
    if "const" in option:
        yield place, "enum", json.dumps([option["const"]])
        return
    types = option["type"]
    kind = next(one for one in types if one != "null") if isinstance(types, list) else types
    values = listed(option)
    if not (len(values) == 1 and place.endswith((".type", ".object"))):
        yield place, "type", kind
    if values:
        yield place, "enum", json.dumps(values)
    for key in _LIMITS:
        if key in option and key not in option.get("x-prose", {}):
            yield place, key, json.dumps(option[key])
    for key in option.get("required", ()):
        yield place, "required", key
    if option.get("additionalProperties") is False:
        yield place, "additionalProperties", "false"
    yield from inner_facts(option, root, place)


def inner_facts(option: Mapping[str, Any], root: Mapping[str, Any], place: str) -> Iterator[Fact]:
    if isinstance(option.get("additionalProperties"), dict):
        yield from facts(option["additionalProperties"], root, f"{place}.*")
    if "items" in option:
        yield from facts(option["items"], root, f"{place}[]")
    for key, inner in option.get("properties", {}).items():
        yield place, "property", key
        yield from facts(inner, root, f"{place}.{key}")


@both
@pytest.mark.parametrize(
    ("part", "schema"),
    [("request", "ModifyAssistantRequest"), ("assistant", "AssistantObject"), ("error", "ErrorResponse")],
)
def test_an_edition_limits_what_the_published_schema_limits_and_nothing_else(name: str, part: str, schema: str) -> None:
    published = document(name)
    ours = getattr(edition(name), part)
    expected = set(facts(published["components"]["schemas"][schema], published))
    actual = set(facts(ours, ours))
    assert sorted(expected - actual) == []
    assert sorted(actual - expected) == []
    assert len(actual) > 5


@both
def test_the_models_are_those_of_the_published_list(name: str) -> None:
    published = document(name)["components"]["schemas"]["AssistantSupportedModels"]["enum"]
    assert list(edition(name).models) == published


@both
def test_the_operation_is_the_one_whose_schemas_are_held_here(name: str) -> None:
    operation = document(name)["paths"]["/assistants/{assistant_id}"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert body["$ref"].endswith("/ModifyAssistantRequest")
    assert answer["$ref"].endswith("/AssistantObject")


def test_facts_see_the_null_of_each_way_to_write_it() -> None:
    ways: tuple[dict[str, Any], ...] = (
        {"type": "string", "nullable": True, "maxLength": 3},
        {"type": ["string", "null"], "maxLength": 3},
        {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]},
        {"$ref": "#/a", "nullable": True},
    )
    root = {"a": {"type": "string", "maxLength": 3}}
    for way in ways:
        assert set(facts(way, root)) == {("", "nullable", "true"), ("", "type", "string"), ("", "maxLength", "3")}
    assert ("", "nullable", "false") in set(facts({"$ref": "#/a"}, root))


def test_the_editions_are_the_two_that_were_published() -> None:
    assert names() == NAMES
    assert DEFAULT in names()


@both
def test_an_edition_is_whole(name: str) -> None:
    this = edition(name)
    assert this.name == name
    assert this.title
    assert repr(this) == f"Edition({name!r})"
    assert tuple(this.request["properties"]) == FIELDS
    assert len(set(this.models)) == len(this.models)
    assert this.reasoning_models < set(this.models)
    assert edition(name) is this


def test_equal_editions_are_those_with_equal_hashes() -> None:
    older, newer = (edition(name) for name in NAMES)
    assert len({older, newer, edition(older.name)}) == 2
    assert older.sha256 != newer.sha256


def test_the_newer_edition_has_more_models_and_efforts() -> None:
    older, newer = (edition(name) for name in NAMES)
    assert (len(older.models), len(newer.models)) == (30, 42)
    assert older.efforts == ("low", "medium", "high")
    assert newer.efforts == ("none", "minimal", "low", "medium", "high", "xhigh", "max")
    assert older.effort_is_for_reasoning_models
    assert not newer.effort_is_for_reasoning_models


@both
def test_the_nullable_fields_are_those_whose_schema_takes_null(name: str) -> None:
    request = edition(name).request
    taking = {
        field
        for field in FIELDS
        if (field, "nullable", "true") in set(facts(request["properties"][field], request, field))
    }
    assert taking == NULLABLE


@pytest.mark.parametrize(
    ("name", "model", "takes"),
    [
        ("2025-03", "o3-mini", True),
        ("2025-03", "gpt-4o", False),
        ("2025-03", "gpt-5", None),
        ("2026-08", "gpt-5", True),
        ("2025-03", None, None),
    ],
)
def test_an_edition_knows_which_models_take_an_effort(name: str, model: str | None, takes: bool | None) -> None:
    assert edition(name).takes_effort(model) is takes


def test_an_unknown_edition_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownEditionError, match=r"'2024-01'.*2025-03, 2026-08"):
        edition("2024-01")


def packaged(name: str) -> dict[str, Any]:
    text = (resources.files(editions) / f"{name}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@both
def test_a_file_has_the_hash_of_its_content(name: str) -> None:
    held = packaged(name)
    assert digest(held) == held["sha256"] == edition(name).sha256


def test_the_hash_is_of_the_content_and_not_of_its_order() -> None:
    held = packaged(DEFAULT)
    assert digest(dict(reversed(held.items()))) == held["sha256"]
    held["models"] = held["models"][1:]
    assert digest(held) != held["sha256"]


def test_an_altered_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = packaged(DEFAULT)
    held["request"]["properties"]["name"]["maxLength"] = 257
    (tmp_path / "2099-01.json").write_text(json.dumps(held), encoding="utf-8")
    monkeypatch.setattr(resources, "files", lambda package: tmp_path)
    with pytest.raises(ValueError, match="edition 2099-01 has been altered"):
        edition("2099-01")


def unused(this: Edition) -> set[str]:
    """Return the definitions of the three schemas that nothing refers to."""
    found: set[str] = set()
    for schema in (this.request, this.assistant, this.error):
        text = json.dumps(schema)
        found |= {name for name in schema.get("$defs", {}) if f'"#/$defs/{name}"' not in text}
    return found


@both
def test_no_definition_is_idle(name: str) -> None:
    assert unused(edition(name)) == set()
