"""Breaches of a recording as findings: each with its file and position, and free of the keys that were recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from conformance.campaign.record import finding, step
from conformance.recordings.calls import exchange_of
from conformance.targets.secrets import MASK, Secrets, smells_of_secret
from reports.redacted import parts_redacted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.campaign.record import Role as Part
    from conformance.exchange import Headers
    from conformance.judging.breach import Breach
    from conformance.recordings.calls import Call
    from conformance.recordings.recorded import Recorded
    from conformance.target import Role
    from reports.model import Finding, Step

Played = tuple["Part", "Call"]
"""A call, and the part that it plays in the evidence."""


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the exchanges of a recording went to."""

    role: Role
    base_url: str


def finding_of(breach: Breach, label: str, played: Iterable[Played], role: Role) -> Finding:
    """Return a breach as a finding; ``label`` says where in which file it stands."""
    calls = list(played)
    origin = _Source(role, calls[-1][1].base_url)
    steps = tuple(_step(part, call, origin) for part, call in calls)
    found: Finding = parts_redacted(finding(breach, label, steps, origin), secrets_in(one.recorded for _, one in calls))
    return found


def _step(part: Part, call: Call, origin: _Source) -> Step:
    made = step(part, exchange_of(call), origin)
    if made.request is not None:
        made = replace(made, request=replace(made.request, headers=without_keys(made.request.headers)))
    if made.response is not None:
        made = replace(made, response=replace(made.response, headers=without_keys(made.response.headers)))
    return made


def is_key(name: str) -> bool:
    """Return whether a header or parameter of that name holds a key; ids of requests are none, nor counts of tokens."""
    small = name.lower()
    return smells_of_secret(name) and not any(word in small for word in ("tokens", "idempotency", "request-id"))


def without_keys(headers: Headers) -> Headers:
    """Return headers with keys replaced, their schemes kept."""
    return tuple((name, _masked(value) if is_key(name) else value) for name, value in headers)


def _masked(value: str) -> str:
    scheme, space, rest = value.partition(" ")
    return f"{scheme} {MASK}" if space and rest and scheme.lower() in {"bearer", "basic"} else MASK


def secrets_in(recorded: Iterable[Recorded]) -> Secrets:
    """Return the keys that the headers and URLs of entries hold."""
    keys: set[str] = set()
    for one in recorded:
        for name, value in (*one.request_headers, *one.response_headers):
            if is_key(name):
                keys |= {value.strip(), *(part for part in value.split() if part.lower() not in {"bearer", "basic"})}
        keys |= keys_in_url(one.url)
    return Secrets(keys=keys - {MASK})


def keys_in_url(url: str) -> set[str]:
    """Return what a URL holds of keys: values of parameters that are called so, and user and password."""
    try:
        parts = urlsplit(url)
        found = {value for name, value in parse_qsl(parts.query) if is_key(name)}
        return found | {text for text in (parts.password, parts.username if parts.password else None) if text}
    except ValueError:
        return set()
