"""What an SDK gave its caller, held against what came over the wire: assistants, refusals, and the key kept secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.catalogue import sdk
from conformance.catalogue.roundtrip import HIDDEN
from conformance.exchange import UNREADABLE, Exchange, NoAnswer, NotRun, Raised, Response, Returned
from conformance.judging.breach import Aspect, Breach
from conformance.judging.brief import brief
from conformance.judging.differences import Difference, Kind, differences
from conformance.judging.invented import invented, replaces_message
from conformance.judging.wire import is_large, state_of_value, token_of
from strategies.jsonvalues import JSON, NotJSONError, decode, same

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

MEMBERS = ("type", "param", "code")
"""Members of the error envelope that an error gives beside its message."""
ERROR_MEMBER = "error."
"""Stands before the name of a member that the SDK's errors do not have, where an adapter declares it."""
LARGE_INTEGER = "integer.beyond_2_53"
"""What adapters declare where a language has no integers beyond 2^53."""
ANSWER_NULL = "answer.null"
"""What adapters declare where an assistant has no null: a member that has no value is not there."""
_UNIONS = ("tools", "response_format", "model")
_FIXED = frozenset({("id",), ("object",), ("created_at",)})
"""What a server says on its own account: neither texts nor numbers of anybody's choice."""
_OBJECT = "object"
_SHOWN_BY_DEFAULT = re.compile(r"\[object [A-Z]\w*\]|<[\w.]+ object at 0x[0-9a-fA-F]+>")
"""How JavaScript and Python show an object that nobody has given a text."""
_NOT_READ: JSON = object()
_OPTIONAL = ("tool_resources", "temperature", "top_p", "response_format")


def judge_answer(
    exchange: Exchange, cannot: Collection[str] = (), came: JSON = _NOT_READ
) -> tuple[list[Breach], set[str]]:
    """Judge what the caller got of the last response; return what is wrong, and which requirements it exercised.

    ``cannot`` is what the adapter has declared, ``came`` what :func:`read` says of the last response, if it was asked.

    A 2xx whose body is no JSON object is left to whoever sent it: there is nothing to hold the result against.
    """
    evidence: set[str] = set()
    breaches = list(_key_told(exchange, evidence))
    response = exchange.response
    if isinstance(exchange.outcome, NoAnswer):
        return [*breaches, _returned(sdk.SETTLES, "a value or an error", exchange.outcome.reason)], evidence
    if response is None or isinstance(exchange.outcome, NotRun):
        return breaches, evidence
    evidence.add(sdk.SETTLES)
    came = read(response) if came is _NOT_READ else came
    if 200 <= response.status < 300:
        if isinstance(came, dict):
            evidence |= {*exercised(came), sdk.NOTHING_INVENTED}
            large = LARGE_INTEGER in cannot
            breaches += [one for one in judge_assistant(came, exchange) if not (large and one.special == sdk.LARGE)]
    else:
        breaches += judge_refusal(response.status, came, exchange, evidence, cannot)
    return breaches, evidence


def read(response: Response) -> JSON:
    """Return the body of a response as JSON, or ``UNREADABLE``."""
    try:
        return decode(response.body).value
    except NotJSONError:
        return UNREADABLE


def _returned(base: str, expected: str, actual: str) -> Breach:
    return Breach(Aspect.RETURNED, base, "", "", expected, actual)


def told(exchange: Exchange) -> str:
    """Say in a few words what the caller got."""
    match exchange.outcome:
        case Raised(message, status, kind=kind, own=own):
            whose = "" if own else ", not an error of the SDK"
            gives = f"status {status}" if status is not None else "without a status"
            return f"raised {kind or 'an error'}{whose}, {gives}: {brief(message)}"
        case Returned(value):
            return f"returned {brief(value)}"
        case NoAnswer(reason) | NotRun(reason):
            return reason


# Assistants


