"""SDKs that know an edition of the user's own, and nothing beside it: nothing is said against them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance import run as runs
from conformance.catalogue import catalogue
from conformance.editions import edition_called
from conformance.reference import Reference
from conformance.run import Run
from conformance.settings import Settings, select
from conformance.targets.sdk import API_KEY, SdkTarget
from strategies.contract import violations
from tests.conformance.test_tight_editions import REMOVABLE, TIGHT, written
from tests.faults.sdk.small_sdk import Client, SmallError, SyncAdapter

if TYPE_CHECKING:
    from pathlib import Path

    from strategies.editions import Edition

OF_ANY = ("id", "object", "created_at")
NEXT_TO_NOTHING = "".join(f"[fields.{field}]\nremoved = true\n" for field in REMOVABLE) + (
    "[limits]\nname.nullable = false\nname.minLength = 1\n"
)


def typed_by(own: Edition) -> type[Client]:
    """Return an SDK whose types are an edition: it checks what it sends, and reads the fields that it knows."""

    class Typed(Client):
        def body(self, fields: dict[str, Any]) -> Any:
            if violations(own, fields):
                raise SmallError(f"invalid: {violations(own, fields)[0]}")
            return super().body(fields)

        def assistant(self, value: dict[str, Any]) -> Any:
            return {name: value[name] for name in (*OF_ANY, *own.fields) if name in value}

    return Typed


@pytest.mark.parametrize("text", [*TIGHT.values(), NEXT_TO_NOTHING], ids=[*TIGHT, "next to nothing"])
def test_an_sdk_that_knows_a_tight_edition_is_conformant_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    path = written(tmp_path, text)
    own = edition_called(path)
    client = typed_by(own)

    def make(base_url: str, api_key: str) -> SyncAdapter:
        return SyncAdapter(client(base_url, api_key))

    make.reached = "respx"  # type: ignore[attr-defined]
    target = SdkTarget(make, Reference(own, api_key=API_KEY), "sdk:typed")
    monkeypatch.setattr(runs, "resolve", lambda spec, options: target)
    run = Run(Settings(edition=path, effort="quick"), select(catalogue(own), (), ()))
    run.carry_out()
    report = run.report()
    assert report is not None
    odd = {row.id: (row.outcome.value, row.reason) for row in report.rows if row.level == "MUST"}
    usual = {"pass", "not-applicable", "cannot-express"}
    assert {id_: one for id_, one in odd.items() if one[0] not in usual} == {}
    assert report.verdict.value == "conformant"
