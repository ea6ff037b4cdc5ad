"""Modifies that change as little as can be: one letter's case, a space at an end, the order of two tools.

Each step changes every field a little, each in another way, so that after all steps every field has seen every way. A
server that takes what hardly differs for what is stored keeps the old value, which the answer or a GET then shows.
"""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import TYPE_CHECKING

from conformance.catalogue import roundtrip
from conformance.exchange import NotRun
from conformance.judging.breach import Aspect
from conformance.judging.brief import brief
from conformance.judging.observation import Verdict
from conformance.judging.showing import state_of
from conformance.scenario import requirement
from conformance.states import file_ids
from conformance.suites.evidence import Played, break_
from strategies.jsonvalues import encode, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.campaign.scratch import Scratch
    from conformance.campaign.session import Session
    from conformance.judging.breach import Breach
    from conformance.states import InitialState
    from strategies.jsonvalues import JSON
    from strategies.permissions import KnownIds

_HOLDS = frozenset({Aspect.ANSWER, Aspect.STORED})
_START = 'The first words, Caf\u00e9 and "so" on,\na line - it\'s 10 percent.'
_FAR = 40
"""How often a sentence stands before what is changed far behind."""

_WAYS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("the case of one letter", lambda text: text.replace("words", "wordS")),
    ("a space at the end", lambda text: f"{text} "),
    ("a space at the start", lambda text: f" {text}"),
    ("a space doubled", lambda text: text.replace("and ", "and  ")),
    ("another normal form", lambda text: text.replace("\u00e9", "e\u0301")),
    ("two letters exchanged", lambda text: text.replace("first", "frist")),
    ("a sign for a sign", lambda text: text.replace('"', "\u201d")),
    ("the last character", lambda text: f"{text[:-1]}!"),
    ("a character less at the end", lambda text: text[:-1]),
    ("CR LF for LF", lambda text: text.replace("\n", "\r\n")),
    ("an invisible character", lambda text: f"{text[:5]}\u200b{text[5:]}"),
)
"""Ways to change a text by little; after all of them each has changed it, in whatever order they come."""

_FREE: tuple[JSON, ...] = (0, False, True, 1, "1", None, "", [], {}, [1, 2], [2, 1], {"a": 1}, {"A": 1}, "true")
"""Values deep inside free JSON, each a little different from the one before; to some languages ``0`` is ``False``."""

_OTHER_LETTERS = str.maketrans("ae", "ea")
_STEPS = 18
_LOOKS, _LOOKS_IN_ALL = 3, 9
"""How often it is looked into what one field has lost, and all of them."""
_READS = 3
"""Of how many modifies in a row one is read back: of the others the answers are looked at."""


def _of_texts() -> Iterator[dict[str, JSON]]:
    texts = dict.fromkeys(("name", "description", "instructions", "pair"), _START)
    texts["instructions"] = f"{'One of many sentences before it. ' * _FAR}{_START}"
    # In tools and formats one thing at a time: beside another change a small one makes no difference.
    tools = _states(("description", "description", "free", "free", "free", "name"))
    replies = _states(("description", "free", "description", "name"))
    for step in range(_STEPS + 1):
        if step:
            for turn, name in enumerate(texts):
                texts[name] = _WAYS[(step - 1 + turn * 2) % len(_WAYS)][1](texts[name])
        name, description, free = next(tools)
        parameters: JSON = {"type": "object", "default": free}
        function: dict[str, JSON] = {"name": name, "description": description, "parameters": parameters}
        name, description, free = next(replies)
        reply: dict[str, JSON] = {"name": name, "description": description, "schema": {"type": "object", "x": free}}
        body: dict[str, JSON] = {
            **{field: texts[field] for field in ("name", "description", "instructions")},
            "metadata": {"purpose": texts["pair"], "stage": "before"},
            "tools": [{"type": "function", "function": function}],
            "response_format": {"type": "json_schema", "json_schema": reply},
            "temperature": (0.3, 0.31)[step % 2],
            "top_p": (0.99, 1, 0, 0.01)[step % 4],
        }
        yield body
    # Nothing is longer or shorter than before, nor is all of it together.
    others = {field: text.translate(_OTHER_LETTERS) for field, text in texts.items()}
    pair = others.pop("pair")
    yield {**body, **others, "metadata": {"purpose": pair, "stage": "before"}}


def _states(turns: tuple[str, ...]) -> Iterator[tuple[str, str, JSON]]:
    """Return names, descriptions and free JSON of which one changes a little at a time, in turns."""
    name, description, free = "look_up", _START, 0
    ways = 0
    for step in count():
        yield name, description, {"a": [{"b": {"c": [0, _FREE[free % len(_FREE)]]}}]}
        match turns[step % len(turns)]:
            case "name":
                name = name.swapcase()
            case "description":
                description, ways = _WAYS[ways % len(_WAYS)][1](description), ways + 1
            case _:
                free += 1


def _of_orders(known: KnownIds) -> Iterator[dict[str, JSON]]:
    def functions(*names: str) -> list[JSON]:
        return [{"type": "function", "function": {"name": name}} for name in names]

    first, second = ("first", "second")
    two: list[JSON] = [{"type": "code_interpreter"}, {"type": "file_search"}]
    ids = file_ids(known, 3)
    yield _ordered([*two, *functions(first, second)], ids, "auto")
    for values in ([0, 1], [False, True]):  # nothing else changes, and to some languages nothing does
        counted: JSON = {"name": first, "parameters": {"type": "object", "default": values}}
        yield _ordered([*two, {"type": "function", "function": counted}], ids, "auto")
    yield _ordered([*two, *functions(second, first)], ids[::-1], {"type": "text"})
    yield _ordered([*two[::-1], *functions(second, first)], [ids[2], ids[0], ids[1]], "auto")
    yield _ordered([*two[::-1], *functions(second, f"{first}_")], [ids[2], ids[0]], {"type": "text"})
    yield _ordered([*two[::-1], *functions(second)], [ids[2]], "auto")


