"""Faults of intermediaries: what looks like an address, a secret, markup or shorthand is rewritten, at one place."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.faults.fault import Fault
from conformance.reference.faults.places import altered, body_with, everywhere
from conformance.reference.faults.steps import Storing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from strategies.jsonvalues import JSON

_NAME, _DESCRIPTION, _INSTRUCTIONS = "name", "description", "instructions"
_VALUES = "metadata.values"
_FUNCTION = "tools[].function.description"
_REPLY = "response_format.json_schema.description"
_PARAMETERS, _SCHEMA = "tools[].function.parameters", "response_format.json_schema.schema"
_FREE = frozenset({_PARAMETERS, _SCHEMA})
_ALSO = ("roundtrip.text.*", "roundtrip.combinations", "roundtrip.large_values", "roundtrip.free_json")
_GROWS = ("response.*.type", "validation.*")
"""What texts break that outgrow their limits."""


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    for kind, name, place, words, alter, sample in _REWRITINGS:
        yield _rewriting(kind, name, place, words, alter, sample)
    yield from _names()


def _rewriting(kind: str, name: str, place: str, words: str, alter: Callable[[str], str], sample: str) -> Fault:
    def text(value: JSON) -> JSON:
        return alter(value) if isinstance(value, str) else value

    def change(field: str, value: JSON) -> JSON:
        if place in _FREE:
            return altered(place, field, value, lambda free: everywhere(free, text))
        return altered(place, field, value, text)

    requirement = "roundtrip.free_json" if place in _FREE else kind if "." in kind else f"roundtrip.text.{kind}"
    shown: JSON = {"type": "object", "default": sample} if place in _FREE else sample
    where = place.replace("[]", "").replace(".", "-").replace("_", "-")
    of_field = f"roundtrip.{place.split('.', maxsplit=1)[0].removesuffix('[]')}.*"
    also = (*_ALSO, of_field, "transport.nul", *_GROWS)
    return Fault(
        f"rewritten-{name}-at-{where}", requirement, f"{words} ({place})", partial(Storing, change),
        (body_with(place, shown),), also,
    )  # fmt: skip


def _sub(pattern: str, replacement: str = "") -> Callable[[str], str]:
    compiled = re.compile(pattern)
    return lambda text: compiled.sub(replacement, text)


def _wrapped(width: int) -> Callable[[str], str]:
    def wrap(text: str) -> str:
        lines = []
        for line in text.split("\n"):
            rest = line
            while len(rest) > width:
                at = rest.rfind(" ", 0, width)
                at = width if at <= 0 else at
                lines.append(rest[:at])
                rest = rest[at:].removeprefix(" ")
            lines.append(rest)
        return "\n".join(lines)

    return wrap


def _smileys(text: str) -> str:
    return text.replace(":-)", "🙂").replace(":)", "🙂").replace("<3", "❤")


def _dated(text: str) -> str:
    return re.sub(r"\A(\d\d)/(\d\d)/(\d{4})\Z", r"\3-\1-\2", text)


def _sub_key(pattern: str) -> Callable[[str], str | None]:
    """Return what drops keys that a pattern matches whole."""
    compiled = re.compile(pattern)
    return lambda key: None if compiled.fullmatch(key) else key


_NUL = "transport.nul"
_MAIL = r"[\w.+-]+@[\w-]+(\.[\w-]+)+"

# fmt: off
_REWRITINGS: tuple[tuple[str, str, str, str, Callable[[str], str], str], ...] = (
    (_NUL, "nul-cut", _INSTRUCTIONS, "cuts a text at its first NUL", _sub("(?s)\0.*"), "a\0b"),
    (_NUL, "nul-dropped", _FUNCTION, "drops NUL", _sub("\0"), "a\0b"),
    (_NUL, "nul-replaced", _VALUES, "turns NUL into a space", _sub("\0", " "), "a\0b"),
    ("white_space", "tab-dropped", _DESCRIPTION, "drops tabs", _sub("\t"), "a\tb"),
    ("white_space", "trimmed", _VALUES, "strips white space from both ends", str.strip, " a "),
    ("white_space", "trimmed", _REPLY, "strips white space from both ends", str.strip, " a "),
    ("white_space", "ideographic-space", _NAME, "turns U+3000 into a space", _sub("\u3000", " "), "a\u3000b"),
    ("white_space", "thin-spaces", _FUNCTION, "drops thin spaces", _sub("[\u2009\u202f]"), "1\u2009000"),
    ("white_space", "sentences", _INSTRUCTIONS, "one space behind a full stop", _sub(r"\. {2,}", ". "), "a.  b"),
    ("line_breaks", "empty-lines", _INSTRUCTIONS, "collapses empty lines", _sub("\n{3,}", "\n\n"), "a\n\n\nb"),
    ("line_breaks", "one-line", _FUNCTION, "turns line feeds into spaces", _sub("\n(?=.)", " "), "a\nb"),
    ("control", "c1-dropped", _REPLY, "drops C1", _sub("[\x80-\x9f]"), "a\x9bb"),
    ("control", "bell-dropped", _NAME, "drops U+0007", _sub("\a"), "a\ab"),
    ("normal_forms", "half-width", _VALUES, "turns full-width letters into plain ones", _sub("\uff21", "A"), "\uff21"),
    ("sequences", "emoji-as-text", _DESCRIPTION, "drops U+FE0F", _sub("\ufe0f"), "❤\ufe0f"),
    ("sequences", "tags-dropped", _NAME, "drops the tags of flags", _sub("[\U000e0020-\U000e007f]"), "🏴\U000e0067"),
    ("markup", "markdown-dropped", _DESCRIPTION, "drops asterisks of Markdown", _sub(r"\*\*(.*?)\*\*", r"\1"), "**a**"),
    ("markup", "heading-dropped", _INSTRUCTIONS, "drops heading marks", _sub(r"(?m)^# "), "# a"),
    ("markup", "comment-dropped", _FUNCTION, "drops comments of HTML", _sub("<!--.*?-->"), "a<!-- b -->"),
    ("addresses", "mail-redacted", _NAME, "redacts addresses of mail", _sub(_MAIL, "[mail]"), "ann@example.net"),
    ("addresses", "mail-redacted", _FUNCTION, "redacts addresses of mail", _sub(_MAIL, "<mail>"), "bob@example.net"),
    (
        "addresses",
        "tracking-dropped",
        _DESCRIPTION,
        "drops tracking parameters",
        _sub(r"utm_\w+=\w*&?"),
        "?utm_source=x",
    ),
    (
        "addresses",
        "slash-dropped",
        _VALUES,
        "drops a URL's last slash",
        _sub(r"(://[\w.]+)/(?!\S)", r"\1"),
        "http://a.example/",
    ),
    (
        "addresses",
        "fragment-dropped",
        _INSTRUCTIONS,
        "drops fragments of URLs",
        _sub(r"(://\S+)#\w+", r"\1"),
        "http://a.example/#b",
    ),
    (
        "addresses",
        "scheme-upgraded",
        _REPLY,
        "turns http into https",
        _sub("http://", "https://"),
        "http://a.example",
    ),
    (
        "addresses",
        "www-dropped",
        _INSTRUCTIONS,
        "drops the www of URLs",
        _sub(r"(https?://)www\.", r"\1"),
        "http://www.a.example",
    ),
    (
        "addresses",
        "port-dropped",
        _DESCRIPTION,
        "drops the usual port of URLs",
        _sub(r"(https://[\w.]+):443", r"\1"),
        "https://a.example:443",
    ),
    (
        "addresses",
        "linked",
        _FUNCTION,
        "puts URLs in angle brackets",
        _sub(r"(?<!<)(https?://[^\s<>]+)", r"<\1>"),
        "http://a.example",
    ),
    (
        "addresses",
        "ip-masked",
        _NAME,
        "masks addresses of IPv4",
        _sub(r"\b\d+\.\d+\.\d+\.\d+\b", "192.0.2.0"),
        "192.0.2.9",
    ),
    ("addresses", "mail-redacted", _PARAMETERS, "redacts addresses of mail", _sub(_MAIL, "[mail]"), "ann@example.net"),
    (
        "private",
        "card-masked",
        _VALUES,
        "masks card numbers",
        _sub(r"\b(\d{4}[ -]?){3}\d{4}\b", "****"),
        "4242 4242 4242 4242",
    ),
    (
        "private",
        "phone-masked",
        _INSTRUCTIONS,
        "masks phone numbers",
        _sub(r"\+\d[\d ()-]{8,}\d", "[phone]"),
        "+1 555 010 0100",
    ),
    (
        "private",
        "key-redacted",
        _INSTRUCTIONS,
        "redacts keys",
        _sub(r"\bsk-[\w-]{16,}", "sk-***"),
        "sk-aaaaaaaaaaaaaaaaaaaa",
    ),
    ("private", "key-redacted", _SCHEMA, "redacts keys", _sub(r"\bsk-[\w-]{16,}", "sk-***"), "sk-aaaaaaaaaaaaaaaaaaaa"),
    (
        "private",
        "token-redacted",
        _REPLY,
        "redacts tokens",
        _sub(r"\bey[\w-]+\.[\w-]+\.[\w-]+", "[token]"),
        "eyJh.eyJz.c2ln",
    ),
    (
        "private",
        "uuid-zeroed",
        _NAME,
        "redacts UUIDs",
        _sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "[id]"),
        "00000000-0000-4000-8000-00000000000f",
    ),
    ("typography", "dashes", _NAME, "turns two hyphens into a dash", _sub("(?<!-)--(?!-)", "—"), "a -- b"),
    ("typography", "ellipsis", _DESCRIPTION, "turns three dots into one sign", _sub(r"\.\.\.", "…"), "a..."),
    ("typography", "straightened", _INSTRUCTIONS, "turns curly quotes into straight ones", _sub("[“”]", '"'), "“a”"),
    ("typography", "en-dashes", _VALUES, "turns dashes into hyphens", _sub("[–—]", "-"), "a – b"),
    ("typography", "copyright", _FUNCTION, "turns (c) into ©", _sub(r"\(c\)", "©"), "(c)"),
    ("plain", "full-stop", _REPLY, "drops a full stop at the end", _sub(r"(?<=\w)\.\Z"), "A sentence."),
    ("normal_forms", "ligatures", _PARAMETERS, "takes ligatures apart", _sub("ﬁ", "fi"), "ﬁ"),
    ("shorthand", "smileys", _NAME, "turns smileys into emoji", _smileys, ":)"),
    ("shorthand", "shortcodes", _DESCRIPTION, "turns shortcodes into emoji", _sub(":smile:", "😄"), ":smile:"),
    ("literal_lookalikes", "dates", _VALUES, "rewrites dates", _dated, "01/02/2024"),
    (
        "literal_lookalikes",
        "grouping",
        _NAME,
        "drops commas of thousands",
        _sub(r"\A(\d+),(\d{3})\Z", r"\1\2"),
        "1,000",
    ),
    (
        "format_lookalikes",
        "formula-quoted",
        _DESCRIPTION,
        "quotes what begins like a formula",
        _sub(r"\A([=+-])(?=[\dA-Z])", r"'\1"),
        "=1+1",
    ),
    (
        "format_lookalikes",
        "configuration-read",
        _DESCRIPTION,
        "puts an empty value for a variable of a configuration",
        _sub(r"\Aos\.environ/\w+"),
        "os.environ/HOME",
    ),
    (
        "format_lookalikes",
        "images-taken-out",
        _DESCRIPTION,
        "puts a word for an image in a data URL",
        _sub(r"data:image/\w+;base64,[\w+/=]+", "[image]"),
        "data:image/png;base64,iVBORw0KGgo=",
    ),
    ("format_lookalikes", "secret-read", _NAME, "fills references to secrets in", _sub(r"\bop://\w+", "x"), "op://a"),
    ("format_lookalikes", "tokens-dropped", _VALUES, "drops marks of a chat", _sub(r"<\|im_start\|>"), "<|im_start|>"),
    (
        "format_lookalikes",
        "thoughts-dropped",
        _INSTRUCTIONS,
        "drops what a model seems to have thought",
        _sub(r"(?s)<think>.*?</think>"),
        "<think>b</think>",
    ),
    ("markup", "front-matter", _INSTRUCTIONS, "drops front matter", _sub(r"(?s)\A---\n.*?\n---\n"), "---\na\n---\nb"),
    ("format_lookalikes", "template-filled", _REPLY, "fills templates in", _sub(r"\{\{\w+\}\}", "x"), "{{x}}"),
    ("format_lookalikes", "variable-filled", _VALUES, "fills variables in", _sub(r"\$\{\w+\}", ""), "${x}"),
    (
        "format_lookalikes",
        "windows-path",
        _INSTRUCTIONS,
        "turns backslashes of paths into slashes",
        _sub(r"(?<=[\w:])\\(?=[a-z])", "/"),
        "C:\\a",
    ),
    ("long_lines", "wrapped", _DESCRIPTION, "wraps lines at 78 characters", _wrapped(78), "a word " * 20),
    ("long_lines", "wrapped-late", _INSTRUCTIONS, "wraps lines at 998 characters", _wrapped(998), "a word " * 200),
    ("case", "host-lowered", _FUNCTION, "writes iPhone as Iphone", _sub("iPhone", "Iphone"), "iPhone"),
)


def _names() -> Iterator[Fault]:
    """Names that are kept for something else, dropped or written otherwise."""
    keys = ("roundtrip.text.*", "roundtrip.combinations", "roundtrip.metadata.*", "roundtrip.large_values")
    free = ("roundtrip.combinations", "roundtrip.tools.*", "roundtrip.response_format.*", "roundtrip.text.*")

    def pairs(rename: Callable[[str], str | None]) -> Callable[[str, JSON], JSON]:
        def change(field: str, value: JSON) -> JSON:
            if field != "metadata" or not isinstance(value, dict):
                return value
            renamed = {rename(key): item for key, item in value.items()}
            return {key: item for key, item in renamed.items() if key is not None}

        return change

    for name, words, rename, sample in _KEYS:
        yield Fault(
            f"name-{name}-of-metadata", "roundtrip.text.key_names", f"{words} (metadata)",
            partial(Storing, pairs(rename)), ({"metadata": {sample: "v"}},), keys,
        )  # fmt: skip

    def inside(place: str, rename: Callable[[str], str | None]) -> Callable[[str, JSON], JSON]:
        def renamed(value: JSON) -> JSON:
            if not isinstance(value, dict):
                return value
            found = {rename(key): item for key, item in value.items()}
            return {key: item for key, item in found.items() if key is not None}

        def change(field: str, value: JSON) -> JSON:
            return altered(place, field, value, lambda schema: everywhere(schema, renamed))

        return change

    for place in (_PARAMETERS, _SCHEMA):
        for name, words, rename, sample in _FREE_KEYS:
            where = "parameters" if place is _PARAMETERS else "schema"
            body = body_with(place, {"type": "object", "properties": {sample: {"type": "string"}}})
            yield Fault(
                f"name-{name}-of-{where}", "roundtrip.free_json", f"{words} ({place})",
                partial(Storing, inside(place, rename)), (body,), free,
            )  # fmt: skip
    for place, sample in (("tools[].function.name", "Look_Up"), ("response_format.json_schema.name", "Reply")):

        def lower(field: str, value: JSON, place: str = place) -> JSON:
            return altered(place, field, value, lambda given: given.lower() if isinstance(given, str) else given)

        id_ = f"roundtrip.{place.replace('[]', '')}"
        also = ("roundtrip.*", "validation.*", "sequences.any_order")
        words = f"stores names in small letters ({place})"
        named = "function" if "function" in place else "json-schema"
        yield Fault(f"name-lowered-of-{named}", id_, words, partial(Storing, lower), (body_with(place, sample),), also)


def _dropped(*names: str) -> Callable[[str], str | None]:
    return lambda key: None if key in names else key


_KEYS: tuple[tuple[str, str, Callable[[str], str | None], str], ...] = (
    ("hidden-dropped", "drops keys that begin with an underscore", _sub_key(r"_.*"), "_private"),
    ("dollar-dropped", "drops keys that begin with $", _sub_key(r"\$.*"), "$set"),
    ("user-dropped", "drops the key user", _dropped("user", "tags"), "user"),
    ("gateway-dropped", "drops keys of a gateway", _sub_key(r"(litellm|hidden|trace)_.*"), "trace_id"),
    ("dots-replaced", "turns dots into underscores", lambda key: key.replace(".", "_"), "a.b.c"),
    ("brackets-opened", "reads brackets in keys", _sub(r"\[(\w*)\]\Z", r".\1"), "a[b]"),
    ("number-shortened", "writes 00 as 0", lambda key: str(int(key)) if key.isdigit() and key.isascii() else key, "00"),
    ("camel-to-snake", "turns camelCase into snake_case", _sub(r"(?<=[a-z])([A-Z])", r"_\1"), "camelCase"),
    ("stripped", "strips white space", str.strip, "a "),
    ("composed", "composes é", lambda key: key.replace("e\u0301", "\u00e9"), "e\u0301"),
)

_FREE_KEYS: tuple[tuple[str, str, Callable[[str], str | None], str], ...] = (
    ("constructor-dropped", "drops the key constructor", _dropped("constructor"), "constructor"),
    ("id-dropped", "drops the key _id", _dropped("_id", "_rev"), "_id"),
    ("then-dropped", "drops the keys then and toJSON", _dropped("toJSON"), "toJSON"),
    ("dollar-escaped", "writes $ in keys as _", lambda key: f"_{key[1:]}" if key[:1] == "$" else key, "$where"),
    ("dots-replaced", "turns dots in keys into underscores", lambda key: key.replace(".", "_"), "a.b.c"),
)
