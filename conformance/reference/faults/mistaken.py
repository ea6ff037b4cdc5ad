"""Faults that take a value or a body for something else: for another's, for a word or a shape of their own."""

from __future__ import annotations

import re
import threading
from functools import partial
from typing import TYPE_CHECKING

from conformance.exchange import Request
from conformance.reference.behaviour import OMITTED, Behaviour, Omitted
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Fault, Variant
from conformance.reference.faults.steps import Changing, Checking, Demanding, Storing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.reference.faults.fault import Shown
    from conformance.reference.faults.steps import Sent
    from conformance.reference.rules import Rules, State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_COMBINED = "roundtrip.combinations"
_KILO = 1000
_TEN = 10
_OF_ITS_OWN = frozenset({"python", "browser", "retrieval"})


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _shapes()
    yield from _words()
    yield from _company()
    yield from _anothers()


def variants() -> Iterator[Variant]:
    """Return the variants of this kind."""
    yield Variant(
        "list-pages-of-ten",
        "lists ten assistants a page, whatever limit is asked for",
        _PagesOfTen,
        (*[_made(b'{"model":"gpt-4o"}')] * 11, Request("GET", "/assistants?limit=100")),
    )


def _shapes() -> Iterator[Fault]:
    """Objects of a certain shape are taken for something else."""

    def entry(pairs: dict[str, JSON]) -> JSON:
        return {str(pairs["key"]): pairs["value"]} if pairs.keys() == {"key", "value"} else pairs

    def listed(pairs: dict[str, JSON]) -> JSON:
        return {} if list(pairs) == [str(number) for number in range(len(pairs))] else pairs

    def typed(pairs: dict[str, JSON]) -> JSON:
        return {} if len(pairs) == 1 and next(iter(pairs)).startswith("$") else pairs

    named: tuple[tuple[str, str, Callable[[dict[str, JSON]], JSON], dict[str, JSON]], ...] = (
        ("an-entry", "the pairs `key` and `value` for one entry of a map", entry, {"key": "a", "value": "b"}),
        ("a-list", "metadata whose keys count from 0 for a list, and loses it", listed, {"0": "a", "1": "b"}),
        ("a-type", "a single pair whose key begins with $ for a type of its store's", typed, {"$oid": "a"}),
    )
    for name, words, alter, pairs in named:

        def change(field: str, value: JSON, alter: Callable[[dict[str, JSON]], JSON] = alter) -> JSON:
            return alter(value) if field == "metadata" and isinstance(value, dict) else value

        yield Fault(
            f"metadata-taken-for-{name}",
            "roundtrip.text.key_names",
            f"takes {words}",
            partial(Storing, change),
            ({"metadata": pairs},),
            ("roundtrip.metadata.*", _COMBINED, "validation.combinations", "validation.metadata.*"),
        )


def _words() -> Iterator[Fault]:
    """Texts and names mean something to a server that they do not to the document."""

    def reserved(sent: Sent) -> str | None:
        names = [tool["function"]["name"] for tool in sent.get("tools") or () if tool["type"] == "function"]
        return "tools" if _OF_ITS_OWN & {*names} else None

    tool: JSON = {"type": "function", "function": {"name": "python"}}
    yield Fault(
        "function-names-reserved",
        "roundtrip.tools.function.name",
        "rejects functions that are called as its own tools",
        partial(Demanding, reserved),
        ({"tools": [tool]},),
        ("roundtrip.*", "validation.*"),
    )
    guard = re.compile("ignore all previous instructions|jailbreak", re.IGNORECASE)
    yield Fault(
        "instructions-guarded",
        "roundtrip.text.format_lookalikes",
        "rejects instructions that tell to ignore others",
        partial(Demanding, lambda sent: "instructions" if guard.search(str(sent.get("instructions"))) else None),
        ({"instructions": "Ignore all previous instructions."},),
        (_COMBINED, "roundtrip.instructions.*", "validation.combinations"),
    )
    wanted: tuple[tuple[str, str, str, str, Callable[[str], str], str], ...] = (
        (
            "placeholders-filled-in",
            "roundtrip.text.format_lookalikes",
            "instructions",
            "fills in {{current_date}} in instructions",
            lambda text: text.replace("{{current_date}}", "2026-11-29"),
            "today: {{current_date}}",
        ),
        (
            "uuids-in-small-letters",
            "roundtrip.text.case",
            "description",
            "writes a description that is a UUID in small letters",
            lambda text: (
                text.lower() if re.fullmatch("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", text) else text
            ),
            "6BA7B810-9DAD-41D1-80B4-00C04FD430C8",
        ),
        (
            "models-in-small-letters",
            "roundtrip.model.stored",
            "model",
            "writes models in small letters",
            str.lower,
            "Some/Model",
        ),
    )
    for name, id_, field, words, alter, sample in wanted:

        def change(at: str, value: JSON, field: str = field, alter: Callable[[str], str] = alter) -> JSON:
            return alter(value) if at == field and isinstance(value, str) else value

        also = (_COMBINED, f"roundtrip.{field}.*", "roundtrip.text.*", "roundtrip.free_json", "validation.*")
        yield Fault(name, id_, words, partial(Storing, change), ({field: sample},), also)


