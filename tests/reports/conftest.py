"""Whole reports for the tests of this package: a realistic one, and a strategy of hostile ones."""

from __future__ import annotations

import json

import pytest
from hypothesis import strategies as st

from reports.model import (
    Body,
    Finding,
    OutcomeKind,
    RecordedRequest,
    RecordedResponse,
    Report,
    Row,
    Step,
    Target,
    Verdict,
)
from reports.verdict import verdict

HOSTILE = (
    "<script>alert(1)</script>",
    "</pre></details><img src=x onerror=alert(1)>",
    "\" onmouseover='alert(1)' x=\"",
    "]]><x/>&amp;&lt;&#0;",
    "[bold red]markup[/bold red] [link=http://evil.example]x[/link]",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07 \x9b2J",
    "nul \x00 bell \x07 backspace \x08 return \r line\u2028para\u2029",
    "right \u202e to left \u2066 \u200b\ufeff \ufffe \U000e0041",
    "half \ud800 pair \udfff",
    "```\n# heading\n````\n| a | b |\n@everyone https://evil.example `x` **b** __i__",
    "{{ 7*7 }}{% raw %}",
    "a" * 5000,
    "😀é" * 900,
    "",
    "   ",
)

BEARER = ("Authorization", "Bearer ***")
JSON_TYPE = ("Content-Type", "application/json")
BASE = "http://127.0.0.1:8123/v1"


def body(data: bytes) -> Body:
    return Body(data, len(data))


def modified(text: bytes, answer: bytes, status: int = 200) -> tuple[Step, ...]:
    """A created assistant, a modify of it, and a retrieve."""
    made = b'{"id":"asst_7Qx","object":"assistant","created_at":1741000000,"model":"gpt-4o","name":null}'
    headers = (JSON_TYPE, ("OpenAI-Beta", "assistants=v2"), BEARER)
    url = f"{BASE}/assistants/asst_7Qx"
    return (
        Step(
            "setup",
            "create",
            RecordedRequest("POST", f"{BASE}/assistants", headers, body(b'{"model":"gpt-4o"}')),
            RecordedResponse(200, (JSON_TYPE,), body(made), 1.7),
            outcome="returned",
        ),
        Step(
            "act",
            "modify",
            RecordedRequest("POST", url, headers, body(text)),
            RecordedResponse(status, (JSON_TYPE, ("Server", "mock/1.2")), body(answer), 2.4),
            outcome="returned" if status == 200 else f"raised ({status})",
        ),
        Step(
            "observe",
            "retrieve",
            RecordedRequest("GET", url, headers[1:]),
            RecordedResponse(200, (JSON_TYPE,), body(answer), 0.9),
            outcome="returned",
        ),
    )


def assistant(**changes: object) -> bytes:
    value = {
        "id": "asst_7Qx",
        "object": "assistant",
        "created_at": 1741000000,
        "name": None,
        "description": None,
        "model": "gpt-4o",
        "instructions": None,
        "tools": [{"type": "file_search", "file_search": {"max_num_results": 20}}],
        "metadata": {"team": "blue"},
        "top_p": 1.0,
        "temperature": 1.0,
        "response_format": "auto",
    }
    return json.dumps(value | changes).encode()


DOCUMENT = "Assistants API reference, edition 2025-03"


