"""The steps from a request to a JSON object."""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from conformance.reference import errors, reading, routing

if TYPE_CHECKING:
    from conformance.exchange import Request, Response
    from conformance.reference.routing import Call
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON


class Receiving:
    """Lets a request in, and reads what it says."""

    def intercept(self, store: Store, request: Request) -> Response | None:
        """Answer a request before anything looks at it, or return ``None`` to go on.

        A fault may refuse now and then (429, 503), hang, or answer everything alike.
        """
        return None

    def authorise(self, request: Request, api_key: str | None) -> None:
        """Refuse a request that does not carry the key; ``None`` asks for none.

        A fault may let a missing or a wrong key in, or refuse the right one with another status.
        """
        if api_key is None:
            return
        given = request.header("authorization")
        if not given:
            raise errors.no_key()
        scheme, _, key = given.partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(_bytes(key.strip()), _bytes(api_key)):
            raise errors.wrong_key()

    def route(self, request: Request) -> Call:
        """Return the operation asked for.

        A fault may answer another method, a path with a slash too many, or a wrong status for either.
        """
        return routing.route(request)

    def read_id(self, segment: str) -> str:
        """Return the id that stands percent-encoded in the path.

        A fault may decode it twice or not at all, cut it, or ignore its case.
        """
        return routing.decoded(segment)

    def check_content_type(self, content_type: str | None) -> None:
        """Refuse a body that says that it is something other than JSON; parameters are ignored.

        A fault may refuse parameters or a missing header, or take a form for JSON.
        """
        if content_type and content_type.partition(";")[0].strip().lower() != "application/json":
            raise errors.not_json_type(content_type)

    def read(self, data: bytes) -> JSON:
        """Return the JSON value of a body's bytes, or refuse them.

        A fault may read leniently (comments, NaN, a byte-order mark, bad UTF-8), alter text or numbers on the way
        (normal forms, white space, NUL, integers as doubles), or fail with a 5xx on what is hostile.
        """
        return reading.read(data)

    def read_body(self, request: Request) -> dict[str, JSON]:
        """Return the JSON object of a request.

        A fault may take another value for an object, such as ``null`` or ``[]`` for ``{}``.
        """
        self.check_content_type(request.header("content-type"))
        value = self.read(request.body)
        if not isinstance(value, dict):
            raise errors.no_object(value)
        return value


def _bytes(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")  # the keys are compared in time that tells nothing, as bytes
