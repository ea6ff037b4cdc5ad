"""From what a user wrote to a target: the one grammar, used by every command and by the pytest plugin."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.errors import UsageError
from conformance.targets.embedded import EmbeddedTarget
from conformance.targets.http import HttpTarget
from strategies.editions import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.targets.adapter import AdapterFactory
    from conformance.targets.protocol import Target

REFERENCE = "reference"
"""What the embedded reference is called where a target has to be named."""

GRAMMAR = (
    "a base URL such as http://127.0.0.1:8123/v1, sdk:openai, sdk:openai-async, sdk:module:factory, "
    "or none for the embedded reference"
)

_NOT_YET = ("asgi", "wsgi", "exec", "respx")
_BUNDLED = ("openai", "openai-async")


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """What the command line says about a target, beside its name; ``timeout`` in seconds."""

    edition: str = DEFAULT
    api_key: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    beta: bool = True
    timeout: float = 10.0


def resolve(spec: str | None, options: TargetOptions | None = None) -> Target:
    """Make the target that a specification names; ``None`` is the embedded reference.

    Raises :class:`~conformance.errors.UsageError` for one that is not in the grammar or cannot be found, and
    :class:`~conformance.errors.TargetUnusableError` for an SDK that is not installed.
    """
    options = options or TargetOptions()
    if spec is None or spec == REFERENCE:
        return _reference(options)
    kind, colon, rest = spec.partition(":")
    if colon and kind.lower() in {"http", "https"}:
        return HttpTarget(
            spec,
            api_key=options.api_key,
            headers=options.headers,
            query=options.query,
            beta=options.beta,
            timeout=options.timeout,
        )
    if colon and kind == "sdk":
        return _sdk(spec, rest, options)
    if colon and kind in _NOT_YET:
        raise UsageError(f"targets of the kind {kind}: are not built yet", f"give {GRAMMAR}")
    raise UsageError(f"{spec!r} names no target", f"give {GRAMMAR}")


def _reference(options: TargetOptions) -> Target:
    from conformance.reference.server import Reference  # noqa: PLC0415 - pydantic is slow to import

    return EmbeddedTarget(Reference(options.edition), REFERENCE)


def _sdk(spec: str, name: str, options: TargetOptions) -> Target:
    # An SDK is imported when one is asked for, and respx with it.
    from conformance.reference.server import Reference  # noqa: PLC0415
    from conformance.targets.sdk import API_KEY, SdkTarget  # noqa: PLC0415

    factory = _bundled(name) if name in _BUNDLED else _factory(spec, name)
    return SdkTarget(factory, Reference(options.edition, api_key=API_KEY), spec)


def _bundled(name: str) -> AdapterFactory:
    from conformance.targets import openai_adapter  # noqa: PLC0415

    return openai_adapter.sync_adapter if name == "openai" else openai_adapter.async_adapter


def _factory(spec: str, name: str) -> AdapterFactory:
    module_name, colon, attribute = name.partition(":")
    if not (colon and module_name and attribute):
        bundled = ", ".join(_BUNDLED)
        raise UsageError(f"no SDK called {name!r} is bundled", f"there are {bundled}; give yours as sdk:module:factory")
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        # At the end: a folder here may have the name of a package of ours.
        sys.path.append(here)
    try:
        found = importlib.import_module(module_name)
    except Exception as error:
        cause = " ".join(str(error).split())
        raise UsageError(
            f"{spec}: {module_name} cannot be imported: {type(error).__name__}: {cause}",
            "it is looked for in the current folder and in the installed packages",
        ) from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise UsageError(f"{spec}: {module_name} has no {attribute}", "name a function there: sdk:module:factory")
        found = getattr(found, part)
    if not callable(found):
        raise UsageError(
            f"{spec}: {attribute} cannot be called, it is of type {type(found).__name__}",
            "name a function that takes a base URL and an API key",
        )
    return found
