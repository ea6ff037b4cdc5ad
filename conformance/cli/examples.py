"""An example or two for every command, which stand at the end of its help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "run": (
        "conformance run http://127.0.0.1:8123/v1",
        "conformance run http://127.0.0.1:8123/v1 --effort quick --only roundtrip",
        "conformance run sdk:openai --baseline known.toml",
    ),
    "fuzz": ("conformance fuzz http://127.0.0.1:8123/v1 --time 10m",),
    "init": (
        "conformance init http://127.0.0.1:8123/v1",
        "conformance init sdk:openai --ci gitlab",
    ),
    "show": (
        "conformance show conformance-report/report.json",
        "conformance show conformance-report/report.json 1",
        "conformance show conformance-report/report.json roundtrip.name.null",
    ),
    "clean": (
        "conformance clean http://127.0.0.1:8123/v1 --older-than 2h",
        "conformance clean http://127.0.0.1:8123/v1 \\\n    --from conformance-report/journal.jsonl",
    ),
    "smoke": ("conformance smoke sdk:openai",),
    "requirements": ("conformance requirements --only roundtrip.name",),
    "explain": ("conformance explain roundtrip.name.null",),
    "record": ("conformance record http://127.0.0.1:8123/v1 --port 8124 -o traffic.har",),
    "serve": (
        "conformance serve --port 8123",
        "conformance serve --port 8123 --fault name-null-ignored",
        "conformance serve --list --only roundtrip.name",
    ),
    "render": (
        "conformance render conformance-report/report.json --format html -o a.html",
        "conformance render conformance-report/report.json --format sarif",
    ),
    "baseline write": ("conformance baseline write conformance-report/report.json -o known.toml",),
    "edition show": ("conformance edition show 2026-08",),
    "edition diff": ("conformance edition diff 2025-03 2026-08",),
    "edition from-openapi": (
        "conformance edition from-openapi openapi.yaml --operation modifyAssistant \\\n    -o mine.toml",
    ),
    "certify": ("conformance certify http://127.0.0.1:8123/v1 --name my-server \\\n    --target-version 1.2.0",),
    "verify": ("conformance verify conformance-report/certificate.json",),
    "replay": (
        "conformance replay conformance-report/report.json roundtrip.name.null \\\n    http://127.0.0.1:8123/v1",
    ),
    "compare": ("conformance compare old/report.json new/report.json",),
    "matrix": ("conformance matrix one/report.json two/report.json -o matrix.html",),
    "trend": ("conformance trend monday/report.json tuesday/report.json -o trend.html",),
    "merge": ("conformance merge shard-1/report.json shard-2/report.json -o merged.json",),
}
"""Command lines, by the name of the command; each is parsed by a test."""


def with_examples(command: click.Command, name: str) -> None:
    """Put the examples of a command, and of the commands below it, at the end of its help."""
    if isinstance(command, click.Group):
        for below in command.commands.values():
            with_examples(below, f"{name} {below.name}")
    elif name in EXAMPLES:
        command.epilog = _told(name)


def _told(name: str) -> str:
    title = "Example" if len(EXAMPLES[name]) == 1 else "Examples"
    return "\n".join(["\b", title, *(f"  {line}" for example in EXAMPLES[name] for line in example.split("\n"))])
