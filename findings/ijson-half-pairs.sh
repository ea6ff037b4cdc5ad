#!/usr/bin/env bash
# Package:  ijson 3.6.0
# Expected: half of a surrogate pair, written as an escape ("\ud83d"), is read as json.loads() reads it, or refused.
# Seen:     the backend that is chosen by default (yajl2_c) reads a question mark in its place and says nothing; the backend
#           "python" reads the half, as json.loads() does.
# Source:   RFC 8259, 8.2: such escapes are within the grammar; the README of ijson, "Capabilities", lists where backends differ, and
#           not this.
# Matters:  who streams recorded traffic through ijson judges a text that nobody sent: "?" for what was kept, and kept for "?".
#           `recording:` targets of this project look for such escapes first, and use the backend "python" where there are any.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ijson==3.6.0
"$work/venv/bin/python" - <<'PY'
import io
import json
import sys

import ijson

TEXT = rb'["half \ud83d of a pair"]'

read = {"json": json.loads(TEXT)[0]}
for name in ("yajl2_c", "python"):
    read[name] = next(ijson.get_backend(name).items(io.BytesIO(TEXT), "item"))
print("default backend:", ijson.backend)
for name, text in read.items():
    print(f"{name:8}", ascii(text))
as_written = ijson.backend == "yajl2_c" and read["yajl2_c"] == "half ? of a pair" and read["python"] == read["json"]
sys.exit(0 if as_written else 1)
PY
