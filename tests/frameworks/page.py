"""The page about frameworks: results held against the words that are said of the servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.frameworks.described import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.frameworks.described import Defect, Subject
    from tests.frameworks.measuring import Result, Run

FAMILIES = ("validation", "roundtrip", "response", "sequences", "concurrency", "transport")
OF_CLIENTS = ("wire", "answers")
BUDGET = 4000
"""Requests that a server may take at ``quick``."""

_UNTOLD = (
    "a valid modify",
    "a rejected modify",
    "a refused modify",
    "a drawn body",
    "awkward",
    "every ",
    "null",
    "limits",
)
"""How cases are called whose names say nothing of what was sent."""


def problems(servers: Sequence[Subject], results: Mapping[str, Result]) -> list[str]:
    """Return what the words do not explain, and fixes that fix nothing."""
    found = []
    for server in servers:
        before, after = (results[server.name].run(form) for form in ("default", "fixed"))
        found += [f"{server.name}: nothing explains {one}" for one in before.broken if not server.explaining(one)]
        found += [
            f"{server.name}, fixed: nothing explains {one}"
            for one in after.broken
            if not server.explaining(one, fixed=True)
        ]
        for defect in (*server.defects, *server.left):
            if not defect.is_common and not any(defect in server.causes(one) for one in before.broken):
                found.append(f"{server.name}: nothing is found of {defect.tells!r}")
    return found


def page(servers: Sequence[Subject], results: Mapping[str, Result]) -> str:
    """Return the page about servers."""
    lines = [
        "# What your framework does by default",
        "",
        "Written by `tox -e frameworks`, never by hand. Each server is a page of code as the documentation of its",
        "framework has one write it, in [tests/frameworks/servers](../tests/frameworks/servers): the body as its",
        "validator states it, assistants that are made, shown, modified and deleted, nothing made for this suite.",
        "Each is judged at `standard` as it is, and once more with the lines that put right what was found.",
        "",
        f"{EVERYWHERE.tells} All of them break it (`{EVERYWHERE.breaks[0]}`), so it is left out below.",
    ]
    return "\n".join([*lines, "", *_table(servers, results, FAMILIES), *_all(servers, results)]) + "\n"


def page_of_clients(clients: Sequence[Subject], results: Mapping[str, Result]) -> str:
    """Return the page about SDKs."""
    lines = [
        "# What your HTTP stack does by default",
        "",
        "Written by `tox -e frameworks`, never by hand. Each SDK is the smallest honest one on its stack, in",
        "[tests/frameworks/clients](../tests/frameworks/clients): it sends what it is given as JSON, returns the",
        "assistant that comes back, and raises what is none. Each is judged over the wire at `quick` as it is, and",
        "once more with the lines that put right what was found.",
    ]
    return "\n".join([*lines, "", *_table(clients, results, OF_CLIENTS), *_all(clients, results)]) + "\n"


def _table(servers: Sequence[Subject], results: Mapping[str, Result], families: Sequence[str]) -> Iterator[str]:
    yield "Broken requirements by family, before → after; an empty cell had none:"
    yield ""
    yield f"| {'SDK' if servers[0].is_client else 'server'} | {' | '.join(families)} | at `quick` |"
    yield f"| --- | {' | '.join('---' for _ in families)} | --- |"
    for server in servers:
        result = results[server.name]
        cells = [_cell(family, result.run("default"), result.run("fixed")) for family in families]
        most = max(result.run(form, "quick").requests for form in ("default", "fixed"))
        budget = f"within {BUDGET:,} requests" if most <= BUDGET else f"more than {BUDGET:,} requests"
        anchor = _heading(server).lower().replace(" ", "-").translate(str.maketrans("", "", "+,()./"))
        yield f"| [{_heading(server)}](#{anchor}) | {' | '.join(cells)} | {budget} |"


def _all(servers: Sequence[Subject], results: Mapping[str, Result]) -> Iterator[str]:
    for server in servers:
        yield ""
        yield from _about(server, results[server.name])


def _heading(server: Subject) -> str:
    return f"{server.title}, {server.validator}"


def _cell(family: str, before: Run, after: Run) -> str:
    was, now = (sum(one.startswith(f"{family}.") for one in _own(run)) for run in (before, after))
    return f"{was} → {now}" if was or now else ""


def _own(run: Run) -> list[str]:
    """Return what a server breaks, but for what all of them do."""
    return [one for one in run.broken if not EVERYWHERE.explains(one)]


def _about(server: Subject, result: Result) -> Iterator[str]:
    before, after = result.run("default"), result.run("fixed")
    yield f"## {_heading(server)}"
    yield ""
    versions = ", ".join(f"{name} {version}" for name, version in result.versions.items())
    source = f"[{server.source.name}](../tests/frameworks/{server.source.parent.name}/{server.source.name})"
    words = f" with `{' '.join(server.words)}`" if server.words else ""
    yield f"{source}{words}{', served by ' if server.served_by else ''}{server.served_by}: {versions}."
    if server.note:
        yield server.note
    for defect in (*server.defects, *server.left):
        broken = [one for one in before.broken if defect in server.causes(one)]
        if broken:
            yield ""
            yield from _told(defect, broken, before, after)
    yield ""
    yield f"As it is: {before.verdict}, {_count(before)}. With these lines: {after.verdict}, {_count(after)}."
    if before.untested:
        yield f"As it is, untested: {', '.join(f'`{one}`' for one in sorted(before.untested))}."


def _count(run: Run) -> str:
    return f"{len(_own(run))} broken" if _own(run) else "none broken"


def _told(defect: Defect, broken: Sequence[str], before: Run, after: Run) -> Iterator[str]:
    yield f"**{defect.tells}**"
    ids = ", ".join(f"`{one}`" for one in broken)
    shown = next((case for one in broken if (case := before.broken[one]) and not case.startswith(_UNTOLD)), "")
    yield f"Breaks {ids}.{f' Such as: {shown}.' if shown else ''}"
    if defect.fix:
        yield ""
        yield "```"
        yield from defect.fix
        yield "```"
        yield ""
        rest = sum(one in after.broken for one in broken)
        yield f"Proof: {len(broken)} broken before, {rest} after."
