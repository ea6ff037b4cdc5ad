#!/usr/bin/env bash
# Packages: django-ninja 1.7.1, pydantic 2.14.4
# Expected: a Schema of django-ninja is a model of pydantic, which takes an object for a nested one and nothing else.
# Seen:     any text, list or number is taken for a Schema whose members may all be left out, as one in which none was sent; and a
#           required member called json_schema is not required, since every Schema has an attribute of that name.
# Source:   documentation of Django Ninja, "Response Schema" (from_attributes); pydantic, "Models", arbitrary class instances.
# Matters:  {"tool_resources": "x"} is answered as done and clears them. Set model_config = ConfigDict(from_attributes=False) or
#           strict=True; give the member another name and an alias.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check django-ninja==1.7.1 pydantic==2.14.4 django==5.2.19
"$work/venv/bin/python" -W ignore - <<'PY'
import sys

import django
import pydantic
from django.conf import settings

settings.configure()
django.setup()

import ninja  # noqa: E402


def takes(base, value):
    inner = type("Inner", (base,), {"__annotations__": {"ids": list[str]}, "ids": [], "__module__": __name__})
    outer = type("Outer", (base,), {"__annotations__": {"inner": inner}, "__module__": __name__})
    try:
        outer.model_validate({"inner": value})
    except pydantic.ValidationError:
        return False
    return True


class Format(ninja.Schema):
    type: str
    json_schema: dict


values = ["x", [], 5, {"ids": ["a"]}]
seen = {base.__name__: [takes(base, value) for value in values] for base in (pydantic.BaseModel, ninja.Schema)}
try:
    Format.model_validate({"type": "json_schema"})
    seen["without json_schema"] = "taken"
except pydantic.ValidationError:
    seen["without json_schema"] = "refused"
print(values, seen)
want = {"BaseModel": [False] * 3 + [True], "Schema": [True] * 4, "without json_schema": "taken"}
sys.exit(seen != want)
PY
