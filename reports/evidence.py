"""Shell lines that repeat the evidence of a finding: what a maintainer pastes into a terminal to believe it.

The lines need bash or another POSIX shell, curl, base64, gunzip and, to read the id of a new assistant, Python. They
send the very bytes that were sent; what curl adds of its own is taken away where a server could tell the difference.
"""

from __future__ import annotations

import base64
import gzip
import re
import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reports.created import Form, created_id, in_url, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.model import Body, RecordedRequest, Report, Row, Step

INLINE = 2048
"""Bytes of a body that is readable within a command."""
_WAITS = 1024  # bytes from which on curl asks the server first whether it may send (Expect)
_OF_EVERY_CLIENT = frozenset({"connection", "content-length", "host", "user-agent"})
_USUAL = {"accept": {"application/json", "*/*"}, "accept-encoding": {"identity"}}
"""Values of headers that ask for what is given to one who does not ask."""
KEY_VARIABLE = "OPENAI_API_KEY"
"""The environment variable that the key is read from unless the user names another."""
OTHER_KEY_VARIABLE = "OTHER_API_KEY"
"""The same for a second key."""
MASK = "***"
"""Stands for a secret."""
OTHER_MASK = "***other key***"
"""Stands for the second key."""
SECRET = re.compile(f"({re.escape(OTHER_MASK)}|{re.escape(MASK)})")
"""Either, where a text is split at secrets."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COLLECTION = re.compile(r"/assistants(?=[/?]|$)")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.?=&%~,:@+-]*")
IMPOSSIBLE_IN_URL = re.compile("[\x00-\x20\x7f#\ud800-\udfff]")
"""What no client sends in a URL."""
_UNPACK = "gunzip -cf 2> /dev/null"
"""What unpacks an answer, of one that is packed as well as its end is right, and leaves one that is not packed."""
_READ_ID = f"""{_UNPACK} | {_UNPACK} \\
  | python3 -c 'import json, sys; d = sys.stdin.buffer.read().decode().strip(); \\
    print(json.JSONDecoder().raw_decode(d)[0]["id"])'"""
_READ_QUOTED_ID = f"""{_UNPACK} | {_UNPACK} \\
  | python3 -c 'import json, sys, urllib.parse as u; d = sys.stdin.buffer.read().decode().strip(); \\
    print(u.quote(json.JSONDecoder().raw_decode(d)[0]["id"], safe=""))'"""
"""What prints the id of an answer; some servers pack theirs unasked, or twice."""
_SHELL_FORMS = {
    Form.WHOLE: "${ID}",
    Form.SWAPPED: '$(printf %s "$ID" | tr A-Za-z a-zA-Z)',
    Form.UPPER: '$(printf %s "$ID" | tr a-z A-Z)',
    Form.LOWER: '$(printf %s "$ID" | tr A-Z a-z)',
    Form.TWICE: '%25$(printf %02x "\'$ID")${ID#?}',
    Form.HEAD: "${ID%?}",
    Form.TAIL: "${ID#?}",
}
"""What the shell makes of ``ID``, within double quotes."""


def curl_script(
    steps: Sequence[Step], key_variable: str = KEY_VARIABLE, other_key_variable: str = OTHER_KEY_VARIABLE
) -> str:
    """Return shell lines that repeat the steps; ``""`` where curl cannot do that.

    The first line sets ``BASE``. Each ``create`` of the setup puts the id of its assistant into ``ID`` (``ID2`` …),
    which stands for the recorded one from there on, also where it was altered. The judged request shows status and
    headers (``-i``), what is read back its status behind the body. A recorded key is never in the lines: the variable
    ``key_variable`` is, ``other_key_variable`` for the second; for other secrets, one that is called as the header.

    Curl cannot repeat what never left as a request, a body that was not kept whole, and a URL that it refuses.
    """
    sent = [(step, step.request) for step in steps if step.request is not None]
    judged = [request.url for step, request in sent if step.role == "act"]
    if not judged:
        return ""
    if any(request.body.cut or IMPOSSIBLE_IN_URL.search(request.url) for _, request in sent):
        return ""
    script = _Script(_base([request.url for _, request in sent], judged[0]), key_variable, other_key_variable)
    for step, request in sent:
        script.add(step, request)
    return "\n".join([f"BASE={shlex.quote(script.base)}", *script.commands])


def with_lines_of_its_steps(report: Report) -> Report:
    """Return a report whose shell lines are those that its steps make, whatever stands in it.

    A report may come from anybody, and its reader pastes them.
    """
    key = _variable(report, "api_key_env", KEY_VARIABLE)
    other = _variable(report, "other_api_key_env", OTHER_KEY_VARIABLE)

    def own(row: Row) -> Row:
        found = row.finding
        if found is None or not found.curl:
            return row
        return replace(row, finding=replace(found, curl=curl_script(found.steps, key, other)))

    rows, outside, of_user = (tuple(map(own, found)) for found in (report.rows, report.outside, report.own))
    return replace(report, rows=rows, outside=outside, own=of_user)


def _variable(report: Report, setting: str, usual: str) -> str:
    said = report.settings.get(setting)
    return said if isinstance(said, str) and _NAME.fullmatch(said) else usual


def _base(urls: list[str], judged: str) -> str:
    """Return what stands before ``/assistants`` in all URLs, or in the judged one, or else before its path."""
    common = set.intersection(*map(_before_collection, urls)) or _before_collection(judged)
    if common:
        return max(common, key=len)
    parts = urlsplit(judged)
    return f"{parts.scheme}://{parts.netloc}"


def _before_collection(url: str) -> set[str]:
    return {url[: match.start()] for match in _COLLECTION.finditer(url)}


