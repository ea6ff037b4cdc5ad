"""Servers with entity tags: some change with the assistant, as they are to, and some do not."""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.exchange import Request, Response
from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.fault import Fault, Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reference.faults.fault import Shown
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_READ = Request("GET", "/assistants/{id}")
_SHOWS: tuple[Shown, ...] = ({"name": "Another", "instructions": "Others"}, _READ)


class _Tagged(Behaviour):
    """Gives a GET of an assistant a tag, and answers 304 to one that names it."""

    def __init__(self, of: Callable[[dict[str, JSON]], JSON], *, weak: bool = False) -> None:
        self._of, self._weak = of, weak

    def finish(self, store: Store, request: Request, response: Response) -> Response:
        """Add the tag."""
        if request.method != "GET" or response.status != HTTPStatus.OK:
            return response
        shown = json.loads(response.body)
        if shown.get("object") != "assistant":
            return response
        digest = hashlib.sha256(json.dumps(self._of(shown), sort_keys=True).encode()).hexdigest()[:16]
        tag = f'W/"{digest}"' if self._weak else f'"{digest}"'
        headers = (*response.headers, ("etag", tag))
        asked = {name.lower(): value for name, value in request.headers}.get("if-none-match")
        if asked == tag:
            return Response(HTTPStatus.NOT_MODIFIED, (("etag", tag),), b"")
        return replace(response, headers=headers)


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    for name, words, of in (
        ("id", "id and time of creation", lambda value: [value["id"], value["created_at"]]),
        ("settings", "model and sampling values", lambda value: [value["model"], value["temperature"]]),
    ):
        sentence = f"makes the tag of an assistant of its {words} alone, and answers 304 to who names it"
        behaviour = partial(_Tagged, of, weak=name != "id")
        yield Fault(f"tag-of-{name}", "roundtrip.reads.stored", sentence, behaviour, _SHOWS, over_http=True)


def variants() -> Iterator[Variant]:
    """Return the variants of this kind."""
    for weak in (False, True):
        kind = "weak" if weak else "strong"
        words = f"gives assistants a {kind} tag of all that they hold, and answers 304 to who names it"
        yield Variant(f"tags-{kind}", words, partial(_Tagged, lambda value: value, weak=weak), _SHOWS, over_http=True)
