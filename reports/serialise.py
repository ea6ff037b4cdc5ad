"""The report as ``report.json`` and back: the one form that everything else is rendered from again.

Bodies go through without loss. Text that a target supplied may hold lone surrogates, which UTF-8 cannot carry: they
are written as their escape, six visible characters, and stay so.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import asdict, replace
from typing import Any, NoReturn

from reports.bodies import MOST_VALUES, Room, decode_asked, decode_body, encode_asked, encode_body
from reports.errors import ReportError
from reports.extent import extent
from reports.model import (
    FIELDS,
    VERSION,
    Finding,
    OutcomeKind,
    RecordedRequest,
    RecordedResponse,
    Report,
    Row,
    Seen,
    Served,
    Shard,
    Shown,
    Step,
    Target,
    Verdict,
)
from reports.schema import complaint
from reports.shorten import shorten

SUITE = "modify-assistant-conformance"

_ANEW = "; run conformance run again to write it"
_DEEPEST = 100  # levels; a value that an SDK was given may have some dozens
_LONGEST_NUMBER = 300  # characters, so that every integer is within what a float can hold

_SURROGATE = re.compile("[\ud800-\udfff]")
# These stand only inside strings of a JSON text, so writing them as escapes changes nothing but what a terminal
# or an editor makes of the file.
_UNSEEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)


def to_json(report: Report) -> str:
    """Return the report as JSON text of the published schema, indented, its keys always in the same order.

    The text can be written as UTF-8; it holds no control or bidirectional character unescaped.
    """
    text = json.dumps(_safe(_document(report)), ensure_ascii=False, allow_nan=False, indent=1)
    return _UNSEEN.sub(lambda match: json.dumps(match[0])[1:-1], text) + "\n"


def from_json(text: str) -> Report:
    """Return the report that a JSON text says.

    Raises :class:`ReportError`, one line, for a text that is cut off or no JSON, that is some other document, that
    a newer suite has written, or whose content is inconsistent.
    """
    held = extent(text, MOST_VALUES)
    if held.values > MOST_VALUES:
        raise ReportError(f"not a report file: it contains more than {MOST_VALUES:,} values{_ANEW}")
    if held.levels > _DEEPEST:
        raise ReportError(f"not a report file: it is nested too deeply{_ANEW}")
    try:
        document = parsed(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
            raise ReportError("the report is cut off: its JSON ends early") from None
        raise ReportError(f"not a report file: not valid JSON, {error.msg} in line {error.lineno}") from None
    except RecursionError:
        raise ReportError(f"not a report file: it is nested too deeply{_ANEW}") from None
    if not isinstance(document, dict) or "version" not in document or "requirements" not in document:
        raise ReportError("not a report file of this suite: version or requirements are missing")
    version = document["version"]
    if isinstance(version, int) and version > VERSION:
        raise ReportError(f"the report has version {version}, this suite reads up to {VERSION}: use a newer suite")
    if problem := complaint(document):
        raise ReportError(f"not a report file of version {VERSION}: {problem}")
    return _report(document)


def parsed(text: str) -> Any:
    """Return the JSON value of a text; raises :class:`ReportError` for members and numbers that no report has."""
    return json.loads(
        text, parse_constant=_no_number, parse_int=_integer, parse_float=_number, object_pairs_hook=_object
    )


def line_of(document: dict[str, Any]) -> str:
    """Return a JSON object as one line, without its end, that can be written as UTF-8."""
    return json.dumps(_safe(document), ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _no_number(text: str) -> NoReturn:
    raise ReportError(f"not a report file: it contains {text}, which is not a JSON value{_ANEW}")


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise ReportError(f"not a report file: it contains a number of {len(text):,} characters{_ANEW}")
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ReportError(f"not a report file: the number {shorten(text, 40)} in it is too large{_ANEW}")
    return value


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; which of two members of one name counts is told differently by every reader of JSON."""
    found = dict(members)
    if len(found) < len(members):
        twice = next(name for name, count in Counter(name for name, _ in members).items() if count > 1)
        raise ReportError(
            f"not a report file: an object in it has the key {json.dumps(shorten(twice, 60))} twice{_ANEW}"
        )
    return found


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", value)
    if isinstance(value, dict):
        return {_safe(key): _safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_safe(item) for item in value]
    return value


