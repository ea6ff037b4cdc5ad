"""Keys: one that is nearly right opens nothing, and what one key made is nobody else's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from conformance.campaign.record import told
from conformance.catalogue import transport
from conformance.exchange import Request
from conformance.scenario import requirement
from conformance.suites.evidence import Played, break_
from conformance.suites.serving import server_of
from conformance.targets.nearkeys import near_keys
from reports.evidence import MASK, OTHER_MASK
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange, Manner, Operation
    from strategies.jsonvalues import JSON

_JSON = ("content-type", "application/json")
_WRONG = "Bearer sk-conformance-wrong-key"
_UNGIVEN = "no second key was given: --other-api-key-env names the environment variable that holds one"
_ONE_ONLY = "with --assistant-id there is one assistant only"


class _Key(NamedTuple):
    """One of two keys."""

    sent: str
    shown: str
    """What stands for it in a report."""


_METHODS: dict[Operation, str] = {
    "create": "POST",
    "modify": "POST",
    "retrieve": "GET",
    "list": "GET",
    "delete": "DELETE",
}


@requirement(transport.NEAR_KEY, role="server")
def test_nearly_right(session: Session) -> None:
    """Send modifies with keys that are nearly right; a target that takes a wrong one as well gives no occasion."""
    key, scratch = session.context.key, session.scratch("minimal")
    plainly = session.context.watch(session.target.modify(scratch.assistant_id, session.naming("with the key")))
    sent = plainly.request.authorization if plainly.request else None
    if not key or plainly.request is None or not plainly.accepted or not (sent or "").startswith("Bearer "):
        return
    if _modified(session, scratch.assistant_id, _WRONG).status not in {401, 403}:
        return  # which key it is makes no difference here, or nobody knows what does
    for label, value in near_keys(key, plainly.request.manner.key_scheme).items():
        exchange = _modified(session, scratch.assistant_id, value)
        if exchange.accepted:
            steps: list[Played] = [("setup", scratch.setup[0]), ("act", exchange)]
            break_(session, transport.NEAR_KEY, label, "rejected with a 4xx", told(exchange), steps)
        elif 400 <= (exchange.status or 0) < 500:
            session.evidence.refuse(transport.NEAR_KEY)


@requirement(*transport.OTHER_KEY.values(), role="server")
def test_another_key(session: Session) -> None:
    """Read, list, modify and delete with one key what another has made, and the other way round."""
    context = session.context
    ids = transport.OTHER_KEY.values()
    inapplicable = _UNGIVEN if not context.other_key else _ONE_ONLY if context.assistant_id is not None else ""
    if inapplicable:
        for id_ in ids:
            session.evidence.note_inapplicable(id_, inapplicable)
        return
    keys = [_Key(f"Bearer {context.key}", MASK), _Key(f"Bearer {context.other_key}", OTHER_MASK)]
    made = [_asked(session, "create", "/assistants", key, {"model": context.model}) for key in keys]
    known = [one.value.get("id") if isinstance(one.value, dict) else None for one in made]
    context.made.update(id_ for id_ in known if isinstance(id_, str))
    permission = "the second key is the first" if context.key == context.other_key else ""
    if not all(isinstance(id_, str) for id_ in known):
        refused = next(one for one, id_ in zip(made, known, strict=True) if not isinstance(id_, str))
        permission = permission or f"no assistant can be made with both keys: {told(refused)}"
    for id_ in ids if permission else ():
        session.evidence.note_without_evidence(id_, permission)
    if not permission:
        _try(session, made[0], str(known[0]), keys[0], keys[1])
        _try(session, made[1], str(known[1]), keys[1], keys[0])
    for assistant_id, key in zip(known, keys, strict=True):
        if isinstance(assistant_id, str):
            context.deleted(assistant_id, _asked(session, "delete", _path(assistant_id), key))


def _try(session: Session, made: Exchange, assistant_id: str, owner: _Key, other: _Key) -> None:
    """Do everything with the other key; what came of it is seen with the owner's."""
    path = _path(assistant_id)
    named = session.fitted({"name": "by another key"})
    whats: tuple[tuple[Operation, str, JSON], ...] = (
        ("retrieve", path, None),
        ("list", "/assistants?limit=100", None),
        ("modify", path, named),
        ("delete", path, None),
    )
    for what, asked, body in whats:
        exchange = _asked(session, what, asked, other, body)
        after = _asked(session, "retrieve", path, owner)
        wrong = _wrong(what, exchange, after, assistant_id, named["name"])
        if wrong:
            steps: list[Played] = [("setup", made), ("act", exchange), ("observe", after)]
            expected = f"nothing of what another key made is {_DONE[what]}"
            break_(session, transport.OTHER_KEY[what], "the key of another", expected, wrong, steps)
        elif exchange.status is not None and exchange.status < 500:
            session.evidence.refuse(transport.OTHER_KEY[what])


_DONE = {"retrieve": "shown", "list": "listed", "modify": "modified", "delete": "deleted"}


def _wrong(what: str, exchange: Exchange, after: Exchange, assistant_id: str, name: JSON) -> str:
    value = exchange.value if isinstance(exchange.value, dict) else {}
    if what == "list":
        data = value.get("data")
        listed = [item.get("id") for item in data if isinstance(item, dict)] if isinstance(data, list) else []
        return "it is listed" if assistant_id in listed else ""
    if what == "retrieve":
        return "it is shown" if value.get("id") == assistant_id else ""
    if what == "modify":
        stored = isinstance(after.value, dict) and after.value.get("name") == name
        applied = f"{told(exchange)}, and a GET shows what was sent" if stored else ""
        return applied or (told(exchange) if value.get("id") == assistant_id else "")
    return f"{told(exchange)}, and a GET is answered with {after.status}" if after.status in {404, 410} else ""


def _modified(session: Session, assistant_id: str, authorization: str) -> Exchange:
    return _sent(session, "POST", _path(assistant_id), authorization, session.fitted({"name": "with another key"}))


def _path(assistant_id: str) -> str:
    return f"/assistants/{quote(assistant_id, safe='')}"


def _asked(session: Session, operation: Operation, path: str, key: _Key, body: JSON = None) -> Exchange:
    """Send a request with a key, and record which of the two it was."""
    exchange = _sent(session, _METHODS[operation], path, key.sent, body)
    shown = tuple(
        replace(
            request,
            headers=tuple(
                (name, shown_key(request.manner, key.shown) if name == request.manner.key_header else value)
                for name, value in request.headers
            ),
        )
        for request in exchange.requests
    )
    return replace(exchange, operation=operation, requests=shown)


def shown_key(manner: Manner, key: str) -> str:
    """Return the value of the header that a key stands in."""
    return f"{manner.key_scheme} {key}".strip()


def _sent(session: Session, method: str, path: str, authorization: str, body: JSON = None) -> Exchange:
    headers = (("authorization", authorization), *(() if body is None else (_JSON,)))
    request = Request(method, path, headers, b"" if body is None else encode(body))
    return session.context.watch(server_of(session).send(request))