def judge_assistant(came: dict[str, JSON], exchange: Exchange) -> Iterator[Breach]:
    """Hold what the caller got against an assistant: it may hold more, and null may be absent; nothing may be lost."""
    if not isinstance(exchange.outcome, Returned):
        yield _returned(sdk.WHOLE, "the assistant", told(exchange))
        return
    if lacks_object(came, exchange.outcome.value):
        kept = "the caller gets an assistant with object", "the caller gets an assistant without object"
        yield Breach(Aspect.RETURNED, sdk.OBJECT, _OBJECT, _OBJECT, *kept, path=(_OBJECT,))
    for made_up in invented(came, exchange.outcome.value):
        yield Breach(
            Aspect.RETURNED,
            sdk.NOTHING_INVENTED,
            str(made_up.place[0]),
            made_up.dotted,
            f"the caller gets no {made_up.dotted}: the answer has none",
            f"the caller gets {made_up.actual}",
            path=made_up.place,
        )
    for difference in losses(came, exchange.outcome.value):
        unnamed = difference.place[:1] == (HIDDEN,)  # the document has it in requests alone
        yield Breach(
            Aspect.RETURNED,
            sdk.FUTURE_KEPT if unnamed else sdk.WHOLE,
            str(difference.place[0]) if difference.place else "",
            difference.dotted,
            _gets(difference.expected),
            _gets(difference.actual),
            "" if unnamed else _special(difference),
            path=difference.place,
        )


def _gets(what: str) -> str:
    """Say what the caller gets: a value at a place, or an assistant without one."""
    return f"the caller gets {'an assistant ' if what.startswith('without ') else ''}{what}"


def losses(came: JSON, got: JSON) -> list[Difference]:
    """Return where a value lost or altered something on its way to the caller; free JSON is to come as it is."""
    return [
        difference
        for difference in differences(came, got)
        if _is_loss(difference) and not (difference.kind is Kind.DROPPED and difference.place == (_OBJECT,))
    ]


def lacks_object(came: JSON, got: JSON) -> bool:
    """Return whether ``object`` is not there: a type of an SDK's own may say it instead."""
    return isinstance(came, dict) and isinstance(got, dict) and _OBJECT in came and _OBJECT not in got


def _is_loss(difference: Difference) -> bool:
    if difference.free:
        return True
    is_null = difference.kind is Kind.DROPPED and difference.given is None
    return difference.kind is not Kind.INVENTED and not is_null


def _special(difference: Difference) -> str:
    given, got = difference.given, difference.got
    if difference.place[:1] in _FIXED or difference.kind is Kind.INVENTED:
        return ""
    if given is None:
        return sdk.NULLABLE
    if state_of_value(given):
        return sdk.EMPTIES
    if isinstance(given, str) and isinstance(got, str) and difference.kind is Kind.CHANGED:
        return sdk.TEXTS
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (given, got))
    if not numbers:
        return ""
    return sdk.LARGE if is_large(given) else sdk.NUMERICAL


def exercised(came: Mapping[str, JSON]) -> set[str]:
    """Return the requirements that an assistant gives occasion for when it reaches the caller."""
    found = {sdk.WHOLE, sdk.OBJECT} if _OBJECT in came else {sdk.WHOLE}
    if any(field not in came for field in _OPTIONAL):
        found.add(sdk.MINIMAL)
    if came.get("tools") or came.get("response_format"):
        found.add(sdk.UNION)
    stack: list[JSON] = [came]
    while stack:
        value = stack.pop()
        kind = type(value)
        if kind is str:  # nearly all that there is
            found.add(sdk.TEXTS if value else sdk.EMPTIES)
        elif value is None:
            found.add(sdk.NULLABLE)
        elif kind is dict or kind is list:
            stack.extend(value.values() if kind is dict else value)
            if not value:
                found.add(sdk.EMPTIES)
        else:
            if kind is float:
                found.add(sdk.NUMERICAL)
            elif is_large(value):
                found.add(sdk.LARGE)
            if state_of_value(value):
                found.add(sdk.EMPTIES)
    return found


def requirement_of_form(field: str, came: Mapping[str, JSON]) -> str:
    """Return the requirement about the form that a field of an assistant has."""
    if field not in came:
        return sdk.MINIMAL
    value = came[field]
    if value is None:
        return sdk.NULLABLE
    if state_of_value(value):
        return sdk.EMPTIES
    if field in _UNIONS or field == "tool_resources":
        return sdk.UNION
    if field in {"temperature", "top_p"}:
        return sdk.NUMERICAL
    return sdk.TEXTS if field in {"name", "description", "instructions", "metadata"} else sdk.WHOLE


# Refusals


