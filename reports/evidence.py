"""Shell lines that repeat the evidence of a finding: what a maintainer pastes into a terminal to believe it.

The lines need a POSIX shell, curl, base64, gunzip and, to read the id of a new assistant, Python. They send the very
bytes that were sent; what curl adds of its own is taken away where a server could tell the difference.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.model import Body, RecordedRequest, Step

INLINE = 2048
"""Bytes of a body that is readable within a command."""
_WAITS = 1024  # bytes from which on curl asks the server first whether it may send (Expect)
OF_THE_CLIENT = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "host", "transfer-encoding", "user-agent"}
)
"""Headers that each client says in its own way."""
_COLLECTION = re.compile(r"/assistants(?=[/?]|$)")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.?=&%~,:@+-]*")
IMPOSSIBLE_IN_URL = re.compile("[\x00-\x20\x7f#\ud800-\udfff]")
"""What no client sends in a URL."""
_READ_ID = """python3 -c 'import json, sys; print(json.load(sys.stdin.buffer)["id"])'"""
_READ_QUOTED_ID = (
    """python3 -c 'import json, sys, urllib.parse as u; print(u.quote(json.load(sys.stdin.buffer)["id"], safe=""))'"""
)


def curl_script(steps: Sequence[Step]) -> str:
    """Return shell lines that repeat the steps; ``""`` where curl cannot do that.

    The first line sets ``BASE``. Each ``create`` of the setup puts the id of its assistant into ``ID`` (``ID2`` …),
    which stands for the recorded one from there on. The judged request shows status and headers (``-i``). A recorded
    key is never in the lines: ``$OPENAI_API_KEY`` is.

    Curl cannot repeat what never left as a request, a body that was not kept whole, and a URL that it refuses.
    """
    sent = [(step, step.request) for step in steps if step.request is not None]
    judged = [request.url for step, request in sent if step.role == "act"]
    if not judged:
        return ""
    if any(request.body.cut or IMPOSSIBLE_IN_URL.search(request.url) for _, request in sent):
        return ""
    script = _Script(_base([request.url for _, request in sent], judged[0]))
    for step, request in sent:
        script.add(step, request)
    return "\n".join([f"BASE={shlex.quote(script.base)}", *script.commands])


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
            first = "-sS -i" if step.role == "act" else "-sS"
            self.commands.append(self._curl(f"{first} -w '\\n'", request, options, body))

    def _creation(self, step: Step, command: str) -> str:
        """Return an assignment; the id is the one that the recorded response has, if it can be read."""
        recorded = created_id(step)
        number = len(self.variables) + 1
        variable = f"ID{number}" if number > 1 else "ID"
        self.variables[quote(recorded, safe="") or f"\0{number}"] = variable
        reader = _READ_ID if quote(recorded, safe="") == recorded else _READ_QUOTED_ID
        return f"{variable}=$({command} \\\n  | {reader})"

    def _curl(self, first: str, request: RecordedRequest, options: list[str], body: str) -> str:
        method = "--head" if request.method == "HEAD" else f"-X {shlex.quote(request.method)}"
        lines = [f"curl {first} {method} {self._url(request.url)}", *_headers(request)]
        command = " \\\n  ".join([*lines, " ".join(options)])
        return f"{body} | {command}" if body else command

    def _url(self, url: str) -> str:
        if not url.startswith(self.base):
            return shlex.quote(url)
        path = url[len(self.base) :]
        parts = [part for part in re.split(r"(?<=/assistants/)([^/?]*)", path) if part]
        if all(part in self.variables or _PLAIN_PATH.fullmatch(part) for part in parts):
            return f'"$BASE{"".join(self._named(part) for part in parts)}"'
        return '"$BASE"' + "".join(
            f'"{self._named(part)}"' if part in self.variables else shlex.quote(part) for part in parts
        )

    def _named(self, part: str) -> str:
        return f"${self.variables[part]}" if part in self.variables else part


def created_id(step: Step) -> str:
    """Return the id in the answer to a create; ``""`` where there is none to be read."""
    if step.response is None:
        return ""
    try:
        value = json.loads(step.response.body.data)
    except (ValueError, RecursionError):
        return ""
    recorded = value.get("id") if isinstance(value, dict) else None
    return recorded if isinstance(recorded, str) and not re.search("[\ud800-\udfff]", recorded) else ""


def _headers(request: RecordedRequest) -> list[str]:
    options = []
    for name, value in request.headers:
        if name.lower() in OF_THE_CLIENT:
            continue
        if name.lower() == "authorization" and "*" in value:
            options.append(f'-H "{name}: Bearer $OPENAI_API_KEY"')
        else:
            options.append(f"-H {_argument(f'{name}: {value}' if value else f'{name};')}")
    if has_body(request) and all(name.lower() != "content-type" for name, _ in request.headers):
        options.append("-H 'Content-Type:'")
    if len(request.body.data) > _WAITS:
        options.append("-H 'Expect:'")
    return options


def _argument(text: str) -> str:
    """Quote one line for the shell; bytes of a header are Latin-1 on the wire."""
    if text.isascii() and text.isprintable():
        return shlex.quote(text)
    octal = (chr(b) if 32 <= b < 127 and b not in b"\\%'" else f"\\{b:03o}" for b in text.encode("latin-1", "replace"))
    return f"\"$(printf '{''.join(octal)}')\""


def has_body(request: RecordedRequest) -> bool:
    """Tell whether a request is sent with a body, an empty one included."""
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
