"""The steps from an outcome to the bytes of a response."""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from conformance.exchange import Response
from conformance.reference import reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange import Headers, Request
    from conformance.reference.errors import Refusal
    from conformance.reference.routing import Call
    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON


View = Literal["create", "modify", "retrieve", "list"]
"""Which answer an assistant is shown in."""


class Answering:
    """Shows assistants, pages and refusals."""

    def present_field(self, field: str, value: JSON, view: View) -> JSON:
        """Return a field, or ``id``, ``object`` or ``created_at``, as an answer shows it.

        A fault may round, reorder, cut, escape or translate a value, in all answers or in one kind only.
        """
        return value

    def present(self, state: State, view: View) -> dict[str, JSON]:
        """Return an assistant as an answer shows it.

        A fault may leave out or rename keys, or wrap the whole; a variant may add keys or leave out nulls.
        """
        return {field: self.present_field(field, value, view) for field, value in state.items()}

    def present_page(self, states: Sequence[State], *, more: bool) -> dict[str, JSON]:
        """Return a page as the answer to a list shows it.

        A fault may forget keys of the page.
        """
        data = [self.present(state, "list") for state in states]
        first, last = (data[0].get("id"), data[-1].get("id")) if data else (None, None)
        return {"object": "list", "data": data, "first_id": first, "last_id": last, "has_more": more}

    def status(self, call: Call) -> int:
        """Return the status of a success.

        A fault may answer 201, 202 or 204.
        """
        return 200

    def headers(self, store: Store) -> Headers:
        """Return the headers of every answer.

        A fault may name another content type, or none.
        """
        request_id = f"req_{next(store.requests):032x}"
        return (("content-type", "application/json"), ("openai-version", "2020-10-01"), ("x-request-id", request_id))

    def write(self, value: JSON) -> bytes:
        """Return the bytes of an answer's JSON.

        A fault may write other numbers or bad JSON; a variant may escape, indent or sort.
        """
        return reading.write(value)

    def envelope(self, refusal: Refusal) -> JSON:
        """Return the body of an error.

        A fault may leave out or flatten the envelope, drop or retype its members, or name another parameter.
        """
        return refusal.envelope()

    def refuse(self, store: Store, refusal: Refusal) -> Response:
        """Return the answer to a request that was refused.

        A fault may answer 200 or a 5xx, plain text or an empty body; a variant may answer 422 for 400.
        """
        headers = (*self.headers(store), *refusal.headers)
        return Response(refusal.status, headers, self.write(self.envelope(refusal)))

    def finish(self, store: Store, request: Request, response: Response) -> Response:
        """Return the answer as it leaves, whatever it is.

        A fault may alter status, headers or bytes of any answer.
        """
        return response
