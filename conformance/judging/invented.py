"""What an SDK gives its caller that never came over the wire: values filled in, and words put in the server's mouth."""

from __future__ import annotations

import re
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.judging.differences import Difference, Kind, differences
from strategies.editions import every_field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strategies.jsonvalues import JSON

_NESTED = frozenset({
    *("code_interpreter", "file_search", "function", "file_ids", "vector_store_ids", "max_num_results", "type"),
    *("ranking_options", "ranker", "score_threshold", "description", "parameters", "strict", "json_schema", "schema"),
})  # fmt: skip
"""Names that the document has below the top of an assistant."""
_SAYS_NOTHING = frozenset({
    *("an", "and", "api", "at", "by", "call", "class", "client", "code", "could", "did", "error", "exception", "exit"),
    *("failed", "failure", "for", "from", "get", "got", "had", "has", "http", "https", "in", "invalid", "is", "it"),
    *("message", "no", "none", "not", "null", "of", "on", "or", "patch", "post", "put", "reason", "received"),
    *("request", "response", "returned", "server", "status", "that", "the", "there", "this", "to", "type"),
    *("unexpected", "url", "was", "were", "with"),
})  # fmt: skip
"""Words of a message that merely says that a call has failed."""
_WORD = re.compile(r"[a-z]{2,}")
_ADDRESS = re.compile(r"\w+://\S+|/\S+")


def _top() -> frozenset[str]:
    return every_field() | {"id", "object", "created_at"}


def invented(came: dict[str, JSON], got: JSON) -> Iterator[Difference]:
    """Return the values of an assistant that the caller got and that did not come.

    What the document does not name an SDK may add on its own account, such as the id of the request; null and an empty
    list or object say no more than that there was nothing.
    """
    for difference in differences(came, got):
        if difference.kind is not Kind.INVENTED or difference.free or difference.got in (None, [], {}):
            continue
        place = difference.place
        names = _top() if len(place) == 1 else _NESTED | _top()
        if place[-1] in names or place[0] == "metadata":
            yield difference


def is_made_up(body: JSON, got: JSON) -> bool:
    """Return whether a caller got an object where none came, or one with members that did not come."""
    if not isinstance(got, dict):
        return False
    if not isinstance(body, dict):
        return True
    names = _top()
    return any(value not in (None, [], {}) and key in names and key not in body for key, value in got.items())


def replaces_message(message: str, came: str, status: int, kind: str, members: tuple[JSON, ...]) -> bool:
    """Return whether an error says other words in the place of the server's, and not just that the call has failed.

    ``kind`` is the name of the error's class, ``members`` what else the server said.
    """
    said = _words(came)
    known = {*_SAYS_NOTHING, *said, *_words(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind)), kind.lower()}
    known |= {word for member in members for word in _words(str(member))}
    with suppress(ValueError):
        known |= _words(HTTPStatus(status).phrase)
    others = _words(_ADDRESS.sub(" ", message)) - known
    # The message may be cut, and so its last word.
    return any(not any(whole.startswith(word) for whole in said) for word in others)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))