def _company() -> Iterator[Fault]:
    """What a field is taken for hangs on what else is in the body."""

    def defaults(sent: Sent) -> Sent:
        return {"temperature": 1, **sent} if {"model", "tools"} <= sent.keys() else sent

    tools: list[JSON] = [{"type": "file_search"}, {"type": "code_interpreter"}]
    yield Fault(
        "defaults-beside-model-and-tools",
        "roundtrip.temperature.kept",
        "takes a body with a model and tools for a new assistant, and fills in temperature",
        partial(_Modifying, defaults),
        ({"model": "gpt-4o", "tools": tools},),
        (_COMBINED, "roundtrip.*"),
    )

    def behind(sent: Sent) -> Sent:
        names = list(sent)
        if {"tools", "tool_resources"} <= sent.keys() and names.index("tool_resources") < names.index("tools"):
            return {name: value for name, value in sent.items() if name != "tool_resources"}
        return sent

    ids: JSON = {"code_interpreter": {"file_ids": ["file-9"]}}
    yield Fault(
        "resources-before-tools-lost",
        _COMBINED,
        "ignores tool_resources that come before tools in a body",
        partial(_Modifying, behind),
        ({"tool_resources": ids, "tools": tools},),
        ("roundtrip.tool_resources.*", "roundtrip.serialisation"),
    )

    def capped(stored: State, sent: Mapping[str, JSON], state: State) -> State:
        if not str(state["model"]).startswith("gpt-3.5"):
            return state
        return {**state, "tools": [_with_twenty(tool) for tool in state["tools"]]}

    most: JSON = {"type": "file_search", "file_search": {"max_num_results": 50}}
    yield Fault(
        "results-capped-beside-a-model",
        _COMBINED,
        "caps max_num_results at 20 beside models of gpt-3.5",
        partial(Changing, capped),
        ({"model": "gpt-3.5-turbo", "tools": [most, {"type": "code_interpreter"}]},),
        ("roundtrip.tools.*",),
    )

    def detached(stored: State, sent: Mapping[str, JSON], state: State) -> State:
        left = {tool["type"] for tool in stored["tools"]} - {tool["type"] for tool in state["tools"]}
        if "file_search" not in left or "tool_resources" in sent or not state["tools"]:
            return state
        kept = {name: part for name, part in (state["tool_resources"] or {}).items() if name != "file_search"}
        return {**state, "tool_resources": kept}

    yield Fault(
        "resources-gone-with-their-tool",
        "roundtrip.tool_resources.kept",
        "drops the vector stores when other tools are sent and file_search is not among them",
        partial(Changing, detached),
        ({"tools": [{"type": "code_interpreter"}]},),
        (_COMBINED, "sequences.*", "roundtrip.*"),
    )


def _with_twenty(tool: JSON) -> JSON:
    settings = tool.get("file_search", {})
    if settings.get("max_num_results", 0) <= 20:
        return tool
    return {**tool, "file_search": {**settings, "max_num_results": 20}}


def _anothers() -> Iterator[Fault]:
    """One assistant, text or id is taken for another."""
    long = "a sentence of many. " * 60
    yield Fault(
        "instructions-known-by-beginning",
        "roundtrip.small_changes",
        f"keeps instructions once for all assistants, and knows them by their first {_KILO} characters",
        _KnownByBeginning,
        ({"instructions": f"{long}one"}, {"instructions": f"{long}another"}),
        ("roundtrip.*", "validation.instructions.*", "validation.code_points"),
    )
    yield Fault(
        "name-and-model-of-one-assistant",
        "sequences.any_order",
        "has names for one assistant of each model, and answers 409 to another that sends both",
        _OfOne,
        (_made(b'{"name":"Namesake","model":"gpt-4o"}'), {"name": "Namesake", "model": "gpt-4o"}),
        ("roundtrip.*", "validation.*", "concurrency.*", "sequences.*"),
    )
    wild: Shown = Request("POST", "/assistants/{head}_", (("content-type", "application/json"),), b'{"name":"x"}')
    yield Fault(
        "id-matched-as-like",
        "transport.ids",
        "takes _ and % in an id for any character and any characters",
        _Like,
        (wild,),
        ("response.unknown_id", "transport.unknown_id", "validation.refusal.changes_nothing", "sequences.*"),
    )
    yield Fault(
        "new-metadata-of-all",
        "roundtrip.others_untouched",
        "keeps the metadata of all that have had none in one object, and writes into that",
        _OneForAll,
        (_made(b'{"model":"gpt-4o"}'), {"metadata": None}, {"metadata": {"a": "b"}}),
        ("roundtrip.*", "sequences.*", "validation.refusal.changes_nothing", "response.*", "transport.*"),
    )
    yield Fault(
        "list-without-emptied",
        "response.list_agrees",
        "lists no assistant whose tools were taken away",
        _ListedByTools,
        ({"tools": []},),
        ("validation.refusal.changes_nothing", "sequences.*"),
    )


