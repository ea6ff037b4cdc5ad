"""The line that sends a finding again has all that the run was given, and no secret."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reports.again import clean_command, replay_command

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


def test_what_was_left_is_deleted_by_the_options_that_the_run_was_given(sample_report: Report) -> None:
    hosted = replace(
        sample_report,
        target=replace(sample_report.target, kind="http", spec="https://api.example/v1"),
        settings={"token_command": "given", "query": ["v"], "headers": ["X-Team"], "assistant_id": "asst_1"},
        left_behind=("asst_2",),
    )
    line = "conformance clean https://api.example/v1 --from out/report.json"
    given = "--token-command COMMAND --header X-Team=VALUE --query v=VALUE"
    assert clean_command(hosted, "out/report.json") == f"{line} {given}"
    nothing_left = replace(hosted, left_behind=())
    elsewhere = replace(hosted, target=replace(hosted.target, kind="asgi", spec="asgi:my:app"))
    assert [clean_command(one, "report.json") for one in (nothing_left, elsewhere)] == ["", ""]


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("conformance run https://api.example/v1 --edition 'my own.toml' --seed 0", "'my own.toml'"),
        ("pytest --conformance-edition=own.toml", "own.toml"),
        ("pytest --conformance-edition own.toml", "own.toml"),
        ("pytest", "FILE"),
        ("an open 'quote", "FILE"),
    ],
)
def test_an_edition_that_says_how_the_target_is_reached_is_named_by_its_file(
    sample_report: Report, command: str, file: str
) -> None:
    hosted = replace(
        sample_report,
        target=replace(sample_report.target, kind="http", spec="https://api.example/v1"),
        settings={},
        command=command,
        left_behind=("asst_2",),
        changes=({"section": "address", "place": "", "key": "api_key_header", "new": "api-key"},),
    )
    line = "conformance clean https://api.example/v1 --from report.json"
    assert clean_command(hosted, "report.json") == f"{line} --edition {file}"
    other = replace(hosted, changes=({"section": "limits", "place": "name", "key": "maxLength", "new": 9},))
    assert clean_command(other, "report.json") == line
