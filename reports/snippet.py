"""A Python program that repeats the evidence of a finding, for readers who have Python and neither a shell nor curl.

It needs the standard library only, and sends the very bytes that were sent: ``http.client`` changes neither path nor
body.
"""

from __future__ import annotations

import base64
import gzip
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reports.created import Form, created_id, in_url, split
from reports.evidence import (
    IMPOSSIBLE_IN_URL,
    INLINE,
    KEY_VARIABLE,
    MASK,
    OTHER_KEY_VARIABLE,
    OTHER_MASK,
    SECRET,
    has_body,
    is_of_the_client,
    variable_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.model import Body, RecordedRequest, Step

_ILLEGAL_NAME = re.compile(r"[^!#$%&'*+.^_`|~0-9A-Za-z-]|^$")
_FRAMING = frozenset({"expect", "transfer-encoding"})
_ILLEGAL_VALUE = re.compile("[\r\n\0]|[^\x00-\xff]")

_FORMS = {
    Form.WHOLE: "id",
    Form.SWAPPED: "id.swapcase()",
    Form.UPPER: "id.upper()",
    Form.LOWER: "id.lower()",
    Form.HEAD: "id[:-1]",
    Form.TAIL: "id[1:]",
}
"""What Python makes of an id, as an expression."""


def python_script(
    steps: Sequence[Step], key_variable: str = KEY_VARIABLE, other_key_variable: str = OTHER_KEY_VARIABLE
) -> str:
    """Return a program that repeats the steps; ``""`` where ``http.client`` cannot do that, and for an SDK.

    Each ``create`` of the setup binds the id of its assistant, which stands for the recorded one from there on; the
    judged request and what follows it are printed. A recorded key is never in it: the environment variable
    ``key_variable`` is read, ``other_key_variable`` for the second.
    """
    sent = [(step, step.request) for step in steps if step.request is not None]
    if any(step.asked is not None for step in steps):
        return ""  # what an SDK sent says nothing when something else sends it
    if all(step.role != "act" for step, _ in sent) or not all(_can_be_sent(request) for _, request in sent):
        return ""
    origin = urlsplit(sent[0][1].url)
    if any(urlsplit(request.url)[:2] != origin[:2] for _, request in sent):
        return ""
    names: dict[str, str] = {}
    variables = {MASK: key_variable, OTHER_MASK: other_key_variable}
    lines = []
    for step, request in sent:
        call = f"send({request.method!r}, {_path(request.url, names)}{_rest(request, variables)})"
        if step.role == "setup":
            lines.append(_setup(step, call, names))
        else:
            lines.append(f"print(*{call})")
    return "\n".join([*_head(f"{origin.scheme}://{origin.netloc}", "\n".join(lines)), *lines])


def _can_be_sent(request: RecordedRequest) -> bool:
    names = [name.lower() for name, _ in request.headers]
    return not (
        request.body.cut
        or IMPOSSIBLE_IN_URL.search(request.url)
        or not request.url.isascii()
        or not urlsplit(request.url).scheme.startswith("http")
        or len(set(names)) < len(names)
        or not _FRAMING.isdisjoint(names)
        or any(_ILLEGAL_NAME.search(name) or _ILLEGAL_VALUE.search(value) for name, value in request.headers)
    )


def _head(origin: str, body: str) -> list[str]:
    scheme, _, host = origin.partition("://")
    connection = "HTTPSConnection" if scheme == "https" else "HTTPConnection"
    modules = [
        "http.client",
        *(name for name in ("base64", "gzip", "json", "os", "urllib.parse") if f"{name}." in body),
    ]
    return [
        f"import {', '.join(sorted(modules))}",
        "",
        "",
        "def send(method, path, body=None, headers={}):",
        f"    connection = http.client.{connection}({host!r}, timeout=60)",
        "    connection.request(method, path, body, headers)",
        "    answer = connection.getresponse()",
        "    return answer.status, answer.read()",
        "",
        "",
    ]


def _setup(step: Step, call: str, names: dict[str, str]) -> str:
    if step.operation != "create":
        return call
    recorded = in_url(created_id(step))
    number = len(names) + 1
    name = f"id{number}"
    names[recorded or f"\0{number}"] = name
    read = f"json.loads({call}[1])['id']"
    return f"{name} = {read}" if recorded == created_id(step) else f"{name} = urllib.parse.quote({read}, safe='')"


def _path(url: str, names: dict[str, str]) -> str:
    parts = urlsplit(url)
    path = url[len(f"{parts.scheme}://{parts.netloc}") :] or "/"
    pieces = split(path, names)
    if all(isinstance(piece, str) for piece in pieces):
        return repr(path)
    shown = "".join(
        piece.replace("{", "{{").replace("}", "}}") if isinstance(piece, str) else _named(names[piece[0]], piece[1])
        for piece in pieces
    )
    return f"f{shown!r}"


def _named(name: str, form: Form) -> str:
    if form is Form.TWICE:
        return f"%25{{ord({name}[0]):02x}}{{{name}[1:]}}"
    return f"{{{_FORMS[form].replace('id', name, 1)}}}"


def _rest(request: RecordedRequest, variables: Mapping[str, str]) -> str:
    """Return the other arguments of a call: body and headers."""
    headers = ", ".join(
        f"{name!r}: {_value(name, value, variables)}"
        for name, value in request.headers
        if not is_of_the_client(name, value)
    )
    body = _bytes(request.body) if has_body(request) else "None" if headers else ""
    return "".join(f", {part}" for part in (body, headers and f"{{{headers}}}") if part)


def _value(name: str, value: str, variables: Mapping[str, str]) -> str:
    """Return the value of a header, with the environment's variables for the secrets in it."""
    pieces = [
        f"os.environ[{variable_of(name, variables[part])!r}]" if part in variables else repr(part)
        for part in SECRET.split(value)
        if part
    ]
    return " + ".join(pieces) or "''"


def _bytes(body: Body) -> str:
    if body.size <= INLINE:
        return repr(body.data)
    packed = base64.b64encode(gzip.compress(body.data, mtime=0)).decode("ascii")
    return f"gzip.decompress(base64.b64decode({packed!r}))"
