"""The keys of a run: from the environment, or from a file; and what must not be shown of all that a run is given.

No message shows what may be a key: somebody may have given it in the place of a name.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from conformance.errors import UsageError
from conformance.exchange import DOCUMENTED, Manner
from conformance.targets.baseurl import parse_base_url
from conformance.targets.given import hidden_variables, secrets_given
from conformance.tokens import token_command
from conformance.unrepeated import may_be_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.settings import Settings
    from conformance.targets.secrets import Secrets

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST = 64 * 1024  # bytes of a first line
_OPEN_TO_OTHERS = stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP


@dataclass(frozen=True, slots=True)
class Keys:
    """The bearer key, and the second one; empty where there is none."""

    key: str = field(default="", repr=False)
    other: str = field(default="", repr=False)


def keys_of(settings: Settings) -> Keys:
    """Return the keys that settings name.

    Raises :class:`UsageError` for what is no name of a variable, a file that holds no key, and a second key that is
    named and is not there.
    """
    if settings.token_command is not None:
        if settings.api_key_file is not None:
            raise UsageError("--token-command and --api-key-file exclude each other", "leave one of them out")
        key = token_command(settings.token_command).key()
    else:
        key = _key("", settings.api_key_env, settings.api_key_file)
    other = _key("other-", settings.other_api_key_env, settings.other_api_key_file)
    if settings.other_api_key_env is not None and not other:
        named = settings.other_api_key_env
        raise UsageError(
            f"the environment variable {named} is empty or not set: it should hold the second key",
            "set it, or leave the option out",
        )
    return Keys(key, other)


def _key(which: str, variable: str | None, file: str | None) -> str:
    if variable is not None and not (
        _NAME.fullmatch(variable) and (variable in os.environ or not may_be_key(variable))
    ):
        told = f"the value of --{which}api-key-env is not the name of an environment variable"
        raise UsageError(told, f"put the key itself into a file, for --{which}api-key-file, or into a variable")
    if file is not None:
        return _first_line(Path(file), f"--{which}api-key-file")
    return (os.environ.get(variable) or "").strip() if variable else ""


def _first_line(path: Path, option: str) -> str:
    try:
        mode = path.stat().st_mode  # before it is opened: nobody may be writing into a pipe
        if not stat.S_ISREG(mode):
            raise UsageError(f"{option}: {path} is not a file", "name one that holds the key in its first line")
        with path.open("rb") as file:
            if os.name == "posix" and mode & _OPEN_TO_OTHERS:
                raise UsageError(f"{option}: {path} is open to others", f"close it: chmod 600 {path}")
            line = file.readline(_LONGEST).decode("utf-8").removeprefix("\ufeff").strip()
    except OSError as error:
        raise UsageError(f"{option}: cannot read {path}: {error.strerror}") from None
    except ValueError:
        raise UsageError(f"{option}: the first line of {path} is not text") from None
    if not line:
        raise UsageError(f"{option}: the first line of {path} is empty", "write the key there")
    if not line.isprintable() or " " in line:
        raise UsageError(f"{option}: the first line of {path} holds more than a key", "write the key there alone")
    return line


def secrets_of(settings: Settings) -> Secrets:
    """Return what must not be shown of all that a run is given; raises as :func:`keys_of` does, and for no URL."""
    keys = keys_of(settings)
    kind = (settings.target or "").partition(":")[0].lower()
    named = {*settings.adapter_env, settings.api_key_env, settings.other_api_key_env or ""}
    found = secrets_given(
        (keys.key, keys.other),
        dict(settings.headers),
        dict(settings.query),
        parse_base_url(settings.target or "") if kind in {"http", "https"} else None,
        # A server has no way to our environment; code of the user's that we start does.
        hidden_variables(named) if kind not in {"http", "https", ""} else (),
    )
    if settings.token_command is not None:
        token_command(settings.token_command).tell(found)
    if password := _password_in(settings.memory):
        found.learn(password)
    return found


def _password_in(memory: str) -> str:
    """Return the password in the address of a shared memory, if that is one and has one."""
    try:
        return unquote(urlsplit(memory).password or "")
    except ValueError:
        return ""


def manner_of(settings: Settings, address: Mapping[str, Any]) -> Manner:
    """Return where the key stands, by the options and by the edition; raises :class:`UsageError` for no header."""
    header = settings.api_key_header or address.get("api_key_header") or DOCUMENTED.key_header
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", header):
        raise UsageError("--api-key-header is not a valid header name", "write one, such as api-key")
    usual = DOCUMENTED.key_scheme if header.lower() == DOCUMENTED.key_header.lower() else ""
    scheme = settings.api_key_scheme
    if scheme is None:
        scheme = address.get("api_key_scheme", usual) if settings.api_key_header is None else usual
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]*", scheme):
        raise UsageError("--api-key-scheme is not a valid scheme", "write a word, such as Bearer, or '' for a bare key")
    return Manner(header, scheme)


def passed(settings: Settings) -> tuple[str, ...]:
    """Return the variables that an adapter is given by name.

    Raises :class:`UsageError` for what is no name, and for the variable of the key.
    """
    for name in settings.adapter_env:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            shown = name.partition("=")[0]
            shown = "what was given" if may_be_key(shown) else repr(shown)
            raise UsageError(
                f"--adapter-env: {shown} is not the name of an environment variable", "give its name alone"
            )
        if name not in os.environ and may_be_key(name):
            raise UsageError("--adapter-env: no environment variable has the given name", "give a name, not a key")
        if name in {settings.api_key_env, settings.other_api_key_env}:
            raise UsageError(
                f"--adapter-env names {name}, which holds a key of the run",
                "an adapter gets the suite's own key with each call",
            )
    return settings.adapter_env
