"""Adapter programs: SDKs in any language, called through one long-lived process that speaks JSON lines.

The contract is ``adapter-protocol.schema.json`` beside this file, and docs/adapters.md. Each line that comes is held
against it, and a program that breaks it ends the run: what it says can no longer be told from what the SDK did.
"""

from __future__ import annotations

import json
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, ClassVar

import jsonschema_rs

from conformance.exchange import Raised
from conformance.targets.adapter import NotExpressible
from conformance.targets.environment import KEY_VARIABLES, for_program
from conformance.targets.given import hidden_variables
from conformance.targets.program import LONGEST_LINE, Program
from conformance.targets.secrets import Secrets
from strategies.jsonvalues import NotJSONError, decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.targets.adapter import Adapter, AdapterFactory, AdapterFailedError, Reached
    from strategies.jsonvalues import JSON

VERSION = 1
"""Of the protocol."""

HELLO_LIMIT = 30.0
"""Seconds until the first line: a program may have to be built."""


class _RaisedError(Exception):
    """What the SDK raised on the other side."""

    def __init__(self, raised: Raised) -> None:
        super().__init__(raised.message)
        self.raised = raised


@dataclass(frozen=True, slots=True)
class ProgramFactory:
    """Starts an adapter program; an :data:`~conformance.targets.adapter.AdapterFactory`.

    ``spec`` is what it is called in messages. ``call_limit`` is in seconds for one call, ``hello_limit`` until the
    program has said hello, ``longest_line`` in bytes. Raises :class:`~conformance.errors.TargetUnusableError`, of
    which :class:`~conformance.targets.adapter.AdapterFailedError` is one, when there is no program or no hello.
    """

    argv: tuple[str, ...]
    spec: str
    call_limit: float = 20.0
    hello_limit: float = HELLO_LIMIT
    longest_line: int = LONGEST_LINE
    passed: tuple[str, ...] = ()
    """Variables of the environment that it is given beside the usual ones."""
    key_variables: tuple[str, ...] = KEY_VARIABLES
    """The variables that hold the keys of the run, which it is never given."""
    more: Mapping[str, str] = field(default_factory=dict)
    """Variables with values of the suite's own."""
    reached: ClassVar[Reached] = "wire"

    def __call__(self, base_url: str, api_key: str) -> Adapter:
        """Start the program, and wait for its hello."""
        return _ProgramAdapter(self, base_url, api_key)

    @contextmanager
    def surrounded(self, environment: Mapping[str, str]) -> Iterator[AdapterFactory]:
        """Give what starts programs that see these variables."""
        yield replace(self, more={**self.more, **environment})


