"""Secrets are taken out where evidence is taken in, so that nothing later can write or print them.

A server may echo a key: in a header, in an error message, inside JSON with some characters escaped, in a URL. Every
such form is replaced. A key of less than six characters is replaced as a whole word only, and left alone in the
values that are judged: ``test`` must not be cut out of an assistant that is called so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from strategies.jsonvalues import JSON

MASK = "***"

_SHORT = 6
_SMELLS = re.compile(r"key|token|secret|sig|password|passwd|auth|credential|cookie", re.IGNORECASE)
_ENTITIES = {"&": ("&amp;",), "<": ("&lt;",), ">": ("&gt;",), '"': ("&quot;", "&#34;"), "'": ("&#39;", "&#x27;")}
_JSON_ESCAPES = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPERS = (b"\\", b"%", b"&")


def smells_of_secret(name: str) -> bool:
    """Return whether a header or query parameter of that name is likely to carry a secret."""
    return _SMELLS.search(name) is not None


class Secrets:
    """Texts that must not be shown, and how they are replaced by ``***``.

    Give the texts as they are sent; empty ones are ignored.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        # Longer ones first: one secret may be the beginning of another.
        self._texts = tuple(sorted({text for text in texts if text}, key=lambda text: (-len(text), text)))
        self._long = tuple(_Pattern(text) for text in self._texts if len(text) >= _SHORT)
        self._short = tuple(_Pattern(text, whole_word=True) for text in self._texts if len(text) < _SHORT)

    def __repr__(self) -> str:
        return f"Secrets({len(self._texts)} texts)"

    def redact_bytes(self, data: bytes) -> bytes:
        """Return the bytes with every secret replaced, in any of the forms in which it may be escaped."""
        for pattern in (*self._long, *self._short):
            data = pattern.redact(data)
        return data

    def redact_text(self, text: str) -> str:
        """Return the text with every secret replaced."""
        if not self._texts:
            return text
        return self.redact_bytes(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def redact_value(self, value: JSON) -> JSON:
        """Return a JSON value with the secrets in its strings and keys replaced, short ones aside."""
        if isinstance(value, str):
            data = value.encode("utf-8", "surrogatepass")
            for pattern in self._long:
                data = pattern.redact(data)
            return data.decode("utf-8", "surrogatepass")
        if isinstance(value, list):
            return [self.redact_value(item) for item in value]
        if isinstance(value, dict):
            return {self.redact_value(key): self.redact_value(item) for key, item in value.items()}
        return value


class _Pattern:
    def __init__(self, text: str, *, whole_word: bool = False) -> None:
        self._plain = b"" if whole_word else text.encode("utf-8", "surrogatepass")
        spelled = b"".join(_spellings(character) for character in text)
        self._pattern = re.compile(rb"(?<![0-9A-Za-z_])" + spelled + rb"(?![0-9A-Za-z_])" if whole_word else spelled)

    def redact(self, data: bytes) -> bytes:
        # The pattern is slow on large bodies, and finds nothing more where nothing is escaped.
        if self._plain and not any(escaper in data for escaper in _ESCAPERS):
            return data.replace(self._plain, MASK.encode())
        return self._pattern.sub(MASK.encode(), data)


def _spellings(character: str) -> bytes:
    """Return a pattern for a character as it stands, and as JSON, URLs and HTML may write it."""
    raw = character.encode("utf-8", "surrogatepass")
    units = character.encode("utf-16-be", "surrogatepass")
    escaped = "".join(f"\\\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2)).encode()
    forms = [rb"(?i:" + escaped + rb")", rb"(?i:" + b"".join(b"%%%02x" % byte for byte in raw) + rb")"]
    if character in _JSON_ESCAPES:
        forms.append(re.escape(_JSON_ESCAPES[character].encode()))
    forms.extend(re.escape(entity.encode()) for entity in _ENTITIES.get(character, ()))
    forms.append(re.escape(raw))
    return b"(?:" + b"|".join(forms) + b")"
