"""Variables that SDKs read by themselves, set to what must not be used: the caller has said base URL and key."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from conformance.targets.adapter import AdapterFactory

NO_VARIABLES: Mapping[str, str] = MappingProxyType({})
DECOY_KEY = "sk-of-the-environment"
"""No key at all: what a client sends that prefers the environment to what it was given."""

_LOGIN = "of-netrc"
NETRC_SAID = b64encode(f"{_LOGIN}:{DECOY_KEY}".encode()).decode()
"""What a request says that was sent with user name and password of the .netrc file."""

_ADDRESSES = ("BASE_URL", "API_BASE", "API_BASE_URL", "API_URL", "ENDPOINT")
_KEYS = ("API_KEY", "KEY", "TOKEN")


@runtime_checkable
class Surroundable(Protocol):
    """A factory whose adapters live in another process: it gives them variables there."""

    def surrounded(self, environment: Mapping[str, str]) -> AbstractContextManager[AdapterFactory]:
        """Give what makes adapters that see these variables, for a while."""


def decoys(name: str, address: str) -> dict[str, str]:
    """Return variables that an SDK of this name may read, all saying ``address`` or :data:`DECOY_KEY`.

    They are those of the openai package, which most others read too, and those that begin with the name of the SDK or
    with its first word.
    """
    words = re.findall(r"[A-Z0-9]+", name.upper())
    prefixes = {"OPENAI", *words[:1], "_".join(words)} - {""}
    found = {f"{prefix}_{what}": address for prefix in sorted(prefixes) for what in _ADDRESSES}
    return found | {f"{prefix}_{what}": DECOY_KEY for prefix in sorted(prefixes) for what in _KEYS}


@contextmanager
def netrc() -> Iterator[dict[str, str]]:
    """Give the variable that names a .netrc file with a user name and a password for every host; it is there meanwhile.

    Libraries such as ``requests`` read it by themselves, and send what it says in the place of a header of the caller.
    """
    with TemporaryDirectory(prefix="netrc-") as folder:
        path = Path(folder, "netrc")
        path.write_text(f"default login {_LOGIN} password {DECOY_KEY}\n", encoding="ascii")
        path.chmod(0o600)
        yield {"NETRC": str(path)}


@contextmanager
def surrounded(factory: AdapterFactory, environment: Mapping[str, str]) -> Iterator[AdapterFactory]:
    """Have adapters see these variables beside their own, for a while; give what makes such adapters."""
    if not environment:
        yield factory
    elif isinstance(factory, Surroundable):
        with factory.surrounded(environment) as other:
            yield other
    else:
        with variables(environment):
            yield factory


@contextmanager
def variables(environment: Mapping[str, str]) -> Iterator[None]:
    """Set variables of this process for a while."""
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
