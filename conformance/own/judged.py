"""What came of one call, and what a test of the user's own may expect of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from conformance.campaign.record import told
from conformance.exchange import UNREADABLE, Exchange, Raised
from conformance.judging.brief import brief
from conformance.judging.compare import MISSING, default_of, differing, mismatches, of_assistants, shows
from conformance.judging.observation import Observation, State
from conformance.judging.showing import told_of
from strategies.editions import Edition
from strategies.editions import edition as read_edition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reports.model import Finding
    from strategies.jsonvalues import JSON


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it was expected to be."""

    summary: str
    expected: str
    actual: str
    place: str = ""
    """Dotted; empty where it is about the whole."""


class JudgingError(AssertionError):
    """What came is not what a test expects; the message shows the exchange, and shell lines that repeat it."""

    def __init__(self, message: str, finding: Finding, *, is_flaky: bool = False) -> None:
        super().__init__(message)
        self.finding = finding
        self.is_flaky = is_flaky
        """Whether it did not come again when the same was sent once more."""


@dataclass(frozen=True)
class Judged:
    """One call with what was read before and after it; each method raises :class:`JudgingError`, or returns this."""

    fails: Callable[[Judged, Callable[[Observation], Problem | None], Problem], JudgingError] = field(
        repr=False, compare=False
    )
    """Makes the error of a problem."""
    exchange: Exchange
    """The call itself: status, value, and what went over the wire."""
    sent: frozenset[str] = frozenset()
    """The fields that were sent."""
    before: State = field(default_factory=dict)
    """The assistant before it, as a GET showed it; empty where it was not read."""
    after: Exchange | None = None
    """The GET that followed, if one did."""
    merges: bool | None = None
    """Whether the target is known to merge metadata."""
    edition: Edition = field(default_factory=read_edition, repr=False)
    """The edition that the target is held to."""

    @property
    def status(self) -> int | None:
        """The status of the answer; ``None`` where there was none."""
        return self.exchange.status

    @property
    def answer(self) -> JSON:
        """What the answer says, as JSON: the assistant, or the error of a refusal."""
        outcome = self.exchange.outcome
        value = outcome.error if isinstance(outcome, Raised) else self.exchange.value
        return None if value is UNREADABLE else value

    @property
    def state(self) -> State:
        """The assistant after it, as a GET showed it; empty where none did."""
        value = self.after.value if self.after is not None else None
        return dict(value) if isinstance(value, dict) else {}

    def accepted(self) -> Self:
        """Expect that the call succeeded: a 2xx answer, or a value that an SDK returned."""
        __tracebackhide__ = True
        return self._expect(_accepted)

    def refused(self, status: int | None = None) -> Self:
        """Expect that the call was refused: a 4xx answer, the given one if any, or an error that an SDK raised."""
        __tracebackhide__ = True
        return self._expect(lambda seen: _refused(seen, status))

    def echoes(self, fields: Mapping[str, JSON]) -> Self:
        """Expect that answer and GET both hold what was sent; they may hold more, such as defaults."""
        __tracebackhide__ = True
        return self._expect(lambda seen: next(_not_held(self.edition, seen, fields), None))

    def keeps(self, *fields: str) -> Self:
        """Expect that a GET shows these fields as they were before; without any, all that were not changed by it."""
        __tracebackhide__ = True
        sent = self.sent if self.exchange.accepted else frozenset[str]()
        return self._expect(
            lambda seen: _changed(seen, fields or tuple(n for n in of_assistants(self.edition) if n not in sent))
        )

    def clears(self, *fields: str) -> Self:
        """Expect that answer and GET show these fields as null leaves them: without their old value."""
        __tracebackhide__ = True
        return self._expect(lambda seen: next(_not_held(self.edition, seen, dict.fromkeys(fields)), None))

    def _expect(self, check: Callable[[Observation], Problem | None]) -> Self:
        __tracebackhide__ = True
        problem = check(Observation(self.before, self.exchange, self.after, self.merges))
        if problem is not None:
            raise self.fails(self, check, problem)
        return self


def _accepted(seen: Observation) -> Problem | None:
    if seen.exchange.accepted:
        return None
    return Problem("it was not accepted", "accepted", _came(seen.exchange))


def _refused(seen: Observation, status: int | None) -> Problem | None:
    outcome = seen.exchange.outcome
    expected = "rejected with a 4xx" if status is None else f"rejected with {status}"
    is_refused = isinstance(outcome, Raised) and (outcome.status is None or 400 <= outcome.status < 500)
    if is_refused and status in {None, seen.exchange.status}:
        return None
    return Problem("it was not rejected as expected", expected, _came(seen.exchange))


def _came(exchange: Exchange) -> str:
    outcome = exchange.outcome
    message = f": {brief(outcome.message)}" if isinstance(outcome, Raised) and outcome.message else ""
    return f"{told(exchange)}{message}"


def _not_held(edition: Edition, seen: Observation, fields: Mapping[str, JSON]) -> Iterator[Problem]:
    if not seen.exchange.accepted:
        yield Problem("it was not accepted", "accepted", _came(seen.exchange))
        return
    for where, exchange in (("the answer", seen.exchange), ("a GET", seen.after)):
        if exchange is None:
            continue
        if not isinstance(exchange.value, dict):
            what = told_of(exchange) if where == "a GET" else f"the answer is {brief(exchange.value)}"
            yield Problem(f"{where} shows no assistant", "the assistant", what)
            continue
        for name, sent in fields.items():
            yield from _of_field(edition, where, name, sent, seen, exchange.value)


def _of_field(
    edition: Edition, where: str, name: str, sent: JSON, seen: Observation, shown: State
) -> Iterator[Problem]:
    got = shown.get(name, MISSING)
    if sent is None and name not in edition.nullable:
        if got not in (None, MISSING):
            yield Problem(f"{where} does not hold what was sent", "null", shows(where, got), name)
        return
    was, usual = seen.before.get(name, MISSING), default_of(edition, name)
    for one in mismatches(name, sent, got, was, merges=seen.merges, usual=usual):
        yield Problem(f"{where} does not hold what was sent", brief(one.sent), shows(where, one.got), one.dotted)


def _changed(seen: Observation, fields: tuple[str, ...]) -> Problem | None:
    if seen.after is None or not isinstance(seen.after.value, dict):
        came = "it was not read" if seen.after is None else told_of(seen.after)
        return Problem("a GET shows no assistant", "the assistant, as it was", came)
    changed = differing(fields, seen.before, seen.after.value)
    if not changed:
        return None
    name = changed[0]
    was, now = seen.before.get(name, MISSING), seen.after.value.get(name, MISSING)
    return Problem("something changed", f"still {brief(was)}", shows("a GET", now), name)
