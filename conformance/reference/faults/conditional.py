"""Faults that show under one condition: beside a sibling, over what is stored, to an equal neighbour, in a list."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING

from conformance.exchange import Request
from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.places import FILE_SEARCH, altered, body_with, everywhere
from conformance.reference.faults.steps import Applying, Changing, Overlooking, Preparing, Reading, Storing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.exchange import Response
    from conformance.reference.behaviour import View
    from conformance.reference.faults.steps import Sent
    from conformance.reference.rules import Rules, State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_RESULTS = "tools[].file_search.max_num_results"
_NAME = "response_format.json_schema.name"
_STORES = "tool_resources.file_search.vector_store_ids"


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _unchecked()
    yield from _over_what_is_stored()
    yield from _elsewhere()
    yield from _read()


class _UncheckedBeside(Behaviour):
    """Does not look at one place of a body in which a pattern is found."""

    def __init__(self, place: str, sibling: str) -> None:
        self._place, self._sibling = place, sibling

    def check(self, rules: Rules, body: Mapping[str, JSON]) -> Sent:
        """Check a body, for which what is overlooked depends on all of it."""
        beside = re.search(self._sibling, json.dumps(body)) is not None
        checked = Overlooking(lambda problem: problem.place == self._place) if beside else Behaviour()
        return checked.check(rules, body)


def _unchecked() -> Iterator[Fault]:
    ranked: dict[str, JSON] = {**FILE_SEARCH, "file_search": {**FILE_SEARCH["file_search"], "max_num_results": 51}}
    two = {"code_interpreter": {"file_ids": []}, "file_search": {"vector_store_ids": ["vs_1", "vs_2"]}}
    beside: tuple[tuple[str, str, str, str, dict[str, JSON]], ...] = (
        (
            _RESULTS,
            "maximum",
            "ranking_options",
            "ranking_options",
            {"tools": [ranked]},
        ),
        (_NAME, "max_length", "strict", '"strict": true', _strict_format("n" * 65)),
        (_STORES, "max_items", "code_interpreter", '"code_interpreter": {', {"tool_resources": two}),
    )
    for place, keyword, sibling, pattern, sample in beside:
        family = place.replace("[]", "")
        yield Fault(
            f"unchecked-{place.rsplit('.', 1)[1].replace('_', '-')}-beside-{sibling.replace('_', '-')}",
            f"validation.{family}.{keyword}",
            f"does not check {place} beside {sibling}",
            partial(_UncheckedBeside, place, pattern),
            (sample,),
            (f"validation.{family}.*",),
        )
    yield Fault(
        "format-type-guessed",
        "validation.response_format.required.type",
        "takes a response format without type for json_schema when it holds one",
        partial(Preparing, _typed),
        ({"tools": [], "response_format": {"json_schema": {"name": "reply"}}},),
        ("validation.response_format.union",),
    )


def _strict_format(name: str) -> dict[str, JSON]:
    schema = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    settings = {"name": name, "schema": schema, "strict": True}
    return {"tools": [], "response_format": {"type": "json_schema", "json_schema": settings}}


def _typed(field: str, value: JSON) -> JSON:
    if field == "response_format" and isinstance(value, dict) and "json_schema" in value:
        return {"type": "json_schema", **value}
    return value


class _MergingOverlaps(Behaviour):
    """Merges pairs when a stored key comes again, and replaces them when none does."""

    def change_metadata(self, stored: JSON, sent: JSON) -> JSON:
        """Return what becomes of them."""
        return {**stored, **sent} if isinstance(stored, dict) and stored.keys() & sent.keys() else sent


def _over_what_is_stored() -> Iterator[Fault]:
    older: dict[str, JSON] = {"ranker": "default_2024_08_21", "score_threshold": 0.5}
    yield Fault(
        "ranker-left-over",
        "roundtrip.same_answer",
        "keeps the ranker of the stored file_search when only a threshold is sent",
        partial(Applying, _ranked_as_before),
        tuple(
            {"tools": [{"type": "file_search", "file_search": {"ranking_options": options}}]}
            for options in (older, {"score_threshold": 0.5})
        ),
    )
    yield Fault(
        "metadata-merged-when-keys-overlap",
        "roundtrip.metadata.one_semantics",
        "merges metadata when a stored key comes again, and replaces it otherwise",
        _MergingOverlaps,
        ({"metadata": {"a": "1", "b": "2"}}, {"metadata": {"a": "3"}}),
        ("roundtrip.*", "sequences.*"),
    )
    yield Fault(
        "long-description-cut-beside-name",
        "roundtrip.description.kept",
        "cuts a stored description to 255 characters when a name is sent",
        partial(Changing, _cut_description),
        ({"description": "d" * 300}, {"name": "Another"}),
        ("sequences.*", "roundtrip.others_untouched"),
    )
    yield Fault(
        "instructions-cut-beside-longest-name",
        "roundtrip.combinations",
        "loses the last character of long instructions beside a name of 256",
        partial(Changing, _cut_instructions),
        ({"name": "n" * 256, "instructions": "i" * 512},),
    )


def _ranked_as_before(field: str, stored: JSON, sent: JSON, usual: JSON) -> JSON:
    if field != "tools" or not isinstance(sent, list):
        return usual
    rankers = [_ranking(tool).get("ranker") for tool in stored if tool["type"] == "file_search"]
    left = {"ranker": rankers[0]} if rankers and rankers[0] else {}
    return [
        {**tool, "file_search": {**tool["file_search"], "ranking_options": {**left, **_ranking(tool)}}}
        if _ranking(tool)
        else tool
        for tool in usual
    ]


def _ranking(tool: Mapping[str, JSON]) -> dict[str, JSON]:
    found: dict[str, JSON] = tool.get("file_search", {}).get("ranking_options", {})
    return found


def _cut_description(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    held = state["description"]
    if "name" not in sent or "description" in sent or not isinstance(held, str):
        return state
    return {**state, "description": held[:255]}


def _cut_instructions(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    longest = isinstance(sent.get("name"), str) and len(sent["name"]) == 256
    held = sent.get("instructions")
    return {**state, "instructions": held[:-1]} if longest and isinstance(held, str) and len(held) > 511 else state


class _SharingTools(Behaviour):
    """Stores equal tools once, for all assistants that have them."""

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Give new tools to all of them."""
        before = store.assistants.get(assistant_id, {}).get("tools")
        state = super().modify(store, assistant_id, body)
        if "tools" in body and before:
            for one, other in list(store.assistants.items()):
                if other["tools"] == before:
                    store.assistants[one] = {**other, "tools": state["tools"]}
        return state


