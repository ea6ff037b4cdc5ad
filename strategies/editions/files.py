"""An edition of the user's own, read from its file: what it extends, and what differs.

A file is TOML or JSON. Every change has a ``reason`` and a ``source``, its own or those of a table around it.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

from strategies.editions.making import ADDRESS, IDS, LIMITS, RULES, UNION_PLACES, Making
from strategies.editions.own import Change, EditionError
from strategies.editions.walking import guess, in_branch, of_branch, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

SUFFIXES = (".toml", ".json")
SECTIONS = (
    "limits",
    "enums",
    "fields",
    "tools",
    "response_formats",
    "models",
    "ids",
    "rules",
    "levels",
    "address",
)
_TOP = ("edition", "name", "title", "extends", "reason", "source", "kept", "unrepresented")
_GROUNDS = ("reason", "source")
_LIMIT_KEYS = (*LIMITS, "nullable", "closed", "default", "required")
_ROOT = re.compile(r"[.\[{]")
"""What ends the name of a field in the name of a place."""
LARGEST = 1 << 20  # bytes of a file; one that a person wrote has a hundredth of that

Table = dict[str, Any]


def is_file(name: str) -> bool:
    """Return whether an edition is named by its file."""
    return name.endswith(SUFFIXES)


def table_of(path: Path) -> Table:
    """Read a file; raises :class:`EditionError`, one line, where that cannot be done."""
    try:
        if not path.is_file():
            raise EditionError(f"file not found: {str(path)!r}")
        if path.stat().st_size > LARGEST:
            raise EditionError(f"{path} is larger than 1 MiB, which no edition is")
        text = path.read_bytes().decode("utf-8")
        found = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise EditionError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise EditionError(f"{path} is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, EditionError):
            raise
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise EditionError(f"{path} is not valid {kind}: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict):
        raise EditionError(f"{path} does not contain a table")
    return found


def chain_of(path: Path, names: Collection[str]) -> tuple[str, list[tuple[Path, Table]]]:
    """Return the published edition, one of these names, that a file rests on, and the files from it to this one.

    Raises :class:`EditionError` for a file that extends itself in the end, or something that there is not.
    """
    files: list[tuple[Path, Table]] = []
    while True:
        met = [one.resolve() for one, _ in files]
        if path.resolve() in met:
            turn = [*(one.name for one, _ in files[met.index(path.resolve()) :]), path.name]
            raise EditionError(f"{files[0][0]}: extends goes in a circle: {' extends '.join(turn)}")
        if files and not path.is_file():
            raise EditionError(f"{files[-1][0]}: extends: file not found: {str(path)!r}")
        table = table_of(path)
        files.append((path, table))
        extends = table.get("extends")
        if not isinstance(extends, str):
            raise EditionError(f'{path}: extends is missing: write extends = "2025-03", or another edition or file')
        if extends in names:
            return extends, files[::-1]
        if not is_file(extends):
            told = guess(extends, names) or f"; choose from {', '.join(names)}, or name a .toml or .json file"
            raise EditionError(f"{path}: extends: unknown edition {extends!r}{told}")
        path = path.parent / extends


def name_of(path: Path, table: Table) -> str:
    """Return what an edition is called: as it says, or like its file."""
    name = table.get("edition", table.get("name"))
    if name is None or isinstance(name, dict):
        return path.stem
    if not (isinstance(name, str) and name.strip() and name.isprintable() and len(name) <= 100):
        raise EditionError(f"{path}: edition is {name!r}: write a name of at most 100 characters")
    return name.strip()


def add(making: Making, path: Path, table: Table) -> None:
    """Carry out what a file says; raises :class:`EditionError` that begins with the file."""
    try:
        for change in _changes(making, table):
            making.make(change)
    except EditionError as error:
        raise EditionError(f"{path}: {error}") from None


def _changes(making: Making, table: Table) -> Iterator[Change]:
    """Yield what a file says, change by change; each is to be made before the next is asked for."""
    outer = _grounds(table, {})
    table, limits = _beside(table, making)
    _only(table, (*_TOP, *SECTIONS), "the file", making.document["request"]["properties"])
    for section in SECTIONS:
        content = table.get(section, {})
        if not isinstance(content, dict):
            raise EditionError(f"{section} is not a table")
        if section == "limits":
            content = {**limits, **content}
        if content:
            for change in _READ[section](making, section, content, _grounds(content, outer)):
                _founded(change)
                _not_removed(change, table)
                yield change


def _beside(table: Table, making: Making) -> tuple[Table, Table]:
    """Return a file's table without the limits that stand beside its sections, and those: ``name.maxLength = 255``."""
    rest, limits = dict(table), {}
    for name in table:
        root = _ROOT.split(name, maxsplit=1)[0]
        if root not in making.document["request"]["properties"]:
            continue
        if name != root or (isinstance(table[name], dict) and name not in SECTIONS):
            limits[name] = rest.pop(name)
        elif isinstance(table[name], dict):  # tools is a section and a field
            limits[name], rest[name] = _parted(table[name], name, making.places())
    return rest, {name: content for name, content in limits.items() if content != {}}


