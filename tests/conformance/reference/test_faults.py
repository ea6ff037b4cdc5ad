"""Faults and variants: each has a name of its own, names a requirement, and really differs from the reference."""

from __future__ import annotations

import json
import re
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from conformance.catalogue import catalogue
from conformance.exchange import Request
from conformance.reference import Behaviour, Reference
from conformance.reference.faults import Fault, Variant, faults, variants
from conformance.settings import _matches
from strategies.contract import Contract, Ruling
from strategies.editions import DEFAULT, edition, names
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.exchange import Response
    from conformance.reference.faults import Shown

RICH = {
    "model": "gpt-4o",
    "name": "Scratch assistant",
    "description": "Made by a test.",
    "instructions": "Answer in one sentence.",
    "metadata": {"purpose": "conformance", "stage": "before"},
    "temperature": 0.7,
    "top_p": 0.9,
    "tools": [
        {"type": "code_interpreter"},
        {
            "type": "file_search",
            "file_search": {"max_num_results": 7, "ranking_options": {"ranker": "auto", "score_threshold": 0.25}},
        },
        {
            "type": "function",
            "function": {"name": "look_up", "description": "d", "parameters": {"type": "object"}, "strict": False},
        },
    ],
    "tool_resources": {
        "code_interpreter": {"file_ids": ["file-a", "file-b"]},
        "file_search": {"vector_store_ids": ["vs_a"]},
    },
    "response_format": {"type": "text"},
}
ROUNDS = 60


class Conversation:
    """One server with an assistant that has every field set."""

    def __init__(self, behaviour: Behaviour, key: str | None = None, edition: str = DEFAULT) -> None:
        self.reference = Reference(edition, api_key=key, behaviour=behaviour)
        self._key = key
        made = self.send(Request("POST", "/assistants", (), encode(RICH)))
        found = re.search(rb'"id":\s*"([^"]+)"', made.body)
        self.id = found[1].decode() if found else ""

    def send(self, request: Request) -> Response:
        headers = request.headers
        if self._key and request.header("authorization") is None:
            headers = (*headers, ("authorization", f"Bearer {self._key}"))
        return self.reference.handle(Request(request.method, request.path, headers, request.body))

    def show(self, shown: Shown) -> Response:
        if isinstance(shown, Request):
            path = shown.path
            names = {"{id}": self.id, "{ID}": self.id.upper(), "{head}": self.id[:-1], "{tail}": self.id[1:]}
            for name, value in names.items():
                path = path.replace(name, value)
            return self.send(Request(shown.method, path, shown.headers, shown.body))
        data = shown if isinstance(shown, bytes) else encode(dict(shown))
        return self.send(Request("POST", f"/assistants/{self.id}", (("content-type", "application/json"),), data))

    def get(self) -> Response:
        return self.send(Request("GET", f"/assistants/{self.id}"))


def told(response: Response) -> tuple[object, ...]:
    headers = sorted(pair for pair in response.headers if pair[0] != "x-request-id")
    return (response.status, headers, response.body)


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.reference.keeping.time", SimpleNamespace(time=lambda: 1_700_000_000.0))


def talk(
    behaviour: Behaviour, shows: tuple[Shown, ...], key: str | None = None, of: str = DEFAULT
) -> list[tuple[object, ...]]:
    conversation = Conversation(behaviour, key, of)
    seen = [told(conversation.get())]
    seen += [told(conversation.show(shown)) for shown in shows]
    seen += [told(conversation.get()), told(conversation.send(Request("GET", "/assistants?limit=5")))]
    return seen


def test_there_are_enough() -> None:
    assert len(faults()) >= 160
    assert len(variants()) >= 24


