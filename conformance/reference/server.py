"""The embedded reference: requests in, responses out, with nothing of HTTP around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.exchange import Response
from conformance.reference import errors
from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal
from conformance.reference.rules import Rules
from conformance.reference.store import Store

if TYPE_CHECKING:
    from conformance.exchange import Request
    from conformance.reference.routing import Call
    from conformance.reference.rules import State
    from strategies.editions import Edition
    from strategies.jsonvalues import JSON


PREFIX = "/v1"
"""What stands before the paths of the published document."""


class Reference:
    """A server for the assistants of one edition; safe to call from several threads at once.

    With ``api_key``, requests must carry it as a bearer key. ``behaviour`` is what it does; the default obeys the
    contract. ``max_assistants`` stand at a time at most, and another create is refused. :class:`ValueError` for an
    edition that it does not know.
    """

    def __init__(
        self,
        edition: str | Edition = "2025-03",
        *,
        api_key: str | None = None,
        behaviour: Behaviour | None = None,
        max_assistants: int | None = None,
    ) -> None:
        self.edition = edition if isinstance(edition, str) else edition.name
        self.behaviour = behaviour or Behaviour()
        self.store = Store(Rules.of(edition), max_assistants)
        self._api_key = api_key

    def __repr__(self) -> str:
        return f"Reference({self.edition!r}, behaviour={type(self.behaviour).__name__})"

    def handle(self, request: Request) -> Response:
        """Answer a request. Never raises: a behaviour that breaks down answers 500."""
        behaviour, store = self.behaviour, self.store
        try:
            return behaviour.finish(store, request, self._answer(request))
        except Exception:  # noqa: BLE001 - a fault that breaks down is a server that answers 500
            refusal = errors.broken()
            return Response(500, (("content-type", "application/json"),), behaviour.write(refusal.envelope()))

    def _answer(self, request: Request) -> Response:
        behaviour, store = self.behaviour, self.store
        response = behaviour.intercept(store, request)
        if response is not None:
            return response
        try:
            behaviour.authorise(request, self._api_key)
            call = behaviour.route(request)
            value = self._call(call, request)
            return Response(behaviour.status(call), behaviour.headers(store), behaviour.write(value))
        except Refusal as refusal:
            return behaviour.refuse(store, refusal)

    def _created(self, request: Request) -> State:
        """Make an assistant where there is room for it: none of those that stand is dropped for another."""
        behaviour, store = self.behaviour, self.store
        body = behaviour.read_body(request)
        if store.most is None:
            return behaviour.create(store, body)
        with store.lock:
            if len(store.assistants) >= store.most:
                raise errors.no_room(store.most)
            return behaviour.create(store, body)

    def _call(self, call: Call, request: Request) -> JSON:
        behaviour, store = self.behaviour, self.store
        match call.operation:
            case "modify":
                body = behaviour.read_body(request)
                return behaviour.present(behaviour.modify(store, behaviour.read_id(call.segment), body), "modify")
            case "retrieve":
                return behaviour.present(behaviour.retrieve(store, behaviour.read_id(call.segment)), "retrieve")
            case "create":
                return behaviour.present(self._created(request), "create")
            case "delete":
                return behaviour.delete(store, behaviour.read_id(call.segment))
            case _:
                states, more = behaviour.page(store, call.query)
                return behaviour.present_page(states, more=more)
