"""Faults about keys: nearly right ones that open the door, and keys that reach what others have made."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.exchange import Request, Response
from conformance.reference import errors
from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.fault import Fault, Variant
from conformance.reference.faults.steps import Refusing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.reference.errors import Refusal
    from conformance.reference.faults.fault import Shown
    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

KEY = "sk-conformance-Reference"
OTHER_KEY = "sk-conformance-Neighbour"
_NEAR = "transport.near_key"


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    near: tuple[tuple[str, str, str, Callable[[str, str, str], bool]], ...] = (
        ("longer-key-let-in", "takes any key that begins with the right one", f"Bearer {KEY}x", _is_longer),
        ("shorter-key-let-in", "takes any beginning of the key", f"Bearer {KEY[:-1]}", _is_shorter),
        ("end-of-key-let-in", "takes any end of the key", f"Bearer {KEY[1:]}", _is_end),
        ("key-in-any-case-let-in", "takes the key in any case of letters", f"Bearer {KEY.swapcase()}", _is_alike),
        ("any-scheme-let-in", "does not look at the scheme before the key", f"Token {KEY}", _has_any_scheme),
        ("key-without-scheme-let-in", "takes the key without a scheme", KEY, _has_no_scheme),
    )
    for name, words, value, lets_in in near:
        shown = Request("POST", "/assistants/{id}", (("authorization", value),), b'{"name":"x"}')
        yield Fault(name, _NEAR, words, partial(_LettingIn, lets_in), (shown,), ("transport.wrong_key",), key=KEY)
    yield from _refused()
    for operation, words in {
        "retrieve": "shows a key what another has made",
        "list": "lists to a key what another has made",
        "modify": "lets a key modify what another has made",
        "delete": "lets a key delete what another has made",
    }.items():
        yield Fault(
            f"other-key-{operation}s",
            f"transport.other_key.{operation}",
            words,
            partial(Tenants, frozenset({operation})),
            _SHOWN[operation],
            key=KEY,
            other_key=OTHER_KEY,
        )


class _Open(Behaviour):
    """Asks for no key where something is only read."""

    def authorise(self, request: Request, api_key: str | None) -> None:
        """Look at the key of what is no GET."""
        if request.method != "GET":
            super().authorise(request, api_key)


def _page(refusal: Refusal, response: Response) -> Response:
    if refusal.status != HTTPStatus.UNAUTHORIZED:
        return response
    return Response(refusal.status, (("content-type", "text/html"),), b"<html><body>Unauthorized</body></html>")


def _told(refusal: Refusal, response: Response) -> Response:
    body = b'{"message":"Unauthorized"}'
    return replace(response, body=body) if refusal.status == HTTPStatus.UNAUTHORIZED else response


def _refused() -> Iterator[Fault]:
    read = Request("GET", "/assistants/{id}", (("authorization", ""),))
    words = "asks for no key where an assistant is read"
    yield Fault("read-without-a-key", "transport.missing_key", words, _Open, (read,), key=KEY)
    wrong = Request("POST", "/assistants/{id}", (("authorization", "Bearer no"),), b'{"name":"x"}')
    for name, words, change, requirement in (
        ("key-refused-by-a-page", "answers a wrong key with a page of HTML", _page, "response.error.content_type"),
        ("key-refused-in-a-message", "answers a wrong key with a message alone", _told, "response.error.envelope"),
    ):
        yield Fault(name, requirement, words, partial(Refusing, change), (wrong,), ("response.error.*",), key=KEY)


_THEIRS = (("authorization", f"Bearer {OTHER_KEY}"), ("content-type", "application/json"))
_SHOWN: dict[str, tuple[Shown, ...]] = {
    "retrieve": (Request("GET", "/assistants/{id}", _THEIRS),),
    "list": (Request("GET", "/assistants", _THEIRS),),
    "modify": (Request("POST", "/assistants/{id}", _THEIRS, b'{"name":"x"}'),),
    "delete": (Request("DELETE", "/assistants/{id}", _THEIRS),),
}


def variants() -> Iterator[Variant]:
    """Return correct servers with keys."""
    yield Variant(
        "two-tenants",
        "knows two keys, and shows each of them its own assistants only",
        Tenants,
        _SHOWN["list"],
        key=KEY,
        other_key=OTHER_KEY,
    )


def _is_longer(scheme: str, given: str, key: str) -> bool:
    return scheme == "bearer" and given.startswith(key)


def _is_shorter(scheme: str, given: str, key: str) -> bool:
    return scheme == "bearer" and bool(given) and key.startswith(given)


def _is_end(scheme: str, given: str, key: str) -> bool:
    return scheme == "bearer" and bool(given) and key.endswith(given)


def _is_alike(scheme: str, given: str, key: str) -> bool:
    return scheme == "bearer" and given.lower() == key.lower()


def _has_any_scheme(scheme: str, given: str, key: str) -> bool:
    return bool(scheme) and given == key


def _has_no_scheme(scheme: str, given: str, key: str) -> bool:
    return scheme == key.lower() and not given


class _LettingIn(Behaviour):
    """Takes the key, and others that a function of scheme, key and right key takes for it."""

    def __init__(self, lets_in: Callable[[str, str, str], bool]) -> None:
        self._lets_in = lets_in

    def authorise(self, request: Request, api_key: str | None) -> None:
        """Let in whom the function lets in."""
        scheme, _, given = (request.header("authorization") or "").partition(" ")
        if api_key is None or not self._lets_in(scheme.lower(), given.strip(), api_key):
            super().authorise(request, api_key)


class Tenants(Behaviour):
    """Knows two keys, each with assistants of its own; ``open_to_all`` are the operations that do not look whose."""

    def __init__(self, open_to_all: frozenset[str] = frozenset()) -> None:
        self._open = open_to_all
        self._owners: dict[str, str] = {}
        self._caller = threading.local()

    def authorise(self, request: Request, api_key: str | None) -> None:
        """Take either key, and keep in mind which it was."""
        theirs = request.header("authorization") == f"Bearer {OTHER_KEY}"
        super().authorise(request, OTHER_KEY if theirs else api_key)
        self._caller.key = OTHER_KEY if theirs else KEY

    def commit(self, store: Store, state: State) -> None:
        """Store, and keep in mind whose it is."""
        self._owners.setdefault(str(state["id"]), self._caller.key)
        super().commit(store, state)

    def retrieve(self, store: Store, assistant_id: str) -> State:
        """Return an assistant of the caller's."""
        self._look("retrieve", assistant_id)
        return super().retrieve(store, assistant_id)

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Change an assistant of the caller's."""
        self._look("modify", assistant_id)
        return super().modify(store, assistant_id, body)

    def delete(self, store: Store, assistant_id: str) -> JSON:
        """Delete an assistant of the caller's."""
        self._look("delete", assistant_id)
        return super().delete(store, assistant_id)

    def page(self, store: Store, query: Mapping[str, str]) -> tuple[list[State], bool]:
        """Return the caller's assistants."""
        states, more = super().page(store, query)
        if "list" in self._open:
            return states, more
        return [state for state in states if self._owners.get(str(state["id"])) == self._caller.key], more

    def _look(self, operation: str, assistant_id: str) -> None:
        owner = self._owners.get(assistant_id, self._caller.key)
        if operation not in self._open and owner != self._caller.key:
            raise errors.unknown_assistant(assistant_id)