def _ordered(tools: list[JSON], files: list[str], response_format: JSON) -> dict[str, JSON]:
    return {
        "tools": tools,
        "tool_resources": {"code_interpreter": {"file_ids": files}},
        "response_format": response_format,
    }


def _go_through(session: Session, initial_state: InitialState, bodies: Iterator[dict[str, JSON]]) -> None:
    """Send bodies one after the other; of what one does not bring about, look for the field that shows it."""
    scratch = session.scratch(initial_state)
    before: dict[str, JSON] = {}
    hopeless: set[str] = set()
    looked: Counter[str] = Counter()
    for place, body in enumerate(session.fitted(body) for body in bodies):
        session.context.check()
        performed = session.perform(scratch, encode(body), read=place % _READS == _READS - 1)
        session.context.cases_done += 1
        if isinstance(performed.observation.exchange.outcome, NotRun) or scratch.unread:
            scratch = session.scratch(initial_state)
            continue
        if performed.verdict.accepted and before:
            lost = {breach.field for breach in performed.verdict.breaches if breach.aspect in _HOLDS}
            for field in sorted((lost & body.keys()) - hopeless):
                if looked[field] == _LOOKS or looked.total() == _LOOKS_IN_ALL:
                    continue
                looked[field] += 1
                if not _look_into(session, initial_state, field, before, body):
                    hopeless.add(field)
            if not lost:
                session.evidence.accept([roundtrip.SMALL])
        before = body if performed.verdict.accepted else before


def _look_into(
    session: Session, initial_state: InitialState, field: str, before: dict[str, JSON], body: dict[str, JSON]
) -> bool:
    """Send a field before and after a small change to an assistant of its own.

    Returns whether it takes the value at all, after one that is quite another.
    """
    if same(before[field], body[field]):
        return True
    takes = False
    other = {**session.context.plain, "response_format": {"type": "json_object"}}
    for old, new in (({field: before[field]}, {field: body[field]}), (before, body)):
        # A change that is not small is the control: what is lost with it as well is told elsewhere.
        played, control = _one_after_the_other(session, "minimal", field, {name: other[name] for name in new}, new)
        if not control.accepted:
            continue
        lost = _lost(control, field)
        if lost is not None:
            shown = state_of(next(one for role, one in played if role == "act"))
            if same(shown.get(field), before[field]) and _is_kept_anew(session, field, body[field]):
                # What another assistant was sent is shown.
                label = f"{field}: {brief(before[field])} to one assistant, {brief(body[field])} to another"
                break_(session, roundtrip.SMALL, label, lost.expected, lost.actual, played, lost.place)
                return True
            continue
        takes = True
        states: tuple[InitialState, ...] = (
            initial_state,
            "minimal",
        )  # what one holds may already be what hardly differs
        for state in states:
            played, verdict = _one_after_the_other(session, state, field, old, new)
            breach = _lost(verdict, field)
            if breach is not None:
                label = f"{field}: {brief(before[field])}, then {brief(body[field])}"
                break_(session, roundtrip.SMALL, label, breach.expected, breach.actual, played, breach.place)
                return True
    return takes


def _is_kept_anew(session: Session, field: str, value: JSON) -> bool:
    """Return whether a text is kept once it begins as none before: it is not altered for what it is."""
    if not isinstance(value, str):
        return False
    begin = len(value) - len(value.lstrip()) + 1  # behind the first letter: what the text begins with stays
    anew: dict[str, JSON] = {field: f"{value[:begin]}{session.target.requests_sent}{value[begin:]}"}
    verdict = _one_after_the_other(session, "minimal", field, {field: session.context.plain[field]}, anew)[1]
    return verdict.accepted and _lost(verdict, field) is None


def _one_after_the_other(
    session: Session, initial_state: InitialState, field: str, old: dict[str, JSON], new: dict[str, JSON]
) -> tuple[list[Played], Verdict]:
    """Send two bodies to an assistant of its own; return what was sent, and what the second one showed.

    Where the first does not bring its value of the field about, the second shows nothing.
    """
    scratch: Scratch = session.scratch(initial_state)
    first = session.perform(scratch, encode(old))
    second = session.perform(scratch, encode(new))
    session.drop(scratch)
    seen = second.observation
    played: list[Played] = [("setup", made) for made in scratch.setup[:-1]]
    played += [("setup", first.observation.exchange), ("act", seen.exchange)]
    played += [("observe", seen.after)] if seen.after is not None else []
    began = first.verdict.accepted and _lost(first.verdict, field) is None
    return played, second.verdict if began else Verdict(())


def _lost(verdict: Verdict, field: str) -> Breach | None:
    """Return a breach that says that an assistant does not hold what was sent for a field."""
    return next((one for one in verdict.breaches if one.field == field and one.aspect in _HOLDS), None)


@requirement(roundtrip.SMALL, role="server")
def test_texts_that_hardly_differ(session: Session) -> None:
    """Modify texts and free JSON by as little as can be: each modify takes effect."""
    _go_through(session, "structured", _of_texts())


@requirement(roundtrip.SMALL, role="server")
def test_orders_that_hardly_differ(session: Session) -> None:
    """Modify the order of lists: each modify takes effect."""
    _go_through(session, "populated", _of_orders(session.contract.known))