def sample() -> Report:
    """A dozen requirements, two findings with hostile text in them, and something of each outcome."""
    long_name = json.dumps({"name": "a" * 257, "metadata": {"note": "<b>bold</b> \u202e"}}).encode()
    steps = modified(long_name, assistant(name="a" * 257, description="<script>alert('x')</script>"))
    lost = modified(
        b'{"temperature":0,"metadata":{}}',
        assistant(temperature=1.0, instructions="x" * 256_000, name="\x1b[2J\u202egnihton"),
    )
    rows = (
        Row(
            "validation.name.max_length",
            "MUST",
            "schema",
            "A name of more than 256 characters is refused.",
            f"{DOCUMENT}, name: maxLength 256",
            OutcomeKind.FAIL,
            cases=24,
            finding=Finding(
                summary="a name of 257 characters was accepted",
                expected="a refusal: a status from 400 to 499, and the assistant as it was before",
                actual="status 200, and the answer says: <script>alert('x')</script> [red]\x1b[31m",
                case="name of 257 characters, plain",
                place="name",
                steps=steps,
                curl=(
                    "BASE=http://127.0.0.1:8123/v1\n"
                    "ID=$(curl -sS -X POST \"$BASE/assistants\" --data-raw '{}' | jq -r .id)\n"
                    'curl -sS -i -X POST "$BASE/assistants/$ID" --data-raw \'{"name":"<b>"}\''
                ),
                seen=9,
            ),
        ),
        Row(
            "validation.description.max_length",
            "MUST",
            "schema",
            "A description of more than 512 characters is refused.",
            f"{DOCUMENT}, description: maxLength 512",
            OutcomeKind.PASS,
            cases=24,
        ),
        Row(
            "validation.temperature.maximum",
            "MUST",
            "schema",
            "A temperature above 2 is refused.",
            f"{DOCUMENT}, temperature: maximum 2",
            OutcomeKind.PASS,
            cases=18,
        ),
        Row(
            "validation.tools.function.name.pattern",
            "MUST",
            "prose",
            "A function's name holds letters, digits, underscores and dashes only.",
            f"{DOCUMENT}, tools: function.name",
            OutcomeKind.FLAKY,
            cases=12,
            reason="the same bytes were refused once and accepted once",
        ),
        Row(
            "roundtrip.temperature.zero",
            "MUST",
            "prose",
            "A temperature of 0 is stored as 0.",
            f"{DOCUMENT}, temperature",
            OutcomeKind.FAIL,
            cases=40,
            finding=Finding(
                summary="temperature 0 was sent, 1.0 came back",
                expected='temperature: 0\nmetadata: {"team": "blue"} or {}',
                actual="temperature: 1.0",
                case="zero",
                place="temperature",
                steps=lost,
                curl="BASE=http://127.0.0.1:8123/v1",
                seen=40,
            ),
        ),
        Row(
            "roundtrip.frame",
            "MUST",
            "prose",
            "What was not sent is as it was before.",
            f"{DOCUMENT}, modify assistant",
            OutcomeKind.PASS,
            cases=611,
        ),
        Row(
            "roundtrip.metadata.merge",
            "INFO",
            "observed",
            "Whether metadata is merged or replaced.",
            "seen in the wild: both",
            OutcomeKind.PASS,
            cases=8,
            observed="replaced whole",
        ),
        Row(
            "shape.error.envelope",
            "SHOULD",
            "schema",
            "A refusal carries the error envelope.",
            f"{DOCUMENT}, error",
            OutcomeKind.FAIL,
            cases=130,
            finding=Finding(
                summary="the body of a refusal is no JSON",
                expected="an object with the member error",
                actual="<html><body><h1>400 Bad Request</h1></body></html>",
                steps=modified(b'{"top_p":2}', b"<html><body><h1>400 Bad Request</h1></body></html>", 400),
                seen=130,
            ),
        ),
        Row(
            "shape.assistant",
            "MUST",
            "schema",
            "An answer is an assistant of the published schema.",
            f"{DOCUMENT}, assistant object",
            OutcomeKind.PASS,
            cases=611,
        ),
        Row(
            "transport.key.missing",
            "SHOULD",
            "prose",
            "A request without a key is answered 401.",
            f"{DOCUMENT}, authentication",
            OutcomeKind.NOT_APPLICABLE,
            reason="the target asks for no key",
        ),
        Row(
            "transport.body.10_mib",
            "SHOULD",
            "prose",
            "A body of 10 MiB is answered.",
            f"{DOCUMENT}, modify assistant",
            OutcomeKind.UNTESTED,
            reason="the budget of 2,000 requests ended",
        ),
        Row(
            "validation.reasoning_effort.enum",
            "MUST",
            "schema",
            "A reasoning effort that is not listed is refused.",
            f"{DOCUMENT}, reasoning_effort",
            OutcomeKind.WAIVED,
            cases=6,
            reason="known and accepted until 2026-12: https://example.com/issues/12",
        ),
    )
    return Report(
        suite_version="0.1.0",
        edition="2025-03",
        edition_sha256="5f" * 32,
        target=Target("http", BASE, "mock-assistants", "1.2.0", {"server": "mock/1.2"}),
        settings={"effort": "standard", "seed": 0, "fail_on": "must", "only": [], "skip": [], "timeout": 10.0},
        command="conformance run http://127.0.0.1:8123/v1 --effort standard --seed 0",
        started="2026-11-23T22:41:07Z",
        duration=21.37,
        requests=8412,
        rows=rows,
        verdict=verdict(rows),
        notes=("families left out by --skip: concurrency.*",),
    )


