#!/usr/bin/env bash
# Package:  openai 3.57.0 (PyPI)
# Expected: the SDK does not validate answers, so a wrong type in an answer is either handed on as it came or refused.
# Seen:     neither, where the field is a plain number: "0.5" (a string) in temperature reads as the float 0.5, and true in
#           top_p as 1.0, also in to_json(). A wrong type elsewhere (created_at 1.5, a number in metadata) is handed on as it came.
# Source:   README of openai-python, "Using types" (answers are Pydantic models); openai/openai-python issue 1574 is about the
#           same fallback for unions.
# Matters:  whoever tests a server through this SDK cannot see that it answers with numbers in quotation marks: read the raw
#           answer (with_raw_response … http_response.content).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check openai==3.57.0 pydantic==2.14.4
"$work/venv/bin/python" -W ignore - <<'PY'
import http.server
import json
import sys
import threading

import openai

ANSWER = {
    "id": "asst_1", "object": "assistant", "created_at": 1.5, "name": None, "description": None, "model": "gpt-4o",
    "instructions": None, "tools": [], "metadata": {"a": 1}, "temperature": "0.5", "top_p": True,
}  # fmt: skip


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(ANSWER).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = openai.OpenAI(api_key="none", base_url=f"http://127.0.0.1:{server.server_port}/v1", max_retries=0)
answer = client.beta.assistants.update("asst_1", name="x")
seen = [answer.temperature, answer.top_p, answer.created_at, answer.metadata]
again = json.loads(answer.to_json())
print("sent:", [ANSWER[k] for k in ("temperature", "top_p", "created_at", "metadata")], "read:", seen)
print("to_json():", [again[k] for k in ("temperature", "top_p", "created_at", "metadata")])
expected = [0.5, 1.0, 1.5, {"a": 1}]
sys.exit(repr(seen) != repr(expected) or again["temperature"] != 0.5)
PY
