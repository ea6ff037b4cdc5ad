"""What the bodies of a recording show of the contract's limits: what was taken, and what was refused beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import validation
from strategies.broken import constraints_broken
from strategies.contract import Ruling
from strategies.jsonvalues import JSON, encode
from strategies.limits import constraints_reached

if TYPE_CHECKING:
    from conformance.campaign.evidence import Evidence
    from conformance.judging.observation import Verdict
    from conformance.recordings.modifies import Modify
    from strategies.editions import Edition

_MOST = 20_000
_NO_CONTROL = "rejected, and the recording shows no valid body that was accepted and differs in this alone"


class Limits:
    """Counts for one recording; a refusal counts beside an accepted body that differs from it in one field."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._taken: set[tuple[str, bytes]] = set()

    def count(self, evidence: Evidence, modify: Modify, verdict: Verdict) -> None:
        """Count what a modify shows."""
        body = modify.judgement.body
        if not isinstance(body, dict) or modify.unsaid:
            return
        if verdict.accepted and modify.judgement.ruling is not Ruling.REFUSE:
            self._accepted(evidence, body)
        elif verdict.refused and modify.judgement.ruling is Ruling.REFUSE:
            self._refused(evidence, body)

    def _accepted(self, evidence: Evidence, body: dict[str, JSON]) -> None:
        ids = {validation.of_constraint(one) for one in constraints_reached(self._edition, body)}
        ids |= {f"validation.{name}.type" for name, value in body.items() if value is not None}
        if "model" not in body:
            ids.add(validation.OPTIONAL)
        if len(body) > 1:
            ids.add(validation.COMBINATIONS)
        evidence.accept(ids)
        for id_ in ids:
            field = f"{id_}.".split(".")[1]
            if len(self._taken) < _MOST:
                self._taken.add((id_, _rest(body, field)))

    def _refused(self, evidence: Evidence, body: dict[str, JSON]) -> None:
        broken = constraints_broken(self._edition, body)
        if len(broken) != 1:
            return
        id_ = validation.of_constraint(broken[0])
        if (id_, _rest(body, broken[0].field)) in self._taken:
            evidence.refuse(id_)
        else:
            evidence.note_without_evidence(id_, _NO_CONTROL)


def _rest(body: dict[str, JSON], field: str) -> bytes:
    return encode({name: body[name] for name in sorted(body) if name != field})
