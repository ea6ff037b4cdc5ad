"""Certificates: written by a whole run, refused when a byte differs, and never more than the report says."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from conformance.reference import Reference
from conformance.reference.faults import faults
from reports.certificate import certificate, certificate_schema, not_run, read, verify
from reports.errors import ReportError
from reports.model import Finding, OutcomeKind, Report, Row, Target
from reports.serialise import to_json
from reports.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conformance.cli.conftest import Ended


def row(id_: str, outcome: OutcomeKind = OutcomeKind.PASS, **more: Any) -> Row:
    reason = "" if outcome in {OutcomeKind.PASS, OutcomeKind.FAIL} else "why"
    finding = Finding("wrong", "a", "b") if outcome is OutcomeKind.FAIL else None
    return Row(id_, more.pop("level", "MUST"), "schema", "A sentence.", "a source", outcome, 2, reason, "", finding)


@cache
def report_of(*outcomes: OutcomeKind, effort: str = "thorough") -> Report:
    rows = tuple(row(f"a.r{number}", outcome) for number, outcome in enumerate(outcomes))
    return Report(
        suite_version="0.1.0",
        edition="2025-03",
        edition_sha256="5f" * 32,
        target=Target("http", "http://127.0.0.1:1/v1", "mock", "1.2"),
        settings={"effort": effort, "seed": 0, "fail_on": "must", "only": [], "skip": []},
        command="conformance certify",
        started="2026-11-24T00:00:00Z",
        duration=1.0,
        requests=10,
        rows=rows,
        verdict=verdict(rows),
    )


def content(report: Report) -> bytes:
    return to_json(report).encode()


PASSED = content(report_of(OutcomeKind.PASS, OutcomeKind.NOT_APPLICABLE))


def test_a_certificate_binds_what_the_report_says() -> None:
    made = certificate(PASSED)
    document = json.loads(made)
    jsonschema.Draft202012Validator(certificate_schema()).validate(document)
    assert document["target"] == {"name": "mock", "version": "1.2", "kind": "http", "spec": "http://127.0.0.1:1/v1"}
    assert (document["verdict"], document["partial"], document["seed"]) == ("conformant", False, 0)
    assert document["report"] == {"sha256": hashlib.sha256(PASSED).hexdigest(), "bytes": len(PASSED)}
    found = verify(made, PASSED)
    assert (found.altered, found.partial, found.waived) == ("", (), 0)
    assert found.verdict == "conformant"


def test_its_digest_is_that_of_the_file_with_zeros_in_its_place() -> None:
    made = certificate(PASSED)
    digest = json.loads(made)["sha256"]
    assert hashlib.sha256(made.replace(digest.encode(), b"0" * 64)).hexdigest() == digest


def test_any_byte_of_a_certificate_matters() -> None:
    made = certificate(PASSED)
    for place in range(len(made)):
        for other in {made[place] ^ 1, ord("0"), ord(" ")} - {made[place]}:
            altered = made[:place] + bytes([other]) + made[place + 1 :]
            try:
                assert verify(altered, PASSED).altered
            except ReportError as refused:
                assert "\n" not in str(refused)  # noqa: PT017 - refused one way or the other
    for altered in (made + b"\n", made[:-1], made.replace(b'"seed": 0', b'"seed": 0.0'), b" " + made):
        assert verify(altered, PASSED).altered


def test_any_byte_of_a_report_matters() -> None:
    made = certificate(PASSED)
    for place in range(0, len(PASSED), 7):
        altered = PASSED[:place] + bytes([PASSED[place] ^ 1]) + PASSED[place + 1 :]
        assert "not the one that was certified" in verify(made, altered).altered
    assert verify(made, PASSED + b"\n").altered


def forged(document: dict[str, Any]) -> bytes:
    """Return a certificate whose own digest is right whatever it says."""
    blank = (json.dumps(document | {"sha256": "0" * 64}, indent=1) + "\n").encode()
    return (json.dumps(document | {"sha256": hashlib.sha256(blank).hexdigest()}, indent=1) + "\n").encode()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"verdict": "non-conformant"}, "verdict differs"),
        ({"counts": {"MUST": {"pass": 9}}}, "counts differs"),
        ({"target": {"name": "other", "version": "1.2", "kind": "http", "spec": "x"}}, "target differs"),
        ({"seed": 1}, "seed differs"),
        ({"edition": {"name": "2025-03", "sha256": "0" * 64}}, "edition differs"),
    ],
)
def test_a_certificate_that_says_more_than_its_report_is_refused(change: dict[str, Any], told: str) -> None:
    document = json.loads(certificate(PASSED))
    assert told in verify(forged(document | change), PASSED).altered


def test_the_verdict_is_made_from_the_rows() -> None:
    good = report_of(OutcomeKind.PASS)
    lying = content(replace(good, rows=(*good.rows, row("a.bad", OutcomeKind.FAIL))))
    assert "its rows say non-conformant" in verify(certificate(lying), lying).altered


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"version": 1}', b"\xff", b"[" * 9000, b"NaN"])
def test_what_is_no_certificate_is_one_line(data: bytes) -> None:
    with pytest.raises(ReportError, match="not a certificate"):
        read(data)


def test_newer_and_odd_certificates_are_refused() -> None:
    document = json.loads(certificate(PASSED))
    with pytest.raises(ReportError, match="use a newer suite"):
        verify(forged(document | {"version": 2}), PASSED)
    with pytest.raises(ReportError, match="not a certificate of version 1: seed"):
        verify(forged(document | {"seed": "x"}), PASSED)
    other = b"no report\n"
    digest = {"sha256": hashlib.sha256(other).hexdigest(), "bytes": len(other)}
    with pytest.raises(ReportError, match="not a report file"):
        verify(forged(document | {"report": digest}), other)
    odd = b"\xff"
    with pytest.raises(ReportError, match="not UTF-8"):
        verify(forged(document | {"report": {"sha256": hashlib.sha256(odd).hexdigest(), "bytes": 1}}), odd)


@pytest.mark.parametrize(
    ("report", "expected", "told"),
    [
        (report_of(OutcomeKind.PASS), (), None),
        (report_of(OutcomeKind.PASS, OutcomeKind.CANNOT_EXPRESS), (), None),
        (report_of(OutcomeKind.PASS, OutcomeKind.UNTESTED), (), "1 requirement untested, such as a.r1"),
        (report_of(OutcomeKind.PASS, OutcomeKind.ERROR), (), "1 requirement in error, such as a.r1"),
        (report_of(OutcomeKind.PASS), ("a.r0", "a.r1", "a.r2"), "2 requirements of the edition not judged at all"),
        (report_of(OutcomeKind.PASS, effort="quick"), (), "the effort was quick, not thorough"),
        (replace(report_of(OutcomeKind.PASS), interrupted=True), (), "the run ended early"),
    ],
)
def test_what_did_not_run_is_told(report: Report, expected: tuple[str, ...], told: str | None) -> None:
    lines = not_run(report, expected)
    assert bool(lines) == (told is not None)
    assert told is None or lines[0].startswith(told)


# From here on the command line, with runs kept small.


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Give a function that makes a certifying run short, and its target the reference or one with a fault."""

    def shorten(fault: str | None) -> None:
        from conformance.suites.plan import plan
        from conformance.targets.embedded import EmbeddedTarget

        reference = Reference() if fault is None else Reference(behaviour=faults()[fault].behaviour())
        monkeypatch.setattr("conformance.run.resolve", lambda spec, options: EmbeddedTarget(reference))
        monkeypatch.setattr(
            "conformance.run.plan",
            lambda contract, model, effort, *rest, **more: plan(contract, model, "quick", *rest, **more),
        )

    return shorten


