"""Faults in how a request finds its assistant: methods, ids, paths, and ids that nobody has."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

from conformance.exchange import Request
from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.reference.routing import Call
    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_BODY = b'{"name":"Addressed"}'
_ALSO = ("transport.*", "response.error.*")


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _methods()
    yield from _ids()
    yield from _unknown()


def _modify(segment: str, method: str = "POST") -> Request:
    return Request(method, f"/assistants/{segment}", (("content-type", "application/json"),), _BODY)


class Routing(Behaviour):
    """Takes some methods for others."""

    def __init__(self, methods: Mapping[str, str]) -> None:
        self._methods = methods

    def route(self, request: Request) -> Call:
        """Take the method for another on an assistant."""
        method = self._methods.get(request.method, request.method)
        member = request.path.count("/") == 2
        return super().route(replace(request, method=method) if member else request)


class _BrokenMethods(Behaviour):
    """Breaks down on methods that it does not know."""

    def route(self, request: Request) -> Call:
        """Break down, or go on."""
        if request.method not in {"GET", "POST", "DELETE"}:
            raise RuntimeError(request.method)
        return super().route(request)


def _methods() -> Iterator[Fault]:
    method = "transport.method"
    get = Request("GET", "/assistants/{id}")
    for name in ("OPTIONS", "FOO"):
        words = f"takes {name} for a modify"
        shows = (_modify("{id}", name), get)
        yield Fault(f"{name.lower()}-modifies", method, words, partial(Routing, {name: "POST"}), shows, _ALSO)
    yield Fault(
        "put-deletes",
        "transport.still_serves",
        "takes PUT for DELETE",
        partial(Routing, {"PUT": "DELETE"}),
        (_modify("{id}", "PUT"), get),
        _ALSO,
    )
    words = "answers 500 to methods that it does not know"
    yield Fault("server-error-on-methods", method, words, _BrokenMethods, (_modify("{id}", "PUT"),), _ALSO)


class _Ids(Behaviour):
    """Reads the id of a path in another way."""

    def __init__(self, change: Callable[[str], str]) -> None:
        self._change = change

    def read_id(self, segment: str) -> str:
        """Return what the function makes of the id."""
        return self._change(super().read_id(segment))


class _Finding(Behaviour):
    """Finds the assistant whose id is nearest by some measure."""

    def __init__(self, same: Callable[[str, str], bool]) -> None:
        self._same = same

    def find(self, store: Store, assistant_id: str) -> State:
        """Return the assistant with a like id."""
        for key, state in store.assistants.items():
            if self._same(key, assistant_id):
                return state
        return super().find(store, assistant_id)


class _Normalising(Behaviour):
    """Resolves dots in paths."""

    def route(self, request: Request) -> Call:
        """Take ``a/../b`` for ``b``, encoded or not."""
        path = re.sub(r"(?i)%2f", "/", re.sub(r"(?i)%2e", ".", request.path))
        while True:
            shorter = re.sub(r"/(?!\.\./)[^/]+/\.\.(?=/|$)", "", re.sub(r"/\.(?=/|$)", "", path), count=1)
            if shorter == path:
                return super().route(replace(request, path=path if path.count("/") == 2 else request.path))
            path = shorter


def _crash(picks: Callable[[str], bool]) -> Callable[[str], str]:
    def change(assistant_id: str) -> str:
        if picks(assistant_id):
            raise RuntimeError("the id cannot be looked up")
        return assistant_id

    return change


def _ids() -> Iterator[Fault]:
    ids = "transport.ids"
    crashes: tuple[tuple[str, str, Callable[[str], bool], str], ...] = (
        ("percent", "a percent sign", lambda text: "%" in text, "%25"),
        ("slash", "a slash", lambda text: "/" in text, "a%2Fb"),
        ("dots", "two dots", lambda text: ".." in text, "%2E%2E"),
        ("space", "a space", lambda text: " " in text, "a%20b"),
        ("non-ascii", "a letter beyond ASCII", lambda text: not text.isascii(), "%C3%A9"),
        ("long", "more than 1,000 characters", lambda text: len(text) > 1000, "a" * 4096),
    )
    for name, words, picks, sample in crashes:
        yield Fault(
            f"server-error-on-{name}-id",
            ids,
            f"answers 500 to an id with {words}",
            partial(_Ids, _crash(picks)),
            (_modify(sample),),
            _ALSO,
        )
    get = Request("GET", "/assistants/{id}")
    alike: tuple[tuple[str, str, Callable[[str, str], bool], str], ...] = (
        ("case-of-ids-ignored", "finds ids in any case", lambda key, given: key.lower() == given.lower(), "{ID}"),
        ("spaces-around-ids-ignored", "strips spaces from ids", lambda key, given: key == given.strip(), "{id}%20"),
        ("ids-cut-at-a-slash", "cuts ids at a slash", lambda key, given: key == given.partition("/")[0], "{id}%2Fx"),
        ("ids-cut-at-nul", "cuts ids at NUL", lambda key, given: key == given.partition("\0")[0], "{id}%00x"),
        (
            "ids-by-their-beginning",
            "finds an assistant by the beginning of its id",
            lambda key, given: len(given) > 20 and key.startswith(given),
            "{head}",
        ),
        (
            "ids-of-any-ending",
            "finds an assistant by an id with more at its end",
            lambda key, given: given.startswith(key),
            "{id}x",
        ),
    )
    for name, words, same, sample in alike:
        yield Fault(name, ids, words, partial(_Finding, same), (_modify(sample), get), (*_ALSO, "response.unknown_id"))
    yield Fault("ids-decoded-twice", ids, "decodes ids twice", partial(_Ids, unquote), (_modify("%2561{tail}"),), _ALSO)
    yield Fault(
        "dots-resolved", ids, "takes a/../b for b in a path", _Normalising, (_modify("x%2F..%2F{id}"), get), _ALSO
    )


class _Unknown(Behaviour):
    """Has an answer of its own to ids that nobody has."""

    def __init__(self, answers: Callable[[Store, str], State]) -> None:
        self._answers = answers

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Ask the function where nothing is stored."""
        if assistant_id in store.assistants:
            return super().modify(store, assistant_id, body)
        self.check(store.rules, body)
        return self._answers(store, assistant_id)


