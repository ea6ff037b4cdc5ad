"""Secrets are taken out where evidence is taken in, so that nothing later can write or print them.

A target may echo a key: in a header, in an error message, inside JSON with some characters escaped, in a URL, in
base64 or hexadecimal. Every such form is replaced. A key of less than six characters is replaced as a whole word only,
and left alone in the values that are judged: ``test`` must not be cut out of an assistant that is called so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.targets.spellings import (
    LONGEST_ESCAPE,
    ROUNDS,
    Reading,
    as_bytes,
    base64_of,
    escapes_for,
    of_one_alphabet,
    read_once,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from strategies.jsonvalues import JSON

MASK = "***"

SHORT = 6
"""Characters below which a secret may well be a word of everybody's."""
_SMELLS = re.compile(r"key|token|secret|sig|password|passwd|auth|credential|cookie", re.IGNORECASE)
_AT_ONCE = 256 * 1024  # bytes; of a larger body no copies are made whole
_WORD = rb"[0-9A-Za-z_]"
_SPACES = ((b" ", b" "), (b" ", b"+"))
_CORE = 8  # characters from which on a key is found by what its near ones have of it, too
_GREAT = 12  # characters from which on the greater part of a key is one that nobody else has


def smells_of_secret(name: str) -> bool:
    """Return whether a header or query parameter of that name is likely to carry a secret."""
    return _SMELLS.search(name) is not None


