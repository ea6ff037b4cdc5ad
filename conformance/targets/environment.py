"""What code under test sees of the environment of whoever runs the suite: no secret, and nothing that leads astray.

An adapter program is given an allow list of variables and what the user names. A Python adapter is given all but the
variables that hold secrets, name proxies or certificates: it speaks to the suite alone, and its key comes by the call.
"""

from __future__ import annotations

import os
import re
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.targets.secrets import MASK, smells_of_secret

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_SYSTEM = """
PATH HOME USER LOGNAME USERNAME SHELL PWD TERM TZ TMPDIR TMP TEMP
LANG LANGUAGE LC_ALL LC_ADDRESS LC_COLLATE LC_CTYPE LC_IDENTIFICATION LC_MEASUREMENT LC_MESSAGES LC_MONETARY LC_NAME
LC_NUMERIC LC_PAPER LC_TELEPHONE LC_TIME
XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_RUNTIME_DIR
SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT PROGRAMDATA PROGRAMFILES APPDATA LOCALAPPDATA USERPROFILE HOMEDRIVE
HOMEPATH NUMBER_OF_PROCESSORS PROCESSOR_ARCHITECTURE
LD_LIBRARY_PATH DYLD_LIBRARY_PATH DYLD_FALLBACK_LIBRARY_PATH
NIX_PATH NIX_PROFILES ASDF_DIR ASDF_DATA_DIR MISE_DATA_DIR
"""
_LANGUAGES = """
PYTHONPATH PYTHONHOME PYTHONUSERBASE PYTHONNOUSERSITE PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX PYTHONHASHSEED
PYTHONUTF8 PYTHONSAFEPATH VIRTUAL_ENV CONDA_PREFIX CONDA_DEFAULT_ENV PYENV_ROOT PYENV_VERSION
NODE_PATH NVM_DIR NVM_BIN VOLTA_HOME PNPM_HOME BUN_INSTALL DENO_DIR
JAVA_HOME JDK_HOME CLASSPATH SDKMAN_DIR KOTLIN_HOME SCALA_HOME
GOPATH GOROOT GOBIN GOCACHE GOMODCACHE GOTOOLCHAIN CARGO_HOME RUSTUP_HOME RUSTUP_TOOLCHAIN
RUBYLIB GEM_HOME GEM_PATH BUNDLE_PATH BUNDLE_GEMFILE RBENV_ROOT RBENV_VERSION
PERL5LIB PERL_LOCAL_LIB_ROOT PHPRC PHP_INI_SCAN_DIR COMPOSER_HOME LUA_PATH LUA_CPATH
DOTNET_ROOT NUGET_PACKAGES MIX_HOME HEX_HOME ERL_LIBS JULIA_DEPOT_PATH R_LIBS R_LIBS_USER R_HOME DART_SDK PUB_CACHE
"""
PASSED = frozenset((_SYSTEM + _LANGUAGES).split())
"""Variables that programs are given: what finds programs, libraries and folders, and what says how text is written.

Options of interpreters (``NODE_OPTIONS``, ``JAVA_TOOL_OPTIONS``) and addresses of registries are not among them, since
both may carry passwords.
"""

ELSEWHERE = {"TZ": "Asia/Kathmandu"} if os.name == "posix" else {}
"""The time zone that SDKs live in: one that nobody takes for UTC, and the same on every machine.

Where the machine is in UTC, as most that run tests are, a time that is taken for local by mistake does not show.
"""

KEY_VARIABLES = ("OPENAI_API_KEY",)
"""The variables that hold keys where nothing else is said."""

CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

_PASSWORD = re.compile(r"(?<=://)[^/\s@]*@")
_SHORT = 8  # characters of a key from which on it is looked for in other values