def _blank(store: Store, assistant_id: str) -> State:
    behaviour = Behaviour()
    return {**behaviour.blank(store), "id": assistant_id, "model": "gpt-4o"}


def _made(store: Store, assistant_id: str) -> State:
    state = store.assistants[assistant_id] = _blank(store, assistant_id)
    return state


def _made_and_refused(store: Store, assistant_id: str) -> State:
    _made(store, assistant_id)
    raise Refusal(f"No assistant found with id '{assistant_id}'.", status=404)


def _any(store: Store, assistant_id: str) -> State:
    if not store.assistants:
        raise Refusal("No assistant found.", status=404)
    return next(iter(store.assistants.values()))


def _broken(store: Store, assistant_id: str) -> State:
    raise KeyError(assistant_id)


def _refused(status: int) -> Callable[[Store, str], State]:
    def refuse(store: Store, assistant_id: str) -> State:
        raise Refusal(f"No assistant found with id '{assistant_id}'.", status=status)

    return refuse


def _unknown() -> Iterator[Fault]:
    must, exact = "response.unknown_id", "transport.unknown_id"
    kinds: tuple[tuple[str, str, str, Callable[[Store, str], State]], ...] = (
        ("unknown-id-accepted", must, "answers 200 to a modify of an id that nobody has", _blank),
        ("unknown-id-made", must, "makes an assistant of an id that nobody has", _made),
        (
            "unknown-id-refused-and-made",
            must,
            "rejects an id that nobody has, and makes an assistant of it",
            _made_and_refused,
        ),
        ("unknown-id-server-error", must, "answers 500 to an id that nobody has", _broken),
        ("unknown-id-redirected", must, "answers 302 to an id that nobody has", _refused(302)),
        ("unknown-id-answered-by-another", must, "answers with another assistant for an id that nobody has", _any),
        ("unknown-id-400", exact, "answers 400 to an id that nobody has", _refused(400)),
        ("unknown-id-410", exact, "answers 410 to an id that nobody has", _refused(410)),
        ("unknown-id-422", exact, "answers 422 to an id that nobody has", _refused(422)),
    )
    for name, requirement, words, answers in kinds:
        shows = (_modify("asst_nobody"), Request("GET", "/assistants/asst_nobody"))
        also = ("transport.*", "sequences.after_delete", "response.unknown_id")
        yield Fault(name, requirement, words, partial(_Unknown, answers), shows, also)
