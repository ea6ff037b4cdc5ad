"""What the options and the command line of a pytest session ask for."""

from __future__ import annotations

import re
import shlex
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from conformance.plugin import PREFIX
from conformance.settings import Settings, pairs
from conformance.unrepeated import unrepeated

if TYPE_CHECKING:
    import pytest


def settings_of(config: pytest.Config) -> Settings:
    """Read the settings from pytest's options.

    Raises :class:`UsageError` for a header or query parameter that is not ``NAME=VALUE``.
    """
    given: dict[str, Any] = {}
    for field in fields(Settings):  # those that are called otherwise, or may be given more than once, follow
        given[field.name] = config.getoption(f"conformance_{field.name}", None)
    if given["seed"] is None and (seed := config.getoption("--hypothesis-seed", None)) not in {None, "random"}:
        given["seed"] = int(seed)
    given["only"] = tuple(config.getoption("conformance_only") or ())
    given["skip"] = tuple(config.getoption("conformance_skip") or ())
    given["adapter_env"] = tuple(config.getoption("conformance_adapter_env") or ())
    given["file_ids"] = tuple(config.getoption("conformance_file_id") or ())
    given["vector_store_ids"] = tuple(config.getoption("conformance_vector_store_id") or ())
    given["headers"] = pairs("header", config.getoption("conformance_header") or ())
    given["query"] = pairs("query parameter", config.getoption("conformance_query") or ())
    given["beta"] = not config.getoption("conformance_no_beta")
    return Settings(**{name: value for name, value in given.items() if value is not None})


def said(error: Exception, config: pytest.Config) -> str:
    """Return what an error says, without what may be a key among the options that the session was given."""
    return unrepeated(str(error), map(str, config.invocation_params.args))


def called(config: pytest.Config) -> str:
    """Return how the session was started; values of headers and query parameters may be secrets."""
    words = [str(word) for word in config.invocation_params.args]
    secret = re.compile(rf"((?:{PREFIX}(?:header|query)=)?[^=]+)=.*", re.DOTALL)
    for number, word in enumerate(words):
        if word.startswith(f"{PREFIX}token-command=") or (number and words[number - 1] == f"{PREFIX}token-command"):
            words[number] = f"{PREFIX}token-command=COMMAND" if word.startswith(PREFIX) else "COMMAND"
        alone = word.startswith((f"{PREFIX}header=", f"{PREFIX}query="))
        if alone or (number and words[number - 1] in {f"{PREFIX}header", f"{PREFIX}query"}):
            words[number] = secret.sub(r"\1=VALUE", word)
    return shlex.join(["pytest", *words])
