"""Faults with content types and with keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.exchange import Request
from conformance.reference import errors
from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reference.faults.fault import Shown
    from strategies.jsonvalues import JSON

_ALSO = ("transport.*", "response.error.*")


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _content_types()
    yield from _keys()


class _TypeJudge(Behaviour):
    """Judges content types in another way."""

    def __init__(self, judge: Callable[[str | None], None]) -> None:
        self._judge = judge

    def check_content_type(self, content_type: str | None) -> None:
        """Ask the function first."""
        self._judge(content_type)
        super().check_content_type(content_type)


def _post(content_type: str | None) -> Request:
    headers = () if content_type is None else (("content-type", content_type),)
    return Request("POST", "/assistants/{id}", headers, b'{"name":"Typed"}')


def _content_types() -> Iterator[Fault]:
    def charset_refused(content_type: str | None) -> None:
        if content_type and ";" in content_type:
            raise errors.not_json_type(content_type)

    def capitals_refused(content_type: str | None) -> None:
        if (
            content_type
            and content_type != content_type.lower()
            and content_type.lower().startswith("application/json")
        ):
            raise errors.not_json_type(content_type)

    def broken_on_others(content_type: str | None) -> None:
        if content_type and "json" not in content_type.lower():
            raise RuntimeError(content_type)

    def broken_without(content_type: str | None) -> None:
        if not content_type:
            raise RuntimeError("no content type")

    def broken_on_charset(content_type: str | None) -> None:
        if content_type and "charset=" in content_type.lower() and "utf-8" not in content_type.lower():
            raise RuntimeError(content_type)

    judges: tuple[tuple[str, str, str, Callable[[str | None], None], str | None], ...] = (
        (
            "charset-refused",
            "charset",
            "rejects application/json; charset=utf-8",
            charset_refused,
            "application/json; charset=utf-8",
        ),
        ("type-capitals-refused", "charset", "rejects Application/JSON", capitals_refused, "Application/JSON"),
        (
            "server-error-on-other-types",
            "content_type",
            "answers 500 to another content type than JSON",
            broken_on_others,
            "text/plain",
        ),
        (
            "server-error-without-type",
            "content_type",
            "answers 500 to a body without a content type",
            broken_without,
            None,
        ),
        (
            "server-error-on-charset",
            "content_type",
            "answers 500 to a charset other than UTF-8",
            broken_on_charset,
            "application/json; charset=utf-16",
        ),
    )
    for name, requirement, words, judge, sample in judges:
        yield Fault(name, f"transport.{requirement}", words, partial(_TypeJudge, judge), (_post(sample),), _ALSO)
    yield Fault(
        "other-types-as-nothing",
        "transport.content_type",
        "takes a body of another content type than JSON for {}, and answers 200",
        _Deaf,
        (_post("text/plain"), Request("GET", "/assistants/{id}")),
        _ALSO,
    )


class _Deaf(Behaviour):
    """Does not read a body that says that it is no JSON."""

    def read_body(self, request: Request) -> dict[str, JSON]:
        """Return nothing for other content types."""
        content_type = (request.header("content-type") or "application/json").lower()
        return super().read_body(request) if "json" in content_type else {}


class _KeyJudge(Behaviour):
    """Judges keys in another way."""

    def __init__(self, judge: Callable[[Refusal, Request], None]) -> None:
        self._judge = judge

    def authorise(self, request: Request, api_key: str | None) -> None:
        """Ask the function what becomes of a refusal."""
        try:
            super().authorise(request, api_key)
        except Refusal as refusal:
            self._judge(refusal, request)


def _keys() -> Iterator[Fault]:
    def has_key(request: Request) -> bool:
        return bool(request.header("authorization"))

    def let_in(*, missing: bool) -> Callable[[Refusal, Request], None]:
        def judge(refusal: Refusal, request: Request) -> None:
            if has_key(request) is missing:
                raise refusal

        return judge

    def with_status(status: int, *, missing: bool) -> Callable[[Refusal, Request], None]:
        def judge(refusal: Refusal, request: Request) -> None:
            if has_key(request) is not missing:
                raise Refusal(refusal.message, status=status)
            raise refusal

        return judge

    wrong: Shown = Request("POST", "/assistants/{id}", (("authorization", "Bearer wrong"),), b'{"name":"x"}')
    none: Shown = Request("POST", "/assistants/{id}", (("authorization", ""),), b'{"name":"x"}')
    for kind, missing, sample in (("missing", True, none), ("wrong", False, wrong)):
        requirement = f"transport.{kind}_key"
        judges: tuple[tuple[str, str, Callable[[Refusal, Request], None]], ...] = (
            (f"{kind}-key-let-in", f"obeys a modify with a {kind} key", let_in(missing=missing)),
            (f"{kind}-key-403", f"answers 403 to a {kind} key", with_status(403, missing=missing)),
            (f"{kind}-key-404", f"answers 404 to a {kind} key", with_status(404, missing=missing)),
            (f"{kind}-key-500", f"answers 500 to a {kind} key", with_status(500, missing=missing)),
        )
        for name, words, judge in judges:
            yield Fault(name, requirement, words, partial(_KeyJudge, judge), (sample,), _ALSO, key="sk-conformance")
