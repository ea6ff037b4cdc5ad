"""Modifies at once: on one assistant, on two, with a reader watching, with refused bodies among them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.catalogue import roundtrip, sequences, validation
from conformance.errors import ConformanceError, RunEndedError
from conformance.judging.breach import Aspect
from conformance.judging.showing import state_of
from conformance.scenario import requirement
from conformance.suites.evidence import Played, break_
from conformance.suites.test_roundtrip_repeated import LAG
from strategies.jsonvalues import JSON, encode, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.campaign.scratch import Scratch
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange

WRITERS = 4
ROUNDS = 4
ROUNDS_APART = 2
"""How many of them are of writers with a field each: what one writes back of another's is seen in these only."""
ROUNDS_BESIDE = 3
"""Rounds of calls that are not all about one assistant's fields."""
READS = 2
MORE_READS = 10
"""How many times at most a reader reads while others write."""
PAUSE = 0.0005
"""Seconds between two reads."""
_LATE = (
    roundtrip.AGREES,
    roundtrip.READS_STORED,
    roundtrip.READS_AT_ONCE,
    "roundtrip.name.stored",
    validation.REFUSAL_CHANGES_NOTHING,
)
"""What explains that a GET does not show a modify."""
_AT_ONCE = "two assistants modified at once"
_FIELDS = ("name", "description", "instructions", "tools", "temperature")


_WITH_ONE = frozenset({sequences.READER, sequences.OWN_ANSWER})


def _body(session: Session, mark: str, number: int) -> dict[str, JSON]:
    """Return a body without what the model may reject: sampling values are not for all that may take an effort."""
    body = _full_body(mark, number)
    if session.contract.edition.takes_effort(session.context.model) is not False:
        del body["temperature"]
    return session.fitted(body)


def _full_body(mark: str, number: int) -> dict[str, JSON]:
    tool = {"type": "function", "function": {"name": f"f_{mark}"}}
    ends = "x" * number  # none is as long as another
    text: dict[str, JSON] = {name: f"{name} {mark}{ends}" for name in ("name", "description", "instructions")}
    return {**text, "tools": [tool], "temperature": (2 * number + 1) / 16}


def _sound_fields(session: Session) -> tuple[str, ...]:
    """Return the fields that a modify all alone gets right: only with these can anything be shown here."""
    scratch = session.scratch("minimal")
    body = _body(session, "alone", 1)
    performed = session.perform(scratch, encode(body))
    session.drop(scratch)
    broken = {breach.field for breach in performed.verdict.breaches}
    return tuple(name for name in body if name not in broken) if performed.verdict.accepted else ()


def _shown(state: dict[str, JSON], fields: tuple[str, ...]) -> dict[str, JSON]:
    """Return fields that the writers send, tools by their names: defaults may be filled in."""
    shown = {name: state.get(name) for name in fields}
    if "tools" not in fields:
        return shown
    tools = state.get("tools")
    if isinstance(tools, list):
        functions = [tool.get("function") for tool in tools if isinstance(tool, dict)]
        shown["tools"] = [function.get("name") for function in functions if isinstance(function, dict)]
    return shown