def _parted(section: Table, name: str, places: Mapping[str, str]) -> tuple[Table, Table]:
    """Return the limits that stand in the section of a field, each with its grounds, and the section without them."""

    def is_limit(key: str) -> bool:
        inner = section[key]
        is_type = isinstance(inner, dict) and inner.keys() & {"schema", "removed"}
        return key in _LIMIT_KEYS or (f"{name}.{key}" in places and isinstance(inner, dict) and not is_type)

    of_limits = {key: value for key, value in section.items() if is_limit(key)}
    grounds = {key: value for key, value in section.items() if key in _GROUNDS}
    rest = {key: value for key, value in section.items() if key not in of_limits}
    return {**of_limits, **grounds} if of_limits else {}, rest


def _grounds(table: Any, outer: Mapping[str, str]) -> dict[str, str]:
    """Return the reason and the source that hold within a table."""
    found = dict(outer)
    for key in _GROUNDS:
        if isinstance(table, dict) and isinstance(table.get(key), str):
            found[key] = table[key].strip()
    return found


def _founded(change: Change) -> None:
    for key in _GROUNDS:
        if not getattr(change, key):
            raise EditionError(f"{change.where} has no {key}: write one beside it, or for the whole table or file")


def _not_removed(change: Change, table: Table) -> None:
    """Refuse a limit at what the same file removes, a field or a type, and a tool type where it removes the tools."""
    fields = table.get("fields", {})
    about = change.section in {"limits", "enums", "tools"} and isinstance(fields, dict)
    place = "tools" if change.section == "tools" else change.place
    for name, content in fields.items() if about else ():
        is_gone = isinstance(content, dict) and content.get("removed") is True and "schema" not in content
        if is_gone and (place == name or place.startswith((f"{name}.", f"{name}["))):
            raise EditionError(f"{change.where} is about {name}, which is removed by fields.{name}")
    for section, union in UNION_PLACES.items():
        types = table.get(section, {})
        for tag, content in types.items() if about and isinstance(types, dict) else ():
            is_gone = isinstance(content, dict) and content.get("removed") is True
            inner = in_branch(union, tag, tag), of_branch(union, tag)
            if is_gone and any(place == one or place.startswith((f"{one}.", f"{one}[")) for one in inner):
                raise EditionError(f"{change.where} is about {tag}, which is removed by {section}.{tag}")


def _inner(table: Table) -> Iterator[tuple[str, Any]]:
    if not isinstance(table, dict):
        raise EditionError(f"{table!r} is not a table")
    yield from ((key, value) for key, value in table.items() if key not in _GROUNDS or isinstance(value, dict))


