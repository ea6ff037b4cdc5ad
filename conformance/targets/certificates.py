"""How certificates of servers are checked: by the authorities of everybody, by those of a file, or not at all."""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

from conformance.errors import UsageError
from conformance.targets.environment import CERTIFICATES, stale_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

UNCHECKED = "certificates were not checked (--insecure); to repeat a request, curl needs -k"


def tls(ca_bundle: str | None = None, *, insecure: bool = False) -> ssl.SSLContext:
    """Return what certificates are checked by: the authorities in a file, those of everybody, or nothing.

    Raises :class:`UsageError` where the file, or what the environment names in its place, contains no certificates.
    """
    import httpx  # noqa: PLC0415 - a target without TLS does without it

    if insecure and ca_bundle is not None:
        raise UsageError("--insecure and --ca-bundle exclude each other", "leave one of them out")
    if insecure:
        return httpx.create_ssl_context(verify=False)
    if ca_bundle is not None:
        return _of_file(ca_bundle)
    remedy = "unset it, or name a file of certificates"
    if stale := stale_certificate():
        raise UsageError(f"the certificates for https cannot be read: {stale}", remedy)
    try:
        return httpx.create_ssl_context()
    except (OSError, ValueError) as error:
        set_ = "; ".join(f"{name} is {os.environ[name]}" for name in CERTIFICATES if os.environ.get(name))
        raise UsageError(f"the certificates for https cannot be read: {error} ({set_})", remedy) from error


def _of_file(path: str) -> ssl.SSLContext:
    remedy = "name a file of certificates in PEM"
    try:
        return ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        raise UsageError(f"--ca-bundle: {path} contains no certificate", remedy) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"--ca-bundle: cannot read {path}: {reason}", remedy) from None


def told(target: str | None, ca_bundle: str | None, *, insecure: bool) -> Iterator[str]:
    """Yield what a report says of how the certificate of a target was checked, where that was not as usual."""
    if not (target or "").lower().startswith("https:"):
        return
    if insecure:
        yield UNCHECKED
    if ca_bundle is not None:
        yield f"certificates were checked by the authorities in {ca_bundle} (--ca-bundle)"
