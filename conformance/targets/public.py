"""What is no secret, whoever gives it: what the published document says itself, or HTTP in requests of everybody.

``--header Accept=application/json`` must not have each ``application/json`` taken out of what is judged.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from conformance.targets.secrets import SHORT, smells_of_secret

_COMMON = (
    "application/json; charset=utf-8 application/problem+json text/event-stream text/plain text/html */* identity gzip "
    "deflate br keep-alive close no-cache no-store max-age=0 en-us en-gb utf-8 assistants=v2 return=representation "
    "production staging development preview testing localhost default conformance 127.0.0.1 http/1.1 chunked "
    "xmlhttprequest python"
)


@cache
def _published() -> str:
    folder = resources.files("strategies.editions")
    texts = (entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".json"))
    return "\n".join((*texts, _COMMON)).lower()


def is_public(text: str) -> bool:
    """Return whether a text stands in the published document, or in requests of everybody."""
    return text.strip().lower() in _published()


def may_be_secret(name: str, value: str) -> bool:
    """Return whether the value of a header or query parameter is to be hidden: all but what says nothing of anybody."""
    return smells_of_secret(name) or (len(value) >= SHORT and not is_public(value))