class _ListingRefused(Behaviour):
    """Lists from an index that is written before a body is checked."""

    def __init__(self) -> None:
        self._names: dict[str, JSON] = {}

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Write the index, and drop the entry when the assistant itself was written."""
        if isinstance(body.get("name"), str):
            self._names[assistant_id] = body["name"]
        state = super().modify(store, assistant_id, body)
        self._names.pop(assistant_id, None)
        return state

    def present(self, state: State, view: View) -> Sent:
        """Show the name of the index in a list."""
        shown = super().present(state, view)
        return {**shown, "name": self._names.get(str(state["id"]), shown["name"])} if view == "list" else shown


class _ClearingOnHead(Behaviour):
    """Takes a HEAD for a sign that metadata may go."""

    def intercept(self, store: Store, request: Request) -> Response | None:
        """Clear the metadata."""
        assistant_id = request.path.rsplit("/", 1)[1]
        if request.method == "HEAD" and assistant_id in store.assistants:
            store.assistants[assistant_id] = {**store.assistants[assistant_id], "metadata": {}}
        return super().intercept(store, request)


def _elsewhere() -> Iterator[Fault]:
    yield Fault(
        "equals-share-tools",
        "roundtrip.others_untouched",
        "gives new tools to every assistant that had the same ones",
        _SharingTools,
        (
            Request("POST", "/assistants", body=b'{"model":"gpt-4o","tools":[{"type":"code_interpreter"}]}'),
            {"tools": [{"type": "code_interpreter"}]},
            {"tools": []},
        ),
        ("sequences.*", "concurrency.*"),
    )
    yield Fault(
        "refusal-shown-in-list",
        "validation.refusal.changes_nothing",
        "shows the name of a rejected body in the list",
        _ListingRefused,
        ({"name": "Refused", "temperature": 3}, Request("GET", "/assistants?limit=100")),
        ("response.list_agrees",),
    )
    head = Request("HEAD", "/assistants/{id}"), Request("GET", "/assistants/{id}")
    yield Fault(
        "head-clears-metadata", "validation.refusal.changes_nothing", "clears metadata on HEAD", _ClearingOnHead, head
    )


class _CheckingTheFirst(Behaviour):
    """Checks the first of two temperatures, and stores the last."""

    def __init__(self) -> None:
        self._last: JSON = None

    def read(self, data: bytes) -> JSON:
        """Keep the last temperature, and go on with the first."""
        body = super().read(data)
        if isinstance(body, dict) and data.count(b'"temperature"') == 2:
            self._last = body["temperature"]
            return json.loads(data, object_pairs_hook=lambda pairs: dict(reversed(pairs)))
        self._last = None
        return body

    def apply(self, rules: Rules, stored: State, sent: Mapping[str, JSON]) -> State:
        """Store what nobody checked."""
        state = super().apply(rules, stored, sent)
        return state if self._last is None else {**state, "temperature": self._last}


def _read() -> Iterator[Fault]:
    yield Fault(
        "last-temperature-unchecked",
        "transport.duplicate_keys",
        "checks the first of two temperatures and stores the last",
        _CheckingTheFirst,
        (b'{"temperature":1,"temperature":3}',),
    )
    yield Fault(
        "breaks-down-on-integers-beyond-doubles",
        "transport.long_numbers",
        "answers 500 to integers beyond a double that are shorter than 1,000 digits",
        partial(Reading, _converting),
        (b'{"temperature":' + b"1" * 400 + b"}",),
        ("validation.refusal.status",),
    )
    yield Fault(
        "instructions-end-at-nul",
        "transport.nul",
        "ends instructions at a NUL",
        partial(Storing, lambda field, value: _before_nul(value) if field == "instructions" else value),
        (b'{"instructions":"a\\u0000b"}',),
    )
    yield Fault(
        "unlisted-model-replaced",
        "roundtrip.model.stored",
        "stores gpt-4o for a model that it does not list",
        partial(Storing, lambda field, value: _listed(value) if field == "model" else value),
        ({"model": "openai/Unlisted-Model:1"},),
        ("roundtrip.model.*",),
    )
    yield Fault(
        "model-in-lower-case",
        "roundtrip.model.stored",
        "stores models in lower case",
        partial(Storing, lambda field, value: str(value).lower() if field == "model" else value),
        ({"model": "openai/Unlisted-Model:1"},),
        ("roundtrip.model.*",),
    )
    yield Fault(
        "schema-texts-cut",
        "roundtrip.free_json",
        "cuts texts in schemas of formats at 1,000 characters",
        partial(Storing, _cut_texts),
        (body_with("response_format.json_schema.schema", {"type": "object", "x-odd": "x" * 2000}),),
        ("roundtrip.response_format.*",),
    )


def _converting(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
    if re.search(rb"[0-9]{309}", data) and not re.search(rb"[0-9]{1000}", data):
        raise RuntimeError("the number does not fit")
    return read(data)


def _before_nul(value: JSON) -> JSON:
    return value.split("\0")[0] if isinstance(value, str) else value


def _listed(value: JSON) -> JSON:
    return value if str(value).startswith(("gpt-", "o1", "o3", "o4")) else "gpt-4o"


def _cut_texts(field: str, value: JSON) -> JSON:
    def cut(schema: JSON) -> JSON:
        return everywhere(schema, lambda item: item[:1000] if isinstance(item, str) else item)

    return altered("response_format.json_schema.schema", field, value, cut)