def for_program(
    inherited: Mapping[str, str], named: Collection[str] = (), key_variables: Collection[str] = KEY_VARIABLES
) -> dict[str, str]:
    """Return the environment of an adapter program.

    It is the allow list and what is ``named``, never a variable that holds a key of the run, nor one of the list whose
    value holds such a key or a password. Loopback is kept from proxies; Python programs write at once, in UTF-8. The
    time zone is ours where it is not named.
    """
    keys = _keys(inherited, key_variables)
    kept = {
        name: value
        for name, value in inherited.items()
        if name not in key_variables and (name in named or (name in PASSED and not _holds_secret(value, keys)))
    }
    more = {**without_proxy(inherited), "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    return {**kept, **_elsewhere(named), **more}


def _elsewhere(named: Collection[str]) -> dict[str, str]:
    return {name: value for name, value in ELSEWHERE.items() if name not in named}


def without_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that keep HTTP clients from using a proxy for loopback."""
    before = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    hosts = ",".join(filter(None, (before, "127.0.0.1", "localhost")))
    return {"no_proxy": hosts, "NO_PROXY": hosts}


def _keys(environment: Mapping[str, str], key_variables: Collection[str]) -> tuple[str, ...]:
    return tuple(environment.get(name, "").strip() for name in key_variables)


def _holds_secret(value: str, keys: Collection[str]) -> bool:
    return any(len(key) >= _SHORT and key in value for key in keys) or _PASSWORD.search(value) is not None


def is_proxy(name: str) -> bool:
    """Return whether a variable names a proxy; HTTP clients take any scheme before ``_proxy``, in either case."""
    return name.lower().endswith("_proxy") and name.lower() != "no_proxy"


def beside(
    inherited: Mapping[str, str], named: Collection[str] = (), key_variables: Collection[str] = KEY_VARIABLES
) -> dict[str, str]:
    """Return the environment of a Python adapter: without secrets, proxies and certificates, but for what is named.

    The time zone is ours where it is not named.
    """
    secrets = _secret(inherited, key_variables)
    kept = {
        name: value
        for name, value in inherited.items()
        if name in named or not (is_proxy(name) or name in CERTIFICATES or name in secrets)
    }
    return {**kept, **_elsewhere(named), **without_proxy(kept), "PYTHONUNBUFFERED": "1"}


def for_mock(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a mock: nothing leaves its process, so no proxy and no certificate matters to it."""
    return {name: value for name, value in inherited.items() if not (is_proxy(name) or name in CERTIFICATES)}


def _secret(environment: Mapping[str, str], key_variables: Collection[str]) -> set[str]:
    keys = _keys(environment, key_variables)
    return {
        name
        for name, value in environment.items()
        if name in key_variables
        or name.startswith("OPENAI_")
        or smells_of_secret(name)
        or (name not in PASSED and _holds_secret(value, keys))
    }


def stale_certificate() -> str:
    """Say which variable names certificates that cannot be read, its value and why; empty where none does."""
    for name in CERTIFICATES[:3]:
        value = os.environ.get(name, "")
        if value and (reason := _unreadable(name, value)):
            return f"{name} is {value}: {reason}"
    return ""


def _unreadable(name: str, value: str) -> str:
    try:
        if name == "SSL_CERT_DIR":
            return "" if any(Path(part).is_dir() for part in value.split(os.pathsep)) else "there is no such folder"
        if name == "SSL_CERT_FILE":
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=value)
        else:
            with Path(value).open("ab"):
                pass
    except ssl.SSLError:
        return "it contains no certificate"
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    return ""


def attributed(said: str, *, of_files: bool) -> str:
    """Say which variable of the environment is likely to be behind an error of code beside us; empty for none.

    ``of_files`` says that it is an error of files or certificates.
    """
    text = said.lower()
    if "proxy" in text or "proxies" in text:
        found = next(((name, value) for name, value in os.environ.items() if is_proxy(name)), None)
        if found is not None:
            return f"{found[0]} is {_PASSWORD.sub(f'{MASK}@', found[1])}"
    return stale_certificate() if of_files or "certificate" in text else ""
