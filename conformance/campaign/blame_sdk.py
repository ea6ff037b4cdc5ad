"""To which requirement a breach of an SDK is laid: the most general that a simpler call breaks as well.

An SDK that drops every null drops it inside free JSON and out of an invalid body, too; one that loses ``tools`` loses
an empty list of them. So before a breach is laid to what is special about the body, a call that lacks the speciality
is tried: the same value where nothing else is special, then a plain value at the same place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.campaign.scripted import lay_answer
from conformance.catalogue import sdk
from conformance.exchange import Raised
from conformance.judging.answers import read
from conformance.judging.breach import Aspect, Breach
from conformance.judging.compare import FREE_JSON, MISSING, Place
from conformance.judging.wire import state_of_value
from strategies.contract import Ruling
from strategies.jsonvalues import JSON, NotJSONError, decode, encode, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.blame import Blame
    from conformance.campaign.session import Performed, Session
    from conformance.plan.case import Case

OF_SDKS = frozenset({Aspect.WIRE, Aspect.RETURNED})

_FUNCTION: dict[str, JSON] = {"type": "function", "function": {"name": "f", "strict": False}}
_BODY_BREACHES = frozenset({sdk.DROPPED, sdk.INVENTED, sdk.NAMES, sdk.VALUES})
_PLAIN: dict[str, JSON] = {
    "parameters": {"type": "object", "properties": {"plain": {"type": "string"}}},
    "schema": {"type": "object", "properties": {"plain": {"type": "string"}}},
    "strict": True,
    "max_num_results": 5,
    "score_threshold": 0.5,
    "ranking_options": {"score_threshold": 0.5},
    "ranker": "auto",
    "code_interpreter": {"file_ids": ["file-plain"]},
    "file_ids": ["file-plain"],
    "vector_store_ids": ["vs_plain"],
}
"""A plain value for each nested key of the document that is no text."""
_OTHERS: dict[str, JSON] = {"name": "Other", "description": "Other", "instructions": "Other", "model": "gpt-4o-mini"}


def lay_sdk(session: Session, blame: Blame, case: Case, breach: Breach, performed: Performed) -> str:
    """Return the id of the requirement that a breach of an SDK is laid to."""
    if breach.aspect is Aspect.RETURNED:
        return _returned(session, breach, performed)
    if breach.base not in _BODY_BREACHES:
        return breach.base
    return _Laying(session, blame, case, breach, performed).id


def _returned(session: Session, breach: Breach, performed: Performed) -> str:
    observation = performed.observation
    exchange = observation.exchange
    if breach.base == sdk.RETRIEVED and observation.after is not None:
        exchange = observation.after
    if breach.base not in {sdk.WHOLE, sdk.RETRIEVED} or exchange.response is None:
        return breach.base
    came = read(exchange.response)
    return lay_answer(session, came, breach) if isinstance(came, dict) and breach.base == sdk.WHOLE else breach.base


class _Laying:
    """One breach of the body on its way to a requirement."""

    def __init__(self, session: Session, blame: Blame, case: Case, breach: Breach, performed: Performed) -> None:
        self._session = session
        self._blame = blame
        self._case = case
        self._breach = breach
        self._performed = performed
        self._body: dict[str, JSON] = performed.judgement.body
        self._given = _at(self._body, breach.path)

    @property
    def id(self) -> str:
        breach = self._breach
        if breach.base == sdk.INVENTED and len(breach.path) == 1 and self._is_carried_over():
            return sdk.CARRIED_OVER
        invalid = self._performed.judgement.ruling is Ruling.REFUSE
        if invalid or breach.kind:
            simplest = next((id_ for id_, body in _simplest(self._given) if self._shows(body)), "")
            if simplest:
                return simplest
        if invalid:
            return breach.base if self._shows(self._valid_twin()) else sdk.INVALID_FAITHFUL
        if breach.base in {sdk.INVENTED, sdk.NAMES} and not breach.kind:
            return breach.base
        special = breach.kind or breach.special
        return special if special and not self._shows(self._plain_twin()) else breach.base

    def _shows(self, body: dict[str, JSON]) -> bool:
        """Tell whether another body shows a breach at the same field, or at any where the body has only that."""
        data = encode(body)
        if data == self._performed.data:
            return False
        wrong = self._blame.twin(data, "bare").wrong
        fields = {self._breach.field, *body} if len(body) == 1 else {self._breach.field}
        return any((Aspect.WIRE, field) in wrong for field in fields)

    def _valid_twin(self) -> dict[str, JSON]:
        twin = self._case.twin
        if twin is not None:
            try:
                value = decode(twin).value
            except NotJSONError:
                value = None
            if isinstance(value, dict):
                return value
        return {"name": "Plain name"}

    def _plain_twin(self) -> dict[str, JSON]:
        breach = self._breach
        plain = self._session.context.plain
        if len(breach.path) > 1:
            return {breach.field: _with_plain(self._body[breach.field], breach.path, 1)}
        value = plain.get(breach.field)
        return {breach.field: "low" if value is None else value}

    def _is_carried_over(self) -> bool:
        """Tell whether an invented key has the value of the call before, whatever that was."""
        field = self._breach.field
        key = (encode(field), "carried over")
        known = self._session.context.twins.get(key)
        if known is None:
            known = self._session.context.twins[key] = self._is_carried(field)
        return bool(known)

    def _is_carried(self, field: str) -> bool:
        values = [self._session.context.plain.get(field), _other(field, self._session.context.plain.get(field))]
        scratch = self._session.scratch("bare")
        seen = []
        for value in values:
            self._session.target.modify(scratch.assistant_id, encode({field: value}))
            exchange = self._session.target.modify(scratch.assistant_id, self._performed.data)
            if exchange.request is None or (isinstance(exchange.outcome, Raised) and not exchange.requests):
                return False
            sent = _read(exchange.request.body)
            seen.append(isinstance(sent, dict) and field in sent and same(sent[field], value))
        return all(seen)


def _other(field: str, value: JSON) -> JSON:
    """Return a second plain value of a field."""
    if field in _OTHERS:
        return _OTHERS[field]
    match value:
        case int() | float():
            return 0.25
        case list():
            return []
        case dict():
            return {}
        case _:
            return {"type": "text"} if field == "response_format" else "low"


def _read(data: bytes) -> JSON:
    try:
        return decode(data).value
    except NotJSONError:
        return None


def _at(value: JSON, path: Place) -> JSON:
    for part in path:
        inside = isinstance(value, dict) and part in value
        within = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if not (inside or within):
            return MISSING
        value = value[part]
    return value


def _simplest(given: JSON) -> Iterator[tuple[str, dict[str, JSON]]]:
    """Return the simplest body that holds a value, with the requirement that it breaks when it goes wrong, too."""
    bodies: dict[str, dict[str, JSON]] = {"": {"name": ""}, "[]": {"tools": []}, "{}": {"metadata": {}}}
    match given:
        case None:
            yield sdk.NULL, {"name": None}
        case bool():
            if not given:
                yield sdk.ZERO, {"tools": [_FUNCTION]}
        case int() | float():
            if 0 <= given <= 2:
                yield (sdk.ZERO if given == 0 else sdk.NUMBERS), {"temperature": given}
        case str() if 0 < len(given) <= 256:
            yield sdk.TEXT, {"name": given}
        case "" | [] | {}:
            if state_of_value(given):
                yield sdk.EMPTY, bodies[str(given)]


def _with_plain(value: JSON, path: Place, depth: int) -> JSON:
    """Return a value with a plain one where the path leads; the whole of free JSON where it leads inside."""
    part = path[depth]
    last = depth == len(path) - 1 or part in FREE_JSON
    if isinstance(value, list) and isinstance(part, int):
        inner = _plain_for(path, part) if last else _with_plain(value[part], path, depth + 1)
        return [*value[:part], inner, *value[part + 1 :]]
    if isinstance(value, dict):
        inner = _plain_for(path, part) if last else _with_plain(value[part], path, depth + 1)
        return {**value, part: inner}
    return value


def _plain_for(path: Place, part: str | int) -> JSON:
    if part == "file_search":
        return {"vector_store_ids": ["vs_plain"]} if path[0] == "tool_resources" else {"max_num_results": 5}
    return _PLAIN.get(str(part), "Plain")
