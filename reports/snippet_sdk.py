"""A Python program that repeats the calls of an SDK: a small server prints what arrives, and answers as then."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from reports.evidence import INLINE
from reports.model import Body, Served

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.model import Step

_EMPTY = Body(b"{}", 2)
_CALLED = frozenset({"modify", "retrieve", "close"})
LONGEST = 64 * 1024
"""Bytes of an answer, packed, that a program holds."""
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_OWN = re.compile(rf"sdk:({_NAME}(?:\.{_NAME})*):({_NAME})")
_OPENAI = re.compile(r"sdk:openai(-async)?(-wire)?")
_NODE = "sdk:openai-node"
_BASE = re.compile(r"(.*)/assistants(?:[/?]|$)", re.DOTALL)
_ASSISTANT = re.compile(r"/assistants/([^/?]+)(?:\?.*)?$", re.DOTALL)
_PROGRAM = """\
import {modules}
{imported}
{values}
ANSWERS = [  # what came for each request, as the suite's server gave it
{answers}
]


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self):
        data = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        while 'chunked' in (self.headers.get('Transfer-Encoding') or '') and (size := int(self.rfile.readline(), 16)):
            data += self.rfile.read(size)
            self.rfile.readline()
        shown = [f'{{name}}: {{value}}' for name, value in self.headers.items() if not name.lower().startswith(USUAL)]
        print(self.command, self.path, *shown, data, flush=True)
        how, status, headers, body = ANSWERS.pop(0) if len(ANSWERS) > 1 else ANSWERS[0]
        self.close_connection = how not in ('whole', 'slow')
        if how == 'silent':
            return time.sleep(8)
        if how == 'reset':
            linger = struct.pack('ii', 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return self.connection.close()
        if how == 'closed':
            return self.connection.shutdown(socket.SHUT_RDWR)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value.replace(BASE, url))
        if not any(name.lower() in ('content-length', 'transfer-encoding') for name, _ in headers) and status != 204:
            self.send_header('Content-Length', str(len(body) + (how == 'cut')))
        self.end_headers()
        pieces = 12 if how == 'slow' else 1
        for number in range(pieces):
            time.sleep(number > 0)
            self.wfile.write(body[len(body) * number // pieces : len(body) * (number + 1) // pieces])

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *told):
        pass


USUAL = ('accept', 'connection', 'content-length', 'host', 'transfer-encoding', 'user-agent', 'x-stainless')
BASE = {base}
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Server)
server.handle_error = lambda *told: None  # a client that has gone
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f'http://127.0.0.1:{{server.server_port}}' + {path}
{made}


def give_up():
    print('neither returned nor raised within 30 s', flush=True)
    os._exit(1)


def call(operation, *given):
    watch = threading.Timer(30, give_up)
    watch.start()
    try:
        print('returned', {called})
    except Exception as error:
        print('raised', {raised})
    finally:
        watch.cancel()


{calls}
"""
_OF_PROGRAM = """\
program = subprocess.Popen({argv}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding='utf-8')
print(program.stdout.readline(), end='')


def told(operation, assistant_id, **fields):
    line = {{'id': next(numbers), 'call': operation, 'base_url': url, 'api_key': {key}}}
    program.stdin.write(json.dumps({{**line, 'assistant_id': assistant_id, **fields}}) + '\\n')
    program.stdin.flush()
    return program.stdout.readline()


numbers = itertools.count(1)"""
_OF_OPENAI = """\
client = openai.{kind}(base_url=url, api_key={key}, max_retries=0, timeout=5)


def modify(assistant_id, fields):
    known = inspect.signature(client.beta.assistants.update).parameters
    extra = {{name: value for name, value in fields.items() if name not in known}}
    fields = {{name: value for name, value in fields.items() if name in known}}
    return client.beta.assistants.update(assistant_id, **fields, extra_body=extra or None)


