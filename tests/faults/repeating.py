"""What a finding gives its reader to paste is run: the curl lines of every finding about every faulty server.

Run as ``python tests/faults/repeating.py [--effort quick|standard] [--only PATTERN] [--every N]``. The lines are run by
bash at the faulty server behind a port: it answers as it did when the finding was made, to the byte but for ids and
times; and at the reference, which answers at least one of the judged requests, or a GET behind one, in another way.
Ends with 1 when lines do not show what they are to show.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
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
from reports.created import created_id
from reports.evidence import KEY_VARIABLE, OTHER_KEY_VARIABLE
from tests.faults.matrix import carried_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.exchange import Request, Response
    from conformance.plan.case import Effort
    from conformance.reference.faults import Fault
    from conformance.reference.wire import Framing
    from reports.model import Finding, Step

LIMIT = 200_000
"""Bytes of an answer that are compared: what is longer is not kept whole."""
_OF_ITS_TIME = re.compile(r'req_[0-9a-zA-Z]+|"created_at": ?"?[0-9.e+]{10,}"?(?=[,}])')

Answer = tuple[int, str, str]
"""Status, content type and body of an answer, without what is another each time."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """The lines of one finding, run."""

    fault: str
    requirement: str
    problem: str
    """Why they do not show it; empty if they do."""
    curl: str = ""


class _Log:
    """A handler that keeps what it is asked and answers."""

    def __init__(self, inner: Reference) -> None:
        self._inner = inner
        self.seen: list[tuple[Request, Response]] = []

    def handle(self, request: Request) -> Response:
        answer = self._inner.handle(request)
        self.seen.append((request, answer))
        return answer


def repeated(name: str, effort: Effort = "quick", *, only: str = "*") -> list[Repeated]:
    """Judge a faulty server, and run the lines of each finding about it; ``only`` chooses requirements."""
    fault = faults()[name]
    rows, _, _ = carried_out(fault, effort, 0, whole=False)
    found = [(row.id, row.finding) for row in rows if row.finding is not None and fnmatchcase(row.id, only)]
    return [Repeated(name, id_, problem(fault, finding), finding.curl) for id_, finding in found if finding.curl]


def problem(fault: Fault, finding: Finding) -> str:
    """Return why the lines of a finding do not show it; empty if they do."""
    recorded = list(_recorded(finding.steps))
    seen, told = _run(fault, finding, fault.behaviour(), fault.framing)
    sound, _ = _run(fault, finding, Behaviour(), None)
    if told:
        return f"on standard error: {told}"
    for place, (was, now) in enumerate(zip(recorded, seen, strict=False)):
        if _but_for_times(was) != _but_for_times(now):
            return f"request {place + 1} was answered {was}, and now is {now}"
    if len(seen) != len(recorded):
        return f"{len(recorded)} requests are recorded, and {len(seen)} came"
    return "the reference answers the same" if sound == seen else ""


def _but_for_times(answer: Answer) -> Answer:
    """Return an answer without the order of times: a time that moves by itself may not have moved on yet."""
    return (*answer[:2], re.sub(r", number \d+", "", answer[2]))


def _recorded(steps: Iterable[Step]) -> Iterator[Answer]:
    ids: list[str] = []
    times: dict[str, list[str]] = {}
    for step in steps:
        if step.request is None or step.response is None:
            continue
        if step.request.method == "POST" and step.request.url.endswith("/assistants") and created_id(step):
            ids.append(created_id(step))
        types = [value for name, value in step.response.headers if name.lower() == "content-type"]
        yield _plain(step.response.status, "".join(types), step.response.body.data, ids, times)


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
    for request, response in log.seen:
        if request.method == "POST" and request.path == "/assistants":
            ids += _id(gzip.decompress(response.body) if response.body[:1] == b"\x1f" else response.body)
        answers.append(_plain(response.status, response.header("content-type") or "", response.body, ids, times))
    return answers, done.stderr.decode("utf-8", "replace")


def _id(body: bytes) -> list[str]:
    try:
        value = json.loads(body)
    except ValueError:
        return []
    return [value["id"]] if isinstance(value, dict) and isinstance(value.get("id"), str) else []


def _plain(status: int, content_type: str, body: bytes, ids: Sequence[str], times: dict[str, list[str]]) -> Answer:
    """Return an answer with the order of an assistant's times in their place: which they are is another each time."""
    body = gzip.decompress(body) if body[:1] == b"\x1f" else body
    text = _only(ids, body)[:LIMIT].decode("utf-8", "backslashreplace")
    known = times.setdefault("".join(re.findall(r'"id": ?"([^"]*)"', text)[:1]), [])
    for number, id_ in enumerate(ids):
        text = text.replace(id_, f"id {number}")

    def shown(found: re.Match[str]) -> str:
        if found[0] not in known:
            known.append(found[0])
        return f"{len(found[0])} characters, number {known.index(found[0])}"

    return status, content_type, _OF_ITS_TIME.sub(shown, text)


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
            count += len(found)
            for one in found:
                if one.problem:
                    wrong += 1
                    print(f"{one.fault}, {one.requirement}: {one.problem[:1500]}", flush=True)
                    if options.lines:
                        print(one.curl, flush=True)
    print(f"{count - wrong} of {count} findings about {len(names)} faulty servers are shown by their lines")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
