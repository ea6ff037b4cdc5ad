"""The lines and programs of findings are run, for a sample of every kind; ``tox -e repeating`` runs all of them."""

from __future__ import annotations

import shutil

import pytest

from tests.faults import repeating, sdk_repeating
from tests.faults.sdk.faults import FAULTS

SERVERS = (
    "overlooks-name-max-length",
    "limit-excluded-tools-max-items",
    "metadata-of-all-changed",
    "metadata-replaced-by-known-keys",
    "list-with-old-name",
    "created-at-touched",
    "content-type-text-html",
    "true-as-object",
    "ids-cut-at-nul",
    "unknown-id-answered-by-another",
    "other-key-modifys",
)
"""One of each way to come by evidence: a case, a limit, several requests or assistants, odd bytes and addresses."""
SDKS = (
    "drops-null-name",
    "trips-over-null-name-when-retrieving",
    "reads-first",
    "key-in-header-of-its-own",
    "encodes-id-twice",
    "loses-body-when-tried-again",
    "swallows-cut-bodies",
    "swallows-timeouts",
    "trips-over-html",
    "merges-answers",
    "keeps-reads",
    "keeps-slash-of-base",
    "shares-key",
    "closes-once",
    "counts-failures",
)
"""The same of SDKs: what leaves, to where and with which key; what is read, tried again, cut or never comes."""
needs_curl = pytest.mark.skipif(
    not all(map(shutil.which, ("curl", "bash", "base64", "gunzip", "python3"))),
    reason="the lines need bash, curl, base64, gunzip and python3",
)


@needs_curl
@pytest.mark.parametrize("name", SERVERS)
def test_the_lines_of_every_finding_show_it(name: str) -> None:
    found = repeating.repeated(name)
    assert found
    assert {one.requirement: one.problem for one in found if one.problem} == {}


@pytest.mark.parametrize("name", SDKS)
def test_the_program_of_a_finding_shows_it(name: str) -> None:
    found = sdk_repeating.repeated(name, only=FAULTS[name].requirement)
    assert found
    assert {one.requirement: one.problem for one in found if one.problem} == {}
