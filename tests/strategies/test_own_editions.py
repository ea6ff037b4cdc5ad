"""Editions of the user's own: read from files, refused in one line, and followed by whatever is made from them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import assistants, boundary_cases, modify_bodies
from strategies.answers import listed_assistants
from strategies.boundaries import boundaries
from strategies.constraints import constraints
from strategies.contract import Contract, Ruling, answer_violations, violations
from strategies.editions import EditionError, UnknownEditionError, edition, rebuilt
from strategies.editions.difference import differences
from strategies.limits import values_at
from strategies.patterns import matches, misses, samples
from strategies.permissions import KnownIds

if TYPE_CHECKING:
    from pathlib import Path

    from strategies.editions import Edition

HEAD = 'extends = "2025-03"\nreason = "tests"\nsource = "here"\n'
ACME = f"""{HEAD}
edition = "acme-2"
title = "Acme"

[limits]
name.maxLength = 255
description.minLength = 2
"tools[].function.name" = {{ maxLength = 40, reason = "short names" }}
"tool_resources.code_interpreter.file_ids".maxItems = 3
metadata.maxProperties = 4
[limits.temperature]
maximum = 1

[fields.top_p]
removed = true
[fields.voice]
schema = {{ type = "string", nullable = true, enum = ["alto", "bass"], default = "alto" }}
[fields.labels]
schema = {{ type = "object", additionalProperties = {{ type = "string", maxLength = 20 }} }}
[fields.stops]
schema = {{ type = "array", minItems = 1, maxItems = 4, items = {{ type = "string", minLength = 1, maxLength = 8 }} }}
[fields.output]
schema = {{ oneOf = [
    {{ type = "object", properties = {{ type = {{ const = "audio" }}, rate = {{ type = "number", maximum = 2 }} }} }},
    {{ type = "object", properties = {{ type = {{ const = "none" }} }} }},
] }}

[enums.reasoning_effort]
add = ["minimal"]

[tools.web_search.schema]
required = ["max_results"]
[tools.web_search.schema.properties]
max_results = {{ type = "integer", minimum = 1, maximum = 9 }}
region = {{ type = "string", minLength = 2, maxLength = 5 }}
[tools.news.schema]
required = ["max_results"]
[tools.news.schema.properties]
max_results = {{ type = "integer", minimum = 2, maximum = 3 }}
[tools.mcp.schema]
required = ["mcp"]
[tools.mcp.schema.properties.mcp]
type = "object"
required = ["url"]
additionalProperties = false
properties = {{ url = {{ type = "string", pattern = "^https://[a-z.]+$" }}, trusted = {{ type = "boolean" }} }}

[response_formats.grammar.schema]
required = ["syntax"]
properties = {{ syntax = {{ type = "string", enum = ["lark", "regex"] }} }}

[models]
add = ["acme-1"]

[ids]
files = "^assistant-[0-9A-Za-z]{{24}}$"

