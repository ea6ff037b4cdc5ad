"""Which of the texts that a run was given are secrets: keys, and what came by a header, a query, a URL, a variable."""

from __future__ import annotations

import base64
import binascii
import os
import re
from typing import TYPE_CHECKING

from conformance.targets.public import is_public
from conformance.targets.secrets import SHORT, Secrets, smells_of_secret

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from conformance.targets.baseurl import BaseURL

VARIABLE = 8
"""Characters from which on the value of an environment variable is hidden; shorter ones are words."""
_PARTS = re.compile(r"[\s;,\"']+")


def secrets_given(
    keys: Iterable[str | None] = (),
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    base: BaseURL | None = None,
    values: Iterable[str] = (),
) -> Secrets:
    """Return the secrets among what a target is given.

    ``keys`` are sent as bearer keys, ``headers`` and ``query`` with every request, ``base`` is where they go, and
    ``values`` are what code under test may know from the environment.
    """
    sure: set[str] = set()
    for key in keys:
        sure |= {part for part in ((key or "").strip(), *(key or "").split()) if part and part.lower() != "bearer"}
    perhaps: set[str] = set()
    for name, value in (headers or {}).items():
        (sure if smells_of_secret(name) else perhaps).update(_of_header(value))
    pairs = [*(query or {}).items(), *(base.query if base is not None else ())]
    for name, value in pairs:
        (sure if smells_of_secret(name) else perhaps).add(value)
    if base is not None and base.credentials:
        sure |= {base.password, f"{base.user}:{base.password}", base.credentials.removeprefix("Basic ")} - {":"}
        (perhaps if base.password else sure).add(base.user)
    words = {text for text in sure if is_public(text)}
    sure |= {text for text in values if not is_public(text)}
    perhaps = {text for text in perhaps if len(text) >= SHORT and not is_public(text)}
    return Secrets(perhaps, keys=sure - words, words=words)


def _of_header(value: str) -> Iterator[str]:
    """Yield what is secret of a header's value: ``Bearer abc`` is echoed as ``abc`` too."""
    value = value.strip()
    yield value
    scheme, _, rest = value.partition(" ")
    parts = [part for part in _PARTS.split(value) if part]
    if scheme.isalpha() and rest:
        yield rest.strip()
    for part in parts:
        name, equals, told = part.partition("=")
        for one in (part, told if equals and name else "", told.strip('"')):
            if len(one) >= VARIABLE:
                yield one
    if scheme.lower() == "basic":
        pair = _decoded(rest.strip())
        yield pair
        yield pair.partition(":")[2]


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def hidden_variables(named: Collection[str]) -> Iterator[str]:
    """Yield the values of environment variables that code under test may show: what smells, and what was named."""
    for name, value in os.environ.items():
        if (smells_of_secret(name) or name in named) and len(value.strip()) >= VARIABLE:
            yield value.strip()
