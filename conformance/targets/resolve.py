"""From what a user wrote to a target: the one grammar, used by every command and by the pytest plugin."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.errors import UsageError
from conformance.exchange import DOCUMENTED, Manner
from conformance.targets.embedded import EmbeddedTarget
from conformance.targets.environment import KEY_VARIABLES, beside
from conformance.targets.given import hidden_variables
from conformance.targets.http import HttpTarget
from conformance.targets.kinds import BUNDLED, GRAMMAR, RECORDINGS, REFERENCE
from conformance.targets.secrets import Secrets
from strategies.editions import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.target import Role, Target
    from conformance.targets.adapter import AdapterFactory
    from conformance.targets.application import Interface
    from conformance.targets.exec import ProgramFactory
    from strategies.editions import Edition

_ADDRESS = re.compile(
    r"(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:/v1)?/?"
    r"|[a-z0-9-]+:\d{1,5}(?:/v1)?/?"
)
"""A host, with or without a port and the path of the API, and no scheme."""


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """What the command line says about a target, beside its name; ``timeout`` in seconds."""

    edition: str | Edition = DEFAULT
    api_key: str | None = field(default=None, repr=False)
    other_api_key: str | None = field(default=None, repr=False)
    """A second key: it is sent by nobody but who names it, and never shown."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    beta: bool = True
    timeout: float = 10.0
    adapter_env: tuple[str, ...] = ()
    """Variables of the environment that an adapter is given beside the usual ones."""
    key_variables: tuple[str, ...] = KEY_VARIABLES
    """The variables that hold the keys."""
    manner: Manner = DOCUMENTED
    """In which header the key stands, and by which scheme."""
    renewed: Callable[[str], str] | None = field(default=None, repr=False)
    """Gives another key for one that was refused."""
    insecure: bool = False
    """Whether certificates are not checked."""
    ca_bundle: str | None = None
    """The file of the authorities that they are checked by."""
    secrets: Secrets | None = field(default=None, repr=False)
    """What is taken out of everything that is recorded; ``None`` for the keys, headers and parameters above."""


def role_of(spec: str | None) -> Role:
    """Return the kind of target that a specification names, without making it."""
    kind, colon, _ = (spec or REFERENCE).partition(":")
    return "sdk" if colon and kind in {"sdk", "exec"} else "server"


def resolve(spec: str | None, options: TargetOptions | None = None) -> Target:
    """Make the target that a specification names; ``None`` is the embedded reference.

    Raises :class:`~conformance.errors.UsageError` for one that is not in the grammar or cannot be found, and
    :class:`~conformance.errors.TargetUnusableError` for one that does not start or is not installed.
    """
    options = options or TargetOptions()
    if spec is None or spec == REFERENCE:
        return _reference(options)
    kind, colon, rest = spec.partition(":")
    if colon and kind.lower() in {"http", "https"}:
        return HttpTarget(
            spec,
            api_key=options.api_key,
            other_api_key=options.other_api_key,
            headers=options.headers,
            query=options.query,
            beta=options.beta,
            timeout=options.timeout,
            secrets=options.secrets,
            insecure=options.insecure,
            ca_bundle=options.ca_bundle,
            manner=options.manner,
            renewed=options.renewed,
        )
    match kind:
        case "sdk" if colon and rest == "openai-node":
            from conformance.targets.openai_node import openai_node  # noqa: PLC0415

            return _sdk(spec, lambda: _given(openai_node(_call_limit(options)), options), options)
        case "sdk" if colon:
            return _python(spec, rest, options)
        case "exec" if colon:
            return _sdk(spec, lambda: _program(spec, rest, options), options)
        case "asgi" | "wsgi" if colon:
            return _application(kind, spec, rest, options)
        case "respx" if colon:
            from conformance.targets.router import RouterTarget  # noqa: PLC0415

            return RouterTarget(spec, rest, beta=options.beta, timeout=options.timeout)
    if kind == "recording" and colon:
        raise UsageError("a recording answers nobody", "judge it by: conformance run recording:FILE")
    if kind == spec and Path(spec).suffix.lower() in RECORDINGS and Path(spec).is_file():
        raise UsageError(f"{spec!r} names a file, and no target", f"to judge what it holds write recording:{spec}")
    if _ADDRESS.fullmatch(spec):
        url = f"http://{spec.rstrip('/').removesuffix('/v1')}/v1"
        raise UsageError(f"{spec!r} does not name a target", f"for a server there write {url}")
    raise UsageError(f"{spec!r} does not name a target", f"give {GRAMMAR}")


def _reference(options: TargetOptions) -> Target:
    from conformance.reference.server import Reference  # noqa: PLC0415 - pydantic is slow to import

    return EmbeddedTarget(Reference(options.edition), REFERENCE)


def _sdk(
    spec: str,
    factory: Callable[[], AdapterFactory],
    options: TargetOptions,
    last: Callable[[], None] = lambda: None,
) -> Target:
    # An SDK is imported when one is asked for, and respx with it.
    from conformance.reference.server import Reference  # noqa: PLC0415
    from conformance.targets.sdk import API_KEY, SdkTarget  # noqa: PLC0415

    limit = _call_limit(options)
    return SdkTarget(factory(), Reference(options.edition, api_key=API_KEY), spec, limit, last)


def _given(factory: ProgramFactory, options: TargetOptions) -> ProgramFactory:
    return replace(factory, passed=options.adapter_env, key_variables=options.key_variables)


def _python(spec: str, name: str, options: TargetOptions) -> Target:
    from conformance.targets.pythonadapter import ChildFactory  # noqa: PLC0415

    if name not in BUNDLED and not all(name.partition(":")):
        raise UsageError(
            f"no SDK called {name!r} is bundled", f"there are {', '.join(BUNDLED)}; give yours as sdk:module:factory"
        )
    environment = beside(os.environ, options.adapter_env, options.key_variables)
    known = {*options.key_variables, *options.adapter_env}
    factory = ChildFactory(spec, name, environment, Secrets(hidden_variables(known)), _call_limit(options))
    try:
        return _sdk(spec, lambda: factory, options, factory.close)
    except BaseException:
        factory.kill()
        raise


def _program(spec: str, command: str, options: TargetOptions) -> AdapterFactory:
    from conformance.targets.exec import ProgramFactory  # noqa: PLC0415

    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"{spec}: the command cannot be split: {error}", "quote it as for a shell") from None
    if not argv:
        raise UsageError(f"{spec!r} does not name a command", "write exec:COMMAND, such as exec:'node adapter.mjs'")
    return _given(ProgramFactory(tuple(argv), spec, _call_limit(options)), options)


def _call_limit(options: TargetOptions) -> float:
    # The SDK is to give up by itself, or to be let go by the server, before its program is taken to hang.
    from conformance.targets.wire_server import QUIET  # noqa: PLC0415

    return max(2 * options.timeout, QUIET + 2)


def _application(kind: Interface, spec: str, name: str, options: TargetOptions) -> Target:
    from conformance.targets.application import ApplicationTarget  # noqa: PLC0415

    return ApplicationTarget(
        kind,
        spec,
        name,
        api_key=options.api_key,
        other_api_key=options.other_api_key,
        headers=options.headers,
        query=options.query,
        beta=options.beta,
        timeout=options.timeout,
        secrets=options.secrets,
        manner=options.manner,
        renewed=options.renewed,
    )
