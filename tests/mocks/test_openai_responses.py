"""openai-responses, a mock on respx from PyPI: what is known to be wrong with it is found, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytest.importorskip("openai_responses", reason="tox -e mock-openai-responses installs it")

IGNORES_NULL = {
    f"roundtrip.{field}.null" for field in ("name", "description", "instructions", "metadata", "temperature", "top_p")
}
CHECKS_NOTHING = {
    "validation.body.additional_properties",
    "validation.name.max_length",
    "validation.temperature.maximum",
    "validation.tools.max_items",
    "validation.metadata.max_properties",
    "validation.tools.function.name.pattern",
}
SHOWS_NULL_INSIDE = {"response.tools.type", "response.tool_resources.type", "response.response_format.type"}
RENAMES_SCHEMA = {"roundtrip.response_format.json_schema.schema"}
BREAKS_DOWN = {"validation.refusal.status"}
HEALTHY = {
    "roundtrip.name.stored",
    "roundtrip.name.kept",
    "roundtrip.metadata.stored",
    "roundtrip.tools.stored",
    "roundtrip.temperature.stored",
    "roundtrip.text.astral",
    "roundtrip.identity",
    "response.status",
    "response.content_type",
    "response.unknown_id",
}


def test_its_defects_are_found_and_the_rest_passes(judged: Callable[..., dict[str, dict[str, Any]]]) -> None:
    rows = judged("respx:openai_responses:OpenAIMock")
    broken = {id_ for id_, row in rows.items() if row["outcome"] == "fail"}
    assert broken >= IGNORES_NULL | CHECKS_NOTHING | SHOWS_NULL_INSIDE | RENAMES_SCHEMA | BREAKS_DOWN
    assert {id_ for id_ in HEALTHY if rows[id_]["outcome"] != "pass"} == set()
    assert {id_ for id_, row in rows.items() if row["outcome"] in {"error", "flaky"}} == set()
    for id_ in broken:
        assert "http://127.0.0.1:8123/v1" in rows[id_]["finding"]["curl"], "where conformance serve serves it"
