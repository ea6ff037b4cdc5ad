"""To which requirement a breach belongs: the most special one that a plainer control does not break as well.

A server that ignores ``name`` altogether also loses a name with an emoji and a name of null; that is one defect,
and it belongs to ``roundtrip.name.stored``. So before a breach is attributed to a special
requirement, a control that lacks what is special is tried on a fresh assistant. It is tried only when something is
wrong, and remembered.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.campaign.attribution_sdk import OF_SDKS, attribute_sdk
from conformance.campaign.parts import refused_part
from conformance.catalogue import roundtrip, validation
from conformance.judging.breach import Aspect, Breach
from conformance.judging.classify import LARGE_TEXT, class_of, text_class
from conformance.judging.compare import FREE_JSON, MISSING, Mismatch, mismatches
from conformance.judging.holding import requirement_of
from conformance.scenario import WHOLE_BODY
from conformance.states import store_ids
from strategies.boundaries import boundaries
from strategies.broken import constraints_broken
from strategies.contract import Ruling
from strategies.jsonvalues import decode, encode, same
from strategies.limits import constraints_reached
from strategies.permissions import VOIDABLE
from strategies.plainer import in_letters, shortened
from strategies.specimens import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.campaign.sending import Sender
    from conformance.judging.observation import Performed
    from conformance.scenario import Case
    from conformance.states import InitialState
    from strategies.constraints import Constraint
    from strategies.jsonvalues import JSON

_COMPARED = frozenset({Aspect.ANSWER, Aspect.STORED})
_OF_READING = _COMPARED | {Aspect.BAD_REFUSAL, Aspect.UNANSWERED, Aspect.CHANGED}
"""What comes of a text that a target cannot read or hold."""
FREE_TEXT = frozenset({"name", "description", "instructions", "metadata"})
_UNTOLD = frozenset({"", roundtrip.LARGE})
"""What a difference is classed as that says nothing of what was done to a text, but that it is long at most."""


SETTLED = 8
"""After so many breaches in a row with all the same about them, the next is attributed as they were."""
_SETTLED_AMONG_MANY = 3
"""The same where much is broken."""


@dataclass(frozen=True, slots=True)
class Control:
    """What a control showed."""

    accepted: bool
    ruling: Ruling
    permissions: frozenset[str]
    body: JSON
    wrong: frozenset[tuple[Aspect, str]]


def _changes_nothing(performed: Performed) -> bool:
    """Return whether all that a modify sets is stored already: to send the same twice is no different."""
    before, body = performed.observation.before, performed.judgement.body
    return isinstance(body, dict) and all(
        not mismatches(name, body[name], before.get(name, MISSING), before.get(name, MISSING)) for name in body
    )


class Attribution:
    """Lays breaches to requirements, for one session."""

    def __init__(self, session: Sender) -> None:
        self._session = session

    def attribute(self, case: Case, breach: Breach, performed: Performed, initial_state: InitialState) -> str:
        """Return the id of the requirement that a breach is attributed to."""
        if breach.aspect in OF_SDKS:
            return attribute_sdk(self._session, case, breach, performed)
        hostile = case.requirement.startswith("transport.") and breach.aspect in _OF_READING
        if hostile and case.control is not None and not self._shows(case.control, breach, initial_state):
            return case.requirement
        if breach.aspect is Aspect.REFUSED:
            if _changes_nothing(performed) and self._rejects_the_same():
                return roundtrip.REPEATED
            make = partial(self._refused, case, performed, initial_state)
            return self._as_before((case.requirement, breach.aspect), make) if case.parts else make()
        if breach.aspect is Aspect.ACCEPTED:
            return breach.base or self._accepted(case, performed)
        if breach.aspect not in _COMPARED:
            return breach.special or breach.base
        return self._compared(case, breach, performed, initial_state)

    def _rejects_the_same(self) -> bool:
        """Return whether a modify is rejected that was accepted just before; tried once in a campaign."""
        session, context = self._session, self._session.context
        if context.rejects_the_same is None:
            scratch = session.scratch("minimal")
            once, again = (session.send(scratch, session.naming("Twice"))[1] for _ in range(2))
            session.drop(scratch)
            context.rejects_the_same = once.accepted and 400 <= (again.status or 0) < 500
        return context.rejects_the_same

    def _compared(self, case: Case, breach: Breach, performed: Performed, initial_state: InitialState) -> str:
        """Lay a value that did not come back: to its case, its kind, its place or its field, the first that fits."""
        alike: tuple[object, ...] = (case.requirement, case.field, breach.aspect, breach.field)
        if not case.parts:  # in one that is packed the texts are others each time
            alike += (breach.kind, breach.special, breach.told)
        return self._as_before(alike, partial(self._cause, case, breach, performed, initial_state))

    def _as_before(self, alike: tuple[object, ...], make: Callable[[], str]) -> str:
        """Return what such breaches were attributed to, where that was the same often enough; else what is made."""
        laid = self._session.context.laid
        known, times = laid.get(alike, ("", 0))
        if times >= (_SETTLED_AMONG_MANY if self._session.evidence.is_much_broken else SETTLED):
            return known
        found = make()
        laid[alike] = found, times + 1 if found == known else 1
        return found

    def _cause(self, case: Case, breach: Breach, performed: Performed, initial_state: InitialState) -> str:
        if self._session.evidence.is_broken(breach.base):
            plainest = encode({breach.field: self._session.context.plain[breach.field]})
            if self._shows(plainest, breach, initial_state):
                return breach.base  # what is wrong with the plainest value is wrong with any
        evidence = self._session.evidence
        if (evidence.is_much_broken or breach.told) and evidence.is_broken(breach.kind):
            return breach.kind  # it was told from all else before, or the text says it
        for id_, control in self._candidates(case, breach, performed.judgement.body):
            if control != performed.data and not self._shows(control, breach, initial_state):
                return id_
        return breach.base

    def _shows(self, data: bytes, breach: Breach, initial_state: InitialState) -> bool:
        """Return whether a body shows a breach: where nothing is set, what does not clear is not seen."""
        if not self.is_accepted(data, initial_state):
            control = decode(data).value  # a target that asks every modify for a model shows nothing without one
            data = encode({"model": self._session.context.model, **control})
        homes = self._unlike(breach.field, (initial_state, "populated", "structured"))
        return any((breach.aspect, breach.field) in self.control(data, home).wrong for home in homes)

    def _unlike(self, field: str, homes: Iterable[InitialState]) -> Iterator[InitialState]:
        """Return those states in which a field is set to something else than in the others before them."""
        known: list[JSON] = []
        for home in homes:
            value = self._session.context.setup(home).value_of(field)
            if not any(same(value, one) for one in known):
                known.append(value)
                yield home

    def _candidates(self, case: Case, breach: Breach, body: dict[str, JSON]) -> Iterator[tuple[str, bytes]]:
        """Return what may be the cause, the most special first, each with a control that lacks the speciality."""
        field = breach.field
        if case.field == WHOLE_BODY and len(body) > 1:
            alone = encode({field: body[field]})
            if case.requirement.startswith("roundtrip.") and not case.requirement.startswith("roundtrip.text."):
                yield case.requirement, case.control or alone
            yield roundtrip.COMBINATIONS, alone
        plain = self._session.context.plain[field]
        kind = breach.kind
        of_text = kind.startswith("roundtrip.text.") or kind in _UNTOLD
        if case.field == field and case.requirement.startswith("roundtrip.text.") and of_text and not breach.told:
            kind = case.requirement  # the text is of that class, and what was done to it does not say another
        if kind and field == "metadata":
            yield from ((kind, encode({**body, field: pair})) for pair in _plain_pairs(breach, body[field]))
        elif kind:
            yield kind, encode({**body, field: _plain_within(_with_plain(body[field], breach.path[1:]))})
        if breach.special:
            if breach.special == "roundtrip.tool_resources.code_interpreter":
                plain = {"file_search": {"vector_store_ids": store_ids(self._session.contract.known, 1)}}
            yield breach.special, encode({field: plain})

    def _accepted(self, case: Case, performed: Performed) -> str:
        if case.side != "outside" or case.field == WHOLE_BODY:
            return self._constraint(performed)
        if case.requirement == validation.CODE_POINTS:
            letters = encode(in_letters(performed.judgement.body))
            if letters != performed.data and self.is_accepted(letters, "minimal"):
                return self._constraint(performed)
        return case.requirement

    def _constraint(self, performed: Performed) -> str:
        judgement = performed.judgement
        broken = constraints_broken(self._session.contract.edition, judgement.body)
        if broken:
            return validation.of_constraint(broken[0])
        first = judgement.violations[0]
        if (rule := validation.of_rule(first.keyword)) in self._session.evidence:
            return rule
        return f"validation.{first.field or 'body'}.type"

    def _refused(self, case: Case, performed: Performed, initial_state: InitialState) -> str:
        body = performed.judgement.body
        if isinstance(body, dict) and self._lacks_model(body, initial_state):
            return validation.OPTIONAL
        if not isinstance(body, dict) or not body:
            return "validation.body.type" if body == {} or case.side == "value" else case.requirement
        of_its_own = case.side == "inside" or case.requirement == roundtrip.SERIALISATION
        of_its_own = of_its_own and case.requirement != validation.COMBINATIONS
        if case.requirement == validation.CODE_POINTS:  # what is refused when it is short is not refused for its length
            of_its_own = of_its_own and self.is_accepted(encode(shortened(body)), initial_state)
        if of_its_own and case.control is not None and self.is_accepted(case.control, initial_state):
            forms = (self._refused_form(name, value, initial_state) for name, value in body.items())
            return next((form for form in forms if form), case.requirement)
        tried_first = [name for name, value in body.items() if self._is_known_refused(name, value, initial_state)]
        for name in dict.fromkeys((*tried_first, *body)):
            value = body[name]
            if len(body) == 1 or self._is_wrongly_refused({name: value}, initial_state):
                return self._refused_field(case, name, value, initial_state)
        return validation.COMBINATIONS

    def _is_known_refused(self, name: str, value: JSON, initial_state: InitialState) -> bool:
        """Return whether a field by itself was tried already and refused: that costs no request."""
        known = self._session.context.controls.get((encode({name: value}), initial_state))
        return isinstance(known, Control) and not known.accepted

    def _lacks_model(self, body: dict[str, JSON], initial_state: InitialState) -> bool:
        """Return whether a body is refused since it names no model, as a plain one is."""
        model = self._session.context.model
        plainest: dict[str, JSON] = {"name": "Alone"}
        return (
            "model" not in body
            and not self.is_accepted(encode(plainest), initial_state)
            and self.is_accepted(encode({"model": model, **plainest}), initial_state)
            and self.is_accepted(encode({"model": model, **body}), initial_state)
        )

    def _refused_field(self, case: Case, name: str, value: JSON, initial_state: InitialState) -> str:
        """Lay the refusal of one valid field: to its limit, to what is special about it, or to its type."""
        plain = self._session.context.plain.get(name)
        ordinary = f"validation.{name}.type"
        if value is None and (plain is None or self._takes({name: plain}, initial_state)):
            return f"validation.{name}.nullable"
        if not self._takes({name: plain}, initial_state):
            return self._refused_whole(name, initial_state)
        if form := self._refused_form(name, value, initial_state):
            return form
        special = requirement_of(self._session.contract.edition, name, value, Aspect.STORED)[1]
        if special:
            return special
        if name == "metadata" and "" in value:
            named = {key: item for key, item in value.items() if key}
            if self._takes({name: named}, initial_state):
                return ordinary  # no name is refused, but that there is none
        if name == "metadata" and (pair := self._refused_pair(value, initial_state)):
            return pair
        if self._is_counted_otherwise(name, value, initial_state):
            return validation.CODE_POINTS
        reached = self._limit(name, value, initial_state)
        if reached is not None:
            return validation.of_constraint(reached)
        if case.field == name and case.requirement.startswith("roundtrip.") and case.requirement not in _of_field(name):
            return case.requirement
        return class_of(Mismatch((name,), value, MISSING)) or ordinary

    def _is_wrongly_refused(self, body: JSON, initial_state: InitialState) -> bool:
        """Return whether a body is refused that must be taken; where the state may permit it, a minimal one decides."""
        control = self._unpermitted(body, initial_state)
        return not control.accepted and control.ruling is Ruling.ACCEPT

    def _takes(self, body: JSON, initial_state: InitialState) -> bool:
        """Return whether a body is taken, in a bare state where what is stored may be why it is not."""
        return self._unpermitted(body, initial_state).accepted

    def _unpermitted(self, body: JSON, initial_state: InitialState) -> Control:
        control = self.control(encode(body), initial_state)
        refusable = not control.accepted and control.ruling is Ruling.EITHER
        return self.control(encode(body), "minimal") if refusable else control

    def _refused_form(self, name: str, value: JSON, initial_state: InitialState) -> str:
        """Return the requirement about the form of a tool or format, where it is refused whatever stands in it."""
        edition = self._session.contract.edition
        part = refused_part(name, value, lambda body: self._takes(body, initial_state), edition)
        return part if part in self._session.evidence else ""

    def _refused_whole(self, name: str, initial_state: InitialState) -> str:
        """Lay the refusal of a plain value: to the type, or to the listed form where a value of no form is taken."""
        others: dict[str, tuple[JSON, str]] = {
            "tools": ([], "validation.tools.item.union"),
            "response_format": ("auto", "validation.response_format.union"),
        }
        if words := words_of(self._session.contract.edition.schema_of(name)):
            plain = self._session.context.plain.get(name)
            others[name] = (next((word for word in words if word != plain), None), f"validation.{name}.enum")
        other, of_form = others.get(name, (None, ""))
        return of_form if of_form and self._takes({name: other}, initial_state) else f"validation.{name}.type"

    def _refused_pair(self, pairs: dict[str, JSON], initial_state: InitialState) -> str:
        """Return the requirement about texts like those of a pair that is refused by itself; empty where none is."""
        for key, value in pairs.items():
            if len(key) > LARGE_TEXT // 4 or len(value) >= LARGE_TEXT:
                key, value = shortened(key), shortened(value)  # noqa: PLW2901 - for their length is another matter
            if not key or self.is_accepted(encode({"metadata": {key: value}}), initial_state):
                continue
            if self.is_accepted(encode({"metadata": {_plain_text(0): value}}), initial_state):
                counted = self._is_counted_otherwise("metadata", {key: ""}, initial_state)
                return validation.CODE_POINTS if counted else "roundtrip.text.key_names"
            if self.is_accepted(encode({"metadata": {key: _plain_text(0)}}), initial_state):
                return f"roundtrip.text.{text_class(value, None)}"
            return ""
        return ""

    def _is_counted_otherwise(self, name: str, value: JSON, initial_state: InitialState) -> bool:
        """Return whether text beyond ASCII is refused for its length: in letters it is taken, and short, too."""
        letters = in_letters(value)
        return (
            name in FREE_TEXT
            and not same(letters, value)
            and self.is_accepted(encode({name: letters}), initial_state)
            and self.is_accepted(encode({name: shortened(value)}), initial_state)
        )

    def _limit(self, name: str, value: JSON, initial_state: InitialState) -> Constraint | None:
        """Return the constraint whose limit a refused value reaches, when the target refuses that limit as such."""
        edition = self._session.contract.edition
        for constraint in constraints_reached(edition, {name: value}):
            for boundary in boundaries(edition, model=self._session.context.model):
                if boundary.constraint.id != constraint.id or boundary.side != "inside":
                    continue
                if constraint.keyword == "maxLength" and not same(in_letters(boundary.body), boundary.body):
                    continue  # which characters it has may be why
                if self._is_wrongly_refused(boundary.body, initial_state):
                    return constraint
        return None

    def is_accepted(self, data: bytes, initial_state: InitialState) -> bool:
        """Return whether a body is accepted on a fresh assistant."""
        return self.control(data, initial_state).accepted

    def is_known(self, data: bytes, initial_state: InitialState) -> bool:
        """Return whether a body was tried already."""
        return (data, initial_state) in self._session.context.controls

    def control(self, data: bytes, initial_state: InitialState) -> Control:
        """Try a body on a fresh assistant, once in a campaign."""
        session = self._session
        known = session.context.controls.get((data, initial_state))
        if isinstance(known, Control):
            return known
        scratch = session.scratch(initial_state)
        performed = session.perform(scratch, data)
        session.drop(scratch)
        control = Control(
            performed.verdict.accepted,
            performed.judgement.ruling,
            performed.judgement.permissions,
            performed.judgement.body,
            frozenset((breach.aspect, breach.field) for breach in performed.verdict.breaches),
        )
        if performed.observation.exchange.status != HTTPStatus.TOO_MANY_REQUESTS:
            session.context.controls[data, initial_state] = control
        return control


def _of_field(name: str) -> frozenset[str]:
    """Return the requirements about a field that are no more special than the field itself."""
    return frozenset(f"roundtrip.{name}.{aspect}" for aspect in ("stored", "answered", "kept"))


def _with_plain(value: JSON, path: tuple[str | int, ...], number: int = 0) -> JSON:
    """Return a value in which a plain one of the same type stands where the path leads, in every item alike."""
    if path and path[0] in FREE_JSON and isinstance(value, dict) and path[0] in value:
        return {**value, path[0]: {"type": "object", "properties": {"plain": {"type": "string"}}}}
    if path and isinstance(value, dict) and path[0] in value:
        return {**value, path[0]: _with_plain(value[path[0]], path[1:], number)}
    if path and isinstance(value, list) and isinstance(path[0], int):
        if len(path) > 1:  # what is special about one item may be so of others
            return [_with_plain(item, path[1:], number) for number, item in enumerate(value)]
        changed = list(value)
        changed[path[0]] = _with_plain(value[path[0]], ())
        return changed
    if path:
        return value
    if isinstance(value, list | dict):
        return value[:1] if isinstance(value, list) else dict(list(value.items())[:1])
    if isinstance(value, str):
        return _plain_text(number)
    return 0.5


def _plain_within(value: JSON) -> JSON:
    """Return a value whose descriptions and free JSON are plain: what is special may stand in several of them."""
    if isinstance(value, list):
        return [_plain_within(item) for item in value]
    if not isinstance(value, dict):
        return value
    free = next((name for name in FREE_JSON if isinstance(value.get(name), dict)), None)
    plain: dict[str, JSON] = _with_plain(value, (free,)) if free else value
    return {
        name: _plain_text(0) if name == "description" and item else item if name == free else _plain_within(item)
        for name, item in plain.items()
    }


def _plain_pairs(breach: Breach, sent: JSON) -> Iterator[JSON]:
    """Return one pair of metadata with a plain key, where the key may be the cause, and one with a plain value."""
    key, value = _plain_text(0), _plain_text(1)
    if len(breach.path) < 2 or not breach.kind.startswith("roundtrip.text."):
        yield {key: value}
        return
    own = str(breach.path[1])
    of_name = breach.kind == "roundtrip.text.key_names"
    if of_name:
        yield {key: sent.get(own, value)}
        yield {"plain": sent.get(own, value)}
    if not of_name or sent.get(own):
        yield {own: value}


def _plain_text(number: int) -> str:
    """Return a text without anything that texts are altered for: no letters, digits, signs or space at its ends."""
    return f"_{number:b}_".translate({ord("0"): "-", ord("1"): "_"})


def voids_permission(session: Sender, case: Case, performed: Performed, initial_state: InitialState) -> bool:
    """Return whether a refusal that the document leaves open is a breach all the same.

    It is, when the only doubts are such as whether the target knows an id, and the control that has the same was taken.
    """
    judgement = performed.judgement
    if judgement.ruling is not Ruling.EITHER or not performed.verdict.refused or case.control is None:
        return False
    if case.side == "outside" or not judgement.permissions <= VOIDABLE:
        return False
    control = Attribution(session).control(case.control, initial_state)
    if not isinstance(control.body, dict) or control.body.get("model") != judgement.body.get("model"):
        return False
    # Files and vector stores are looked up by different services: who takes any file may know its stores.
    known = _kinds_of_ids(judgement.body) <= _kinds_of_ids(control.body)
    return control.accepted and control.permissions == judgement.permissions and known


def _kinds_of_ids(body: dict[str, JSON]) -> frozenset[str]:
    """Return for which tools a body names files or vector stores."""
    resources = body.get("tool_resources")
    held = resources if isinstance(resources, dict) else {}
    return frozenset(tool for tool, of_tool in held.items() if isinstance(of_tool, dict) and any(of_tool.values()))
