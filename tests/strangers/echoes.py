"""Servers that say the key again, in one form each, wherever a server can: nothing that a run writes may hold it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.reference import Reference
from conformance.reference.serve import running
from tests.conformance.cli.canary import KEY, forms, leaks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.exchange import Request, Response

RENDERED = ("html", "junit", "markdown", "sarif", "github")
_LIMIT = 180.0


@dataclass(frozen=True, slots=True)
class Echo:
    """What became of one form."""

    form: str
    echoed: int
    """In how many answers it stood."""
    problem: str
    """Which forms of the key came out; empty for none."""


class _Echoing:
    """The reference, which alters names and says the key in each answer: in its header, its error, its members."""

    def __init__(self, form: str) -> None:
        self._inner, self._form = Reference(api_key=KEY), form
        self.echoed = 0

    def handle(self, request: Request) -> Response:
        response = self._inner.handle(request)
        value = json.loads(response.body) if response.body else None
        if not isinstance(value, dict):
            return response
        self.echoed += 1
        if "error" in value:
            value["error"]["message"] += f" {self._form}"
        else:
            value |= {"echo": self._form, f"of {self._form}": 1}
            if value.get("name"):
                value["name"] += self._form
        headers = tuple(one for one in response.headers if one[0].lower() != "content-length")
        more = (("x-echo", self._form),) if self._form.isascii() and self._form.isprintable() else ()
        return replace(response, headers=(*headers, *more), body=json.dumps(value).encode())


def echoes() -> dict[str, str]:
    """Return every form of the key that is echoed, by its name."""
    return {name: form for name, form in forms(KEY).items() if name not in {"shorter", "beheaded"}}


def echoed(names: Iterator[str]) -> Iterator[Echo]:
    """Judge a server for each of some forms."""
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            yield _echoed(name, echoes()[name], Path(folder))


def _echoed(name: str, form: str, folder: Path) -> Echo:
    server = _Echoing(form)
    told = []
    with running(server) as url:
        told.append(_conformance(folder, "run", url, "--only", "roundtrip.name", "--effort", "quick"))
    report = str(folder / "conformance-report" / "report.json")
    told += [_conformance(folder, "render", report, "--format", one) for one in RENDERED]
    files = [path.read_bytes().decode("utf-8", "replace") for path in sorted(folder.rglob("*")) if path.is_file()]
    text = "\n".join([*files, *(one.stdout + one.stderr for one in told)])
    if told[0].returncode != 1 or "Traceback" in text:
        return Echo(name, server.echoed, f"exit code {told[0].returncode}: {told[0].stderr[-200:]}")
    return Echo(name, server.echoed, ", ".join(leaks(text, (KEY,))))


def _conformance(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OPENAI_API_KEY": KEY}
    command = [sys.executable, "-m", "conformance", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=_LIMIT
    )