@dataclass
class _Together:
    """Calls made at once, each in a thread of its own."""

    exchanges: list[Exchange] = field(default_factory=list)
    writing: int = 0
    """Modifies that have not been answered yet."""
    _failed: ConformanceError | RunEndedError | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, calls: list[Callable[[], Exchange]]) -> None:
        self.writing = len(calls)
        barrier = threading.Barrier(len(calls))

        def call(action: Callable[[], Exchange]) -> None:
            try:
                barrier.wait(10)
                exchange = action()
            except (ConformanceError, RunEndedError) as error:
                self._failed = error  # raised again by those who wait
                return
            finally:
                with self._lock:
                    self.writing -= 1
            with self._lock:
                self.exchanges.append(exchange)

        threads = [threading.Thread(target=call, args=(action,), daemon=True) for action in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._failed is not None:
            raise self._failed


def _modify(session: Session, scratch: Scratch, body: dict[str, JSON]) -> Callable[[], Exchange]:
    data = encode(body)
    return lambda: session.context.watch(session.target.modify(scratch.assistant_id, data))


def _reading(session: Session, scratch: Scratch, together: _Together, reads: list[Exchange]) -> Callable[[], Exchange]:
    """Read a few times, then on for as long as somebody writes: the reader itself is the last one left."""

    def read() -> Exchange:
        while len(reads) < READS or (together.writing > 1 and len(reads) < MORE_READS):
            reads.append(session.context.watch(session.target.retrieve(scratch.assistant_id)))
            time.sleep(PAUSE)
        return reads[-1]

    return read


def _alone(session: Session, id_: str) -> bool:
    if session.target.parallel:
        return False
    session.evidence.note_inapplicable(id_, "this target cannot be called from several threads at once")
    return True


@requirement(sequences.ONE_ASSISTANT, *_WITH_ONE, role="server")
def test_one_assistant(session: Session) -> None:
    """Several writers, each with a body that sets the same fields, and a reader among them."""
    alone = [_alone(session, id_) for id_ in (sequences.ONE_ASSISTANT, *sorted(_WITH_ONE))]
    if any(alone):
        return
    fields = _sound_fields(session)
    for turn in range(ROUNDS_APART if fields else 0):
        _each_a_field(session, fields[::-1] if turn % 2 else fields)
    for number in range(ROUNDS - ROUNDS_APART if fields else 0):
        scratch = session.scratch("minimal")
        marks = [f"{number}_{writer}" for writer in range(WRITERS)]
        bodies = [_body(session, mark, writer) for writer, mark in enumerate(marks)]
        reads: list[Exchange] = []
        together = _Together()
        reader = _reading(session, scratch, together, reads)
        together.run([*(_modify(session, scratch, body) for body in bodies), reader])
        after = session.context.watch(session.target.retrieve(scratch.assistant_id))
        session.drop(scratch)
        whole = [_shown(scratch.state, fields), *(_shown(body, fields) for body in bodies)]
        if scratch.unread or not any(one.accepted and one.operation == "modify" for one in together.exchanges):
            continue
        _judge(session, sequences.ONE_ASSISTANT, scratch, whole[1:], after, "four modifies at once")
        for one in together.exchanges:
            sent = one.request.body if one.operation == "modify" and one.request is not None else b""
            own = [
                _shown(body, fields) for body in bodies if sent.endswith(encode(body)[1:])
            ]  # a model may stand before it
            if own and one.accepted and state_of(one):  # one that shows nothing is told elsewhere
                _judge(session, sequences.OWN_ANSWER, scratch, own, one, "the answer to one of four modifies at once")
        for read in reads:
            _judge(session, sequences.READER, scratch, whole, read, "a GET during four modifies")


def _each_a_field(session: Session, fields: tuple[str, ...]) -> None:
    """Several writers, each with another field: whatever their order, all that was accepted is there in the end."""
    body = {name: value for name, value in _body(session, "apart", 1).items() if name in fields[:WRITERS]}
    sent = _shown(body, tuple(body))
    scratch = session.scratch("minimal")
    together = _Together()
    together.run([_modify(session, scratch, {name: value}) for name, value in body.items()])
    after = session.context.watch(session.target.retrieve(scratch.assistant_id))
    session.drop(scratch)
    if not all(exchange.accepted for exchange in together.exchanges):
        return
    if same(_shown(state_of(after), tuple(body)), sent) or _holds_in_turn(session, body, sent):
        _judge(session, sequences.ONE_ASSISTANT, scratch, [sent], after, "modifies of a field each at once")


def _holds_in_turn(session: Session, body: dict[str, JSON], sent: dict[str, JSON]) -> bool:
    """Return whether the same modifies, one after the other and the other way round, are all there in the end."""
    for names in (list(body), list(body)[::-1]):
        scratch = session.scratch("minimal")
        for name in names:
            _modify(session, scratch, {name: body[name]})()
        after = session.context.watch(session.target.retrieve(scratch.assistant_id))
        session.drop(scratch)
        if not same(_shown(state_of(after), tuple(body)), sent):
            return False
    return True


def _judge(
    session: Session, id_: str, scratch: Scratch, allowed: list[dict[str, JSON]], read: Exchange, label: str
) -> None:
    steps: list[Played] = [*(("setup", exchange) for exchange in scratch.setup[:-1]), ("act", read)]
    if read.status == HTTPStatus.NOT_FOUND:
        break_(session, id_, label, "the assistant", f"status {read.status}", steps, conclusive=True)
    if not read.accepted:
        return
    shown = _shown(state_of(read), tuple(allowed[0]))
    if any(same(shown, one) for one in allowed):
        session.evidence.accept([id_])
        return
    expected = "all fields from one body: " + " or ".join(str(next(iter(one.values()))) for one in allowed)
    break_(session, id_, label, expected, str(shown)[:300], steps, conclusive=True)


def _shows_any(exchange: Exchange, values: dict[str, JSON]) -> bool:
    """Return whether an answer shows a value that was sent to another assistant; what else is wrong is alone."""
    shown = _shown(state_of(exchange), tuple(values))
    return any(same(shown[name], value) for name, value in values.items())


@requirement(sequences.TWO_ASSISTANTS, role="server")
def test_two_assistants(session: Session) -> None:
    """Two assistants, modified at once: each has what it was sent."""
    if session.context.assistant_id is not None:
        session.evidence.note_inapplicable(sequences.TWO_ASSISTANTS, "with --assistant-id there is one assistant only")
        return
    if _alone(session, sequences.TWO_ASSISTANTS):
        return
    fields = _sound_fields(session)
    failures: list[list[Played]] = []
    for number in range(ROUNDS_BESIDE if fields else 0):
        pair = [session.scratch("minimal"), session.scratch("minimal")]
        bodies = [_body(session, f"{number}_left", 1), _body(session, f"{number}_right", 2)]
        together = _Together()
        together.run([_modify(session, scratch, body) for scratch, body in zip(pair, bodies, strict=True)])
        broken = [one for one in together.exchanges if one.status == HTTPStatus.INTERNAL_SERVER_ERROR]
        if broken and all(session.is_accepted(encode(body)) for body in bodies):
            failures.append([*(("setup", one.setup[0]) for one in pair), ("act", broken[0])])
        if not all(exchange.accepted for exchange in together.exchanges):
            session.drop(*pair)
            continue
        for scratch, body, other in zip(pair, bodies, bodies[::-1], strict=True):
            asked = f"/assistants/{quote(scratch.assistant_id, safe='')}"
            mixed = [
                one
                for one in together.exchanges
                if one.request is not None and one.request.path == asked and _shows_any(one, _shown(other, fields))
            ]
            after = session.context.watch(session.target.retrieve(scratch.assistant_id))
            for read in (*mixed, after):
                _judge(session, sequences.TWO_ASSISTANTS, scratch, [_shown(body, fields)], read, _AT_ONCE)
        session.drop(*pair)
    if len(failures) > 1:  # once may be anything
        told = f"status 500 in {len(failures)} of {ROUNDS_BESIDE} rounds; one by one they are accepted"
        break_(session, sequences.TWO_ASSISTANTS, _AT_ONCE, "both accepted", told, failures[-1], conclusive=True)


def _judge_late(session: Session, scratch: Scratch, good: dict[str, JSON], together: _Together, last: Exchange) -> None:
    """Judge the GET after the one modify of several that was accepted; a cache may have been filled meanwhile."""
    name = good["name"]
    answers = (one for one in together.exchanges if one.accepted and one.operation == "modify")
    taken = [one for one in answers if state_of(one).get("name") == name]
    if not taken or not last.accepted or state_of(last).get("name") == name:
        return
    if any(map(session.evidence.is_broken, _LATE)):
        return
    time.sleep(LAG)
    again = session.context.watch(session.target.retrieve(scratch.assistant_id))
    stays = again.accepted and state_of(again).get("name") != name
    read = again if stays else last
    actual = f"name: {state_of(read).get('name')}" + (f", {LAG:g} s later" if stays else "")
    steps: list[Played] = [("setup", scratch.setup[0]), ("setup", taken[0]), ("act", read)]
    id_ = roundtrip.READS_STORED if stays else roundtrip.READS_AT_ONCE
    break_(session, id_, "a GET after a modify beside others", f"name: {name}", actual, steps, "name", conclusive=True)


@requirement(sequences.REFUSED, role="server")
def test_refused(session: Session) -> None:
    """Refused bodies among accepted ones, with a reader: nothing of them is ever seen."""
    if _alone(session, sequences.REFUSED):
        return
    first = session.scratch("minimal")
    alone = session.perform(first, encode({**_body(session, "alone_bad", 1), "temperature": 9}))
    session.drop(first)
    if not alone.verdict.refused or any(breach.aspect is Aspect.CHANGED for breach in alone.verdict.breaches):
        return  # what is wrong without any other call is no matter of calls at once
    for number in range(ROUNDS_BESIDE):
        scratch = session.scratch("minimal")
        good = _body(session, f"{number}_good", 1)
        bad: dict[str, JSON] = {**_body(session, f"{number}_bad", 1), "temperature": 9}
        reads: list[Exchange] = []
        together = _Together()
        reader = _reading(session, scratch, together, reads)
        calls = [_modify(session, scratch, bad), _modify(session, scratch, good), reader]
        together.run([*calls, _modify(session, scratch, bad)])
        if not any(exchange.accepted and exchange.operation == "modify" for exchange in together.exchanges):
            continue
        last = session.context.watch(session.target.retrieve(scratch.assistant_id))
        _judge_late(session, scratch, good, together, last)
        session.drop(scratch)
        for read in (*reads, last):
            if not read.accepted:
                continue
            shown = _shown(state_of(read), _FIELDS)
            if "_bad" in str(shown) or shown["temperature"] == 9:
                steps: list[Played] = [*(("setup", exchange) for exchange in scratch.setup[:-1]), ("act", read)]
                told, label = "nothing of the rejected body", "a GET beside rejected modifies"
                label = "a GET after rejected modifies" if read is last else label
                break_(session, sequences.REFUSED, label, told, str(shown)[:300], steps, conclusive=True)
            else:
                session.evidence.accept([sequences.REFUSED])
