"""What a finding says in a few words, with the value that came: ``answers 500 to tools[]: absent``.

Read from the finding alone: what its requirement is about, what was expected, how the target answered. A text of a
target stands in it as it came; whoever shows it makes it fit to read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reports.landscape import places_of
from reports.wording import value_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from reports.model import Finding, Row

Symptom = Literal["changed", "lost", "accepts", "rejects", "shape", "envelope", "other"]
"""What kind of harm a finding does."""

SYMPTOMS: tuple[Symptom, ...] = ("changed", "lost", "accepts", "rejects", "other", "shape", "envelope")
"""Worst first: what was not sent changes or is lost, what was sent is lost, invalid values are accepted, valid ones
rejected; then what is in the way of every client, and what only readers of answers meet with."""

OVER_FIELDS: dict[str, str] = {
    "keeps": "omitted field is changed",
    "echoes": "value sent but not returned",
    "clears": "null is ignored",
    "empties": "empty value is replaced",
    "no null": "null is rejected",
    "accepts": "rejects valid values",
    "refuses": "accepts invalid values",
    "missing": "missing from the response",
    "differs": "not the same everywhere",
}
"""What a fact about a field says where it is said of several fields at once, by what is broken of them."""

_NOTES = re.compile(
    r"; (?:minimised|without the requests before it|as much of it as is needed|without what went before|its requests )"
)
"""What follows the label of a case, and says nothing of what was sent; reports of earlier versions say it otherwise."""
_REJECT = ("reject", "a rejection", "refuse", "a refusal", "a 4xx")
"""How what is expected begins where a value is to be rejected; reports of earlier versions say *refused*."""
_ACCEPT = ("accept", "taken", "as good as", "the same as after", "status 200")
_STATUS = re.compile(r"status (\d{3})\b")
_NOTHING = frozenset({"", "nothing", "a drawn body"})
"""Cases that tell nothing of what was sent."""
_MISSING = re.compile(r"\bwithout\b|does not have it|shows nothing")
_UNTOUCHED = frozenset({"others_untouched", "identity", "changes_nothing", "one_semantics"})
_ENVELOPE = ("response.error.", "validation.refusal.names_parameter", "transport.unknown_id")
_KINDS = {
    "no number": "",
    "number spelling": "",
    "beyond double": "",
    "number out of place": "",
    "long number": "",
    "large": "",
    "deep": "",
    "number too small": "",
    "trailing comma": "a trailing comma",
    "comment": "",
    "single quotes": "single quotes",
    "byte-order mark": "a byte-order mark",
    "other encoding": "a body in another encoding",
    "invalid UTF-8": "invalid UTF-8",
    "content type": "another content type",
    "lone surrogate": "a lone surrogate",
    "NUL": "NUL",
    "empty": "an empty body",
    "followed": "data after the body",
    "no object": "a body that is not an object",
    "malformed": "malformed JSON",
    "truncated": "a truncated body",
    "duplicate keys": "duplicate keys",
}
"""Kinds of malformed requests, as what a target accepts or rejects; ``""``: the case says so itself."""
_VALUE = 30
"""Characters of a value; both sides of it are to stand in a line."""
_ABOUT_REQUESTS = frozenset({"validation", "transport", "response", "sequences"})
"""Families that say what is to be rejected."""
OF_SDKS: dict[str, str] = {
    "wire.address.query": "query of the base URL is lost or misplaced",
    "wire.address.list": "URL has the query parameters of list",
    "wire.authorisation.beside": "key is in a header that is not for keys, or in the body",
    "wire.get_body": "GET has a body",
    "wire.redirect.ends": "endless redirect is followed forever",
    "wire.retry_after.waited": "request is sent again sooner than Retry-After asks",
    "wire.unset": "unset value is sent as a word (None, undefined)",
    "wire.beyond_2_53": "number is changed before it is sent",
    "wire.empty": "empty value is not sent as it is",
    "wire.free_json": "free JSON is changed before it is sent",
    "wire.null": "null is not sent as null",
    "wire.numbers": "number is changed before it is sent",
    "wire.order": "list is not sent in its order",
    "wire.redirect": "redirect (307, 308) changes the request",
    "wire.redirect.older": "redirect (301, 302) changes the request",
    "wire.text": "text is changed before it is sent",
    "wire.values": "value is changed before it is sent",
    "wire.zero": "0 or false is not sent as it is",
    "answers.spelling": "valid JSON in another spelling is not read",
    "answers.connection.own_error": "refused connection does not raise an error of the SDK",
    "answers.connection.own_error.reset": "reset connection does not raise an error of the SDK",
    "answers.connection.own_error.silent": "time-out does not raise an error of the SDK",
    "answers.connection.own_error.closed": "closed connection does not raise an error of the SDK",
    "answers.connection.own_error.cut": "truncated answer does not raise an error of the SDK",
    "answers.no_assistant": "status 200 with JSON that is not an object does not raise an error of the SDK",
    "answers.no_assistant.text": "status 200 with HTML or text does not raise an error of the SDK",
    "answers.no_assistant.empty": "success without a body does not raise an error of the SDK",
    "answers.no_assistant.cut": "status 200 with broken JSON does not raise an error of the SDK",
    "answers.no_assistant.error": "status 200 with an error in its body does not raise an error of the SDK",
}
"""What a finding about an SDK says, by its requirement; that of another has the requirement's id there."""
_LIST_PLACE = re.compile(r"\.(\d+)(?=[.\[]|$)")


