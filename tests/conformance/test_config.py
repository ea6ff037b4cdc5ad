"""The configuration of a project: what is read, and what is refused in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.config import Config, Kind, load
from conformance.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

KINDS: dict[str, Kind] = {
    "effort": "text",
    "edition": "text",
    "only": "list",
    "header": "list",
    "query": "list",
    "seed": "number or text",
    "timeout": "number",
    "max_requests": "whole number",
    "no_beta": "switch",
    "report_dir": "text",
    "api_key_env": "text",
}


def of(folder: Path, text: str, name: str = "conformance.toml") -> Config:
    (folder / name).write_text(text, encoding="utf-8")
    return load(folder, KINDS)


def test_without_a_file_it_is_empty(tmp_path: Path) -> None:
    assert load(tmp_path, KINDS) == Config()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    assert load(tmp_path, KINDS) == Config()


def test_options_have_dashes_or_underscores(tmp_path: Path) -> None:
    found = of(
        tmp_path, 'report-dir = "out"\nmax_requests = 7\ntimeout = 3\nno-beta = true\nseed = 5\nonly = ["a", "b"]'
    )
    assert found.options == {
        "report_dir": "out",
        "max_requests": 7,
        "timeout": 3.0,
        "no_beta": True,
        "seed": "5",
        "only": ("a", "b"),
    }


def test_headers_may_be_a_table(tmp_path: Path) -> None:
    found = of(tmp_path, '[header]\nX-Team = "blue = green"\n')
    assert found.options == {"header": ("X-Team=blue = green",)}


def test_pyproject_is_read_too(tmp_path: Path) -> None:
    found = of(
        tmp_path, '[tool.conformance]\neffort = "quick"\n[tool.conformance.targets.a]\nspec = "x:1"\n', "pyproject.toml"
    )
    assert found.source == "pyproject.toml"
    assert found.options == {"effort": "quick"}
    assert found.spec("a") == "x:1"


def test_a_named_target_has_options_of_its_own(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        'effort = "quick"\nseed = 1\n[targets.staging]\nspec = "http://x/v1"\neffort = "thorough"\n'
        '[targets.local]\nspec = "http://y/v1"\n',
    )
    assert found.chosen("staging") == {"effort": "thorough", "seed": "1", "target": "http://x/v1"}
    assert found.chosen("http://z/v1") == {"effort": "quick", "seed": "1"}
    assert found.chosen(None) == {"effort": "quick", "seed": "1"}
    assert (found.spec("local"), found.spec("http://z/v1"), found.spec(None)) == ("http://y/v1", "http://z/v1", None)
    with pytest.raises(UsageError, match="did you mean 'staging'"):
        found.chosen("stagin")


def test_a_target_may_be_the_default_one(tmp_path: Path) -> None:
    found = of(tmp_path, 'target = "a"\n[targets.a]\nspec = "http://x/v1"\nseed = 3\n')
    assert found.chosen(None) == {"target": "http://x/v1", "seed": "3"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("effort = ", "conformance.toml is not valid TOML"),
        ('efort = "quick"', "conformance.toml: unknown key efort; did you mean 'effort'?"),
        ('reprot-dir = "x"', "unknown key reprot-dir; did you mean 'report-dir'?"),
        ("quite_else = 1", "unknown key quite_else; see: conformance run -h"),
        ('[target.x]\nspec = "y"', "conformance.toml: unknown key target; did you mean 'targets'?"),
        ('[targest.x]\nspec = "y"', "unknown key targest; did you mean 'targets'?"),
        ('[targets.x]\nspec = "y"\nonyl = []', "unknown key targets.x.onyl; did you mean 'only'?"),
        ("[targets.x]\n", "targets.x has no spec"),
        ('[targets.x]\nspek = "y"', "targets.x has no spec"),
        ("targets = 1", "targets is not a table"),
        ('[targets."http://x"]\nspec = "y"', "targets.http://x is not a valid name"),
        ('[targets.reference]\nspec = "y"', "targets.reference is not a valid name"),
        ('only = "a"', "only is a string; write a list of strings"),
        ("only = [1]", "only is a list of other things than strings; write a list of strings"),
        ('timeout = "5"', "timeout is a string; write a number"),
        ("timeout = true", "timeout is a boolean; write a number"),
        ("max-requests = 1.5", "max-requests is a number; write a whole number"),
        ("no-beta = 1", "no-beta is a number; write true or false"),
        ("effort = 2026-01-01", "effort is a date or time; write a string"),
        ('report-dir = "a"\nreport_dir = "b"', "is given twice"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        of(tmp_path, text)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        'api-key = "SECRET"',
        'api_key = "SECRET"',
        'API_KEY = "SECRET"',
        'token = "SECRET"',
        'api-key-env = "SECRET-1"',
        'header = ["Authorization=Bearer SECRET"]',
        'header = ["x-api-key=SECRET"]',
        '[query]\napi-key = "SECRET"',
        '[targets.x]\nspec = "y"\napi-key = "SECRET"',
        '[targets.x]\nspec = "http://me:SECRET@x/v1"',
        'target = "http://me:SECRET@x/v1"',
    ],
)
def test_a_secret_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as refused:
        of(tmp_path, text)
    assert "SECRET" not in str(refused.value)


def test_two_files_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.conformance]\nseed = 1\n")
    with pytest.raises(UsageError, match="keep one of them"):
        of(tmp_path, "seed = 2")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "conformance.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="not UTF-8"):
        load(tmp_path, KINDS)
    (tmp_path / "conformance.toml").unlink()
    (tmp_path / "conformance.toml").mkdir()
    with pytest.raises(UsageError, match=r"cannot read conformance\.toml"):
        load(tmp_path, KINDS)
    (tmp_path / "conformance.toml").rmdir()
    (tmp_path / "pyproject.toml").write_text("[tool]\nconformance = 1\n")
    with pytest.raises(UsageError, match="is not a table"):
        load(tmp_path, KINDS)
