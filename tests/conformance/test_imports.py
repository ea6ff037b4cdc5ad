"""The import rule, the size of modules and their names: read off the sources, with nothing imported."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("strategies", "reports", "conformance")
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
BESIDE = ROOT / "conformance" / "child"
RENDERERS = sorted((ROOT / "reports" / "render").rglob("*.py"))
LONGEST = 500
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
OUTSIDE = {
    *("time", "datetime", "calendar", "random", "secrets", "uuid", "tempfile"),
    *("os", "sys", "platform", "getpass", "locale", "subprocess", "shutil", "pathlib"),
    *("socket", "ssl", "http", "urllib.request", "asyncio", "httpx", "httpcore", "requests"),
}
"""Clock, chance, environment and network: what a pure function does not know of."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def imported(path: Path) -> frozenset[str]:
    """Return the dotted names of all modules that a source imports, at its top, inside functions and by name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            # What stands beside code of the user's has another name there.
            assert node.level == (1 if path.parent == BESIDE and node.level else 0), (
                f"{name_of(path)} imports relatively"
            )
            module = f"conformance.child.{node.module}" if node.level else node.module or ""
            found.add(module)
            found |= {f"{module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if called in {"import_module", "__import__"}:
                found |= {
                    arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                }
    return frozenset(found)


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


def test_there_is_something_to_look_at() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == set(PACKAGES)
    assert len(RENDERERS) >= 5
    assert "reports" in roots(ROOT / "conformance" / "run.py")


@pytest.mark.parametrize(
    ("package", "strangers"),
    [("strategies", {"conformance", "reports"}), ("reports", {"conformance", "strategies"})],
    ids=["strategies", "reports"],
)
def test_what_stands_on_the_ground_knows_nobody(package: str, strangers: set[str]) -> None:
    sources = [path for path in MODULES if path.is_relative_to(ROOT / package)]
    assert {name_of(path): roots(path) & strangers for path in sources if roots(path) & strangers} == {}


def test_what_stands_beside_code_of_the_users_knows_only_itself() -> None:
    """Not even for types: a project's own packages may be called as ours are."""
    sources = [path for path in MODULES if path.parent == BESIDE]
    assert len(sources) > 4
    own = {f"conformance.child.{path.stem}" for path in sources}
    for path in sources:
        ours = {name for name in imported(path) if name.split(".")[0] in PACKAGES}
        assert {name for name in ours if not any(name == one or name.startswith(f"{one}.") for one in own)} == set()


def test_nothing_imports_its_own_tests() -> None:
    assert [name_of(path) for path in MODULES if "tests" in roots(path)] == []


@pytest.mark.parametrize("path", RENDERERS, ids=name_of)
def test_a_renderer_knows_no_clock_environment_or_network(path: Path) -> None:
    assert {name for name in imported(path) if name in OUTSIDE or name.split(".")[0] in OUTSIDE} == set()
    calls = {node.id for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Name)}
    assert calls & {"open", "input", "print", "exec", "eval"} == set()


def test_no_module_is_too_long() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_module_has_an_empty_name() -> None:
    parts = {part for path in MODULES for part in path.relative_to(ROOT).with_suffix("").parts}
    assert parts & EMPTY_NAMES == set()


def test_only_one_module_knows_hypothesis_jsonschema() -> None:
    assert [name_of(path) for path in MODULES if "hypothesis_jsonschema" in roots(path)] == ["strategies/leaves.py"]


def test_hypothesis_is_used_by_its_public_names_only() -> None:
    private = {
        name_of(path): name
        for path in MODULES
        for name in imported(path)
        if name.startswith("hypothesis.") and ("internal" in name or "._" in name)
    }
    assert private == {}


def test_the_catalogue_and_the_judges_do_not_know_the_command_line() -> None:
    outer = {"conformance.cli", "conformance.plugin", "conformance.pytest_run", "conformance.run"}
    inner = ("catalogue", "judging", "plan", "campaign", "targets", "reference")
    sources = [path for path in MODULES if path.parent.name in inner or path.parent.parent.name in inner]
    assert {name_of(path): imported(path) & outer for path in sources if imported(path) & outer} == {}


def test_the_reference_does_not_read_the_editions_validation() -> None:
    """Reference and contract are written apart, so that each checks the other."""
    apart = {"strategies.contract", "strategies.constraints", "strategies.boundaries"}
    sources = [path for path in MODULES if path.is_relative_to(ROOT / "conformance" / "reference")]
    sources = [path for path in sources if "faults" not in path.parts]
    assert {name_of(path): imported(path) & apart for path in sources if imported(path) & apart} == {}


def module_of(path: Path) -> str:
    """Return the dotted name by which a source is imported."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    """Return the room of conformance that a module stands in: its folder, or the module itself beside the folders."""
    return ".".join(module.split(".")[:2])


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Return what hangs on itself by way of others: each circle once, sorted."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        stack = list(arrows.get(start, ()))
        while stack:
            name = stack.pop()
            if name not in seen:
                seen.add(name)
                stack += arrows.get(name, ())
        return seen

    within = {name: reached(name) for name in arrows}
    found = {tuple(sorted(o for o in within[name] if name in within.get(o, ()))) for name in arrows}
    return [list(circle) for circle in sorted(found) if circle]


def test_a_circle_is_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set()}) == [["a", "b", "c"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_there_is_no_circle_of_imports() -> None:
    """Neither of modules nor of the rooms of conformance, imports for types and inside functions included."""
    names = {module_of(path) for path in MODULES}
    between: dict[str, set[str]] = {}
    for path in MODULES:
        found = set(imported(path)) & names
        # Who takes a module out of a package does not go through the package's face.
        faces = {name for name in found if any(other.startswith(f"{name}.") for other in found)}
        between[module_of(path)] = found - faces - {module_of(path)}
    assert circles(between) == []
    rooms: dict[str, set[str]] = {}
    for module, others in between.items():
        if module.startswith("conformance."):
            own = rooms.setdefault(room_of(module), set())
            own |= {room_of(name) for name in others if name.startswith("conformance.")} - {room_of(module)}
    assert len(rooms) > 10
    assert circles(rooms) == []