def _limits(making: Making, section: str, table: Table, grounds: dict[str, str]) -> Iterator[Change]:
    yield from _limits_at(making, section, "", table, grounds)


def _limits_at(making: Making, section: str, at: str, table: Table, grounds: dict[str, str]) -> Iterator[Change]:
    """Walk tables down to keywords: ``name.maxLength`` and ``"tools[].function.name" = { maxLength = 9 }`` alike."""
    for key, value in _inner(table):
        name = f"{at}.{key}".lstrip(".")
        outer, _, last = name.rpartition(".")
        if last in _LIMIT_KEYS and (not isinstance(value, dict) or "value" in value):
            place = making.place(outer or "body", f"{section}.{name}")
            own = _grounds(value, grounds)
            yield Change(section, place, last, value["value"] if isinstance(value, dict) else value, **own)
        elif isinstance(value, dict):
            yield from _limits_at(making, section, name, value, _grounds(value, grounds))
        elif outer in making.places():
            raise EditionError(f"{section}.{name}: {last!r} is not a limit{guess(last, _LIMIT_KEYS)}")
        else:
            making.place(outer or name, f"{section}.{name}")


def _enums(making: Making, section: str, table: Table, grounds: dict[str, str]) -> Iterator[Change]:
    for name, value in _flat(table, ("values", "add", "remove")):
        place = making.place(name, f"{section}.{name}")
        yield Change(
            section, place, "", _words(value, _have(making, place), f"{section}.{name}"), **_grounds(value, grounds)
        )


def _have(making: Making, place: str) -> list[str]:
    schema = next((found for name, found in walk(making.document["request"]) if name == place), {})
    holder = next((one for one in schema.get("oneOf", ()) if "enum" in one), schema)
    return [word for word in holder.get("enum", ()) if word is not None]


def _words(value: Any, have: list[str], where: str) -> Any:
    """Return the words of a list, or what is left and added of those there are."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or not value.keys() & {"values", "add", "remove"}:
        raise EditionError(f"{where}: write values = [...], or add = [...] and remove = [...]")
    _only(value, ("values", "add", "remove", *_GROUNDS), where)
    for key in ("values", "add", "remove"):
        if not isinstance(value.get(key, []), list):
            raise EditionError(f"{where}.{key} is {value[key]!r}: write a list")
    for word in value.get("remove", ()):
        if word not in have:
            raise EditionError(f"{where}.remove: {word!r} is not listed{guess(str(word), have)}")
    for word in value.get("add", ()):
        if word in value.get("values", have):
            raise EditionError(f"{where}.add: {word!r} is listed already")
    left = [word for word in value.get("values", have) if word not in value.get("remove", ())]
    return list(dict.fromkeys([*left, *value.get("add", ())]))


def _only(value: Table, known: tuple[str, ...], where: str, besides: Iterable[str] = ()) -> None:
    """Raise :class:`EditionError` for a key that is not known; the guess may be one of those ``besides`` as well."""
    for key in value:
        if key not in known:
            raise EditionError(f"{where}: unknown key {key!r}{guess(key, (*known, *besides))}")


def _flat(table: Table, ends: tuple[str, ...], at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what stands at places, which may be written as dotted keys or in one: a table with one of ``ends``."""
    for key, value in _inner(table):
        name = f"{at}.{key}".lstrip(".")
        nested = isinstance(value, dict) and not value.keys() & {*ends}
        if nested and any(isinstance(one, dict) for one in value.values()):
            yield from _flat(value, ends, name)
        else:
            yield name, value


