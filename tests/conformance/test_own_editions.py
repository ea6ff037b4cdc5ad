"""Editions of the user's own in runs: the reference obeys them, their faults are found, reports name and hold them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from conformance import run as runs
from conformance.catalogue import catalogue
from conformance.cli.commands import cli
from conformance.editions import edition_called
from conformance.errors import UsageError
from conformance.reference import Reference
from conformance.reference.faults.own import faults_of
from conformance.reference.serve import running
from conformance.run import Run
from conformance.settings import Settings, select
from conformance.targets.embedded import EmbeddedTarget
from reports.certificate import certificate
from tests.conformance.recordings.making import Session, written

if TYPE_CHECKING:
    from conformance.reference.faults import Fault
    from strategies.editions import Edition

HEAD = 'extends = "2025-03"\nreason = "tests"\nsource = "here"\n'
TEXT = f"""{HEAD}
edition = "acme-2"
[limits]
name.maxLength = 255
metadata.maxProperties = 8
[fields.top_p]
removed = true
[fields.voice]
schema = {{ type = "string", nullable = true, enum = ["alto", "bass"] }}
[fields.seats]
schema = {{ type = "array", minItems = 1, maxItems = 3, items = {{ type = "integer", minimum = 1, maximum = 40 }} }}
[tools.web_search.schema]
required = ["max_results"]
[tools.web_search.schema.properties]
max_results = {{ type = "integer", minimum = 1, maximum = 9 }}
[rules]
function_names_repeated = "on"
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("own") / "acme.toml"
    path.write_text(TEXT, "utf-8")
    return str(path)


@pytest.fixture(scope="module")
def acme(file: str) -> Edition:
    return edition_called(file)


def judged(monkeypatch: pytest.MonkeyPatch, reference: Reference, edition: str, *only: str) -> dict[str, str]:
    monkeypatch.setattr(runs, "resolve", lambda spec, options: EmbeddedTarget(reference))
    settings = Settings(edition=edition, effort="quick", only=only)
    run = Run(settings, select(catalogue(edition_called(edition)), settings.only, ()))
    run.carry_out()
    report = run.report()
    assert report is not None
    return {row.id: row.outcome.value for row in report.rows}


def conformance(*words: str) -> tuple[int, str]:
    ended = CliRunner().invoke(cli, words)
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        if isinstance(ended.exception, UsageError):
            return 2, str(ended.exception)
        raise ended.exception
    return ended.exit_code, ended.output


def test_the_reference_is_conformant_to_the_edition_that_it_serves(
    acme: Edition, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = judged(monkeypatch, Reference(acme), file)
    assert {id_: outcome for id_, outcome in found.items() if outcome not in {"pass", "not-applicable"}} == {}
    assert found["validation.rules.function_names_repeated"] == "pass"
    assert not [id_ for id_ in found if "top_p" in id_]


@pytest.mark.parametrize(
    ("field", "more"),
    [("tools", ""), ("metadata", ""), ("description", ""), ("response_format", "[rules]\ntool_repeated = 'off'")],
)
def test_it_is_whatever_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str, more: str) -> None:
    path = tmp_path / "less.toml"
    path.write_text(f"{HEAD}[fields.{field}]\nremoved = true\n{more}", "utf-8")
    found = judged(monkeypatch, Reference(edition_called(str(path))), str(path))
    broken = {id_: outcome for id_, outcome in found.items() if outcome not in {"pass", "not-applicable"}}
    assert set(broken) <= {"roundtrip.free_json.beyond_2_53"}  # which only tools show
    assert set(broken.values()) <= {"untested"}


