"""What is asked of an SDK only, put to one of a few lines whose ways a test can choose."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest

from conformance.campaign.context import Context
from conformance.campaign.evidence import Evidence
from conformance.campaign.scripted import PLAIN, as_response, attribute_answer, called
from conformance.campaign.session import Session
from conformance.catalogue import catalogue, sdk
from conformance.exchange import Raised
from conformance.fitting import scenarios_of
from conformance.judging.answers import judge_answer
from conformance.reference import Reference
from conformance.scenario import Scope
from conformance.states import BASE_MODEL, plain
from conformance.suites import test_answers as answers
from conformance.suites import test_answers_broken as broken
from conformance.suites import test_answers_no_assistant as noassistant
from conformance.suites import test_wire_bodies as plan_sdk
from conformance.suites import test_wire_calls as calls
from conformance.suites import test_wire_headers as headers
from conformance.suites import test_wire_parallel as atonce
from conformance.suites import test_wire_retries as retries
from conformance.suites.leftovers import leftovers
from conformance.suites.plan import plan
from conformance.targets.sdk import API_KEY, SdkTarget
from reports.model import OutcomeKind
from strategies.contract import Contract, answer_violations
from strategies.editions import edition
from strategies.permissions import KnownIds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTRACT = Contract(edition(), KnownIds(models=frozenset({BASE_MODEL})))
SCOPE = Scope(CONTRACT, BASE_MODEL, "quick", 0)


class ToyError(Exception):
    status: int | None = None
    error: Any = None


@dataclass
class Toy:
    """An SDK and its adapter in one."""

    base_url: str
    api_key: str
    segment: Callable[[str], str] = lambda assistant_id: quote(assistant_id, safe="").replace(".", "%2E") or "_"
    again: Callable[[bytes], bytes] | None = None
    retriable: Callable[[int], bool] = lambda status: status >= 500
    more: int = 1
    is_brittle: bool = False
    is_unusable: bool = False
    read: Callable[[httpx.Response], Any] = lambda response: response.json()
    fail: Callable[[Exception], Any] | None = None
    name: str = "toy"
    version: str = "1"
    language: str = "python"
    settings: dict[str, str] = field(default_factory=dict)
    cannot: frozenset[str] = frozenset()
    parallel: bool = False

    def __post_init__(self) -> None:
        self.client = httpx.Client(headers={"Authorization": f"Bearer {self.api_key}"})

    def modify(self, assistant_id: str, fields: dict[str, Any]) -> Any:
        body = json.dumps(fields).encode()
        response = self.send("POST", assistant_id, body)
        for _ in range(self.more):
            if self.again is not None and self.retriable(response.status_code):
                response = self.send("POST", assistant_id, self.again(body))
        return self.answer(response)

    def retrieve(self, assistant_id: str) -> Any:
        return self.answer(self.send("GET", assistant_id, b""))

    def send(self, method: str, assistant_id: str, body: bytes) -> httpx.Response:
        url = f"{self.base_url}/assistants/{self.segment(assistant_id)}"
        if self.is_unusable:
            raise ToyError("the client is closed")
        try:
            return self.client.request(method, url, content=body, headers={"Content-Type": "application/json"})
        except httpx.TransportError as error:
            self.is_unusable = self.is_brittle
            if self.fail is not None:
                return httpx.Response(200, json=self.fail(error))
            raise ToyError("no connection") from error

    def answer(self, response: httpx.Response) -> Any:
        if response.is_success:
            try:
                return self.read(response)
            except ValueError as error:
                raise ToyError("no JSON") from error
        raised = ToyError(response.text)
        raised.status = response.status_code
        try:
            raised.error = response.json()["error"]
        except (ValueError, KeyError, TypeError):
            raised.error = None
        raise raised

    def describe_error(self, exception: Exception) -> Raised | None:
        if not isinstance(exception, ToyError):
            return None
        error = exception.error if isinstance(exception.error, dict) else None
        return Raised(str(exception), exception.status, error, "ToyError")

    def close(self) -> None:
        self.client.close()


SessionOf = "Callable[..., Session]"


@pytest.fixture
def session_of() -> Iterator[Callable[..., Session]]:
    made: list[SdkTarget] = []

    def make(**ways: Any) -> Session:
        target = SdkTarget(lambda url, key: Toy(url, key, **ways), Reference(api_key=API_KEY), "sdk:toy")
        made.append(target)
        evidence = Evidence(catalogue(edition()), "sdk")
        evidence.effective = True
        return Session(Context(target, CONTRACT, evidence, BASE_MODEL, plain(CONTRACT, BASE_MODEL)))

    yield make
    for target in made:
        target.close()


def outcome(session: Session, id_: str) -> OutcomeKind:
    return session.evidence.row(id_).outcome


# The plan


def test_only_sdks_are_asked_what_is_about_sdks() -> None:
    every = set(catalogue(edition()))
    of_server = plan(CONTRACT, BASE_MODEL, "quick", 0, "server", every)
    of_sdk = plan(CONTRACT, BASE_MODEL, "quick", 0, "sdk", every)
    families = {group.requirement.split(".")[0] for group in of_server}
    assert not families & set(sdk.FAMILIES)
    assert set(sdk.FAMILIES) <= {group.requirement.split(".")[0] for group in of_sdk}


@pytest.mark.parametrize("id_", [id_ for id_, one in catalogue(edition()).items() if one.family in sdk.FAMILIES])
def test_every_requirement_alone_has_groups_that_serve_it(id_: str) -> None:
    assert plan(CONTRACT, BASE_MODEL, "quick", 0, "sdk", {id_})


def test_cases_about_invalid_bodies_are_invalid_and_their_controls_are_not() -> None:
    (group,) = scenarios_of(plan_sdk.test_invalid_bodies, SCOPE)
    for case in group.cases:
        assert CONTRACT.judge(case.data).violations, case.label
        assert case.control is not None
        assert not CONTRACT.judge(case.control).violations, case.label


def test_the_plain_assistant_is_a_valid_one() -> None:
    assert not answer_violations(edition(), PLAIN)


# Ids


def test_ids_that_are_encoded_pass(session_of: Callable[..., Session]) -> None:
    session = session_of()
    session.carry_out(calls.test_odd_ids)
    row = session.evidence.row(sdk.ID)
    # Without an id this SDK puts another one in its place.
    assert row.outcome is OutcomeKind.FAIL
    assert row.finding is not None
    assert (row.finding.case, row.finding.seen) == ("an id with nothing", 1)


def test_an_id_that_goes_elsewhere_is_found(session_of: Callable[..., Session]) -> None:
    session = session_of(segment=lambda assistant_id: assistant_id)
    session.carry_out(calls.test_odd_ids)
    finding = session.evidence.row(sdk.ID).finding
    assert finding is not None
    assert finding.case == "an id with a slash"
    assert finding.actual.endswith("/v1/assistants/asst_a/b")
    assert finding.steps[0].request is not None


@pytest.mark.parametrize(
    ("segment", "expected", "of_ids"),
    [
        (lambda assistant_id: quote(assistant_id, safe="").replace(".", "%2E"), OutcomeKind.FAIL, OutcomeKind.PASS),
        (quote, OutcomeKind.UNTESTED, OutcomeKind.FAIL),
    ],
)
def test_an_empty_id_that_leaves_is_a_matter_of_its_own(
    session_of: Callable[..., Session], segment: Callable[[str], str], expected: OutcomeKind, of_ids: OutcomeKind
) -> None:
    session = session_of(segment=segment)
    session.carry_out(calls.test_odd_ids)
    assert outcome(session, sdk.ID) is of_ids
    row = session.evidence.row(sdk.EMPTY_ID)
    assert row.outcome is expected
    if row.finding is not None:
        assert row.finding.actual.endswith("/v1/assistants/")


def test_an_empty_id_that_is_refused_is_fine(session_of: Callable[..., Session]) -> None:
    def segment(assistant_id: str) -> str:
        if assistant_id in {"", ".", ".."}:
            raise ToyError("no id")
        return quote(assistant_id, safe="")

    session = session_of(segment=segment)
    session.carry_out(calls.test_odd_ids)
    assert outcome(session, sdk.ID) is OutcomeKind.PASS
    assert outcome(session, sdk.EMPTY_ID) is OutcomeKind.PASS


def test_where_a_plain_id_goes_wrong_nothing_is_said_of_odd_ones(session_of: Callable[..., Session]) -> None:
    session = session_of(segment=lambda assistant_id: f"x{assistant_id}")
    session.carry_out(calls.test_odd_ids)
    assert outcome(session, sdk.ID) is OutcomeKind.UNTESTED


# Retries


def test_without_retries_there_is_nothing_to_judge(session_of: Callable[..., Session]) -> None:
    session = session_of()
    session.carry_out(retries.test_tried_again)
    assert outcome(session, sdk.RETRY_SAME) is OutcomeKind.NOT_APPLICABLE
    assert outcome(session, sdk.NO_RETRY) is OutcomeKind.PASS


@pytest.mark.parametrize(
    ("again", "expected"), [(lambda body: body, OutcomeKind.PASS), (lambda body: b"{}", OutcomeKind.FAIL)]
)
def test_a_retry_sends_the_same(
    session_of: Callable[..., Session], again: Callable[[bytes], bytes], expected: OutcomeKind
) -> None:
    session = session_of(again=again)
    session.carry_out(retries.test_tried_again)
    assert outcome(session, sdk.RETRY_SAME) is expected


def test_a_refusal_is_not_tried_again(session_of: Callable[..., Session]) -> None:
    session = session_of(again=lambda body: body, retriable=lambda status: status >= 400)
    session.carry_out(retries.test_tried_again)
    assert outcome(session, sdk.NO_RETRY) is OutcomeKind.FAIL


@pytest.mark.parametrize(
    ("more", "declared", "expected"),
    [
        pytest.param(2, "2", OutcomeKind.PASS, id="as-declared"),
        pytest.param(9, "a few", OutcomeKind.PASS, id="ten-of-no-number"),
        pytest.param(2, "0", OutcomeKind.FAIL, id="three-where-one-is-declared"),
        pytest.param(12, "12", OutcomeKind.PASS, id="twelve-declared"),
        pytest.param(12, "2", OutcomeKind.FAIL, id="twelve"),
        pytest.param(1000, "2", OutcomeKind.FAIL, id="for-ever"),
    ],
)
def test_a_call_that_always_fails_is_given_up(
    session_of: Callable[..., Session], more: int, declared: str, expected: OutcomeKind
) -> None:
    session = session_of(again=lambda body: body, more=more, settings={"max_retries": declared})
    session.carry_out(retries.test_after_failures)
    assert outcome(session, sdk.RETRY_ENDS) is expected
    assert outcome(session, sdk.CARRIED_OVER) is OutcomeKind.PASS


@pytest.mark.parametrize(("is_brittle", "expected"), [(False, OutcomeKind.PASS), (True, OutcomeKind.FAIL)])
def test_a_client_makes_calls_after_one_that_had_no_answer_in_time(
    session_of: Callable[..., Session], is_brittle: bool, expected: OutcomeKind
) -> None:
    session = session_of(is_brittle=is_brittle)
    session.carry_out(broken.test_too_slow)
    assert outcome(session, sdk.CARRIED_OVER) is expected


def test_calls_of_a_target_that_takes_one_at_a_time_are_not_made_at_once(session_of: Callable[..., Session]) -> None:
    session = session_of()
    session.carry_out(atonce.test_at_once)
    assert outcome(session, sdk.PARALLEL) is OutcomeKind.NOT_APPLICABLE


def test_calls_at_once_where_the_adapter_allows_it(session_of: Callable[..., Session]) -> None:
    session = session_of(parallel=True)
    session.carry_out(atonce.test_at_once)
    assert outcome(session, sdk.PARALLEL) is OutcomeKind.PASS


def test_calls_that_are_mixed(session_of: Callable[..., Session]) -> None:
    last: list[str] = []

    def segment(assistant_id: str) -> str:
        last.append(assistant_id)
        time.sleep(0.002)
        return last[-1]

    session = session_of(parallel=True, segment=segment)
    session.carry_out(atonce.test_at_once)
    row = session.evidence.row(sdk.PARALLEL)
    assert row.outcome is OutcomeKind.FAIL
    assert row.finding is not None
    assert "asst_atOnce" in row.finding.actual


# Answers


def reads(change: Callable[[dict[str, Any]], Any]) -> Callable[[httpx.Response], Any]:
    return lambda response: change(response.json())


@pytest.mark.parametrize(
    ("change", "requirement"),
    [
        (lambda one: {**one, "metadata": {}}, sdk.WHOLE),
        (lambda one: {**one, "top_p": one["top_p"]}, sdk.MINIMAL),
        (lambda one: {**one, "metadata": dict(one["metadata"].items())}, sdk.NULLABLE),
        (lambda one: {**one, "tools": one["tools"] or None}, sdk.EMPTIES),
        (lambda one: {**one, "tools": [t for t in one["tools"] if t.get("function", {}).get("parameters") != {}]},
         sdk.UNION),
        (lambda one: {**one, "name": one["name"] and one["name"].strip()}, sdk.TEXTS),
    ],
)  # fmt: skip
def test_a_badly_read_assistant_is_laid_to_one_requirement(
    session_of: Callable[..., Session], change: Callable[[dict[str, Any]], Any], requirement: str
) -> None:
    session = session_of(read=reads(change))
    session.carry_out(answers.test_listed)
    failed = {id_ for id_ in catalogue(edition()) if outcome(session, id_) is OutcomeKind.FAIL}
    assert failed == {requirement}


def test_a_sound_reader_passes_everything(session_of: Callable[..., Session]) -> None:
    session = session_of()
    session.carry_out(answers.test_listed)
    session.carry_out(answers.test_future)
    session.carry_out(answers.test_refusals)
    for test in (broken.test_broken_off, broken.test_too_slow, broken.test_long_waits):
        for one in scenarios_of(test, SCOPE):
            assert one.test is not None
            session.carry_out(one.test)
    failed = {row.id: row.finding for row in session.evidence.rows() if row.outcome is OutcomeKind.FAIL}
    assert failed == {}
    for id_ in (sdk.WHOLE, sdk.RETRIEVED, sdk.FUTURE_TOOL, sdk.FUTURE_KEPT, sdk.ERROR_ODD, sdk.BROKEN, sdk.KEY_HIDDEN):
        assert outcome(session, id_) is OutcomeKind.PASS


@pytest.mark.parametrize(
    ("kept", "default", "expected"),
    [(True, {}, OutcomeKind.FAIL), (False, {}, OutcomeKind.PASS), (False, {"temperature": 3 / 8}, OutcomeKind.PASS)],
)
def test_what_an_answer_lacks_may_have_a_default_but_not_the_value_of_an_earlier_one(
    session_of: Callable[..., Session], kept: bool, default: dict[str, Any], expected: OutcomeKind
) -> None:
    before: dict[str, Any] = {}

    def read(response: httpx.Response) -> Any:
        known = {**default, **before, **response.json()}
        before.update(known if kept else {})
        return known

    session = session_of(read=read)
    session.carry_out(leftovers)
    assert outcome(session, sdk.LEFT_OVER) is expected


def test_a_content_type_may_have_parameters(session_of: Callable[..., Session]) -> None:
    def read(response: httpx.Response) -> Any:
        if ";" in response.headers["content-type"]:
            raise ToyError("no JSON")
        return response.json()

    session = session_of(read=read)
    session.carry_out(headers.test_content_types)
    failed = {row.id for row in session.evidence.rows() if row.outcome is OutcomeKind.FAIL}
    assert failed == {sdk.MEDIA_TYPE}


def test_unknown_fields_that_are_lost_break_nothing_but_are_told(session_of: Callable[..., Session]) -> None:
    known = set(edition().assistant["properties"])
    session = session_of(read=reads(lambda one: {key: value for key, value in one.items() if key in known}))
    session.carry_out(answers.test_future)
    assert outcome(session, sdk.FUTURE_FIELD) is OutcomeKind.PASS
    assert outcome(session, sdk.FUTURE_KEPT) is OutcomeKind.FAIL


def test_nonsense_that_is_given_to_the_caller_is_found(session_of: Callable[..., Session]) -> None:
    session = session_of()
    session.carry_out(noassistant.test_no_assistants)
    finding = session.evidence.row(sdk.NO_ASSISTANT).finding
    assert finding is not None
    assert (finding.case, finding.actual) == ("200 with a list", "returned []")


def test_a_broken_connection_that_is_hidden_is_found(session_of: Callable[..., Session]) -> None:
    session = session_of(fail=lambda error: {})
    for test in (broken.test_broken_off, broken.test_too_slow, broken.test_long_waits):
        for one in scenarios_of(test, SCOPE):
            assert one.test is not None
            session.carry_out(one.test)
    assert outcome(session, sdk.BROKEN) is OutcomeKind.FAIL
    assert outcome(session, sdk.BROKEN_OWN) is OutcomeKind.UNTESTED


def test_laying_tries_each_field_where_an_error_tells_none(session_of: Callable[..., Session]) -> None:
    def closed(one: dict[str, Any]) -> dict[str, Any]:
        if one["model"] == "o1" and one["name"] is None:
            raise ValueError("o1")
        return one

    session = session_of(read=reads(closed))
    came = {**PLAIN, "model": "o1", "name": None}
    exchange = called(session, lambda request: as_response(came))
    (breach,), _ = judge_answer(exchange)
    # It takes both, and no single field is the cause.
    assert attribute_answer(session, came, breach) == sdk.WHOLE


def test_a_finding_about_what_stands_behind_the_sdk_is_not_written() -> None:
    evidence = Evidence(catalogue(edition()), "sdk")
    evidence.effective = True
    session_finding = replace(_finding(), summary="name is not stored")
    evidence.break_("roundtrip.name.stored", session_finding)
    evidence.note_flaky("roundtrip.name.stored", "now and then")
    assert evidence.row("roundtrip.name.stored").outcome is OutcomeKind.UNTESTED
    evidence.note_cannot("roundtrip.name.null", "no null")
    assert evidence.row("roundtrip.name.null").outcome is OutcomeKind.CANNOT_EXPRESS
    evidence.break_(sdk.NULL, session_finding)
    assert evidence.row(sdk.NULL).outcome is OutcomeKind.FAIL


def _finding() -> Any:
    from reports.model import Finding

    return Finding("s", "e", "a")


@pytest.mark.parametrize(
    ("at_once", "quiet", "expected"),
    [
        (60.0, 60.0, OutcomeKind.NOT_APPLICABLE),
        (-1.0, 60.0, OutcomeKind.PASS),
        (-1.0, 0.0, OutcomeKind.FAIL),
    ],
    ids=["simulated", "in time", "let go by the server"],
)
def test_who_waits_till_the_server_ends_the_connection_has_no_time_out(
    session_of: Callable[..., Session],
    monkeypatch: pytest.MonkeyPatch,
    at_once: float,
    quiet: float,
    expected: OutcomeKind,
) -> None:
    monkeypatch.setattr(broken, "AT_ONCE", at_once)
    monkeypatch.setattr(broken, "QUIET", quiet)
    session = session_of()
    session.carry_out(broken.test_too_slow)
    assert outcome(session, sdk.BROKEN) is OutcomeKind.PASS
    assert outcome(session, sdk.TIME_OUT) is expected


@pytest.mark.parametrize(
    ("cannot", "expected"),
    [(frozenset(), OutcomeKind.FAIL), (frozenset({"integer.beyond_2_53"}), OutcomeKind.CANNOT_EXPRESS)],
)
def test_a_language_without_large_integers(
    session_of: Callable[..., Session], cannot: frozenset[str], expected: OutcomeKind
) -> None:
    def as_doubles(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: as_doubles(item) for key, item in value.items()}
        if isinstance(value, list):
            return list(map(as_doubles, value))
        return float(value) if type(value) is int else value

    session = session_of(cannot=cannot, read=lambda response: as_doubles(response.json()))
    session.carry_out(answers.test_listed)
    assert outcome(session, sdk.LARGE) is expected
    assert outcome(session, sdk.WHOLE) is OutcomeKind.PASS
