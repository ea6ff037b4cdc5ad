"""Special values that are held while something else is modified.

A store that reads the whole assistant, changes a field and writes all of it back spoils what it cannot carry: a long
text, a null inside free JSON, a model that it takes for the default. A modify of the field itself does not show that,
and neither does an initial state of plain values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import roundtrip
from conformance.scenario import Case, Scenario, Scope, case, scenarios
from conformance.states import FUNCTION, InitialState, file_ids, full_pairs, initial_states
from conformance.suites.texts import packed
from conformance.suites.values import values
from strategies.freejson import FREE_JSON
from strategies.scalars import of_schema_alone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.session import Session
    from strategies.contract import Contract
    from strategies.editions import Edition
    from strategies.jsonvalues import JSON
    from strategies.permissions import KnownIds

_AWKWARD = " <b>é e\u0301 😀\u2028\"'\\ &amp; 0\t\n"
_OTHER_MODELS = 3
_LIMITS = (("name", 256), ("description", 512))
_ALL: dict[str, JSON] = {
    "name": "Beside it",
    "description": "Beside it",
    "instructions": "Beside it",
    "metadata": {"beside": "it"},
    "temperature": 0.3,
    "top_p": 0.3,
}
_NEUTRAL: tuple[dict[str, JSON], ...] = ({"name": "Beside it"}, {}, {"metadata": {"beside": "it"}}, {"top_p": 0.3})
"""What is sent then: bodies that have nothing to do with most fields."""


def _kept(scope: Scope) -> Iterator[Scenario]:
    """Return a scenario for each field: a special value set, another field modified, and so on."""
    known, model = scope.known, scope.model
    for field, states in _states(scope.edition, known, model).items():
        cases: list[Case] = []
        neutral = [body for body in _NEUTRAL if field not in body]
        for place, (label, value) in enumerate(states.items()):
            cases.append(case(f"roundtrip.{field}.stored", f"{field}: {label}", {field: value}, about=field))
            beside = neutral[place % len(neutral)]
            cases.append(case(f"roundtrip.{field}.kept", f"{', '.join(beside) or 'nothing'} beside {label}", beside))
            others = {name: content for name, content in _ALL.items() if name != field}
            cases.append(case(f"roundtrip.{field}.kept", f"others beside {label}", others, about="*"))
        homes: dict[str, InitialState] = {"response_format": "structured", "tools": "without_resources"}
        yield Scenario(f"roundtrip.{field}.kept", 1, homes.get(field, "populated"), tuple(cases))
    yield Scenario("roundtrip.tool_resources.kept", 1, "populated", (_other_tools(),))
    yield Scenario(roundtrip.COMBINATIONS, 1, "populated", tuple(_beside_the_stored(scope.contract, model)))


def _states(edition: Edition, known: KnownIds, model: str) -> dict[str, dict[str, JSON]]:
    others = [one for one in edition.models if one != model and edition.takes_effort(one) is False]
    texts: dict[str, JSON] = {"an empty text": "", "awkward text": _AWKWARD, "a zero": "0", "null": None}
    longest = {
        name: {**texts, "as long as it may be": "held " * (limit // 5) + "!" * (limit % 5)} for name, limit in _LIMITS
    }
    return {
        "model": {one: one for one in others[:_OTHER_MODELS]},
        **longest,
        "instructions": {**texts, "256,000 characters": "0123456789abcdef" * 16000},
        "tools": {
            **{label: _function(parameters=FREE_JSON[label]) for label in _TELLING},
            "strict null": _function(strict=None),
            "strict false": _function(strict=False),
            "an empty description": _function(description=""),
            "a threshold of zero": [
                {"type": "file_search", "file_search": {"ranking_options": {"score_threshold": 0}}},
                {"type": "code_interpreter"},
                FUNCTION,
            ],
            "128 functions": [_function(name=f"f{number}")[0] for number in range(128)],
        },
        "tool_resources": {
            "no files": {"code_interpreter": {"file_ids": []}, "file_search": {"vector_store_ids": []}},
            "20 files": {"code_interpreter": {"file_ids": file_ids(known, 20)}},
        },
        "metadata": {"awkward texts": packed(), "16 pairs": full_pairs(), "an empty value": {"empty": ""}},
        "temperature": {"zero": 0, "null": None, "a long fraction": 0.30000000000000004},
        "top_p": {"zero": 0, "null": None, "a long fraction": 0.30000000000000004},
        "response_format": {
            "json_object": {"type": "json_object"},
            "auto after json_object": "auto",
            "null": None,
            **{label: _format(schema=FREE_JSON[label]) for label in _TELLING},
            "strict null": _format(strict=None, description=""),
        },
        **{
            field: {one.label: one.value for one in values(field, edition, known)} for field in of_schema_alone(edition)
        },
    }


_TELLING = ("null", "nulls", "empties_inside", "floats", "definitions")
"""Free JSON that a store is known to spoil."""


def _function(**members: JSON) -> list[JSON]:
    return [{"type": "function", "function": {"name": "f", **members}}]


def _format(**members: JSON) -> JSON:
    return {"type": "json_schema", "json_schema": {"name": "n", **members}}


def _beside_the_stored(contract: Contract, model: str) -> Iterator[Case]:
    """What is stored already, sent again beside something new: the new is not skipped for the sake of the old."""
    stored = initial_states(contract, model)["populated"]
    for field in ("name", "metadata", "tools", "temperature"):
        new: dict[str, JSON] = {"description": f"New beside the stored {field}"}
        label = f"the stored {field} beside something new"
        yield case(roundtrip.COMBINATIONS, label, {field: stored[field], **new}, about="*", control=new)
    crossed = {"name": stored["description"], "instructions": stored["name"]}
    yield case(roundtrip.COMBINATIONS, "what is stored in other fields", crossed, about="*")
    same = dict.fromkeys(("name", "description", "instructions"), "The same.")
    yield case(roundtrip.COMBINATIONS, "one text in three fields", same, about="*")
    emptied: dict[str, JSON] = {"name": None, "temperature": None, "tools": [], "metadata": None, "top_p": 0}
    yield case(roundtrip.COMBINATIONS, "nulls beside no tools", emptied, about="*")
    new = {"description": "New beside all that is stored"}
    yield case(
        roundtrip.COMBINATIONS, "all that is stored beside something new", {**stored, **new}, about="*", control=new
    )


def _other_tools() -> Case:
    """Other tools, of the kinds whose resources are stored: these have no reason to go."""
    tools: list[JSON] = [{"type": "file_search"}, FUNCTION, {"type": "code_interpreter"}]
    return case("roundtrip.tool_resources.kept", "other tools of the same kinds", {"tools": tools})


@scenarios(_kept)
def test_what_is_not_sent_is_kept(session: Session, scenario: Scenario) -> None:
    """A special value stays while other fields are modified."""
    session.run(scenario.cases, scenario.initial_state)
