#!/usr/bin/env bash
# Package:  uvicorn 0.54.0
# Expected: SIGTERM ends uvicorn.Server.run() gracefully, and the program goes on behind it.
# Seen:     the shutdown is graceful, then the signal is raised again: the program is dead, and what stands behind run() is not done.
# Source:   documentation of uvicorn, "Deployment" (Graceful shutdown); its source, Server.capture_signals.
# Matters:  a mock that writes what it has recorded after run() loses it whenever it is ended by SIGTERM, as CI and containers do.
#           Write it in the lifespan's shutdown, or handle the signal and set should_exit.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check uvicorn==0.54.0
cat >"$work/mock.py" <<'PY'
import os
import signal
import threading
import time

import uvicorn


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("lifespan shutdown", flush=True)
        await send({"type": "lifespan.shutdown.complete"})


server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))


def end():
    while not server.started:
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=end).start()
server.run()
print("behind run()", flush=True)
PY
code=0
said=$("$work/venv/bin/python" "$work/mock.py") || code=$?
echo "printed: $said; exit code $code"
[ "$said" = "lifespan shutdown" ] && [ "$code" = 143 ]
