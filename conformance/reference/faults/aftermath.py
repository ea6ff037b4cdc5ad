"""Faults that show behind a refusal, or in what was not sent: left for the next one, or adapted unasked."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from conformance.exchange import Request
from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal, broken
from conformance.reference.faults.fault import Fault, Variant
from conformance.reference.faults.steps import Applying, Preparing
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.exchange import Response
    from conformance.reference.faults.fault import Shown
    from conformance.reference.rules import Rules, State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_NOTHING, _ORDER = "validation.refusal.changes_nothing", "sequences.any_order"
_JSON = (("content-type", "application/json"),)
_MADE = Request("POST", "/assistants", _JSON, b'{"model":"gpt-4o"}')
_ALSO = ("roundtrip.*", "sequences.*", "transport.*", "concurrency.*", _NOTHING)
_FUNCTION: dict[str, JSON] = {"type": "function", "function": {"name": "look_up"}}
_FORMAT: JSON = {"type": "json_schema", "json_schema": {"name": "reply", "schema": {"type": "object"}}}


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _left()
    yield from _adapted()
    yield from _by_key()
    yield from _others()
    words = "breaks down over the request behind a rejection by a rule of several fields"
    yield Fault(
        "aborted-by-rejection", "transport.still_serves", words, _Aborted, ({"reasoning_effort": "low"}, {}), _ALSO
    )
    words = "makes no assistant with the name of another, nor gives one that name"
    named = Request("POST", "/assistants", _JSON, b'{"model":"gpt-4o","name":"n"}')
    yield Fault("name-unique-to-one", _ORDER, words, _NamedOnce, (named, {"name": "n"}), _ALSO)
    words = "counts modifies behind its work: each 30th is stored, and answered 429"
    yield Fault("obeyed-and-answered-429", _NOTHING, words, _Counted, ({"name": "x"},) * 30, over_http=True)


def variants() -> Iterator[Variant]:
    """Return the variants of this kind."""
    yield Variant("names-by-number", "names an assistant that is made without a name by a number", _Numbered, (_MADE,))
    words = "rejects tools that lack one whose resources are stored"
    yield Variant("fewer-tools-refused", words, _Wanting, ({"tools": []},))


class _Aborted(Behaviour):
    """Has one connection to its database, and leaves it as a rejection by the database left it."""

    def __init__(self) -> None:
        self._is_aborted = False

    def check_together(self, rules: Rules, state: State, sent: Mapping[str, JSON]) -> None:
        """Take note of a rejection."""
        try:
            super().check_together(rules, state, sent)
        except Refusal:
            self._is_aborted = True
            raise

    def intercept(self, store: Store, request: Request) -> Response | None:
        """Break down once, and begin anew."""
        if self._is_aborted:
            self._is_aborted = False
            return self.refuse(store, broken())
        return super().intercept(store, request)


class _NamedOnce(Behaviour):
    """Has an index by name that holds each name once."""

    def commit(self, store: Store, state: State) -> None:
        """Reject a name that another has."""
        others = [one for one in store.assistants.values() if one["id"] != state["id"]]
        if state["name"] and any(one["name"] == state["name"] for one in others):
            raise Refusal("An assistant of that name exists.", status=409, param="name")
        super().commit(store, state)


class _Counted(Behaviour):
    """Counts modifies when they are done."""

    def __init__(self) -> None:
        self._done = count(1)

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Modify, and refuse one that is too many."""
        state = super().modify(store, assistant_id, body)
        if next(self._done) % 30 == 0:
            again = (("retry-after", "0"),)
            raise Refusal("Rate limit reached.", status=429, code="rate_limit_exceeded", headers=again)
        return state


