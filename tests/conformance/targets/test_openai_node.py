"""The npm package openai by the program that comes with the suite; with a stand-in for the package where it counts."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import TargetUnusableError
from conformance.exchange import NotRun, Raised, Returned
from conformance.targets.openai_node import openai_node
from conformance.targets.sdk import SdkTarget

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")

STAND_IN = """
class OpenAIError extends Error {}
class APIError extends OpenAIError {
  constructor(status, { type, param, code }, message) {
    super(message);
    Object.assign(this, { status, type, param, code });
  }
}
class NotFoundError extends APIError {}
class OpenAI {
  constructor(options) {
    this.options = options;
    console.log("made with", options.maxRetries);
    this.beta = { assistants: {
      update: (id, body) => this.call("POST", id, body),
      retrieve: (id) => this.call("GET", id),
    } };
  }
  async call(method, id, body) {
    if (id === "undefined") return undefined;
    if (id === "own") throw new OpenAIError("no");
    if (id === "foreign") throw new TypeError("x is not a function");
    const response = await fetch(`${this.options.baseURL}/assistants/${encodeURIComponent(id)}`, {
      method,
      headers: { Authorization: `Bearer ${this.options.apiKey}`, "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
    });
    const value = await response.json();
    const { status } = response;
    if (!response.ok) throw new NotFoundError(status, value.error, `${status} ${value.error.message}`);
    return value;
  }
}
module.exports = { OpenAI, OpenAIError, APIError };
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = tmp_path / "node_modules" / "openai"
    package.mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"name": "openai", "version": "6.0.1", "main": "index.js"}))
    (package / "index.js").write_text(STAND_IN)
    inside = tmp_path / "project" / "tests"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    monkeypatch.delenv("NODE_PATH", raising=False)
    return tmp_path


@pytest.fixture
def target(folder: Path, reference: Any) -> Iterator[SdkTarget]:
    found = SdkTarget(openai_node(20), reference, "sdk:openai-node")
    yield found
    found.close()


@needs_node
def test_the_program_that_comes_with_the_suite(target: SdkTarget) -> None:
    described = target.describe()
    assert (described.name, described.version, described.details["language"]) == ("openai", "6.0.1", "javascript")
    made = target.create(b'{"model": "m"}').value["id"]
    fields: Any = {"name": "é\u2028\ud800", "top_p": None, "metadata": {"__proto__": "x", "": 0.1, "n": 2**53}}
    exchange = target.modify(made, json.dumps(fields).encode())
    (request,) = exchange.requests
    assert json.loads(request.body) == fields
    assert exchange.value["metadata"] == fields["metadata"]
    assert target.retrieve(made).value["name"] == "é\u2028\ud800"


@needs_node
def test_what_it_tells(target: SdkTarget) -> None:
    assert target.retrieve("nobody").outcome == Raised(
        "404 No assistant 'nobody'.",
        404,
        {"type": "invalid_request_error", "param": None, "code": None},
        "NotFoundError",
    )
    assert target.retrieve("own").outcome == Raised("no", kind="OpenAIError")
    assert target.retrieve("foreign").outcome == Raised("x is not a function", kind="TypeError", own=False)
    assert target.retrieve("undefined").outcome == Returned(None)


@needs_node
@pytest.mark.parametrize("number", ["9007199254740993", "-9007199254740993", "1e400", "1" * 330])
def test_numbers_that_javascript_has_not(target: SdkTarget, number: str) -> None:
    exchange = target.modify("a", f'{{"metadata": {{"9007199254740993": {number}}}}}'.encode())
    if "e" in number:
        assert exchange.asked == {"metadata": {"9007199254740993": 1.7976931348623157e308}}
        return
    assert isinstance(exchange.outcome, NotRun)
    assert "integer.beyond_2_53" in exchange.outcome.reason
    assert exchange.requests == ()


@needs_node
@pytest.mark.parametrize("value", ["9007199254740993", '"\\" 9007199254740993', "a 1e999 b"])
def test_numbers_within_strings(target: SdkTarget, value: str) -> None:
    made = target.create(b"{}").value["id"]
    assert target.modify(made, json.dumps({"name": value}).encode()).value["name"] == value


def test_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NODE_PATH", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    with pytest.raises(TargetUnusableError, match=r"the npm package openai is not found from .*npm install openai"):
        openai_node(20)


def test_a_package_by_its_folder(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path.parent
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("NODE_PATH", str(folder / "node_modules"))
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    factory = openai_node(20)
    assert factory.argv[0] == "/bin/node"
    assert factory.argv[1].endswith("adapter.mjs")
    assert factory.argv[2] == str(folder / "node_modules" / "openai")


def test_no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(TargetUnusableError, match=r"sdk:openai-node needs Node\.js"):
        openai_node(20)


@needs_node
@pytest.mark.parametrize("version", ["4.104.0", "8.0.0", "", None])
def test_versions_that_it_does_not_take_are_refused_in_a_line(folder: Path, version: str | None) -> None:
    package = folder / "node_modules" / "openai" / "package.json"
    package.write_text(json.dumps({"name": "openai", "version": version}))
    with pytest.raises(TargetUnusableError, match="takes versions 5 to 7 of the npm package openai") as caught:
        openai_node(20)
    assert (version or "no version") in str(caught.value)
    assert "\n" not in str(caught.value)


@needs_node
def test_a_package_that_cannot_be_loaded_is_told_in_a_line(folder: Path, reference: Any) -> None:
    (folder / "node_modules" / "openai" / "index.js").write_text("throw new Error('half of it is missing')")
    with pytest.raises(TargetUnusableError, match="cannot be loaded: half of it is missing") as caught:
        SdkTarget(openai_node(20), reference, "sdk:openai-node")
    assert "at Object" not in str(caught.value)
