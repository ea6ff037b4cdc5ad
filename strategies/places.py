"""Where a constraint stands in a modify body: the smallest valid body that has the place, and how to put a value there.

The bodies are written out by hand, place by place. They are the plain surroundings of every boundary, so each is free
of whatever real servers are known to refuse: an effort comes with a reasoning model, ids come with their tool.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from strategies.contract import violations
from strategies.editions.walking import steps, walk
from strategies.fitting import fitted
from strategies.forms import STRICT_PARAMETERS, function_tool
from strategies.scalars import plain_value
from strategies.specimens import Maker, body_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from strategies.editions import Edition
    from strategies.jsonvalues import JSON

Body = dict[str, "JSON"]
Path = tuple[str | int, ...]

_KEYS = "metadata.keys"
_FILES = "tool_resources.code_interpreter.file_ids"
_STORES = "tool_resources.file_search.vector_store_ids"


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids that stand in boundaries, the known ones of a target first."""

    model: str
    reasoning_model: str
    file_ids: tuple[str, ...] = ()
    vector_store_ids: tuple[str, ...] = ()
    model_takes_effort: bool = False
    """Whether ``model`` itself is a reasoning model, which is then named together with an effort."""

    def files(self, count: int) -> list[str]:
        """Return so many different file ids; where too few are known, others of the usual form are made up."""
        return _distinct("file-", self.file_ids, count)

    def stores(self, count: int) -> list[str]:
        """Return so many different vector store ids, made up like file ids."""
        return _distinct("vs_", self.vector_store_ids, count)


def _distinct(prefix: str, known: Sequence[str], count: int) -> list[str]:
    made_up = (f"{prefix}boundary{number:04}" for number in range(1, count + 1))
    return list(dict.fromkeys([*known, *made_up]))[:count]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a body: what a constraint's place means with ``[]`` made an index."""

    path: Path
    body: Body
    """The smallest valid body that has the place, with a plain value there."""
    key: str | None = None
    """The key itself, where a key of ``metadata`` is the place; ``path`` then leads to the object that has it."""

    @property
    def plain(self) -> JSON:
        """Return the plain value that stands there."""
        if self.key is not None:
            return self.key
        value: JSON = self.body
        for step in self.path:
            value = value[step]
        return value

    def put(self, value: JSON) -> JSON:
        """Return the body with another value at the place; the place of the whole body is the value itself."""
        if self.key is None:
            return _put(self.body, self.path, value)
        pairs: JSON = self.body
        for step in self.path:
            pairs = pairs[step]
        return _put(self.body, self.path, {(value if key == self.key else key): item for key, item in pairs.items()})

    def amid(self, before: JSON, after: JSON) -> Place:
        """Return the place of an item or pair with good ones around it: those of ``before`` first, ``after`` last.

        Items are put into the outermost list or into ``metadata``: lists for the former, objects for the latter.
        """
        if self.path[0] == "metadata":
            return replace(self, body={**self.body, "metadata": {**before, **self.body["metadata"], **after}})
        depth = next(depth for depth, step in enumerate(self.path) if isinstance(step, int))
        items: JSON = self.body
        for step in self.path[:depth]:
            items = items[step]
        body = _put(self.body, self.path[:depth], [*before, *items, *after])
        return replace(self, body=body, path=(*self.path[:depth], len(before), *self.path[depth + 1 :]))

    def amid_all(self, fullest: JSON) -> Place:
        """Return the place with every other key of ``fullest`` beside and around it; what the body has is kept."""
        return replace(self, body=_filled(self.body, fullest))


def _filled(value: JSON, fullest: JSON) -> JSON:
    if isinstance(value, dict) and isinstance(fullest, dict):
        return {**value, **{key: _filled(value.get(key, item), item) for key, item in fullest.items()}}
    if isinstance(value, list) and isinstance(fullest, list) and value and fullest:
        return [_filled(value[0], fullest[0]), *value[1:], *fullest[1:]]
    return value


def _put(container: JSON, path: Path, value: JSON) -> JSON:
    if not path:
        return value
    changed: JSON = list(container) if isinstance(container, list) else dict(container)
    changed[path[0]] = _put(container[path[0]], path[1:], value)
    return changed


def _path(place: str) -> Path:
    return tuple(0 if step == "[]" else step for step in steps(place))


def _file_search(**settings: JSON) -> Body:
    return {"tools": [{"type": "file_search", "file_search": settings}]}


def _json_schema(**settings: JSON) -> Body:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "f", **settings}}}


def files_body(ids: Sequence[str]) -> Body:
    """Return a body with file ids beside their tool."""
    return {"tools": [{"type": "code_interpreter"}], "tool_resources": {"code_interpreter": {"file_ids": list(ids)}}}


def stores_body(ids: Sequence[str]) -> Body:
    """Return a body with vector store ids beside their tool."""
    return {"tools": [{"type": "file_search"}], "tool_resources": {"file_search": {"vector_store_ids": list(ids)}}}