texts = st.sampled_from(HOSTILE) | st.text(st.characters(codec=None), max_size=30)
scalars = texts | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
ids = st.lists(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), min_size=1, max_size=4).map(".".join)


def data() -> st.SearchStrategy[bytes]:
    """Bytes of a body: none, JSON, nonsense, long."""
    encoded = texts.map(lambda text: text.encode("utf-8", "surrogatepass"))
    as_json = values.map(lambda value: json.dumps(value).encode())
    long = st.builds(lambda unit, times: unit * times, st.binary(min_size=1, max_size=5), st.integers(1, 4000))
    return st.just(b"") | as_json | encoded | st.binary(max_size=60) | long


def bodies() -> st.SearchStrategy[Body]:
    return st.builds(lambda kept, more: Body(kept, len(kept) + more), data(), st.just(0) | st.integers(0, 10**8))


def steps() -> st.SearchStrategy[Step]:
    headers = st.lists(st.tuples(texts, texts), max_size=3).map(tuple)
    whole_ms = st.integers(0, 10**6).map(float)
    return st.builds(
        Step,
        role=st.sampled_from(("setup", "act", "observe")),
        operation=st.sampled_from(("create", "modify", "retrieve")) | texts,
        request=st.none()
        | st.builds(RecordedRequest, st.sampled_from(("POST", "GET")) | texts, texts, headers, bodies()),
        response=st.none() | st.builds(RecordedResponse, st.integers(100, 599), headers, bodies(), whole_ms),
        asked=st.none() | values,
        outcome=texts,
        client=st.none() | st.tuples(texts, texts),
    )


def finding() -> st.SearchStrategy[Finding]:
    return st.builds(
        Finding,
        summary=texts,
        expected=texts,
        actual=texts,
        case=texts,
        place=texts,
        steps=st.lists(steps(), max_size=3).map(tuple),
        curl=texts,
        seen=st.integers(0, 1000),
    )


def row(outcome: OutcomeKind) -> st.SearchStrategy[Row]:
    return st.builds(
        Row,
        id=ids,
        level=st.sampled_from(("MUST", "SHOULD", "INFO")),
        provenance=st.sampled_from(("schema", "prose", "observed")),
        sentence=texts,
        source=texts,
        outcome=st.just(outcome),
        cases=st.integers(0, 10**6),
        reason=texts,
        observed=texts,
        finding=finding() if outcome is OutcomeKind.FAIL else st.none() | finding(),
    )


@st.composite
def whole(draw: st.DrawFn) -> Report:
    rows = tuple(
        draw(
            st.lists(
                st.sampled_from(OutcomeKind).flatmap(row),
                max_size=5,
                unique_by=lambda row: row.id,
            )
        )
    )
    said = texts | st.none() | st.booleans() | st.integers() | st.lists(texts, max_size=2)
    settings = draw(st.dictionaries(texts, said, max_size=2)) | {"fail_on": draw(st.sampled_from(("must", "should")))}
    interrupted = draw(st.booleans())
    return Report(
        suite_version="0.1.0",
        edition="2025-03",
        edition_sha256="0" * 64,
        target=Target(
            draw(texts), draw(texts), draw(texts), draw(texts), draw(st.dictionaries(texts, texts, max_size=2))
        ),
        settings=settings,
        command=draw(texts),
        started="2026-11-23T22:41:07Z",
        duration=float(draw(st.integers(0, 10**5))),
        requests=draw(st.integers(0, 10**7)),
        rows=rows,
        verdict=draw(st.sampled_from(Verdict)),
        interrupted=interrupted,
        notes=tuple(draw(st.lists(texts, max_size=2))),
    )


@pytest.fixture(scope="session")
def hostile_reports() -> st.SearchStrategy[Report]:
    """Reports with hostile text in every place that a target or a user can reach."""
    return whole()


@pytest.fixture
def sample_report() -> Report:
    """A realistic report with findings, hostile text, and rows of most outcomes."""
    return sample()


@pytest.fixture(scope="session")
def hostile_texts() -> tuple[str, ...]:
    """What a hostile target or command line may say."""
    return HOSTILE
