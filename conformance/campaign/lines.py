"""The exchanges of a finding, sent once more by themselves: shell lines are given where they show it again.

Evidence that is put together from several requests may leave out what it takes: something that was sent to another
assistant, a count of all that was ever sent, a connection, a time. Lines that do not show what they are to show are
worse than none, so such a finding says in words that it has none.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from conformance.campaign.unsteady import passes
from conformance.catalogue import roundtrip, sequences
from conformance.exchange import Exchange, NoAnswer, Request
from conformance.judging.compare import CREATED_AT, differing, of_assistants
from reports.created import Form, altered_ids, created_id, in_url, split
from reports.evidence import SECRET, is_of_the_client
from strategies.fitting import fitted
from strategies.jsonvalues import NotJSONError, decode, encode

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from conformance.campaign.context import Context
    from conformance.targets.protocol import ServerTarget
    from reports.model import Finding, RecordedRequest, RecordedResponse
    from strategies.jsonvalues import JSON

WITHOUT = "; its requests alone do not show it (timing or other requests matter), so there are no commands"
"""Stands behind the label of a finding whose lines were taken away."""
SURE = 3
"""How often what may come and go has to show again."""
_BY_CHANCE = frozenset(
    {
        sequences.CONNECTIONS,
        roundtrip.READS_STORED,
        roundtrip.READS_AT_ONCE,
        roundtrip.METADATA_CONSTANT,
        "roundtrip.metadata.answered",
        "roundtrip.metadata.stored",
    }
)
"""What may depend on which connection it is, or on how many modifies there were before."""
_OF_OTHERS = frozenset({roundtrip.OTHERS, sequences.STILL_THERE, sequences.CONNECTIONS, sequences.TWO_ASSISTANTS})
"""What is about several assistants itself."""
_BY_ITSELF = frozenset({roundtrip.IDENTITY})
"""What may move now and then whatever is sent: one repetition may show it by chance, too."""
_FRAMED = frozenset({"transfer-encoding", "expect"})
"""Headers of requests that are sent over a bare connection."""


def prove_lines(context: Context) -> None:
    """Take the lines from findings, and say so, where their exchanges do not show them again.

    Only those that were put together from more than one case are tried, and those of what may move by itself: any other
    case was repeated by itself already. But where what is sent to one assistant changes another, each finding may be of
    that: one that does not show by itself is no evidence then.
    """
    mixes = context.evidence.is_broken(roundtrip.OTHERS)
    for id_, finding in context.evidence.findings():
        tried = id_ in _BY_ITSELF or any(finding is one for one in context.put_together)
        may_be_of_others = mixes and id_ not in _OF_OTHERS
        if not (tried or may_be_of_others) or not finding.curl or not _has_budget(context):
            continue
        times = SURE if id_ in _BY_CHANCE | _BY_ITSELF else 1
        if any(_Repetition(context, finding).shows(between=number == 1) is False for number in range(times)):
            if may_be_of_others:
                context.evidence.withdraw(id_, roundtrip.OTHERS)
            else:
                context.evidence.replace_finding(id_, replace(finding, case=finding.case + WITHOUT, curl=""))
    if mixes:
        context.evidence.lay_doubts_to(roundtrip.OTHERS)


def _has_budget(context: Context) -> bool:
    return not (context.ended or context.budget.is_spent or context.assistant_id is not None or context.invented)


@dataclass(slots=True)
class _Repetition:
    """One repetition of a finding's exchanges, each over a connection of its own as curl's are."""

    context: Context
    finding: Finding
    _new: dict[str, str] = field(default_factory=dict)
    """By recorded id, as it stands in a URL, the id of the assistant that stands for it."""
    _times: tuple[list[JSON], list[JSON]] = field(default_factory=lambda: ([], []))
    """The times of making that were shown before, and that are shown now."""

    def shows(self, *, between: bool = False) -> bool | None:
        """Return whether every answer is as before; ``None`` where that cannot be told.

        ``between`` sends a modify more before it, for a target that counts them.
        """
        try:
            if between:
                self._send_between()
            return self._shows()
        finally:
            for assistant_id in self._new.values():
                self.context.deleted(assistant_id, self.context.target.delete(assistant_id))

    def _shows(self) -> bool | None:
        for one in self.finding.steps:
            if one.request is None:
                continue
            if one.response is None or one.response.body.cut or not _can_be_sent(one.request):
                return None
            exchange = self._sent(one.request)
            if passes(exchange) or isinstance(exchange.outcome, NoAnswer):
                return None
            if one.operation == "create" and created_id(one):
                made = exchange.value.get("id") if isinstance(exchange.value, dict) else None
                if not isinstance(made, str) or not made:
                    return None
                self._new[in_url(created_id(one))] = made
                self.context.made.add(made)
            if one.role != "setup" and not self._is_alike(one.response, exchange):
                return False
        return True

    def _send_between(self) -> None:
        made = self.context.target.create(encode({"model": self.context.model}))
        assistant_id = made.value.get("id") if isinstance(made.value, dict) else None
        if isinstance(assistant_id, str) and assistant_id:
            self.context.made.add(assistant_id)
            between = fitted(self.context.contract.edition, {"name": "Between", "metadata": {"between": "yes"}})
            self.context.target.modify(assistant_id, encode(between))
            self.context.deleted(assistant_id, self.context.target.delete(assistant_id))

    def _sent(self, request: RecordedRequest) -> Exchange:
        target = cast("ServerTarget", self.context.target)
        connection = getattr(target, "connection", None)
        another: AbstractContextManager[ServerTarget] = connection() if connection is not None else nullcontext(target)
        path = request.url.removeprefix(target.base_url)
        parts = (part if isinstance(part, str) else self._put_in(*part) for part in split(path, self._new))
        names = {name.lower() for name, _ in request.headers}
        headers = [
            (name, value)
            for name, value in request.headers
            if not is_of_the_client(name, value) and not SECRET.search(value)
        ]
        headers += [(name, "") for name in ("authorization", "content-type") if name not in names]  # leave it out
        with another as over:
            return over.send(Request(request.method, "".join(parts), tuple(headers), request.body.data))

    def _put_in(self, recorded: str, form: Form) -> str:
        new = in_url(self._new[recorded])
        return dict(altered_ids(new)).get(form, new)

    def _is_alike(self, was: RecordedResponse, now: Exchange) -> bool:
        response = now.response
        if response is None or response.status != was.status:
            return False
        left, right = _value(was.body.data), _value(response.body)
        if not isinstance(left, dict) or not isinstance(right, dict):
            return type(left) is type(right)
        if "error" in left or "error" in right:
            return ("error" in left) is ("error" in right)
        entries = self._entries(left, right)
        if entries is not None:
            return all(one is None or (two is not None and self._is_same(one, two)) for one, two in entries)
        return self._is_same(left, right)

    def _entries(
        self, left: dict[str, JSON], right: dict[str, JSON]
    ) -> list[tuple[dict[str, JSON] | None, dict[str, JSON] | None]] | None:
        """Return what two lists show of each assistant; ``None`` where an answer is no list."""
        before, now = left.get("data"), right.get("data")
        if not isinstance(before, list) or not isinstance(now, list):
            return None
        shown = [
            {one["id"]: one for one in entries if isinstance(one, dict) and isinstance(one.get("id"), str)}
            for entries in (before, now)
        ]
        return [(shown[0].get(was), shown[1].get(new)) for was, new in self._new.items()]

    def _is_same(self, left: dict[str, JSON], right: dict[str, JSON]) -> bool:
        if self.finding.place == CREATED_AT:
            orders = []
            for shown, value in zip(self._times, (left.get(CREATED_AT), right.get(CREATED_AT)), strict=True):
                if value not in shown:
                    shown.append(value)
                orders.append(shown.index(value))
            if orders[0] != orders[1]:
                return False
        stands_for = self._new.get(in_url(str(left.get("id"))))
        if stands_for is not None and stands_for != right.get("id"):
            return False
        names = of_assistants(self.context.contract.edition)
        return not differing([name for name in names if name not in {"id", CREATED_AT}], left, right)


def _can_be_sent(request: RecordedRequest) -> bool:
    names = {name.lower() for name, _ in request.headers}
    other_secret = any(SECRET.search(value) for name, value in request.headers if name.lower() != "authorization")
    return not (names & _FRAMED or other_secret or request.body.cut or SECRET.search(request.url))


def _value(data: bytes) -> JSON:
    try:
        return decode(data).value
    except NotJSONError:
        return None
