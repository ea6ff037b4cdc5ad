"""The texts of payloads, by what is wrong with them; :mod:`strategies.payloads` makes requests of them."""

from __future__ import annotations

from enum import Enum

from strategies.extremes import DIGITS, beyond_double, first_out_of_place, out_of_place
from strategies.literals import commas, comments, not_finite, odd_spellings, other_comments, quotes, spellings, words


class Allowed(Enum):
    """What a server may do with a payload."""

    ACCEPT = "accept it"
    REFUSE = "reject it with a 4xx"
    EITHER = "reject it with a 4xx, or accept it and be judged in full"


SENT = '"name":"sent by this payload"'
BODY = f"{{{SENT}}}"
WHOLE = (
    '{"name":"sent by this payload","description":"caf\u00e9 \\u00e9","metadata":{"key":"value"},'
    '"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"temperature":0.25}'
)
"""A valid body that is worth cutting."""

FORM = "application/x-www-form-urlencoded"
MULTIPART = f'--edge\r\nContent-Disposition: form-data; name="name"\r\n\r\n{SENT}\r\n--edge--\r\n'

_Text = tuple[str, "str | bytes"]

TELLING: dict[str, frozenset[str]] = {
    "malformed": frozenset(
        {"missing brace", "unquoted key", "raw line feed in a string", *(one for one, _ in words())}
    ),
    "number spelling": frozenset(one for one, _ in spellings()),
    "no number": frozenset(one for one, _ in not_finite()),
    "beyond double": frozenset(one for one, _ in beyond_double() if one.startswith(("1e400", "-1E400"))),
    "number out of place": first_out_of_place(),
    "trailing comma": frozenset(one for one, _ in commas()),
    "comment": frozenset(one for one, _ in comments()),
    "single quotes": frozenset(one for one, _ in quotes()),
    "no object": frozenset({"array", "array of a body", "string", "body as a string", "number", "true", "null"}),
    "followed": frozenset({"two objects", "a letter", "another body", "comma"}),
    "empty": frozenset({"no bytes", "only white space"}),
    "truncated": frozenset({"after 1 bytes", "after 57 bytes"}),
    "invalid UTF-8": frozenset({"lone continuation byte", "overlong", "half a surrogate pair", "in a key", "Latin-1"}),
    "content type": frozenset({"Application/JSON", "application/json;charset=UTF-8", "absent", "text/plain"}),
    "long number": frozenset(
        {
            "integer of 10,000 digits as temperature",
            "integers of 400 digits in parameters and a schema",
            "too large in parameters",
            "too large in a schema",
            *(
                f"{label} in settings"
                for label in ("too large", "negative", "too small", f"integer of {DIGITS} digits")
            ),
        }
    ),
    "number too small": frozenset({"at several places", "in a schema"}),
    "other encoding": frozenset({"utf-16", "utf-32"}),
}
"""Payloads that go into every run, of kinds of which more than the first do."""

REFUSED: dict[str, tuple[_Text, ...]] = {
    "malformed": (
        ("missing brace", f"{{{SENT}"),
        ("missing opening brace", f"{SENT}}}"),
        ("unquoted key", '{name:"a"}'),
        ("bare word", '{"name":a}'),
        *words(),
        ("missing colon", '{"name" "a"}'),
        ("missing value", '{"name":}'),
        ("missing comma", '{"name":"a" "description":"b"}'),
        ("two commas", '{"name":"a",,"description":"b"}'),
        ("equals sign", '{"name"="a"}'),
        ("raw tab in a string", '{"name":"a\tb"}'),
        ("raw line feed in a string", '{"name":"a\nb"}'),
        ("raw NUL in a string", '{"name":"a\0b"}'),
        ("unterminated string", '{"name":"a}'),
        ("invalid escape", '{"name":"\\x61"}'),
        ("short escape", '{"name":"\\u12"}'),
        ("brackets crossed", '{"tools":[}]'),
        ("form feed for white space", '{\f"name":"a"}'),
        ("no-break space for white space", '{\u00a0"name":"a"}'),
        ("no JSON at all", "name is changed"),
        ("HTML", "<!doctype html><title>name</title>"),
    ),
    "empty": (("no bytes", ""), ("only white space", " \t\r\n ")),
    "followed": (
        ("two objects", "{} {}"),
        ("a letter", "{}x"),
        ("another body", BODY + BODY),
        ("a body a line", f"{BODY}\n{BODY}\n"),
        ("closing bracket", f"{BODY}]"),
        ("closing brace", f"{BODY}}}"),
        ("comma", f"{BODY},"),
        ("NUL", f"{BODY}\0"),
        ("no JSON", f"{BODY} trailing"),
    ),
    "trailing comma": (*commas(), ("in an empty object", "{,}")),
    "comment": (
        *comments(),
        *other_comments(),
        ("in front of the body", f"/* comment */{BODY}"),
        ("with a hash in front", f"# comment\n{BODY}"),
    ),
    "single quotes": (*quotes(), ("around all", "{'name':'a'}")),
    "no object": (
        ("array", "[]"),
        ("array of a body", f"[{BODY}]"),
        ("array of pairs", '[["name","a"]]'),
        ("string", '"name"'),
        ("body as a string", '"{\\"name\\":\\"a\\"}"'),
        ("number", "1"),
        ("true", "true"),
        ("false", "false"),
        ("null", "null"),
    ),
    "no number": (
        *not_finite(),
        *((f"{word} as top_p", f'{{"top_p":{word}}}') for word in ("nan", "inf", "-NaN")),
    ),
    "number spelling": (*spellings(), *odd_spellings()),
    "beyond double": tuple(beyond_double()),
    "number out of place": out_of_place(),
    "invalid UTF-8": (
        ("lone continuation byte", b'{"name":"a\x80b"}'),
        ("overlong", b'{"name":"a\xc0\xafb"}'),
        ("overlong NUL", b'{"name":"a\xc0\x80b"}'),
        ("truncated sequence", b'{"name":"a\xe2\x82"}'),
        ("half a surrogate pair", b'{"name":"a\xed\xa0\x80b"}'),
        ("beyond U+10FFFF", b'{"name":"a\xf4\x90\x80\x80b"}'),
        ("byte that never occurs", b'{"name":"a\xffb"}'),
        ("in a key", b'{"metadata":{"a\xff":"b"}}'),
        ("Latin-1", '{"name":"caf\u00e9"}'.encode("latin-1")),
    ),
}
"""What no server may accept, whatever its reader; as text in UTF-8 or as bytes."""

