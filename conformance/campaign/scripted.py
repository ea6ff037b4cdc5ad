"""Calls of an SDK with an answer of ours behind it: what the caller gets of exactly this response.

What came of an answer is remembered in the campaign: the same plain assistants are tried as controls again and again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from conformance.catalogue import sdk
from conformance.exchange import Exchange, NotRun, Response
from conformance.judging.answers import judge_answer, requirement_of_form, told
from conformance.judging.compare import FREE_JSON
from conformance.targets.declared import expressible
from strategies.fitting import fitted, fitted_answer
from strategies.jsonvalues import JSON, encode, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.campaign.sending import Sender
    from conformance.exchange import Request
    from conformance.judging.breach import Breach
    from conformance.targets.sdk import SdkTarget

Operation = Literal["modify", "retrieve"]

ASKED: dict[str, JSON] = {
    **dict.fromkeys(("name", "description", "instructions"), "Asked"),
    "tools": [{"type": "code_interpreter"}],
    "metadata": {"asked": "yes"},
    "temperature": 0.25,
    "top_p": 0.25,
    "response_format": "auto",
}
"""What the caller asks wherever the answer alone counts: nothing of it is to be in what the caller gets."""
ASSISTANT_ID = "asst_abc123"

PLAIN: dict[str, JSON] = {
    "id": ASSISTANT_ID,
    "object": "assistant",
    "created_at": 1698984975,
    "name": "Plain name",
    "description": "Plain description",
    "model": "gpt-4o",
    "instructions": "Plain instructions",
    "tools": [
        {"type": "code_interpreter"},
        {
            "type": "file_search",
            "file_search": {"max_num_results": 7, "ranking_options": {"ranker": "auto", "score_threshold": 0.5}},
        },
        {
            "type": "function",
            "function": {
                "name": "look_up",
                "description": "Looks a word up.",
                "parameters": {"type": "object", "properties": {"word": {"type": "string"}}},
                "strict": True,
            },
        },
    ],
    "tool_resources": {
        "code_interpreter": {"file_ids": ["file-abc123"]},
        "file_search": {"vector_store_ids": ["vs_abc123"]},
    },
    "metadata": {"key": "value"},
    "temperature": 0.5,
    "top_p": 0.5,
    "response_format": {"type": "text"},
}
"""An assistant with everything in it and nothing special about it; what a session answers with fits its edition."""


def fitting_answer(session: Sender, assistant: Mapping[str, JSON] = PLAIN, **changed: JSON) -> dict[str, JSON]:
    """Return an assistant, the plain one if none is given, with members ``changed``, as the edition allows it.

    Its id stays: it is that of the call, and a caller may ask with any.
    """
    return {**fitted_answer(session.contract.edition, {**assistant, **changed}), "id": assistant["id"]}


def as_response(assistant: JSON) -> Response:
    """Return the response that carries an assistant."""
    return Response(200, (("Content-Type", "application/json"),), encode(assistant))


def called(
    session: Sender,
    responder: Callable[[Request], Response | Exception],
    operation: Operation = "modify",
    assistant_id: str = ASSISTANT_ID,
    body: JSON = None,
) -> Exchange:
    """Have the SDK make a call, with a responder behind it."""
    target = cast("SdkTarget", session.target)
    session.context.check()
    with target.answering(responder):
        if operation == "retrieve":
            return session.context.watch(target.retrieve(assistant_id))
        given = fitted(session.contract.edition, ASKED if body is None else body)
        # What cannot be said is left out: here it is not what is asked that is judged.
        held = expressible(cannot_of(session), given) if isinstance(given, dict) else given
        exchange = target.modify(assistant_id, encode(held))
        if body is None and isinstance(exchange.outcome, NotRun):
            exchange = target.modify(assistant_id, b"{}")
        return session.context.watch(exchange)


def cannot_of(session: Sender) -> frozenset[str]:
    """Return what the adapter has declared."""
    return getattr(session.target, "cannot", frozenset())


def answered(session: Sender, assistant: JSON, operation: Operation = "modify") -> tuple[Exchange, list[Breach]]:
    """Answer a call with an assistant; return the exchange and what is wrong with it."""
    response = as_response(assistant)
    key = (response.body, f"answered to {operation}")
    known = session.context.controls.get(key)
    if isinstance(known, tuple):
        return known
    exchange = called(session, lambda request: response, operation)
    # What a type of the SDK says by itself is told by itself, and hides nothing else.
    wrong = judge_answer(exchange, cannot_of(session))[0]
    result = (exchange, [breach for breach in wrong if breach.base != sdk.OBJECT])
    session.context.controls[key] = result
    return result


def is_read(session: Sender, *ids: str) -> bool:
    """Return whether a plain assistant reaches the caller; where it does not, say so of these requirements."""
    exchange, wrong = answered(session, fitting_answer(session))
    if exchange.accepted and not wrong:
        return True
    for id_ in ids:
        session.evidence.note_without_evidence(
            id_, f"a plain assistant does not reach the caller either: {told(exchange)}"
        )
    return False


def attribute_answer(session: Sender, came: dict[str, JSON], breach: Breach, operation: Operation = "modify") -> str:
    """Return the requirement that a badly read assistant is attributed to.

    The plain assistant is the control: where that is read badly too, nothing special is the cause. Otherwise its
    fields are exchanged, one at a time, for those that came, till it is known which of them it takes.
    """
    if breach.base == sdk.NOTHING_INVENTED:
        return _attribute_invented(session, came, breach, operation)
    if breach.base == sdk.SETTLES:
        return breach.base
    plain = fitting_answer(session)
    _, wrong = answered(session, plain, operation)
    if any(not one.field or one.field == breach.field for one in wrong):
        return sdk.WHOLE
    if breach.field:
        return breach.special or _of_form(session, breach.field, came)
    for field in dict.fromkeys((*came, *plain)):
        if field in came and same(came[field], plain.get(field)):
            continue
        control = {key: value for key, value in plain.items() if key != field}
        control |= {field: came[field]} if field in came else {}
        if answered(session, control, operation)[1]:
            without = _without_nulls(came[field]) if field in came else None
            if not same(without, came.get(field)) and not answered(session, {**control, field: without}, operation)[1]:
                return sdk.NULLABLE  # a null within the value, not its form
            return _of_form(session, field, came)
    return sdk.WHOLE


def _attribute_invented(session: Sender, came: dict[str, JSON], breach: Breach, operation: Operation) -> str:
    """Lay a value that did not come to an earlier answer, where a client that has seen none does not have it."""
    key = (encode(came), f"invented at {breach.place} of {operation}")
    known = session.context.controls.get(key)
    if known is None:
        response = as_response(came)
        with cast("SdkTarget", session.target).anew():
            exchange = called(session, lambda request: response, operation)
        places = {one.place for one in judge_answer(exchange)[0] if one.base == sdk.NOTHING_INVENTED}
        known = session.context.controls[key] = sdk.NOTHING_INVENTED if breach.place in places else sdk.LEFT_OVER
    return str(known)


def _of_form(session: Sender, field: str, came: dict[str, JSON]) -> str:
    """Return the requirement about the form of a field; a model that is not listed is one of the future."""
    if field == "model" and came.get(field) not in session.context.contract.edition.models:
        return sdk.FUTURE_VALUE
    return requirement_of_form(field, came)


def _without_nulls(value: JSON) -> JSON:
    """Return a value without the nulls inside it, but for those of free JSON."""
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: item if key in FREE_JSON else _without_nulls(item) for key, item in value.items() if item is not None}
