"""What a run sends over HTTP, sent again by a bare ``httpx.Client``: ``python bare_client.py URL EFFORT``.

Prints, as JSON, how many requests were sent again and in how many seconds. What httpx has no way to send is left out;
ids of assistants are those that the server gives now.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import httpx

from conformance.catalogue import catalogue
from conformance.run import Run, edition_of
from conformance.settings import Settings, select
from conformance.targets.http import HttpTarget

Sent = tuple[str, str, list[tuple[bytes, bytes]], bytes, str]
"""Method, target, headers, body, and the id of the assistant that was made."""


def recorded(url: str, effort: Any) -> list[Sent]:
    """Judge a server; return what was sent, in its order."""
    found: list[Sent] = []
    once = HttpTarget._once

    def listened(self: HttpTarget, pool: Any, outgoing: Any, *rest: Any, **named: Any) -> Any:
        response = once(self, pool, outgoing, *rest, **named)
        made = ""
        if outgoing.method == b"POST" and outgoing.recorded.path.endswith("/assistants") and response.status < 300:
            made = json.loads(response.body)["id"]
        target = outgoing.url.target.decode("latin-1")
        found.append((outgoing.method.decode("latin-1"), target, outgoing.headers, outgoing.body, made))
        return response

    HttpTarget._once = listened  # type: ignore[method-assign]
    settings = Settings(target=url, effort=effort)
    Run(settings, select(catalogue(edition_of(settings)), (), ())).carry_out()
    return found


def sent_again(url: str, recording: list[Sent]) -> dict[str, float]:
    """Send everything again; return how many requests there were and the seconds that they took."""
    root = url.removesuffix("/v1")
    ids: dict[str, str] = {}
    left_out = 0
    with httpx.Client(timeout=30) as client:
        started = time.perf_counter()
        for method, target, headers, body, made in recording:
            target = "/".join(ids.get(part, part) for part in target.split("/"))  # noqa: PLW2901
            try:
                answer = client.request(method, root + target, headers=headers, content=body)
            except (httpx.HTTPError, httpx.InvalidURL, ValueError):
                left_out += 1
                continue
            if made:
                ids[made] = answer.json()["id"]
        seconds = time.perf_counter() - started
    return {"requests": len(recording) - left_out, "seconds": seconds}


if __name__ == "__main__":
    print(json.dumps(sent_again(sys.argv[1], recorded(*sys.argv[1:3]))))
