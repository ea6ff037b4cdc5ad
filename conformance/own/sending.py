"""What a test of the user's own sends with: assistants in a known state, and the target itself.

Every modify is judged in full over all fields, as each of the suite's is, whatever the test expects of it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis.control import cleanup, currently_in_test_context

from conformance.campaign.record import finding, step
from conformance.campaign.scratch import Scratch, id_of
from conformance.campaign.scratches import NoRoomError, Scratches
from conformance.catalogue import roundtrip
from conformance.errors import RunEndedError
from conformance.judging.breach import Aspect, Breach
from conformance.judging.showing import state_of
from conformance.own.judged import Judged, JudgingError, Problem
from conformance.scenario import WHOLE_BODY, Case
from conformance.states import InitialState
from reports.render.evidence_text import step_text
from strategies.contract import Ruling
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.campaign.evidence import Evidence
    from conformance.campaign.record import Role
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange
    from conformance.judging.observation import Observation, Performed, State
    from conformance.target import Target
    from reports.model import Finding
    from strategies.editions import Edition
    from strategies.jsonvalues import JSON

    Body = Mapping[str, JSON] | bytes | str
    """A body as a value, or the very bytes or text to send."""

_SHOWN = 700  # characters of a body


class Sending:
    """What one test sends, and what came of it; used from the thread of the test."""

    def __init__(self, session: Session, id_: str, label: str, on_broken: Callable[[BaseException], None]) -> None:
        self._session = session
        self._edition = session.contract.edition
        self._id = id_
        """The id that the test has in the report."""
        self._label = label
        """What sets this test apart from others of its function."""
        self._on_broken = on_broken
        """Told why the target cannot be judged any more."""
        self.over = False
        """Whether the test has ended: its assistants are gone."""
        self._scratches = Scratches(session.context)
        self._known: dict[str, Scratch] = {}
        """The assistants that the test has met, by their ids."""
        self._states: dict[str, bytes] = {}
        """Of those that were not made in a named state, the body that makes one like them."""
        self._strange: set[str] = set()
        """Ids of assistants that hold what no assistant may, so that nothing follows from what they do."""
        self._judged: dict[int, Judged] = {}
        self._played: tuple[Scratch | None, Exchange | None] = (None, None)
        """The assistant and the call that were last."""
        self._confirmed = False

    @property
    def evidence(self) -> Evidence:
        """The evidence of the whole run."""
        return self._session.evidence

    @property
    def target(self) -> Target:
        """The target that is judged."""
        return self._session.target

    def observe(self, what: str) -> None:
        """Write down something that was seen, beside the outcome of the test."""
        self.evidence.observe(self._id, what)

    @contextmanager
    def _going_on(self) -> Iterator[None]:
        """Skip the rest of the test where the target cannot be judged any more."""
        __tracebackhide__ = True
        if self.over:
            pytest.fail("this is of a test that has ended: ask for it in a fixture of scope function", pytrace=False)
        try:
            self._session.context.check()
            yield
        except RunEndedError as ended:
            pytest.skip(f"untested: {ended}")
        except NoRoomError as full:
            pytest.skip(f"untested: the target creates no more assistants ({full.told})")
        except (pytest.skip.Exception, pytest.fail.Exception, JudgingError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever code under test raises, the test is not to be held for it
            self._session.context.end(str(error))
            self._on_broken(error)
            pytest.skip(f"untested: {error}")

    # Assistants

    def make(self, initial_state: InitialState) -> Scratch:
        """Make an assistant in a state."""
        __tracebackhide__ = True
        if initial_state not in get_args(InitialState):
            states = ", ".join(get_args(InitialState))
            raise ValueError(f"unknown initial state {initial_state!r}; choose from {states}")
        with self._going_on():
            scratch = self._scratches.make(initial_state)
        return self._take(scratch)

    def _take(self, scratch: Scratch) -> Scratch:
        self._known[scratch.assistant_id] = scratch
        if currently_in_test_context():  # Hypothesis: each example has assistants of its own
            cleanup(lambda: self._discard(scratch))
        return scratch

    def _discard(self, scratch: Scratch) -> None:
        if self._known.pop(scratch.assistant_id, None) is not None and not self._session.context.ended:
            self._scratches.discard(scratch)

    def close(self) -> None:
        """Delete what was made."""
        self.over = True
        for scratch in reversed(list(self._known.values())):
            self._discard(scratch)

    # Calls

    def create(self, body: Body) -> Exchange:
        """Make an assistant from a body; it is deleted when the test is over."""
        __tracebackhide__ = True
        with self._going_on():
            created = self._session.context.watch(self._session.target.create(_bytes(body)))
            scratch = self._scratches.adopt(created) if id_of(created) else None
        if scratch is not None:
            self._states[scratch.assistant_id] = _body_of(self._edition, scratch.state)
            self._take(scratch)
        return self._took(scratch, created)

    def retrieve(self, assistant_id: str) -> Exchange:
        """Read an assistant."""
        __tracebackhide__ = True
        with self._going_on():
            read = self._session.context.watch(self._session.target.retrieve(assistant_id))
        known = self._known.get(assistant_id)
        self._judged[id(read)] = Judged(
            self.fails,
            read,
            before=dict(known.state) if known else {},
            after=read,
            edition=self._edition,
        )
        return self._took(known, read)

    def delete(self, assistant_id: str) -> Exchange:
        """Delete an assistant."""
        __tracebackhide__ = True
        with self._going_on():
            scratch = self._known.pop(assistant_id, None)
            if scratch is not None and assistant_id in self._scratches:
                return self._took(scratch, self._scratches.delete(scratch))
            return self._took(scratch, self._session.context.delete(assistant_id))

    def modify(self, assistant_id: str, body: Body) -> Judged:
        """Modify an assistant, read it back, and have both judged in full."""
        __tracebackhide__ = True
        data = _bytes(body)
        with self._going_on():
            scratch = self._known.get(assistant_id) or self._found(assistant_id)
            history = self._history(scratch)
            performed = self._session.perform(scratch, data)
            if performed.observation.before and assistant_id not in self._strange:
                self._session.settle(_case(performed, self._label), scratch, performed, history)
            if performed.judgement.ruling is Ruling.REFUSE and performed.verdict.accepted:
                self._strange.add(assistant_id)
        return self._judge(scratch, performed)

    def _found(self, assistant_id: str) -> Scratch:
        """Return what is known of an assistant that was not made here: what a GET shows."""
        read = self._session.context.watch(self._session.target.retrieve(assistant_id))
        scratch = Scratch(assistant_id, "minimal", [read], state_of(read))
        if scratch.state:
            self._known[assistant_id] = scratch
            self._states[assistant_id] = _body_of(self._edition, scratch.state)
        return scratch

    def _history(self, scratch: Scratch) -> list[bytes]:
        """Return the bodies that make an assistant in its initial state what this one is."""
        first = self._states.get(scratch.assistant_id)
        return [*([] if first is None else [first]), *scratch.history]

    def _judge(self, scratch: Scratch, performed: Performed) -> Judged:
        seen, body = performed.observation, performed.judgement.body
        sent = frozenset(body) if isinstance(body, dict) else frozenset[str]()
        judged = Judged(
            self.fails,
            seen.exchange,
            sent,
            seen.before,
            seen.after,
            self._session.context.merges,
            self._edition,
        )
        self._judged[id(seen.exchange)] = judged
        self._took(scratch, seen.exchange)
        return judged

    def judged(self, exchange: Exchange) -> Judged:
        """Return what a test may expect of a call that it has made."""
        return self._judged.get(id(exchange)) or Judged(self.fails, exchange, edition=self._edition)

    def _took(self, scratch: Scratch | None, exchange: Exchange) -> Exchange:
        self._played = scratch, exchange
        return exchange

    # What stands in the report

    def fails(self, judged: Judged, check: Callable[[Observation], Problem | None], problem: Problem) -> JudgingError:
        """Return the error of what is not as it was expected, tried once more where that was not done yet."""
        __tracebackhide__ = True
        scratch = next((one for one in self._known.values() if _place(one, judged.exchange) is not None), None)
        found = self._finding(problem, self._steps(scratch, judged.exchange, judged.after))
        comes_again = True
        if scratch is not None and not self._confirmed and judged.exchange.operation == "modify":
            self._confirmed = True
            with self._going_on():
                comes_again = self._comes_again(scratch, judged.exchange, check)
        about = f"{problem.place}: " if problem.place else ""
        lines = [f"{about}{problem.summary}", f"expected: {problem.expected}", f"actual:   {problem.actual}"]
        if not comes_again:
            lines.append("it did not happen again when the same was sent once more")
        lines += ["", *(step_text(one, _SHOWN) for one in found.steps if one.role != "setup")]
        if found.curl:
            lines += ["", "repeat it:", found.curl]
        return JudgingError("\n".join(lines), found, is_flaky=not comes_again)

    def _comes_again(
        self, scratch: Scratch, exchange: Exchange, check: Callable[[Observation], Problem | None]
    ) -> bool:
        history = self._history(scratch)
        place = (_place(scratch, exchange) or 0) + len(history) - len(scratch.history)
        again = self._session.as_it_was(scratch.initial_state, history[:place])
        performed = self._session.perform(again, history[place])
        self._session.drop(again)
        return check(performed.observation) is not None

    def last_finding(self, expected: str, actual: str) -> Finding:
        """Return the finding of a test that failed by an assertion of its own: with the last call that it made."""
        scratch, exchange = self._played
        known = self._judged.get(id(exchange))
        steps = [] if exchange is None else self._steps(scratch, exchange, known.after if known else None)
        return self._finding(Problem("an assertion of the test failed", expected, actual), steps)

    def _finding(self, problem: Problem, steps: list[tuple[Role, Exchange]]) -> Finding:
        session = self._session
        breach = Breach(Aspect.TOGETHER, "", "", problem.place, problem.expected, problem.actual)
        variables = session.context.key_variable, session.context.other_key_variable
        recorded = tuple(step(role, one, session.target) for role, one in steps)
        made = finding(breach, self._label, recorded, session.target, *variables)
        found = replace(made, summary=problem.summary)
        session.context.put_together.append(found)
        return found

    def _steps(
        self, scratch: Scratch | None, exchange: Exchange, after: Exchange | None
    ) -> list[tuple[Role, Exchange]]:
        """Return what led to a call, the call and the GET behind it."""
        led: list[Exchange] = []
        if scratch is not None:
            led = [*scratch.setup[:-1], *scratch.trail[: _place(scratch, exchange)]]
        steps: list[tuple[Role, Exchange]] = [("setup", one) for one in led if one is not exchange]
        steps.append(("act", exchange))
        return steps if after is None or after is exchange else [*steps, ("observe", after)]


def _case(performed: Performed, label: str) -> Case:
    """Return a case that is about no requirement more than any other."""
    body = performed.judgement.body
    fields = list(body) if isinstance(body, dict) else []
    many = len(fields) > 1 and performed.judgement.ruling is not Ruling.REFUSE
    about = WHOLE_BODY if len(fields) != 1 else fields[0]
    return Case(roundtrip.COMBINATIONS if many else "", label or "a test of your own", performed.data, about)


def _place(scratch: Scratch, exchange: Exchange) -> int | None:
    return next((place for place, one in enumerate(scratch.trail) if one is exchange), None)


def _body_of(edition: Edition, state: State) -> bytes:
    """Return the body that makes an assistant like one that is shown."""
    return encode({name: state[name] for name in edition.fields if state.get(name) is not None})


def _bytes(body: Body) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode("utf-8", "surrogatepass") if isinstance(body, str) else encode(dict(body))