def _fields(making: Making, section: str, table: Table, grounds: dict[str, str]) -> Iterator[Change]:
    for name, value in _flat(table, ("schema", "removed", "shown", "required")):
        where = f"{section}.{name}"
        if not isinstance(value, dict) or ("schema" not in value and value.get("removed") is not True):
            raise EditionError(f"{where}: write schema = {{...}} to add it, removed = true, or both to replace it")
        _only(value, ("schema", "removed", "shown", "required", *_GROUNDS), where)
        own = _grounds(value, grounds)
        if value.get("removed") is True:
            yield Change(section, making.place(name, where), "removed", value=True, **own)
        if "schema" not in value:
            continue
        outer, _, last = name.rpartition(".")
        place = f"{making.place(outer, where)}.{last}" if outer else last
        schema = value["schema"]
        if isinstance(schema, dict):
            schema = {**schema, **({"x-hidden": True} if value.get("shown") is False else {})}
            schema |= {"x-required": True} if value.get("required") is True else {}
        yield Change(section, place, "schema", schema, **own)


def _branches(making: Making, section: str, table: Table, grounds: dict[str, str]) -> Iterator[Change]:
    for tag, value in _inner(table):
        where = f"{section}.{tag}"
        near = guess(tag, _LIMIT_KEYS)
        if section == "tools" and not isinstance(value, dict) and near:
            raise EditionError(f"{where}: {tag!r} is not a limit{near}")
        if not isinstance(value, dict) or ("schema" in value) == (value.get("removed") is True):
            raise EditionError(f"{where}: write schema = {{...}} to add the type, or removed = true")
        _only(value, ("schema", "removed", *_GROUNDS), where)
        own = _grounds(value, grounds)
        if "schema" in value:
            yield Change(section, tag, "schema", value["schema"], **own)
        else:
            yield Change(section, tag, "removed", value=True, **own)


def _models(making: Making, section: str, table: Table, grounds: dict[str, str]) -> Iterator[Change]:
    _only(table, ("values", "listed", "add", "remove", "reasoning", *_GROUNDS), section)
    document = making.document
    of_list = {key: table[key] for key in ("values", "add", "remove") if key in table}
    if "listed" in table:
        of_list["values"] = table["listed"]
    have, reasoning = document["models"], document["reasoning_models"]
    if of_list:
        have = _words(of_list, have, section)
        yield Change(section, "", "listed", have, **grounds)
    left = table.get("reasoning", [model for model in reasoning if model in have])
    if left != reasoning:
        yield Change(section, "", "reasoning", left, **grounds)


def _single(key: str, known: Mapping[str, Any] | tuple[str, ...], what: str) -> Any:
    """Return a reader of a section that has one value a name: by itself, or as a table with it under ``key``."""

    def read(making: Making, section: str, table: Table, grounds: dict[str, str]) -> Iterator[Change]:
        for name, given in _inner(table):
            where = f"{section}.{name}"
            if name not in known:
                raise EditionError(f"{where}: no {what} is called so{guess(name, known)}")
            value = _one(given, key, where) if name != "query" else dict(_inner(given))
            if section == "rules" and isinstance(value, bool):
                value = "on" if value else "off"
            place, last = ("", name) if section == "address" else (name, key)
            yield Change(section, place, last, value, **_grounds(given, grounds))

    return read


def _one(given: Any, key: str, where: str) -> Any:
    if not isinstance(given, dict):
        return given
    _only(given, (key, *_GROUNDS), where)
    if key not in given:
        raise EditionError(f"{where}: {key} is missing")
    return given[key]


def _levels(making: Making, section: str, table: Table, grounds: dict[str, str]) -> Iterator[Change]:
    for name, given in _flat(table, ("level",)):
        yield Change(section, name, "level", _one(given, "level", f"{section}.{name}"), **_grounds(given, grounds))


_READ: Mapping[str, Callable[[Making, str, Table, dict[str, str]], Iterator[Change]]] = {
    "limits": _limits,
    "enums": _enums,
    "fields": _fields,
    "tools": _branches,
    "response_formats": _branches,
    "models": _models,
    "ids": _single("pattern", IDS, "kind of ids"),
    "rules": _single("state", RULES, "rule"),
    "levels": _levels,
    "address": _single("value", tuple(ADDRESS), "part of an address"),
}
