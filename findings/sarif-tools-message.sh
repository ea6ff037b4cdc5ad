#!/usr/bin/env bash
# Package:  sarif-tools 3.0.5
# Expected: records and CSV show the message of each result, and a result that names its rule by ruleIndex is read as well.
# Seen:     where the message starts with the id of the rule, the description is one character of it, or empty:
#           "name.null: the old value stayed" becomes "". A result with ruleIndex alone raises KeyError: 'ruleId'.
# Source:   SARIF 2.1.0, 3.27.11 (message), 3.27.5 and 3.27.6 (ruleId may be absent, ruleIndex); README of sarif-tools, "csv".
# Matters:  writers of test results like to begin the message with the requirement. Turned into SARIF and read by this tool the
#           finding is still counted, but nobody reads what was wrong: do not begin a message with the id, and write ruleId.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check sarif-tools==3.0.5
cd "$work"
venv/bin/python - <<'PY'
import json
import sys

from sarif import loader


def records(name, *results):
    rules = [{"id": "name.null"}]
    run = {"tool": {"driver": {"name": "finding", "rules": rules}}, "results": list(results)}
    with open(name, "w") as file:
        json.dump({"version": "2.1.0", "runs": [run]}, file)
    try:
        return [record["Description"] for record in loader.load_sarif_file(name).get_records()]
    except KeyError as error:
        return f"KeyError: {error}"


texts = "name.null: the old value stayed", "the old value stayed (name.null)"
described = records("texts.sarif", *({"ruleId": "name.null", "message": {"text": text}} for text in texts))
indexed = records("index.sarif", {"ruleIndex": 0, "message": {"text": texts[1]}})
print("messages:", texts, "\ndescriptions:", described, "\nwith ruleIndex alone:", indexed)
sys.exit(described != ["", texts[1]] or indexed != "KeyError: 'ruleId'")
PY
