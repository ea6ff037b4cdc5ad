"""What the Python servers share, none of it about a framework: a store in memory, the error envelope, a port."""

import json
import math
import socket
import time
import uuid

DEEPEST = 100
"""Levels of nesting: some of what has to be written again is not written far beyond."""
UNSET = {
    "name": None,
    "description": None,
    "instructions": None,
    "tools": [],
    "tool_resources": None,
    "metadata": {},
    "temperature": 1,
    "top_p": 1,
    "response_format": "auto",
}


def new(fields):
    """Return a new assistant that holds these fields."""
    one = {"id": f"asst_{uuid.uuid4().hex}", "object": "assistant", "created_at": int(time.time())}
    return {**one, **UNSET, **fields}


class Memory:
    """Assistants in a dictionary."""

    def __init__(self):
        self._assistants = {}

    def create(self, fields):
        one = new(fields)
        self._assistants[one["id"]] = one
        return one

    def get(self, assistant_id):
        return self._assistants.get(assistant_id)

    def update(self, assistant_id, fields):
        if assistant_id not in self._assistants:
            return None
        self._assistants[assistant_id] = {**self._assistants[assistant_id], **fields}
        return self._assistants[assistant_id]

    def delete(self, assistant_id):
        return self._assistants.pop(assistant_id, None) is not None


def envelope(message, param=None):
    """Return a refusal in the envelope of the document."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": None}}


def loads(text):
    """Return the value of a JSON text (RFC 8259), and raise ValueError for whatever Python takes beyond it."""
    value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no Unicode text
    level = [value]
    for _ in range(DEEPEST):
        level = [item for one in level for item in _inside(one)]
    if level:
        raise ValueError("it nests too deeply")
    return value


def _inside(value):
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _refuse(name):
    raise ValueError(f"{name} is no JSON")


def _finite(digits):
    if not math.isfinite(number := float(digits)):
        raise ValueError("a number is too large")
    return number


def listen():
    """Return a socket on a port of loopback that the system picks, after printing it."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)
    return listener


def serve_asgi(app):
    """Serve an ASGI application with uvicorn."""
    import uvicorn

    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listen()])


def serve_wsgi(app):
    """Serve a WSGI application with waitress."""
    import waitress

    waitress.serve(app, sockets=[listen()], threads=8)


def serve_gunicorn(app):
    """Serve a WSGI application with gunicorn: one worker, since the store is in memory, of eight threads."""
    from gunicorn.app.base import BaseApplication

    listener = listen()

    class Application(BaseApplication):
        def load_config(self):
            self.cfg.set("bind", f"fd://{listener.fileno()}")
            self.cfg.set("threads", 8)
            self.cfg.set("loglevel", "error")

        def load(self):
            return app

    Application().run()
