"""A field that an edition has and others have not: its data and the reference's model name it, and all else follows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "service_tier": (
        {"type": ["string", "null"], "enum": ["auto", "default", "flex", None], "default": "auto"},
        'TypeAdapter(Literal["auto", "default", "flex"] | None, config=_STRICT)',
    ),
    "seats": (
        {"type": "integer", "minimum": 1, "maximum": 9},
        "TypeAdapter(Annotated[int, Field(ge=1, le=9), BeforeValidator(_whole)], config=_STRICT)",
    ),
    "store": ({"type": ["boolean", "null"]}, "TypeAdapter(bool | None, config=_STRICT)"),
    "label": (
        {"type": ["string", "null"], "maxLength": 40},
        "TypeAdapter(Annotated[str, Field(max_length=40)] | None, config=_STRICT)",
    ),
}
"""The schema of each field, and its adapter in the reference's model."""
JUDGE = """
import json, sys
from conformance import run
from conformance.catalogue import catalogue
from conformance.reference import Reference
from conformance.reference.faults import faults
from conformance.settings import Settings, select
from conformance.targets.embedded import EmbeddedTarget

found = {}
for name in sys.argv[1:]:
    fault = faults()[name]
    target = EmbeddedTarget(Reference(fault.edition, behaviour=fault.behaviour()))
    run.resolve = lambda spec, options: target
    settings = Settings(edition=fault.edition, effort="quick", only=(fault.requirement,))
    started = run.Run(settings, select(catalogue(run.edition_of(settings)), settings.only, ()))
    started.carry_out()
    found[name] = [row.id for row in started.report().rows if row.finding] == [fault.requirement]
print(json.dumps(found))
"""
"""Judges faults by the requirement that is to catch them."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages whose second edition has more fields than the first."""
    copy = tmp_path_factory.mktemp("fields")
    for package in ("conformance", "strategies", "reports"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    data = copy / "strategies" / "editions" / "2026-08.json"
    document = json.loads(data.read_text("utf-8"))
    for name, (schema, _) in FIELDS.items():
        document["request"]["properties"][name] = document["assistant"]["properties"][name] = schema
    data.write_text(json.dumps(document, indent=4), "utf-8")
    model = copy / "conformance" / "reference" / "models.py"
    adapters = ", ".join(f'"{name}": {adapter}' for name, (_, adapter) in FIELDS.items())
    text = model.read_text("utf-8")
    assert text.count('"2026-08": {**_COMMON, ') == 1
    model.write_text(text.replace('"2026-08": {**_COMMON, ', f'"2026-08": {{**_COMMON, {adapters}, '), "utf-8")
    signed = python(copy, "-m", "strategies.editions")
    assert signed.stdout == "2026-08.json: hash written\n"
    return copy


def python(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    ended = subprocess.run(
        [sys.executable, *arguments], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended


def outcomes(tree: Path, edition: str) -> dict[str, str]:
    ended = python(
        *(tree, "-m", "conformance", "run", "--edition", edition, "--effort", "quick"),
        *("--quiet", "--report-dir", f"report-{edition}"),
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    report = json.loads((tree / f"report-{edition}" / "report.json").read_text("utf-8"))
    return {row["id"]: row["outcome"] for row in report["requirements"]}


def test_every_requirement_about_it_is_judged(tree: Path) -> None:
    found = outcomes(tree, "2026-08")
    wanted = {f"validation.{name}.{limit}" for name in FIELDS for limit in ("type", "nullable")}
    wanted |= {f"roundtrip.{name}.{aspect}" for name in FIELDS for aspect in ("answered", "stored", "kept")}
    wanted |= {f"roundtrip.{name}.null" for name in FIELDS if name != "seats"}
    wanted |= {"validation.service_tier.enum", "validation.seats.maximum", "validation.label.max_length"}
    wanted |= {"roundtrip.label.empty", "response.seats.type"}
    assert {id_: found.get(id_) for id_ in wanted} == dict.fromkeys(wanted, "pass")


def test_no_other_edition_has_it(tree: Path) -> None:
    found = outcomes(tree, "2025-03")
    assert [id_ for id_ in found if any(f".{name}." in id_ for name in FIELDS)] == []
    assert set(found.values()) <= {"pass", "not-applicable"}


def test_its_faults_follow_and_are_caught(tree: Path) -> None:
    names = ["service-tier-null-ignored", "seats-reset-when-omitted", "overlooks-label-max-length", "store-not-stored"]
    found = json.loads(python(tree, "-c", JUDGE, *names).stdout)
    assert found == dict.fromkeys(names, True)
