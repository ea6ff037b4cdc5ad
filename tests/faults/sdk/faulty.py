"""What a faulty SDK is, and the register of all of them: steps of the small SDK replaced, one defect each."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tests.faults.sdk.small_sdk import AsyncAdapter, AsyncClient, Client, Core, SyncAdapter

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.targets.adapter import Reached

JSON: TypeAlias = Any
Kind: TypeAlias = Literal["sync", "async"]


@dataclass(frozen=True, slots=True)
class Faulty:
    """An SDK that deviates in one thing."""

    name: str
    """In kebab-case."""
    sentence: str
    steps: type[Core]
    """The small SDK's steps, one of them replaced."""
    requirement: str = ""
    """The id of the requirement that must catch it; empty for a variant that is correct."""
    also: tuple[str, ...] = ()
    """Ids of requirements that the same defect breaks as well."""
    only: Kind | None = None
    """Which of the two clients has it, where the other is sound."""

    @property
    def reached(self) -> Reached:
        """How it is reached."""
        return "wire" if self.steps.wire else "respx"

    def adapter(self, kind: Kind, base_url: str, api_key: str) -> SyncAdapter:
        """Make the adapter of one of the clients."""
        steps = (self.steps,) if self.only in {None, kind} else ()
        if kind == "async":
            bad: type[AsyncClient] = type("BadAsyncClient", (*steps, AsyncClient), {})
            return AsyncAdapter(bad(base_url, api_key))
        sync: type[Client] = type("BadClient", (*steps, Client), {})
        return SyncAdapter(sync(base_url, api_key))


FAULTS: dict[str, Faulty] = {}
VARIANTS: dict[str, Faulty] = {}


def _register(where: dict[str, Faulty], steps: type[Core], requirement: str, also: tuple[str, ...], only: Any) -> None:
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", steps.__name__).lower()
    assert name not in FAULTS
    assert name not in VARIANTS
    assert steps.__doc__ is not None
    where[name] = Faulty(name, steps.__doc__, steps, requirement, also, only)


def fault(requirement: str, *also: str, only: Kind | None = None) -> Callable[[type[Core]], type[Core]]:
    """Register a class as a fault: its name and its docstring are those of the fault."""

    def register(steps: type[Core]) -> type[Core]:
        _register(FAULTS, steps, requirement, also, only)
        return steps

    return register


def variant(steps: type[Core]) -> type[Core]:
    """Register a class as a tolerated variant."""
    _register(VARIANTS, steps, "", (), None)
    return steps


def changed(value: JSON, change: Callable[[JSON], JSON]) -> JSON:
    """Return a value with every leaf and every emptied or filled container passed through ``change``, inside first."""
    if isinstance(value, dict):
        return change({key: changed(item, change) for key, item in value.items()})
    if isinstance(value, list):
        return change([changed(item, change) for item in value])
    return change(value)


def without(value: JSON, unwanted: Callable[[str, JSON], bool]) -> JSON:
    """Return a value without the keys of objects that are unwanted, at any depth."""
    if isinstance(value, dict):
        return {key: without(item, unwanted) for key, item in value.items() if not unwanted(key, item)}
    return [without(item, unwanted) for item in value] if isinstance(value, list) else value


def renamed(value: JSON, rename: Callable[[str], str]) -> JSON:
    """Return a value with every key of its objects renamed."""
    if isinstance(value, dict):
        return {rename(key): renamed(item, rename) for key, item in value.items()}
    return [renamed(item, rename) for item in value] if isinstance(value, list) else value


def with_query(url: str, query: str) -> str:
    """Return a URL with parameters more behind those that it has."""
    return f"{url}{'&' if '?' in url else '?'}{query}"


def in_free_json(value: JSON, change: Callable[[JSON], JSON]) -> JSON:
    """Return a value with ``parameters`` and ``schema`` passed through ``change``."""
    if isinstance(value, dict):
        return {
            key: change(item) if key in {"parameters", "schema"} else in_free_json(item, change)
            for key, item in value.items()
        }
    return [in_free_json(item, change) for item in value] if isinstance(value, list) else value


def in_functions(body: JSON, change: Callable[[dict[str, JSON]], dict[str, JSON]]) -> JSON:
    """Return a body with the function of every function tool passed through ``change``."""
    return in_tools(body, lambda tool: {**tool, "function": change(tool["function"])} if "function" in tool else tool)


def in_tools(body: JSON, change: Callable[[dict[str, JSON]], JSON]) -> JSON:
    """Return a body with every tool passed through ``change``."""
    tools = body.get("tools")
    if not isinstance(tools, list):
        return body
    return {**body, "tools": [change(tool) if isinstance(tool, dict) else tool for tool in tools]}


def camel(key: str) -> str:
    """Return a key in camel case."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), key)


def guessed(text: JSON) -> JSON:
    """Return what a text that looks like JSON stands for."""
    try:
        return json.loads(text, parse_constant=lambda name: name)
    except (TypeError, ValueError):
        return text
