"""The one redirect that a server target follows: to the same URL with a slash at the end of its path.

Frameworks answer in this way where a route ends in a slash. The statuses that keep method and body (RFC 9110, 15.4.8
and 15.4.9) are followed; so are the others for a GET, which they do not alter. What leads anywhere else, to another
host above all, is left as it came: a key is sent to nobody but the server that it was given for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from conformance.exchange import Request, Response

_FOR_ALL = frozenset({307, 308})
_FOR_GET = frozenset({301, 302})
_PORTS = {"http": 80, "https": 443}


def leads_to_slash(sent: Request, response: Response) -> bool:
    """Return whether a response redirects a request, as it left, to its own URL with a slash at the end of the path."""
    location = response.header("location")
    followed = response.status in _FOR_ALL or (response.status in _FOR_GET and sent.method == "GET")
    if not followed or location is None:
        return False
    try:
        here, there = urlsplit(sent.url), urlsplit(urljoin(sent.url, location.strip()))
        same_server = _server(here) == _server(there)
    except ValueError:
        return False
    return same_server and there.path == f"{here.path}/"


def with_slash(request: Request) -> Request:
    """Return a request with a slash at the end of its path, before its query."""
    path, mark, query = request.path.partition("?")
    return replace(request, path=f"{path}/{mark}{query}")


def _server(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