DIFFER = "readers of JSON in use differ about it"

EITHER: dict[str, tuple[str, tuple[_Text, ...]]] = {
    "duplicate keys": (
        "RFC 8259 says that names should differ, and leaves the rest open",
        (
            ("two valid values", '{"name":"a","name":"b"}'),
            ("the same value", '{"name":"a","name":"a"}'),
            ("the last one invalid", '{"name":"a","name":1}'),
            ("the first one invalid", '{"name":1,"name":"a"}'),
            ("the last number invalid", '{"temperature":1,"temperature":3}'),
            ("the first number invalid", '{"temperature":3,"temperature":1}'),
            ("written differently", '{"name":"a","n\\u0061me":"b"}'),
            ("in metadata", '{"metadata":{"key":"a","key":"b"}}'),
            ("type of a tool", '{"tools":[{"type":"code_interpreter","type":"file_search"}]}'),
        ),
    ),
    "byte-order mark": (
        "RFC 8259 lets a reader ignore it or call it an error",
        (("before a body", b"\xef\xbb\xbf" + BODY.encode()),),
    ),
    "other encoding": (
        "RFC 4627 let JSON be UTF-16 or UTF-32, and readers in use still see which it is",
        tuple((form, BODY.encode(form)) for form in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be")),
    ),
    "lone surrogate": (
        "no valid text, yet within the grammar of JSON: it may be rejected, kept or replaced by U+FFFD",
        (
            ("first half", '{"name":"a\\ud800b"}'),
            ("second half", '{"name":"a\\udc00b"}'),
            ("halves in the wrong order", '{"name":"\\udc00\\ud800"}'),
            ("first half at the end", '{"name":"a\\uD83D"}'),
            ("in a metadata key", '{"metadata":{"a\\ud800":"b"}}'),
        ),
    ),
    "NUL": (
        "some stores cannot hold it",
        (
            ("in a name", '{"name":"a\\u0000b"}'),
            ("alone", '{"name":"\\u0000"}'),
            ("in a description", '{"description":"a\\u0000b"}'),
            ("in instructions", '{"instructions":"a\\u0000b"}'),
            (
                "in the description of a function",
                '{"tools":[{"type":"function","function":{"name":"f","description":"a\\u0000b"}}]}',
            ),
            ("in a metadata key", '{"metadata":{"a\\u0000":"b"}}'),
            ("in a metadata value", '{"metadata":{"a":"\\u0000"}}'),
        ),
    ),
}
"""What some servers accept: by kind, why, and the texts."""

CONTENT_TYPES: tuple[tuple[str | None, Allowed, str], ...] = (
    ("application/json; charset=utf-8", Allowed.ACCEPT, "the charset that JSON has anyway"),
    ("application/json;charset=UTF-8", Allowed.ACCEPT, "the charset that JSON has anyway"),
    ("Application/JSON", Allowed.ACCEPT, "RFC 9110: a media type is the same in any case of letters"),
    (None, Allowed.EITHER, "a server may guess"),
    ("", Allowed.EITHER, "a server may guess"),
    ("text/plain", Allowed.EITHER, "415 is as good as reading it"),
    (FORM, Allowed.EITHER, "415 is as good as reading it"),
    ("multipart/form-data; boundary=edge", Allowed.EITHER, "415 is as good as reading it"),
    ("application/json; charset=latin-1", Allowed.EITHER, "JSON has no such parameter"),
    ("application/json; charset=utf-16", Allowed.EITHER, "JSON has no such parameter"),
    ("application/xml", Allowed.EITHER, "415 is as good as reading it"),
    ("application/vnd.api+json", Allowed.EITHER, "415 is as good as reading it"),
    ("application/octet-stream", Allowed.EITHER, "415 is as good as reading it"),
    ("garbage", Allowed.EITHER, "no media type at all"),
    ("application/", Allowed.EITHER, "no media type at all"),
    ("application/json, text/plain", Allowed.EITHER, "no media type at all"),
    (";;;=", Allowed.EITHER, "no media type at all"),
)
"""Content types of a valid body, and whether it may be refused for it."""


def in_parameters(value: str) -> str:
    """Return a valid body with JSON, given as text, inside the free JSON of a function."""
    schema = f'{{"type":"object","default":{value}}}'
    return f'{{"tools":[{{"type":"function","function":{{"name":"f","parameters":{schema}}}}}]}}'
