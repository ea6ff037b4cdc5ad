#!/usr/bin/env bash
# Package:  haralyzer 2.4.0
# Expected: entry.response.text is the text of the answer: unpacked where the HAR says "encoding": "base64", and None where the
#           recorder kept no text, as entry.request.text is None without postData.
# Seen:     base64 is handed on as it stands, so json.loads() of it fails; without text it raises KeyError.
# Source:   HAR 1.2, object "content": text and encoding are optional, encoding tells how text is written.
# Matters:  browsers and proxies write base64 at will, also for JSON. Whoever judges recorded traffic through this reader must
#           look at response.textEncoding and decode, and expect answers without a text.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check haralyzer==2.4.0
"$work/venv/bin/python" - <<'PY'
import base64
import sys

from haralyzer import HarParser

ANSWER = b'{"id": "asst_1", "object": "assistant"}'


def entry(content):
    return {
        "startedDateTime": "2025-03-01T00:00:00.000Z", "time": 1, "cache": {}, "timings": {"send": 0, "wait": 1, "receive": 0},
        "request": {"method": "POST", "url": "http://server.example/v1/assistants/asst_1", "httpVersion": "HTTP/1.1",
                    "headers": [], "cookies": [], "queryString": [], "headersSize": -1, "bodySize": 0},
        "response": {"status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "headers": [], "cookies": [],
                     "redirectURL": "", "headersSize": -1, "bodySize": -1,
                     "content": {"size": len(ANSWER), "mimeType": "application/json", **content}},
    }  # fmt: skip


packed = base64.b64encode(ANSWER).decode()
entries = [entry({"text": packed, "encoding": "base64"}), entry({})]
har = {"log": {"version": "1.2", "creator": {"name": "finding", "version": "1"}, "entries": entries}}
with_base64, without = HarParser(har).pages[0].entries
try:
    missing = without.response.text
except KeyError as error:
    missing = f"KeyError: {error}"
print("base64:", with_base64.response.text, with_base64.response.textEncoding)
print("no text:", missing, "| request without postData:", without.request.text)
sys.exit(with_base64.response.text != packed or missing != "KeyError: 'text'" or without.request.text is not None)
PY
