"""``conformance run --dry-run``: how much would be sent, found out on a server of our own that obeys the contract."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from conformance.catalogue import catalogue
from conformance.reference.serve import running
from conformance.reference.server import Reference
from conformance.run import Run, edition_of
from conformance.settings import select
from conformance.targets.resolve import role_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.progress import Progress
    from conformance.exchange import Request, Response
    from conformance.settings import Settings

_OF_SDKS = "an SDK is called, and sends to a server of the suite's own on this machine: nothing leaves it"


@dataclass
class _Counting:
    """The reference, with what comes counted: requests by method, and assistants that stand."""

    reference: Reference
    methods: Counter[str] = field(default_factory=Counter)
    made: int = 0
    most: int = 0

    def handle(self, request: Request) -> Response:
        self.methods[request.method] += 1
        before = len(self.reference.store.assistants)
        response = self.reference.handle(request)
        standing = len(self.reference.store.assistants)
        self.made += max(0, standing - before)
        self.most = max(self.most, standing)
        return response


def would_send(settings: Settings) -> Iterator[str]:
    """Return lines that say what a run with these settings sends to a server that obeys; nothing is sent to the target.

    Raises what a run raises for settings that are wrong.
    """
    chosen = select(catalogue(edition_of(settings)), settings.only, settings.skip)
    if role_of(settings.target) == "sdk":
        yield _OF_SDKS
        return
    server = _Counting(Reference(edition_of(settings)))
    families: Counter[str] = Counter()
    seen = 0

    def note(progress: Progress) -> None:
        nonlocal seen
        if not progress.requirement:  # it begins
            return
        families[progress.requirement.split(".")[0]] += server.methods.total() - seen
        seen = server.methods.total()

    with running(server) as url:
        here = replace(settings, target=url, assistant_id=None, model=None, headers=(), query=(), time=None, rate=None)
        run = Run(here, chosen, note)
        run.carry_out()
    methods = ", ".join(f"{method} {count:,}" for method, count in server.methods.most_common())
    yield f"{server.methods.total():,} requests to a target that obeys ({methods}); more where something is wrong"
    yield f"{server.made:,} assistants made and deleted, {server.most:,} at most at a time"
    for family, count in families.most_common():
        yield f"  {family:<14} {count:>6,} requests"
    yield "nothing was sent to the target"
