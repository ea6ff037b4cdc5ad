"""Variables that must not be used: which there are, and that they are gone afterwards."""

from __future__ import annotations

import os
from base64 import b64encode
from netrc import netrc as NetRC  # noqa: N812 - the suite has a name of its own for it
from pathlib import Path

import pytest

from conformance.targets.surroundings import DECOY_KEY, NETRC_SAID, decoys, netrc, variables

ADDRESS = "http://elsewhere.invalid/v1"


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("acme-client", ("OPENAI_BASE_URL", "ACME_BASE_URL", "ACME_CLIENT_ENDPOINT")),
        ("openai", ("OPENAI_API_BASE", "OPENAI_API_KEY")),
        ("日本", ("OPENAI_API_KEY",)),
    ],
)
def test_decoys_bear_the_name_of_the_sdk(name: str, named: tuple[str, ...]) -> None:
    found = decoys(name, ADDRESS)
    assert set(named) <= found.keys()
    assert set(found.values()) == {ADDRESS, DECOY_KEY}
    assert all(one.isidentifier() for one in found)


def test_a_netrc_file_has_a_password_for_every_host_and_is_gone_afterwards() -> None:
    with netrc() as named:
        found = NetRC(named["NETRC"]).authenticators("anywhere.invalid")
    assert found is not None
    assert b64encode(f"{found[0]}:{found[2]}".encode()).decode() == NETRC_SAID
    assert not Path(named["NETRC"]).exists()


def test_variables_are_as_they_were_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_KEY", "own")
    monkeypatch.delenv("ACME_TOKEN", raising=False)
    with variables({"ACME_KEY": "a", "ACME_TOKEN": "b"}):
        assert (os.environ["ACME_KEY"], os.environ["ACME_TOKEN"]) == ("a", "b")
    assert os.environ["ACME_KEY"] == "own"
    assert "ACME_TOKEN" not in os.environ
