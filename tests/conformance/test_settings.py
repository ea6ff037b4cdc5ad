"""Settings: what is selected, what is read from NAME=VALUE, what of it may be published."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import cast

import pytest

from conformance.errors import UsageError
from conformance.plugin import OPTIONS
from conformance.pytest_options import settings_of
from conformance.settings import Settings, pairs, select

IDS = ["validation.name.type", "validation.name.max_length", "roundtrip.name.null", "roundtrip.named", "wire.json"]


@pytest.mark.parametrize(
    ("only", "skip", "left"),
    [
        ((), (), IDS),
        (("validation",), (), IDS[:2]),
        (("roundtrip.name",), (), ["roundtrip.name.null"]),
        (("roundtrip.name*",), (), IDS[2:4]),
        (("wire.json",), (), ["wire.json"]),
        (("*.name.*",), (), IDS[:3]),
        (("wire", "validation.name.type"), (), ["validation.name.type", "wire.json"]),
        ((), ("validation", "wire"), IDS[2:4]),
        (("validation",), ("*.type",), ["validation.name.max_length"]),
        (("?ire.json",), (), ["wire.json"]),
    ],
)
def test_what_the_patterns_leave_stands_in_the_order_of_the_catalogue(
    only: tuple[str, ...], skip: tuple[str, ...], left: list[str]
) -> None:
    assert select(IDS, only, skip) == left


@pytest.mark.parametrize("pattern", ["validatio", "roundtrip.", "", "WIRE", "wire.jsons", "name", "*.x"])
def test_a_pattern_that_matches_nothing_is_named(pattern: str) -> None:
    for only, skip in (((pattern,), ()), ((), (pattern,)), (("wire", pattern), ())):
        with pytest.raises(UsageError) as told:
            select(IDS, only, skip)
        assert repr(pattern) in told.value.what
        assert told.value.remedy


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [("validatoin", "validation"), ("roundtrip.nmae", "roundtrip.name"), ("wire.jsno", "wire.json")],
)
def test_a_slip_of_the_pen_is_recognised(pattern: str, meant: str) -> None:
    with pytest.raises(UsageError) as told:
        select(IDS, (pattern,), ())
    assert told.value.remedy == f"did you mean {meant!r}?"


def test_nothing_left_is_an_error() -> None:
    with pytest.raises(UsageError, match="leave no requirement"):
        select(IDS, ("wire",), ("wire.json",))


def test_ids_may_be_given_once() -> None:
    assert select(iter(IDS), (), ("wire",)) == IDS[:4]


def test_pairs_keep_what_follows_the_first_equals_sign() -> None:
    given = ["X-A=1", " X-B =a=b ", "X-C="]
    assert pairs("header", given) == (("X-A", "1"), ("X-B", "a=b "), ("X-C", ""))


@pytest.mark.parametrize("text", ["X-Secret", "=value", " =value", ""])
def test_a_pair_without_a_name_or_value_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as told:
        pairs("header", [text])
    assert "header" in told.value.what
    assert "NAME=VALUE" in told.value.remedy


def test_values_of_headers_and_query_are_not_published() -> None:
    settings = Settings(headers=(("X-Token", "secret-a"),), query=(("sig", "secret-b"),))
    published = settings.published()
    assert (published["headers"], published["query"]) == (["X-Token"], ["sig"])
    for text in (json.dumps(published), repr(settings)):
        assert "secret" not in text


def test_what_is_published_is_json_and_all_but_what_stands_elsewhere() -> None:
    published = Settings(only=("a", "b")).published()
    assert json.loads(json.dumps(published)) == published
    assert published["only"] == ["a", "b"]
    elsewhere = {"target", "edition", "report_dir", "fuzz", "max_requests", "memory"}
    assert elsewhere & published.keys() == set()
    assert {one.name for one in fields(Settings)} - elsewhere >= published.keys()
    fuzzing = Settings(fuzz=True, max_requests=5).published()
    assert (fuzzing["fuzz"], fuzzing["max_requests"]) == (True, 5)


class _Given:
    """A pytest configuration in which one option of the suite is given."""

    def __init__(self, name: str, value: object) -> None:
        self._given = {f"conformance_{name.replace('-', '_')}": value}

    def getoption(self, name: str, default: object = None) -> object:
        return self._given.get(name, default)


@pytest.mark.parametrize("name", [name for name, _ in OPTIONS])
def test_every_option_of_pytest_reaches_the_settings(name: str) -> None:
    several = dict(OPTIONS)[name].get("action") == "append"
    value: object = ["a=b"] if several else True if name in {"insecure", "no-beta"} else "given"
    asked = settings_of(cast("pytest.Config", _Given(name, value)))
    assert asked != settings_of(cast("pytest.Config", _Given("nothing", None)))