@dataclass(frozen=True, slots=True)
class Fact:
    """What is wrong, in a few words."""

    symptom: Symptom
    text: str
    """Whole, about this finding alone."""
    broken: str
    """What is broken of the subject: a key of :data:`OVER_FIELDS`, or what else tells it from other breaches."""
    subject: str = ""
    """The field or member; ``""`` where it is about none."""


def fact(row: Row, fields: Collection[str]) -> Fact:
    """Return what is wrong by a row's finding; without one, its reason."""
    found = row.finding
    if found is None:
        return Fact("other", f"{row.id}: {row.reason or row.outcome.value}", row.id)
    if row.provenance == "own":
        return Fact("other", f"{row.id}: {value_of(found.actual)}", row.id)
    if row.family in {"wire", "answers"}:
        return _of_sdk(row, found)
    return _of_server(row, found, fields)


def judged_status(row: Row) -> int | None:
    """Return the status with which what was judged was answered; ``None`` without an answer."""
    acts = [step for step in row.finding.steps if step.role == "act"] if row.finding is not None else []
    response = acts[-1].response if acts else None
    return None if response is None else response.status


def _of_server(row: Row, found: Finding, fields: Collection[str]) -> Fact:
    status = judged_status(row)
    told = _STATUS.search(found.actual)
    answered = int(told[1]) if told else status
    field = _field(row, found, fields)
    if answered is not None and answered >= 500 and _is_about_status(found.actual):
        return Fact("rejects", f"answers {answered} to {_sent(found)}", f"{row.family}: {answered}", field)
    if row.id == "response.answered" or (status is None and row.family == "transport" and "no answer" in found.actual):
        return Fact("rejects", f"does not answer: {_sent(found)}", f"{row.family}: no answer")
    if row.family in _ABOUT_REQUESTS and found.expected.startswith(_REJECT) and _is_success(status, found):
        return Fact("accepts", f"accepts {_what(row, found)}", "refuses" if field else f"{row.family}: taken", field)
    if answered is not None and 400 <= answered < 500 and found.expected.startswith(_ACCEPT):
        return _rejected(row, found, answered, field)
    return _of_content(row, found, field, fields)


def _rejected(row: Row, found: Finding, status: int, field: str) -> Fact:
    if row.id.endswith(".null"):
        return Fact("rejects", f"null is rejected: {field} (status {status})", "no null", field)
    broken = "accepts" if field else f"{row.family}: rejected"
    return Fact("rejects", f"rejects {_what(row, found)} (status {status})", broken, field)


def _of_content(row: Row, found: Finding, field: str, fields: Collection[str]) -> Fact:
    """Return what is wrong with what came back or is stored."""
    columns = dict(places_of(row, fields))
    column = columns.get(field, "") if len(columns) == 1 else ""
    came = value_of(found.actual)
    place = _LIST_PLACE.sub(r"[\1]", found.place) or field
    if column == "keeps":
        return Fact("changed", f"omitted field is changed: {place}{_from_to(found)}", "keeps", field)
    if column == "clears":
        return Fact("lost", f"null is ignored: {place} stays {came}", "clears", field)
    if column == "empties":
        return Fact("lost", f"empty value is replaced: {place}{_from_to(found)}", "empties", field)
    if row.family == "response" or row.id in {"roundtrip.identity", "roundtrip.retrieve_agrees"}:
        return _of_shape(row, found, place, came)
    if column == "echoes":
        return Fact("lost", f"value sent but not returned: {place}{_from_to(found)}", "echoes", field)
    last = row.id.rpartition(".")[2]
    if row.family in {"sequences", "concurrency"} or last in _UNTOUCHED or ".other_key." in row.id:
        return Fact("changed", f"{row.id}: {_against(found)}", row.id)
    if row.id.startswith("roundtrip.text."):
        return Fact("lost", f"text is changed ({last.replace('_', ' ')}): {place}{_from_to(found)}", "text")
    if row.family == "roundtrip" or row.id in {"transport.nul", "transport.surrogates"}:
        return Fact("lost", f"{row.id}: {place}{_from_to(found)}" if place else f"{row.id}: {_against(found)}", row.id)
    if row.id.startswith(_ENVELOPE):
        return Fact("envelope", f"error response: {_against(found)}", "error response")
    return Fact("other", f"{row.id}: {_against(found)}", row.id)


