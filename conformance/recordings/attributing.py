"""To which requirement a breach belongs that a recording shows: nothing can be tried, so the plainest reading holds."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.catalogue import roundtrip, validation
from conformance.exchange import Raised
from conformance.judging.breach import Aspect, Breach
from conformance.judging.holding import requirement_of
from strategies.broken import constraints_broken
from strategies.contract import Ruling
from strategies.limits import constraints_reached

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.judging.observation import Observation
    from conformance.recordings.modifies import Modify
    from strategies.contract import Contract, Judgement
    from strategies.jsonvalues import JSON

_UNKNOWN = re.compile(
    r"\b(no assistant|no such|not found|does not exist|doesn't exist|unknown (assistant|id))\b", re.IGNORECASE
)
_COMPARED = frozenset({Aspect.ANSWER, Aspect.STORED})


def may_be_of_id(modify: Modify) -> bool:
    """Return whether a valid body may have been rejected for an id that nobody has: nothing in it is named as wrong."""
    exchange, body = modify.exchange, modify.judgement.body
    if exchange.status == HTTPStatus.NOT_FOUND:
        return True
    if not 400 <= (exchange.status or 0) < 500 or modify.judgement.ruling is Ruling.REFUSE:
        return False
    error = _error(exchange)
    named = error.get("param")
    field = re.split(r"[.\[]", named)[0] if isinstance(named, str) else ""
    return not (isinstance(body, dict) and field in body) and field != "model"


def says_unknown(exchange: Exchange) -> bool:
    """Return whether an error says that there is no such assistant, and names it."""
    told = _error(exchange).get("message")
    id_ = exchange.assistant_id or ""
    return isinstance(told, str) and bool(id_) and id_ in told and _UNKNOWN.search(told) is not None


def _error(exchange: Exchange) -> dict[str, JSON]:
    outcome = exchange.outcome
    error = outcome.error.get("error") if isinstance(outcome, Raised) and isinstance(outcome.error, dict) else None
    return error if isinstance(error, dict) else {}


def attributed(contract: Contract, breach: Breach, judgement: Judgement, seen: Observation) -> str:
    """Return the id of the requirement that a breach is attributed to."""
    if breach.aspect is Aspect.REFUSED:
        return _refused(contract, judgement.body, seen)
    if breach.aspect is Aspect.ACCEPTED:
        return breach.base or _accepted(contract, judgement)
    if breach.aspect in _COMPARED:
        return (breach.kind if breach.told else "") or breach.special or breach.base
    return breach.special or breach.base


def _accepted(contract: Contract, judgement: Judgement) -> str:
    broken = constraints_broken(contract.edition, judgement.body)
    if broken:
        return validation.of_constraint(broken[0])
    if not judgement.violations or judgement.violations[0].keyword == "json":
        return "transport.malformed"
    field = judgement.violations[0].field
    return f"validation.{field or 'body'}.type"


def _refused(contract: Contract, body: JSON, seen: Observation) -> str:
    if not isinstance(body, dict) or not body:
        return "validation.body.type"
    named = _error(seen.exchange).get("param")
    field = named.split(".")[0].split("[")[0] if isinstance(named, str) else ""
    if field == "model" and "model" not in body:
        return validation.OPTIONAL
    if field not in body and len(body) > 1:
        return validation.COMBINATIONS
    field = field if field in body else next(iter(body))
    value = body[field]
    if value is None:
        return f"validation.{field}.nullable"
    special = requirement_of(contract.edition, field, value, Aspect.STORED)[1]
    if special:
        return special
    reached = [one for one in constraints_reached(contract.edition, {field: value}) if one.keyword.startswith("m")]
    if reached:
        return validation.of_constraint(reached[0])
    return f"validation.{field}.type" if field in contract.edition.fields else roundtrip.COMBINATIONS
