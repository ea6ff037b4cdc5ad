"""What the public fixtures give to a test: an assistant factory, the target, judging and evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.campaign.scratch import Scratch
    from conformance.exchange import Exchange
    from conformance.judging.observation import State
    from conformance.own.judged import Judged
    from conformance.own.sending import Body, Sending
    from conformance.states import InitialState
    from conformance.target import Role
    from reports.model import Row


class Assistant:
    """One assistant of a test; it is deleted when the test is over."""

    def __init__(self, sending: Sending, scratch: Scratch) -> None:
        self._sending = sending
        self._scratch = scratch

    @property
    def id(self) -> str:
        """Its id, as the target gave it."""
        return self._scratch.assistant_id

    @property
    def initial_state(self) -> InitialState:
        """The name of the state that it was made in."""
        return self._scratch.initial_state

    @property
    def state(self) -> State:
        """The assistant as the last GET showed it; a copy."""
        return dict(self._scratch.state)

    def modify(self, body: Body) -> Judged:
        """Send a modify and read it back; ``body`` is a value, or the very bytes or text that are sent."""
        __tracebackhide__ = True
        return self._sending.modify(self.id, body)

    def retrieve(self) -> Judged:
        """Read it."""
        __tracebackhide__ = True
        return self._sending.judged(self._sending.retrieve(self.id))

    def delete(self) -> Exchange:
        """Delete it now."""
        __tracebackhide__ = True
        return self._sending.delete(self.id)

    def __repr__(self) -> str:
        return f"<assistant {self.id}, {self.initial_state}>"


class AssistantFactory:
    """Makes assistants in a named initial state: ``assistant("populated")``."""

    def __init__(self, sending: Callable[[], Sending]) -> None:
        self._sending = sending

    def __call__(self, initial_state: InitialState = "populated") -> Assistant:
        """Make one: ``minimal``, ``populated``, ``without_resources`` or ``structured``.

        Raises :class:`ValueError` for a state of another name.
        """
        __tracebackhide__ = True
        sending = self._sending()
        return Assistant(sending, sending.make(initial_state))


class ConformanceTarget:
    """The target that is judged. Each call returns its exchange, whatever came of it, and is judged meanwhile."""

    def __init__(self, sending: Callable[[], Sending]) -> None:
        self._sending = sending

    @property
    def role(self) -> Role:
        """``server`` for what serves the operation, ``sdk`` for what calls it."""
        return self._sending().target.role

    @property
    def base_url(self) -> str:
        """What stands before the path: ``http://127.0.0.1:8123/v1``; free of secrets."""
        return self._sending().target.base_url

    def create(self, body: Body) -> Exchange:
        """Make an assistant, which is deleted when the test is over; for an SDK this is done behind its back."""
        __tracebackhide__ = True
        return self._sending().create(body)

    def retrieve(self, assistant_id: str) -> Exchange:
        """Read an assistant."""
        __tracebackhide__ = True
        return self._sending().retrieve(assistant_id)

    def modify(self, assistant_id: str, body: Body) -> Exchange:
        """Modify an assistant; a GET follows, and both are judged."""
        __tracebackhide__ = True
        return self._sending().modify(assistant_id, body).exchange

    def delete(self, assistant_id: str) -> Exchange:
        """Delete an assistant."""
        __tracebackhide__ = True
        return self._sending().delete(assistant_id)


class Judging:
    """What a test expects of an exchange: ``judging(exchange).refused(404)``."""

    def __init__(self, sending: Callable[[], Sending]) -> None:
        self._sending = sending

    def __call__(self, exchange: Exchange) -> Judged:
        """Return what is known of a call that this test has made, to expect something of it."""
        return self._sending().judged(exchange)


class OwnEvidence:
    """What stands in the report: for this test to add to, and of the suite's requirements to read."""

    def __init__(self, sending: Callable[[], Sending]) -> None:
        self._sending = sending

    def observe(self, what: str) -> None:
        """Write down something that was seen; it stands beside the outcome of the test."""
        self._sending().observe(what)

    def of(self, id_: str) -> Row:
        """Return what a requirement of the suite amounts to so far: ``outcome``, ``reason``, ``finding`` …

        Raises :class:`KeyError` for an id that the edition does not have.
        """
        return self._sending().evidence.row(id_)