def _document(report: Report) -> dict[str, Any]:
    target = report.target
    return {
        "version": report.version,
        "suite": {"name": SUITE, "version": report.suite_version},
        "edition": {
            "name": report.edition,
            "sha256": report.edition_sha256,
            "fields": report.fields,
            **({"extends": report.extends, "changes": report.changes} if report.extends else {}),
        },
        "target": {
            "kind": target.kind,
            "spec": target.spec,
            "name": target.name,
            "version": target.version,
            "details": target.details,
        },
        "settings": report.settings,
        "command": report.command,
        "started": report.started,
        "duration_s": report.duration,
        "requests": report.requests,
        "verdict": report.verdict.value,
        "counts": report.counts(),
        "interrupted": report.interrupted,
        "notes": report.notes,
        "requirements": [_row_document(row) for row in report.rows],
        **({"applicable": report.applicable} if report.applicable else {}),
        **({"outside": [_row_document(row) for row in report.outside]} if report.outside else {}),
        **({"own": [_row_document(row) for row in report.own]} if report.own else {}),
        **({"left_behind": report.left_behind} if report.left_behind else {}),
        **({"shard": _shard_document(report.shard)} if report.shard is not None else {}),
    }


def _shard_document(shard: Shard) -> dict[str, Any]:
    return {**asdict(replace(shard, seen=())), "seen": [seen_document(one) for one in shard.seen]}


def seen_document(seen: Seen) -> dict[str, Any]:
    """Return what was seen of a requirement as it stands in ``report.json``."""
    members = {name: getattr(seen, name) for name in Seen.__slots__}
    members["shown"] = [asdict(one) for one in seen.shown]
    return {name: value for name, value in members.items() if value}


def seen_of(document: dict[str, Any]) -> Seen:
    """Return what was seen of a requirement, as a JSON object of the schema says."""
    return Seen(**document | {"shown": tuple(Shown(**shown) for shown in document.get("shown", ()))})


def _shard(document: dict[str, Any]) -> Shard:
    shard = Shard(
        **document
        | {
            "numbers": tuple(document["numbers"]),
            "left": tuple((place, tuple(ids)) for place, ids in document["left"]),
            "seen": tuple(map(seen_of, document["seen"])),
        }
    )
    if max(shard.numbers) > shard.count or len({one.id for one in shard.seen}) != len(shard.seen):
        raise ReportError("the report is inconsistent: it is of no shard that there can be")
    return shard


def _row_document(row: Row) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": row.id,
        "level": row.level,
        "provenance": row.provenance,
        "sentence": row.sentence,
        "source": row.source,
        "outcome": row.outcome.value,
        "cases": row.cases,
    }
    if row.reason:
        document["reason"] = row.reason
    if row.observed:
        document["observed"] = row.observed
    if row.seconds:
        document["seconds"] = row.seconds
    if row.finding is not None:
        document["finding"] = finding_document(row.finding)
    return document


def finding_document(finding: Finding) -> dict[str, Any]:
    """Return a finding as it stands in ``report.json``."""
    steps = [_step_document(step) for step in finding.steps]
    judged = [step for step in steps if step["role"] == "act"]
    return {
        "summary": finding.summary,
        "expected": finding.expected,
        "actual": finding.actual,
        "case": finding.case,
        "place": finding.place,
        "seen": finding.seen,
        **({"shown": [asdict(one) for one in finding.shown]} if finding.shown else {}),
        **({"more": finding.more} if finding.more else {}),
        **({"exchange": judged[-1]} if judged else {}),
        "steps": steps,
        "curl": finding.curl,
    }


