"""An edition drafted from an OpenAPI document: what it states becomes limits, what it leaves out is marked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from strategies.editions import EditionError, edition
from strategies.editions.difference import differences
from strategies.editions.drafting import Draft, draft, nearest
from strategies.editions.openapi import stated
from strategies.editions.writing import json_of, toml_of

SPEC = Path(__file__).resolve().parents[3] / "shared" / "spec"
BASE = edition("2025-03")
NULL: dict[str, Any] = {"type": "null"}


def document(properties: dict[str, Any], version: str = "3.1.0", **more: Any) -> dict[str, Any]:
    """Return a small document whose modify body has these properties beside those of the published edition."""
    body = {"type": "object", "additionalProperties": False, "properties": properties, **more.pop("body", {})}
    answer = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
    return {
        "openapi": version,
        "info": {"title": "Acme", "version": "7"},
        "paths": {
            "/assistants/{assistant_id}": {
                "post": {
                    "operationId": "modifyAssistant",
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}},
                    "responses": {200: {"content": {"application/json": {"schema": answer}}}},
                }
            }
        },
        "components": {"schemas": {"Body": body, **more}},
    }


def drafted(found: dict[str, Any], **options: Any) -> Draft:
    return draft(stated(found, "modifyAssistant"), BASE, name="acme", source="its document", **options)


def made(tmp_path: Path, found: dict[str, Any]) -> tuple[Any, Draft]:
    """Return the edition of the file that is drafted, as TOML and as JSON alike."""
    result = drafted(found)
    notes = {"kept": result.kept, "unrepresented": result.unrepresented}
    (tmp_path / "acme.toml").write_text(toml_of(result.table, notes), "utf-8")
    (tmp_path / "acme.json").write_text(json_of(result.table, notes), "utf-8")
    one, other = (edition(str(tmp_path / name)) for name in ("acme.toml", "acme.json"))
    assert one.sha256 == other.sha256
    return one, result


WAYS_OF_NULL: dict[str, Any] = {
    "nullable": {"type": "string", "nullable": True, "maxLength": 9},
    "a list of types": {"type": ["string", "null"], "maxLength": 9},
    "anyOf": {"anyOf": [{"type": "string", "maxLength": 9}, NULL]},
    "oneOf": {"oneOf": [NULL, {"type": "string", "maxLength": 9}]},
    "nullable beside a reference": {"$ref": "#/components/schemas/Short", "nullable": True},
    "allOf": {"allOf": [{"$ref": "#/components/schemas/Short"}], "nullable": True},
    "allOf of two": {"allOf": [{"type": ["string", "null"]}, {"maxLength": 9}]},
}


@pytest.mark.parametrize("way", WAYS_OF_NULL)
def test_null_and_limits_are_read_in_whatever_way_they_are_written(tmp_path: Path, way: str) -> None:
    found = document({"name": WAYS_OF_NULL[way]}, Short={"type": "string", "maxLength": 9})
    one, _ = made(tmp_path, found)
    assert one.schema_of("name") == {"type": ["string", "null"], "maxLength": 9}


def test_what_differs_is_a_change_and_all_else_is_marked(tmp_path: Path) -> None:
    found = document(
        {
            "model": {"anyOf": [{"type": "string"}, {"type": "string", "enum": ["acme-1", "acme-2"]}]},
            "name": {"type": "string", "maxLength": 255},
            "tier": {"type": "string", "enum": ["low", "high"]},
            "temperature": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
            "tools": {
                "type": "array",
                "items": {
                    "oneOf": [
                        {"$ref": "#/components/schemas/Search"},
                        {"type": "object", "properties": {"type": {"const": "code_interpreter"}}, "required": ["type"]},
                    ]
                },
            },
        },
        Search={
            "type": "object",
            "properties": {"type": {"type": "string", "enum": ["search"]}, "depth": {"type": "integer", "maximum": 3}},
            "required": ["type", "depth"],
        },
    )
    one, result = made(tmp_path, found)
    assert set(one.fields) == {"model", "name", "tier", "temperature", "tools"}
    assert one.models == ("acme-1", "acme-2")
    assert one.request["properties"]["name"] == {"type": "string", "maxLength": 255}
    told = [str(difference) for difference in differences(BASE, one, answers=False)]
    assert "~ tools[].types: -'file_search' -'function' +'search'" in told
    assert "~ temperature.maximum: 2 -> 1" in told
    assert "+ tools[search].depth.maximum: 3" in told
    assert "tools.maxItems 128 (the document does not say)" in result.kept
    assert one.request["properties"]["tools"]["maxItems"] == 128
    assert one.own is not None
    assert {(change.reason, change.source) for change in one.own.changes} == {
        ("the document states it", "its document")
    }


def test_what_no_edition_can_hold_is_listed() -> None:
    found = document(
        {
            "size": {"type": "number", "multipleOf": 2},
            "grid": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
            "shape": {"oneOf": [{"type": "object", "properties": {"a": {}}}, {"type": "array", "items": {}}]},
            "$odd": {"type": "string"},
            "description": {"type": ["string", "null"], "maxLength": 2147483647},
            "self": {"$ref": "#/components/schemas/Self"},
        },
        Self={"type": "object", "properties": {"inner": {"$ref": "#/components/schemas/Self"}}},
        body={"required": ["size"], "additionalProperties": False},
    )
    told = " | ".join(drafted(found).unrepresented)
    assert drafted(found).changes
    for place in (
        "size.multipleOf",
        "grid[]",
        "shape.oneOf",
        "$odd",
        "refers to itself",
        "required: size",
        "description.maxLength",
    ):
        assert place in told, told


def test_a_document_that_leaves_keys_open_removes_nothing() -> None:
    result = drafted(document({"name": {"type": "string"}}, body={"additionalProperties": True}))
    assert "fields" not in result.table
    assert result.table["limits"]["body"] == {"closed": False}
    assert any(line.startswith("top_p: not in the document") for line in result.kept)
    silent = document({"name": {"type": "string"}})
    del silent["components"]["schemas"]["Body"]["additionalProperties"]
    assert any(line.startswith("body.closed") for line in drafted(silent).kept)


WRONG: dict[str, tuple[Any, str]] = {
    "no document": ([], "not an OpenAPI 3 document"),
    "Swagger": ({"swagger": "2.0"}, "it is Swagger 2.0"),
    "no paths": ({"openapi": "3.0.0"}, "the document has no operation 'modifyAssistant'"),
    "another operation": (
        {"openapi": "3.0.0", "paths": {"/a": {"post": {"operationId": "modifyAssistants"}}}},
        "did you mean 'modifyAssistants'?",
    ),
    "no body": (
        {"openapi": "3.0.0", "paths": {"/a": {"post": {"operationId": "modifyAssistant"}}}},
        "has no JSON body",
    ),
    "a reference that leads nowhere": (document({}, Body={"$ref": "#/components/none"}), "leads nowhere"),
    "a reference to a file": (document({}, Body={"$ref": "other.yaml#/a"}), "leads out of the document"),
    "a reference to itself": (document({}, Body={"$ref": "#/components/schemas/Body"}), "leads to itself"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_a_document_is_one_line(what: str) -> None:
    found, why = WRONG[what]
    with pytest.raises(EditionError) as told:
        drafted(found)
    assert why in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", ["2025-03", "2026-08"])
def test_the_published_documents_give_back_the_published_editions(tmp_path: Path, name: str) -> None:
    file = SPEC / f"openapi-assistants-{name}.yaml"
    if not file.is_file():
        pytest.skip("the published OpenAPI documents are not beside this checkout")
    import yaml

    found = stated(yaml.safe_load(file.read_text("utf-8")), "modifyAssistant")
    base = nearest(found, [edition("2025-03"), edition("2026-08")])
    assert base.name == name
    result = draft(found, base, name="again", source="the document")
    assert (result.changes, result.unrepresented) == (0, [])
    assert all("(prose: " in line or line.endswith("(prose)") for line in result.kept)
    (tmp_path / "again.json").write_text(json.dumps(result.table), "utf-8")
    assert differences(base, edition(str(tmp_path / "again.json"))) == ()


def drafted_closed(properties: dict[str, Any], **schemas: Any) -> Any:
    """Return the draft of a document whose closed body has these properties."""
    body = {"type": "object", "additionalProperties": False, "properties": properties}
    content = {"application/json": {"schema": body}}
    operation = {"operationId": "modifyAssistant", "requestBody": {"content": content}, "responses": {}}
    document = {
        "openapi": "3.1.0",
        "paths": {"/assistants/{id}": {"post": operation}},
        "components": {"schemas": schemas},
    }
    return draft(stated(document, "modifyAssistant"), edition(), name="x", source="here")


A, B = ({"$ref": f"#/components/schemas/{name}"} for name in "AB")


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"$ref": "other.yaml#/metadata"}, "the reference 'other.yaml#/metadata' leads out of the document"),
        (A, "the reference '#/components/schemas/A' leads to itself"),
        (
            {"type": "array", "items": {"oneOf": [{"type": "string"}, {"$ref": "more.yaml"}]}},
            "'more.yaml' leads out of the document",
        ),
        ({"$ref": "#/components/schemas/C"}, "the reference '#/components/schemas/C' leads nowhere"),
    ],
)
def test_a_field_that_cannot_be_read_stays_and_is_listed(schema: dict[str, Any], why: str) -> None:
    found = drafted_closed({"name": {"type": "string", "maxLength": 255}, "metadata": schema}, A=B, B=A)
    assert "metadata" not in found.table["fields"]
    assert found.table["limits"]["name"]["maxLength"] == 255
    assert [one for one in found.unrepresented if one.startswith("body.metadata: ") and why in one]


def test_a_nested_key_that_cannot_be_read_is_left_out_and_listed() -> None:
    box = {"type": "object", "required": ["a", "b"], "properties": {"a": {"$ref": "x.yaml"}, "b": {"type": "string"}}}
    found = drafted_closed({"box": box})
    schema = found.table["fields"]["box"]["schema"]
    assert (list(schema["properties"]), schema["required"]) == (["b"], ["b"])
    assert [one for one in found.unrepresented if one.startswith("body.box.a: ")]


def test_what_the_operation_itself_needs_is_an_error() -> None:
    document = {"openapi": "3.0.0", "paths": {"/a": {"post": {"operationId": "x", "requestBody": {"$ref": "y.yaml"}}}}}
    with pytest.raises(EditionError, match=r"'y\.yaml' leads out of the document"):
        stated(document, "x")


@pytest.mark.parametrize("bound", [{"maximum": 1.5, "exclusiveMaximum": True}, {"exclusiveMaximum": 1.5}])
def test_a_bound_that_is_excluded_is_listed_and_the_base_has_its_own(bound: dict[str, Any]) -> None:
    found = drafted_closed({"temperature": {"type": ["number", "null"], "minimum": 0, **bound}})
    assert "temperature" not in found.table.get("limits", {})
    assert [one for one in found.unrepresented if one.startswith("temperature.exclusiveMaximum 1.5: ")]


def test_of_whole_numbers_the_next_one_is_the_bound() -> None:
    found = drafted_closed(
        {"seats": {"type": "integer", "exclusiveMinimum": 0, "maximum": 40, "exclusiveMaximum": True}}
    )
    assert found.table["fields"]["seats"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 39}


def test_a_field_whose_kind_cannot_be_told_stays_as_it_is_and_is_no_object() -> None:
    one_of_two = {"oneOf": [{"const": 1}, {"const": 2}]}
    found = drafted_closed({"temperature": one_of_two, "priority": one_of_two})
    assert not {"temperature", "priority"} & found.table["fields"].keys()
    assert [one.partition(".")[0] for one in found.unrepresented if ".oneOf: " in one] == ["temperature", "priority"]


@pytest.mark.parametrize("null", [{"const": None}, {"enum": [None]}, {"type": ["null"]}])
def test_null_may_be_a_constant(null: dict[str, Any]) -> None:
    found = drafted_closed({"temperature": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, null]}})
    assert found.table["limits"]["temperature"] == {"maximum": 1}
    assert "temperature" not in found.table["fields"]


def test_a_media_type_may_have_parameters() -> None:
    found = document({"name": {"type": "string"}})
    post = found["paths"]["/assistants/{assistant_id}"]["post"]
    for content in (post["requestBody"]["content"], post["responses"][200]["content"]):
        content["application/json; charset=utf-8"] = content.pop("application/json")
    read = stated(found, "modifyAssistant")
    assert (list(read.request["properties"]), list(read.answer["properties"])) == (["name"], ["id"])


def test_what_is_in_a_removed_type_is_not_said_to_be_kept() -> None:
    text = {"type": "object", "properties": {"type": {"const": "text"}}, "required": ["type"]}
    found = drafted_closed({"response_format": {"oneOf": [{"type": "string", "const": "auto"}, text]}})
    assert found.table["response_formats"]["json_schema"] == {"removed": True}
    assert [one for one in found.kept if one.startswith("response_format.json_schema")] == []


def test_a_word_that_a_document_means_is_not_taken_for_a_mistake() -> None:
    found = drafted_closed(
        {"labels": {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}}
    )
    assert "labels.minProperties: cannot be represented" in found.unrepresented


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("schema", "limit"),
    [
        ({**ref("Name"), "maxLength": 200}, 200),
        ({**ref("Name"), "maxLength": 300, "description": "no wider"}, 255),
        ({"allOf": [{"type": ["string", "null"], "maxLength": 300}, ref("Name")]}, 255),
        ({"$ref": "#/components/schemas/Name%20of~1it"}, 99),
    ],
)
def test_what_stands_beside_a_reference_holds_as_well(schema: dict[str, Any], limit: int) -> None:
    schemas = {"Name": {"type": "string", "maxLength": 255}, "Name of/it": {"type": "string", "maxLength": 99}}
    found = drafted_closed({"name": schema}, **schemas)
    assert found.table["limits"]["name"] == {"maxLength": limit, "nullable": False}


def test_objects_are_put_together_key_by_key() -> None:
    base = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string", "maxLength": 9}}}
    words = {"type": "string", "enum": ["x", "y"]}
    more = {"properties": {"b": {"maxLength": 5}, "c": {**words, "allOf": [{"enum": ["y", "z"]}]}}, "required": ["a"]}
    for box in ({**ref("Base"), **more, "unevaluatedProperties": False}, {"allOf": [ref("Base"), CLOSED, more]}):
        schema = drafted_closed({"box": box}, Base=base).table["fields"]["box"]["schema"]
        assert schema["properties"]["b"]["maxLength"] == 5
        assert schema["properties"]["c"]["enum"] == ["y"]
        assert (set(schema["properties"]), schema["required"]) == ({"a", "b", "c"}, ["a"])
        assert schema["additionalProperties"] is False


CLOSED: dict[str, Any] = {"additionalProperties": False}


@pytest.mark.parametrize("mapping", ["#/components/schemas/Web", "Web"])
def test_a_discriminator_says_which_type_a_branch_is_of(mapping: str) -> None:
    web = {"type": "object", "required": ["type"], "properties": {"type": {"type": "string"}, "n": {"type": "integer"}}}
    own = {"type": "object", "properties": {"type": {"const": "code_interpreter"}}}
    union = {
        "oneOf": [ref("Web"), ref("Own")],
        "discriminator": {"propertyName": "type", "mapping": {"web": mapping, "web_preview": mapping, "other": "Own"}},
    }
    found = drafted_closed({"tools": {"type": "array", "items": union}}, Web=web, Own=own)
    added = {tag: one["schema"] for tag, one in found.table["tools"].items() if "schema" in one}
    assert set(added) == {"web", "web_preview"}
    assert added["web"]["properties"]["type"] == {"const": "web"}
    del union["discriminator"]
    found = drafted_closed({"tools": {"type": "array", "items": union}}, Web=web, Own=own)
    assert [one for one in found.unrepresented if "no constant `type` tells apart" in one]


def test_a_path_may_stand_elsewhere_in_the_document() -> None:
    found = document({"name": {"type": "string", "maxLength": 9}})
    paths = found["paths"]
    found["components"]["pathItems"] = {"One": paths["/assistants/{assistant_id}"]}
    found["paths"] = {"/assistants/{assistant_id}": {"$ref": "#/components/pathItems/One"}, "/x": {"$ref": "#/none"}}
    assert drafted(found).table["limits"]["name"]["maxLength"] == 9
