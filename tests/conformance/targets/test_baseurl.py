from __future__ import annotations

import pytest

from conformance.errors import UsageError
from conformance.targets.baseurl import parse_base_url


@pytest.mark.parametrize(
    ("text", "root", "authority"),
    [
        ("http://a.example/v1", "http://a.example/v1", "a.example"),
        ("http://a.example/v1/", "http://a.example/v1", "a.example"),
        ("http://a.example", "http://a.example", "a.example"),
        ("https://a.example:443/x%2Fy/v1", "https://a.example/x%2Fy/v1", "a.example"),
        ("http://[::1]:8123/v1", "http://[::1]:8123/v1", "[::1]:8123"),
        ("HTTP://A.Example:81/V1", "http://a.example:81/V1", "a.example:81"),
        ("http://bücher.example/é", "http://xn--bcher-kva.example/%C3%A9", "xn--bcher-kva.example"),
    ],
)
def test_parts(text: str, root: str, authority: str) -> None:
    url = parse_base_url(text)
    assert (url.root, url.authority, url.display) == (root, authority, root)


def test_secrets_are_not_shown() -> None:
    url = parse_base_url("https://me:p%40ss@a.example/v1?api-version=1&sig=abc&empty=")
    assert url.display == "https://***@a.example/v1?api-version=1&sig=***&empty="
    assert url.query == (("api-version", "1"), ("sig", "abc"), ("empty", ""))
    assert (url.user, url.password) == ("me", "p@ss")
    assert "p@ss" not in repr(url)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("http://", "has no host"),
        ("http:///v1", "has no host"),
        ("http:a", "has no host"),
        ("http://a/v1#x", "fragment"),
        ("http://a/v1#", "fragment"),
        ("http://a b/v1", "character"),
        ("http://a/v1\n", "character"),
        ("http://a:99999/v1", "is not a valid URL"),
        ("http://a:port/v1", "is not a valid URL"),
        ("http://[::1/v1", "is not a valid URL"),
        ("http://" + "é" * 80 + "/v1", "is not a valid host name"),
    ],
)
def test_what_is_no_base_url_is_told_in_one_line(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what) as caught:
        parse_base_url(text)
    assert "\n" not in str(caught.value)


def test_an_error_shows_no_credentials() -> None:
    with pytest.raises(UsageError) as caught:
        parse_base_url("http://me:hunter22@a/v1?key=abcdef#x")
    assert "hunter22" not in str(caught.value)
    assert "abcdef" not in str(caught.value)
