"""The index beside the suites says what is so, and every test of a suite is in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.fitting import scenarios_of
from conformance.run import scope_of
from conformance.scenario import is_declared
from conformance.settings import Settings
from conformance.suites import plan
from conformance.suites.index import FILE, homes, index

if TYPE_CHECKING:
    from conformance.target import Role

ROLES: tuple[Role, ...] = ("server", "sdk")
SUITES = Path(plan.__file__).parent


def test_the_index_is_written_anew() -> None:
    assert FILE.read_text("utf-8") == index(), "run: python -m conformance.suites.index"


def test_every_module_of_tests_is_carried_out() -> None:
    assert sorted(path.stem for path in SUITES.glob("test_*.py")) == sorted(f"test_{name}" for name in plan.MODULES)


def test_every_test_says_what_it_is_about() -> None:
    silent = [test.__qualname__ for test in plan.tests(None) if not (is_declared(test) and test.__doc__)]
    assert silent == []


def test_a_requirement_leads_to_its_test() -> None:
    (home, *_) = homes("2025-03")["roundtrip.name.null"]
    assert home.name == "test_roundtrip_fields.py::test_values_null_and_empty"
    assert "null" in home.sentence
    assert any(case.data == b'{"name":null}' for one in home.scenarios for case in one.cases)
    source = Path(home.test.__code__.co_filename).read_text("utf-8").splitlines()
    assert source[home.line - 1].startswith(("@scenarios", "def test_values_null_and_empty"))


def test_modules_that_others_need_not_import_have_tests_for_one_kind_of_target_only() -> None:
    scope = scope_of(Settings(effort="thorough"))
    for name in plan.MODULES:
        roles = {
            one.role
            for test in plan.tests(None)
            if test.__module__ == f"conformance.suites.test_{name}"
            for one in scenarios_of(test, scope)
        }
        assert roles, name
        for role in ROLES:
            assert plan.is_for(role, name) is bool(roles & {None, role}), (name, role)