def test_no_two_have_a_name_in_common() -> None:
    from conformance.reference import faults as package

    names = [fault.name for module in package._FAULTS for fault in module.faults()]
    names += list(variants())
    assert sorted(names) == sorted(set(names))
    assert [name for name in names if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []


@pytest.mark.parametrize("name", names())
def test_every_requirement_about_servers_is_broken_by_a_fault(name: str) -> None:
    judged = {id_ for id_, one in catalogue(edition(name)).items() if one.level != "INFO" and "server" in one.roles}
    named = {fault.requirement for fault in faults().values()}
    assert sorted(judged - named) == []
    assert sorted({fault.requirement for fault in faults().values() if fault.edition == name} - judged) == []


def test_every_pattern_of_what_else_breaks_matches_something() -> None:
    ids = list(catalogue(edition()))
    patterns = {pattern for fault in faults().values() for pattern in fault.also}
    assert [pattern for pattern in sorted(patterns) if not any(_matches(pattern, id_) for id_ in ids)] == []


def test_every_sentence_is_one_line() -> None:
    every: Mapping[str, Fault | Variant] = {**faults(), **variants()}
    odd = [name for name, one in every.items() if "\n" in one.sentence or not one.sentence or one.sentence[-1] == "."]
    assert odd == []


MEETING = {"cache-filled-meanwhile"}
"""Faults that show only when requests meet, and are named for what they leave behind."""
TOGETHER = [name for name, one in faults().items() if one.requirement.startswith("concurrency.") or name in MEETING]
HANGING = [name for name, fault in faults().items() if fault.requirement == "response.answered"]
EVERY: list[Fault | Variant] = [*faults().values(), *variants().values()]
FRAMED = [one.name for one in EVERY if one.framing is not None]
ALONE = [name for name in faults() if name not in {*TOGETHER, *HANGING, *FRAMED}]


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize("name", ALONE)
def test_a_fault_shows(name: str) -> None:
    fault = faults()[name]
    assert fault.shows
    assert talk(fault.behaviour(), fault.shows, fault.key, fault.edition) != talk(
        Behaviour(), fault.shows, fault.key, fault.edition
    )


ALIKE = {"8-workers-of-one-store", "reads-cached-until-modified", "list-cached-until-modified"}
"""Variants that differ in how they come by their answers, not in the answers."""


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize("name", sorted(ALIKE))
def test_a_variant_that_works_otherwise_answers_alike(name: str) -> None:
    variant = variants()[name]
    with_times = [talk(behaviour, variant.shows) for behaviour in (variant.behaviour(), Behaviour())]
    assert [told[0] for told in with_times[0]] == [told[0] for told in with_times[1]]


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize("name", [name for name in variants() if name not in {*ALIKE, *FRAMED}])
def test_a_variant_shows(name: str) -> None:
    variant = variants()[name]
    assert variant.shows
    assert talk(variant.behaviour(), variant.shows, variant.key, variant.edition) != talk(
        Behaviour(), variant.shows, variant.key, variant.edition
    )


@pytest.mark.parametrize("name", HANGING)
def test_a_fault_that_hangs_sleeps(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("conformance.reference.faults.response.time", SimpleNamespace(sleep=slept.append))
    fault = faults()[name]
    behaviour = fault.behaviour()
    assert behaviour.in_threads
    conversation = Conversation(behaviour)
    assert conversation.show({"name": "Short"}).status == 200
    assert slept == []
    for shown in fault.shows:
        conversation.show(shown)
    assert slept


@pytest.mark.parametrize("name", TOGETHER)
def test_a_fault_shows_when_requests_meet(name: str) -> None:
    behaviour = faults()[name].behaviour()
    assert behaviour.in_threads
    assert any(_met(faults()[name].behaviour(), number) for number in range(ROUNDS))


def test_the_reference_shows_nothing_when_requests_meet() -> None:
    assert not any(_met(Behaviour(), number) for number in range(5))


def _met(behaviour: Behaviour, number: int) -> bool:
    """Return whether modifies of two assistants, valid and refused ones, leave or show what none of them says."""
    left = Conversation(behaviour)
    other = left.send(Request("POST", "/assistants", (), encode(RICH)))
    right = json.loads(other.body)["id"]
    bodies = [_body(f"{number} {mark}") for mark in "ab"]
    calls: list[tuple[str, dict[str, object]]] = [(left.id, body) for body in bodies]
    calls.append((right, _body(f"{number} c")))
    calls.append((left.id, {**_body(f"{number} refused"), "temperature": 9}))
    calls.append((left.id, {"top_p": 0.25}))
    barrier = threading.Barrier(len(calls) + 1)
    reads: list[dict[str, object]] = []
    answers: list[tuple[object, object]] = []

    def call(assistant_id: str, body: dict[str, object]) -> None:
        barrier.wait(10)
        response = left.send(Request("POST", f"/assistants/{assistant_id}", (), encode(body)))
        if response.status == 200:
            value = json.loads(response.body)
            answers.append((assistant_id, value["id"]))
            if "name" in body:
                answers.append((_shown(body), _shown(value)))

    def read() -> None:
        barrier.wait(10)
        while any(thread.is_alive() for thread in threads):
            response = left.get()
            reads.append(json.loads(response.body) if response.status == 200 else {})

    threads = [threading.Thread(target=call, args=one) for one in calls]
    reader = threading.Thread(target=read)
    for thread in (*threads, reader):
        thread.start()
    for thread in (*threads, reader):
        thread.join()
    last = json.loads(left.get().body)
    allowed = [_shown(RICH), *(_shown(body) for body in bodies)]
    second = json.loads(left.send(Request("GET", f"/assistants/{right}")).body)
    return (
        any(_shown(one) not in allowed for one in reads)
        or any(asked != shown for asked, shown in answers)
        or _shown(last) not in allowed[1:]
        or last.get("top_p") != 0.25
        or _shown(second) != _shown(_body(f"{number} c"))
    )


def _body(mark: str) -> dict[str, object]:
    return {"name": f"name {mark}", "instructions": f"instructions {mark}", "temperature": 0.5, "description": mark}


def _shown(state: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(state.get(field) for field in ("name", "instructions", "description", "temperature"))


@pytest.mark.usefixtures("stopped_clock")
def test_a_fault_leaves_a_plain_modify_alone_unless_it_is_about_that() -> None:
    """Most faults are silent on a body that has nothing to do with them."""
    body: Shown = {"top_p": 0.25}
    expected = talk(Behaviour(), (body,))
    loud = [name for name in ALONE if talk(faults()[name].behaviour(), (body,)) != expected]
    assert len(loud) < len(ALONE) // 5


def test_what_shows_an_overlooked_constraint_breaks_that_one() -> None:
    contract = Contract(edition())
    wrong: list[str] = []
    for name, fault in faults().items():
        if name.startswith("overlooks-") and isinstance(fault.shows[0], dict):
            judgement = contract.judge(encode(fault.shows[0]))
            field = fault.requirement.split(".")[1]
            fields = {violation.field or "body" for violation in judgement.violations}
            if judgement.ruling is not Ruling.REFUSE or fields != {field}:
                wrong.append(name)
    assert wrong == []


def test_a_behaviour_is_made_anew_each_time() -> None:
    every: Mapping[str, Fault | Variant] = {**faults(), **variants()}
    shared = [name for name, one in every.items() if one.behaviour() is one.behaviour()]
    assert shared == []
