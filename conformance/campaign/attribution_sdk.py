"""To which requirement a breach of an SDK belongs: the most general that a simpler call breaks as well.

An SDK that drops every null drops it inside free JSON and out of an invalid body, too; one that loses ``tools`` loses
an empty list of them. So before a breach is attributed to what is special about the body, a call that lacks the
speciality is tried: the same value where nothing else is special, then a plain value at the same place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from conformance.campaign.scripted import answered, attribute_answer
from conformance.catalogue import sdk
from conformance.exchange import Raised
from conformance.judging.answers import read
from conformance.judging.breach import Aspect, Breach
from conformance.judging.compare import FREE_JSON, Place, value_at
from strategies.contract import Ruling
from strategies.jsonvalues import JSON, NotJSONError, decode, encode, same

if TYPE_CHECKING:
    from conformance.campaign.sending import Sender
    from conformance.judging.observation import Performed
    from conformance.scenario import Case

_OF_FORM = frozenset({sdk.WHOLE, sdk.NOTHING_INVENTED})
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
LONGEST_NAME = 256
LONGEST_LIST = 128
_OTHERS: dict[str, JSON] = {"name": "Other", "description": "Other", "instructions": "Other", "model": "gpt-4o-mini"}


def attribute_sdk(session: Sender, case: Case, breach: Breach, performed: Performed) -> str:
    """Return the id of the requirement that a breach of an SDK is attributed to."""
    if breach.aspect is Aspect.RETURNED:
        return _returned(session, breach, performed)
    if breach.base not in _BODY_BREACHES:
        return breach.base
    return _Laying(session, breach, performed, case.control).id


def _returned(session: Sender, breach: Breach, performed: Performed) -> str:
    if breach.base == sdk.OBJECT:
        return breach.base
    if breach.base == sdk.RETRIEVED:
        return _retrieved(session, breach, performed)
    response = performed.observation.exchange.response
    came = read(response) if breach.base in _OF_FORM and response is not None else None
    return attribute_answer(session, came, breach) if isinstance(came, dict) else breach.base


def _retrieved(session: Sender, breach: Breach, performed: Performed) -> str:
    """Lay what is wrong with a GET to what is wrong with a modify that is answered the same, where that is."""
    after = performed.observation.after
    came = read(after.response) if after is not None and after.response is not None else None
    if not isinstance(came, dict):
        return breach.base
    alike = next((one for one in answered(session, came)[1] if one.field == breach.field), None)
    if alike is None:
        return breach.base
    return attribute_answer(session, came, alike) if alike.base in _OF_FORM else alike.base


class _Laying:
    """One breach of the body on its way to a requirement; ``control`` is the valid control of an invalid body."""

    def __init__(self, session: Sender, breach: Breach, performed: Performed, control: bytes | None = None) -> None:
        self._session = session
        self._breach = breach
        self._performed = performed
        self._control = control
        self._body: dict[str, JSON] = performed.judgement.body
        self._given = value_at(self._body, breach.path)

    @property
    def id(self) -> str:
        breach = self._breach
        if breach.base == sdk.INVENTED and len(breach.path) == 1 and self._is_carried_over():
            return sdk.CARRIED_OVER
        invalid = self._performed.judgement.ruling is Ruling.REFUSE
        if invalid or breach.kind or breach.special:
            simplest = _simplest(self._given)
            laid = self._laid(simplest, next(iter(simplest))) if simplest else ""
            if laid:
                return laid
        if invalid:
            plain = self._session.context.plain
            beside = {"name": plain["name"]} if breach.field != "name" else {"description": plain["description"]}
            controls = [*self._parts(), _object(self._control), {breach.field: plain.get(breach.field)}, beside]
            return next(
                (laid for control in controls if control and (laid := self._laid(control))), sdk.INVALID_FAITHFUL
            )
        if breach.base in {sdk.INVENTED, sdk.NAMES} and not breach.kind:
            return breach.base
        special = breach.kind or breach.special
        return special if special and not self._shows(self._plain_control()) else breach.base

    def _parts(self) -> list[dict[str, JSON]]:
        """Return bodies of the field alone that may be valid: whole, cut to what is allowed, the one item."""
        field, path = self._breach.field, self._breach.path
        value = self._body.get(field) if isinstance(self._body, dict) else None
        if not isinstance(value, list):
            return [{field: value}] if value is not None else []
        one = value[path[1]] if len(path) > 1 and isinstance(path[1], int) and path[1] < len(value) else None
        return [{field: value[:LONGEST_LIST]}, *([] if one is None else [{field: [one]}])]

    def _laid(self, body: dict[str, JSON], field: str = "") -> str:
        """Return what another body's breach at the field is attributed to; empty where it shows none."""
        performed = self._tried(body)
        if performed is None:
            return ""
        for breach in performed.verdict.breaches:
            if breach.base in _BODY_BREACHES and breach.field == (field or self._breach.field):
                return _Laying(self._session, breach, performed).id
        return ""

    def _shows(self, body: dict[str, JSON]) -> bool:
        """Return whether another body shows a breach at the same place."""
        performed = self._tried(body)
        places = {one.anywhere for one in performed.verdict.breaches if one.aspect is Aspect.WIRE} if performed else ()
        return self._breach.anywhere in places

    def _tried(self, body: dict[str, JSON]) -> Performed | None:
        """Send another body to a fresh assistant, once in a campaign; nothing for the same and for an invalid one."""
        session, data = self._session, encode(body)
        if data == self._performed.data:
            return None
        key = (data, "sent by an SDK")
        known = session.context.controls.get(key)
        if known is None:
            scratch = session.scratch("minimal")
            known = session.context.controls[key] = session.perform(scratch, data)
            session.drop(scratch)
        performed = cast("Performed", known)
        return None if performed.judgement.ruling is Ruling.REFUSE else performed

    def _plain_control(self) -> dict[str, JSON]:
        breach = self._breach
        plain = self._session.context.plain
        if len(breach.path) > 1:
            return {breach.field: _with_plain(self._body[breach.field], breach.path, 1)}
        value = plain.get(breach.field)
        return {breach.field: "low" if value is None else value}

    def _is_carried_over(self) -> bool:
        """Return whether an invented key has the value of the call before, whatever that was."""
        field = self._breach.field
        key = (encode(field), "carried over")
        known = self._session.context.controls.get(key)
        if known is None:
            known = self._session.context.controls[key] = self._is_carried(field)
        return bool(known)

    def _is_carried(self, field: str) -> bool:
        values = [self._session.context.plain.get(field), _other(field, self._session.context.plain.get(field))]
        scratch = self._session.scratch("minimal")
        seen = []
        for value in values:
            self._session.target.modify(scratch.assistant_id, encode({field: value}))
            exchange = self._session.target.modify(scratch.assistant_id, self._performed.data)
            if exchange.request is None or (isinstance(exchange.outcome, Raised) and not exchange.requests):
                return False
            sent = _read(exchange.request.body)
            seen.append(isinstance(sent, dict) and field in sent and same(sent[field], value))
        self._session.drop(scratch)
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