def _of_shape(row: Row, found: Finding, place: str, came: str) -> Fact:
    symptom: Symptom = "changed" if row.id == "roundtrip.identity" else "shape"
    if row.id.startswith(_ENVELOPE):
        return Fact("envelope", f"error response: {_against(found)}", "error response")
    member = re.split(r"[.\[]", place)[0]
    if row.id == "response.list_agrees" and member:
        return Fact(symptom, f"list and GET differ: {place}{_from_to(found)}", "differs", member)
    if member and _MISSING.search(found.actual):
        others = (re.split(r"[.\[]", shown.place)[0] for shown in found.shown if _MISSING.search(shown.actual))
        members = dict.fromkeys((place, *filter(None, others)))
        return Fact("shape", f"{', '.join(members)} {'is' if len(members) == 1 else 'are'} missing", "missing", member)
    if row.id == "roundtrip.identity":
        return Fact(symptom, f"{place or 'id, object or created_at'} changes{_from_to(found)}", "differs", member)
    if row.id == "roundtrip.retrieve_agrees":
        said = f"response and GET differ: {place}{_from_to(found)}" if place else found.actual
        return Fact(symptom, said, "differs", member)
    if member:
        return Fact(symptom, f"{place} is wrong: {came} (expected {found.expected})", "shape", member)
    return Fact(symptom, f"{row.id}: {_against(found)}", row.id)


def _of_sdk(row: Row, found: Finding) -> Fact:
    place = re.sub(r"\[\d+\]", "[]", found.place)
    about = f"{OF_SDKS.get(row.id, row.id)}: {f'{place}: ' if place else ''}"
    if row.family == "wire":
        member = re.split(r"[.\[]", found.place)[0]
        if member and row.id in {"wire.nothing_dropped", "wire.names"}:
            return Fact("lost", f"not sent, or under another name: {found.place} ({_against(found)})", "names", member)
        return Fact("lost", f"{about}{_against(found)}", row.id)
    if row.id.startswith("answers.error"):
        return Fact("envelope", f"{about}{_against(found)}", row.id)
    return Fact("lost", f"{about}{_against(found)}", f"answers {place}" if place else row.id)


def _field(row: Row, found: Finding, fields: Collection[str]) -> str:
    """Return the field of the body that a row is about; ``""`` for none."""
    parts = row.id.split(".")
    if len(parts) > 1 and parts[1] in fields and row.family in {"validation", "roundtrip"}:
        return parts[1]
    if row.family not in {"validation", "roundtrip"}:
        return ""
    for text in (found.place, found.case):
        first = re.split(r"[.\[:]", text)[0]
        if first in fields:
            return first
    return ""


def _is_about_status(actual: str) -> bool:
    return bool(
        re.match(r"(?:it |the answer |a GET )?(?:is |was )?(?:failed|answered|rejected|refused|gives|status)\b", actual)
    )


def _is_success(status: int | None, found: Finding) -> bool:
    return (status is not None and 200 <= status < 300) or found.actual.startswith("accepted")


def _what(row: Row, found: Finding) -> str:
    """Return what was accepted or rejected: the value by its case, and where it stands."""
    place, colon, label = _label(found).partition(": ")
    if row.family == "transport" or not (colon and label) or label.startswith("without "):
        return _sent(found)
    return f"{label.removeprefix('number ')} at {place}"


def _label(found: Finding) -> str:
    return _NOTES.split(found.case)[0]


def _sent(found: Finding) -> str:
    """Return what was sent: a malformed request by its kind and label, anything else by its case."""
    case = _label(found)
    kind, colon, label = case.partition(": ")
    if colon and label.startswith("without "):
        return f"{kind} {label}"
    if colon and kind in _KINDS:
        what = _KINDS[kind]
        return f"{what} ({label})" if what else label
    return "a plain modify" if case in _NOTHING else case


def _from_to(found: Finding) -> str:
    """Say what came in the place of what: ``("a" → null)``."""
    expected, came = (_brief(value_of(one)) for one in (found.expected, found.actual))
    return f" ({expected} → {came})"


def _brief(value: str) -> str:
    return value if len(value) <= _VALUE else f"{value[: _VALUE - 1]}…"


def _against(found: Finding) -> str:
    return f"{value_of(found.actual)} (expected: {value_of(found.expected)})"
