"""``conformance clean``: what interrupted runs have left on a target, shown and then deleted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from conformance.campaign.record import told
from conformance.cli.configured import Configured
from conformance.cli.files import is_journal, load
from conformance.cli.options import Seconds, of_target, settings_of
from conformance.errors import TargetUnusableError, UsageError
from conformance.exchange import NoAnswer
from conformance.leftovers import Leftover, leftover, listed
from conformance.run import options
from conformance.targets.resolve import resolve
from reports.shorten import shorten

if TYPE_CHECKING:
    from conformance.targets.protocol import ServerTarget

_GONE = frozenset({404, 410})
_SHOWN = 200  # characters of an id, or of a name


@click.command(cls=Configured)
@of_target
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A journal or a report: delete exactly the assistants that it lists, with or without the mark.",
)
@click.option(
    "--older-than",
    type=Seconds(),
    metavar="TIME",
    help="Keep those that are younger (2h), such as those of a run in progress.",
)
@click.option("--yes", is_flag=True, help="Do not ask before they are deleted.")
def clean(source: Path | None, older_than: float | None, yes: bool, **given: Any) -> None:
    """Delete what earlier runs left on TARGET, after showing it.

    Without --from these are the assistants that TARGET lists with the mark of this suite; nothing else is touched.
    TARGET and the key are never taken from the file that --from names.

    Exit codes: 0 nothing is left, 1 some could not be deleted, 3 the target cannot be asked.
    """
    given.pop("quiet", None)
    settings = settings_of(given)
    spec = settings.target or ""
    if not spec.startswith(("http://", "https://")):
        raise UsageError("only a server at a base URL keeps assistants", "give it, such as http://127.0.0.1:8123/v1")
    ids = None if source is None else _ids_in(source)
    target = cast("ServerTarget", resolve(spec, options(settings)))
    try:
        found = _marked(target) if ids is None else _named(target, ids)
        if older_than is not None:
            found = [one for one in found if (one.age() or 0.0) > older_than]
        if not found:
            click.echo("no assistants to delete")
            return
        for one in found:
            click.echo(_line(one))
        _confirm(len(found), yes=yes)
        failed = [one for one in found if not _deleted(target, one)]
    finally:
        target.close()
    deleted = len(found) - len(failed)
    click.echo(f"{deleted} assistant{'' if deleted == 1 else 's'} deleted")
    if failed:
        sys.exit(1)


def _ids_in(path: Path) -> list[str]:
    if is_journal(path):
        from conformance.resuming import journalled  # noqa: PLC0415 - only where there is one

        return list(journalled(path).assistants)
    return list(dict.fromkeys(load(path).left_behind))


def _marked(target: ServerTarget) -> list[Leftover]:
    found: list[Leftover] = []
    for one in listed(target):
        if isinstance(one, Leftover):
            found += [one] if one.marked else []
            continue
        where = target.describe().spec
        raise TargetUnusableError(f"{where}: its assistants cannot be listed: {told(one)}", "give a file with --from")
    return found


def _named(target: ServerTarget, ids: list[str]) -> list[Leftover]:
    """Return those of the ids that still stand, or may."""
    found: list[Leftover] = []
    for assistant_id in ids:
        read = target.retrieve(assistant_id)
        if isinstance(read.outcome, NoAnswer) or read.status in {401, 403}:
            raise TargetUnusableError(f"{target.describe().spec}: a GET fails: {told(read)}", "check target and key")
        if read.status not in _GONE:
            found.append(leftover(assistant_id, read.value))
    return found


def _line(one: Leftover) -> str:
    age = one.age()
    when = "" if age is None else f", made {age / 3600:.1f} h ago"
    name = f", {shorten(one.name, _SHOWN, lines=False)!r}" if one.name else ""
    return f"{shorten(one.id, _SHOWN, lines=False)}{when}{name}{'' if one.marked else ', not marked'}"


def _confirm(count: int, *, yes: bool) -> None:
    if yes:
        return
    try:
        agreed = click.confirm(f"delete these {count}?")
    except click.Abort:
        raise UsageError("not confirmed, so nothing was deleted", "give --yes to delete without asking") from None
    if not agreed:
        click.echo("nothing was deleted")
        sys.exit(0)


def _deleted(target: ServerTarget, one: Leftover) -> bool:
    deleted = target.delete(one.id)
    if deleted.accepted or deleted.status in _GONE:
        return True
    click.echo(f"not deleted: {shorten(one.id, _SHOWN, lines=False)}: {told(deleted)}", err=True)
    return False
