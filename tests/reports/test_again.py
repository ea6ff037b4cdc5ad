"""The line that sends a finding again has all that the run was given, and no secret."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reports.again import replay_command

if TYPE_CHECKING:
    from reports.model import Report


def test_a_hosted_service_is_asked_as_it_was(sample_report: Report) -> None:
    given = replace(
        sample_report,
        target=replace(sample_report.target, kind="http", spec="https://api.example/v1"),
        settings={
            "api_key_header": "api-key",
            "api_key_scheme": "Key",
            "token_command": "given",
            "query": ["api-version"],
        },
    )
    line = replay_command(given, "report.json", "roundtrip.name.null")
    assert line == (
        "conformance replay report.json roundtrip.name.null https://api.example/v1 --token-command COMMAND"
        " --api-key-header api-key --api-key-scheme Key --query api-version=VALUE"
    )
