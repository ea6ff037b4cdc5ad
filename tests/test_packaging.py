"""The wheel: everything is in it, and it works in a project that has folders of the same names."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import conformance

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("conformance", "strategies", "reports")
MODULE = "modify_assistant_conformance_plugin"
NEEDED = (
    "strategies/editions/2025-03.json",
    "strategies/editions/2026-08.json",
    "conformance/suites/pytest.ini",
    "strategies/py.typed",
    "reports/py.typed",
    "conformance/py.typed",
)
SOURCES = (*PACKAGES, "pyproject.toml", "README.md", "LICENSE")
SUITES = ("--pyargs", "conformance.suites", "--conformance-only=roundtrip.name", "--conformance-effort=quick")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources; building needs hatchling, from the network if it is not here."""
    copy = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    words = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", "dist", "."]
    done = subprocess.run(words, cwd=copy, capture_output=True, text=True, check=False)
    if done.returncode and re.search(r"hatchling|network|resolve|connection", done.stderr, re.IGNORECASE):
        pytest.skip(f"hatchling cannot be had here: {done.stderr.strip().splitlines()[-1][:200]}")
    assert done.returncode == 0, done.stderr
    (built,) = (copy / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has the wheel, and sees what the wheel depends on here."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=True)
    own = Path(sysconfig.get_path("purelib", "venv", {"base": str(home), "platbase": str(home)}))
    words = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*words, "--target", str(own), str(wheel)], capture_output=True, check=True)
    script = f"import sys\nfrom {MODULE} import main\nsys.exit(main())\n"  # as pip writes it
    (home / "conformance-script.py").write_text(script, encoding="utf-8")
    # Behind its own packages: what this environment has, without the editable sources that its .pth files name.
    (own / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return home / ("Scripts" if os.name == "nt" else "bin") / "python"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that has packages called strategies and reports, and tests that import them."""
    for name in ("strategies", "reports"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"OWN = {name!r}\n", encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "__init__.py").write_text("", encoding="utf-8")
    mine = (
        "import strategies, reports\n\n"
        "def test_own():\n    assert (strategies.OWN, reports.OWN) == ('strategies', 'reports')\n"
    )
    (tmp_path / "tests" / "test_own.py").write_text(mine, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\npythonpath = .\n", encoding="utf-8")
    return tmp_path


def run(python: Path, project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    said = {"PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTHONPATH", "OPENAI_API_KEY"}
    environment = {name: value for name, value in os.environ.items() if name not in said}
    return subprocess.run(
        [python, "-m", *words], cwd=project, env=environment, capture_output=True, text=True, check=False
    )


def test_the_wheel_has_all_that_is_needed(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert [name for name in NEEDED if name not in names] == []
    data = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.parent.name != "entry"
    }
    assert [name for name in data if name not in names] == []
    assert any(name.endswith(".j2") for name in names)
    assert any(name.startswith("reports/") and "schema" in name and name.endswith(".json") for name in names)


def test_the_wheel_has_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    roots = {name.split("/")[0] for name in names}
    assert roots == {*PACKAGES, f"{MODULE}.py", f"modify_assistant_conformance-{conformance.__version__}.dist-info"}
    assert [name for name in names if "__pycache__" in name or "/tests/" in name] == []


def test_the_metadata_is_whole(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    info = f"modify_assistant_conformance-{conformance.__version__}.dist-info"
    metadata = archive.read(f"{info}/METADATA").decode()
    entries = archive.read(f"{info}/entry_points.txt").decode()
    assert f"Version: {conformance.__version__}\n" in metadata
    assert "License-Expression: MIT" in metadata
    assert "Requires-Python: >=3.11" in metadata
    assert f"conformance = {MODULE}:main" in entries
    assert f"[pytest11]\n{MODULE} = {MODULE}" in entries
    assert archive.read(f"{MODULE}.py") == (ROOT / "conformance" / "entry" / f"{MODULE}.py").read_bytes()
    assert any(name.endswith("licenses/LICENSE") for name in archive.namelist())


def test_a_project_with_the_same_names_can_be_run_in(python: Path, project: Path) -> None:
    ended = run(python, project, "conformance", "run", "--effort", "quick", "--only", "roundtrip.name")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stderr == ""
    assert len(list((project / "conformance-report").iterdir())) == 5


def test_a_project_with_the_same_names_can_run_the_suites_under_pytest(python: Path, project: Path) -> None:
    ended = run(python, project, "pytest", *SUITES, "-p", "no:cacheprovider")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(r"\b[1-9]\d* passed", ended.stdout)


def test_the_tests_of_that_project_still_find_its_own_packages(python: Path, project: Path) -> None:
    ended = run(python, project, "pytest", "-p", "no:cacheprovider")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "1 passed" in ended.stdout
    where = "import conformance; print(conformance.__file__)"
    found = subprocess.run([python, "-c", where], cwd=project, capture_output=True, text=True, check=True)
    assert str(ROOT / "conformance") not in found.stdout


def test_both_at_once_say_why_not(python: Path, project: Path) -> None:
    """In one process a name belongs to one of the two; whoever comes second is told so."""
    ended = run(python, project, "pytest", "tests", *SUITES, "-p", "no:cacheprovider")
    if ended.returncode != 0:
        assert "conformance run" in ended.stdout + ended.stderr
        assert "INTERNALERROR" not in ended.stdout + ended.stderr
    else:
        assert "6 passed" in ended.stdout


def test_a_name_that_is_taken_already_is_told_in_a_line(python: Path, project: Path) -> None:
    (project / "conftest.py").write_text("import strategies\n", encoding="utf-8")
    ended = run(python, project, "pytest", "tests", *SUITES, "-p", "no:cacheprovider")
    shown = ended.stdout + ended.stderr
    assert ended.returncode == 2
    assert "run the suite in a process of its own: conformance run" in shown
    assert "INTERNALERROR" not in shown
    assert "Traceback" not in shown


OWN = ("conformance", "strategies", "reports", "tests")


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    """A project that has packages of all four names, with tests, options, plugins and suites of its own in them."""
    for name in OWN:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"OWN = {name!r}\n", encoding="utf-8")
    (tmp_path / "conformance" / "suites").mkdir()
    (tmp_path / "conformance" / "suites" / "__init__.py").write_text("", encoding="utf-8")
    (tmp_path / "conformance" / "fixtures.py").write_text(
        "import pytest\n\n@pytest.fixture\ndef judged():\n    return 'mine'\n", encoding="utf-8"
    )
    mine = (
        "import conformance, strategies, reports, tests\n\n"
        "def test_own(judged):\n"
        f"    assert (conformance.OWN, strategies.OWN, reports.OWN, tests.OWN) == {OWN!r}\n"
        "    assert judged == 'mine'\n"
    )
    for folder in (tmp_path / "tests", tmp_path / "conformance" / "suites"):
        (folder / "test_own.py").write_text(mine, encoding="utf-8")
    (tmp_path / "conftest.py").write_text(
        "pytest_plugins = ['conformance.fixtures', 'conformance']\n\n"
        "def pytest_conformance_report(report):\n    raise AssertionError\n",
        encoding="utf-8",
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    return tmp_path


ALONE = ("-p", "no:cacheprovider", "-p", "no:randomly")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("tests",),
        ("conformance/suites",),
        ("conformance/suites", "-n", "1"),
        ("--pyargs", "conformance.suites", "tests"),
        ("--strict-markers", "--strict-config"),
        ("-W", "error"),
        ("-p", f"no:{MODULE}"),
        ("-p", "no:conformance"),
        ("-p", "no:terminal"),
        ("--import-mode=importlib",),
        ("--import-mode=append",),
        ("--co",),
        ("--help",),
    ],
    ids=" ".join,
)
def test_a_project_with_all_names_is_not_disturbed(python: Path, crowded: Path, words: tuple[str, ...]) -> None:
    if "no:conformance" in words or "no:terminal" in words:
        hooks = (crowded / "conftest.py").read_text("utf-8").replace(", 'conformance'", "")
        (crowded / "conftest.py").write_text(hooks, encoding="utf-8")
    if f"no:{MODULE}" in words:
        (crowded / "conftest.py").write_text("pytest_plugins = ['conformance.fixtures']\n", encoding="utf-8")
    ended = run(python, crowded, "pytest", *ALONE, *words)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "INTERNALERROR" not in ended.stdout + ended.stderr
    if not {"--co", "--help", "no:terminal"} & {*words}:
        assert re.search(r"[12] passed", ended.stdout), ended.stdout


@pytest.mark.parametrize("words", [(), ("-p", MODULE)], ids=["off", "named"])
def test_nor_where_plugins_are_not_loaded_by_themselves(python: Path, crowded: Path, words: tuple[str, ...]) -> None:
    # One plugin only: of two of one package pytest warns by itself here, that the second cannot be rewritten any more.
    plugins = "pytest_plugins = ['conformance.fixtures']\n"
    hook = "\n\ndef pytest_conformance_report(report):\n    raise AssertionError\n" if words else ""
    (crowded / "conftest.py").write_text(plugins + hook, encoding="utf-8")
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONPATH"):
        environment.pop(name, None)
    called = [str(python), "-m", "pytest", *words, "--strict-markers", "--strict-config", "-p", "no:cacheprovider"]
    ended = subprocess.run(called, cwd=crowded, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "2 passed" in ended.stdout


@pytest.mark.parametrize("path", ["", "."], ids=["plain", "PYTHONPATH=."])
@pytest.mark.parametrize("words", [("run", "--effort", "quick", "--only", "roundtrip.name", "-q"), ("--help",)])
def test_the_command_is_ours_in_such_a_project(python: Path, crowded: Path, words: tuple[str, ...], path: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
    if path:
        environment["PYTHONPATH"] = path
    script = python.parent.parent / "conformance-script.py"
    called = [str(python), str(script), *words]
    ended = subprocess.run(called, cwd=crowded, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stderr == ""
    assert ("Judge servers and SDKs" if "--help" in words else "conformant: 5 of 5") in ended.stdout


def test_the_suites_can_be_run_with_the_plugin_named(python: Path, project: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
    called = [str(python), "-m", "pytest", "-p", MODULE, *SUITES, "-p", "no:cacheprovider"]
    ended = subprocess.run(
        called,
        cwd=project,
        env={**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(r"\b[1-9]\d* passed", ended.stdout)
