"""The page about what was survived, written from rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.strangers.killing import RESUMED

if TYPE_CHECKING:
    from tests.strangers.record import Row

ROOMS = {"server": "over HTTP", "sdk": "in an SDK", "app": "in an application", "program": "in an adapter program"}
WRONG = {
    "a traceback": "tracebacks",
    "a false green": "false greens",
    "an overrun": "overruns",
    "lost": "reports lost",
    "another end": "other ends",
}
"""What a run counts as that was not survived: the beginning of its problem, and how it is called."""


def page(rows: list[Row], limits: str, known: int = 0) -> str:
    """Return the page; ``limits`` says what each run was given, ``known`` how many kinds there are to be tried."""
    judged = [row for row in rows if row.room in ROOMS]
    lines = [
        "# Strangers",
        "",
        "Written by `tox -e strangers`, never by hand: each kind of misbehaviour is judged by a run of its own with",
        limits,
        "A kind is survived when the run ends in time, without a traceback, with a report of what was judged, and",
        "never green where the misbehaviour breaks the spec.",
        f"Of {max(known, len(judged)):,} kinds that the command knows, {len(judged):,} were tried for this page.",
        "",
        "| misbehaving | kinds | survived | exit 0 | exit 1 | exit 3 | exit 5 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for room, told in ROOMS.items():
        some = [one for one in judged if one.room == room]
        codes = [sum(one.code == code for one in some) for code in (0, 1, 3, 5)]
        survived = sum(not one.problem for one in some)
        lines.append(f"| {told} | {len(some)} | {survived} | {' | '.join(map(str, codes))} |")
    lines += ["", f"{wrong(judged)}.", "", *_memory(judged), *_kills(rows), *_echoes(rows)]
    lines += ["", "| misbehaviour | when | exit codes |", "| --- | --- | --- |"]
    acts: dict[tuple[str, str], list[Row]] = {}
    for one in judged:
        acts.setdefault((one.room, one.kind.rpartition(" ")[0]), []).append(one)
    for (room, act), some in acts.items():
        when = ", ".join(one.kind.rpartition(" ")[2] for one in some)
        lines.append(f"| {ROOMS[room]}: {act} | {when} | {', '.join(str(one.code) for one in some)} |")
    lines += [f"\nNot survived: {one.room}: {one.kind}: {one.problem}" for one in rows if one.problem]
    return "\n".join(lines) + "\n"


def wrong(rows: list[Row]) -> str:
    """Return how many runs were not survived in each way."""
    return ", ".join(f"{sum(row.problem.startswith(key) for row in rows)} {word}" for key, word in WRONG.items())


def _memory(rows: list[Row]) -> list[str]:
    if not rows:
        return []
    lines = ["| misbehaving | most memory of the suite's own process | with the processes of the stranger's code |"]
    lines += ["| --- | --- | --- |"]
    for room, told in ROOMS.items():
        some = [one for one in rows if one.room == room]
        if some:
            own, together = max(some, key=lambda one: one.own), max(some, key=lambda one: one.together)
            lines.append(f"| {told} | {own.own:.0f} MB ({own.kind}) | {together.together:.0f} MB ({together.kind}) |")
    return lines


def _kills(rows: list[Row]) -> list[str]:
    runs = [row for row in rows if row.room == "kill"]
    if not runs:
        return []
    sound, again = sum(not one.problem for one in runs), sum(one.told == "resumed" for one in runs)
    asked = sum(int(one.kind) % RESUMED == 0 and not one.problem for one in runs)
    return [
        "",
        f"Killed by SIGKILL at {len(runs)} random moments: {sound} times the journal could be rendered, and every",
        "assistant that was left stood in it, or was counted among those that were being made.",
        f"{asked} of them were resumed: {again} times the outcomes were those of a run that nobody disturbed, so that",
        "nothing was lost that was judged.",
    ]


def _echoes(rows: list[Row]) -> list[str]:
    some = [row for row in rows if row.room == "echo"]
    if not some:
        return []
    leaked = sum(bool(one.problem) for one in some)
    answers = sum(int(one.told or 0) for one in some)
    return [
        "",
        f"The key echoed in {len(some)} forms (raw, base64 at each offset, hex, percent, JSON, HTML and others), in",
        f"{answers:,} answers: {leaked} of {len(some)} leaked into what a run writes, prints or renders.",
    ]
