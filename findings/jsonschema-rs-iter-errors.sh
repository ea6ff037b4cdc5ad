#!/usr/bin/env bash
# Package:  jsonschema_rs 0.61.2
# Expected: iter_errors() is lazy: asked for the first error of a long list, it looks no further.
# Seen:     the whole instance is validated, and an error made of each place, before the iterator is returned.
# Source:   README of jsonschema_rs, "iter_errors" ("iterate over validation errors"); jsonschema's function of that name, which is lazy.
# Matters:  next(iter_errors(body)) in a server costs as much as a list of all errors: for a body of 300,000 wrong items eight
#           seconds where is_valid() takes none. Ask is_valid() first, or validate(), which stops at the first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check jsonschema_rs==0.61.2 jsonschema==4.26.0
"$work/venv/bin/python" - <<'PY'
import sys

import jsonschema
import jsonschema_rs

looked = []


def odd(text):
    looked.append(text)
    return False


schema = {"items": {"type": "string", "format": "odd"}}
texts = [str(number) for number in range(1000)]
checker = jsonschema.FormatChecker(formats=())
checker.checks("odd")(odd)
ways = {
    "jsonschema": jsonschema.Draft202012Validator(schema, format_checker=checker),
    "jsonschema_rs": jsonschema_rs.Draft202012Validator(schema, validate_formats=True, formats={"odd": odd}),
}
seen = {}
for name, validator in ways.items():
    looked.clear()
    next(iter(validator.iter_errors(texts)))
    seen[name] = len(looked)
print("items looked at for the first error of 1,000:", seen)
sys.exit(seen != {"jsonschema": 1, "jsonschema_rs": 2000})  # each twice
PY