def test_another_server_is_not_and_it_is_not_to_another_edition(
    acme: Edition, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = ("validation.name", "validation.tools.item")
    own = judged(monkeypatch, Reference(acme), "2025-03", *only)
    assert {id_ for id_, outcome in own.items() if outcome == "fail"} == {
        "validation.name.max_length",
        "validation.tools.item.union",
    } - {id_ for id_ in own if own[id_] == "pass"}
    assert own["validation.name.max_length"] == "fail"
    published = judged(monkeypatch, Reference("2025-03"), file, *only)
    assert published["validation.name.max_length"] == "fail"
    assert published["validation.tools.item.union"] == "fail"


def names_of_faults() -> list[str]:
    return [
        *("overlooks-name-max-length", "limit-excluded-name-max-length", "limit-by-one-name-max-length"),
        *("overlooks-tools-web-search-max-results-maximum", "limit-excluded-tools-web-search-max-results-minimum"),
        *(
            "overlooks-tools-web-search-required-max-results",
            "overlooks-seats-min-items",
            "limit-by-one-seats-max-items",
        ),
        *("overlooks-seats-item-maximum", "refuses-tools-web-search", "overlooks-voice-enum", "null-refused-voice"),
        *("voice-not-stored", "seats-reset-when-omitted", "takes-removed-top-p", "overlooks-metadata-max-properties"),
        "overlooks-rule-function-names-repeated",
    ]


@pytest.mark.parametrize("name", names_of_faults())
def test_a_fault_of_the_edition_is_found(acme: Edition, file: str, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    fault: Fault = faults_of(acme)[name]
    found = judged(monkeypatch, Reference(acme, behaviour=fault.behaviour()), file, fault.requirement)
    assert found == {fault.requirement: "fail"}


NARROW = f"""{HEAD}
[fields.mode]
schema = {{ type = "string", enum = ["one", "two"] }}
shown = false
[fields.only]
schema = {{ type = "string", enum = ["fast"] }}
[fields.code]
schema = {{ type = "string", pattern = "[a-z]{{3}}", minLength = 3, maxLength = 3 }}
[fields.stops]
schema = {{ type = "array", items = {{ type = "string", minLength = 1, maxLength = 5 }}, minItems = 1, maxItems = 4 }}
[fields.pair]
schema = {{ type = "array", items = {{ type = "number", minimum = 0, maximum = 1 }}, minItems = 2, maxItems = 2 }}
"""


def test_what_leaves_little_room_is_judged_with_every_fault_that_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "narrow.toml"
    path.write_text(NARROW, "utf-8")
    narrow = edition_called(str(path))
    found = judged(monkeypatch, Reference(narrow), str(path))
    assert {id_: outcome for id_, outcome in found.items() if outcome not in {"pass", "not-applicable"}} == {}
    assert not [id_ for id_ in found if id_.startswith("roundtrip.only.")]  # it has one value, which shows nothing
    faults = faults_of(narrow)
    tight = {name for name in faults if name.startswith(("limit-excluded-", "refuses-"))}
    assert tight == {
        *("limit-excluded-stops-item-max-length", "limit-excluded-stops-item-min-length"),
        *("limit-excluded-stops-max-items", "limit-excluded-stops-min-items"),
        *("limit-excluded-pair-item-maximum", "limit-excluded-pair-item-minimum"),
        *("refuses-mode-one", "refuses-mode-two"),
    }
    assert "overlooks-code-min-length" not in faults  # the pattern rejects as much
    for name in sorted(tight):
        fault = faults[name]
        told = judged(monkeypatch, Reference(narrow, behaviour=fault.behaviour()), str(path), fault.requirement)
        assert told == {fault.requirement: "fail"}, name


def test_there_is_a_fault_for_whatever_the_edition_adds(acme: Edition) -> None:
    proven = {fault.requirement for fault in faults_of(acme).values()}
    added = {id_ for id_ in catalogue(acme) if "web_search" in id_ or ".seats." in id_ or ".voice." in id_}
    assert {id_ for id_ in added - proven if not id_.endswith((".type", ".empty"))} == set()
    assert faults_of(edition_called("2025-03")) == {}


def test_a_report_holds_the_edition_and_does_without_the_file(file: str, tmp_path: Path) -> None:
    copy = tmp_path / "acme.toml"
    shutil.copy(file, copy)
    where = tmp_path / "report"
    words = ("--edition", str(copy), "--effort", "quick", "--report-dir", str(where), "--quiet")
    with running(Reference("2025-03")) as url:
        code, printed = conformance("run", url, *words, "--only", "validation.name.max_length")
        assert code == 1, printed
        copy.unlink()
        document: dict[str, Any] = json.loads((where / "report.json").read_text("utf-8"))
        assert document["edition"]["name"] == "acme-2"
        assert document["edition"]["extends"] == "2025-03"
        assert document["edition"]["changes"][0] == {
            "section": "limits",
            "place": "name",
            "key": "maxLength",
            "value": 255,
            "before": 256,
            "reason": "tests",
            "source": "here",
        }
        code, printed = conformance("replay", str(where / "report.json"), "validation.name.max_length", url)
        assert code == 1, printed
    code, printed = conformance("render", str(where / "report.json"), "--format", "badge")
    assert "modify assistant acme-2" in printed
    code, printed = conformance("render", str(where / "journal.jsonl"), "--format", "json")
    assert json.loads(printed)["edition"] == document["edition"]


def test_reports_of_another_edition_are_not_compared_unasked(file: str, tmp_path: Path) -> None:
    for name, edition in (("own", file), ("base", "2025-03")):
        words = ("--effort", "quick", "--only", "validation.name.type", "--quiet")
        code, printed = conformance("run", "--edition", edition, "--report-dir", str(tmp_path / name), *words)
        assert code == 0, printed
    reports = [str(tmp_path / name / "report.json") for name in ("base", "own")]
    code, printed = conformance("compare", *reports)
    assert code == 2
    assert "different editions: 2025-03 and acme-2" in printed


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[levels]\n"validation.nmae.type" = "INFO"', "unknown requirement; did you mean 'validation.name.type'?"),
        (
            '[levels]\n"validation.model.listed" = "MUST"',
            "MUST cannot be asked: it is what targets were observed to do",
        ),
        ("nmae.maxLength = 1", "did you mean 'name'?"),
    ],
)
@pytest.mark.parametrize("command", ["run", "serve", "requirements", "fuzz"])
def test_an_unsound_edition_is_one_line_and_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, text: str, why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "own.toml"
    path.write_text(f"{HEAD}{text}", "utf-8")
    more = ("--time", "1s") if command == "fuzz" else ()
    target = ("http://127.0.0.1:9/v1",) if command == "fuzz" else ()
    code, printed = conformance(command, *target, "--edition", str(path), *more)
    assert code == 2
    assert why in printed
    assert str(path) in printed


