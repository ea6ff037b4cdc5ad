"""Findings sent again: still failing where they were found, fixed on a server that obeys, and else an honest reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import TargetUnusableError, UsageError
from conformance.reference import Behaviour, Reference
from conformance.reference.faults import faults
from conformance.replay.answer import Answer
from conformance.replay.replay import replay
from conformance.suites.test_roundtrip_repeated import UNKNOWN_ID
from conformance.targets.embedded import EmbeddedTarget
from reports.model import Body, OutcomeKind
from reports.serialise import from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Request, Response
    from conformance.reference.store import Store
    from conformance.replay.trial import Replayed
    from reports.model import Finding, Report, Step

MAX_LENGTH = "overlooks-name-max-length"


class RefusesAll(Behaviour):
    """Makes assistants, and refuses every modify."""

    def intercept(self, store: Store, request: Request) -> Response | None:
        from conformance.exchange import Response

        if request.method == "POST" and request.path != "/assistants":
            body = b'{"error":{"message":"no name","type":"invalid_request_error","param":null,"code":null}}'
            return Response(400, (("content-type", "application/json"),), body)
        return super().intercept(store, request)


class MakesNone(Behaviour):
    """Answers create with the same assistant, once; then makes none."""

    made = 0

    def intercept(self, store: Store, request: Request) -> Response | None:
        from conformance.exchange import Response

        if request.method == "POST" and request.path == "/assistants":
            self.made += 1
            if self.made > 1:
                return Response(503, (), b"full")
        return super().intercept(store, request)


@pytest.fixture
def found(judge: Callable[..., Report]) -> Callable[[str], Report]:
    """Give a function that runs what catches a fault against it, and reads the report back from its JSON."""

    def report_of(name: str) -> Report:
        fault = faults()[name]
        server = Reference(behaviour=fault.behaviour(), api_key=fault.key)
        target = EmbeddedTarget(server, api_key=fault.key)
        only = (fault.requirement, "validation.name") if "envelope" in fault.requirement else (fault.requirement,)
        report = from_json(to_json(judge(target, only=only)))
        row = next(row for row in report.rows if row.id == fault.requirement)
        assert row.outcome is OutcomeKind.FAIL
        return replace(report, rows=(row,))

    return report_of


@pytest.fixture
def again(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Replayed]:
    """Give a function that replays the finding of a report on a behaviour of the reference."""

    def send(report: Report, behaviour: Behaviour | None = None, key: str | None = None, **given: Any) -> Replayed:
        server = Reference(behaviour=behaviour, api_key=key)
        monkeypatch.setattr(
            "conformance.replay.replay.resolve", lambda spec, options: EmbeddedTarget(server, api_key=key)
        )
        replayed = replay(report, report.rows[0].id, {"target": report.target.spec, **given})
        left = [id_ for id_ in server.store.assistants if not id_.startswith(UNKNOWN_ID)]
        assert left == [], "assistants were left behind"
        return replayed

    return send


@pytest.mark.parametrize(
    ("name", "was", "now"),
    [
        pytest.param(
            MAX_LENGTH,
            "accepted with status 200 (expected: rejected with a 4xx)",
            "rejected with status 400 (expected: rejected with a 4xx)",
            id="invalid-accepted",
        ),
        pytest.param(
            "limit-excluded-name-max-length",
            "rejected with status 400: {",
            "accepted with status 200 (expected: accepted with 200)",
            id="valid-refused",
        ),
        pytest.param(
            "metadata-replaced-and-null-ignored",
            'metadata: it shows {"purpose": ',
            "metadata: answer and GET show {} (expected: the answer shows null)",
            id="answer-lost-it",
        ),
        pytest.param(
            "description-reset-when-omitted",
            'description: a GET shows null (expected: still "',
            'description: answer and GET show "',
            id="omitted",
        ),
        pytest.param(
            "created-at-touched",
            "created_at: the answer shows ",
            "created_at: answer and GET show ",
            id="identity",
        ),
        pytest.param(
            "created-at-left-out-always",
            "without created_at (expected: every required key)",
            "created_at: the answer shows ",
            id="shape",
        ),
        pytest.param(
            "name-answered-as-default-when-omitted",
            'name: it shows "Scratch assistant" (expected: a GET shows null, as the answer)',
            "name: answer and GET show ",
            id="answer-and-get-differ",
        ),
        pytest.param(
            "error-flat",
            '"error" is a required property (expected: the error envelope of the spec)',
            'rejected with status 400: {"error": {"message": ',
            id="envelope",
        ),
        pytest.param(
            "unknown-id-refused-and-made",
            "a GET finds one (expected: no such assistant afterwards)",
            "rejected with status 404; nothing is wrong now (expected: no such assistant afterwards)",
            id="unknown-id",
        ),
        pytest.param(
            "server-error-on-body-of-utf-16",
            "status 500 (expected: reject it with a 4xx",
            "rejected with status 400; nothing is wrong now (expected: reject it with a 4xx",
            id="hostile-body",
        ),
        pytest.param(
            "broken-after-large-body",
            "failed with status 500 (expected: accepted)",
            "answered with status 200; answer and GET show what was sent, and the rest as it was (expected: accepted)",
            id="served-no-more",
        ),
        pytest.param(
            "wrong-key-let-in",
            "accepted with status 200 (expected: status 401)",
            "rejected with status 401; nothing is wrong now (expected: status 401)",
            id="key",
        ),
        pytest.param(
            "metadata-in-turns",
            "the stored pairs ",
            "metadata: a GET shows {",
            id="metadata-semantics",
        ),
    ],
)
def test_it_still_fails_where_it_was_found_and_is_fixed_on_the_reference(
    found: Callable[[str], Report], again: Callable[..., Replayed], name: str, was: str, now: str
) -> None:
    report, fault = found(name), faults()[name]
    still = again(report, fault.behaviour(), fault.key)
    assert still.answer is Answer.STILL_FAILING, still.told
    assert any(step.role == "act" for step in still.steps)
    fixed = again(report, None, fault.key)
    assert fixed.answer is Answer.FIXED, fixed.told
    assert still.line.startswith(f"still failing: {was}")
    assert fixed.line.startswith(f"fixed: {now}")
    assert still.line.endswith(f"(expected: {still.expected})")
    assert fixed.line.endswith(f"(expected: {fixed.expected})")


def test_the_stored_bytes_are_sent_and_not_what_a_seed_would_draw(
    found: Callable[[str], Report], again: Callable[..., Replayed]
) -> None:
    report = found(MAX_LENGTH)

    def odd(step: Step) -> Step:
        if step.role != "act" or step.request is None:
            return step
        data = b'{ "name" : "' + b"z" * 300 + b'" }'
        return replace(step, request=replace(step.request, body=Body(data, len(data))))

    altered = with_finding(report, steps=tuple(map(odd, finding_of(report).steps)))
    sent = next(step for step in again(altered).steps if step.role == "act")
    assert sent.request is not None
    assert sent.request.body.data == b'{ "name" : "' + b"z" * 300 + b'" }'


def finding_of(report: Report) -> Finding:
    assert report.rows[0].finding is not None
    return report.rows[0].finding


def with_finding(report: Report, **members: Any) -> Report:
    return replace(report, rows=(replace(report.rows[0], finding=replace(finding_of(report), **members)),))


def test_refusing_everything_is_no_fix(found: Callable[[str], Report], again: Callable[..., Replayed]) -> None:
    replayed = again(found(MAX_LENGTH), RefusesAll())
    assert replayed.answer is Answer.CANNOT
    assert "obeys no plain modify" in replayed.told


def test_a_precondition_that_does_not_come_about_is_told(
    found: Callable[[str], Report], again: Callable[..., Replayed]
) -> None:
    replayed = again(found(MAX_LENGTH), MakesNone())
    assert replayed.answer is Answer.CANNOT
    assert "no longer makes assistants (create: failed with status 503)" in replayed.told


@pytest.mark.parametrize(
    ("members", "told"),
    [
        pytest.param({"steps": ()}, "holds no request that was judged", id="no-steps"),
        pytest.param({"summary": "something else"}, "does not know what is wrong there", id="unknown-aspect"),
    ],
)
def test_what_cannot_be_sent_again_is_told(
    found: Callable[[str], Report], again: Callable[..., Replayed], members: dict[str, Any], told: str
) -> None:
    replayed = again(with_finding(found(MAX_LENGTH), **members))
    assert (replayed.answer, replayed.steps) == (Answer.CANNOT, ())
    assert told in replayed.told


def test_a_body_that_was_cut_is_not_sent(found: Callable[[str], Report], again: Callable[..., Replayed]) -> None:
    report = found(MAX_LENGTH)
    steps = tuple(
        replace(step, request=step.request and replace(step.request, body=Body(b'{"na', 900)))
        if step.role == "act"
        else step
        for step in finding_of(report).steps
    )
    replayed = again(with_finding(report, steps=steps))
    assert replayed.answer is Answer.CANNOT
    assert "was not kept whole" in replayed.told


def test_what_passed_has_nothing_to_send(judge: Callable[..., Report]) -> None:
    report = judge(Behaviour(), only=("roundtrip.name.stored",))
    replayed = replay(report, "roundtrip.name.stored")
    assert replayed.answer is Answer.CANNOT
    assert "its outcome is pass" in replayed.told


def test_evidence_of_an_sdk_needs_an_sdk(found: Callable[[str], Report], again: Callable[..., Replayed]) -> None:
    report = found(MAX_LENGTH)
    steps = tuple(
        replace(step, asked={"name": "x"}) if step.role == "act" else step for step in finding_of(report).steps
    )
    replayed = again(with_finding(report, steps=steps))
    assert replayed.answer is Answer.CANNOT
    assert "give an SDK as TARGET" in replayed.told


def test_reports_that_this_suite_cannot_judge_by_are_refused(found: Callable[[str], Report]) -> None:
    report = found(MAX_LENGTH)
    with pytest.raises(UsageError, match=r"did you mean 'validation\.name\.max_length'"):
        replay(report, "validation.name.max_lenght")
    with pytest.raises(UsageError, match=r"1999-01"):
        replay(replace(report, edition="1999-01"), report.rows[0].id)
    with pytest.raises(UsageError, match="another text of edition"):
        replay(replace(report, edition_sha256="0" * 64), report.rows[0].id)
    hidden = replace(report, target=replace(report.target, kind="http", spec="http://***@127.0.0.1:1/v1"))
    with pytest.raises(UsageError, match="nothing is sent to a target that only a report names"):
        replay(hidden, report.rows[0].id)
    with pytest.raises(UsageError, match="secrets taken out"):
        replay(hidden, report.rows[0].id, {"target": hidden.target.spec})
    with pytest.raises(TargetUnusableError, match="connection refused"):
        replay(hidden, report.rows[0].id, {"target": "http://127.0.0.1:1/v1"})


def test_settings_that_are_none_are_left_out(found: Callable[[str], Report], again: Callable[..., Replayed]) -> None:
    report = found(MAX_LENGTH)
    odd = {"timeout": "soon", "api_key_env": 7, "beta": "no", "file_ids": "x", "assistant_id": [], "seed": None}
    assert again(replace(report, settings=odd)).answer is Answer.FIXED


def test_another_model_takes_the_place_of_the_recorded_one(
    found: Callable[[str], Report], again: Callable[..., Replayed]
) -> None:
    replayed = again(found(MAX_LENGTH), model="gpt-4o-mini")
    made = next(step for step in replayed.steps if step.operation == "create")
    assert replayed.answer is Answer.FIXED
    assert made.request is not None
    assert b'"gpt-4o-mini"' in made.request.body.data
