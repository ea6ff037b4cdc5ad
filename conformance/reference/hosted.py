"""The reference at the address that an edition of the user's own gives: a path, a query, a key header of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from conformance.reference.errors import Refusal
from conformance.reference.server import PREFIX, Reference

if TYPE_CHECKING:
    from conformance.exchange import Request, Response
    from conformance.reference.behaviour import Behaviour
    from strategies.editions import Edition


class HostedReference(Reference):
    """A reference that is asked as its edition says, and refuses what is asked otherwise."""

    def __init__(
        self,
        edition: Edition,
        *,
        api_key: str | None = None,
        behaviour: Behaviour | None = None,
        max_assistants: int | None = None,
    ) -> None:
        super().__init__(edition, api_key=api_key, behaviour=behaviour, max_assistants=max_assistants)
        address: dict[str, Any] = dict(edition.own.address) if edition.own is not None else {}
        self.prefix: str = address.get("prefix", PREFIX)
        self._query: dict[str, str] = address.get("query", {})
        self._header: str = address.get("api_key_header", "Authorization")
        usual = "Bearer" if self._header.lower() == "authorization" else ""
        self._scheme: str = address.get("api_key_scheme", usual)

    def handle(self, request: Request) -> Response:
        """Answer a request that comes as the edition has it, in the form of the published document."""
        _, _, query = request.path.partition("?")
        given = dict(parse_qsl(query, keep_blank_values=True))
        for name, value in self._query.items():
            if given.get(name) != value:
                told = f"Missing required query parameter: '{name}'." if name not in given else f"Unsupported '{name}'."
                return self.behaviour.refuse(self.store, Refusal(told, param=name))
        return super().handle(self._documented(request))

    def _documented(self, request: Request) -> Request:
        value = request.header(self._header)
        others = {"authorization", self._header.lower()}
        headers = tuple((name, text) for name, text in request.headers if name.lower() not in others)
        if value:
            scheme, _, key = value.partition(" ") if self._scheme else ("", "", value)
            if scheme.lower() == self._scheme.lower():
                headers = (*headers, ("authorization", f"Bearer {key}"))
            else:
                headers = (*headers, ("authorization", value))
        return replace(request, headers=headers)
