"""Refusals and the envelope they travel in, worded as the real service worded them.

The suite never looks at a message's text; people do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strategies.jsonvalues import JSON

INVALID = "invalid_request_error"
_LONGEST_SHOWN = 80


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a mishap
    """What the server will not do: an HTTP status and the four members of the envelope."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = INVALID,  # noqa: A002 - the name on the wire
        param: str | None = None,
        code: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.type = type
        self.param = param
        self.code = code
        self.headers = headers

    def envelope(self) -> JSON:
        """Return the body of the answer."""
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}


def no_room(most: int) -> Refusal:
    """Return the refusal of a create where as many assistants stand as may."""
    told = f"You have {most} assistants, which is as many as this server holds. Delete one first."
    return Refusal(told, status=403, code="assistants_limit_exceeded")


def shown(value: JSON) -> str:
    """Return a value as it stands in a message: short, and never more than a glimpse of what was sent."""
    if isinstance(value, int) and abs(value) >= 10**_LONGEST_SHOWN:
        return "a very large number"  # Python refuses to write out the largest
    text = repr(value[:_LONGEST_SHOWN] if isinstance(value, str) else value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def kind(value: JSON) -> str:
    """Return what a value is, with its article: ``a string``, ``an integer``, ``null``."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "an integer", float: "a decimal", str: "a string", list: "an array"}
    return names.get(type(value), "an object")


# Before the body


def no_key() -> Refusal:
    """Refuse a request without a key."""
    return Refusal(
        "You didn't provide an API key. Send it in an Authorization header, as in 'Authorization: Bearer YOUR_KEY'.",
        status=401,
        headers=(("www-authenticate", "Bearer"),),
    )


def wrong_key() -> Refusal:
    """Refuse a request with another key; the key is not repeated."""
    return Refusal(
        "Incorrect API key provided.",
        status=401,
        code="invalid_api_key",
        headers=(("www-authenticate", "Bearer"),),
    )


def unknown_url(method: str, path: str) -> Refusal:
    """Refuse a path that nothing stands at."""
    return Refusal(f"Invalid URL ({method} {path[:200]})", status=404)


def wrong_method(method: str, path: str, allowed: tuple[str, ...]) -> Refusal:
    """Refuse a method that a path does not take."""
    return Refusal(
        f"Not allowed to {method} on {path[:200]}. (HINT: Perhaps you meant to use a different HTTP method?)",
        status=405,
        code="method_not_supported",
        headers=(("allow", ", ".join(allowed)),),
    )


def unknown_assistant(assistant_id: str) -> Refusal:
    """Refuse an id that no assistant has, or has any more."""
    return Refusal(f"No assistant found with id '{assistant_id[:200]}'.", status=404)


def too_large(limit: int) -> Refusal:
    """Refuse a body of more than ``limit`` bytes."""
    return Refusal(f"Request body too large: at most {limit} bytes are read.", status=413)


def broken() -> Refusal:
    """Own up to a fault of the server's."""
    return Refusal("The server had an error while processing your request.", status=500, type="server_error")


# The body as a whole


def not_json_type(content_type: str) -> Refusal:
    """Refuse a body that calls itself something other than JSON."""
    return Refusal(
        f"Unsupported media type: expected application/json, but got '{content_type[:100]}' instead.", status=415
    )


def not_json() -> Refusal:
    """Refuse bytes that are no JSON text."""
    return Refusal(
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
        "library correctly. The API expects a JSON payload, but what was sent was not valid JSON.)"
    )


def no_object(value: JSON) -> Refusal:
    """Refuse JSON that is no object."""
    return Refusal(
        f"Invalid type for the body: expected an object, but got {kind(value)} instead.", code="invalid_type"
    )
