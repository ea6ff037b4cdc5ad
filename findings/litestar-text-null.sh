#!/usr/bin/env bash
# Packages: litestar 2.25.0, msgspec 0.22.0
# Expected: msgspec is strict unless it is told otherwise, so a Struct as the body of a Litestar route takes what msgspec takes.
# Seen:     Litestar decodes with strict=False: the texts "null" and "NULL" are None where None may be, "on" is no boolean and "true" one.
# Source:   documentation of msgspec, "Strict" vs "Lax" mode; documentation of Litestar, "Requests", data; its decode_json, whose
#           own default is strict=True.
# Matters:  {"reasoning_effort": "null"} is answered as done and clears the field; a client's slip that any other server refuses.
#           Decode await request.body() with msgspec.json.decode().
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check litestar==2.25.0 msgspec==0.22.0 httpx==0.28.1
"$work/venv/bin/python" - <<'PY'
import sys
from typing import Any, Literal

import msgspec
from litestar import post
from litestar.testing import create_test_client


class Body(msgspec.Struct):
    effort: Literal["low", "high"] | None = "low"
    strict: bool | None = False


@post("/")
async def show(data: Body) -> dict[str, Any]:
    return msgspec.to_builtins(data)


seen = {}
with create_test_client([show], logging_config=None) as client:
    for text in ('{"effort":"null"}', '{"effort":"NULL"}', '{"strict":"true"}', '{"strict":"on"}'):
        try:
            by_itself = msgspec.json.decode(text, type=Body)
        except msgspec.ValidationError:
            by_itself = "refused"
        answer = client.post("/", content=text, headers={"content-type": "application/json"})
        seen[text] = by_itself, answer.json() if answer.is_success else answer.status_code
        print(text, "msgspec:", seen[text][0], "Litestar:", seen[text][1])
nothing, true = {"effort": None, "strict": False}, {"effort": "low", "strict": True}
sys.exit([*seen.values()] != [("refused", nothing), ("refused", nothing), ("refused", true), ("refused", 400)])
PY