class Secrets:
    """Texts that must not be shown, and how they are replaced by ``***``.

    Give the texts as they are sent; empty ones are ignored. Of ``keys`` the greater part of one is replaced as well:
    one that was altered a little, or cut off. ``words`` are replaced as short texts are, however long they are.
    """

    def __init__(self, texts: Iterable[str] = (), keys: Iterable[str] = (), words: Iterable[str] = ()) -> None:
        keys = {key for key in keys if key}
        self._texts = frozenset({text for text in texts if text} | keys)
        words = {word for word in words if word}
        self._given = frozenset(keys), frozenset(words)
        long = [text for text in self._texts if len(text) >= SHORT and text not in words]
        self._escapes = escapes_for(self._texts | words)
        forms = [_Forms(text, is_key=text in keys) for text in long]
        self._plain = _longest_first(form for one in forms for form in one.plain)
        self._coded = _longest_first(form for one in forms for form in one.coded)
        self._hints = _longest_first(form for one in forms for form in one.hints)
        self._keys = tuple(one.lower() for text in long if text in keys for one in as_bytes(text))
        self._words = _whole_words({text for text in self._texts if len(text) < SHORT} | words)
        most = max((len(form) for form in (*self._plain, *self._coded)), default=0)
        self._overlap = min(most * LONGEST_ESCAPE + 64, _AT_ONCE)

    def learn(self, key: str) -> None:
        """Take one key more from now on."""
        keys, words = self._given
        other = Secrets(self._texts, {*keys, key}, words)
        self.__dict__.update(other.__dict__)

    def __repr__(self) -> str:
        return f"Secrets({len(self._texts)} texts)"

    def __bool__(self) -> bool:
        return bool(self._texts) or self._words is not None

    def found_in(self, data: bytes) -> bool:
        """Return whether a secret stands in the bytes in any form, short ones aside."""
        return any(self._is_in(part, short=False) for _, part in self._parts(data))

    def redact_bytes(self, data: bytes, *, short: bool = True) -> bytes:
        """Return the bytes with every secret replaced, in any of the forms in which it may be written."""
        if not self:
            return data
        spans = [
            (at + start, at + end)
            for at, part in self._parts(data)
            if self._is_in(part, short=short)
            for start, end in self._spans(part, short=short)
        ]
        return _masked(data, spans)

    def redact_text(self, text: str, *, short: bool = True) -> str:
        """Return the text with every secret replaced; with ``short`` unset, short ones are left."""
        if not self or not text:
            return text
        data = text.encode("utf-8", "surrogatepass")
        redacted = self.redact_bytes(data, short=short)
        return text if redacted == data else redacted.decode("utf-8", "surrogatepass")

    def redact_value(self, value: JSON) -> JSON:
        """Return a JSON value with the secrets in its strings and keys replaced, short ones aside."""
        if isinstance(value, str):
            return self.redact_text(value, short=False)
        if isinstance(value, list):
            return [self.redact_value(item) for item in value]
        if isinstance(value, dict):
            return {self.redact_text(key, short=False): self.redact_value(item) for key, item in value.items()}
        return value

    def _parts(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield the data in parts that overlap by what the longest form takes, each with its place."""
        if len(data) <= _AT_ONCE:
            yield 0, data
            return
        for at in range(0, len(data), _AT_ONCE):
            yield at, data[at : at + _AT_ONCE + self._overlap]

    def _is_in(self, data: bytes, *, short: bool) -> bool:
        """Return whether any form stands there: this is asked of all that comes, so it is quick where there is none."""
        words = self._words if short else None
        if not self._plain and words is None:
            return False
        read: bytes | None = data
        for _ in range(ROUNDS + 1):
            if read is None:
                return False
            small = read.lower()
            if any(hint in small for hint in self._hints):
                return True
            alike = of_one_alphabet(read)
            if any(form in alike for form in self._coded):
                return True
            if words is not None and words.search(read):
                return True
            read = read_once(read, self._escapes)
        return False

    def _spans(self, data: bytes, *, short: bool) -> Iterator[tuple[int, int]]:
        reading = Reading(data, self._escapes)
        for _ in range(ROUNDS + 1):
            small = reading.data.lower()
            for form in self._plain:
                for start, end in _places(small, form):
                    yield reading.span(*self._with_ends(small, start, end))
            alike = of_one_alphabet(reading.data)
            for form in self._coded:
                for start, end in _places(alike, form):
                    yield reading.span(*_whole_base64(alike, start, end))
            if short and self._words is not None:
                for match in self._words.finditer(reading.data):
                    yield reading.span(*match.span())
            if not reading.again():
                return

    def _with_ends(self, data: bytes, start: int, end: int) -> tuple[int, int]:
        """Return what was found of a key with what stands before and after it, as far as that is the key's."""
        for key in self._keys:
            at = key.find(data[start:end])
            if at >= 0:
                after = key[at + end - start :]
                while at > 0 and start > 0 and data[start - 1] == key[at - 1]:
                    start, at = start - 1, at - 1
                for byte in after:
                    if data[end : end + 1] != bytes([byte]):
                        break
                    end += 1
                break
        return start, end


class _Forms:
    """How one long text is looked for: plainly in small letters, and in base64."""

    def __init__(self, text: str, *, is_key: bool) -> None:
        cases = {text, text.swapcase(), text.upper(), text.lower()}
        raw = {one.lower().replace(*spaces) for case in cases for one in as_bytes(case) for spaces in _SPACES}
        core = text[1:-1] if is_key and len(text) >= _CORE else text
        if is_key and len(text) >= _GREAT:
            self.plain = {part for one in raw for part in _greater_parts(one)}
            self.hints = {_middle(one) for one in raw}
        else:
            self.plain = raw | {one.lower().replace(*spaces) for one in as_bytes(core) for spaces in _SPACES}
            self.hints = set(self.plain)
        # The hints stand, in small letters, wherever one of the plain forms does, and there are fewer of them.
        spelled = [one for case in (core, core.swapcase()) for one in as_bytes(case)]
        self.plain |= {one.hex().encode() for one in spelled}
        self.hints |= {one.hex().encode() for one in spelled}
        cased = (one for case in (core, core.swapcase(), core.upper(), core.lower()) for one in as_bytes(case))
        self.coded = {form for one in cased for form in base64_of(one)}


def _longest_first(forms: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple(sorted(set(forms), key=lambda form: (-len(form), form)))


def _greater_parts(key: bytes) -> tuple[bytes, bytes]:
    """Return the greater part of a key from its beginning, and the one to its end."""
    most = max(_CORE, -(-len(key) * 3 // 5))
    return key[:most], key[-most:]


def _middle(key: bytes) -> bytes:
    """Return what both of these parts have of a key."""
    begun, ended = _greater_parts(key)
    return key[len(key) - len(ended) : len(begun)]


def _places(data: bytes, form: bytes) -> Iterator[tuple[int, int]]:
    at = data.find(form)
    while at >= 0:
        yield at, at + len(form)
        at = data.find(form, at + 1)


_BESIDE = 4  # characters of base64 that may hold the rest of a secret's first or last byte, and its neighbours


def _whole_base64(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Return the place with the characters beside it that hold parts of its first and last bytes."""
    before = re.search(rb"[A-Za-z0-9+/]{0,%d}\Z" % _BESIDE, data[max(0, start - _BESIDE) : start])
    after = re.match(rb"[A-Za-z0-9+/]{0,%d}={0,2}" % _BESIDE, data[end : end + _BESIDE + 2])
    return start - (before.end() - before.start() if before else 0), end + (after.end() if after else 0)


def _whole_words(texts: Iterable[str]) -> re.Pattern[bytes] | None:
    forms: set[bytes] = set()
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        forms.add(re.escape(data))
        if len(data) > 1:
            coded = next(base64_of(data + bytes(-len(data) % 3)))[: -(-len(data) * 8 // 6)]
            forms |= {re.escape(coded) + b"={0,2}", b"(?i:%s)" % data.hex().encode()}
    if not forms:
        return None
    return re.compile(rb"(?<!%s)(?:%s)(?!%s)" % (_WORD, b"|".join(_longest_first(forms)), _WORD))


def _masked(data: bytes, spans: list[tuple[int, int]]) -> bytes:
    if not spans:
        return data
    found: list[bytes] = []
    done = 0
    joined: list[list[int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    for start, end in joined:
        found += (data[done:start], MASK.encode())
        done = end
    return b"".join((*found, data[done:]))