[levels."validation.name.max_length"]
level = "SHOULD"
"""


def written(folder: Path, text: str, name: str = "own.toml") -> str:
    path = folder / name
    path.write_text(text, "utf-8")
    return str(path)


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return edition(written(tmp_path_factory.mktemp("acme"), ACME, "acme.toml"))


def test_a_file_differs_in_what_it_says_and_in_nothing_else(acme: Edition) -> None:
    base = edition("2025-03")
    assert (acme.name, acme.title, acme.own.base if acme.own else "") == ("acme-2", "Acme", "2025-03")
    assert set(acme.fields) == {*base.fields, "voice", "labels", "stops", "output"} - {"top_p"}
    assert acme.models == (*base.models, "acme-1")
    assert acme.efforts == ("low", "medium", "high", "minimal")
    assert acme.sha256 != base.sha256
    told = [str(difference) for difference in differences(base, acme, answers=False)]
    assert "~ name.maxLength: 256 -> 255" in told
    assert "+ tools[web_search].region.maxLength: 5" in told
    assert not [line for line in told if "instructions" in line]


def test_every_constraint_has_both_its_sides(acme: Edition) -> None:
    found = boundaries(acme)
    sides = {(one.constraint.id, one.side) for one in found}
    for constraint in constraints(acme):
        assert (constraint.id, "inside") in sides, constraint
        if not (constraint.keyword == "nullable" and constraint.value):
            assert (constraint.id, "outside") in sides, constraint
    for one in found:
        assert bool(violations(acme, one.body)) == (one.side == "outside"), one
        assert one.control is None or not violations(acme, one.control), one


def test_limits_of_one_name_in_two_types_are_told_apart(acme: Edition) -> None:
    limits = {one.id: one.value for one in constraints(acme) if one.id.endswith("max_results.maximum")}
    assert limits == {"tools.web_search.max_results.maximum": 9, "tools.news.max_results.maximum": 3}
    body = {"tools": [{"type": "news", "max_results": 2}, {"type": "web_search", "max_results": 7}]}
    assert values_at(body, "tools[web_search].max_results") == [7]


@settings(max_examples=60)
@given(data=st.data())
def test_what_is_drawn_is_valid_by_it(acme: Edition, data: st.DataObject) -> None:
    contract = Contract(acme, KnownIds(models=frozenset(acme.models)))
    body = data.draw(modify_bodies(edition=acme, file_ids=[], vector_store_ids=[]))
    assert contract.judge_value(body).ruling is Ruling.ACCEPT
    assert answer_violations(acme, data.draw(assistants(edition=acme))) == ()
    boundary = data.draw(boundary_cases(edition=acme))
    assert bool(violations(acme, boundary.body)) == (boundary.side == "outside")


def test_what_is_listed_is_valid_by_it(acme: Edition) -> None:
    for name, answer in listed_assistants(edition=acme).items():
        assert answer_violations(acme, answer) == (), name


def test_a_strategy_takes_a_file(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEAD}name.maxLength = 3")
    bodies = modify_bodies(edition=path, fields=["name"])

    @settings(max_examples=20)
    @given(bodies)
    def is_short(body: dict[str, Any]) -> None:
        assert len(body.get("name") or "") <= 3

    is_short()


def test_what_a_report_says_of_it_makes_it_anew(acme: Edition) -> None:
    assert acme.own is not None
    changes = json.loads(json.dumps([change.document() for change in acme.own.changes]))
    assert rebuilt(acme.name, acme.own.base, changes).sha256 == acme.sha256
    with pytest.raises(EditionError, match="not what an edition writes"):
        rebuilt("acme-2", "2025-03", [{"section": "limits", "nonsense": 1}])
    with pytest.raises(UnknownEditionError, match="extends the unknown edition 'none'"):
        rebuilt("acme-2", "none", [])


def test_json_says_the_same(tmp_path: Path) -> None:
    toml = edition(written(tmp_path, f'{HEAD}edition = "own"\n[limits]\nname.maxLength = 9'))
    content = {"extends": "2025-03", "reason": "tests", "source": "here", "limits": {"name": {"maxLength": 9}}}
    assert edition(written(tmp_path, json.dumps(content), "own.json")).sha256 == toml.sha256


@pytest.mark.parametrize(
    "beside",
    [
        'tools.maxItems = 9\n"tools[].function.name".maxLength = 8\nmetadata.keys.maxLength = 7',
        'tools.maxItems = 9\ntools.function.name.maxLength = 8\n"metadata.keys.maxLength" = 7',
        '"tools.maxItems" = 9\n"tools[].function.name.maxLength" = 8\n"metadata.keys" = { maxLength = 7 }',
    ],
)
def test_limits_may_stand_beside_the_tables(tmp_path: Path, beside: str) -> None:
    more = '[tools.web.schema]\nproperties.n.type = "integer"\n[tools.code_interpreter]\nremoved = true\n'
    own = edition(written(tmp_path, f"{HEAD}{beside}\n{more}"))
    told = [str(difference) for difference in differences(edition("2025-03"), own, answers=False)]
    assert [one for one in told if one.startswith("~ ")] == [
        "~ tools.maxItems: 128 -> 9",
        "~ tools[].types: -'code_interpreter' +'web'",
        "~ tools[].function.name.maxLength: 64 -> 8",
        "~ metadata.keys.maxLength: 64 -> 7",
    ]


def test_a_file_may_extend_a_file(tmp_path: Path) -> None:
    written(tmp_path, f"{HEAD}[limits]\nname.maxLength = 100\ndescription.maxLength = 100", "first.toml")
    text = 'extends = "first.toml"\nreason = "more"\nsource = "there"\n[limits]\nname.maxLength = 50'
    second = edition(written(tmp_path, text, "second.toml"))
    assert (second.request["properties"]["name"]["maxLength"], second.name) == (50, "second")
    assert second.request["properties"]["description"]["maxLength"] == 100
    assert second.own is not None
    assert [(one.value, one.before, one.reason) for one in second.own.changes if one.place == "name"] == [
        (100, 256, "tests"),
        (50, 100, "more"),
    ]


def test_a_limit_can_be_taken_away_and_null_allowed(tmp_path: Path) -> None:
    one = edition(written(tmp_path, f"{HEAD}[limits]\ndescription.maxLength = false\ntools.nullable = true"))
    assert violations(one, {"description": "d" * 9999, "tools": None}) == ()
    assert all(constraint.id != "description.max_length" for constraint in constraints(one))


@pytest.mark.parametrize(("rule", "body"), [
    ("function_names_repeated", {"tools": [{"type": "function", "function": {"name": "f"}}] * 2}),
    ("json_format_with_other_tools", {"tools": [{"type": "file_search"}], "response_format": {"type": "json_object"}}),
    ("effort_on_other_model", {"model": "gpt-4o", "reasoning_effort": "low"}),
])  # fmt: skip
def test_a_rule_is_on_off_or_open(tmp_path: Path, rule: str, body: dict[str, Any]) -> None:
    known = KnownIds()
    on = edition(written(tmp_path, f'{HEAD}[rules]\n{rule} = "on"', "on.toml"))
    off = edition(written(tmp_path, f'{HEAD}[rules]\n{rule} = "off"', "off.toml"))
    rulings = [Contract(one, known).judge_value(body).ruling for one in (on, off, edition())]
    assert rulings == [Ruling.REFUSE, Ruling.ACCEPT, Ruling.EITHER]


WRONG = {
    "name.maxLenght = 9": "'maxLenght' is not a limit; did you mean 'maxLength'?",
    "[limits]\nnmae.maxLength = 9": "the body has no place 'nmae'; did you mean 'name'?",
    "nmae.maxLength = 9": "unknown key 'nmae'; did you mean 'name'?",
    "name.maximum = 9": "unknown limit: name is of type string",
    "name.maxLength = -1": "limits.name.maxLength is -1: write a whole number",
    "name.maxLength = 'x'": "limits.name.maxLength is 'x'",
    "name.pattern = '['": "limits.name.pattern is '[', which is not a valid pattern",
    "name.pattern = '(?=a)a'": "name: no text was found that matches the pattern",
    "[limits.name]\nminLength = 9\nmaxLength = 8": "name: minLength 9 is above maxLength 8",
    "temperature.minimum = 3": "temperature: minimum 3 is above maximum 2",
    "temperature.default = 1\ntemperature.maximum = 0.5": "temperature: the default 1 is beyond maximum 0.5",
    "reasoning_effort.default = 'none'": "reasoning_effort: the default 'none' is none of the words",
    "[enums]\nreasoning_effort.add = ['low']": "enums.reasoning_effort.add: 'low' is listed already",
    "[models]\nadd = ['gpt-4o']": "models.add: 'gpt-4o' is listed already",
    "[enums]\nreasoning_effort.remove = ['lo']": "'lo' is not listed; did you mean 'low'?",
    "[enums.reasoning_effort]\nvalues = []": "[] is not a list of at least one word",
    "[enums]\nname.nonsense = 1": "enums.name",
    "[fields.tpo_p]\nremoved = true": "the body has no place 'tpo_p'; did you mean 'top_p'?",
    "[fields.model]\nremoved = true": "fields.model.removed: assistants are made with a model",
    "[fields.name]\nschema = { type = 'string' }": "fields.name.schema: there is one already",
    "[fields.x]\nschema = { type = 'strnig' }": "type 'strnig'",
    "[fields.x]\nschema = { type = 'number', multipleOf = 2 }": "fields.x.schema.multipleOf: cannot be represented",
    "[fields.x]\nschema = { type = 'object', required = ['y'] }": "'y' is required but is not among its keys",
    "[fields.x]\nnonsense = 1": "fields.x: write schema",
    '[fields."tools[].function.name"]\nremoved = true': "tools[].function requires 'name'",
    "[tools.web.schema]\nproperties.type.const = 'wbe'": "its own `type` is 'wbe'",
    "[tools.function]\nschema = {}": "tools.function.schema: there is one already",
    "[tools.funtcion]\nremoved = true": "unknown type; did you mean 'function'?",
    "[models]\nvalues = []": "models: none is left",
    "[models]\nremove = ['gpt-4']\nreasoning = ['gpt-4']": "models.reasoning: 'gpt-4' is not a listed model",
    "[models]\nremove = ['gtp-4']": "'gtp-4' is not listed; did you mean 'gpt-4'?",
    "[ids]\nfile = '^a$'": "no kind of ids is called so; did you mean 'files'?",
    "[rules]\ntools_repeated = 'on'": "no rule is called so; did you mean 'tool_repeated'?",
    "[rules]\ntool_repeated = 'maybe'": 'write "on"',
    "[fields.tools]\nremoved = true\n[rules]\ntool_repeated = 'on'": "is about tools, which is removed",
    "[fields.tools]\nremoved = true\n[tools.web]\nschema = {}": "is about tools, which is removed",
    "[levels]\n'validation.name.type' = 'SHALL'": "'SHALL' is not a level",
    "[limits]\ntop_p.maximum = 0.5\n[fields.top_p]\nremoved = true": "is about top_p, which is removed",
    "temperature.maximum = nan": "limits.temperature.maximum is nan: write a number, and a finite one",
    "temperature.maximum = inf": "a finite one",
    "name.maxLength = 99999999999999999999": "none above 10,000,000 can be tried",
    "tools.maxItems = 1000000000": "none above 10,000 can be tried",
    "[fields.x]\nschema = { type = 'string', maxLength = 2147483647 }": "x.schema.maxLength: 2147483647 is above",
    "[address]\nprefix = 1": "address.prefix: 1: write a text",
    "[address]\napi_key_header = 'a b'": "is not a valid header name",
    "edition = '2026-08'": "cannot be called '2026-08'",
    "nonsense": "is not valid TOML",
    "instructons.maxLength = 9": "unknown key 'instructons'; did you mean 'instructions'?",
    "tools.maxItem = 9": "tools.maxItem: 'maxItem' is not a limit; did you mean 'maxItems'?",
    "[fields.x]\nschema = { not = { type = 'string' } }": "fields.x.schema: no type beside 'not'",
    "[fields.x]\nschema = { type = 'integer', minimum = 1.2, maximum = 1.8 }": "x: minimum 2 is above maximum 1",
    "'tools[].file_search.max_num_results'.maximum = 9.5": "max_num_results: maximum 9.5 is not an integer",
    "'tools[].function.name'.maxLength = 9\n[tools.function]\nremoved = true": "is about function, which is removed",
    "[tools.function]\nremoved = true\n[rules]\nfunction_names_repeated = 'on'": "tools of type function, which are",
    "[tools.function]\nremoved = true\n[rules]\ntool_repeated = 'on'": "write tools.maxItems = false",
    "[tools.file_search]\nremoved = true\n[rules]\nresource_without_tool = 'on'": "remove tool_resources.file_search,",
    "[response_formats]\njson_object.removed = true\njson_schema.removed = true\n"
    "[rules]\njson_format_on_other_model = 'on'": "response_formats of type json_object or json_schema",
    "[models]\nreasoning = []\n[rules]\nno_effort_on_reasoning_model = 'on'": "reasoning models, of which none",
    "[fields]\ntop_p.removed = true\ntemperature.removed = true\n"
    "[rules]\nsampling_on_reasoning_model = 'on'": "is about temperature and top_p, which are removed",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said_in_one_line_with_its_place(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, f"{HEAD}{text}")
    with pytest.raises(EditionError) as told:
        edition(path)
    assert WRONG[text] in str(told.value)
    assert str(told.value).startswith(path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(("text", "why"), [
    ('extends = "2025-03"\nname.maxLength = 9', "limits.name.maxLength has no reason"),
    ('extends = "2025-03"\nreason = "r"\nname.maxLength = 9', "limits.name.maxLength has no source"),
    ('reason = "r"\nsource = "s"', "extends is missing"),
    ('extends = "own.toml"', "extends goes in a circle: own.toml extends own.toml"),
    ('extends = "2025-3"', "unknown edition '2025-3'; did you mean '2025-03'?"),
    ('extends = "acme"', "unknown edition 'acme'; choose from 2025-03, 2026-08, or name a .toml or .json file"),
    ('extends = "none.toml"', "own.toml: extends: "),
    ('extends = "none.toml"', "file not found: "),
])  # fmt: skip
def test_a_file_has_grounds_and_rests_on_a_published_edition(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(EditionError) as told:
        edition(written(tmp_path, text))
    assert why in str(told.value)


def test_a_circle_of_two_is_told(tmp_path: Path) -> None:
    written(tmp_path, 'extends = "b.toml"', "a.toml")
    written(tmp_path, 'extends = "a.toml"', "b.toml")
    with pytest.raises(EditionError, match=r"a.toml extends b.toml extends a.toml"):
        edition(str(tmp_path / "a.toml"))


def test_a_name_that_is_none_is_told_with_those_there_are() -> None:
    with pytest.raises(UnknownEditionError, match=r"did you mean '2025-03'\? Choose from 2025-03, 2026-08, or name"):
        edition("2025-3")


@pytest.mark.parametrize("pattern", [
    "^[a-zA-Z0-9_-]+$", "^assistant-[0-9A-Za-z]{24}$", "^vs_[0-9a-f]{32}$", "^(file|assistant)-.+$",
    r"^\d{3}(-\d{2})?$", "^[^ ]{1,8}$", "^a*b+c?$", r"^https://[a-z.]+/\w*$",
])  # fmt: skip
def test_texts_of_a_pattern_match_it_and_near_misses_do_not(pattern: str) -> None:
    found = samples(pattern)
    assert found
    assert all(matches(pattern, text) for text in found)
    missed = list(misses(pattern, found[0]))
    assert missed
    assert not any(matches(pattern, text) for _, text in missed)


def test_a_body_that_is_open_may_hold_what_is_not_named(tmp_path: Path) -> None:
    one = edition(written(tmp_path, f"{HEAD}[limits]\nbody.closed = false"))
    assert violations(one, {"unknown": 1}) == ()
    assert Contract(one, KnownIds()).judge_value({"unknown": 1}).ruling is Ruling.EITHER
    assert all(constraint.id != "body.additional_properties" for constraint in constraints(one))
