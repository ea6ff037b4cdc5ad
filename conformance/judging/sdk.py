"""One call of an SDK judged in full: what left, and what its caller got.

What the server behind it did is the suite's own doing, and nothing of it is attributed to the SDK. What the call shows
of the operation as a whole still counts as evidence where nothing stood in its way.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.catalogue import sdk
from conformance.catalogue.roundtrip import HIDDEN
from conformance.exchange import NotRun, Returned
from conformance.judging.answers import judge_answer, read
from conformance.judging.breach import Aspect, Breach
from conformance.judging.leaving import judge_get
from conformance.judging.modify import judge_modify
from conformance.judging.observation import Observation, Verdict
from conformance.judging.wire import judge_key_of_get, judge_wire

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from conformance.exchange import Exchange
    from conformance.target import Target
    from strategies.contract import Contract, Judgement
    from strategies.jsonvalues import JSON


def judge_call(
    contract: Contract, judgement: Judgement, seen: Observation, target: Target, mutations: Sequence[str] = ()
) -> Verdict:
    """Judge a modify of an SDK and the GET after it.

    ``judgement`` is the contract's ruling on the body that the caller gave; ``mutations`` tell how the caller's own
    objects were altered meanwhile.
    """
    exchange = seen.exchange
    if isinstance(exchange.outcome, NotRun):
        return Verdict(())
    breaches, evidence = judge_wire(exchange, judgement, target, mutations)
    cannot: Collection[str] = getattr(target, "cannot", ())
    came, came_after = _read(exchange), _read(seen.after)
    found, exercised = judge_answer(exchange, cannot, came)
    evidence |= exercised
    if seen.after is not None and not isinstance(seen.after.outcome, NotRun):
        evidence.add(sdk.RETRIEVED)
        if seen.after.requests:
            evidence.add(sdk.GET_BODY)
            breaches += judge_get(seen.after.requests)
            if all(breach.base != sdk.AUTHORISATION for breach in breaches):
                breaches += judge_key_of_get(seen.after)
        if all(breach.base in sdk.UNTYPED for breach in found):
            found += _retrieved(seen.after, cannot, came_after)
    beside = judge_modify(contract, judgement, _with_untyped(seen, came, came_after))
    hidden = {(breach.kind or breach.special or breach.base, breach.field) for breach in beside.breaches}
    altered = {breach.field for breach in breaches if breach.aspect is Aspect.WIRE and breach.field}
    # What was not sent as it was given shows nothing of its field, whatever came of it.
    hidden |= {(id_, field) for id_ in beside.evidence if (field := f"{id_}.".split(".")[1]) in altered}
    unseen = {id_ for id_, _ in hidden} | {id_ for breach in beside.breaches for id_ in (breach.base, breach.special)}
    evidence |= beside.evidence - unseen
    told = [breach for breach in (*breaches, *found) if breach.base not in sdk.UNTYPED]
    return Verdict(
        tuple(_unique((*breaches, *found))),
        frozenset(evidence),
        beside.refused,
        exchange.accepted,
        effective=bool(exchange.requests),
        merged=None if told else beside.merged,
        hidden=frozenset(hidden) if told else frozenset(),
    )


def _read(exchange: Exchange | None) -> JSON:
    """Return what came with the last response of a call; read once, for several judge by it."""
    return read(exchange.response) if exchange is not None and exchange.response is not None else None


def _with_untyped(seen: Observation, came: JSON, came_after: JSON) -> Observation:
    """Return what was seen with what an SDK's own types may lack where they lack it: that hides nothing else.

    It is ``object``, which they say by themselves, and the effort, which the document has in no assistant.
    """
    after = None if seen.after is None else _completed(seen.after, came_after)
    return replace(seen, exchange=_completed(seen.exchange, came), after=after)


def _completed(exchange: Exchange, came: JSON) -> Exchange:
    outcome = exchange.outcome
    if not isinstance(outcome, Returned) or not isinstance(came, dict) or not isinstance(outcome.value, dict):
        return exchange
    lacking = {name: came[name] for name in ("object", HIDDEN) if name in came and name not in outcome.value}
    return replace(exchange, outcome=Returned({**outcome.value, **lacking})) if lacking else exchange


def _unique(breaches: Iterable[Breach]) -> Iterator[Breach]:
    """Return one breach of each kind at each place, whichever item of a list it is in."""
    seen: set[tuple[object, ...]] = set()
    for breach in breaches:
        key = (*breach.key, breach.base, breach.anywhere)
        if key not in seen:
            seen.add(key)
            yield breach


def _retrieved(after: Exchange, cannot: Collection[str], came: JSON) -> Iterator[Breach]:
    for breach in judge_answer(after, cannot, came)[0]:
        yield (
            breach
            if breach.base in {sdk.KEY_HIDDEN, sdk.FUTURE_KEPT, sdk.OBJECT, sdk.SETTLES}
            else replace(breach, base=sdk.RETRIEVED, special="")
        )
