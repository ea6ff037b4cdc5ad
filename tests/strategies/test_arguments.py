"""Every public strategy: an edition in whatever form, options by name only, errors that name the argument."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

import strategies
from strategies.editions import EditionError, edition

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIRST: dict[str, tuple[Any, ...]] = {"field_values": ("name",), "exact_texts": (3,)}
"""What stands first, where something does."""
PUBLIC = sorted(
    name
    for name in strategies.__all__
    if inspect.isfunction(getattr(strategies, name)) and name != "edition"  # reads an edition, by its name
)


def called(name: str, **options: Any) -> Any:
    function: Callable[..., Any] = getattr(strategies, name)
    return function(*FIRST.get(name, ()), **options)


def test_there_are_strategies() -> None:
    made = [name for name in PUBLIC if isinstance(called(name), SearchStrategy)]
    assert [name for name in PUBLIC if name not in made] == [
        "listed_assistants",
        "listed_errors",
        "listed_future_assistants",
    ]


@pytest.mark.parametrize("name", PUBLIC)
def test_options_are_given_by_name(name: str) -> None:
    taken = inspect.signature(getattr(strategies, name)).parameters.values()
    assert [one.name for one in taken if one.kind is not inspect.Parameter.KEYWORD_ONLY] == {
        "field_values": ["field"],
        "exact_texts": ["length"],
    }.get(name, [])


@pytest.mark.parametrize("name", PUBLIC)
def test_an_edition_is_given_as_it_is_by_name_or_by_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "acme.toml"
    path.write_text('extends = "2025-03"\nreason = "r"\nsource = "s"\n[limits]\nname.maxLength = 200\n', "utf-8")
    for given in (edition("2026-08"), "2026-08", path, str(path), None):
        assert called(name, edition=given) is not None


@pytest.mark.parametrize("name", PUBLIC)
def test_an_edition_that_is_none_is_told_by_the_name_of_the_argument(name: str) -> None:
    with pytest.raises(EditionError, match=r"edition='2025-3': unknown edition '2025-3'"):
        called(name, edition="2025-3")
    with pytest.raises(InvalidArgument, match="edition=7 "):
        called(name, edition=7)


@pytest.mark.parametrize("name", ["modify_bodies", "create_bodies", "boundary_cases"])
@pytest.mark.parametrize("argument", ["models", "file_ids", "vector_store_ids"])
@pytest.mark.parametrize("given", ["gpt-4o", 4, ["gpt-4o", 4]], ids=str)
def test_lists_of_strings(name: str, argument: str, given: object) -> None:
    with pytest.raises(InvalidArgument, match=f"^{argument}="):
        called(name, **{argument: given})


@pytest.mark.parametrize("given", ["name", 4, ["names"]], ids=str)
def test_fields(given: object) -> None:
    with pytest.raises(InvalidArgument, match=r"^fields="):
        strategies.modify_bodies(fields=given)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match=r"^field='names'"):
        strategies.field_values("names")


@pytest.mark.parametrize("given", [-1, "3", 1.5, True, None], ids=str)
@pytest.mark.parametrize(
    ("name", "argument"),
    [("texts", "min_size"), ("texts", "max_size"), ("free_objects", "max_depth"), ("object_schemas", "max_depth")],
)
def test_numbers(name: str, argument: str, given: object) -> None:
    with pytest.raises(InvalidArgument, match=f"^{argument}="):
        called(name, **{argument: given})
    with pytest.raises(InvalidArgument, match=r"^length="):
        strategies.exact_texts(given)  # type: ignore[arg-type]
