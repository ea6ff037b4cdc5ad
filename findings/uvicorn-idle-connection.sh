#!/usr/bin/env bash
# Package:  uvicorn 0.54.0
# Expected: with --timeout-keep-alive 1 a connection on which nothing comes is closed after a second.
# Seen:     only one that has been answered before; one that has never sent a request is kept, four seconds later, too.
# Source:   documentation of uvicorn, "Settings", --timeout-keep-alive ("Close Keep-Alive connections if no new data is received
#           within this timeout"); its source, where the timer is started when an answer is complete.
# Matters:  a client that opens connections ahead, as pools do, is not told when the server has no use for them; a test that
#           counts open connections of a mock on uvicorn waits for ever.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check uvicorn==0.54.0
"$work/venv/bin/python" - <<'PY'
import os
import socket
import threading
import time

import uvicorn


async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


listener = socket.create_server(("127.0.0.1", 0))
server = uvicorn.Server(uvicorn.Config(app, timeout_keep_alive=1, log_level="error"))
threading.Thread(target=server.run, args=([listener],), daemon=True).start()
while not server.started:
    time.sleep(0.05)


def is_closed(connection):
    connection.settimeout(0.3)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False


idle, used = (socket.create_connection(listener.getsockname()) for _ in range(2))
used.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
while b"ok" not in used.recv(1000):
    pass
time.sleep(4)
seen = {"answered before": is_closed(used), "never sent a request": is_closed(idle)}
print("closed after 4 s of silence:", seen, flush=True)
os._exit(seen != {"answered before": True, "never sent a request": False})
PY
