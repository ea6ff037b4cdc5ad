"""Three calls that prove a target, and the command that makes them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
import pytest
from click.testing import CliRunner

from conformance.cli.smoke import smoke as command
from conformance.errors import TargetUnusableError
from conformance.exchange import Raised
from conformance.targets.adapter import NotExpressible

if TYPE_CHECKING:
    from pathlib import Path


class RefusedError(Exception):
    """What the SDK below raises."""


class Good:
    """An SDK of a few lines on httpx."""

    name = "good"
    version = "1"
    language = "python"
    settings: dict[str, str] = {}  # noqa: RUF012 - as an adapter would write it
    cannot = frozenset[str]()

    def __init__(self, base_url: str, api_key: str) -> None:
        self.base_url = base_url
        self.client = httpx.Client(headers={"Authorization": f"Bearer {api_key}"})

    def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
        response = self.client.post(f"{self.base_url}/assistants/{assistant_id}", json=fields)
        if response.is_error:
            raise RefusedError(response)
        return response.json()

    def retrieve(self, assistant_id: str) -> Any:
        return self.client.get(f"{self.base_url}/assistants/{assistant_id}").json()

    def describe_error(self, exception: Exception) -> Raised | None:
        if not isinstance(exception, RefusedError):
            return None
        response = exception.args[0]
        return Raised("refused", getattr(response, "status_code", None), kind="RefusedError")

    def close(self) -> None:
        self.client.close()


class Dropping(Good):
    """Loses null on the way."""

    def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
        return super().modify(assistant_id, {key: value for key, value in fields.items() if value is not None})


class Unable(Good):
    """Cannot say null, and says so."""

    def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
        if None in fields.values():
            raise NotExpressible("no null")
        return super().modify(assistant_id, fields)


class Checking(Good):
    """Refuses bad values before anything is sent."""

    def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
        if fields.get("temperature", 0) > 2:
            raise RefusedError("too hot")
        return super().modify(assistant_id, fields)


class Mute(Good):
    """Says nothing of the status."""

    def describe_error(self, exception: Exception) -> Raised | None:
        return Raised("something went wrong")


class Foreign(Good):
    """Lets an exception through that is not its own."""

    def describe_error(self, exception: Exception) -> Raised | None:
        return None


class Swallowing(Good):
    """Takes every answer for a success."""

    def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
        return self.client.post(f"{self.base_url}/assistants/{assistant_id}", json=fields).json()


class Forgetful(Good):
    """Sends, and returns nothing."""

    def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
        super().modify(assistant_id, fields)


class Twice(Good):
    """Sends everything twice."""

    def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
        super().modify(assistant_id, fields)
        return super().modify(assistant_id, fields)


class Keyless(Good):
    """Hands no key on."""

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(base_url, api_key)
        self.client = httpx.Client()


class OtherHeader(Good):
    """Sends the key in a header of its own."""

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(base_url, api_key)
        self.client = httpx.Client(headers={"api-key": api_key})


class Declaring(OtherHeader):
    """Says so."""

    key_header = "api-key"


class Elsewhere(Good):
    """Has an address of its own."""

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(f"{base_url.removesuffix('/v1')}/openai", api_key)
        self.client = httpx.Client(headers=self.client.headers, params={"api-version": "2025-01-01"})


class DeclaringPath(Elsewhere):
    """Says so."""

    path_prefix = "../openai"
    query: ClassVar[dict[str, str]] = {"api-version": "2025-01-01"}


CASES = {
    "Good": ([True, True, True], ""),
    "Dropping": ([True, True, False], 'the body should be {"description":null}'),
    "Unable": ([True, True, True], "not run: no null"),
    "Checking": ([True, True, True], "POST /assistants/asst_conformanceProbe000000001"),
    "Mute": ([True, False, True], "it has None, and the server answered 400\n  likely cause: the adapter"),
    "Foreign": ([True, False, True], "the error should be one of the SDK's own\n  likely cause: the adapter"),
    "Keyless": (
        [False, False, False],
        "the key did not arrive (401): it should be in the header Authorization: Bearer",
    ),
    "OtherHeader": ([False, False, False], "but it is in api-key\n  likely cause: the adapter: declare key_header"),
    "Declaring": ([True, True, True], ""),
    "Elsewhere": ([False, False, False], "pass the base URL on; where the SDK adds to it, declare path_prefix"),
    "DeclaringPath": ([True, True, True], "/openai/assistants/"),
    "Swallowing": ([True, False, True], "the caller should have got an error"),
    "Forgetful": ([False, True, False], 'name should be "conformance smoke" in the response'),
    "Twice": ([False, True, False], "one request should have been sent; 2 were"),
}


THESE = """
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("these", {path!r})
these = module_from_spec(spec)
spec.loader.exec_module(these)
globals().update(vars(these))
"""


@pytest.fixture
def adapters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of the user's that has the adapters of this one."""
    monkeypatch.chdir(tmp_path)
    module = tmp_path / "users_adapters.py"
    module.write_text(THESE.format(path=__file__))
    return module


