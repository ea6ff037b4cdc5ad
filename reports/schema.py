"""The published JSON Schema (2020-12) of ``report.json``, and checking against it.

The schema is closed: a member that it does not name is an error, and a new member is a new version.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import jsonschema_rs

from reports.shorten import shorten, visible

_LONGEST_COMPLAINT = 160


@cache
def _text() -> str:
    return (resources.files("reports") / "report.schema.json").read_text(encoding="utf-8")


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema of a report, version 3, as a new dict."""
    schema: dict[str, Any] = json.loads(_text())
    return schema


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(report_schema())


def complaint(document: Any) -> str:
    """Say in one line where a JSON value is no report and why; ``""`` when it is one."""
    return explained(_validator(), document)


def explained(validator: jsonschema_rs.Draft202012Validator, document: Any) -> str:
    """Say in one line where a JSON value is not what a schema says and why; ``""`` when it is."""
    try:
        validator.validate(document)  # up to the first error: each holds a copy of what it is about
    except jsonschema_rs.ValidationError as found:
        error = found
    except (ValueError, UnicodeError) as unreadable:
        return visible(" ".join(str(unreadable).split())[:_LONGEST_COMPLAINT], lines=False)
    else:
        return ""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path)
    message = " ".join(error.message.split())
    if len(message) > _LONGEST_COMPLAINT:
        message = f"{message[: _LONGEST_COMPLAINT // 2]} … {message[-_LONGEST_COMPLAINT // 2 :]}"
    return visible(f"{shorten(place.lstrip('.'), _LONGEST_COMPLAINT) or 'the top level'}: {message}", lines=False)
