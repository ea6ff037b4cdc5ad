"""The configuration of a project: ``conformance.toml``, or ``[tool.conformance]`` in ``pyproject.toml``.

It holds the options of the commands by their long names, with dashes or underscores, and named targets, each a table
``[targets.NAME]`` with its ``spec`` and any options that hold for it alone. A key that no option has is refused, and
so is a secret: the file may name the environment variable that holds one, and nothing more.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from conformance.errors import UsageError
from conformance.unrepeated import unrepeated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

OWN = "conformance.toml"
SHARED = "pyproject.toml"

Kind = Literal["text", "whole number", "number", "switch", "list", "number or text"]
"""What the value of an option is in TOML."""

Value = str | int | float | bool | tuple[str, ...]
Options = dict[str, Value]
"""Options by their names with underscores."""

_PAIRS = ("header", "query")
_FORBIDDEN = {"api_key", "apikey", "key", "token", "bearer", "authorization", "password", "secret"}
_SECRET_NAME = re.compile(r"(^|[-_])(api[-_]?key|key|authorization|auth|token|secret|password|cookie)$", re.IGNORECASE)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TARGET_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_RESERVED = {"reference"}


@dataclass(frozen=True, slots=True)
class Config:
    """What the configuration says; empty where there is none."""

    source: str = ""
    """The name of the file, for messages."""
    options: Options = field(default_factory=dict)
    targets: Mapping[str, Options] = field(default_factory=dict)
    """The options of each named target; ``target`` among them is its specification."""

    def chosen(self, target: str | None) -> Options:
        """Return the options that hold for a target as it was asked for, by name, by specification or not at all.

        Raises :class:`UsageError` for a word that is neither a name here nor a specification, when a name is near.
        """
        name = self.options.get("target") if target is None else target
        if isinstance(name, str) and name in self.targets:
            return {**self.options, **self.targets[name]}
        if isinstance(name, str) and ":" not in name and name not in _RESERVED:
            near = difflib.get_close_matches(name, self.targets, 1)
            if near:
                raise UsageError(f"no target is called {name!r} in {self.source}", f"did you mean {near[0]!r}?")
        return dict(self.options)

    def spec(self, target: str | None) -> str | None:
        """Return the specification of the target that is called so here; any other word as it is."""
        found = self.targets.get(target, {}).get("target") if target is not None else None
        return found if isinstance(found, str) else target


def load(directory: Path, kinds: Mapping[str, Kind]) -> Config:
    """Read the configuration of a directory; ``kinds`` holds what each option's value is, by its name.

    Raises :class:`UsageError`, one line that names file and key, for anything that is not as it is to be.
    """
    own, shared = _toml(directory / OWN), _toml(directory / SHARED)
    tool = {} if shared is None else shared.get("tool", {})
    table = tool.get("conformance") if isinstance(tool, dict) else None
    if own is not None and table is not None:
        raise UsageError(f"both {OWN} and [tool.conformance] in {SHARED} configure the suite", "keep one of them")
    try:
        if own is not None:
            return _config(own, OWN, "", kinds)
        if table is not None:
            return _config(table, SHARED, "tool.conformance.", kinds)
    except UsageError as error:
        error.alter(lambda text: unrepeated(text, _keys(own or table)))
        raise
    return Config()


def _keys(table: Any) -> Iterator[str]:
    """Yield all keys of a table: somebody may have put a secret there."""
    if isinstance(table, dict):
        for key, value in table.items():
            yield key
            yield from _keys(value)


def _toml(path: Path) -> dict[str, Any] | None:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"cannot read {path.name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path.name} is not UTF-8") from None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of too many digits is no TOMLDecodeError
        raise UsageError(f"{path.name} is not valid TOML: {' '.join(str(error).split())}") from None


def _config(table: Any, source: str, prefix: str, kinds: Mapping[str, Kind]) -> Config:
    if not isinstance(table, dict):
        raise UsageError(f"{source}: {prefix.rstrip('.')} is not a table")
    known = {**kinds, "target": "text"}
    options = _options({key: value for key, value in table.items() if key != "targets"}, source, prefix, known)
    named = table.get("targets", {})
    if not isinstance(named, dict):
        raise UsageError(f"{source}: {prefix}targets is not a table", "write [targets.NAME] with spec = ...")
    targets = {}
    for name, entry in named.items():
        where = f"{prefix}targets.{name}"
        if not isinstance(entry, dict) or not isinstance(entry.get("spec"), str) or not entry["spec"].strip():
            raise UsageError(f"{source}: {where} has no spec", f'write [{where}] and spec = "http://..."')
        if not _TARGET_NAME.fullmatch(name) or name in _RESERVED:
            raise UsageError(f"{source}: {where} is not a valid name", "use letters, digits, dashes and underscores")
        targets[name] = _target(entry, source, f"{where}.", kinds)
    return Config(source, options, targets)


def _target(entry: dict[str, Any], source: str, prefix: str, kinds: Mapping[str, Kind]) -> Options:
    rest = {key: value for key, value in entry.items() if key != "spec"}
    options = _options(rest, source, prefix, kinds, also=("spec",))
    return {**options, **_options({"target": entry["spec"]}, source, prefix, {"target": "text"})}


def _options(
    table: dict[str, Any], source: str, prefix: str, kinds: Mapping[str, Kind], also: tuple[str, ...] = ("targets",)
) -> Options:
    options: Options = {}
    for key, value in table.items():
        name, where = key.replace("-", "_"), f"{source}: {prefix}{key}"
        if name.lower() in _FORBIDDEN:
            raise UsageError(
                f"{where} would keep a secret in a file", 'name the environment variable: api-key-env = "NAME"'
            )
        tables = {*also, *_PAIRS} - {"spec"}
        if name not in kinds or (isinstance(value, dict) and name not in tables and _near(name, tables)):
            near = _near(name, tables if isinstance(value, dict) else [*kinds, *also])
            dashed = near.replace("_", "-")
            raise UsageError(
                f"{source}: unknown key {prefix}{key}",
                f"did you mean {dashed!r}?" if near else "see: conformance run -h",
            )
        if name in options:
            raise UsageError(f"{where} is given twice, with dashes and with underscores", "keep one of them")
        options[name] = _value(name, value, kinds[name], where)
        _check_secret(name, options[name], where)
    return options


def _near(word: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(word, sorted(known), 1)), "")


def _value(name: str, value: Any, kind: Kind, where: str) -> Value:
    if name in _PAIRS and isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
        return tuple(f"{key}={item}" for key, item in value.items())
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    match kind:
        case "list" if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        case "text" if isinstance(value, str):
            return value
        case "switch" if isinstance(value, bool):
            return value
        case "whole number" if numeric and isinstance(value, int):
            return value
        case "number" if numeric:
            return float(value)
        case "number or text" if numeric or isinstance(value, str):
            return str(value)
    wanted = {"list": "a list of strings", "text": "a string", "switch": "true or false"}.get(kind, f"a {kind}")
    raise UsageError(f"{where} is {_called(value)}", f"write {wanted}")


def _called(value: Any) -> str:
    match value:
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case dict():
            return "a table"
        case list():
            return "a list" if all(isinstance(item, str) for item in value) else "a list of other things than strings"
    return "a date or time"


def _check_secret(name: str, value: Value, where: str) -> None:
    """Refuse what is or carries a secret; the message never shows the value."""
    if name in {"api_key_env", "other_api_key_env"} and isinstance(value, str) and not _VARIABLE.fullmatch(value):
        raise UsageError(
            f"{where} is not the name of an environment variable", "the key itself belongs in the environment"
        )
    if name in _PAIRS and isinstance(value, tuple):
        for pair in value:
            if _SECRET_NAME.search(pair.partition("=")[0].strip()):
                what = pair.partition("=")[0].strip()
                raise UsageError(f"{where} would keep the secret {what!r} in a file", f"give it by --{name}")
    if name == "target" and isinstance(value, str) and _has_password(value):
        raise UsageError(f"{where} would keep a password in a file", "leave it out of the address")


def _has_password(spec: str) -> bool:
    try:
        return urlsplit(spec).password is not None
    except ValueError:
        return False
