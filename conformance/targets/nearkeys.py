"""Keys that are nearly the right one: each is to be refused, and none may be shown, since it tells the right one.

:class:`~conformance.targets.secrets.Secrets` takes them out as it does the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_WITHOUT_CASE = "the key in another case"


def near_keys(key: str, scheme: str = "Bearer") -> Mapping[str, str]:
    """Return values of an ``Authorization`` header that are not ``Bearer`` and the key, each with what it is."""
    found = {
        "the key with one character added": f"Bearer {key}x",
        "the key without its last character": f"Bearer {key[:-1]}",
        "the key without its first character": f"Bearer {key[1:]}",
        _WITHOUT_CASE: f"Bearer {key.swapcase()}",
        "the key under the scheme Basic": f"Basic {key}",
        "the key under the scheme Token": f"Token {key}",
        "the key without a scheme": key,
    }
    if not scheme:
        del found["the key without a scheme"]  # which is how it is sent
    for other in ("Basic", "Token"):
        # Without a scheme a reader may take what stands last; and one of its own is no other.
        if scheme.lower() in {"", other.lower()}:
            del found[f"the key under the scheme {other}"]
    if key.swapcase() == key:
        del found[_WITHOUT_CASE]
    return {} if len(key) < 2 else found
