"""What any request of an SDK says beside its body: words for what was never set, parameters of another operation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from conformance.catalogue import sdk
from conformance.judging.breach import Aspect, Breach

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.exchange import Request

_UNSET = frozenset({"None", "null", "undefined", "nil", "<nil>", "NaN", "[object Object]"})
"""What languages print where there is no value."""
_SAY_SO = frozenset({"origin"})
"""Headers in which such a word has a meaning (RFC 6454, 7.3)."""
_OF_LISTS = frozenset({"limit", "order", "after", "before"})
"""Parameters of the list of assistants, which is asked for under the same path."""

OF_KEYS = re.compile(r"(^|[-_])(api-?key|subscription-key|key|token|secret|authorization|cookie)$", re.IGNORECASE)
"""Names of headers that are for keys."""
_USUAL_PORTS = {"http": ":80", "https": ":443"}
EVIDENCE = frozenset({sdk.UNSET, sdk.OF_LISTS, sdk.KEY_BESIDE})


def judge_leaving(requests: Sequence[Request], base_url: str) -> Iterator[Breach]:
    """Yield what the headers and the addresses of the requests of one call should not say."""
    due = dict(parse_qsl(urlsplit(base_url).query, True))
    for request in requests:
        query = parse_qsl(urlsplit(request.url).query, True) if "?" in request.url else []
        declared = {*due, *(name for name, _ in request.manner.query)}
        said = [(f"the header {name}", value) for name, value in request.headers if name.lower() not in _SAY_SO]
        said += [(f"the parameter {name}", value) for name, value in query if name not in declared]
        for where, value in said:
            if value.strip() in _UNSET:
                yield _breach(sdk.UNSET, f"{where} is left out when it has no value", f"{where} is {value.strip()}")
                break
        if other := _other_host(request):
            yield _breach(sdk.HOST, f"Host: {other}", f"Host: {request.header('host')}")
        key = request.manner.key
        own = (request.manner.key_header or "").lower()
        beside = [
            name
            for name, value in request.headers
            if key and key in value and name.lower() != own and not OF_KEYS.search(name)
        ]
        beside += ["the body"] if key and key.encode() in request.body else []
        if beside:
            yield _breach(sdk.KEY_BESIDE, "the key only in a header for keys", f"the key in {', '.join(beside)}")
        strayed = sorted(name for name, _ in query if name in _OF_LISTS and name not in declared)
        if strayed:
            expected = "a URL without the query parameters of list"
            yield _breach(sdk.OF_LISTS, expected, f"{', '.join(strayed)} in {request.url}")


def _other_host(request: Request) -> str:
    """Return what the header Host is to say, where it is there and says something else."""
    url, host = urlsplit(request.url), request.header("host")
    due = url.netloc.rpartition("@")[2]
    usual = _USUAL_PORTS.get(url.scheme, "")
    same = host is None or host.strip().lower().removesuffix(usual) == due.lower().removesuffix(usual)
    return "" if same else due


def judge_get(requests: Sequence[Request]) -> Iterator[Breach]:
    """Yield what is wrong where a GET carries a body."""
    carried = next((one for one in requests if one.method == "GET" and one.body), None)
    if carried is not None:
        told = f"{len(carried.body)} bytes: {carried.body[:80].decode('utf-8', 'replace')}"
        yield _breach(sdk.GET_BODY, "a GET without a body", told)


def _breach(base: str, expected: str, actual: str) -> Breach:
    return Breach(Aspect.WIRE, base, "", "", expected, actual)
