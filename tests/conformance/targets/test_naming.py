"""Bodies that name the model where a target takes none without: every other byte of them stays as it was."""

from __future__ import annotations

import pytest

from conformance.targets.naming import naming_model


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"{}", b'{"model":"m"}'),
        (b'{"name":"\\u0041"}', b'{"model":"m","name":"\\u0041"}'),
        (b' \n{ "temperature" : 1E+0 }\n', b' \n{"model":"m", "temperature" : 1E+0 }\n'),
        (b'{"a":{"model":1}}', b'{"model":"m","a":{"model":1}}'),
        (b'{"model":null}', b'{"model":null}'),
        (b'{"name":', b'{"name":'),
        (b"[{}]", b"[{}]"),
        (b"", b""),
    ],
)
def test_the_model_comes_first_and_nothing_else_changes(body: bytes, named: bytes) -> None:
    assert naming_model(body, "m") == named
