"""The grammar of targets, and what each mistake in it is answered with."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from conformance.errors import TargetUnusableError, UsageError
from conformance.targets.embedded import EmbeddedTarget
from conformance.targets.http import HttpTarget
from conformance.targets.kinds import BUNDLED, KINDS
from conformance.targets.resolve import TargetOptions, resolve

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("spec", [None, "reference"])
def test_the_embedded_reference(spec: str | None) -> None:
    target = resolve(spec)
    assert isinstance(target, EmbeddedTarget)
    assert target.create(b'{"model": "gpt-4o"}').accepted
    target.close()


def test_a_base_url() -> None:
    options = TargetOptions(api_key="sk-secret-1", headers={"X-A": "b"}, query={"c": "d"}, beta=False, timeout=3)
    target = resolve("http://127.0.0.1:8123/v1/", options)
    assert isinstance(target, HttpTarget)
    assert target.base_url == "http://127.0.0.1:8123/v1"
    assert target.describe().details == {"time-out": "3 s", "beta header": "not sent"}
    assert "sk-secret-1" not in repr(options)
    target.close()


@pytest.mark.parametrize("name", ["openai", "openai-async", "openai-wire", "openai-async-wire"])
def test_a_bundled_sdk(name: str) -> None:
    pytest.importorskip("openai")
    target = resolve(f"sdk:{name}")
    made = target.create(b'{"model": "gpt-4o"}').value["id"]
    assert target.modify(made, b'{"name": "n", "description": null}').value["name"] == "n"
    described = target.describe()
    assert described.spec == f"sdk:{name}"
    assert described.details["reached"] == ("wire server on loopback" if "wire" in name else "caught in process")
    target.close()


@pytest.fixture
def adapters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the user's, with adapters in it."""
    (tmp_path / "users_adapter.py").write_text(
        textwrap.dedent(
            """
            from types import SimpleNamespace

            number = 5

            def factory(base_url, api_key):
                return SimpleNamespace(name="mine", version="9", language="python", settings={}, cannot=frozenset(),
                                       modify=None, retrieve=None, describe_error=None,
                                       close=lambda: None)

            def broken(base_url, api_key):
                raise RuntimeError("no licence")
            """
        )
    )
    (tmp_path / "users_broken_adapter.py").write_text("import no_such_sdk_anywhere\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    for name in ("users_adapter", "users_broken_adapter"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.mark.usefixtures("adapters")
def test_an_adapter_of_the_user() -> None:
    target = resolve("sdk:users_adapter:factory")
    assert (target.role, target.describe().name, target.describe().version) == ("sdk", "mine", "9")
    target.close()


@pytest.mark.usefixtures("adapters")
@pytest.mark.parametrize(
    ("spec", "what"),
    [
        ("sdk:no_such_module_here:f", "no_such_module_here cannot be imported: ModuleNotFoundError"),
        ("sdk:users_broken_adapter:f", "users_broken_adapter cannot be imported: .*no_such_sdk_anywhere"),
        ("sdk:users_adapter:missing", "users_adapter has no missing"),
        ("sdk:users_adapter:factory.x", "users_adapter has no factory.x"),
        ("sdk:users_adapter:number", "number cannot be called, it is of type int"),
        ("sdk:nobody", "no SDK called 'nobody' is bundled.*openai-async"),
        ("sdk:", "no SDK called '' is bundled"),
        ("sdk:users_adapter:", "no SDK called"),
        ("asgi:no_such_module_here:app", "no_such_module_here cannot be imported"),
        ("wsgi:app", "does not name a target; write wsgi:module:app"),
        ("respx:users_adapter:missing", "users_adapter has no missing; write respx:module:factory"),
        ("exec:", "does not name a command; write exec:COMMAND"),
        ("exec:a 'b", "the command cannot be split: No closing quotation"),
        ("ftp://a.example/", "does not name a target.*sdk:module:factory"),
        ("localhost:8123", "does not name a target.*http://localhost:8123/v1"),
        ("", "does not name a target"),
        ("http://", "has no host"),
    ],
)
def test_mistakes_are_told_in_one_line(spec: str, what: str) -> None:
    with pytest.raises(UsageError, match=what) as caught:
        resolve(spec)
    assert "\n" not in str(caught.value)
    assert caught.value.remedy


@pytest.mark.usefixtures("adapters")
def test_a_factory_that_fails_makes_the_target_unusable() -> None:
    with pytest.raises(TargetUnusableError, match="RuntimeError: no licence"):
        resolve("sdk:users_adapter:broken")


def test_a_command_is_split_as_a_shell_would(tmp_path: Path) -> None:
    program = tmp_path / "an adapter.py"
    program.write_text(
        "import json, sys\n"
        "hello = {'conformance': 1, 'name': sys.argv[1], 'version': '', 'language': 'python'}\n"
        "print(json.dumps(hello), flush=True)\n"
        "sys.stdin.read()\n"
    )
    target = resolve(f"exec:{sys.executable} -S '{program}' \"a b\"")
    assert (target.role, target.describe().name) == ("sdk", "a b")
    target.close()


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(TargetUnusableError, match="no-such-program-here cannot be started"):
        resolve("exec:no-such-program-here --flag")


def test_all_kinds_are_in_the_help() -> None:
    assert all(f"sdk:{name}" in KINDS or name.endswith("-wire") for name in BUNDLED)
    assert all(len(line) <= 100 for line in KINDS.splitlines())
