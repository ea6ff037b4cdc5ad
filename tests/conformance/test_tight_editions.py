"""Editions whose limits are tighter than what the suite usually sends: its own setups follow them, and nothing is said
against a reference that obeys them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from conformance import run as runs
from conformance.catalogue import catalogue
from conformance.cli.commands import cli
from conformance.editions import edition_called
from conformance.errors import UsageError
from conformance.reference import Reference
from conformance.run import Run
from conformance.settings import Settings, select
from conformance.targets.embedded import EmbeddedTarget
from strategies.editions import EditionError, edition

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'extends = "2025-03"\nreason = "tests"\nsource = "here"\n'
REMOVABLE = (
    *("description", "instructions", "tools", "tool_resources"),
    *("metadata", "temperature", "top_p", "response_format"),
)
TIGHT = {
    "one of everything": """
        [limits]
        name.maxLength = 1
        description.maxLength = 1
        instructions.maxLength = 1
        tools.maxItems = 1
        metadata.maxProperties = 1
        temperature.maximum = 0.5
        """,
    "short names": """
        [limits]
        name.maxLength = 12
        "tools[].function.name".maxLength = 3
        "response_format.json_schema.name".maxLength = 2
        metadata.maxProperties = 2
        "metadata.keys".maxLength = 1
        "metadata.values".maxLength = 3
        top_p = { maximum = 0.5, default = 0.5 }
        """,
    "patterns and least lengths": """
        [limits]
        name.pattern = "^[a-z]{1,8}$"
        name.maxLength = 8
        description.minLength = 3
        temperature.minimum = 1
        [ids]
        files = "^assistant-[0-9A-Za-z]{8}$"
        vector_stores = "^vs_[0-9a-f]{32}$"
        assistants = "^asst-[0-9]{6}$"
        """,
    "one model, one effort": '[models]\nvalues = ["acme-1"]\n[enums]\nreasoning_effort = ["low"]',
    "a reasoning model of another name": '[models]\nvalues = ["a", "r"]\nreasoning = ["r"]',
    "nothing but model and name": "".join(f"[fields.{field}]\nremoved = true\n" for field in REMOVABLE),
    "nothing null": "[limits]\n"
    + "".join(f"{field}.nullable = false\n" for field in ("name", *REMOVABLE) if field != "tools"),
    "least lengths": """
        [limits]
        name.minLength = 1
        description.minLength = 5
        tools.minItems = 2
        "tools[].function.description".minLength = 3
        "tool_resources.code_interpreter.file_ids".minItems = 1
        "metadata.values".minLength = 1
        "response_format.json_schema.description".minLength = 2
        temperature.minimum = 0.1
        """,
    "rules about what is left": """
        [tools.code_interpreter]
        removed = true
        [response_formats.json_object]
        removed = true
        [fields.top_p]
        removed = true
        [fields."tool_resources.code_interpreter"]
        removed = true
        [ids]
        vector_stores = "^vs_[0-9a-f]{32}$"
        [rules]
        tool_repeated = "on"
        resource_without_tool = "on"
        json_format_with_other_tools = "on"
        json_format_on_other_model = "on"
        sampling_on_reasoning_model = "on"
        """,
    "no functions, no model that reasons": """
        tools.maxItems = false
        [tools.function]
        removed = true
        [models]
        reasoning = []
        [rules]
        tool_repeated = "on"
        json_format_with_other_tools = "on"
        """,
    "one kind of tools": "[tools.file_search]\nremoved = true\n[tools.code_interpreter]\nremoved = true",
}


def written(folder: Path, text: str) -> str:
    path = folder / "own.toml"
    path.write_text(HEAD + text, "utf-8")
    return str(path)


@pytest.mark.parametrize("text", TIGHT.values(), ids=TIGHT)
def test_the_reference_is_conformant_to_a_tight_edition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    path = written(tmp_path, text)
    own = edition_called(path)
    monkeypatch.setattr(runs, "resolve", lambda spec, options: EmbeddedTarget(Reference(own)))
    run = Run(Settings(edition=path, effort="quick"), select(catalogue(own), (), ()))
    run.carry_out()
    report = run.report()
    assert report is not None
    odd = {row.id: row.outcome.value for row in report.rows if row.level != "INFO"}
    assert {id_: outcome for id_, outcome in odd.items() if outcome not in {"pass", "not-applicable"}} == {}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[limits]\ntemperature.maximum = 0.5", "temperature"),
        ('[enums]\nreasoning_effort = ["low"]', "reasoning_effort"),
    ],
)
def test_a_default_of_the_base_that_is_ruled_out_goes(tmp_path: Path, text: str, place: str) -> None:
    assert "default" in edition().schema_of(place)
    assert "default" not in edition(written(tmp_path, text)).schema_of(place)


def test_one_that_the_file_states_does_not(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match=r"temperature: the default 0\.7 is beyond maximum 0\.5"):
        edition(written(tmp_path, "[limits]\ntemperature.default = 0.7\ntemperature.maximum = 0.5"))


@pytest.mark.parametrize(
    ("text", "place"),
    [("tools.maxItems = 0", "tools"), ("metadata.maxProperties = 0", "metadata"), ("name.maxLength = 0", "name")],
)
def test_a_limit_of_nought_is_rejected(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(UsageError, match=f"{place}: max[A-Za-z]+ 0 leaves nothing that can be sent there"):
        edition_called(written(tmp_path, f"[limits]\n{text}"))


def test_ids_of_the_reference_have_the_form_of_the_edition(tmp_path: Path) -> None:
    own = edition_called(written(tmp_path, '[ids]\nassistants = "^(asst|a)-[0-9]{4}[a-f]+$"'))
    reference = Reference(own)
    made = {reference.store.rules.id_of(number) for number in range(1, 500)}
    assert len(made) == 499


def test_a_run_of_the_command_line(tmp_path: Path) -> None:
    words: list[Any] = ["run", "--edition", written(tmp_path, "name.maxLength = 12"), "--effort", "quick", "--quiet"]
    ended = CliRunner().invoke(cli, [*words, "--report-dir", str(tmp_path / "report"), "--only", "roundtrip.name"])
    assert (ended.exit_code, ended.output.startswith("conformant: ")) == (0, True)
