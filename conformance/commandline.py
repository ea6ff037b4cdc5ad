"""How a run was started, as a line for a shell."""

from __future__ import annotations

import shlex

from conformance.settings import Settings


def command_of(settings: Settings, spec: str) -> str:
    """Return the shell line that starts a run of a target again, secrets left out."""
    words = ["conformance", "fuzz" if settings.fuzz else "run"]
    if settings.target is not None:
        words.append(spec)
    words += ["--edition", settings.edition, "--effort", settings.effort, "--seed", str(settings.seed)]
    for name, patterns in (("--only", settings.only), ("--skip", settings.skip)):
        for pattern in patterns:
            words += [name, pattern]
    defaults = Settings()
    named = ("shard", "fail_on", "timeout", "time", "assistant_id", "model")
    keys = ("api_key_env", "other_api_key_env", "api_key_file", "other_api_key_file", "api_key_header")
    for name in (*named, *keys, "api_key_scheme", "ca_bundle", "max_requests", "rate", "max_wait", "baseline"):
        value = getattr(settings, name)
        if value != getattr(defaults, name):
            words += [f"--{name.replace('_', '-')}", f"{value:g}" if isinstance(value, float) else str(value)]
    for name, values in (
        ("--file-id", settings.file_ids),
        ("--vector-store-id", settings.vector_store_ids),
        ("--adapter-env", settings.adapter_env),
    ):
        words += [word for value in values for word in (name, value)]
    for name, given in (("--header", settings.headers), ("--query", settings.query)):
        words += [word for key, _ in given for word in (name, f"{key}=VALUE")]  # a value may be a secret
    words += ["--token-command", "COMMAND"] if settings.token_command else []  # there may be a secret in it
    words += ["--no-beta"] * (not settings.beta) + ["--insecure"] * settings.insecure
    return shlex.join(words)
