"""A target that fails now and then, whatever it is asked: what it answers then says nothing of what it was asked.

The first failure that a gateway or a connection may be the cause of (502, 503, 504, a reset) has plain requests sent
and counted. Where some of the same kind fail and others do not, the target is unsteady, and from then on a call that
fails so is made again. Where none does, a failure is the answer to what was asked, and judged as any other.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, cast

from conformance.campaign.context import AWAY
from conformance.campaign.outage import REPEATED, Outages
from conformance.campaign.scratch import id_of
from conformance.catalogue import response, unspecified
from conformance.errors import CutOffError
from conformance.exchange import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.campaign.context import Context
    from conformance.exchange import Exchange
    from conformance.target import Target

PLAIN = 70
"""How many plain requests of each kind are counted: of those that fail with 3 % none is met once in 500 runs."""
SILENT = 3
"""After so many plain requests in a row without an answer the target counts as gone, and nothing is counted."""
COUNTS = 4
"""How often is counted in one run: what fails more rarely needs more than one."""
SAME = 6
"""A GET that gives a 500 each of so many further times fails for what it asks for: nothing is counted."""
AGAIN = 7
"""How often a call is made again on an unsteady target."""
_PAUSE = 0.02
"""Seconds before a call is made again for the first time; twice as many each further time."""
_CALLS = frozenset({"create", "modify", "retrieve", "list", "delete", "send"})
_PASSING = frozenset({502, 503, 504})
_BROKEN = 500
_REPEATABLE = frozenset({"retrieve", "list"})
"""Calls that change nothing."""


def passes(exchange: Exchange) -> bool:
    """Return whether an answer may be a failing of what stands between: a reset, or a status of gateways."""
    outcome = exchange.outcome
    return exchange.status in _PASSING or (isinstance(outcome, NoAnswer) and not (outcome.timed_out or outcome.unread))


def steadied(context: Context) -> Target:
    """Return the campaign's target as one whose passing failures are passed over, once it is known to have them."""
    return cast("Target", _Steadied(context))


class _Steadied:
    """Stands before a target; everything that is no call goes to it unchanged."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._target = context.target
        self._counts = 0
        self._unsteady = False
        self._assistant = ""
        self._lock = threading.Lock()
        self._outages = Outages(context, context.target)
        context.away = lambda exchange: self._outages.explains(exchange, self._assistant)

    def __getattr__(self, name: str) -> object:
        found: object = getattr(self._target, name)
        if name not in _CALLS:
            return found
        call = cast("Callable[..., Exchange]", found)

        def asked(*arguments: object) -> Exchange:
            exchange = self._created(call, *arguments) if name == "create" else self._answered(call, *arguments)
            fails = passes(exchange) or (exchange.status == _BROKEN and name in {"retrieve", "list", "create"})
            if not fails or (name in _REPEATABLE and exchange.status == _BROKEN and self._is_same(call, *arguments)):
                return exchange
            if not self._is_unsteady():
                return exchange
            for number in range(AGAIN):
                if not (passes(exchange) or exchange.status == _BROKEN) or self._context.ended:
                    break
                time.sleep(_PAUSE * 2**number)
                exchange = call(*arguments)
            return exchange

        return asked

    def _created(self, call: Callable[..., Exchange], *arguments: object) -> Exchange:
        with self._context.made.making():
            exchange = self._answered(call, *arguments)
            if made := id_of(exchange):
                self._assistant = made
                self._context.made.add(made)
        return exchange

    def _answered(self, call: Callable[..., Exchange], *arguments: object) -> Exchange:
        """Make a call; one that was not answered because the target was away says nothing of what it was asked.

        Raises :class:`CutOffError` where what the call belongs to can begin anew.
        """
        self._outages.wait()
        exchange = call(*arguments)
        for _ in range(REPEATED):
            if not isinstance(exchange.outcome, NoAnswer) or exchange.outcome.unread:
                break
            if not self._outages.explains(exchange, self._assistant):
                self._context.note_unanswered(exchange)
                break
            if self._context.begins_anew:
                raise CutOffError(AWAY)
            exchange = call(*arguments)
        return exchange

    def _is_same(self, call: Callable[..., Exchange], *arguments: object) -> bool:
        """Return whether a call that has failed fails each time it is made again; it counts as counted then."""
        with self._lock:
            if self._unsteady or self._counts >= COUNTS or self._context.ended:
                return False
            if any(call(*arguments).status != _BROKEN for _ in range(SAME)):
                return False
            self._counts += 1
            return True

    def _is_unsteady(self) -> bool:
        """Send plain requests and count, unless that was done often enough."""
        with self._lock:
            if not self._unsteady and self._counts < COUNTS and not self._context.ended:
                self._counts += 1
                self._unsteady = self._count()
            return self._unsteady

    def _count(self) -> bool:
        target, assistant = self._target, self._assistant
        kinds: dict[str, Callable[[], Exchange]] = {"lists": target.list}
        if assistant and self._context.assistant_id is None:
            kinds["GETs"] = lambda: target.retrieve(assistant)
            kinds["modifies of nothing"] = lambda: target.modify(assistant, b"{}")
        unsteady = False
        for kind, call in kinds.items():
            answers = self._asked(call)
            if len(answers) < PLAIN:
                break
            passing = [one for one in answers if passes(one)]
            broken = [one for one in answers if one.status == _BROKEN and one.operation != "modify"]
            if 0 < len(passing) + len(broken) < PLAIN:
                unsteady = True
                self._tell(kind, passing, broken)
        return unsteady

    def _asked(self, call: Callable[[], Exchange]) -> list[Exchange]:
        """Make a call as often as is counted; fewer times where nothing answers any more."""
        answers: list[Exchange] = []
        while len(answers) < PLAIN:
            answers.append(call())
            silent = [one for one in answers[-SILENT:] if isinstance(one.outcome, NoAnswer)]
            if len(silent) == SILENT:
                break
        return answers

    def _tell(self, kind: str, passing: list[Exchange], broken: list[Exchange]) -> None:
        """Write down what was counted."""
        evidence, notes = self._context.evidence, self._context.notes
        told = f"{len(passing) + len(broken)} of {PLAIN} plain {kind} failed, and the others did not"
        evidence.observe(unspecified.UNSTEADY, "plain requests fail now and then")
        if broken:
            evidence.note_flaky(response.ANSWERED, f"{told}: status {_BROKEN}")
        if not any(note.startswith("the target is unsteady") for note in notes):
            notes.append(f"the target is unsteady: {told}; calls that failed so were made again, up to {AGAIN} times")