def test_levels_say_what_counts(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f'{HEAD}[levels]\n"validation.name.max_length" = "INFO"', "utf-8")
    entry = catalogue(edition_called(str(path)))["validation.name.max_length"]
    assert entry.level == "INFO"
    assert "INFO by the edition: tests (here)" in entry.source


def test_show_and_diff(file: str, acme: Edition) -> None:
    code, printed = conformance("edition", "show", file)
    assert code == 0
    assert f"edition acme-2: acme-2\nSHA-256 {acme.sha256}\nextends 2025-03; 7 changes" in printed
    assert "limits.name.maxLength: 256 -> 255\n  tests\n  source: here" in printed
    code, printed = conformance("edition", "show", file, "--format", "json")
    assert json.loads(printed)["extends"] == "2025-03"
    code, printed = conformance("edition", "show", "2026-08")
    assert "published" in printed
    code, printed = conformance("edition", "diff", "2025-03", file)
    assert code == 1
    assert "~ name.maxLength: 256 -> 255" in printed
    assert conformance("edition", "diff", file, file) == (
        0,
        f"acme-2, SHA-256 {acme.sha256}, extends 2025-03\n" * 2 + "no difference\n",
    )


HOSTED = Path(__file__).resolve().parents[2] / "docs" / "editions" / "azure-ai-agents.toml"


def test_the_edition_of_a_hosted_service_says_where_each_change_was_found() -> None:
    own = edition_called(str(HOSTED)).own
    assert own is not None
    assert {change.place for change in own.changes if change.section == "tools"} == {
        *("azure_ai_search", "bing_grounding", "bing_custom_search", "fabric_dataagent", "sharepoint_grounding"),
        *("connected_agent", "openapi", "azure_function"),
    }
    assert all("pull request" in one.source or "zure" in one.source or "ids" in one.source for one in own.changes)


def test_a_reference_that_behaves_like_the_hosted_service_is_conformant_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    hosted = edition_called(str(HOSTED))
    only = (
        "validation.tools.openapi",
        "validation.tools.bing_grounding",
        "validation.tool_resources",
        "validation.body",
    )
    found = judged(monkeypatch, Reference(hosted), str(HOSTED), *only)
    assert set(found.values()) == {"pass"}
    assert found["validation.tools.openapi.auth.connection.security_scheme.connection_id.type"] == "pass"
    ids = ("validation.tools.item.union",)
    assert judged(monkeypatch, Reference("2025-03"), str(HOSTED), *ids) == dict.fromkeys(ids, "fail")


DOCUMENT = """
openapi: 3.0.3
info: {title: Acme, version: '1'}
paths:
  /assistants/{id}:
    post:
      operationId: modifyAssistant
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                name: {type: string, nullable: true, maxLength: 255}
                since: {type: string, default: 2025-01-01}
"""


