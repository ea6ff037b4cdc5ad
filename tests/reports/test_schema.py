from __future__ import annotations

import jsonschema

from reports.schema import complaint, report_schema


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(report_schema())
    assert report_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_caller_cannot_alter_the_schema() -> None:
    report_schema().clear()
    assert report_schema()["properties"]["version"]["enum"] == [1, 2, 3]


def test_a_complaint_names_place_and_cause() -> None:
    assert complaint({"version": 1, "requests": -1}).count("\n") == 0
    assert complaint([]).startswith("the top level: ")


def test_half_a_surrogate_pair_is_a_complaint_and_no_crash() -> None:
    assert "surrogates" in complaint({"version": "\ud800"})
