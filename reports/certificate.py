"""The certificate: a small file that binds what a run found to the bytes of its report.

It carries a digest of the report and one of itself, so that a byte altered in either is seen. It is no signature: it
does not say who made it, and whoever makes another report can make another certificate.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, NoReturn

import jsonschema_rs

from reports.errors import ReportError
from reports.extent import extent
from reports.model import OutcomeKind, Verdict
from reports.reading import broken_outside, selection, shard
from reports.serialise import SUITE, from_json
from reports.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from reports.model import Report
    from reports.verdict import FailOn

VERSION = 1
"""The version of the format, in its JSON Schema too."""

EFFORT: Final = "thorough"
"""The effort that a certificate asks for."""

_MOST_VALUES, _DEEPEST = 1000, 10
"""What a certificate holds at most."""
_ZEROS = "0" * 64
_NOT_RUN = (OutcomeKind.UNTESTED, OutcomeKind.ERROR)
_LONGEST_COMPLAINT = 160


@dataclass(frozen=True, slots=True)
class Verification:
    """What a certificate and its report amount to."""

    altered: str = ""
    """In a line, why they cannot be believed; ``""`` when they are as they were written."""
    verdict: Verdict | None = None
    """The verdict that the rows of the report give; ``None`` when something was altered."""
    partial: tuple[str, ...] = ()
    """What did not run, a line each."""
    waived: int = 0
    """How many requirements the report waives; a certificate may waive none."""
    report: Report | None = None


@cache
def _schema() -> str:
    return (resources.files("reports") / "certificate.schema.json").read_text(encoding="utf-8")


def certificate_schema() -> dict[str, Any]:
    """Return the JSON Schema of a certificate, version 1, as a new dict."""
    schema: dict[str, Any] = json.loads(_schema())
    return schema


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(certificate_schema())


def certificate(content: bytes, expected: Collection[str] = ()) -> bytes:
    """Return the bytes of the certificate for a report, given as the bytes of its ``report.json``.

    ``expected`` holds the ids of all requirements of the edition; one that the report lacks makes it partial. Raises
    :class:`ReportError` for bytes that are no report.
    """
    report = _report(content)
    return _bytes(_document(report, content, partial=bool(not_run(report, expected))))


def _document(report: Report, content: bytes, *, partial: bool) -> dict[str, Any]:
    target = report.target
    return {
        "version": VERSION,
        "suite": {"name": SUITE, "version": report.suite_version},
        "edition": {
            "name": report.edition,
            "sha256": report.edition_sha256,
            **({"extends": report.extends} if report.extends else {}),
        },
        "target": {"name": target.name, "version": target.version, "kind": target.kind, "spec": target.spec},
        "effort": report.settings.get("effort"),
        "seed": report.settings.get("seed"),
        "fail_on": _fail_on(report),
        "started": report.started,
        "verdict": _verdict(report).value,
        "partial": partial,
        "counts": report.counts(),
        "report": {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)},
    }


def _bytes(document: dict[str, Any]) -> bytes:
    """Return the one form in which a certificate is written; the digest of it comes last."""
    blank = _text(document | {"sha256": _ZEROS})
    return _text(document | {"sha256": hashlib.sha256(blank).hexdigest()})


def _text(document: dict[str, Any]) -> bytes:
    # Escapes throughout: a file of plain ASCII has one form, and no text in it acts on a reader.
    return (json.dumps(document, indent=1) + "\n").encode("ascii")


def _fail_on(report: Report) -> FailOn:
    return "should" if report.settings.get("fail_on") == "should" else "must"


def _verdict(report: Report) -> Verdict:
    rows = (*report.rows, *report.own)
    interrupted = report.interrupted or report.shard is not None
    return verdict(rows, _fail_on(report), interrupted=interrupted, outside=report.outside)


def not_run(report: Report, expected: Collection[str] = ()) -> tuple[str, ...]:
    """Say what keeps a report from being of a whole run, a line each; empty when nothing does."""
    lines = ["the run ended early"] * report.interrupted
    lines += [line for line in (shard(report), selection(report), broken_outside(report)) if line]
    effort = report.settings.get("effort")
    if effort != EFFORT:
        lines.append(f"the effort was {effort!s:.20}, not {EFFORT}")
    missing = set(expected) - {row.id for row in report.rows}
    if missing:
        lines.append(f"{_requirements(len(missing))} of the edition not judged at all, such as {min(missing)}")
    for outcome in _NOT_RUN:
        ids = [row.id for row in report.rows if row.outcome is outcome]
        if ids:
            lines.append(f"{_requirements(len(ids))} {_BECAME[outcome]}, such as {ids[0]}")
    return tuple(lines)


_BECAME = {OutcomeKind.UNTESTED: "untested", OutcomeKind.ERROR: "in error"}


def _requirements(count: int) -> str:
    return f"{count} requirement{'' if count == 1 else 's'}"


def read(data: bytes) -> dict[str, Any]:
    """Return the JSON object of a certificate file; its digest may still be wrong.

    Raises :class:`ReportError`, one line, for a file that is no certificate, is cut off or of a newer version.
    """
    try:
        text = data.decode("utf-8")
        held = extent(text, _MOST_VALUES)
        small = held.values <= _MOST_VALUES and held.levels <= _DEEPEST
        document = json.loads(text, parse_constant=_no_number) if small else None
    except (ValueError, RecursionError):
        raise ReportError("not a certificate: not valid JSON, or cut off") from None
    if not isinstance(document, dict) or not {"version", "report", "sha256"} <= document.keys():
        raise ReportError("not a certificate of this suite: version, report or sha256 is missing")
    version = document["version"]
    if isinstance(version, int) and version > VERSION and _unaltered(document, data):
        raise ReportError(f"the certificate has version {version}, this suite reads up to {VERSION}: use a newer suite")
    return document


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a JSON value")


def _unaltered(document: dict[str, Any], data: bytes) -> bool:
    try:
        return _bytes({key: value for key, value in document.items() if key != "sha256"}) == data
    except (ValueError, RecursionError):
        return False


def verify(
    data: bytes, content: bytes, expected: Callable[[Report], Collection[str]] = lambda report: ()
) -> Verification:
    """Hold a certificate against a report: both as bytes, the verdict made anew from the report's rows.

    ``expected`` gives the ids of all requirements that such a report is to have, where they are known. Raises
    :class:`ReportError`, one line, for bytes that are no certificate or no report at all.
    """
    document = read(data)
    if not _unaltered(document, data):
        return Verification("the certificate has been altered: its digest does not match")
    if problem := _complaint(document):
        raise ReportError(f"not a certificate of version {VERSION}: {problem}")
    if hashlib.sha256(content).hexdigest() != document["report"]["sha256"]:
        return Verification("the report is not the one that was certified: its digest does not match")
    report = _report(content)
    told = _document(report, content, partial=document["partial"])
    for key, value in told.items():
        if document[key] != value:
            return Verification(f"the certificate does not say what the report says: {key} differs")
    if report.verdict is not _verdict(report):
        return Verification(f"the report says {report.verdict.value}, its rows say {_verdict(report).value}")
    waived = sum(row.outcome is OutcomeKind.WAIVED for row in report.rows)
    return Verification("", _verdict(report), not_run(report, expected(report)), waived, report)


def _report(content: bytes) -> Report:
    try:
        return from_json(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise ReportError("the report is not UTF-8") from None


def _complaint(document: dict[str, Any]) -> str:
    try:
        _validator().validate(document)
    except jsonschema_rs.ValidationError as error:
        place = ".".join(str(part) for part in error.instance_path)
        message = " ".join(error.message.split())
    else:
        return ""
    return f"{place or 'the top level'}: {message}"[:_LONGEST_COMPLAINT]
