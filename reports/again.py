"""The commands that send a finding again and delete what a run has left, whole: with the target and all its options.

It is text for somebody who reads it. Nothing here or elsewhere carries out what a report names.
"""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.shorten import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.model import Report

_REFERENCE = "reference"
_RECORDING = "recording"
"""The kind of target that answers nobody: its findings are sent to another."""
_BUNDLED = re.compile(r"sdk:openai(-node|(-async)?(-wire)?)")
_LONGEST = 300  # characters of an address
_FORMS = {
    "exec": "exec:COMMAND",
    "sdk": "sdk:MODULE:FACTORY",
    "asgi": "asgi:MODULE:APP",
    "wsgi": "wsgi:MODULE:APP",
    "respx": "respx:MODULE:FACTORY",
}


REPORT = "report.json"
"""Where a report stands to somebody who is told nothing of its folder."""


def told_path(path: Path) -> str:
    """Return a path as it can be typed where the command was started: relative to there if it is below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (OSError, ValueError):
        return str(path)


def replay_command(report: Report, path: str, id_: str) -> str:
    """Return the command for the report's own reader; ``path`` is where the report stands.

    What a test of the user's own expects stands nowhere but in the test, so that is what is run again.
    """
    target = report.target.spec
    if report.target.kind in {_REFERENCE, _RECORDING}:
        target = _REFERENCE if report.target.kind == _REFERENCE else "TARGET"
    own = next((row for row in report.own if row.id == id_), None)
    if own is not None:
        return visible(shlex.join(["pytest", own.source, f"--conformance-target={target}"]), lines=False)
    return _command(path, id_, target, *_options(report))


def offered_command(report: Report, path: str, id_: str) -> str:
    """Return the command to offer to somebody who named no target.

    A report may come from anybody, so a program, a module or a variable that it names is not shown as something to
    type; a host is, for its reader to judge.
    """
    spec = report.target.spec
    kind = spec.partition(":")[0]
    if report.target.kind == _REFERENCE:
        target = _REFERENCE
    elif (kind.lower() in {"http", "https"} and len(spec) <= _LONGEST) or _BUNDLED.fullmatch(spec):
        target = spec
    else:
        target = _FORMS.get(kind, "TARGET")
    return _command(path, id_, target)


def clean_command(report: Report, path: str) -> str:
    """Return the command that deletes the assistants that a run has left; ``""`` where there are none to delete.

    ``path`` is where the report stands. Only a server at an address keeps assistants when the run is over.
    """
    if not report.left_behind or report.target.kind != "http":
        return ""
    edition = ("--edition", _edition(report)) if any(_is_address(change) for change in report.changes) else ()
    words = ["conformance", "clean", report.target.spec, "--from", path, *edition, *_reached(report)]
    return visible(shlex.join(words), lines=False)


def _is_address(change: Mapping[str, Any]) -> bool:
    return change.get("section") == "address"


def _edition(report: Report) -> str:
    """Return the file of an edition as the run was given it, which its command alone tells."""
    try:
        words = shlex.split(report.command)
    except ValueError:
        words = []
    named = [after for word, after in pairwise(words) if word in {"--edition", "--conformance-edition"}]
    named += [word.partition("=")[2] for word in words if word.startswith("--conformance-edition=")]
    return named[0] if named else "FILE"


def _command(*words: str) -> str:
    return visible(shlex.join(["conformance", "replay", *words]), lines=False)


def _options(report: Report) -> Iterator[str]:
    """Yield what the run was given that a replay has to be given again."""
    yield from _reached(report)
    for variable in _texts(report.settings.get("adapter_env")):
        yield from ("--adapter-env", variable)
    if isinstance(report.settings.get("assistant_id"), str):
        yield from ("--assistant-id", report.settings["assistant_id"])


def _reached(report: Report) -> Iterator[str]:
    """Yield the options by which the target was reached; values of headers may be secrets."""
    said = report.settings
    variable = said.get("api_key_env")
    if isinstance(variable, str) and variable not in {"", "OPENAI_API_KEY"}:
        yield from ("--api-key-env", variable)
    if isinstance(said.get("api_key_file"), str):
        yield from ("--api-key-file", said["api_key_file"])
    if said.get("token_command"):
        yield from ("--token-command", "COMMAND")  # there may be a secret in it
    for option, name in (("--api-key-header", "api_key_header"), ("--api-key-scheme", "api_key_scheme")):
        if isinstance(said.get(name), str):
            yield from (option, said[name])
    if said.get("insecure") is True:
        yield "--insecure"
    if isinstance(said.get("ca_bundle"), str):
        yield from ("--ca-bundle", said["ca_bundle"])
    for option, name in (("--header", "headers"), ("--query", "query")):
        for one in _texts(said.get(name)):
            yield from (option, f"{one}=VALUE")
    if said.get("beta") is False:
        yield "--no-beta"


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []
