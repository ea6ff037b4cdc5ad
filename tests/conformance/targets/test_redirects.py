"""Which redirects are followed: to the same URL with a slash at its end, and no other."""

from __future__ import annotations

import pytest

from conformance.exchange import Request, Response
from conformance.targets.redirects import leads_to_slash, with_slash

HERE = "http://127.0.0.1:8123/v1/assistants/a"


@pytest.mark.parametrize(
    ("method", "status", "location", "followed"),
    [
        ("POST", 307, f"{HERE}/", True),
        ("POST", 308, "/v1/assistants/a/", True),
        ("GET", 308, "a/", True),
        ("GET", 301, f"{HERE}/", True),
        ("POST", 308, "HTTP://127.0.0.1:8123/v1/assistants/a/", True),
        ("POST", 301, f"{HERE}/", False),
        ("POST", 303, f"{HERE}/", False),
        ("POST", 307, HERE, False),
        ("POST", 307, "http://127.0.0.1:8124/v1/assistants/a/", False),
        ("POST", 307, "https://127.0.0.1:8123/v1/assistants/a/", False),
        ("POST", 307, "//elsewhere.invalid/v1/assistants/a/", False),
        ("POST", 307, "/v1/assistants/b/", False),
        ("POST", 307, "http://[", False),
        ("POST", 200, f"{HERE}/", False),
        ("POST", 307, None, False),
    ],
)
def test_only_a_slash_more_is_followed(method: str, status: int, location: str | None, *, followed: bool) -> None:
    headers = () if location is None else (("Location", location),)
    assert leads_to_slash(Request(method, "/assistants/a", url=HERE), Response(status, headers)) is followed


def test_a_slash_stands_before_the_query() -> None:
    assert with_slash(Request("GET", "/assistants?limit=1")).path == "/assistants/?limit=1"
    assert with_slash(Request("GET", "/assistants/a")).path == "/assistants/a/"