class _ProgramAdapter:
    """An adapter whose work is done by a program."""

    reached: Reached = "wire"

    def __init__(self, made_by: ProgramFactory, base_url: str, api_key: str) -> None:
        self.call_limit = made_by.call_limit
        self._given = {"base_url": base_url, "api_key": api_key}
        self._id = 0
        self._lock = threading.Lock()
        known = {*made_by.key_variables, *made_by.passed}
        self._program = Program(
            made_by.argv,
            shown=made_by.spec,
            environment={**for_program(os.environ, made_by.passed, made_by.key_variables), **made_by.more},
            secrets=Secrets(hidden_variables(known)),
            longest_line=made_by.longest_line,
        )
        try:
            hello = self._hello(self._program.ask(b"", made_by.hello_limit, "before its hello"))
        except BaseException:
            self._program.kill()
            raise
        self.name: str = hello["name"]
        self.version: str = hello["version"]
        self.language: str = hello["language"]
        self.cannot: frozenset[str] = frozenset(hello.get("cannot", ()))
        self.key_header: JSON = hello.get("key_header", "Authorization: Bearer")
        self.path_prefix: str = hello.get("path_prefix", "")
        self.query: dict[str, str] = hello.get("query", {})
        self.settings: Mapping[str, str] = hello.get("settings", {})

    def modify(self, assistant_id: str, fields: dict[str, JSON]) -> JSON:
        return self._called("modify", {"assistant_id": assistant_id, "fields": fields})

    def retrieve(self, assistant_id: str) -> JSON:
        return self._called("retrieve", {"assistant_id": assistant_id})

    def describe_error(self, exception: Exception) -> Raised | None:
        return exception.raised if isinstance(exception, _RaisedError) else None

    def close(self) -> None:
        self._program.close()

    def _called(self, call: str, arguments: dict[str, JSON]) -> JSON:
        with self._lock:
            answer = self._answer(call, arguments)
        if "not_run" in answer:
            raise NotExpressible(answer["not_run"])
        if "raised" in answer:
            raise _RaisedError(_raised(answer["raised"]))
        return answer["returned"]

    def _answer(self, call: str, arguments: dict[str, JSON]) -> dict[str, JSON]:
        """Send a call, and return its answer, which obeys the schema."""
        unasked = self._program.stray()
        if unasked is not None:
            raise self._stray(unasked)
        self._id += 1
        when = f"in call {self._id} ({call})"
        # ASCII alone: a reader with another encoding, or one that ends lines at U+2028, takes no harm.
        text = json.dumps({"id": self._id, "call": call, **self._given, **arguments}, allow_nan=False)
        try:
            line = self._program.ask(text.encode("ascii") + b"\n", self.call_limit, when)
        except BaseException:
            # An answer that nobody waits for any more would be taken for that of the next call.
            self._program.kill()
            raise
        value = self._read(line, when)
        answered = value.get("id")
        if isinstance(answered, int) and answered != self._id:
            raise self._program.failed(self._wrong_id(answered, when))
        problem = _problem("answer", {**value, "returned": None} if "returned" in value else value)
        if problem:
            raise self._program.failed(f"gives an answer that the protocol does not know, {when}: {problem}")
        return value

    def _hello(self, line: bytes) -> dict[str, JSON]:
        value = self._read(line, "in place of its hello")
        spoken = value.get("conformance", VERSION)
        if spoken != VERSION:
            raise self._program.failed(f"speaks version {spoken!r} of the protocol; this suite speaks {VERSION}")
        problem = _problem("hello", value)
        if problem:
            raise self._program.failed(f"did not send a valid hello: {problem}; the line was {_shown(line)}")
        return value

    def _read(self, line: bytes, when: str) -> dict[str, JSON]:
        try:
            value = decode(line).value
        except NotJSONError:
            value = None
        if not isinstance(value, dict):
            raise self._program.failed(f"wrote a line that is not a JSON object, {when}: {_shown(line)}")
        return value

    def _wrong_id(self, answered: int, when: str) -> str:
        if 1 <= answered < self._id:
            return f"answers call {answered} a second time, {when}"
        return f"answers call {answered}, which was not made, {when}"

    def _stray(self, line: bytes) -> AdapterFailedError:
        try:
            value = decode(line).value
        except NotJSONError:
            value = None
        if isinstance(value, dict) and value.get("id") == self._id and self._id:
            return self._program.failed(f"answers call {self._id} a second time: {_shown(line)}")
        after = f"after call {self._id}" if self._id else "after its hello"
        return self._program.failed(f"writes unasked {after}: {_shown(line)}")


def schema() -> dict[str, JSON]:
    """Return the JSON Schema of the protocol."""
    text = files("conformance.targets").joinpath("adapter-protocol.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def _validator(kind: str) -> jsonschema_rs.Validator:
    whole = schema()
    return jsonschema_rs.validator_for(
        {"$schema": whole["$schema"], "$ref": f"#/$defs/{kind}", "$defs": whole["$defs"]}
    )


def _problem(kind: str, value: JSON) -> str:
    """Return what is wrong with a line; empty if nothing is."""
    error = next(iter(_validator(kind).iter_errors(value)), None)
    if error is None:
        return ""
    place = "/".join(str(part) for part in error.instance_path)
    return f"{place}: {_cut(error.message)}" if place else _cut(error.message)


def _raised(value: dict[str, JSON]) -> Raised:
    members = {name: value.get(name) for name in ("type", "param", "code")}
    error = members if any(name in value for name in members) else None
    return Raised(value["message"], value.get("status"), error, value["kind"], value.get("own", True))


def _shown(line: bytes) -> str:
    return _cut(repr(line[:400].decode("utf-8", "replace")))


def _cut(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}…"