class _Leaving(Behaviour):
    """Keeps fields of a modify that it refuses, for the next create or for the next modify of any assistant."""

    def __init__(self, fields: tuple[str, ...], *, for_create: bool) -> None:
        self._fields = fields
        self._for_create = for_create
        self._left: dict[str, JSON] = {}

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Modify with what is left, and keep what is refused."""
        if not self._for_create:
            body, self._left = {**self._left, **body}, {}
        try:
            return super().modify(store, assistant_id, body)
        except Refusal:
            kept = {field: body[field] for field in self._fields if _is_plain(body.get(field))}
            self._left = kept if assistant_id in store.assistants else self._left
            raise

    def blank(self, store: Store) -> State:
        """Start from what is left."""
        state = super().blank(store)
        if not self._for_create:
            return state
        left, self._left = self._left, {}
        return {**state, **left}


def _is_plain(value: JSON) -> bool:
    texts = value.values() if isinstance(value, dict) else [value]
    return all(isinstance(text, str) and len(text) <= 200 for text in texts)


def _left() -> Iterator[Fault]:
    texts = ("name", "description", "instructions")
    bad: Shown = {"name": "Refused", "metadata": {"refused": "yes"}, "temperature": 3}
    for fields, told in ((("metadata",), "metadata"), (texts, "texts")):
        yield Fault(
            f"refused-{told}-left-for-the-next-create",
            _NOTHING,
            f"gives {told} of a modify that it refused to the next assistant that is made",
            partial(_Leaving, fields, for_create=True),
            (bad, _MADE),
            _ALSO,
        )
    yield Fault(
        "refused-texts-left-for-the-next-modify",
        _ORDER,
        "stores texts of a modify that it refused with the next modify of any assistant",
        partial(_Leaving, texts, for_create=False),
        (bad, {"top_p": 0.4}),
        (*_ALSO, "response.*"),
    )


class _Adapting(Behaviour):
    """Adapts other fields to what was sent: ``adapts(sent, changed)`` gives those."""

    def __init__(self, adapts: Callable[[Mapping[str, JSON], State], Mapping[str, JSON]]) -> None:
        self._adapts = adapts

    def apply(self, rules: Rules, stored: State, sent: Mapping[str, JSON]) -> State:
        """Apply what was sent, and what the function makes of the rest."""
        changed = super().apply(rules, stored, sent)
        return {**changed, **{key: value for key, value in self._adapts(sent, changed).items() if key not in sent}}


def _without_resources(sent: Mapping[str, JSON], changed: State) -> Mapping[str, JSON]:
    return {"tool_resources": {}} if sent.get("tools") == [] else {}


def _of_tools_alone(sent: Mapping[str, JSON], changed: State) -> Mapping[str, JSON]:
    if not sent.get("tools") or not isinstance(changed["tool_resources"], dict):
        return {}
    kinds = {tool["type"] for tool in changed["tools"]}
    return {"tool_resources": {kind: ids for kind, ids in changed["tool_resources"].items() if kind in kinds}}


def _functions_alone(sent: Mapping[str, JSON], changed: State) -> Mapping[str, JSON]:
    asked = sent.get("response_format")
    if not isinstance(asked, dict) or asked["type"] == "text":
        return {}
    return {"tools": [tool for tool in changed["tools"] if tool["type"] == "function"]}


def _adapted() -> Iterator[Fault]:
    kinds: tuple[tuple[str, str, str, Callable[[Mapping[str, JSON], State], Mapping[str, JSON]], Shown], ...] = (
        (
            "no-tools-drop-resources",
            "tool_resources",
            "all resources with tools: []",
            _without_resources,
            {"tools": []},
        ),
        (
            "other-tools-drop-resources",
            "tool_resources",
            "the resources of tools that are not sent",
            _of_tools_alone,
            {"tools": [_FUNCTION]},
        ),
        (
            "json-format-drops-tools",
            "tools",
            "tools that are no functions with a JSON format",
            _functions_alone,
            {"response_format": _FORMAT},
        ),
    )
    for name, field, words, adapts, shown in kinds:
        behaviour = partial(_Adapting, adapts)
        yield Fault(name, f"roundtrip.{field}.kept", f"drops {words}", behaviour, (shown,), ("roundtrip.*",))
    yield Fault(
        "resources-of-other-tools-ignored",
        "roundtrip.tool_resources.stored",
        "ignores resources of tools that are not there",
        _Enabled,
        ({"tools": []}, {"tool_resources": {"code_interpreter": {"file_ids": ["file-9"]}}}),
        ("roundtrip.*",),
    )


class _Deleting(Behaviour):
    """Deletes with a wrong key, too, and answers as if it did or as if it did not."""

    def __init__(self, *, told: bool) -> None:
        self._told = told
        self._store: Store | None = None

    def intercept(self, store: Store, request: Request) -> Response | None:
        """Remember the store."""
        self._store = store
        return super().intercept(store, request)

    def authorise(self, request: Request, api_key: str | None) -> None:
        """Let a DELETE in, or refuse it and delete all the same."""
        try:
            super().authorise(request, api_key)
        except Refusal:
            if request.method != "DELETE":
                raise
            if not self._told:
                assert self._store is not None
                self._store.assistants.pop(request.path.rpartition("/")[2], None)
                raise


class _Enabled(Behaviour):
    """Stores resources of tools that are there, and none of others."""

    def apply(self, rules: Rules, stored: State, sent: Mapping[str, JSON]) -> State:
        """Apply what was sent, but for ids of other tools."""
        changed = super().apply(rules, stored, sent)
        kinds = {tool["type"] for tool in changed["tools"]}
        resources = changed["tool_resources"]
        if "tool_resources" in sent and isinstance(resources, dict):
            changed["tool_resources"] = {kind: ids for kind, ids in resources.items() if kind in kinds}
        return changed


def _by_key() -> Iterator[Fault]:
    wrong = Request("DELETE", "/assistants/{id}", (("authorization", "Bearer no"),))
    read = Request("GET", "/assistants/{id}")
    for name, words, id_, told in (
        ("deletes-with-a-wrong-key", "deletes whatever the key is", "transport.wrong_key", True),
        ("delete-refused-and-obeyed", "deletes when it refuses a DELETE for its key", _NOTHING, False),
    ):
        also = ("transport.*", "sequences.still_there")
        yield Fault(name, id_, words, partial(_Deleting, told=told), (wrong, read), also, key="sk-right")


class _Detail(Behaviour):
    """Has an envelope of its own where there is no such assistant."""

    def refuse(self, store: Store, refusal: Refusal) -> Response:
        """Answer what a framework answers by itself."""
        usual = super().refuse(store, refusal)
        return usual if refusal.status != 404 else type(usual)(404, usual.headers, b'{"detail":"Not Found"}')


class _Unique(Behaviour):
    """Takes no name that another assistant has."""

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Refuse such a name."""
        name = body.get("name")
        others = (state for id_, state in store.assistants.items() if id_ != assistant_id)
        if name and any(state.get("name") == name for state in others):
            raise Refusal("There is one of this name.", status=409, param="name", code="conflict")
        return super().modify(store, assistant_id, body)


