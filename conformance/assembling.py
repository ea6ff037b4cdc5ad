"""The report put together: rows, notes, what is left and the verdict; of a run, or of what is known of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import conformance
from conformance.budget import BUDGET_SPENT
from conformance.campaign.campaign import OWN
from conformance.catalogue import catalogue
from conformance.editions import base_of, changes_of
from conformance.sharding import shard_of, written
from reports import model
from reports.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.campaign.evidence import Evidence
    from conformance.campaign.part import Part
    from conformance.settings import FailOn
    from reports.model import Report, Row
    from strategies.editions import Edition


def assembled(
    part: Part,
    evidence: Evidence,
    edition: Edition,
    *,
    rows: tuple[Row, ...],
    outside: tuple[Row, ...],
    own: tuple[Row, ...],
    settings: Mapping[str, Any],
    command: str,
    started: str,
    duration: float,
    interrupted: bool,
    further: Iterable[str] = (),
) -> Report:
    """Return the report of what was judged.

    ``settings`` are the published ones, ``further`` notes come behind those of the run. Raises :class:`UsageError` for
    settings with a shard that is none.
    """
    fuzz, fail_on = bool(settings.get("fuzz")), _fail_on(settings)
    notes = [*part.notes, *further]
    left = [place for place in part.left if place < OWN and place not in part.elsewhere]
    if left and not part.hidden:
        why = part.ended or "the session stopped before"
        notes.append(f"{len(left)} scenarios were not carried out: {why}")
    if part.standing:
        count = len(part.standing)
        notes.append(f"{count} assistant{'' if count == 1 else 's'} could not be deleted: {', '.join(part.standing)}")
    ended = part.ended if not (fuzz and part.ended == BUDGET_SPENT) else ""
    interrupted = interrupted or bool(ended)
    described = part.described
    return model.Report(
        suite_version=conformance.__version__,
        edition=edition.name,
        edition_sha256=edition.sha256,
        fields=edition.fields,
        extends=base_of(edition),
        changes=changes_of(edition),
        target=model.Target(described.kind, described.spec, described.name, described.version, dict(described.details)),
        settings=dict(settings),
        command=command,
        started=started,
        duration=round(duration, 3),
        requests=part.requests,
        rows=rows,
        verdict=verdict((*rows, *own), fail_on, interrupted=interrupted or bool(part.elsewhere), outside=outside),
        interrupted=interrupted,
        notes=tuple(notes),
        applicable=evidence.applicable,
        outside=outside,
        own=own,
        shard=_shard(part, settings),
        left_behind=part.standing,
    )


def not_selected(edition: Edition, rows: tuple[Row, ...]) -> tuple[str, ...]:
    """Return the note on requirements that were not selected, if there are any."""
    left_out = len(catalogue(edition)) - len(rows)
    return (f"{left_out} requirements were not selected (--only, --skip)",) if left_out else ()


def _fail_on(settings: Mapping[str, Any]) -> FailOn:
    return "should" if settings.get("fail_on") == "should" else "must"


def _shard(part: Part, settings: Mapping[str, Any]) -> model.Shard | None:
    given = settings.get("shard")
    number, count = shard_of(given if isinstance(given, str) else None)
    if count == 1:
        return None
    complete = not part.left.keys() - part.elsewhere
    return written(part, (number,), count, plan=part.plan, complete=complete)
