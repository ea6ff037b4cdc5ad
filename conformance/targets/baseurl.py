"""The base URL that a user gave, taken apart once: where to connect, what stands before and after each path.

It may hold a path prefix, a query and credentials. All three are kept for the requests, and the secrets among them
stay out of everything that is shown.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from conformance.errors import UsageError
from conformance.targets.public import may_be_secret
from conformance.targets.secrets import MASK

Pairs = tuple[tuple[str, str], ...]

_ODD = re.compile(r"[\x00-\x20\x7f\\<>^`{|}\"]")
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class BaseURL:
    """A base URL in its parts; ``repr`` shows no secret."""

    scheme: str
    host: str
    """ASCII, without the brackets of an IPv6 address."""
    port: int | None
    path: str
    """Without a slash at its end: ``/v1``, or empty."""
    query: Pairs = ()
    """Names and values, decoded."""
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"BaseURL({self.display!r})"

    @property
    def authority(self) -> str:
        """Host and port as the ``Host`` header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port in (None, PORTS[self.scheme]) else f"{host}:{self.port}"

    @property
    def credentials(self) -> str | None:
        """The value of an ``Authorization`` header for user and password; ``None`` where there are none."""
        if not (self.user or self.password):
            return None
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")

    @property
    def root(self) -> str:
        """Everything before a request's path, credentials shown as ``***``."""
        return f"{self.scheme}://{MASK + '@' if self.credentials else ''}{self.authority}{self.path}"

    @property
    def display(self) -> str:
        """The whole base URL, free of secrets."""
        return self.root + query_text(self.query, hide=True)


def query_text(pairs: Pairs, *, hide: bool = False) -> str:
    """Write a query with its question mark, or nothing; with ``hide``, what may be a secret as ``***``."""
    shown = [
        f"{quote(name, safe='')}={MASK if hide and may_be_secret(name, value) else quote(value, safe='')}"
        for name, value in pairs
    ]
    return "?" + "&".join(shown) if shown else ""


def parse_base_url(text: str) -> BaseURL:
    """Take a base URL apart.

    Raises :class:`~conformance.errors.UsageError` where it is no ``http`` or ``https`` URL with a host, or holds
    a fragment, spaces or a port that is none. The message shows no credentials.
    """
    # A password may hold what ends an authority, so that everything before the last @ may be one.
    shown = re.sub(r"(?<=:)(/*).*@", rf"\1{MASK}@", text, flags=re.DOTALL)
    shown = re.split(r"[?#]", shown)[0]
    if _ODD.search(text):
        raise UsageError(f"the URL {shown!r} holds a character that no URL may hold", "percent-encode it")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # which may quote a password
        told = f"{shown!r} is not a valid URL: check its host and port"
        raise UsageError(told, "give one such as http://127.0.0.1:8123/v1") from None
    if parts.scheme not in PORTS or not host:
        raise UsageError(f"the URL {shown!r} has no host", "give one such as http://127.0.0.1:8123/v1")
    if parts.fragment or text.endswith("#"):
        raise UsageError(f"the URL {shown!r} holds a fragment", "leave out the # and what follows it")
    try:
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise UsageError(f"the host of {shown!r} is not a valid host name", "check how it is written") from None
    return BaseURL(
        parts.scheme,
        ascii_host,
        port,
        quote(parts.path, safe="/%:@!$&'()*+,;=~-._").rstrip("/"),
        tuple(parse_qsl(parts.query, keep_blank_values=True)),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )
