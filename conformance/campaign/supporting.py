"""What a case says for its own requirement: counted once it is known what it broke."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import roundtrip, sdk, unspecified, validation
from conformance.judging.observing import reception
from conformance.scenario import WHOLE_BODY, leaves
from strategies.contract import Ruling

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.campaign.sending import Sender
    from conformance.judging.breach import Breach
    from conformance.judging.observation import Performed
    from conformance.scenario import Case


def support(
    session: Sender,
    case: Case,
    performed: Performed,
    breaches: list[Breach],
    broken: set[str],
    takes: Callable[[bytes], bool],
) -> None:
    """Count what the case says for its own requirement; ``takes`` says whether a control is accepted."""
    if case.requirement in broken or not _is_at_stake(session, case, performed):
        return
    if case.requirement in unspecified.OF_PERMISSIONS.values():
        return  # what is open is told of every case that meets it
    if session.evidence.is_info(case.requirement):
        came = reception(performed.observation.exchange)
        session.evidence.observe(case.requirement, came if came == "accepted" else f"{came}: {case.label}")
        return
    verdict, ruling = performed.verdict, performed.judgement.ruling
    body = performed.judgement.body
    about = body if case.field == WHOLE_BODY and isinstance(body, dict) and body else {case.field: None}
    others = [
        breach.field
        for breach in breaches
        if breach.base not in sdk.UNTYPED
        and (case.requirement, breach.kind) != (roundtrip.NUMBERS, roundtrip.DOUBLES)  # kept as far as it asks
    ]
    touched = any(field in about or WHOLE_BODY in about for field in others)
    if case.side == "outside":
        if verdict.refused and ruling is not Ruling.ACCEPT:
            control = case.control
            if control is None or control in session.context.taken or takes(control):
                session.evidence.refuse(case.requirement)
            else:
                session.evidence.note_without_evidence(
                    case.requirement, f"{case.label}: rejected, but so is its valid control"
                )
        return
    is_sdk = session.target.role == "sdk"
    unseen = is_sdk and touched  # what did not leave as it is was not taken either
    if verdict.accepted and case.parts and WHOLE_BODY not in others:
        # What a server shows of a value amiss, it has taken all the same.
        kept = [leaf for leaf in leaves(case) if leaf.field not in others or (not is_sdk and _is_of_taking(leaf))]
        session.evidence.accept({leaf.requirement for leaf in kept} - broken)
    if verdict.accepted and (not touched or (_is_of_taking(case) and not unseen)):
        session.evidence.accept({case.requirement} - broken)
        if case.field == "*":
            session.evidence.accept([validation.COMBINATIONS])
    elif verdict.refused and ruling is Ruling.EITHER and case.requirement.startswith("transport."):
        session.evidence.refuse(case.requirement)  # it asks for a refusal or a faithful answer, and here is the one
    elif (
        verdict.refused
        and "deep_nesting" in performed.judgement.permissions
        and not (case.control is None or case.control in session.context.taken or takes(case.control))
    ):
        session.evidence.note_without_evidence(
            case.requirement, f"{case.label}: rejected, but so is a value without any nesting"
        )
    elif verdict.refused and ruling is Ruling.EITHER:
        silent = ", ".join(sorted(performed.judgement.permissions)).replace("_", " ")
        remedy = (
            "; name known ones with --file-id and --vector-store-id, as many as the case has"
            if "unknown resource id" in silent
            else ""
        )
        session.evidence.note_without_evidence(
            case.requirement, f"{case.label}: rejected, as the spec allows ({silent}{remedy})"
        )


def _is_of_taking(case: Case) -> bool:
    return case.requirement.startswith("validation.")


def _is_at_stake(session: Sender, case: Case, performed: Performed) -> bool:
    """Return whether the field that a case is there for was sent, or had a value that could be lost."""
    family, field, *_ = f"{case.requirement}.".split(".")
    if family != "roundtrip" or field not in session.contract.edition.fields:
        return True
    body = performed.judgement.body
    sent = isinstance(body, dict) and field in body
    return sent or performed.observation.before.get(field) not in (None, [], {}, "")
