"""The servers of the page about frameworks: each stands there, and what is said of it is in its source.

They are run by ``tox -e frameworks``, which installs what they need; here nothing is installed and nothing served.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.frameworks.described import SERVERS, Subject, servers

DOCS = Path(__file__).resolve().parents[2] / "docs"
EVERY = servers()
PINNED = Path(__file__).with_name("requirements.txt").read_text("utf-8").lower()
PACKAGE = Path(__file__).with_name("package.json").read_text("utf-8")


@pytest.mark.parametrize("server", EVERY, ids=[one.name for one in EVERY])
def test_a_server_is_there_with_every_line_that_puts_it_right(server: Subject) -> None:
    source = server.source.read_text("utf-8")
    assert server.is_node or compile(source, server.source.name, "exec")
    beside = (SERVERS / "stores.py").read_text("utf-8") if server.words else ""
    for defect in server.defects:
        assert defect.tells
        assert defect.breaks
        for line in defect.fix:
            assert line in source + beside
    for package in server.packages:
        name = package.removeprefix("npm:")
        assert f'"{name}": "' in PACKAGE or re.search(rf"^{name}(\[\w+\])?==", PINNED, re.MULTILINE) or name == "ajv"


def test_there_are_twelve_frameworks_and_most_have_three_defects() -> None:
    alone = [server for server in EVERY if not server.words]
    assert len(alone) >= 12
    assert sum(len(server.defects) >= 3 for server in alone) >= 8
    assert {server.words for server in EVERY if server.words} == {("sqlite",), ("postgresql",)}
