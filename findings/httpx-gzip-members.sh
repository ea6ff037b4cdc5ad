#!/usr/bin/env bash
# Package:  httpx 0.28.1 and httpx2 2.16.2 (the client of openai 3.x), beside requests 2.34.2
# Expected: an answer with Content-Encoding: gzip that consists of two gzip members reads as the two texts one after the other,
#           as requests reads it.
# Seen:     httpx and httpx2 hand back the first member and drop the rest, without an error.
# Source:   RFC 1952, 2.2: a gzip file is a series of members; RFC 9110, 8.4.1.3 refers to it; encode/httpx pull request 3270
#           (closed) and discussion 3269.
# Matters:  a server that packs an answer piece by piece is within the RFC, and its assistant arrives cut off. If the first
#           member happens to be a whole JSON document, nobody notices; judge the bytes, not what a client unpacked.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check httpx==0.28.1 httpx2==2.16.2 requests==2.34.2
"$work/venv/bin/python" - <<'PY'
import gzip
import http.server
import sys
import threading

import httpx
import httpx2
import requests

PARTS = b'{"id": "asst_1", "name": ', b'null}'
PACKED = b"".join(map(gzip.compress, PARTS))


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(PACKED)))
        self.end_headers()
        self.wfile.write(PACKED)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/v1/assistants/asst_1"
seen = {
    "requests": requests.post(url, json={}).content,
    "httpx": httpx.post(url, json={}).content,
    "httpx2": httpx2.post(url, json={}).content,
}
print(seen)
sys.exit(seen != {"requests": b"".join(PARTS), "httpx": PARTS[0], "httpx2": PARTS[0]})
PY
