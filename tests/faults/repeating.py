"""What a finding gives its reader to paste is run: the curl lines of every finding about every faulty server.

Run as ``python tests/faults/repeating.py [--effort quick|standard] [--only PATTERN] [--every N]``. The lines are run by
bash at the faulty server behind a port: it answers as it did when the finding was made, to the byte but for ids and
times; and at the reference, which answers at least one of the judged requests, or a GET behind one, in another way.
Ends with 1 when lines do not show what they are to show.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if (root := str(Path(__file__).resolve().parents[2])) not in sys.path:
    sys.path.insert(0, root)  # where ``tests`` is

from conformance.reference import Behaviour, Reference
from conformance.reference.faults import faults
from conformance.reference.serve import running
from reports.created import altered_ids, created_id
from reports.evidence import KEY_VARIABLE, OTHER_KEY_VARIABLE
from tests.faults.matrix import PAUSE, carried_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.exchange import Request, Response
    from conformance.reference.faults import Fault
    from conformance.reference.wire import Framing
    from conformance.scenario import Effort
    from reports.model import Finding, Step

LIMIT = 200_000
"""Characters of an answer that are compared with what was recorded: what is longer is not kept whole."""
CUT = "a list, of which a beginning was kept"
_OF_ITS_TIME = re.compile(r'req_[0-9a-zA-Z]+|\\?"created_at\\?": ?"?[0-9.e+]{10,}"?(?=[,}])')
_GZIP = b"\x1f\x8b"
_HEAD, _TAIL = 10, 8  # bytes before and behind what is packed in a member
PACKED = ", packed"
"""Stands behind the content coding that an answer names when its body is packed with gzip."""

Answer = tuple[int, str, str, str]
"""Status, content type, content coding and body of an answer, without what is another each time."""

UNANSWERED: Answer = (0, "", "", "")
"""Stands for an answer that did not come in time."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """The lines of one finding, run."""

    fault: str
    requirement: str
    problem: str
    """Why they do not show it; empty if they do."""
    curl: str = ""
    """The lines; empty where the finding says that it has none."""


class _Log:
    """A handler that keeps what it is asked and answers."""

    def __init__(self, inner: Reference) -> None:
        self._inner = inner
        self.seen: list[tuple[Request, Response, float]] = []

    def handle(self, request: Request) -> Response:
        begun = time.monotonic()
        answer = self._inner.handle(request)
        self.seen.append((request, answer, time.monotonic() - begun))
        return answer


def repeated(name: str, effort: Effort = "quick", *, only: str = "*") -> list[Repeated]:
    """Judge a faulty server, and run the lines of each finding about it; ``only`` chooses requirements."""
    fault = faults()[name]
    rows, _, _ = carried_out(fault, effort, 0, whole=False)
    found = [(row.id, row.finding) for row in rows if row.finding is not None and fnmatchcase(row.id, only)]
    return [
        Repeated(name, id_, problem(fault, finding) if finding.curl else "", finding.curl) for id_, finding in found
    ]


def problem(fault: Fault, finding: Finding) -> str:
    """Return why the lines of a finding do not show it; empty if they do."""
    recorded = list(_recorded(finding.steps))
    seen, told = _run(fault, finding, fault.behaviour(), fault.framing)
    sound, _ = _run(fault, finding, Behaviour(), None)
    if told:
        return f"on standard error: {told}"
    for place, (was, now) in enumerate(zip(recorded, seen, strict=False)):
        if was == UNANSWERED == now:
            break  # what a GET shows behind it depends on when it is made
        if was[-1] == CUT:
            now = *now[:-1], CUT  # noqa: PLW2901 - of a long list a beginning was kept, and others may stand there
        if _as_recorded(was) != _as_recorded(now):
            return f"request {place + 1} was answered {was}, and now is {now}"
    if len(seen) != len(recorded):
        return f"{len(recorded)} requests are recorded, and {len(seen)} came"
    return "the reference answers the same" if sound == seen else ""


def _as_recorded(answer: Answer) -> Answer:
    """Return an answer as a report has it, unpacked.

    The order of times is left out: a time that moves by itself may not have moved on yet.
    """
    status, content_type, coding, body = answer
    return status, content_type, coding.removesuffix(PACKED), re.sub(r", number \d+", "", body)[:LIMIT]


def _recorded(steps: Iterable[Step]) -> Iterator[Answer]:
    ids: list[str] = []
    times: dict[str, list[str]] = {}
    for step in steps:
        if step.request is None:
            continue
        if step.response is None:
            yield UNANSWERED
            continue
        if step.request.method == "POST" and step.request.url.endswith("/assistants") and created_id(step):
            ids.append(created_id(step))
        status, content_type, coding, body = _plain(
            step.response.status, step.response.headers, step.response.body.data, ids, times
        )
        yield status, content_type, coding, CUT if step.response.body.cut and '"object":"list"' in body else body


def _run(fault: Fault, finding: Finding, behaviour: Behaviour, framing: Framing | None) -> tuple[list[Answer], str]:
    """Run lines at a server; return what it answered, and what they wrote on standard error."""
    log = _Log(Reference(api_key=fault.key, behaviour=behaviour))
    with running(log, framing) as url:
        lines = re.sub(r"\ABASE=.*", f"BASE={url}", finding.curl)
        keys = {KEY_VARIABLE: fault.key or "sk-reader", OTHER_KEY_VARIABLE: fault.other_key or "sk-other-reader"}
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **keys}
        done = subprocess.run(
            ["bash", "-u", "-c", lines], env=environment, capture_output=True, check=False, timeout=60
        )
    answers = []
    ids: list[str] = []
    times: dict[str, list[str]] = {}
    for request, response, seconds in log.seen:
        if seconds > PAUSE:
            answers.append(UNANSWERED)
            continue
        if request.method == "POST" and request.path == "/assistants":
            ids += _id(_unpacked(response.body))
        answers.append(_plain(response.status, response.headers, response.body, ids, times))
    return answers, done.stderr.decode("utf-8", "replace")


def _id(body: bytes) -> list[str]:
    try:
        value = json.loads(body)
    except ValueError:
        return []
    return [value["id"]] if isinstance(value, dict) and isinstance(value.get("id"), str) else []


def _unpacked(body: bytes) -> bytes:
    """Return what is packed with gzip, once or more often; as it is what cannot be unpacked."""
    while body.startswith(_GZIP):
        packed, body = body, b""
        while packed.startswith(_GZIP):  # a member; its checksum is no matter, nor whether its end is there
            member = zlib.decompressobj(-zlib.MAX_WBITS)
            body += member.decompress(packed[_HEAD:])
            packed = member.unused_data[_TAIL:]
    return body


def _plain(
    status: int,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    ids: Sequence[str],
    times: dict[str, list[str]],
) -> Answer:
    """Return an answer with the order of an assistant's times in their place: which they are is another each time."""
    said = {name.lower(): value for name, value in headers}
    coding = said.get("content-encoding", "") + (PACKED if body.startswith(_GZIP) else "")
    body = _unpacked(body)
    text = _only(ids, body).decode("utf-8", "backslashreplace")
    known = times.setdefault("".join(re.findall(r'"id": ?"([^"]*)"', text)[:1]), [])
    for number, id_ in enumerate(ids):
        for form, altered in altered_ids(id_):
            text = text.replace(altered, f"id {number} {form.value}")
        text = text.replace(id_, f"id {number}")

    def shown(found: re.Match[str]) -> str:
        if found[0] not in known:
            known.append(found[0])
        return f"{len(found[0])} characters, number {known.index(found[0])}"

    return status, said.get("content-type", ""), coding, _OF_ITS_TIME.sub(shown, text)


