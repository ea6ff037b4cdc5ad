"""Faults in how bytes become a body: lenient or brittle readers, content types, keys."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING

from conformance.exchange import Request
from conformance.reference import errors
from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.places import everywhere
from conformance.reference.faults.steps import Reading, is_modify
from strategies.jsonvalues import NotJSONError, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reference.faults.fault import Shown
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_ALSO = ("transport.*", "response.error.*")


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _lenient()
    yield from _crashing()
    yield from _numbers()
    yield from _texts()
    yield from _spelling()
    yield from _content_types()
    yield from _keys()
    yield from _afterwards()


def _reading(
    name: str, requirement: str, words: str, change: Callable[[bytes, Callable[[bytes], JSON]], JSON], *shows: Shown
) -> Fault:
    return Fault(name, requirement, words, partial(Reading, change), shows, _ALSO)


def _repaired(repair: Callable[[bytes], bytes]) -> Callable[[bytes, Callable[[bytes], JSON]], JSON]:
    """Read what cannot be read once more, repaired."""

    def change(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        try:
            return read(data)
        except Refusal:
            return read(repair(data))

    return change


def _lenient() -> Iterator[Fault]:
    lenient, malformed = "transport.lenient_syntax", "transport.malformed"
    repairs: tuple[tuple[str, str, str, Callable[[bytes], bytes], bytes], ...] = (
        ("trailing-commas-taken", lenient, "takes commas before closing brackets", lambda data: re.sub(rb",\s*([}\]])", rb"\1", data), b'{"name":"x",}'),
        ("comments-taken", lenient, "takes comments", lambda data: re.sub(rb"/\*.*?\*/|//[^\n]*", b"", data), b'{"name":"x"/* c */}'),
        ("single-quotes-taken", lenient, "takes single quotes", lambda data: data.replace(b"'", b'"'), b"{'name':'x'}"),
        ("bare-keys-taken", malformed, "takes keys without quotes", lambda data: re.sub(rb"([{,]\s*)([a-z_]+)(\s*:)", rb'\1"\2"\3', data), b'{name:"x"}'),
        ("unclosed-closed", "transport.truncated", "closes what a truncated body left open", _closed, b'{"name":"x"'),
        ("rest-ignored", "transport.trailing_data", "ignores what follows the JSON of a body", _first, b'{"name":"x"} x'),
        ("second-body-ignored", "transport.trailing_data", "ignores a second JSON value", _first_of_two, b'{"name":"x"}{}'),
        ("latin-1-taken", "transport.invalid_utf8", "reads what is no UTF-8 as Latin-1", lambda data: data.decode("latin-1").encode(), b'{"name":"\xe9"}'),
        ("raw-control-taken", malformed, "takes a raw line break in a string", lambda data: re.sub(rb'(?<=[a-z])[\n\t](?=[a-z])', b" ", data), b'{"name":"a\nb"}'),
    )
    for name, requirement, words, repair, sample in repairs:
        yield _reading(name, requirement, words, _repaired(repair), sample)
    yield _reading("malformed-as-nothing", malformed, "takes what it cannot read for {}", _as_nothing, b'{"name"')
    empty = partial(_instead, b"", b"{}")
    yield _reading("empty-as-nothing", "transport.empty", "takes an empty body for {}", empty, b"")
    invalid = _repaired(lambda data: data.decode("utf-8", "ignore").encode())
    yield _reading("invalid-utf-8-dropped", "transport.invalid_utf8", "drops bytes that are no UTF-8", invalid, b'{"name":"a\xff"}')
    for name, words, value in (("list", "an empty list", b"[]"), ("true", "true", b"true"), ("number", "0", b"0"), ("text", "an empty string", b'""')):
        taken = partial(_instead, value, b"{}")
        yield _reading(f"{name}-as-object", "transport.not_an_object", f"takes {words} as body for {{}}", taken, value)


def _instead(found: bytes, instead: bytes, data: bytes, read: Callable[[bytes], JSON]) -> JSON:
    return read(instead if data.strip() == found else data)


def _as_nothing(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
    try:
        return read(data)
    except Refusal:
        if not data.strip():
            raise
        return {}


def _closed(data: bytes) -> bytes:
    for end in (b"}", b'"}', b"]}", b'"]}', b"}]}", b"}}", b'"}}'):
        try:
            json.loads(data + end)
        except ValueError:
            continue
        return data + end
    return data


def _first(data: bytes) -> bytes:
    try:
        value, _ = json.JSONDecoder().raw_decode(data.decode())
    except ValueError:
        return data
    return json.dumps(value).encode()


def _first_of_two(data: bytes) -> bytes:
    end = data.find(b"}{")
    return data if end < 0 else data[: end + 1]


def _crash(picks: Callable[[bytes], bool]) -> Callable[[bytes, Callable[[bytes], JSON]], JSON]:
    def change(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        if picks(data):
            raise RuntimeError("the reader broke down")
        return read(data)

    return change


def _is_malformed(data: bytes) -> bool:
    try:
        decode(data)
    except NotJSONError:
        return bool(data)
    return False


def _odd(what: str) -> Callable[[bytes], bool]:
    def picks(data: bytes) -> bool:
        try:
            return what in decode(data).oddities
        except NotJSONError:
            return False

    return picks


def _is_deep(data: bytes) -> bool:
    return data.count(b"[") > 500 or data.count(b"{") > 500


def _is_no_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return True
    return False


def _crashing() -> Iterator[Fault]:
    """Bodies that a server answers with 500."""
    digits = re.compile(rb"[0-9]{1000}")
    crashes: tuple[tuple[str, str, str, Callable[[bytes], bool], bytes], ...] = (
        ("malformed", "malformed", "malformed JSON", _is_malformed, b"{"),
        ("truncated", "truncated", "JSON that ends in a string", lambda data: _is_malformed(data) and data.count(b'"') % 2 == 1, b'{"name":"x'),
        ("empty", "empty", "an empty body", lambda data: not data, b""),
        ("duplicates", "duplicate_keys", "repeated keys", _odd("duplicate_key"), b'{"name":"a","name":"b"}'),
        ("invalid-utf-8", "invalid_utf8", "bytes that are no UTF-8", _is_no_utf8, b'{"name":"\xff"}'),
        ("byte-order-mark", "byte_order_mark", "a byte-order mark", lambda data: data[:3] == b"\xef\xbb\xbf", b"\xef\xbb\xbf{}"),
        ("surrogates", "surrogates", "half a surrogate pair", _odd("lone_surrogate"), b'{"name":"\\ud800"}'),
        ("nul", "nul", "NUL in a string", _odd("nul"), b'{"name":"a\\u0000b"}'),
        ("deep-nesting", "deep_nesting", "deep nesting", _is_deep, b'{"name":' + b"[" * 600 + b"]" * 600 + b"}"),
        ("long-numbers", "long_numbers", "numbers of more than 1,000 digits", lambda data: digits.search(data) is not None, b'{"temperature":' + b"1" * 2000 + b"}"),
        ("large-bodies", "large_body", "more than 2 MiB", lambda data: len(data) > 2 << 20, b'{"name":"' + b"x" * (3 << 20) + b'"}'),
        ("lists", "not_an_object", "a list as body", lambda data: data.strip()[:1] == b"[", b"[]"),
        ("strings", "not_an_object", "a string as body", lambda data: data.strip()[:1] == b'"', b'"x"'),
        ("null", "not_an_object", "null as body", lambda data: data.strip() == b"null", b"null"),
        ("not-a-number", "not_finite", "NaN", lambda data: b"NaN" in data and b'"NaN"' not in data, b'{"temperature":NaN}'),
        ("trailing-data", "trailing_data", "a second JSON value", lambda data: b"}{" in data.replace(b" ", b"") and _is_malformed(data), b"{}{}"),
        ("comments", "lenient_syntax", "comments", lambda data: b"/*" in data and _is_malformed(data), b"{/**/}"),
    )
    for name, requirement, words, picks, sample in crashes:
        yield _reading(f"server-error-on-body-of-{name}", f"transport.{requirement}", f"answers 500 to {words}", _crash(picks), sample)


def _numbers() -> Iterator[Fault]:
    def nan_as_null(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        try:
            return read(data)
        except Refusal:
            value = json.loads(data, parse_constant=lambda text: None) if b"NaN" in data or b"Infinity" in data else read(data)
            return read(json.dumps(value).encode())

    def infinity_clamped(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        try:
            return read(data)
        except Refusal:
            value = _parsed_or_refused(data, read)
            return everywhere(value, lambda item: 1 if item in (float("inf"), float("-inf")) else item)

    def long_cut(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        return read(re.sub(rb"([0-9])[0-9]{999,}", rb"\1", data))

    finite = "transport.not_finite"
    yield _reading("nan-as-null", finite, "takes NaN and Infinity for null", nan_as_null, b'{"temperature":NaN}')
    yield _reading("overflow-as-one", finite, "takes numbers beyond a double for 1", infinity_clamped, b'{"temperature":1e400}')
    words = "reads the first digit of numbers of more than 1,000"
    yield _reading("long-numbers-cut", "transport.long_numbers", words, long_cut, b'{"temperature":' + b"1" * 2000 + b"}")


def _parsed_or_refused(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return read(data)


def _texts() -> Iterator[Fault]:
    """Text that is altered on its way in."""

    def text(alter: Callable[[str], str]) -> Callable[[bytes, Callable[[bytes], JSON]], JSON]:
        def change(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
            return everywhere(read(data), lambda item: alter(item) if isinstance(item, str) else item)

        return change

    lone = rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
    pairs = re.compile(rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|" + lone)

    def without_halves(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        return read(pairs.sub(lambda match: match[1] or b"", data))

    def questioned(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        return read(pairs.sub(lambda match: match[1] or b"?", data))

    nul = b'{"name":"a\\u0000b"}'
    half = b'{"name":"a\\ud800b"}'
    yield _reading("nul-ends-text", "transport.nul", "cuts text at NUL", text(lambda item: item.partition("\0")[0]), nul)
    yield _reading("nul-dropped", "transport.nul", "drops NUL from text", text(lambda item: item.replace("\0", "")), nul)
    yield _reading("nul-as-space", "transport.nul", "turns NUL into a space", text(lambda item: item.replace("\0", " ")), nul)
    yield _reading("half-pairs-dropped", "transport.surrogates", "drops halves of surrogate pairs", without_halves, half)
    yield _reading("half-pairs-questioned", "transport.surrogates", "turns halves of surrogate pairs into ?", questioned, half)
    yield _reading("duplicates-joined", "transport.duplicate_keys", "joins the values of repeated keys", _joined, b'{"name":"a","name":"b"}')
    yield _reading("byte-order-mark-breaks-body", "transport.byte_order_mark", "takes a body with a byte-order mark for {}", _mark_kept, b'\xef\xbb\xbf{"name":"x"}')


def _joined(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
    def pairs(items: list[tuple[str, JSON]]) -> dict[str, JSON]:
        found: dict[str, JSON] = {}
        for key, value in items:
            both = key in found and isinstance(value, str) and isinstance(found[key], str)
            found[key] = f"{found[key]},{value}" if both else value
        return found

    value = read(data)
    return json.loads(data, object_pairs_hook=pairs) if _odd("duplicate_key")(data) else value


def _mark_kept(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
    return {} if data[:3] == b"\xef\xbb\xbf" else read(data)


def _spelling() -> Iterator[Fault]:
    """The same JSON, written in another way, is not the same to the server."""

    def refusing(picks: Callable[[bytes], bool]) -> Callable[[bytes, Callable[[bytes], JSON]], JSON]:
        def change(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
            if picks(data):
                raise errors.not_json()
            return read(data)

        return change

    def escapes_kept(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        return read(re.sub(rb"(?<!\\)\\u(00[4-7][0-9a-fA-F])", rb"\\\\u\1", data))

    def pairs_torn(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        return read(re.sub(rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})", rb"\\ufffd\\ufffd", data))

    def slash_kept(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        return read(re.sub(rb"(?<!\\)\\/", rb"\\\\/", data))

    spelling = "roundtrip.serialisation"
    yield _reading("escapes-kept", spelling, "keeps escapes of letters as they are written", escapes_kept, b'{"name":"\\u0041"}')
    yield _reading("escaped-pairs-torn", spelling, "reads an escaped surrogate pair as two characters", pairs_torn, b'{"name":"\\ud83d\\ude00"}')
    yield _reading("escaped-slash-kept", spelling, "keeps the backslash before a slash", slash_kept, b'{"name":"a\\/b"}')
    begin = refusing(lambda data: data[:1] in b" \n\t\r" and bool(data.strip()))
    yield _reading("leading-space-refused", spelling, "refuses a body that begins with white space", begin, b' {"name":"x"}')
    end = refusing(lambda data: data[-1:] in b" \n\t\r" and bool(data.strip()))
    yield _reading("trailing-space-refused", spelling, "refuses a body that ends with white space", end, b'{"name":"x"}\n')
    lines = refusing(lambda data: re.search(rb"[{,]\s*\n", data) is not None)
    yield _reading("indented-refused", spelling, "refuses a body of several lines", lines, b'{\n"name":"x"\n}')
    tag = refusing(lambda data: re.search(rb'\[\s*\{\s*"(function|file_search)"', data) is not None)
    yield _reading("type-first", spelling, "refuses a tool whose type does not come first", tag, b'{"tools":[{"file_search":{},"type":"file_search"}]}')
    capitals = refusing(lambda data: re.search(rb"\\u[0-9a-f]*[A-F]", data) is not None)
    yield _reading("capital-escapes-refused", spelling, "refuses capitals in escapes", capitals, b'{"name":"\\u00E9"}')
    exponent = refusing(lambda data: re.search(rb"[0-9][eE][+-]?[0-9]", re.sub(rb'"(\\.|[^"\\])*"', b"", data)) is not None)
    yield _reading("exponents-refused", spelling, "refuses numbers with an exponent", exponent, b'{"temperature":5e-1}')


class _TypeJudge(Behaviour):
    """Judges content types in another way."""

    def __init__(self, judge: Callable[[str | None], None]) -> None:
        self._judge = judge

    def check_content_type(self, content_type: str | None) -> None:
        """Ask the function first."""
        self._judge(content_type)
        super().check_content_type(content_type)


def _post(content_type: str | None) -> Request:
    headers = () if content_type is None else (("content-type", content_type),)
    return Request("POST", "/assistants/{id}", headers, b'{"name":"Typed"}')


def _content_types() -> Iterator[Fault]:
    def charset_refused(content_type: str | None) -> None:
        if content_type and ";" in content_type:
            raise errors.not_json_type(content_type)

    def capitals_refused(content_type: str | None) -> None:
        if content_type and content_type != content_type.lower() and content_type.lower().startswith("application/json"):
            raise errors.not_json_type(content_type)

    def broken_on_others(content_type: str | None) -> None:
        if content_type and "json" not in content_type.lower():
            raise RuntimeError(content_type)

    def broken_without(content_type: str | None) -> None:
        if not content_type:
            raise RuntimeError("no content type")

    def broken_on_charset(content_type: str | None) -> None:
        if content_type and "charset=" in content_type.lower() and "utf-8" not in content_type.lower():
            raise RuntimeError(content_type)

    judges: tuple[tuple[str, str, str, Callable[[str | None], None], str | None], ...] = (
        ("charset-refused", "charset", "refuses application/json; charset=utf-8", charset_refused, "application/json; charset=utf-8"),
        ("type-capitals-refused", "charset", "refuses Application/JSON", capitals_refused, "Application/JSON"),
        ("server-error-on-other-types", "content_type", "answers 500 to another content type than JSON", broken_on_others, "text/plain"),
        ("server-error-without-type", "content_type", "answers 500 to a body without a content type", broken_without, None),
        ("server-error-on-charset", "charset", "answers 500 to a charset other than UTF-8", broken_on_charset, "application/json; charset=utf-16"),
    )
    for name, requirement, words, judge, sample in judges:
        yield Fault(name, f"transport.{requirement}", words, partial(_TypeJudge, judge), (_post(sample),), _ALSO)
    yield Fault(
        "other-types-as-nothing",
        "transport.content_type",
        "takes a body of another content type than JSON for {}, and answers 200",
        _Deaf,
        (_post("text/plain"), Request("GET", "/assistants/{id}")),
        _ALSO,
    )


class _Deaf(Behaviour):
    """Does not read a body that says that it is no JSON."""

    def read_body(self, request: Request) -> dict[str, JSON]:
        """Return nothing for other content types."""
        content_type = (request.header("content-type") or "application/json").lower()
        return super().read_body(request) if "json" in content_type else {}


class _KeyJudge(Behaviour):
    """Judges keys in another way."""

    def __init__(self, judge: Callable[[Refusal, Request], None]) -> None:
        self._judge = judge

    def authorise(self, request: Request, api_key: str | None) -> None:
        """Ask the function what becomes of a refusal."""
        try:
            super().authorise(request, api_key)
        except Refusal as refusal:
            self._judge(refusal, request)


def _keys() -> Iterator[Fault]:
    def has_key(request: Request) -> bool:
        return bool(request.header("authorization"))

    def let_in(*, missing: bool) -> Callable[[Refusal, Request], None]:
        def judge(refusal: Refusal, request: Request) -> None:
            if has_key(request) is missing:
                raise refusal

        return judge

    def with_status(status: int, *, missing: bool) -> Callable[[Refusal, Request], None]:
        def judge(refusal: Refusal, request: Request) -> None:
            if has_key(request) is not missing:
                raise Refusal(refusal.message, status=status)
            raise refusal

        return judge

    wrong: Shown = Request("POST", "/assistants/{id}", (("authorization", "Bearer wrong"),), b'{"name":"x"}')
    none: Shown = Request("POST", "/assistants/{id}", (("authorization", ""),), b'{"name":"x"}')
    for kind, missing, sample in (("missing", True, none), ("wrong", False, wrong)):
        requirement = f"transport.{kind}_key"
        judges: tuple[tuple[str, str, Callable[[Refusal, Request], None]], ...] = (
            (f"{kind}-key-let-in", f"obeys a modify with a {kind} key", let_in(missing=missing)),
            (f"{kind}-key-403", f"answers 403 to a {kind} key", with_status(403, missing=missing)),
            (f"{kind}-key-404", f"answers 404 to a {kind} key", with_status(404, missing=missing)),
            (f"{kind}-key-500", f"answers 500 to a {kind} key", with_status(500, missing=missing)),
        )
        for name, words, judge in judges:
            yield Fault(name, requirement, words, partial(_KeyJudge, judge), (sample,), _ALSO, key="sk-conformance")


class _Wounded(Behaviour):
    """Breaks down once more after certain bodies."""

    def __init__(self, wounds: Callable[[Request], bool]) -> None:
        self._wounds = wounds
        self._wounded = False

    def intercept(self, store: Store, request: Request) -> None:
        """Break down when the body before was a wound."""
        if not is_modify(request):
            return
        wounded, self._wounded = self._wounded, self._wounds(request)
        if wounded and not self._wounded:
            raise RuntimeError("the worker is gone")


def _afterwards() -> Iterator[Fault]:
    wounds: tuple[tuple[str, str, Callable[[Request], bool], bytes], ...] = (
        ("malformed-body", "a malformed body", lambda request: _is_malformed(request.body), b"{"),
        ("large-body", "a body of more than 2 MiB", lambda request: len(request.body) > 2 << 20, b'{"name":"' + b"x" * (3 << 20) + b'"}'),
        ("deep-body", "a deeply nested body", lambda request: _is_deep(request.body), b'{"name":' + b"[" * 600 + b"]" * 600 + b"}"),
    )
    for name, words, picks, sample in wounds:
        yield Fault(
            f"broken-after-{name}",
            "transport.still_serves",
            f"answers 500 to the modify that follows {words}",
            partial(_Wounded, picks),
            (sample, {"name": "After"}),
            ("transport.*", "response.*", "validation.*", "sequences.*", "roundtrip.*"),
        )
