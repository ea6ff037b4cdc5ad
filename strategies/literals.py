"""What is no JSON though some readers take it, at every place where such a value can stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Labelled = tuple[str, str]
"""A label, and the text of a body."""

_FUNCTION = '{"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","default":<>}}}]}'
_REPLY = '{"tools":[],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":<>}}}'
_SCHEMA = _REPLY.replace("<>", '{"type":"object","default":<>}')
_FILE_SEARCH = '{"tools":[{"type":"file_search","file_search":<>}]}'

NUMBERS: dict[str, str] = {
    "temperature": '{"temperature":<>}',
    "top_p": '{"top_p":<>}',
    "max_num_results": _FILE_SEARCH.replace("<>", '{"max_num_results":<>}'),
    "score_threshold": _FILE_SEARCH.replace("<>", '{"ranking_options":{"score_threshold":<>}}'),
    "a value in parameters": _FUNCTION,
    "a value in a schema": _SCHEMA,
}
"""Bodies with a place for a number, by what that is."""

_ANY: dict[str, str] = {
    **NUMBERS,
    "name": '{"name":<>}',
    "a value of metadata": '{"metadata":{"a":<>}}',
    "strict": '{"tools":[{"type":"function","function":{"name":"f","strict":<>}}]}',
    "response_format": '{"response_format":<>}',
    "tool_resources": '{"tool_resources":<>}',
}
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
_SPELLINGS: tuple[Labelled, ...] = (
    ("a plus in front", "+1"),
    ("a leading zero", "01"),
    ("no digit behind the point", "1."),
    ("no digit before the point", ".5"),
    ("hexadecimal", "0x1"),
)
_MORE_SPELLINGS: tuple[Labelled, ...] = (
    ("no digit in the exponent", "1e"),
    ("digits grouped", "1_0"),
    ("a decimal comma", "0,5"),
    ("a lone minus", "-"),
    ("octal", "0o1"),
    ("two points", "0.1.2"),
    ("a suffix", "1f"),
    ("full-width", "\uff11"),
)
_WORDS: tuple[tuple[str, str], ...] = (
    ("name", "None"),
    ("temperature", "None"),
    ("a value of metadata", "undefined"),
    ("strict", "True"),
    ("a value in parameters", "None"),
    ("a value in a schema", "False"),
    ("response_format", "auto"),
    ("tool_resources", "NULL"),
)
_STRINGS: dict[str, str] = {
    "a name": '{"name":<>}',
    "instructions": '{"instructions":<>}',
    "a value of metadata": '{"metadata":{"a":<>}}',
    "a key of metadata": '{"metadata":{<>:"a"}}',
    "a key of the body": "{<>:null}",
    "a function's description": '{"tools":[{"type":"function","function":{"name":"f","description":<>}}]}',
    "a text in parameters": _FUNCTION,
}
_OBJECTS: dict[str, str] = {
    "the body": '{"name":"a"<>}',
    "metadata": '{"metadata":{"a":"b"<>}}',
    "a tool": '{"tools":[{"type":"code_interpreter"<>}]}',
    "a list of tools": '{"tools":[{"type":"code_interpreter"}<>]}',
    "parameters": _FUNCTION.replace('"default":<>', '"default":1<>'),
    "a list in parameters": _FUNCTION.replace("<>", "[1<>]"),
    "response_format": '{"response_format":{"type":"text"<>}}',
    "a list of ids": '{"tool_resources":{"code_interpreter":{"file_ids":["file-1"<>]}}}',
}
"""Bodies with a place behind the last member of an object or a list."""
_COMMENTS = (("a comment to the end of the line", " // a\n"), ("a comment between", "/* a */"), ("a hash", " # a\n"))


def not_finite() -> Iterator[Labelled]:
    """Return numbers that are none, wherever a number can stand."""
    for literal in _NOT_FINITE:
        yield from ((f"{literal} as {place}", form.replace("<>", literal)) for place, form in NUMBERS.items())
    yield "NaN as a value of metadata", _ANY["a value of metadata"].replace("<>", "NaN")
    yield "NaN as a name", _ANY["name"].replace("<>", "NaN")


def spellings() -> Iterator[Labelled]:
    """Return numbers that JSON spells otherwise, wherever a number can stand."""
    for what, literal in _SPELLINGS:
        yield from ((f"{what}: {literal} as {place}", form.replace("<>", literal)) for place, form in NUMBERS.items())


def odd_spellings() -> Iterator[Labelled]:
    """Return more of them, which fewer readers take."""
    for what, literal in _MORE_SPELLINGS:
        yield from ((f"{what}: {literal} as {place}", form.replace("<>", literal)) for place, form in NUMBERS.items())


def words() -> Iterator[Labelled]:
    """Return words of other languages for null, true and text."""
    yield from ((f"{word} as {place}", _ANY[place].replace("<>", word)) for place, word in _WORDS)


def quotes() -> Iterator[Labelled]:
    """Return texts and keys in single quotes."""
    for place, form in _STRINGS.items():
        yield f"around {place}", form.replace("<>", "'name'")


def commas() -> Iterator[Labelled]:
    """Return objects and lists with a comma behind the last member."""
    yield from ((f"behind the last member of {place}", form.replace("<>", ",")) for place, form in _OBJECTS.items())


def comments() -> Iterator[Labelled]:
    """Return bodies with comments."""
    for turn, (place, form) in enumerate(_OBJECTS.items()):
        what, text = _COMMENTS[turn % len(_COMMENTS)]
        yield f"{what} in {place}", form.replace("<>", text)


def other_comments() -> Iterator[Labelled]:
    """Return bodies with comments of each sort where :func:`comments` has another."""
    for turn, (place, form) in enumerate(_OBJECTS.items()):
        for step in (1, 2):
            what, text = _COMMENTS[(turn + step) % len(_COMMENTS)]
            yield f"{what} in {place}", form.replace("<>", text)
