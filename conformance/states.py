"""The states that scratch assistants start from, and a plain value of every field.

An initial state sets every field to something that is neither a default nor empty, so that a field which is lost, reset
or overwritten is seen. No initial state is in a state in which cross-field rules would permit what follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from strategies.fitting import fitted
from strategies.scalars import of_schema_alone, plain_value, stored_value

if TYPE_CHECKING:
    from strategies.contract import Contract
    from strategies.editions import Edition
    from strategies.jsonvalues import JSON
    from strategies.permissions import KnownIds

InitialState = Literal["minimal", "populated", "without_resources", "structured"]
"""The state that a scratch assistant starts from: as little as possible; every field set; every field but
``tool_resources`` set; the same with function tools only and a JSON schema as response format."""

BASE_MODEL = "gpt-4o"

FUNCTION: dict[str, JSON] = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Looks a word up.",
        "parameters": {
            "type": "object",
            "properties": {"word": {"type": "string", "enum": ["b", "a", "b-a"]}, "depth": {"type": "integer"}},
            "required": ["word"],
        },
        "strict": False,
    },
}
FILE_SEARCH: dict[str, JSON] = {
    "type": "file_search",
    "file_search": {"max_num_results": 7, "ranking_options": {"ranker": "auto", "score_threshold": 0.25}},
}
JSON_SCHEMA_FORMAT: dict[str, JSON] = {
    "type": "json_schema",
    "json_schema": {
        "name": "reply",
        "description": "A reply.",
        "schema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
        "strict": False,
    },
}


TOUCHED_ONCE: dict[str, JSON] = {
    "name": "Touched once",
    "description": "Touched once",
    "instructions": "Touched once",
    "metadata": {"untouched": "no", "empty": "no"},
    "tools": [{"type": "code_interpreter"}, {"type": "file_search"}],
    "tool_resources": {"code_interpreter": {"file_ids": []}},
    "temperature": 0.6,
    "top_p": 0.6,
}
"""What is modified before :data:`UNTOUCHED`, and comes back where a modify is delivered twice, or its state written."""
UNTOUCHED: dict[str, JSON] = {
    "name": "Untouched",
    "description": "",
    "instructions": " Untouched:  words of one sentence,\n\n\nand of others. \n" * 80,
    "metadata": {"untouched": "yes", "empty": ""},
    "tools": [FUNCTION, {"type": "file_search", "file_search": {"max_num_results": 20}}, {"type": "code_interpreter"}],
    "temperature": 0.2,
    "top_p": 0.35,
}
"""What is modified last, right after it was made, of an assistant that stands to the end: what a job at leisure tidies,
or writes back as it was when it was made, is then another."""


MARK: dict[str, JSON] = {"purpose": "modify-assistant-conformance"}
"""The pair by which assistants are known that a run has made: all but those that are made without any metadata."""
STORED_PAIRS: dict[str, JSON] = {**MARK, "stage": "before"}


def full_pairs(*, merged: bool = True) -> dict[str, JSON]:
    """Return 16 pairs at their limits.

    With ``merged``, the two keys of the initial states are among them, so that with the stored pairs they are still 16.
    """
    stored = list(STORED_PAIRS) if merged else []
    keys = [*stored, *(f"key{number:02}".ljust(64, "k") for number in range(16 - len(stored)))]
    return {key: f"value of {key} ".ljust(512, "v")[:512] for key in keys}


def file_ids(known: KnownIds, count: int) -> list[str]:
    """Return so many file ids in the usual form, known ones first."""
    return [*sorted(known.files), *(f"file-Conformance{number:04}" for number in range(1, count + 1))][:count]


def store_ids(known: KnownIds, count: int) -> list[str]:
    """Return so many vector store ids in the usual form, known ones first."""
    return [*sorted(known.vector_stores), *(f"vs_Conformance{number:04}" for number in range(1, count + 1))][:count]


def initial_states(contract: Contract, model: str) -> dict[InitialState, dict[str, JSON]]:
    """Return the body that brings each initial state about, by the published document; see :func:`states_fitted`."""
    known, edition = contract.known, contract.edition
    common: dict[str, JSON] = {
        "model": model,
        "name": "Scratch assistant",
        "description": "Made by a conformance run.",
        "instructions": "Answer in one sentence.",
        "metadata": STORED_PAIRS,
        "temperature": 0.7,
        "top_p": 0.9,
        **{field: stored_value(edition.schema_of(field)) for field in of_schema_alone(edition)},
    }
    without_resources: dict[str, JSON] = {
        **common,
        "tools": [{"type": "code_interpreter"}, FILE_SEARCH, FUNCTION],
        "response_format": {"type": "text"},
    }
    return {
        "minimal": {"model": model},
        "without_resources": without_resources,
        "populated": {
            **without_resources,
            "tool_resources": {
                "code_interpreter": {"file_ids": file_ids(known, 2)},
                "file_search": {"vector_store_ids": store_ids(known, 1)},
            },
        },
        "structured": {**common, "tools": [FUNCTION], "response_format": JSON_SCHEMA_FORMAT},
    }


def plain(contract: Contract, model: str) -> dict[str, JSON]:
    """Return a plain value of every field, other than those of the initial states where a field has a choice.

    A target that gets these wrong gets the field wrong, whatever is special about other values. They are those of the
    published document; see :func:`plain_fitted`.
    """
    known, edition = contract.known, contract.edition
    return {
        "model": model,
        "name": "Plain name",
        "description": "Plain description",
        "instructions": "Plain instructions",
        "tools": [{"type": "code_interpreter"}],
        "tool_resources": {"code_interpreter": {"file_ids": file_ids(known, 1)}},
        "metadata": {"plain": "value"},
        "temperature": 0.5,
        "top_p": 0.5,
        "response_format": "auto",
        "reasoning_effort": None,
        **{field: plain_value(edition.schema_of(field)) for field in of_schema_alone(edition)},
    }


def states_fitted(contract: Contract, model: str) -> dict[InitialState, dict[str, JSON]]:
    """Return the same as the contract's edition has them, where that is one of the user's own."""
    bodies = initial_states(contract, model)
    return {name: _with_room(contract.edition, fitted(contract.edition, body)) for name, body in bodies.items()}


def _with_room(edition: Edition, body: dict[str, JSON]) -> dict[str, JSON]:
    """Return a body with one pair fewer than there may be, so that a target which merges can take another."""
    most = edition.schema_of("metadata").get("maxProperties", len(STORED_PAIRS) + 1) if body.get("metadata") else 0
    if edition.own is None or not 1 < most <= len(STORED_PAIRS):
        return body
    return {**body, "metadata": dict(list(body["metadata"].items())[: most - 1])}


def plain_fitted(contract: Contract, model: str) -> dict[str, JSON]:
    """Return the plain values as the contract's edition has them, where that is one of the user's own."""
    found: dict[str, JSON] = fitted(contract.edition, plain(contract, model))
    return found
