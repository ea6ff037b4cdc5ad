"""Behaviours with one step replaced by a function, from which most faults are made."""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.behaviour import OMITTED, Behaviour, Omitted
from conformance.reference.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.exchange import Request, Response
    from conformance.reference.behaviour import View
    from conformance.reference.problems import Problem
    from conformance.reference.rules import Rules, State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

Sent = dict[str, "JSON"]
"""The fields of a body that were sent."""


class Overlooking(Behaviour):
    """Lets the problems pass that a function picks."""

    def __init__(self, picks: Callable[[Problem], bool]) -> None:
        self._picks = picks

    def overlooks(self, problem: Problem) -> bool:
        """Ask the function."""
        return self._picks(problem)


class Preparing(Behaviour):
    """Changes a value before it is checked: ``change(field, value)``."""

    def __init__(self, change: Callable[[str, JSON], JSON]) -> None:
        self._change = change

    def prepare(self, field: str, value: JSON) -> JSON:
        """Return the value as the function has it."""
        return self._change(field, value)


class Doctoring(Behaviour):
    """Checks a changed copy and stores what was sent: ``change(field, value)``."""

    def __init__(self, change: Callable[[str, JSON], JSON]) -> None:
        self._change = change

    def check_field(self, rules: Rules, field: str, value: JSON) -> JSON:
        """Check the copy, and return the original."""
        super().check_field(rules, field, self._change(field, value))
        return value


class Demanding(Behaviour):
    """Refuses more than it may: ``objects(sent)`` names the field that it does not like, or gives ``None``."""

    def __init__(self, objects: Callable[[Sent], str | None]) -> None:
        self._objects = objects

    def check(self, rules: Rules, body: Mapping[str, JSON]) -> Sent:
        """Refuse what the function objects to."""
        sent = super().check(rules, body)
        field = self._objects(sent)
        if field is not None:
            raise Refusal(f"Invalid '{field}'.", param=field, code="invalid_value")
        return sent

    def create(self, store: Store, body: Mapping[str, JSON]) -> State:
        """Make an assistant as the reference does: only a modify is refused."""
        return _PLAIN.create(store, body)


_PLAIN = Behaviour()


class Checking(Behaviour):
    """Replaces what was sent once it is checked, before it is applied: ``change(sent)``."""

    def __init__(self, change: Callable[[Sent], Sent]) -> None:
        self._change = change

    def check(self, rules: Rules, body: Mapping[str, JSON]) -> Sent:
        """Return what the function makes of it."""
        return self._change(super().check(rules, body))


class Storing(Behaviour):
    """Stores something else than what was sent: ``change(field, value)`` for values, null included."""

    def __init__(self, change: Callable[[str, JSON], JSON]) -> None:
        self._change = change

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        """Apply what the function makes of it."""
        return super().apply_field(field, stored, sent if sent is OMITTED else self._change(field, sent))


class Applying(Behaviour):
    """Decides itself what a sent field leaves: ``change(field, stored, sent, usual)``.

    ``usual`` is what the reference would store. A field that was not sent stays as it was.
    """

    def __init__(self, change: Callable[[str, JSON, JSON, JSON], JSON]) -> None:
        self._change = change

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        """Return what the function gives."""
        usual = super().apply_field(field, stored, sent)
        return usual if sent is OMITTED else self._change(field, stored, sent, usual)


class Changing(Behaviour):
    """Alters the whole outcome of a modify: ``change(stored, sent, state)`` gives the state to store."""

    def __init__(self, change: Callable[[State, Mapping[str, JSON], State], State]) -> None:
        self._change = change

    def apply(self, rules: Rules, stored: State, sent: Mapping[str, JSON]) -> State:
        """Return what the function makes of it."""
        return self._change(stored, sent, super().apply(rules, stored, sent))

    def create(self, store: Store, body: Mapping[str, JSON]) -> State:
        """Make an assistant as the reference does: only a modify is altered."""
        return _PLAIN.create(store, body)


class Answering(Behaviour):
    """Alters the answer to a modify and not what is stored: ``change(before, sent, state)``."""

    def __init__(self, change: Callable[[State, Mapping[str, JSON], State], State]) -> None:
        self._change = change

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Return what the function makes of the new state."""
        before = store.assistants.get(assistant_id, {})
        return self._change(before, body, super().modify(store, assistant_id, body))


class Showing(Behaviour):
    """Shows a field in another way: ``change(field, value, view)``."""

    def __init__(self, change: Callable[[str, JSON, View], JSON]) -> None:
        self._change = change

    def present_field(self, field: str, value: JSON, view: View) -> JSON:
        """Return what the function makes of it."""
        return self._change(field, value, view)


class Presenting(Behaviour):
    """Shows an assistant in another way: ``change(shown, view)``."""

    def __init__(self, change: Callable[[Sent, View], Sent]) -> None:
        self._change = change

    def present(self, state: State, view: View) -> Sent:
        """Return what the function makes of it."""
        return self._change(super().present(state, view), view)


class Enveloping(Behaviour):
    """Alters the body of every error: ``change(envelope, refusal)``."""

    def __init__(self, change: Callable[[JSON, Refusal], JSON]) -> None:
        self._change = change

    def envelope(self, refusal: Refusal) -> JSON:
        """Return what the function makes of it."""
        return self._change(super().envelope(refusal), refusal)


class Refusing(Behaviour):
    """Alters the answer to what was refused: ``change(refusal, response)``."""

    def __init__(self, change: Callable[[Refusal, Response], Response]) -> None:
        self._change = change

    def refuse(self, store: Store, refusal: Refusal) -> Response:
        """Return what the function makes of it."""
        return self._change(refusal, super().refuse(store, refusal))


class Finishing(Behaviour):
    """Alters the answer to an accepted modify as it leaves: ``change(response)``."""

    def __init__(self, change: Callable[[Response], Response]) -> None:
        self._change = change

    def finish(self, store: Store, request: Request, response: Response) -> Response:
        """Return what the function makes of it."""
        return self._change(response) if is_modify(request) and response.status == 200 else response


class Reading(Behaviour):
    """Reads bodies in another way: ``change(data, read)``, where ``read`` is how the reference reads."""

    def __init__(self, change: Callable[[bytes, Callable[[bytes], JSON]], JSON]) -> None:
        self._change = change

    def read(self, data: bytes) -> JSON:
        """Return what the function gives."""
        return self._change(data, super().read)


def is_modify(request: Request) -> bool:
    """Return whether a request is a modify by its method and path."""
    path = request.path.partition("?")[0]
    return request.method == "POST" and path.startswith("/assistants/") and path != "/assistants/"