@pytest.mark.parametrize("suffix", ["toml", "json"])
def test_an_edition_is_drafted_from_a_document(tmp_path: Path, suffix: str) -> None:
    document, made = tmp_path / "acme.yaml", tmp_path / f"made.{suffix}"
    document.write_text(DOCUMENT, "utf-8")
    words = ("edition", "from-openapi", str(document), "--operation", "modifyAssistant", "--output", str(made))
    code, printed = conformance(*words)
    assert code == 0, printed
    found = edition_called(str(made))
    assert (found.name, found.request["properties"]["name"]["maxLength"]) == ("acme", 255)
    assert found.request["properties"]["since"]["default"] == "2025-01-01"
    assert "kept: top_p: not in the document" in printed
    code, printed = conformance(*words)
    assert (code, "exists" in printed) == (2, True)


@pytest.mark.parametrize(
    ("text", "operation", "why"),
    [
        (DOCUMENT, "modifyAsistant", "no operation 'modifyAsistant'; did you mean 'modifyAssistant'?"),
        ("a: [", "modifyAssistant", "is not valid YAML"),
        ("{}", "modifyAssistant", "not an OpenAPI 3 document"),
        (None, "modifyAssistant", "file not found:"),
    ],
)
def test_a_document_that_is_none_is_one_line_and_exit_2(
    tmp_path: Path, text: str | None, operation: str, why: str
) -> None:
    document = tmp_path / "acme.yaml"
    if text is not None:
        document.write_text(text, "utf-8")
    code, printed = conformance("edition", "from-openapi", str(document), "--operation", operation)
    assert code == 2
    assert why in printed
    assert "Traceback" not in printed


def test_the_whole_way_with_an_edition_of_ones_own(
    acme: Edition, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A baseline, a comparison, shards, their merger, a replay and a certificate: all name it, and need no file."""
    monkeypatch.chdir(tmp_path)
    copy = tmp_path / "acme.toml"
    shutil.copy(file, copy)
    fault = faults_of(acme)["limit-by-one-name-max-length"]
    words = ("--edition", "acme.toml", "--effort", "quick", "--only", "validation.name", "--quiet")
    with running(Reference(acme, behaviour=fault.behaviour())) as url:
        assert conformance("run", url, *words, "--report-dir", "whole")[0] == 1
        assert conformance("baseline", "write", "whole/report.json", "--output", "known.toml")[0] == 0
        assert conformance("run", url, *words, "--report-dir", "known", "--baseline", "known.toml")[0] == 0
        for part in ("1/2", "2/2"):
            conformance("run", url, *words, "--report-dir", f"shard-{part[0]}", "--shard", part)
        copy.unlink()
        assert conformance("replay", "whole/report.json", "validation.name.max_length", url)[0] == 1
    shards = [f"shard-{part}/report.json" for part in (1, 2)]
    assert conformance("merge", *shards, "--output", "merged.json")[0] == 1
    documents = [json.loads(Path(name).read_text("utf-8")) for name in ("whole/report.json", "merged.json")]
    assert documents[0]["edition"] == documents[1]["edition"]
    assert [one["outcome"] for one in documents[0]["requirements"]] == [
        one["outcome"] for one in documents[1]["requirements"]
    ]
    assert conformance("compare", "whole/report.json", "merged.json")[0] == 0
    report: dict[str, Any] = json.loads(Path("known/report.json").read_text("utf-8"))
    report["target"] |= {"name": "acme", "version": "2"}  # as certify is told
    Path("known/report.json").write_text(json.dumps(report), "utf-8")
    Path("known/certificate.json").write_bytes(certificate(Path("known/report.json").read_bytes()))
    code, printed = conformance("verify", "known/certificate.json")
    assert (code, "acme-2" in printed) == (1, True), printed  # sound, and of a part of the requirements only


def test_a_recording_is_held_to_an_edition_of_ones_own(file: str, tmp_path: Path) -> None:
    session = Session()
    id_ = session.create(name="Ada")
    session.modify(id_, {"name": "n" * 256})
    session.get(id_)
    path = written(tmp_path, "plain.har", session.entries)
    told = ("run", f"recording:{path}", "--quiet", "--report-dir", str(tmp_path / "report"))
    assert conformance(*told)[0] == 5
    code, printed = conformance(*told, "--edition", file)
    assert code == 1, printed
    document = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert document["edition"]["name"] == "acme-2"
    assert [one["id"] for one in document["requirements"] if one["outcome"] == "fail"] == ["validation.name.max_length"]