@pytest.mark.usefixtures("adapters")
@pytest.mark.parametrize("name", CASES)
def test_three_lines(name: str) -> None:
    fine, told = CASES[name]
    result = CliRunner().invoke(command, [f"sdk:users_adapters:{name}"])
    lines = [line for line in result.output.splitlines() if not line.startswith("  ")]
    words = [line.split(":")[0] for line in lines]
    calls = zip(fine, ("modify", "error", "null"), strict=True)
    assert words == [f"{'ok' if good else 'not ok'} {number} {call}" for number, (good, call) in enumerate(calls, 1)]
    assert told in result.output
    assert result.exit_code == (0 if all(fine) else 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [("key_header", 7), ("key_header", "a b"), ("path_prefix", "/a?b"), ("query", ["a"]), ("query", {"a": 1})],
)
def test_what_cannot_be_declared_is_told(adapters: Path, name: str, value: object) -> None:
    adapters.write_text(f"{adapters.read_text()}Good.{name} = {value!r}\n")
    result = CliRunner().invoke(command, ["sdk:users_adapters:Good"])
    assert isinstance(result.exception, TargetUnusableError)
    assert f"{name} is {value!r}" in str(result.exception)


def test_a_server() -> None:
    result = CliRunner().invoke(command, ["reference"])
    assert result.exit_code == 0
    assert '{"description":null} -> 200; returned {"id":' in result.output


@pytest.mark.parametrize("arguments", [["http://127.0.0.1:1/v1"], [f"exec:{sys.executable} -S -c 'exit(3)'"]])
def test_nothing_to_try(arguments: list[str]) -> None:
    result = CliRunner().invoke(command, arguments)
    assert isinstance(result.exception, TargetUnusableError)
    assert result.exception.exit_code == 3


def test_a_program_with_a_quoted_path(tmp_path: Path) -> None:
    program = tmp_path / "an adapter.py"
    program.write_text(
        "import json, sys\n"
        "print(json.dumps({'conformance': 1, 'name': 'n', 'version': '', 'language': 'python'}), flush=True)\n"
        "for line in sys.stdin:\n"
        "    print(json.dumps({'id': json.loads(line)['id'], 'not_run': 'nothing works'}), flush=True)\n"
    )
    result = CliRunner().invoke(command, [f"exec:{sys.executable} -S '{program}'"])
    assert result.exit_code == 1
    assert "not ok 1 modify: nothing was sent; not run: nothing works\n  the call was not made" in result.output
    assert "not ok 2 error" in result.output
    assert json.dumps("ok 3 null")[1:-1] in result.output


def test_its_help_names_every_kind_of_target() -> None:
    told = CliRunner().invoke(command, ["--help"]).output
    assert all(kind in told for kind in ("asgi:", "wsgi:", "respx:", "sdk:openai-node", "exec:"))


TIGHT = """extends = "2025-03"
reason = "tests"
source = "here"
name.maxLength = 9
temperature.maximum = 20
[fields.description]
removed = true
"""
NOTHING_NULL = "".join(
    f"{field}.nullable = false\n"
    for field in (
        *("name", "description", "instructions", "tool_resources"),
        *("metadata", "temperature", "top_p", "response_format"),
    )
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (TIGHT, ('{"name":"conforman"}', '{"name":5}', '{"instructions":null}')),
        (TIGHT.partition("name.max")[0] + NOTHING_NULL, ('{"name":"conformance smoke"}', "takes null nowhere")),
    ],
    ids=["tight", "nothing null"],
)
def test_what_is_sent_fits_an_edition_of_ones_own(tmp_path: Path, text: str, shown: tuple[str, ...]) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    ended = CliRunner().invoke(command, [f"sdk:{__name__}:Good", "--edition", str(path)])
    assert (ended.exit_code, [part for part in shown if part not in ended.output]) == (0, []), ended.output
