from __future__ import annotations

import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.targets.secrets import Secrets, smells_of_secret

keys = st.text(st.characters(codec="utf-8"), min_size=6, max_size=20)


@given(keys, st.sampled_from(["plain", "ascii", "slashes", "upper", "url", "html", "all"]))
def test_a_secret_is_found_in_every_spelling(key: str, spelling: str) -> None:
    spelled = {
        "plain": key,
        "ascii": json.dumps(key)[1:-1],
        "slashes": json.dumps(key, ensure_ascii=False)[1:-1].replace("/", "\\/"),
        "upper": "".join(
            f"\\u{unit:04X}" for unit in memoryview(key.encode("utf-16-le", "surrogatepass")).cast("H").tolist()
        ),
        "url": quote(key, safe=""),
        "html": html.escape(key),
        "all": "".join(f"%{byte:02x}" for byte in key.encode()),
    }[spelling]
    assert Secrets([key]).redact_bytes(f"<{spelled}>".encode()) == b"<***>"
    assert Secrets([key]).redact_text(f"<{spelled}>") == "<***>"


def test_the_longer_of_two_goes_first() -> None:
    assert Secrets(["secret", "secret-longer", ""]).redact_text("secret-longer secret") == "*** ***"


def test_a_short_secret_is_a_whole_word() -> None:
    secrets = Secrets(["abc"])
    assert secrets.redact_text("abc abcd _abc 'abc'") == "*** abcd _abc '***'"
    assert secrets.redact_value("abc") == "abc"


def test_values_are_redacted_in_strings_and_keys_alone() -> None:
    secrets = Secrets(["123456"])
    assert secrets.redact_value({"a123456": [123456, "x123456", None, True]}) == {"a***": [123456, "x***", None, True]}


def test_nothing_secret_changes_nothing() -> None:
    assert Secrets().redact_text("a\ud800b") == "a\ud800b"
    assert Secrets(["secret"]).redact_text("a\ud800b") == "a\ud800b"
    assert repr(Secrets(["secret"])) == "Secrets(1 texts)"


@pytest.mark.parametrize(
    ("name", "smells"),
    [("api-key", True), ("X-Auth", True), ("access_token", True), ("Cookie", True), ("limit", False), ("mode", False)],
)
def test_names_that_smell(name: str, smells: bool) -> None:
    assert smells_of_secret(name) is smells
