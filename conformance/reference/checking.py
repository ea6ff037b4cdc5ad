"""The steps that judge a body, by itself and against what is stored."""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.problems import Problem, missing_key, unknown_key
from conformance.reference.rules import Rules, State, across

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from strategies.jsonvalues import JSON


class Checking:
    """Tells what is to be stored, or refuses."""

    def check(self, rules: Rules, body: Mapping[str, JSON]) -> dict[str, JSON]:
        """Return the fields of a body as they are to be stored, or refuse it.

        A field that was not sent is not there; null stays null. A fault may drop keys here (null, empty, unknown)
        as if they had not been sent.
        """
        self.weigh(unknown_key(key) for key in body if key not in rules.validators)
        return {
            key: self.check_field(rules, key, self.prepare(key, value))
            for key, value in body.items()
            if key in rules.validators
        }

    def prepare(self, field: str, value: JSON) -> JSON:
        """Return the value of a field as it is to be checked.

        A fault may coerce (``"1"`` to 1, ``true`` to 1), trim, cut or lower it, or strip unknown nested keys.
        """
        return value

    def check_field(self, rules: Rules, field: str, value: JSON) -> JSON:
        """Return one field's value as it is to be stored, or refuse it.

        A fault may ask more (a shorter limit, another unit of length, one enum value less), ask nothing of a field,
        or check a doctored copy and return the original. To overlook a single rule, see :meth:`overlooks`.
        """
        stored, problems = rules.check(field, value)
        self.weigh(problems)
        return stored

    def require(self, body: Mapping[str, JSON]) -> None:
        """Refuse a body that lacks what a create must have.

        A fault may ask for ``model`` on modify too, by calling this from :meth:`modify`.
        """
        if "model" not in body:
            self.weigh([missing_key("model")])

    def weigh(self, problems: Iterable[Problem]) -> None:
        """Refuse for the first problem that counts.

        A fault may choose the refusal: another status, the wrong parameter.
        """
        for problem in problems:
            if not self.overlooks(problem):
                raise problem.refusal

    def overlooks(self, problem: Problem) -> bool:
        """Return whether a broken rule is let pass; the value is then taken as it was sent.

        A fault names the place and the keyword of the rule that it does not know.
        """
        return False

    def check_together(self, rules: Rules, state: State, sent: Mapping[str, JSON]) -> None:
        """Refuse a change whose outcome breaks a rule that joins several fields.

        A fault may judge fields that nobody touched, so that a switch of model fails on what is stored.
        """
        self.weigh(across(rules, state, sent))
