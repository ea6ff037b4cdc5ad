#!/usr/bin/env bash
# Package:  urllib3 2.8.0
# Expected: a Retry-After that is neither a number nor a date is ignored, and the answer returned.
# Seen:     a GET raises InvalidHeader: status and body are lost. A POST returns the answer, since it is not retried.
# Source:   RFC 9110, 10.2.3 (Retry-After) and 5.5 (a recipient may go on with what it does not understand); urllib3, Retry,
#           respect_retry_after_header, which is on by default.
# Matters:  a gateway that answers 503 with "Retry-After: soon" looks like a failure of the network. retries=False, or
#           Retry(respect_retry_after_header=False).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check urllib3==2.8.0
"$work/venv/bin/python" - <<'PY'
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import urllib3


class Busy(BaseHTTPRequestHandler):
    def do_GET(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(503)
        self.send_header("Retry-After", "soon")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *words):
        pass


server = HTTPServer(("127.0.0.1", 0), Busy)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"
seen = {}
for method, options in (("GET", {}), ("POST", {}), ("GET", {"retries": False})):
    try:
        seen[method, *options] = urllib3.request(method, url, **options).status
    except urllib3.exceptions.HTTPError as error:
        seen[method, *options] = type(error).__name__
print(seen)
sys.exit(seen != {("GET",): "InvalidHeader", ("POST",): 503, ("GET", "retries"): 503})
PY