def _bodies(ids: Ids) -> Mapping[str, Body]:
    function, ranking = "tools[].function", "tools[].file_search.ranking_options"
    function_body: Body = {"tools": [function_tool("f")]}
    ranked = _file_search(ranking_options={"score_threshold": 0.5})
    files, stores = files_body(ids.files(1)), stores_body(ids.stores(1))
    described = {"description": "a"}
    strict = {"strict": False}
    return {
        "": {"name": "a"},
        "model": {"model": ids.model} | ({"reasoning_effort": "low"} if ids.model_takes_effort else {}),
        "reasoning_effort": {"model": ids.reasoning_model, "reasoning_effort": "low"},
        **{field: {field: "a"} for field in ("name", "description", "instructions")},
        **{field: {field: 0.5} for field in ("temperature", "top_p")},
        "tools": function_body,
        "tools[]": function_body,
        "tools[].file_search": _file_search(max_num_results=20),
        "tools[].file_search.max_num_results": _file_search(max_num_results=20),
        ranking: ranked,
        f"{ranking}.score_threshold": ranked,
        f"{ranking}.ranker": _file_search(ranking_options={"ranker": "auto", "score_threshold": 0.5}),
        function: function_body,
        f"{function}.name": function_body,
        f"{function}.description": {"tools": [function_tool("f", **described)]},
        f"{function}.parameters": {"tools": [function_tool("f", parameters=STRICT_PARAMETERS)]},
        f"{function}.strict": {"tools": [function_tool("f", parameters=STRICT_PARAMETERS, **strict)]},
        "tool_resources": files,
        "tool_resources.code_interpreter": files,
        _FILES: files,
        f"{_FILES}[]": files,
        "tool_resources.file_search": stores,
        _STORES: stores,
        f"{_STORES}[]": stores,
        "metadata": {"metadata": {"key": "a"}},
        "metadata.values": {"metadata": {"key": "a"}},
        _KEYS: {"metadata": {"key": "a"}},
        "response_format": {"response_format": {"type": "text"}},
        "response_format.json_schema": _json_schema(),
        "response_format.json_schema.name": _json_schema(),
        "response_format.json_schema.description": _json_schema(**described),
        "response_format.json_schema.schema": _json_schema(schema=STRICT_PARAMETERS),
        "response_format.json_schema.strict": _json_schema(schema=STRICT_PARAMETERS, **strict),
    }


def places(ids: Ids, edition: Edition) -> Mapping[str, Place]:
    """Return every place that constraints of an edition stand at, by the name that they give it."""
    simple = {field: {field: plain_value(edition.schema_of(field))} for field in edition.scalars}
    bodies = {**simple, **_bodies(ids)}
    of_pairs = {_KEYS, "metadata.values"}
    named = {name: Place(_path(name), body) for name, body in bodies.items() if name not in of_pairs}
    found = {
        **named,
        "metadata.values": Place(("metadata", "key"), named["metadata"].body),
        _KEYS: Place(("metadata",), named["metadata"].body, key="key"),
    }
    return found if edition.own is None else dict(_of_own(found, edition))


def _of_own(found: Mapping[str, Place], edition: Edition) -> Iterator[tuple[str, Place]]:
    """Yield the places of an edition of the user's own: as they are written, as far as it allows that."""
    fields = [field for field in ("name", *edition.fields) if field in edition.fields]
    first: Body = {fields[0]: Maker(edition.request).plain(edition.schema_of(fields[0]))}
    yield "", Place((), first)
    for name, _ in walk(edition.request):
        if name in found and not found[name].path:
            continue
        place = found.get(name)
        body = fitted(edition, place.body) if place is not None else None
        if place is not None and body is not None and _leads(place, body) and not violations(edition, body):
            yield name, replace(place, body=body)
            continue
        body, path = body_at(steps(name), edition.request)
        if not steps(name)[-1].startswith("{k"):
            yield name, Place(path, body)
        else:
            yield name, _of_key(body, path)


def _of_key(body: Body, path: Path) -> Place:
    """Return the place of a map's key: a plain map stands there."""
    pairs: JSON = body
    for step in path:
        pairs = pairs[step]
    return Place(path, body, key=next(iter(pairs)))


def _leads(place: Place, body: Body) -> bool:
    """Return whether a place is still there in a body that was made to fit."""
    value: JSON = body
    for step in (*place.path, *([place.key] if place.key is not None else [])):
        try:
            value = value[step]
        except (LookupError, TypeError):
            return False
    return True


def fullest(place: str, ids: Ids) -> JSON:
    """Return the body that holds all that may stand beside a nested place; ``None`` where nothing may."""
    named: Body = {"name": "f", "description": "a", "strict": True, **_SCHEMAS}
    if place.endswith((".parameters", ".schema", ".strict")):
        named["strict"] = False  # what strict mode asks of a schema is not to matter there
    if place.startswith("tools[].function"):
        return {"tools": [{"function": {key: item for key, item in named.items() if key != "schema"}}]}
    if place.startswith("tools[].file_search"):
        return _file_search(max_num_results=20, ranking_options={"ranker": "auto", "score_threshold": 0.5})
    if place.startswith("response_format.json_schema"):
        return _json_schema(**{key: item for key, item in named.items() if key != "parameters"})
    if place.startswith("tool_resources."):
        both = {**files_body(ids.files(1))["tool_resources"], **stores_body(ids.stores(1))["tool_resources"]}
        other = "file_search" if "code_interpreter" in place else "code_interpreter"
        return {"tools": [{}, {"type": other}], "tool_resources": both}
    return None


_DOZEN = 11
_SCHEMAS: Body = {"parameters": STRICT_PARAMETERS, "schema": STRICT_PARAMETERS}


def neighbours(place: str, ids: Ids) -> tuple[JSON, JSON] | None:
    """Return what may stand before and after an item or pair at a place; ``None`` where it stands alone.

    Before it are a dozen, or nearly: who judges the first ten only takes what comes behind them.
    """
    if place.startswith("tools[]"):
        return [function_tool(f"before{number}") for number in range(_DOZEN)], [function_tool("after")]
    if place == f"{_FILES}[]":
        _, after, *before = ids.files(_DOZEN + 2)
        return before, [after]
    if place in {_KEYS, "metadata.values"}:
        return {f"before{number}": "b" for number in range(_DOZEN)}, {"later": "c"}
    return None
