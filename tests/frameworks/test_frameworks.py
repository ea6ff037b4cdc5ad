"""The servers of the page about frameworks: each stands there, and what is said of it is in its source.

They are run by ``tox -e frameworks``, which installs what they need; here nothing is installed and nothing served.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.frameworks.described import SERVERS, Subject, clients, servers
from tests.frameworks.measuring import kept
from tests.frameworks.page import page, page_of_clients

DOCS = Path(__file__).resolve().parents[2] / "docs"
EVERY = [*servers(), *clients()]
DOCS = Path(__file__).resolve().parents[2] / "docs"
PINNED = Path(__file__).with_name("requirements.txt").read_text("utf-8").lower()
PACKAGE = Path(__file__).with_name("package.json").read_text("utf-8")


@pytest.mark.parametrize("server", EVERY, ids=[one.name for one in EVERY])
def test_a_server_is_there_with_every_line_that_puts_it_right(server: Subject) -> None:
    source = server.source.read_text("utf-8")
    assert server.is_node or compile(source, server.source.name, "exec")
    beside = (SERVERS / "stores.py").read_text("utf-8")
    for defect in server.defects:
        assert defect.tells
        assert defect.breaks
        for line in defect.fix:
            assert line in source + beside
    for package in server.packages:
        name = package.removeprefix("npm:")
        assert f'"{name}": "' in PACKAGE or re.search(rf"^{name}(\[\w+\])?==", PINNED, re.MULTILINE) or name == "ajv"


def test_there_are_twelve_frameworks_and_most_have_three_defects() -> None:
    alone = [server for server in servers() if not server.words]
    assert len(alone) >= 12
    assert sum(len(server.defects) >= 3 for server in alone) >= 8
    assert {server.words for server in servers() if server.words} == {("sqlite",), ("postgresql",)}


def test_there_are_ten_http_stacks() -> None:
    assert len({client.words for client in clients()}) >= 10


def test_the_pages_tell_of_what_was_judged() -> None:
    results = {one.name: result for one in EVERY if (result := kept(one.name)) is not None}
    judged = [[one for one in some if one.name in results] for some in (servers(), clients())]
    assert (DOCS / "frameworks.md").read_text("utf-8") == page(judged[0], results)
    assert (DOCS / "clients.md").read_text("utf-8") == page_of_clients(judged[1], results)
