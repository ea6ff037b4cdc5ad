"""The steps that make the new state of an assistant out of the old one and what was sent."""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.defaults import default

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.reference.rules import Rules, State
    from strategies.jsonvalues import JSON


class Omitted:
    """Stands for the value of a field that was not sent."""

    def __repr__(self) -> str:
        return "<omitted>"


OMITTED = Omitted()


class Changing:
    """Applies what was sent to what is stored."""

    def apply(self, rules: Rules, stored: State, sent: Mapping[str, JSON]) -> State:
        """Return the assistant as it is after a change, before it is known whether it may be.

        A fault may change fields that nobody sent, or lose one when several are sent together.
        """
        changed = dict(stored)
        for field in rules.fields:
            changed[field] = self.apply_field(field, stored[field], sent.get(field, OMITTED))
            if field in rules.initial and sent.get(field, OMITTED) is None and changed[field] == default(field):
                changed[field] = rules.initial[field]
        return changed

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        """Return the value of a field after a change: ``sent`` is a value, null (``None``) or :data:`OMITTED`.

        A fault may take one of the three states for another (``""``, ``[]``, ``{}``, 0 or null for omitted, omitted
        for null), append where it should replace, or store something else than what was sent.
        """
        if sent is OMITTED:
            return stored
        if sent is None:
            return self.cleared(field, stored)
        if field == "metadata":
            return self.change_metadata(stored, sent)
        if field == "tool_resources":
            return self.change_tool_resources(stored, sent)
        return sent

    def cleared(self, field: str, stored: JSON) -> JSON:
        """Return what null leaves in a field: nothing, or the default that the service showed.

        A fault may leave the old value or a made-up one.
        """
        return default(field)

    def change_metadata(self, stored: JSON, sent: JSON) -> JSON:
        """Return metadata after pairs were sent: merged, as the real service had it.

        A fault may lose old or new pairs, or keep old values; replacing is a tolerated variant.
        """
        return {**stored, **sent} if isinstance(stored, dict) and isinstance(sent, dict) else sent

    def change_tool_resources(self, stored: JSON, sent: JSON) -> JSON:
        """Return tool resources after some were sent: each tool's part is replaced, the other tool's stays.

        A fault may append ids or ignore empty lists; replacing the whole is a tolerated variant.
        """
        return {**stored, **sent} if isinstance(stored, dict) and isinstance(sent, dict) else sent

    def settle(self, rules: Rules, state: State, sent: Mapping[str, JSON]) -> State:
        """Return the state with what a switch of model rules out put back to its default.

        A fault may reset more than that.
        """
        takes_effort = rules.takes_effort(sent["model"]) if "model" in sent else None
        if takes_effort is None:
            return state
        ruled_out = ("temperature", "top_p") if takes_effort else ("reasoning_effort",)
        back = [field for field in ruled_out if field in state and sent.get(field) is None]
        return {**state, **{field: rules.initial.get(field, default(field)) for field in back}}
