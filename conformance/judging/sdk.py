"""One call of an SDK judged in full: what left, and what its caller got.

What the server behind it did is the suite's own doing, and nothing of it is laid to the SDK. What the call shows of the
operation as a whole still counts as evidence where nothing stood in its way.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.catalogue import sdk
from conformance.exchange import NotRun
from conformance.judging.answers import judge_answer
from conformance.judging.modify import judge_modify
from conformance.judging.observation import Observation, Verdict
from conformance.judging.wire import judge_wire, place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.exchange import Exchange
    from conformance.judging.breach import Breach
    from conformance.targets.protocol import Target
    from strategies.contract import Contract, Judgement


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
    found, exercised = judge_answer(exchange)
    evidence |= exercised
    if seen.after is not None and not isinstance(seen.after.outcome, NotRun):
        evidence.add(sdk.RETRIEVED)
        if not found:
            found = list(_retrieved(seen.after))
    beside = judge_modify(contract, judgement, seen)
    evidence |= beside.evidence - {id_ for breach in beside.breaches for id_ in (breach.base, breach.special)}
    return Verdict(
        tuple(_unique((*breaches, *found))),
        frozenset(evidence),
        beside.refused,
        exchange.accepted,
        effective=bool(exchange.requests),
        merged=None if breaches or found else beside.merged,
    )


def _unique(breaches: Iterable[Breach]) -> Iterator[Breach]:
    """Return one breach of each kind at each place, whichever item of a list it is in."""
    seen: set[tuple[object, ...]] = set()
    for breach in breaches:
        key = (*breach.key, breach.base, place_of(breach))
        if key not in seen:
            seen.add(key)
            yield breach


def _retrieved(after: Exchange) -> Iterator[Breach]:
    for breach in judge_answer(after)[0]:
        yield (
            breach
            if breach.base in {sdk.KEY_HIDDEN, sdk.FUTURE_KEPT}
            else replace(breach, base=sdk.RETRIEVED, special="")
        )