def judge_refusal(
    status: int, came: JSON, exchange: Exchange, evidence: set[str], cannot: Collection[str] = ()
) -> Iterator[Breach]:
    """Judge what a refusal became: an error of the SDK with the status, and what its envelope says."""
    envelope = came.get("error") if isinstance(came, dict) else None
    evidence.add(sdk.ERRORS)
    outcome = exchange.outcome
    if not isinstance(outcome, Raised) or not outcome.own:
        yield _returned(sdk.ERRORS, f"an error of the SDK, for status {status}", told(exchange))
        return
    evidence |= {sdk.ERROR_STATUS, sdk.ERROR_READABLE}
    if outcome.status != status:
        yield _returned(sdk.ERROR_STATUS, f"status {status}", told(exchange))
    if (shown := _SHOWN_BY_DEFAULT.search(outcome.message)) is not None and shown[0] not in _said(exchange):
        yield _returned(sdk.ERROR_READABLE, "a readable message", brief(outcome.message))
    if isinstance(envelope, dict):
        yield from _judge_envelope(envelope, status, outcome, evidence, cannot)
    elif isinstance(envelope, str) and envelope and _is_plain(envelope):
        evidence.add(sdk.ERROR_TEXT)
        if envelope not in f"{outcome.message} {outcome.error}":
            yield _returned(sdk.ERROR_TEXT, f"the text {brief(envelope)}", brief(outcome.message))


def _said(exchange: Exchange) -> str:
    return "" if exchange.response is None else exchange.response.body.decode("utf-8", "replace")


def _judge_envelope(
    envelope: dict[str, JSON], status: int, outcome: Raised, evidence: set[str], cannot: Collection[str]
) -> Iterator[Breach]:
    given = outcome.error if isinstance(outcome.error, dict) else {}
    message = envelope.get("message")
    evidence.add(sdk.ERROR_TRUE)
    if isinstance(message, str) and message and _is_plain(message):
        evidence.add(sdk.ERROR_MESSAGE)
        # An error is shown as text: what stands around the message is the SDK's own business.
        if message not in outcome.message and given.get("message") != message:
            yield _returned(sdk.ERROR_MESSAGE, brief(message), brief(outcome.message))
            others = tuple(envelope.get(key) for key in MEMBERS)
            if replaces_message(outcome.message, message, status, outcome.kind, others):
                yield _returned(sdk.ERROR_TRUE, f"the message {brief(message)}, or none", brief(outcome.message))
    for id_, keys in ((sdk.ERROR_TYPE, MEMBERS[:1]), (sdk.ERROR_MEMBERS, MEMBERS[1:])):
        asked = [key for key in keys if f"{ERROR_MEMBER}{key}" not in cannot]
        if asked:
            evidence.add(id_)
        lost = [key for key in asked if not _is_told(envelope.get(key), given.get(key))]
        if lost:
            yield _returned(id_, _members(lost, envelope), _members(lost, given))
    wrong = [key for key in MEMBERS if _is_made_up(envelope.get(key), given.get(key), status)]
    if wrong:
        yield _returned(sdk.ERROR_TRUE, f"{_members(wrong, envelope)}, or nothing", _members(wrong, given))


def _members(keys: list[str], held: Mapping[str, JSON]) -> str:
    return ", ".join(f"{key} {brief(held.get(key))}" for key in keys)


def _is_made_up(came: JSON, given: JSON, status: int) -> bool:
    """Return whether an error gives something for a member that the server did not say there; the status it did say."""
    return given not in (None, "", [], {}) and not _is_told(came, given) and str(given) != str(status)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and not set(text) & set("\"\\'")


def _is_told(came: JSON, given: JSON) -> bool:
    """Return whether a member is as it came; nothing and an empty text say the same, and a number may be text.

    What the envelope never holds, a list or an object, need not find a place in an error.
    """
    if isinstance(came, list | dict):
        return True
    if came in (None, ""):
        return given in (None, "") and given is not False
    return same(came, given) or (isinstance(came, int) and given == str(came))


def _key_told(exchange: Exchange, evidence: set[str]) -> Iterator[Breach]:
    outcome = exchange.outcome
    key = token_of(exchange.requests[-1]) if exchange.requests else ""
    if not key or not isinstance(outcome, Raised):
        return
    evidence.add(sdk.KEY_HIDDEN)
    most = key[: -(len(key) // 4)]  # what is left of one that is masked by its last few characters
    if most in outcome.message or most in str(outcome.error):
        masked = outcome.message.replace(key, "***the key***").replace(most, "***most of the key***")
        yield _returned(sdk.KEY_HIDDEN, "an error without the key", f"the error says: {brief(masked)}")