CERTIFY = ("certify", "reference", "--name", "Mock", "--target-version", "1.2", "-q")


def altered(path: Path) -> None:
    data = path.read_bytes()
    place = data.index(b"Mock")
    path.write_bytes(data[:place] + b"m" + data[place + 1 :])


def test_a_conformant_target_is_certified_and_verified(
    folder: Path, command: Callable[..., Any], quick: Callable[[str | None], None]
) -> None:
    quick(None)
    ended = command(*CERTIFY)
    assert ended.code == 0, ended.out + ended.err
    stored = folder / "conformance-report"
    document = json.loads((stored / "certificate.json").read_text())
    assert document["target"]["name"] == "Mock"
    assert (document["effort"], document["seed"]) == ("thorough", 0)
    assert "certify reference --name Mock --target-version 1.2" in (stored / "report.json").read_text("utf-8")
    checked = command("verify", "conformance-report/certificate.json")
    assert (checked.code, checked.err) == (0, "")
    assert checked.out.endswith("Mock 1.2 at reference, edition 2025-03: conformant\n")
    (stored / "report.json").rename(folder / "elsewhere.json")
    assert command("verify", "conformance-report/certificate.json").code == 2
    words = ("verify", "conformance-report/certificate.json", "--report", "elsewhere.json")
    assert command(*words).code == 0
    altered(folder / "elsewhere.json")
    assert command(*words).code == 1
    (folder / "elsewhere.json").rename(stored / "report.json")
    altered(stored / "report.json")
    refused = command("verify", "conformance-report/certificate.json")
    assert (refused.code, refused.out.startswith("refused: ")) == (1, True)


