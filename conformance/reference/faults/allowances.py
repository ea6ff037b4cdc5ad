"""Tolerated variants in how many assistants there may be, in what moves by itself, and in GETs of what is not there."""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from conformance.exchange import Request, Response
from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Variant
from conformance.reference.faults.steps import is_modify
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.reference.behaviour import View
    from conformance.reference.faults.steps import Sent
    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_CREATE = Request("POST", "/assistants", (("content-type", "application/json"),), b'{"model":"gpt-4o"}')
_NOBODY = Request("GET", "/assistants/asst_nobody")


def variants() -> Iterator[Variant]:
    """Return the variants of this kind."""
    for most, status in ((4, 403), (7, 400), (7, 402), (7, 409), (7, 429), (10, 507)):
        words = f"makes {most} assistants at a time, and rejects more with {status}"
        shows = tuple(_CREATE for _ in range(most))
        yield Variant(f"at-most-{most}-and-{status}", words, partial(_Limited, most, status), shows)
    yield Variant("members-that-move", "shows members of its own that are never the same", _Moving, ({},))
    for name, body in (
        ("null", b"null"),
        ("an-empty-object", b"{}"),
        ("a-list", b"[]"),
        ("an-error", encode({"error": {"message": "No such assistant.", "code": "not_found"}})),
        ("another", encode({"id": "asst_another", "object": "assistant", "created_at": 1, "model": "gpt-4o"})),
    ):
        words = f"answers a GET of what is not there with 200 and {name.replace('-', ' ')}"
        yield Variant(f"nobody-shown-as-{name}", words, partial(_ShownAs, body), (_NOBODY,))
    refused = {"temperature": 3}
    yield Variant("refusals-counted", "shows how many modifies it has rejected", _Refusals, (refused,))


class _Limited(Behaviour):
    """Makes few assistants at a time."""

    def __init__(self, most: int, status: int) -> None:
        self._most = most
        self._refused_with = status

    def create(self, store: Store, body: Mapping[str, JSON]) -> State:
        """Refuse one too many."""
        if len(store.assistants) >= self._most:
            told = f"There may be {self._most} assistants at a time. Delete one first."
            raise Refusal(told, status=self._refused_with, code="quota_exceeded")
        return super().create(store, body)


class _Moving(Behaviour):
    """Shows a time of its last look and a version, both of its own."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def present(self, state: State, view: View) -> Sent:
        """Add both."""
        number = next(self._numbers)
        return {**super().present(state, view), "updated_at": 1_700_000_000 + number, "version": f"v{number}"}


class _ShownAs(Behaviour):
    """Answers a GET of an assistant that there is not with 200 and something that is no such assistant."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def finish(self, store: Store, request: Request, response: Response) -> Response:
        """Put the body in place of the error."""
        member = request.method == "GET" and request.path.startswith("/assistants/")
        return replace(response, status=200, body=self._body) if member and response.status == 404 else response


class _Refusals(Behaviour):
    """Shows how many modifies were refused, in a member of its own."""

    def __init__(self) -> None:
        self._refused = 0

    def finish(self, store: Store, request: Request, response: Response) -> Response:
        """Count."""
        self._refused += is_modify(request) and response.status == 400
        return response

    def present(self, state: State, view: View) -> Sent:
        """Add the number."""
        return {**super().present(state, view), "refused_modifies": self._refused}
