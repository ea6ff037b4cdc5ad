"""The suite's own packages come from beside it, whatever else has their names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.errors import UsageError
from conformance.ground import stand

ROOT = Path(__file__).resolve().parents[2]


def test_standing_twice_changes_nothing() -> None:
    before = list(sys.path)
    stand()
    stand()
    assert sys.path == before


def test_a_name_that_is_taken_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import types

    other = types.ModuleType("reports")
    other.__file__ = str(tmp_path / "reports" / "__init__.py")
    monkeypatch.setitem(sys.modules, "reports", other)
    before = list(sys.path)
    with pytest.raises(UsageError) as told:
        stand()
    assert str(tmp_path) in told.value.what
    assert "conformance run" in told.value.remedy
    assert sys.path == before


@pytest.mark.parametrize("kind", ["package", "namespace", "module"])
def test_a_folder_in_front_of_the_path_is_passed_over(tmp_path: Path, kind: str) -> None:
    for name in ("strategies", "reports"):
        if kind == "module":
            (tmp_path / f"{name}.py").write_text("raise RuntimeError('the wrong one')\n", encoding="utf-8")
            continue
        (tmp_path / name).mkdir()
        if kind == "package":
            (tmp_path / name / "__init__.py").write_text("raise RuntimeError('the wrong one')\n", encoding="utf-8")
    code = (
        f"import sys; sys.path.append({str(ROOT)!r})\n"
        "from conformance.ground import stand; stand()\n"
        "import conformance, strategies, reports; print(conformance.__file__, strategies.__file__, reports.__file__)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    homes = [Path(file).resolve().parents[1] for file in done.stdout.split()]
    assert homes == [homes[0]] * 3  # the checkout, or where it is installed
    assert tmp_path not in homes
