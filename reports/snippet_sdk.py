"""A Python program that repeats a call of a Python SDK: a small server prints what arrives, and answers as then."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from reports.evidence import INLINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.model import Step

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_OWN = re.compile(rf"sdk:({_NAME}(?:\.{_NAME})*):({_NAME})")
_OPENAI = {"sdk:openai", "sdk:openai-wire"}
_ASSISTANT = re.compile(r"/assistants/([^/?]+)$")
_PROGRAM = """\
import http.server, threading
{imported}


class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        print(self.command, self.path, body)
        self.send_response({status})
        self.send_header('Content-Type', 'application/json')
        self.end_headers()
        self.wfile.write({answer})


server = http.server.HTTPServer(('127.0.0.1', 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f'http://127.0.0.1:{{server.server_port}}/v1'
{call}"""


def sdk_script(spec: str, steps: Sequence[Step]) -> str:
    """Return a program that makes the judged call again; ``""`` where there is none.

    That is so for SDKs in other languages and asynchronous ones, and for anything but one modify that is answered with
    a short body or not at all.
    """
    judged = [step for step in steps if step.role == "act"]
    if len(judged) != 1 or judged[0].operation != "modify" or not isinstance(judged[0].asked, dict):
        return ""
    step = judged[0]
    own = _OWN.fullmatch(spec)
    if own is None and spec not in _OPENAI:
        return ""
    id_ = _assistant(step)
    if not id_:
        return ""
    answer, status = b"{}", 200
    if step.response is not None:
        if step.response.body.size > INLINE:
            return ""
        answer, status = step.response.body.data, step.response.status
    imported, call = _call(own, id_, step.asked)
    return _PROGRAM.format(imported=imported, status=status, answer=repr(answer), call=call)


def _call(own: re.Match[str] | None, id_: str, asked: dict[str, Any]) -> tuple[str, str]:
    if own is None:
        call = "client = openai.OpenAI(base_url=url, api_key='key', max_retries=0)\n"
        return "import openai", f"{call}print(client.beta.assistants.update({id_!r}, **{asked!r}))"
    module, factory = own.groups()
    return f"from {module} import {factory}", f"print({factory}(url, 'key').modify({id_!r}, {asked!r}))"


def _assistant(step: Step) -> str:
    """Return the id that the call was given; ``""`` where what left does not tell it."""
    if step.request is None:
        return "asst_1"
    found = _ASSISTANT.search(step.request.url)
    return unquote(found[1]) if found is not None else ""