class _Ignoring(Behaviour):
    """Takes a body that begins with white space for an empty one."""

    def read(self, data: bytes) -> JSON:
        """Read nothing, or as ever."""
        return {} if data[:1] in b" \t\r\n" and data.strip() else super().read(data)


def _equal(field: str, stored: JSON, sent: JSON, usual: JSON) -> JSON:
    """Keep what is stored where it is equal to Python: ``1`` is ``True`` there."""
    return stored if usual == stored and encode(usual) != encode(stored) else usual


class _Comparing(Behaviour):
    """Stores an assistant where it differs from the stored one by Python's ``==``."""

    def commit(self, store: Store, state: State) -> None:
        """Store it, or not."""
        if store.assistants.get(state["id"]) != state:
            super().commit(store, state)


def _closed(field: str, value: JSON) -> JSON:
    if field != "response_format" or not isinstance(value, dict) or not isinstance(value.get("json_schema"), dict):
        return value
    reply = value["json_schema"]
    if reply.get("strict") is not True or not isinstance(reply.get("schema"), dict):
        return value
    return {**value, "json_schema": {**reply, "schema": {"additionalProperties": False, **reply["schema"]}}}


def _others() -> Iterator[Fault]:
    unknown = Request("POST", "/assistants/asst_none", _JSON, b'{"name":"x"}')
    yield Fault(
        "unknown-id-in-an-envelope-of-its-own",
        "response.error.envelope",
        "answers an unknown id with a detail alone",
        _Detail,
        (unknown,),
    )
    named: Shown = {"name": "Taken"}
    other = Request("POST", "/assistants", _JSON, b'{"model":"gpt-4o","name":"Taken"}')
    words = "rejects a name that another assistant has"
    yield Fault("name-of-another-refused", _ORDER, words, _Unique, (other, named), (*_ALSO, "validation.name.*"))
    words = "ignores a body behind white space"
    yield Fault(
        "white-space-first-ignored", "roundtrip.serialisation", words, _Ignoring, (b' {"name":"x"}',), ("transport.*",)
    )
    deep: list[Shown] = [
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"default": value}}}]}
        for value in (0, False)
    ]
    yield Fault(
        "no-change-of-numbers-into-truth",
        "roundtrip.small_changes",
        "takes false for a stored 0, and true for 1",
        partial(Applying, _equal),
        tuple(deep),
        ("roundtrip.*",),
    )
    yield Fault(
        "no-change-of-a-whole-into-truth",
        "roundtrip.small_changes",
        "stores nothing where all that changes is a number into a truth value",
        _Comparing,
        tuple(deep),
        ("roundtrip.*",),
    )
    strict: JSON = {"name": "n", "strict": True, "schema": {"type": "object", "properties": {}}}
    yield Fault(
        "strict-schema-closed",
        "roundtrip.response_format.json_schema.schema",
        "closes an open schema of a strict format",
        partial(Preparing, _closed),
        ({"tools": []}, {"response_format": {"type": "json_schema", "json_schema": strict}}),
        ("roundtrip.*",),
    )


class _Numbered(Behaviour):
    """Counts the assistants that it makes, in their names."""

    def __init__(self) -> None:
        self._count = 0

    def blank(self, store: Store) -> State:
        """Give a name."""
        self._count += 1
        return {**super().blank(store), "name": f"Assistant {self._count}"}


class _Wanting(Behaviour):
    """Wants the tools whose resources are stored."""

    def check_together(self, rules: Rules, state: State, sent: Mapping[str, JSON]) -> None:
        """Refuse tools without one of them."""
        super().check_together(rules, state, sent)
        resources, kinds = state["tool_resources"], {tool["type"] for tool in state["tools"]}
        held = resources if isinstance(resources, dict) else {}
        wanted = {tool for tool, ids in held.items() if isinstance(ids, dict) and any(ids.values())}  # some are empty
        if "tools" in sent and not wanted <= kinds:
            raise Refusal("Resources of another tool are stored.", param="tools", code="invalid_value")
