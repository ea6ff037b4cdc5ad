"""Before a run: is there anything to judge? One clear line if not, instead of two hundred findings.

Unusable is a target that cannot be reached, does not let us in, or does not serve the operation at all. One that
serves it wrongly, however wrongly, is judged. An assistant that the suite did not make is never modified, unless it
was named by the user; and then only with what it holds already.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from conformance.errors import TargetUnusableError
from conformance.exchange import UNREADABLE, Exchange, NoAnswer, NotRun, Raised
from conformance.targets.network import REFUSED, TIMED_OUT, TLS, UNRESOLVED
from strategies.fitting import fitted
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from conformance.target import Target
    from strategies.contract import Contract
    from strategies.jsonvalues import JSON

Source = Literal["made", "given", "invented"]

INVENTED = "asst_conformanceProbe000000001"
"""An id in the usual form that no server has given out."""

_PASSING = {500, 502, 503, 504}
_AGAIN = 4
"""How often an assistant is tried to be made where a gateway, or what stands behind it, failed for the moment."""
_KEY_REFUSED = {401, 403}
_UNSERVED = {404, 405, 501}

_REMEDIES = (
    (REFUSED, "start the server, or check the port"),
    (UNRESOLVED, "check the host name"),
    (
        TLS,
        "check the certificate, name the file of its authority with --ca-bundle, or leave it unchecked with --insecure",
    ),
    (TIMED_OUT, "check that it answers, or allow more with --timeout"),
)


@dataclass(frozen=True, slots=True)
class Probe:
    """What is known of a target before it is judged."""

    latency: float
    """Seconds that a modify took, or a create where that was faster: one alone may have waited for the machine."""
    base_model: str
    """A model that its assistants can have."""
    notes: tuple[str, ...] = ()
    """For the report: what limits the run."""
    source: Source = "made"
    """Where assistants come from: ``made`` by the suite, the one ``given`` by the user, or ``invented`` ids."""


@dataclass(slots=True)
class _Prober:
    target: Target
    contract: Contract
    model: str | None
    key_option: str
    by_command: bool = False
    """Whether a command has given the key."""

    @property
    def name(self) -> str:
        """What the user calls the target: an application in process has a port that is no place to look at."""
        return self.target.describe().spec

    def made(self) -> tuple[str | None, str, Exchange]:
        """Try to make an assistant: return its id, its model, and the exchange that tells."""
        known = sorted(self.contract.known.models)
        model = self.model or known[0]
        exchange = self._create(model)
        if self.model is None and _id_of(exchange) is None and _status(exchange) in {400, 404, 422}:
            # Perhaps it does not know this model. Those of assistants that are there already it knows.
            for other in _models_of(self.target.list()):
                if other != model:
                    again = self._create(other)
                    if _id_of(again) is not None:
                        return _id_of(again), other, again
        return _id_of(exchange), model, exchange

    def _create(self, model: str) -> Exchange:
        body = encode(fitted(self.contract.edition, {"model": model, "name": "conformance probe"}))
        exchange = self.target.create(body)
        for _ in range(_AGAIN if exchange.status in _PASSING else 0):
            exchange = self.target.create(body)
            if exchange.status not in _PASSING:
                break
        self.answered(exchange)
        return exchange

    def answered(self, exchange: Exchange) -> None:
        """Raise unless something came back."""
        if isinstance(exchange.outcome, NoAnswer):
            reason = exchange.outcome.reason
            remedy = next((text for start, text in _REMEDIES if reason.startswith(start)), "check that it serves HTTP")
            raise TargetUnusableError(f"{self.name} does not answer: {reason}", remedy)

    def key_refused(self, exchange: Exchange) -> TargetUnusableError:
        """Return the error for a target that does not let us in."""
        request = exchange.request
        told = f"{self.name} rejects the key ({_status(exchange)})"
        if request is None or request.authorization is None:
            told = f"{self.name} asks for a key ({_status(exchange)}), and none was given"
        remedy = "run the command of --token-command by hand: it is to print the key, and nothing else"
        if not self.by_command:
            remedy = f"set {self.key_option}, name another variable with --api-key-env, or a file with --api-key-file"
        return TargetUnusableError(told, remedy)

    def unserved(self, exchange: Exchange) -> TargetUnusableError:
        """Return the error for a target without the operation."""
        return TargetUnusableError(
            f"{self.name} does not serve the operation: POST /assistants/{{assistant_id}} answers {_status(exchange)}",
            "check the base URL, /v1 included",
        )


def probe(
    target: Target,
    contract: Contract,
    *,
    model: str | None = None,
    assistant_id: str | None = None,
    api_key_env: str = "OPENAI_API_KEY",
    by_command: bool = False,
    made: set[str] | None = None,
) -> Probe:
    """Find out whether a target can be judged, and how.

    ``model`` and ``assistant_id`` are the user's, if given; ``api_key_env`` is the variable that holds the key,
    for messages, where no command gave it (``by_command``). What the probe makes it deletes; ``made`` has the ids of
    assistants as long as they stand. Raises :class:`~conformance.errors.TargetUnusableError` with one line that says
    why not, and what to do.
    """
    prober = _Prober(target, contract, model, api_key_env, by_command)
    if assistant_id is not None:
        return _probe_given(prober, assistant_id)
    standing: set[str] = set() if made is None else made
    id_, base_model, created = prober.made()
    if id_ is None:
        return _probe_invented(prober, base_model, created)
    standing.add(id_)
    deleted: Exchange | None = None
    try:
        modified = _modified(prober, id_, {"name": "conformance probe, modified"})
        # The server behind an SDK serves the operation: what it is not asked for is the SDK's doing.
        if target.role == "server" and _status(modified) in _UNSERVED and not _speaks_of(modified, id_):
            raise prober.unserved(modified)
    finally:
        deleted = target.delete(id_)
        if deleted.accepted or target.role == "sdk" or _status(deleted) in {404, 410}:
            standing.discard(id_)
    notes = []
    if not deleted.accepted:
        notes.append(f"assistants made here cannot be deleted: DELETE gives {_told(deleted)}")
    if isinstance(modified.outcome, NoAnswer):
        notes.append(f"the first modify was not answered: {modified.outcome.reason}")
    return Probe(min(created.elapsed, modified.elapsed), base_model, tuple(notes))


def _probe_given(prober: _Prober, assistant_id: str) -> Probe:
    found = prober.target.retrieve(assistant_id)
    prober.answered(found)
    stored = found.value if found.accepted and isinstance(found.value, dict) else {}
    body = {"name": stored["name"]} if "name" in stored else {}
    modified = _modified(prober, assistant_id, body)
    status = _status(modified)
    if status in _KEY_REFUSED:
        raise prober.key_refused(modified)
    if status in _UNSERVED:
        if _status(found) == 404 or _speaks_of(modified, assistant_id):
            raise TargetUnusableError(
                f"{prober.name} has no assistant {assistant_id} ({status})", "check --assistant-id"
            )
        raise prober.unserved(modified)
    held = stored.get("model")
    model = held if isinstance(held, str) and held else prober.model or min(prober.contract.known.models)
    note = f"every case used the assistant {assistant_id}; whatever needs two assistants could not be tried"
    return Probe(modified.elapsed, prober.model or model, (note,), "given")


def _probe_invented(prober: _Prober, model: str, created: Exchange) -> Probe:
    modified = _modified(prober, INVENTED, {"name": "conformance probe"})
    status = _status(modified)
    if modified.accepted:
        note = f"no assistant could be made (POST /assistants gives {_told(created)}): ids were invented"
        return Probe(modified.elapsed, model, (note,), "invented")
    if _status(created) in _KEY_REFUSED and status in _KEY_REFUSED:
        raise prober.key_refused(modified)
    if _status(created) in _UNSERVED and status in _UNSERVED:
        raise prober.unserved(modified)
    location = _redirected(modified) or _redirected(created)
    if location:
        raise TargetUnusableError(
            f"{prober.name} redirects to {location}, which is another place than the same path with a slash",
            "give the base URL that it redirects to",
        )
    raise TargetUnusableError(
        f"{prober.name}: no assistant to modify: POST /assistants with model {model} gives "
        f"{_told(created)}, and a modify of an invented id gives {_told(modified)}",
        "name a model that it knows with --model, or an assistant that may be modified with --assistant-id",
    )


def _modified(prober: _Prober, assistant_id: str, body: JSON) -> Exchange:
    """Modify, and raise where it hangs, or where an SDK sends nothing that can be seen."""
    exchange = prober.target.modify(assistant_id, encode(fitted(prober.contract.edition, body)))
    outcome = exchange.outcome
    if isinstance(outcome, NoAnswer) and outcome.timed_out:
        prober.answered(exchange)
    if prober.target.role == "sdk" and not exchange.requests and isinstance(outcome, Raised):
        raise TargetUnusableError(
            f"the SDK raised {outcome.kind} before it sent anything: {_line(outcome.message)}",
            'try the adapter by hand; for an SDK that is not on httpx or httpx2 set reached = "wire" on it',
        )
    return exchange


def _status(exchange: Exchange) -> int | None:
    return exchange.response.status if exchange.response is not None else None


def _redirected(exchange: Exchange) -> str:
    """Return where an answer redirects to; empty where it does not."""
    response = exchange.response
    redirects = response is not None and 300 <= response.status < 400
    return _line(response.header("location") or "") if redirects and response is not None else ""


def _told(exchange: Exchange) -> str:
    """Say in a few words what came of an exchange."""
    match exchange.outcome:
        case NoAnswer(reason) | NotRun(reason):
            return reason
        case Raised(message, status):
            return f"{status} ({_line(message)})" if message else str(status)
    packed = exchange.response.packed if exchange.response is not None else ""
    if packed and exchange.value is UNREADABLE:
        return f"{_status(exchange)} and a body labelled {packed}, which cannot be unpacked"
    return f"{_status(exchange)} without an id" if exchange.operation == "create" else str(_status(exchange))


def _line(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= 120 else f"{line[:120]}…"


def _id_of(exchange: Exchange) -> str | None:
    found = exchange.value.get("id") if isinstance(exchange.value, dict) else None
    return found if isinstance(found, str) and found else None


def _models_of(exchange: Exchange) -> list[str]:
    """Return the models of the assistants that a list shows, three of them at most."""
    listed = exchange.value.get("data") if isinstance(exchange.value, dict) else None
    models = [item.get("model") for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    return list(dict.fromkeys(model for model in models if isinstance(model, str)))[:3]


def _speaks_of(exchange: Exchange, assistant_id: str) -> bool:
    """Return whether a refusal comes from the operation: an error body that names the assistant, and not as a path."""
    body = exchange.outcome.error if isinstance(exchange.outcome, Raised) else None
    if not isinstance(body, dict):
        return False
    return re.search(rf"(?<!assistants/){re.escape(assistant_id)}", encode(body).decode("utf-8")) is not None