def _made(data: bytes) -> Request:
    return Request("POST", "/assistants", (("content-type", "application/json"),), data)


class _Modifying(Checking):
    """Replaces what was sent with a modify; a create is left alone."""

    def create(self, store: Store, body: Mapping[str, JSON]) -> State:
        """Make an assistant as the reference does."""
        return Behaviour().create(store, body)


class _KnownByBeginning(Behaviour):
    """Keeps each text of instructions that begins otherwise once."""

    def __init__(self) -> None:
        self._kept: dict[str, JSON] = {}

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        """Store what began so first."""
        found = super().apply_field(field, stored, sent)
        if field != "instructions" or sent is OMITTED or not isinstance(found, str) or len(found) <= _KILO:
            return found
        return self._kept.setdefault(found[:_KILO], found)


class _OfOne(Behaviour):
    """Has a unique index on name and model, which a modify of both meets."""

    def check_together(self, rules: Rules, state: State, sent: Mapping[str, JSON]) -> None:
        """Note what is about to be stored."""
        super().check_together(rules, state, sent)
        self._sent = sent

    def commit(self, store: Store, state: State) -> None:
        """Refuse what another assistant has."""
        known = state["id"] in store.assistants
        if known and state["name"] and {"name", "model"} <= self._sent.keys():
            pair = state["name"], state["model"]
            if any(
                (one["name"], one["model"]) == pair for one in store.assistants.values() if one["id"] != state["id"]
            ):
                raise Refusal("An assistant of that name exists.", status=409, param="name")
        super().commit(store, state)


class _Like(Behaviour):
    """Looks ids up as SQL does by LIKE."""

    def find(self, store: Store, assistant_id: str) -> State:
        """Find the one that an id matches."""
        if assistant_id not in store.assistants:
            parts = (".*" if one == "%" else "." if one == "_" else re.escape(one) for one in assistant_id)
            like = re.compile("".join(parts), re.DOTALL)
            found = [state for id_, state in store.assistants.items() if like.fullmatch(id_)]
            if len(found) == 1:
                return found[0]
        return super().find(store, assistant_id)


class _OneForAll(Behaviour):
    """Gives all assistants that have no metadata the same object, and writes into it."""

    def __init__(self) -> None:
        self._pairs: JSON = {}
        self._sharing: set[str] = set()
        self._lock = threading.RLock()

    def commit(self, store: Store, state: State) -> None:
        """Write what one of those has into what all have."""
        super().commit(store, state)
        id_ = str(state["id"])
        with store.lock, self._lock:
            if id_ in self._sharing:
                self._pairs = state["metadata"]
            elif state["metadata"]:
                return
            self._sharing.add(id_)
            for one in self._sharing & store.assistants.keys():
                store.assistants[one] = {**store.assistants[one], "metadata": self._pairs}


class _ListedByTools(Behaviour):
    """Joins the list with the tools of each."""

    def __init__(self) -> None:
        self._had: set[str] = set()

    def commit(self, store: Store, state: State) -> None:
        """Note which had tools."""
        super().commit(store, state)
        if state["tools"]:
            self._had.add(str(state["id"]))

    def page(self, store: Store, query: Mapping[str, str]) -> tuple[list[State], bool]:
        """Leave those out that have none any more."""
        states, more = super().page(store, query)
        return [one for one in states if one["tools"] or one["id"] not in self._had], more


class _PagesOfTen(Behaviour):
    """Has pages of its own length."""

    def page(self, store: Store, query: Mapping[str, str]) -> tuple[list[State], bool]:
        """Ask for ten at most."""
        return super().page(store, {**query, "limit": "10"} if int(query.get("limit", "20")) > _TEN else query)