"""
_SYNC = """\
def done(value):
    return value"""
_ASYNC = """\
loop = asyncio.new_event_loop()
done = loop.run_until_complete"""
_USUAL = ("http://conformance.invalid:8080/v1", "sk-proj-Conformance_Test-9zA")
"""Base URL and key of the usual client."""
_DIRECT = "os.environ['NO_PROXY'] = os.environ['no_proxy'] = '127.0.0.1'"


def sdk_script(spec: str, steps: Sequence[Step]) -> str:
    """Return a program that makes the calls again; ``""`` where there is none.

    An SDK in another language is called by its adapter program, an adapter in Python by the name that it was judged by.
    There is none where an answer was not kept whole, or is longer than a program should be.
    """
    calls = [step for step in steps if step.operation in _CALLED]
    if not any(step.role == "act" for step in calls) or not all(map(_is_of_sdk, calls)):
        return ""
    answers = [answer for step in calls for answer in _served(step)] or [Served("whole", 200, (), _EMPTY)]
    if any(answer.body.cut for answer in answers):
        return ""
    ids = [_assistant(step) for step in calls]
    if any(id_ is None for id_ in ids):
        return ""
    clients = list(dict.fromkeys(step.client for step in calls))
    base_url, key = clients[0] or _USUAL
    way = _way(spec, key)
    own = _OWN.fullmatch(spec)
    if way is None or (len(clients) > 1 and own is None):
        return ""
    imported, made, called, raised = way
    packed = [_answer(answer) for answer in answers]
    if sum(map(len, packed)) > LONGEST:
        return ""
    listed = "\n".join(f"    {one}," for one in packed)
    base = next((_BASE.match(step.request.url) for step in calls if step.request is not None), None)
    lines = [_line(step, id_ or "") + _pause(step) for step, id_ in zip(calls, ids, strict=True)]
    if own is not None and len(clients) > 1:
        others = [f"{own[2]}(origin + {_below(one[0])!r}, {one[1]!r})" for one in (it or _USUAL for it in clients[1:])]
        made = f"{made}\norigin = url.removesuffix({_below(base_url)!r})\nsdks = [{', '.join(('sdk', *others))}]"
        lines = [f"sdk = sdks[{clients.index(step.client)}]\n{line}" for step, line in zip(calls, lines, strict=True)]
    program = _PROGRAM.format(
        modules="{modules}",
        imported=imported,
        values=_DIRECT,
        answers=listed,
        base=repr(base[1] if base is not None else "http://conformance.invalid:8080/v1"),
        path=repr(_below(base_url)),
        made=made,
        called=called,
        raised=raised,
        calls="\n".join(lines),
    )
    known = (
        "asyncio",
        "base64",
        "gzip",
        "http.server",
        "inspect",
        "itertools",
        "json",
        "os",
        "shlex",
        "socket",
        "struct",
        "subprocess",
    )
    modules = [name for name in (*known, "threading", "time") if re.search(rf"\b{re.escape(name)}\.", program)]
    modules = sorted({*(name for name in modules if name != "http.server"), "http.server"})
    return program.replace("{modules}", ", ".join(modules), 1)


def _below(base_url: str) -> str:
    """Return what stands behind the origin in a base URL."""
    parts = urlsplit(base_url)
    return f"{parts.path}{'?' if parts.query else ''}{parts.query}"


def _is_of_sdk(step: Step) -> bool:
    """Return whether a step is a call that the SDK's caller made."""
    return isinstance(step.asked, dict) if step.operation == "modify" else step.assistant_id is not None


def _served(step: Step) -> tuple[Served, ...]:
    if step.served or step.response is None:
        return step.served
    return (Served("whole", step.response.status, step.response.headers, step.response.body),)


def _answer(answer: Served) -> str:
    body = answer.body.data
    if len(body) <= INLINE:
        shown = repr(body)
    else:
        shown = f"gzip.decompress(base64.b64decode({base64.b64encode(gzip.compress(body, mtime=0)).decode()!r}))"
    return f"({answer.how!r}, {answer.status}, {[list(pair) for pair in answer.headers]!r}, {shown})"


def _pause(step: Step) -> str:
    """Return what gives an SDK the time to see that the server has ended the connection behind a call."""
    return "\ntime.sleep(0.3)" if any(one.how == "ended" for one in step.served) else ""


def _line(step: Step, assistant_id: str) -> str:
    if step.operation == "close":
        return "call('close')"
    if step.operation == "retrieve":
        return f"call('retrieve', {assistant_id!r})"
    return f"call('modify', {assistant_id!r}, {_value(step.asked)})"


def _value(asked: dict[str, Any]) -> str:
    """Return a value as an expression; one that is nested deeply as its JSON text, which Python reads farther down."""
    text = repr(asked)
    try:
        compile(text, "value", "eval")
    except (MemoryError, RecursionError, SyntaxError):
        return f"json.loads({json.dumps(asked)!r})"
    return text


def _way(spec: str, key: str) -> tuple[str, str, str, str] | None:
    """Return what is imported, what is made, a call, and what is told of an error; ``None`` for an unknown SDK."""
    if (own := _OWN.fullmatch(spec)) is not None:
        module, factory = own.groups()
        told = "type(error).__name__, error, getattr(sdk, 'describe_error', repr)(error)"
        made = f"sdk = {factory}(url, {key!r})"
        return f"from {module} import {factory}", made, "getattr(sdk, operation)(*given)", told
    if (openai := _OPENAI.fullmatch(spec)) is not None:
        made = _OF_OPENAI.format(kind="AsyncOpenAI" if openai[1] else "OpenAI", key=repr(key))
        calls = "{'modify': modify, 'retrieve': client.beta.assistants.retrieve, 'close': client.close}"
        called = f"done({calls}[operation](*given))"
        return "import openai", made + (_ASYNC if openai[1] else _SYNC), called, "type(error).__name__, error"
    if spec.startswith("exec:") or spec == _NODE:
        argv = f"shlex.split({spec.removeprefix('exec:')!r})"
        imported = ""
        if spec == _NODE:
            imported, argv = "from conformance.targets.openai_node import openai_node", "openai_node(20.0).argv"
        called = "told(operation, given[0], **({'fields': given[1]} if given[1:] else {}))"
        return imported, _OF_PROGRAM.format(argv=argv, key=repr(key)), called, "type(error).__name__, error"
    return None


def _assistant(step: Step) -> str | None:
    """Return the id that the call was given; ``None`` where nothing tells it."""
    if step.assistant_id is not None:
        return step.assistant_id
    if step.request is None:
        return "asst_1"
    found = _ASSISTANT.search(step.request.url)
    return unquote(found[1]) if found is not None else None
