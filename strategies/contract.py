"""The contract's own validator: what a body, judged by its bytes, obliges a server to do.

A ruling is one of three. *Accept*: the document allows it and no rule known of real servers stands against it.
*Refuse*: a constraint is broken. *Either*: the document is silent, and the permissions name where. A permission that
joins several fields counts only when the body touches one of them: a server may judge what is stored together
with what is sent, but not fields that nobody mentioned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from strategies.jsonvalues import DEEP, JSON, NotJSONError, decode, without_surrogates
from strategies.permissions import KnownIds, permissions, rules_broken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strategies.editions import Edition


class Ruling(Enum):
    """What the contract asks of a server that is sent a body."""

    ACCEPT = "must accept"
    REFUSE = "must reject"
    EITHER = "may do either"


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken constraint."""

    place: tuple[str | int, ...]
    keyword: str
    message: str

    @property
    def field(self) -> str:
        """Return the top-level field that it belongs to; ``""`` for the body itself."""
        return str(self.place[0]) if self.place else ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A ruling with its grounds."""

    ruling: Ruling
    violations: tuple[Violation, ...] = ()
    permissions: frozenset[str] = frozenset()
    """What the document leaves open of the body, or where it must be refused of the sound fields of it."""
    body: JSON = None
    """The body as read from the bytes; ``None`` when they are no JSON."""


@dataclass(frozen=True, slots=True)
class Contract:
    """The rules of one edition, for a target that knows certain ids."""

    edition: Edition
    known: KnownIds = field(default_factory=KnownIds)

    def judge(self, data: bytes, stored: Mapping[str, JSON] | None = None) -> Judgement:
        """Rule on the bytes of a modify.

        ``stored`` is the assistant as it was before, as far as it is known: the fields of a modify body.
        """
        try:
            decoded = decode(data)
        except NotJSONError as error:
            return Judgement(Ruling.REFUSE, (Violation((), "json", str(error)),))
        if decoded.value is None and "deep_nesting" in decoded.oddities:
            return Judgement(Ruling.EITHER, permissions=decoded.oddities)
        return self.judge_value(decoded.value, stored, decoded.oddities)

    def judge_value(
        self, body: JSON, stored: Mapping[str, JSON] | None = None, oddities: frozenset[str] = frozenset()
    ) -> Judgement:
        """Rule on a body that has been read; ``oddities`` are those of its text."""
        broken = violations(self.edition, body)
        if not broken and self.edition.own is not None:
            found = rules_broken(self.edition, self.known, body)
            broken = tuple(Violation((field,), rule, f"the rule {rule} is switched on") for rule, field in found)
        if broken:
            if oddities & {"duplicate_key"}:
                return Judgement(Ruling.EITHER, broken, oddities, body)
            return Judgement(Ruling.REFUSE, broken, oddities | self._permissions_beside(body, broken, stored), body)
        silent = oddities | set(permissions(self.edition, self.known, body, stored or {}))
        return Judgement(Ruling.EITHER if silent else Ruling.ACCEPT, (), silent, body)

    def _permissions_beside(
        self, body: JSON, broken: tuple[Violation, ...], stored: Mapping[str, JSON] | None
    ) -> frozenset[str]:
        """Return why a body might be refused for what is not wrong with it: a refusal may name that instead."""
        if not isinstance(body, dict):
            return frozenset()
        wrong = {violation.field for violation in broken}
        fields = self.edition.fields
        sound = {key: value for key, value in body.items() if key in fields and key not in wrong}
        return frozenset(permissions(self.edition, self.known, sound, stored or {}))


def violations(edition: Edition, body: JSON) -> tuple[Violation, ...]:
    """Return the constraints that a body breaks; an integer may be written ``5.0``, as JSON Schema has it."""
    return _violations(edition, "request", body)


def answer_violations(edition: Edition, answer: JSON) -> tuple[Violation, ...]:
    """Return where an assistant that came back departs from the published schema."""
    return _violations(edition, "assistant", answer)


def error_violations(edition: Edition, answer: JSON) -> tuple[Violation, ...]:
    """Return where an error body departs from the published envelope."""
    return _violations(edition, "error", answer)


def _violations(edition: Edition, what: str, value: JSON) -> tuple[Violation, ...]:
    return tuple(
        Violation(tuple(error.instance_path), _keyword(error), error.message[:200])
        for error in _errors(edition, what, value)
    )


def _errors(edition: Edition, what: str, value: JSON) -> list[Any]:
    validator = _validator(edition, what)
    try:
        return [] if validator.is_valid(value) else list(validator.iter_errors(value))
    except ValueError:  # what the validator cannot hold: a lone surrogate, or more than some 250 levels
        value = without_surrogates(_cut(value))
        return [] if validator.is_valid(value) else list(validator.iter_errors(value))


def _cut(value: JSON, levels: int = 2 * DEEP) -> JSON:
    """Return a value with null for what is nested deeper than the document says anything about."""
    if not isinstance(value, dict | list):
        return value
    if not levels:
        return None
    if isinstance(value, dict):
        return {key: _cut(item, levels - 1) for key, item in value.items()}
    return [_cut(item, levels - 1) for item in value]


@cache
def _validator(edition: Edition, what: str) -> Any:
    return jsonschema_rs.validator_for(dict(getattr(edition, what)))


def _keyword(error: Any) -> str:
    return str(error.schema_path[-1]) if error.schema_path else "type"