def _only(ids: Sequence[str], body: bytes) -> bytes:
    """Return an answer; of a list, the entries of known assistants alone: others may stand there."""
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(value, dict) or not isinstance(value.get("data"), list):
        return body
    entries = [one for one in value["data"] if isinstance(one, dict) and one.get("id") in ids]
    return json.dumps(sorted(entries, key=lambda one: ids.index(one["id"]))).encode()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lines of many findings; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--effort", choices=("quick", "standard"), default="standard")
    parser.add_argument("--only", nargs="+", default=["*"], metavar="PATTERN", help="names of faults, with * and ?")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every so many faults one")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--lines", action="store_true", help="show the lines that do not show what they are to show")
    options = parser.parse_args(arguments)
    names = [name for name in faults() if any(fnmatchcase(name, pattern) for pattern in options.only)][:: options.every]
    count = wrong = 0
    with ProcessPoolExecutor(options.jobs) as pool:
        for found in pool.map(partial(repeated, effort=options.effort), names):
            count += sum(bool(one.curl) for one in found)
            for one in found:
                if not one.curl and options.lines:
                    print(f"{one.fault}, {one.requirement}: no lines", flush=True)
                if one.problem:
                    wrong += 1
                    print(f"{one.fault}, {one.requirement}: {one.problem[:1500]}", flush=True)
                    if options.lines:
                        print(one.curl, flush=True)
    print(f"{count - wrong} of {count} findings about {len(names)} faulty servers are shown by their lines")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
