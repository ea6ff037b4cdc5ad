"""An assistant of the user's own is modified and put back, and never deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.exchange import Request
from conformance.reference import Reference
from conformance.targets.embedded import EmbeddedTarget
from reports.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Exchange, Operation
    from reports.model import Report


class Watching(EmbeddedTarget):
    """Takes note of what is deleted."""

    def __init__(self, reference: Reference) -> None:
        super().__init__(reference)
        self.deleted: list[str | None] = []

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        if request.method == "DELETE":
            self.deleted.append(assistant_id or request.path)
        return super().exchange(operation, request, assistant_id)


def test_what_the_user_named_is_never_deleted(judge: Callable[..., Report]) -> None:
    server = Reference()
    made = server.handle(Request("POST", "/assistants", (), b'{"model":"gpt-4o","name":"Mine"}'))
    own = json.loads(made.body)["id"]
    target = Watching(server)
    report = judge(target, assistant_id=own)
    assert target.deleted == []
    assert report.verdict is Verdict.CONFORMANT
    assert json.loads(server.handle(Request("GET", f"/assistants/{own}", ())).body)["name"] == "Mine"
