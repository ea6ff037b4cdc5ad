"""``conformance replay`` over HTTP: exit codes, what is printed, and nothing secret in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.reference import Behaviour, Reference
from conformance.reference.faults import faults
from conformance.reference.serve import running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ID = "validation.name.max_length"
REPORT = "conformance-report/report.json"
KEY = "sk-a-key-that-nobody-may-see-0123456789"


def broken(name: str = "overlooks-name-max-length", key: str | None = None) -> Reference:
    return Reference(behaviour=faults()[name].behaviour(), api_key=key)


def test_it_is_still_failing_there_and_fixed_elsewhere(command: Callable[..., Any], folder: Path) -> None:
    with running(broken()) as url:
        assert command("run", url, "--effort", "quick", "--only", ID, "-q").code == 1
        ended = command("replay", REPORT, ID, url)
        assert (ended.code, ended.err) == (1, "")
        lines = ended.out.splitlines()
        assert lines[-1] == "still failing: accepted with status 200 (expected: rejected with a 4xx)"
        for part in (
            "  expected  rejected with a 4xx",
            f"sent to {url}",
            f"[before] POST {url}/assistants: answered with status 200",
            "[judged] modify",
            "{\"name\": 'a' × 257}",
            "< HTTP 200",
            "[read back] retrieve",
        ):
            assert part in ended.out
    with running(Reference()) as other:
        ended = command("replay", REPORT, ID, other, "-q")
        assert (ended.code, ended.out) == (0, "fixed: rejected with status 400 (expected: rejected with a 4xx)\n")
    ended = command("replay", REPORT, ID, url)
    assert (ended.code, ended.out) == (3, "")
    assert "connection refused" in ended.complaint


def test_a_cause_is_named_by_its_number(command: Callable[..., Any], folder: Path) -> None:
    with running(broken("created-at-left-out-always")) as url:
        words = ("--only", "response.required", "--only", "roundtrip.identity", "--only", ID, "-q")
        assert command("run", url, "--effort", "quick", *words).code == 1
        ended = command("replay", REPORT, "1", url)
        assert ended.code == 1
        told, heading, *_ = ended.out.splitlines()
        assert told == "cause 1 has 2 findings; this one is sent, and not response.required"
        assert heading.startswith("MUST roundtrip.identity: ")
    for number in ("2", "0", "99999999999999"):
        wanted = f"{REPORT} has 1 cause, and none with the number {number[:12]}; conformance show {REPORT} lists them"
        for line in (f"replay {REPORT} {number} {url}", f"show {REPORT} {number}"):
            ended = command(*line.split())
            assert (ended.code, ended.out, ended.complaint) == (2, "", f"conformance: {wanted}")
    shown = command("show", REPORT, "1").out.splitlines()
    assert shown[-1] == f"replay    conformance replay {REPORT} roundtrip.identity {url}"


def test_a_report_alone_is_named_in_its_commands(command: Callable[..., Any], folder: Path) -> None:
    with running(broken()) as url:
        assert command("run", url, "--effort", "quick", "--only", ID, "-q").code == 1
        assert f"page      {REPORT.replace('.json', '.html')}" in command("show", REPORT).out
        (folder / REPORT).rename(folder / "merged.json")
        lines = command("show", "merged.json").out.splitlines()
        assert "page      conformance render merged.json --format html --output report.html" in lines
        assert f"replay    conformance replay merged.json {ID} {url}" in lines
        merged = command("merge", "merged.json", "--output", "whole.json").out.splitlines()
        assert merged[0].startswith("whole.json: ")
        assert " requirements from 1 report; non-conformant: " in merged[0]
        assert merged[1] == "1 cause: conformance show whole.json"


def test_a_time_out_is_waited_for_again(command: Callable[..., Any], folder: Path) -> None:
    id_ = "response.answered"
    with running(broken("hangs-on-long-instructions")) as url:
        command("run", url, "--effort", "quick", "--only", id_, "--timeout", "0.4", "-q")
        ended = command("replay", REPORT, id_, url, "-q")
        assert (ended.code, ended.out) == (1, "still failing: time-out after 0.4 s (expected: an answer)\n")


def test_what_passed_and_what_is_unknown(command: Callable[..., Any], folder: Path) -> None:
    assert command("run", "--effort", "quick", "--only", ID, "-q").code == 0
    ended = command("replay", REPORT, ID, "-q")
    assert (ended.code, ended.out) == (
        5,
        "cannot replay: the report has no finding against it: its outcome is pass\n",
    )
    ended = command("replay", REPORT, "validation.nmae.max_length")
    assert (ended.code, ended.out) == (2, "")
    assert f"did you mean '{ID}'?" in ended.complaint


def test_keys_are_given_again_and_never_shown(
    command: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    with running(broken(key=KEY)) as url:
        words = ("--effort", "quick", "--only", ID, "-q", "--header", f"X-Secret={KEY}x")
        assert command("run", url, "--api-key-env", "MY_KEY", *words).code == 1
        mine = (url, "--api-key-env", "MY_KEY")
        ended = command("replay", REPORT, ID, *mine)
        assert ended.code == 1
        assert "Authorization: Bearer ***" in ended.out
        assert ended.err.startswith("note: the run sent headers that are not given: X-Secret; see --header")
        told = command("replay", REPORT, ID, *mine, "--header", f"X-Secret={KEY}x")
        assert (told.code, told.err) == (1, "")
        assert "X-Secret: ***" in told.out
        assert KEY not in ended.out + ended.err + told.out + told.err
        monkeypatch.delenv("MY_KEY")
        refused = command("replay", REPORT, ID, *mine)
        assert refused.code == 3
        assert KEY not in refused.out + refused.err


def test_an_assistant_of_the_users_is_put_back(command: Callable[..., Any], folder: Path) -> None:
    reference = broken()
    with running(reference) as url:
        assert command("run", url, "--effort", "quick", "--only", ID, "-q").code == 1
        import httpx

        made = httpx.post(f"{url}/assistants", json={"model": "gpt-4o", "name": "mine", "metadata": {"a": "b"}}).json()
        ended = command("replay", REPORT, ID, url, "--assistant-id", made["id"], "-q")
        assert ended.code == 1
        after = httpx.get(f"{url}/assistants/{made['id']}").json()
        assert after == made


class Shouting(Behaviour):
    """Answers with escape sequences in the name."""

    def apply_field(self, field: str, stored: Any, sent: Any) -> Any:
        return (
            "\x1b[2J\u202e" if field == "name" and isinstance(sent, str) else super().apply_field(field, stored, sent)
        )


def test_escape_sequences_are_shown_and_not_executed(command: Callable[..., Any], folder: Path) -> None:
    with running(Reference(behaviour=Shouting())) as url:
        command("run", url, "--effort", "quick", "--only", "roundtrip.name", "-q")
        ended = command("replay", REPORT, "roundtrip.name.stored", url)
    assert ended.code == 1
    assert not {"\x1b", "\u202e"} & set(ended.out)
    assert r"\u001b[2J" in ended.out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param('{"version": 1, "requirem', "cut off", id="truncated"),
        pytest.param("[1, 2]", "not a report file of this suite", id="foreign"),
        pytest.param('{"version": 99, "requirements": []}', "use a newer suite", id="newer"),
    ],
)
@pytest.mark.parametrize(
    "words",
    [
        ("replay", "bad.json", ID),
        ("compare", "bad.json", "bad.json"),
        ("matrix", "bad.json", "--output", "kept"),
        ("merge", "bad.json", "--output", "kept"),
    ],
    ids=lambda words: words[0],
)
def test_bad_reports_are_one_line_and_overwrite_nothing(
    command: Callable[..., Any], folder: Path, words: tuple[str, ...], content: str, told: str
) -> None:
    (folder / "bad.json").write_text(content, encoding="utf-8")
    (folder / "kept").write_text("as it was", encoding="utf-8")
    ended = command(*words)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.complaint
    assert (folder / "kept").read_text(encoding="utf-8") == "as it was"


def test_another_target_may_be_named_as_the_configuration_names_it(command: Callable[..., Any], folder: Path) -> None:
    with running(broken()) as url, running(Reference(api_key=KEY)) as other:
        (folder / "conformance.toml").write_text(
            f'target = "sound"\n[targets.sound]\nspec = "{other}"\napi-key-env = "SOUND_KEY"\n'
        )
        assert command("run", url, "--effort", "quick", "--only", ID, "-q").code == 1
        assert command("replay", REPORT, ID, url, "-q").code == 1
        refused = command("replay", REPORT, ID, "sound", "-q")
        assert refused.code == 3
        assert "SOUND_KEY" in refused.complaint
        default = command("replay", REPORT, ID, "-q")
        assert (default.code, default.complaint) == (3, refused.complaint)
