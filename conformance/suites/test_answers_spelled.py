"""Answers whose JSON is written otherwise than most servers write it: they say the same, and are read as such."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.campaign.scripted import as_response, called, fitting_answer, is_read
from conformance.catalogue import sdk
from conformance.exchange import Exchange, NotRun, Response
from conformance.judging.answers import judge_answer
from conformance.scenario import requirement
from conformance.suites.evidence import break_
from strategies.jsonvalues import JSON, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.campaign.session import Session
    from conformance.judging.breach import Breach

_TEXT = "Née à 東京 😀/👩‍🚀 <b>\t\"'\\"
_HEADERS = (("Content-Type", "application/json"),)


@requirement(sdk.SPELLING, role="sdk")
def test_spellings(session: Session) -> None:
    """Answer with one assistant, its JSON written in each way."""
    if not is_read(session, sdk.SPELLING):
        return
    assistant = fitting_answer(session, name=_TEXT)
    if _wrong_with(called(session, lambda request: as_response(assistant))):
        return  # what is lost in the usual spelling is told elsewhere
    for label, body in spellings(assistant).items():
        response = Response(200, _HEADERS, body)
        exchange = called(session, lambda request, response=response: response)  # type: ignore[misc]
        if isinstance(exchange.outcome, NotRun) or not exchange.responses:
            continue
        wrong = _wrong_with(exchange)
        if wrong:
            break_(
                session, sdk.SPELLING, label, wrong[0].expected, wrong[0].actual, [("act", exchange)], wrong[0].place
            )
        else:
            session.evidence.accept([sdk.SPELLING])


def _wrong_with(exchange: Exchange) -> list[Breach]:
    """Return what is wrong with what the caller got, beside what types of SDKs have none of."""
    return [breach for breach in judge_answer(exchange)[0] if breach.base not in sdk.UNTYPED]


def spellings(assistant: Mapping[str, JSON]) -> dict[str, bytes]:
    """Return one assistant in JSON texts that are equal, by what is special about each."""
    text = encode(dict(assistant)).decode()
    spread = json.dumps(assistant, indent=2, ensure_ascii=False)
    return {
        "a line for each value": spread.encode(),
        "lines that end in CR LF, in tabs": json.dumps(assistant, indent="\t", ensure_ascii=False)
        .replace("\n", "\r\n")
        .encode(),
        "white space around it": f" \r\n\t{text}\r\n \n".encode(),
        "white space before colons and commas": json.dumps(
            assistant, separators=(" , ", " : "), ensure_ascii=False
        ).encode(),
        "escapes beyond ASCII": json.dumps(assistant).encode(),
        "escapes in capitals, of slashes and letters": _escaped(assistant).encode(),
        "keys the other way round": encode(_turned(dict(assistant))),
    }


def _escaped(value: JSON) -> str:
    """Write a value with every character of its texts as an escape, and a slash as one of two characters."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_escaped(key)}:{_escaped(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_escaped, value)) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    units = value.encode("utf-16-be", "surrogatepass")
    pairs = (units[index : index + 2] for index in range(0, len(units), 2))
    return '"' + "".join("\\/" if pair == b"\0/" else f"\\u{pair.hex().upper()}" for pair in pairs) + '"'


def _turned(value: JSON) -> JSON:
    if isinstance(value, dict):
        return {key: _turned(item) for key, item in reversed(value.items())}
    return [_turned(item) for item in value] if isinstance(value, list) else value
