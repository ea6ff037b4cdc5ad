"""What of a server's exchanges may be shown: all but the secrets, and of a long answer a beginning."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.exchange import NoAnswer, Raised, Returned, outcome_of
from conformance.targets.beyond import beyond_reading
from conformance.targets.longanswers import LONG, LONG_MEMBER, shared
from conformance.targets.outgoing import assistant_path
from conformance.targets.secrets import MASK

if TYPE_CHECKING:
    from conformance.exchange import Headers, Manner, Outcome, Request, Response
    from conformance.targets.secrets import Secrets
    from strategies.jsonvalues import JSON

_READ_BY = frozenset(
    {"content-type", "content-length", "content-encoding", "transfer-encoding", "connection", "retry-after", "date"}
)
_SHOWN = 64 * 1024  # bytes of an answer that cannot be judged
_KEPT = 256 * 1024  # bytes of a long answer that was judged


class Shown:
    """Takes the ``secrets`` out of what one server is sent and answers; safe to use from several threads.

    ``hidden`` are the names, in lower case, of headers whose values are never shown, ``manner`` says where the key
    stands, ``most`` is how many bytes of an answer are read.
    """

    def __init__(self, secrets: Secrets, hidden: frozenset[str], manner: Manner, most: int) -> None:
        self._secrets = secrets
        self._hidden = hidden
        self._key_header = manner.key_header
        self._too_long = f"the answer is longer than {most:,} bytes, the most that are read"
        self._ids: dict[str, str] = {}
        """Ids that hold a secret, by what is shown of them."""
        self._lock = threading.Lock()

    def headers(self, headers: list[tuple[str, str]], request: Request) -> Headers:
        """Return the headers of a request as they are shown; those that it sets itself are no secret by their name."""
        own = {name.lower() for name, _ in request.headers}
        shown = []
        for name, value in headers:
            if name.lower() in own or ("authorization" in own and name == self._key_header):
                shown.append((name, self._secrets.redact_text(value)))
            elif name.lower() in self._hidden:
                shown.append((name, MASK))
            elif name in {"Authorization", self._key_header}:
                scheme, space, _ = value.partition(" ")
                shown.append((name, f"{scheme} {MASK}" if space else MASK))
            else:
                shown.append((name, value))
        return tuple(shown)

    def answer(self, response: Response) -> tuple[Response, Outcome]:
        """Return an answer as it is shown, and what it means to its caller."""
        beyond = self._too_long if response.cut else beyond_reading(response.body)
        if beyond:
            # Nothing can be said of it but that, and there may be many: a beginning is enough to show.
            shown = self._redacted(replace(response, body=response.body[:_SHOWN], cut=True))
            if 400 <= response.status < 500:  # a rejection that repeats a long body, most likely
                return shown, Raised(beyond, response.status, unread=True)
            return shown, NoAnswer(beyond, unread=True)
        shown = self._redacted(response)
        outcome = self._outcome(response, shown)
        if len(shown.body) > LONG:  # it was judged, and is not held in full until the end of its scenario
            shown = replace(shown, body=shown.body[:_KEPT], cut=True)
        return shown, outcome

    def addressed(self, path: str) -> str:
        """Return a path with the ids that are shown in it as they are."""
        for shown, actual in self._ids.items():
            begin = assistant_path(shown)
            if path == begin or path.startswith((f"{begin}/", f"{begin}?")):
                return assistant_path(actual) + path[len(begin) :]
        return path

    def _redacted(self, response: Response) -> Response:
        headers = response.headers
        values = "\n".join(value for _, value in headers)
        if self._secrets.redact_text(values) != values:
            headers = tuple((name, self._header(name, value)) for name, value in headers)
        return replace(response, headers=headers, body=self._secrets.redact_bytes(response.body))

    def _header(self, name: str, value: str) -> str:
        # What says how an answer is to be read must not be altered by a key that is a word.
        return self._secrets.redact_text(value, short=name.lower() not in _READ_BY)

    def _outcome(self, response: Response, shown: Response) -> Outcome:
        """Read the answer before redaction, which could break its JSON, then redact what was read."""
        outcome = outcome_of(response)
        if isinstance(outcome, Returned) and len(response.body) > LONG_MEMBER:
            outcome = replace(outcome, value=shared(outcome.value))
        if shown.body == response.body:
            return outcome
        match outcome:
            case Returned(value):
                return replace(outcome, value=self._value(value))
            case Raised(_, _, error):
                told = shown.body[:300].decode("utf-8", "replace")  # a secret may stand across its end
                return replace(outcome, message=told, error=self._secrets.redact_value(error))
        return outcome

    def _value(self, value: JSON) -> JSON:
        """Return a value without secrets; what is shown of an id that holds one stands for this one alone."""
        redacted = self._secrets.redact_value(value)
        listed = isinstance(value, dict) and isinstance(redacted, dict) and isinstance(value.get("data"), list)
        both = zip(value["data"], redacted["data"], strict=True) if listed else [(value, redacted)]
        for one, shown in both:
            if isinstance(one, dict) and isinstance(one.get("id"), str) and one["id"] != shown["id"]:
                shown["id"] = self._shown_id(one["id"], shown["id"])
        return redacted

    def _shown_id(self, actual: str, shown: str) -> str:
        with self._lock:
            number, name = 1, shown
            while self._ids.setdefault(name, actual) != actual:
                number += 1
                name = f"{shown}~{number}"
        return name