def test_a_target_that_fails_gets_a_certificate_that_says_so(
    folder: Path, command: Callable[..., Any], quick: Callable[[str | None], None]
) -> None:
    quick("overlooks-name-max-length")
    assert command(*CERTIFY).code == 1
    ended = command("verify", "conformance-report/certificate.json")
    unaltered, verdict = ended.out.splitlines()
    assert (ended.code, verdict) == (1, "Mock 1.2 at reference, edition 2025-03: non-conformant")
    assert unaltered == "unaltered: the report is the one that was certified"


def test_nothing_can_be_left_out_of_it(folder: Path, command: Callable[..., Any]) -> None:
    for option in ("--only", "--skip", "--baseline", "--effort", "--time"):
        assert command(*CERTIFY, option, "x").code == 2
    for words in (CERTIFY[:4], (*CERTIFY[:2], *CERTIFY[4:]), ("certify", *CERTIFY[2:]), (*CERTIFY, "--name", " ")):
        assert command(*words).code == 2
    assert list(folder.iterdir()) == []


def test_the_configuration_leaves_nothing_out_either(
    folder: Path, command: Callable[..., Any], quick: Callable[[str | None], None]
) -> None:
    quick(None)
    (folder / "conformance.toml").write_text('effort = "quick"\nonly = ["validation.name"]\nreport-dir = "out"\n')
    assert command(*CERTIFY).code == 0
    assert json.loads((folder / "out" / "certificate.json").read_text())["counts"]["MUST"]["pass"] > 100


def written(folder: Path, report: Report) -> tuple[str, str]:
    data = content(report)
    (folder / "report.json").write_bytes(data)
    (folder / "certificate.json").write_bytes(certificate(data))
    return "verify", "certificate.json"


@pytest.mark.parametrize(
    ("outcomes", "code", "told"),
    [
        ((OutcomeKind.PASS,), 0, "mock 1.2 at http://127.0.0.1:1/v1, edition other: conformant\n"),
        ((OutcomeKind.PASS, OutcomeKind.WAIVED), 1, "refused: the report waives 1 of its requirements"),
        ((OutcomeKind.PASS, OutcomeKind.UNTESTED), 5, "partial: 1 requirement untested"),
        ((OutcomeKind.PASS, OutcomeKind.FAIL, OutcomeKind.UNTESTED), 1, "partial, non-conformant\n"),
        ((OutcomeKind.PASS, OutcomeKind.FLAKY), 5, "inconclusive\n"),
    ],
)
def test_verify_says_what_the_rows_say(
    folder: Path, command: Callable[..., Any], outcomes: tuple[OutcomeKind, ...], code: int, told: str
) -> None:
    ended = command(*written(folder, replace(report_of(*outcomes), edition="other")))
    assert (ended.code, ended.err) == (code, "")
    assert told in ended.out


def test_an_edition_that_is_another_under_the_same_name_is_refused(folder: Path, command: Callable[..., Any]) -> None:
    ended = command(*written(folder, report_of(OutcomeKind.PASS)))
    assert (ended.code, "its hash differs" in ended.complaint) == (2, True)


def test_a_part_of_the_catalogue_is_partial(folder: Path, command: Callable[..., Any]) -> None:
    import conformance
    from strategies.editions import edition

    part = replace(report_of(OutcomeKind.PASS), edition_sha256=edition().sha256, suite_version=conformance.__version__)
    ended = command(*written(folder, part))
    assert ended.code == 5
    assert "requirements of the edition not judged at all" in ended.out


def test_what_is_no_certificate_is_exit_2(folder: Path, command: Callable[..., Any]) -> None:
    (folder / "report.json").write_bytes(PASSED)
    (folder / "certificate.json").write_text("{}")
    assert "not a certificate" in command("verify", "certificate.json").complaint
    assert command("verify", "none.json").code == 2


def test_an_interrupted_run_has_a_report_and_no_certificate(
    folder: Path, command: Callable[..., Any], quick: Callable[[str | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(None)

    def interrupted(self: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("conformance.run.Campaign.run", interrupted)
    assert command(*CERTIFY).code == 130
    stored = {path.name for path in (folder / "conformance-report").iterdir()}
    assert "report.json" in stored
    assert "certificate.json" not in stored


def test_a_run_that_a_budget_ends_makes_no_certificate(
    quick: Callable[[str | None], None], command: Callable[..., Ended], folder: Path
) -> None:
    quick(None)
    done = command(*CERTIFY, "--max-requests", "60", "--rate", "10000", "--max-wait", "1", "--time", "5m")
    assert done.code == 5
    assert "no certificate: the run ended early" in done.out
    stored = folder / "conformance-report"
    assert (stored / "report.json").exists()
    assert not (stored / "certificate.json").exists()
