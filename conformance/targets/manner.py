"""What an adapter declares of key and address, and the requests of such an SDK as the document has them.

A server behind the SDK knows the document alone. So a request is put into its form before it is answered; what is
judged, and what stands in the evidence, is the request as it left.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from conformance.errors import TargetUnusableError
from conformance.exchange import DOCUMENTED, Manner, Request
from conformance.judging.wire import path_of, token_of

if TYPE_CHECKING:
    from strategies.jsonvalues import JSON

_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?::\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+))?")
_FORMS = "'Authorization: Bearer', a header such as 'api-key', or None"


def manner_of(adapter: object, spec: str) -> Manner:
    """Return what an adapter declares by ``key_header``, ``path_prefix`` and ``query``, all of them optional.

    Raises :class:`~conformance.errors.TargetUnusableError` where it declares what cannot be.
    """
    header, scheme = _key(getattr(adapter, "key_header", "Authorization: Bearer"), spec)
    prefix = getattr(adapter, "path_prefix", "")
    if not isinstance(prefix, str) or re.search(r"[?#\s]", prefix):
        raise TargetUnusableError(f"{spec}: path_prefix is {prefix!r}", "give a path, such as '/openai'")
    query = getattr(adapter, "query", {})
    if not isinstance(query, dict) or not all(isinstance(one, str) for pair in query.items() for one in pair):
        raise TargetUnusableError(f"{spec}: query is {query!r}", "give names and values, all of them text")
    return Manner(header, scheme, prefix, tuple(query.items()))


def _key(declared: JSON, spec: str) -> tuple[str, str]:
    if declared is None or declared == "":
        return "", ""
    found = _HEADER.fullmatch(declared) if isinstance(declared, str) else None
    if found is None:
        raise TargetUnusableError(f"{spec}: key_header is {declared!r}", f"give {_FORMS}")
    return found[1], found[2] or ""


def told(manner: Manner) -> dict[str, str]:
    """Return what was declared, for the report; nothing where it is what the document says."""
    shown = {}
    if (manner.key_header, manner.key_scheme) != (DOCUMENTED.key_header, DOCUMENTED.key_scheme):
        header = manner.key_header
        shown["key"] = f"{header}: {manner.key_scheme}".removesuffix(": ") if header else "none"
    if manner.path_prefix or manner.query:
        query = urlencode(manner.query)
        shown["path"] = f"{manner.path_prefix}/assistants/{{id}}{f'?{query}' if query else ''}"
    return shown


def documented(request: Request, base_url: str, key: str) -> Request:
    """Return a request as the document has it, its path below ``/assistants``; one that goes elsewhere as it is.

    ``key`` is that of an SDK which has declared that it sends none.
    """
    manner = request.manner
    if manner == DOCUMENTED:
        return request
    sent = urlsplit(request.url)
    prefix = path_of(urlsplit(base_url).path, manner)
    if not sent.path.startswith(f"{prefix}/"):
        return request
    left = [pair for pair in parse_qsl(sent.query, True) if pair not in manner.query]
    path = sent.path.removeprefix(prefix) + (f"?{urlencode(left)}" if left else "")
    token = token_of(request) if manner.key_header else key
    taken = {"authorization", manner.key_header.lower()}
    headers = tuple((name, value) for name, value in request.headers if name.lower() not in taken)
    return replace(request, path=path, headers=(*headers, *((("Authorization", f"Bearer {token}"),) if token else ())))