def _object(data: bytes | None) -> dict[str, JSON]:
    value = _read(data or b"")
    return value if isinstance(value, dict) else {}


def _read(data: bytes) -> JSON:
    try:
        return decode(data).value
    except NotJSONError:
        return None


def _simplest(given: JSON) -> dict[str, JSON]:
    """Return the simplest body that holds a value; empty where nothing is special about it."""
    match given:
        case None:
            return {"name": None}
        case bool():
            return {} if given else {"tools": [_FUNCTION]}
        case int() | float():
            return {"temperature": given if 0 <= given <= 2 else 0.123456789}
        case str():
            return {"name": given if len(given) <= LONGEST_NAME else given[:80] + given[-80:]}
        case []:
            return {"tools": []}
    return {"metadata": {}} if given == {} else {}


def _with_plain(value: JSON, path: Place, depth: int) -> JSON:
    """Return a value with a plain one where the path leads, in every item alike; all of free JSON at once."""
    part = path[depth]
    last = depth == len(path) - 1 or part in FREE_JSON
    if isinstance(value, list) and isinstance(part, int):
        if last:
            return [*value[:part], _plain_for(path, part), *value[part + 1 :]]
        return [_with_plain(item, path, depth + 1) for item in value]  # what is special about one may be so of others
    if isinstance(value, dict) and part in value:
        inner = _plain_for(path, part) if last else _with_plain(value[part], path, depth + 1)
        return {**value, part: inner}
    return value


def _plain_for(path: Place, part: str | int) -> JSON:
    if part == "file_search":
        return {"vector_store_ids": ["vs_plain"]} if path[0] == "tool_resources" else {"max_num_results": 5}
    return _PLAIN.get(str(part), "Plain")