@dataclass(slots=True)
class _Script:
    base: str
    key_variable: str
    other_key_variable: str
    commands: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    """Shell variable by the assistant's id, as it stands in a URL."""

    def add(self, step: Step, request: RecordedRequest) -> None:
        body, data_options = _data(request)
        options = ["--globoff", "--path-as-is", *data_options]
        if step.role == "setup" and step.operation == "create":
            self.commands.append(self._creation(step, self._curl("-sS", request, options, body)))
        elif step.role == "setup":
            self.commands.append(self._curl("-sS -o /dev/null", request, options, body))
        else:
            first = "-sS -i -w '\\n'" if step.role == "act" else "-sS -w '\\nstatus %{http_code}\\n'"
            self.commands.append(self._curl(first, request, options, body))

    def _creation(self, step: Step, command: str) -> str:
        """Return an assignment; the id is the one that the recorded response has, if it can be read."""
        recorded = created_id(step)
        number = len(self.variables) + 1
        variable = f"ID{number}" if number > 1 else "ID"
        self.variables[in_url(recorded) or f"\0{number}"] = variable
        reader = _READ_ID if in_url(recorded) == recorded else _READ_QUOTED_ID
        return f"{variable}=$({command} \\\n  | {reader})"

    def _curl(self, first: str, request: RecordedRequest, options: list[str], body: str) -> str:
        method = "--head" if request.method == "HEAD" else f"-X {shlex.quote(request.method)}"
        lines = [f"curl {first} {method} {self._url(request.url)}", *self._headers(request)]
        command = " \\\n  ".join([*lines, " ".join(options)])
        return f"{body} | {command}" if body else command

    def _url(self, url: str) -> str:
        if not url.startswith(self.base):
            return shlex.quote(url)
        parts = [
            part if isinstance(part, str) else (self.variables[part[0]], part[1])
            for part in split(url[len(self.base) :], self.variables)
        ]
        if all(not isinstance(part, str) or _PLAIN_PATH.fullmatch(part) for part in parts):
            shown = "".join(
                part if isinstance(part, str) else _of_variable(*part, parts[place + 1 : place + 2])
                for place, part in enumerate(parts)
            )
            return f'"$BASE{shown}"'
        quoted = (shlex.quote(part) if isinstance(part, str) else f'"{_of_variable(*part, [])}"' for part in parts)
        return f'"$BASE"{"".join(quoted)}'

    def _headers(self, request: RecordedRequest) -> list[str]:
        options = []
        for name, value in request.headers:
            if is_of_the_client(name, value):
                continue
            if MASK in value:
                options.append(f"-H {self._with_secret(name, value)}")
            else:
                options.append(f"-H {_argument(f'{name}: {value}' if value else f'{name};')}")
        if has_body(request) and all(name.lower() != "content-type" for name, _ in request.headers):
            options.append("-H 'Content-Type:'")
        if len(request.body.data) > _WAITS and all(name.lower() != "expect" for name, _ in request.headers):
            options.append("-H 'Expect:'")
        return options

    def _with_secret(self, name: str, value: str) -> str:
        """Return a header with variables for the secrets in it."""
        before, *others = SECRET.split(value)
        quoted = [_doubly_quoted(f"{name}: {before}")]
        for mask, other in zip(others[::2], others[1::2], strict=True):
            variable = variable_of(name, self.key_variable if mask == MASK else self.other_key_variable)
            plain = re.match(r"[A-Za-z0-9_]", other)
            quoted.append((f"${{{variable}}}" if plain else f"${variable}") + _doubly_quoted(other))
        return f'"{"".join(quoted)}"'


def _of_variable(variable: str, form: Form, behind: list[str | tuple[str, Form]]) -> str:
    """Return what stands for an id within double quotes; ``behind`` is what follows it there, if anything."""
    if form is Form.WHOLE and (not behind or re.match(r"[^A-Za-z0-9_]", str(behind[0]))):
        return f"${variable}"
    return re.sub(r"\bID\b", variable, _SHELL_FORMS[form])


def _doubly_quoted(text: str) -> str:
    return re.sub(r'(["\\$`])', r"\\\1", text)


def is_of_the_client(name: str, value: str) -> bool:
    """Return whether a header is one that each client says in its own way, and to the same effect."""
    name = name.lower()
    return name in _OF_EVERY_CLIENT or value in _USUAL.get(name, ())


def variable_of(header: str, key_variable: str) -> str:
    """Return the environment variable that the secret of a header is read from."""
    if header.lower() == "authorization":
        return key_variable
    return re.sub(r"[^A-Z0-9]", "_", header.upper()).lstrip("0123456789") or "SECRET"


def _argument(text: str) -> str:
    """Quote one line for the shell; bytes of a header are Latin-1 on the wire."""
    if text.isascii() and text.isprintable():
        return shlex.quote(text)
    octal = (chr(b) if 32 <= b < 127 and b not in b"\\%'" else f"\\{b:03o}" for b in text.encode("latin-1", "replace"))
    return f"\"$(printf '{''.join(octal)}')\""


def has_body(request: RecordedRequest) -> bool:
    """Return whether a request is sent with a body, an empty one included."""
    return bool(request.body.data) or request.method in {"POST", "PUT", "PATCH"}


def _data(request: RecordedRequest) -> tuple[str, list[str]]:
    """Return the command that writes the body, if one has to, and curl's options for it."""
    if not has_body(request):
        return "", []
    data = request.body.data
    if (text := _readable(request.body)) is not None:
        return "", [f"--data-raw {shlex.quote(text)}"]
    packed = base64.b64encode(gzip.compress(data, mtime=0)).decode("ascii")
    return f"printf %s {packed} | base64 -d | gunzip", ["--data-binary @-"]


def _readable(body: Body) -> str | None:
    if body.size > INLINE:
        return None
    try:
        text = body.data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None
