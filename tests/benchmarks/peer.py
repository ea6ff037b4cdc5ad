"""Schemathesis on the same servers: how many requests a second it sends, and which faults it finds.

It is given an OpenAPI document with this one operation, written from the edition's own schemas, and an assistant that
exists. A fault counts as found when a check fails that does not fail on the reference.
"""

from __future__ import annotations

import json
import re
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from strategies.editions import DEFAULT, edition
from tests.benchmarks.measuring import measure, serving

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RELEASE = "schemathesis==4.32.5"


@dataclass(frozen=True, slots=True)
class PeerRun:
    """What one run of the peer came to."""

    requests: int
    seconds: float
    failures: frozenset[str]
    """What failed, without what differs each time."""


def document(assistant_id: str) -> dict[str, Any]:
    """Return an OpenAPI 3.1 document of the operation, with the limits of the default edition."""
    found = edition(DEFAULT)
    schemas: dict[str, Any] = {}
    request, assistant, error = (
        _moved(name, schema, schemas)
        for name, schema in (("request", found.request), ("assistant", found.assistant), ("error", found.error))
    )
    refused = {"description": "Refused.", "content": {"application/json": {"schema": error}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "modify assistant", "version": found.name},
        "components": {"schemas": schemas},
        "paths": {
            "/assistants/{assistant_id}": {
                "post": {
                    "operationId": "modifyAssistant",
                    "parameters": [
                        {
                            "name": "assistant_id",
                            "in": "path",
                            "required": True,
                            "schema": {"type": "string", "const": assistant_id},
                        }
                    ],
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": request}},
                    },
                    "responses": {
                        "200": {
                            "description": "Modified.",
                            "content": {"application/json": {"schema": assistant}},
                        },
                        **dict.fromkeys(("400", "404", "405", "413", "415", "422"), refused),
                    },
                }
            }
        },
    }


def _moved(name: str, schema: Mapping[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Put the definitions of a schema where an OpenAPI document has them; return a reference to the schema."""
    text = json.dumps(dict(schema)).replace("#/$defs/", f"#/components/schemas/{name}_")
    whole = json.loads(text)
    whole.pop("$schema", None)
    schemas.update({f"{name}_{inner}": one for inner, one in whole.pop("$defs", {}).items()})
    schemas[name] = whole
    return {"$ref": f"#/components/schemas/{name}"}


def run(peer: Path, server: list[str | Path], folder: Path, *, examples: int) -> PeerRun:
    """Have the peer judge a server, which ``server`` starts; ``folder`` takes what it writes."""
    with serving(server, folder) as url:
        made = urllib.request.Request(
            f"{url}/assistants",
            json.dumps({"model": "gpt-4o", "name": "n"}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(made, timeout=30) as answer:
            assistant_id = json.load(answer)["id"]
        (folder / "openapi.json").write_text(json.dumps(document(assistant_id)), encoding="utf-8")
        counted = f"{url.removesuffix('/v1')}/requests"
        before = _count(counted)
        options: list[str | Path] = [
            "--report",
            "junit",
            "--report-junit-path",
            folder / "peer.xml",
            "--no-color",
            "--seed",
            "1",
        ]
        options += ["--max-examples", str(examples), "--continue-on-failure", "--no-shrink"]
        done = measure([peer, "run", folder / "openapi.json", "--url", url, *options], folder)
        return PeerRun(_count(counted) - before, done.seconds, _failures(folder / "peer.xml"))


def _count(url: str) -> int:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return int(answer.read())


def _failures(report: Path) -> frozenset[str]:
    if not report.exists():
        return frozenset()
    found: set[str] = set()
    for failure in ET.parse(report).iter("failure"):
        text = f"{failure.get('message') or ''} {failure.text or ''}"
        lines = (line.strip() for line in text.splitlines())
        found |= {re.sub(r"^- (ST\d+ )?", "", line) for line in lines if line.startswith("- ")}
        found |= {f"status {status}" for status in re.findall(r"\[(5\d\d)\]", text)}
    return frozenset(found)
