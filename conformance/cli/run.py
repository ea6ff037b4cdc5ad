"""``conformance run``: judge a target, by running the suites under pytest in this process."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

from conformance.campaign.campaign import NEEDED
from conformance.cli.configured import Configured
from conformance.cli.judge import claim_report_dir
from conformance.cli.options import Seconds, Workers, judging, settings_of, shown, with_targets
from conformance.cli.progress import Watcher, console_of
from conformance.errors import UsageError
from conformance.plugin import PREFIX
from conformance.pytest_parts import Parts
from conformance.recordings.files import TOUCHED, is_recording
from conformance.settings import EFFORTS, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.target import Role

_DEFAULTS = Settings()
_OBJECTS = 5_000  # made more than let go of, before Python looks for garbage among them
_FAMILIES = Path(__file__).resolve().parent.parent / "suites"


@click.command(cls=Configured)
@judging
@shown
@click.argument("further", nargs=-1, metavar="[FILE]...")
@click.option(
    "--role",
    type=click.Choice(("server", "sdk")),
    help="For recordings: whether the answers are judged (server, the default), or what was sent (sdk).",
)
@click.option(
    "--require",
    type=click.Choice((TOUCHED,)),
    help="For recordings: exit 0 where something was seen and nothing is broken, though the verdict is inconclusive.",
)
@click.option(
    "--effort",
    type=click.Choice(EFFORTS),
    default=_DEFAULTS.effort,
    show_default=True,
    help="How much to send: about 2,000 requests, 8,000, or more; up to four times as many where much is broken.",
)
@click.option("--seed", type=int, default=_DEFAULTS.seed, show_default=True, help="Seed of all random choices.")
@click.option(
    "--time", type=Seconds(), metavar="TIME", help="How long the run may take, such as 90 or 10m; default: no limit."
)
@click.option(
    "--workers",
    type=Workers(),
    default="1",
    show_default=True,
    metavar="N|auto",
    help="Processes to spread the tests over, by pytest-xdist; auto: one for each core. The report is the same"
    " as that of one process.",
)
@click.option(
    "--shard",
    metavar="K/N",
    help="Carry out part K of N, for jobs that run side by side; conformance merge makes one report of them.",
)
@click.option(
    "--resume",
    metavar="JOURNAL",
    help="Go on with a run that was interrupted, where its journal ends; give the options of that run again.",
)
@click.option(
    "--fail-fast", is_flag=True, help="End at the first MUST that is broken; the report has what was judged until then."
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Say how many requests would be sent and how many assistants made, and send nothing to the target.",
)
def run(
    quiet: bool,
    verbose: bool,
    workers: str,
    fail_fast: bool,
    dry_run: bool,
    further: tuple[str, ...],
    role: Role | None,
    require: str | None,
    **given: Any,
) -> None:
    """Judge TARGET; without it, the embedded reference."""
    form = given.pop("format")
    settings = settings_of(given)
    if is_recording(settings.target):
        if dry_run:
            click.echo("0 requests would be sent: a recording is read, and nothing is sent to anybody")
            return
        watcher = Watcher(console_of(form), quiet=quiet, report_dir=settings.report_dir, form=form, verbose=verbose)
        sys.exit(_recordings(settings, (settings.target or "", *further), role or "server", require, watcher))
    if further:
        raise click.UsageError(f"Got unexpected extra argument ({' '.join(further)}): only recordings are several")
    if role is not None or require is not None:
        option = "--role" if role is not None else "--require"
        raise UsageError(f"{option} is for recordings", "give recording:FILE as TARGET, or leave the option out")
    if dry_run:
        from conformance.cli.dryrun import would_send  # noqa: PLC0415 - it takes a server, and a run does not

        for line in would_send(settings):
            click.echo(line)
        return
    claim_report_dir(settings)
    watcher = Watcher(
        console_of(form),
        quiet=quiet,
        report_dir=given["report_dir"],
        budget=given["time"],
        form=form,
        verbose=verbose,
    )
    with watcher:
        code = _pytest(given, watcher, workers, ["-x"] if fail_fast else [])
    for complaint in watcher.complaints:
        click.echo(f"conformance: {complaint}", err=True)
    sys.exit(code)


with_targets(
    run,
    "\nAssistants are deleted as soon as they are no longer needed. A server that limits how many there may be needs"
    f" room for {NEEDED} at a time.\n\nWritten are report.json, report.html, junit.xml and summary.md, and"
    " journal.jsonl while the run goes on.",
)


def _recordings(settings: Settings, specs: Sequence[str], role: Role, require: str | None, watcher: Watcher) -> int:
    from conformance.cli.recordings import judge_recordings  # noqa: PLC0415 - its readers are for recordings only

    for option, value in (("--shard", settings.shard), ("--resume", settings.resume)):
        if value is not None:
            raise UsageError(f"{option} is not for recordings", "they are read whole, in one go")
    return judge_recordings(settings, specs, role, watcher, require=require)


def _pytest(given: dict[str, Any], watcher: Watcher, workers: str, more: list[str]) -> int:
    arguments = [*more, *(f"{PREFIX}{flag}" for flag in _words(given))]
    # A run must not depend on the project it is started in: no foreign plugins, options or configuration.
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    isolation = [
        "-c",
        str(_FAMILIES / "pytest.ini"),
        "--rootdir",
        str(_FAMILIES),
        "--noconftest",
        "--import-mode=importlib",
    ]
    plugins = ["-p", "no:cacheprovider", "-p", "no:terminal", "-p", "conformance.plugin"]
    # What code under test leaves open, or lets go wrong in a thread, is no matter of conformance.
    plugins += ["-p", "no:unraisableexception", "-p", "no:threadexception"]
    if workers != "1":
        plugins += ["-p", "xdist.plugin", "-n", workers]
    arguments = [*isolation, *plugins, "--pyargs", "conformance.suites", *arguments]
    return int(pytest.main(arguments, plugins=[watcher, _Collector(), Parts()]))


class _Collector:
    """Has Python look for garbage less often: a run makes many objects, few circles, and its tests stay to the end."""

    def __init__(self) -> None:
        gc.set_threshold(_OBJECTS, 10, 10)

    def pytest_collection_finish(self) -> None:
        """Leave out what was made to collect the tests."""
        gc.freeze()


def _words(given: dict[str, Any]) -> list[str]:
    words: list[str] = []
    for name, value in given.items():
        flag = name.replace("_", "-")
        if value is True:
            words.append(flag)
        elif isinstance(value, tuple):
            words += [f"{flag}={item}" for item in value]
        elif value is not None and value is not False:
            words.append(f"{flag}={value}")
    return words