def _step_document(step: Step) -> dict[str, Any]:
    document: dict[str, Any] = {"role": step.role, "operation": step.operation, "outcome": step.outcome}
    document |= encode_asked(step.asked)
    if step.request is not None:
        document["request"] = {
            "method": step.request.method,
            "url": step.request.url,
            "headers": step.request.headers,
            "body": encode_body(step.request.body),
        }
    if step.response is not None:
        document["response"] = {
            "status": step.response.status,
            "headers": step.response.headers,
            "body": encode_body(step.response.body),
            "elapsed_ms": step.response.elapsed_ms,
        }
    if step.assistant_id is not None:
        document["assistant_id"] = json.dumps(step.assistant_id)
    if step.served:
        document["served"] = [
            {"how": one.how, "status": one.status, "headers": one.headers, "body": encode_body(one.body)}
            for one in step.served
        ]
    if step.client is not None:
        document["client"] = list(step.client)
    return document


def _report(document: dict[str, Any]) -> Report:
    room = Room()
    report = Report(
        suite_version=document["suite"]["version"],
        edition=document["edition"]["name"],
        edition_sha256=document["edition"]["sha256"],
        fields=tuple(document["edition"].get("fields", FIELDS)),
        extends=document["edition"].get("extends", ""),
        changes=tuple(document["edition"].get("changes", ())),
        target=Target(**document["target"]),
        settings=document["settings"],
        command=document["command"],
        started=document["started"],
        duration=float(document["duration_s"]),
        requests=document["requests"],
        rows=tuple(_row(row, room) for row in document["requirements"]),
        verdict=Verdict(document["verdict"]),
        interrupted=document["interrupted"],
        notes=tuple(document["notes"]),
        applicable=document.get("applicable", 0),
        outside=tuple(_row(row, room) for row in document.get("outside", ())),
        own=tuple(_row(row, room) for row in document.get("own", ())),
        shard=_shard(document["shard"]) if "shard" in document else None,
        left_behind=tuple(document.get("left_behind", ())),
    )
    if report.counts() != document["counts"]:
        raise ReportError("the report is inconsistent: its counts are not those of its requirements")
    every = (*report.rows, *report.outside, *report.own)
    if len({row.id for row in every}) != len(every):
        raise ReportError("the report is inconsistent: a requirement stands in it twice")
    if any((row.provenance == "own") != (row in report.own) for row in every):
        raise ReportError("the report is inconsistent: tests of the user's own stand among the requirements")
    return report


def _row(document: dict[str, Any], room: Room) -> Row:
    members = {key: value for key, value in document.items() if key not in {"outcome", "finding"}}
    finding = document.get("finding")
    return Row(
        **members,
        outcome=OutcomeKind(document["outcome"]),
        finding=None if finding is None else finding_of(finding, room),
    )


def finding_of(document: dict[str, Any], room: Room) -> Finding:
    """Return the finding that a JSON object of the schema says; ``room`` is for the bodies in it."""
    members = {key: value for key, value in document.items() if key not in {"exchange", "steps", "shown"}}
    return Finding(
        **members,
        steps=tuple(_step(step, room) for step in document["steps"]),
        shown=tuple(Shown(**one) for one in document.get("shown", ())),
    )


def _step(document: dict[str, Any], room: Room) -> Step:
    request, response = document.get("request"), document.get("response")
    return Step(
        role=document["role"],
        operation=document["operation"],
        request=None if request is None else RecordedRequest(**_members(request, room)),
        response=None if response is None else RecordedResponse(**_members(response, room)),
        asked=decode_asked(document, room),
        outcome=document["outcome"],
        assistant_id=_given_id(document),
        served=tuple(Served(**_members(one, room)) for one in document.get("served", ())),
        client=tuple(document["client"]) if "client" in document else None,
    )


def _given_id(document: dict[str, Any]) -> str | None:
    try:
        given = json.loads(document["assistant_id"]) if "assistant_id" in document else None
    except (ValueError, RecursionError):
        given = document["assistant_id"]
    return given if isinstance(given, str) else None


def _members(document: dict[str, Any], room: Room) -> dict[str, Any]:
    headers = tuple((name, value) for name, value in document["headers"])
    return document | {"headers": headers, "body": decode_body(document["body"], room)}
