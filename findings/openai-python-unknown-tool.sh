#!/usr/bin/env bash
# Package:  openai 3.57.0 (PyPI)
# Expected: a tool whose type the SDK does not know is handed on as a plain dict, or as some general type.
# Seen:     it becomes the first class of the union: a CodeInterpreterTool whose type is "web_search". So does an object
#           that has no type at all. isinstance() says code interpreter, .type says otherwise.
# Source:   openai/openai-python issue 1574 and pull request 1615 (both about this fallback).
# Matters:  servers that are compatible answer with tools of their own. A test that counts tools by class counts wrong, and
#           so does a program that picks its handler by isinstance; decide by .type.
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
from openai.types.beta import CodeInterpreterTool

TOOLS = [{"type": "web_search", "depth": 2}, {"name": "x"}]
ANSWER = {
    "id": "asst_1", "object": "assistant", "created_at": 1, "name": None, "description": None, "model": "gpt-4o",
    "instructions": None, "tools": TOOLS, "metadata": {},
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
for sent, tool in zip(TOOLS, answer.tools):
    print(sent, "->", repr(tool))
sys.exit(not all(isinstance(tool, CodeInterpreterTool) for tool in answer.tools))
PY
