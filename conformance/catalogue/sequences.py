"""Sequences and concurrency: many modifies, one after the other and at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue.requirement import SERVER, Level, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strategies.editions import Edition

ANY_ORDER = "sequences.any_order"
TENTH = "sequences.tenth"
AFTER_DELETE = "sequences.after_delete"
DELETED = "sequences.deleted"
CONNECTIONS = "sequences.connections"
STILL_THERE = "sequences.still_there"
ONE_ASSISTANT = "concurrency.one_assistant"
OWN_ANSWER = "concurrency.own_answer"
TWO_ASSISTANTS = "concurrency.two_assistants"
READER = "concurrency.reader"
REFUSED = "concurrency.refused"


def requirements(edition: Edition) -> Iterator[Requirement]:
    """Return both families."""
    yield _of(
        ANY_ORDER,
        "Whatever modifies went before, valid and rejected, on this assistant and on others, the next is obeyed.",
        "meaning of modifying: an assistant is what its accepted modifies made of it",
    )
    yield _of(TENTH, "The tenth modify of an assistant is obeyed as the first was.", "meaning of modifying")
    yield _of(
        AFTER_DELETE,
        "A modify of a deleted assistant is rejected with a 4xx, and does not bring it back.",
        "meaning of deleting",
        vacuous=True,
    )
    yield _of(
        DELETED,
        "An assistant that was deleted is shown by no GET, two seconds later at the latest.",
        f"spec {edition.name}, DeleteAssistantResponse; RFC 9111, 4.4: a cache invalidates what a DELETE was for",
        "SHOULD",
        vacuous=True,
    )
    yield _of(
        CONNECTIONS,
        "An assistant that was made over one connection is known over every other, until it is deleted.",
        "meaning of making: an assistant belongs to the server, and to no connection or worker (RFC 9110, 3.3)",
        vacuous=True,
    )
    yield _of(
        STILL_THERE,
        "An assistant stays as it was last shown until it is modified, and stays until it is deleted.",
        "meaning of storing: what nobody changes does not change",
        vacuous=True,
    )
    parallel = "meaning of an operation that is whole"
    yield _of(
        ONE_ASSISTANT,
        "Modifies of one assistant that arrive together leave what one of them sent, whole, and no field is lost.",
        parallel,
        "SHOULD",
    )
    yield _of(
        OWN_ANSWER,
        "Each of several modifies that arrive together is answered with the state that it has made itself.",
        parallel,
        "SHOULD",
    )
    yield _of(TWO_ASSISTANTS, "Modifies of two assistants that arrive together are both obeyed.", parallel, "SHOULD")
    yield _of(
        READER, "A GET during a modify shows the assistant before it or after it, never a mixture.", parallel, "SHOULD"
    )
    yield _of(REFUSED, "A GET never shows anything of a body that is rejected.", parallel, "SHOULD")


def _of(id_: str, sentence: str, source: str, level: Level = "MUST", *, vacuous: bool = False) -> Requirement:
    return Requirement(id_, level, "prose", sentence, source, SERVER, vacuous=vacuous)
