"""``conformance certify`` and ``conformance verify``: a whole run bound to its report, and that checked again."""

from __future__ import annotations

import shlex
import shutil
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import conformance
from conformance.catalogue import catalogue
from conformance.cli.configured import Configured
from conformance.cli.files import put
from conformance.cli.judge import judge
from conformance.cli.options import FAILS, Seconds, of_target, settings_of, with_targets, within_budget
from conformance.editions import edition_told
from conformance.errors import UsageError
from conformance.exits import INTERRUPTED, exit_code
from conformance.reading import contents
from conformance.run import edition_of
from conformance.settings import FAIL_ON, Settings
from reports.certificate import EFFORT, Verification, certificate
from reports.certificate import verify as verified
from reports.errors import ReportError
from reports.model import Verdict
from reports.shorten import shorten
from reports.write import move_aside
from strategies import editions

if TYPE_CHECKING:
    from collections.abc import Collection

    from reports.model import Report

CERTIFICATE = "certificate.json"
REPORT = "report.json"
_LINES = 5
"""Lines that follow the report on a screen: the certificate, why it is partial, and what it says."""


def _said(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if not value.strip():
        raise click.BadParameter("it is empty", ctx, param)
    return value.strip()


class _Named(Configured):
    """A command whose target is named where it is called: no file of a folder decides what is certified."""

    def check_target(self, target: str | None) -> None:
        """Refuse to go on without one."""
        if target is None:
            told = "no target to certify: it must be given on the command line, not in a configuration file"
            raise UsageError(told, "give one, such as http://127.0.0.1:8123/v1")


@click.command(cls=_Named)
@of_target
@within_budget
@click.option("--name", required=True, callback=_said, metavar="N", help="What the target is called.")
@click.option("--target-version", required=True, callback=_said, metavar="V", help="Which version of it is judged.")
@click.option(
    "--time", type=Seconds(), metavar="TIME", help="How long the run may take, such as 90 or 10m; default: no limit."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of all random choices.")
@click.option("--fail-on", type=click.Choice(FAIL_ON), default="must", show_default=True, help=FAILS)
def certify(quiet: bool, name: str, target_version: str, **given: Any) -> None:
    """Judge TARGET completely and write a certificate.

    The effort is thorough; nothing is left out or waived. certificate.json states the version of the suite, edition,
    seed, target, verdict and counts, with the SHA-256 of report.json. It is not a signature: it shows that nothing
    was altered, not who wrote it. A run that ends early writes none. TARGET must be given on the command line; a
    configuration file cannot name it.
    """
    settings = settings_of(given, effort=EFFORT)
    expected = catalogue(edition_of(settings))

    def amend(report: Report) -> Report:
        return _named(report, name, target_version, settings)

    directory = Path(settings.report_dir)
    try:
        move_aside(directory / CERTIFICATE)
    except ReportError as error:
        raise UsageError(str(error), "choose another directory with --report-dir") from None
    run, report = judge(settings, quiet=quiet, amend=amend, after=_LINES)
    if run.interrupted:
        sys.exit(INTERRUPTED)
    seen = run.part()
    if report.interrupted or seen is None or seen.left:
        click.echo("no certificate: the run ended early")
        sys.exit(run.exit_code(report))
    content = contents(directory / REPORT)
    made = certificate(content, expected)
    put(made.decode("utf-8"), directory / CERTIFICATE)
    found = verified(made, content, lambda report: expected)
    click.echo(f"certificate: {directory / CERTIFICATE}")
    _tell(found)
    sys.exit(_code(found))


with_targets(certify)
next(param for param in certify.params if param.name == "target").metavar = "TARGET"  # no configuration names it


def _named(report: Report, name: str, version: str, settings: Settings) -> Report:
    """Return the report with the name and version that the target is certified under; what was found stays told."""
    target = report.target
    found = f"{target.name} {target.version}".strip()
    details = {**target.details, "found as": found} if found else target.details
    words = ["conformance", "certify", target.spec, "--name", name, "--target-version", version]
    words += ["--edition", settings.edition, "--seed", str(settings.seed)]
    if settings.fail_on != "must":
        words += ["--fail-on", settings.fail_on]
    return replace(
        report, target=replace(target, name=name, version=version, details=details), command=shlex.join(words)
    )


@click.command()
@click.argument("file", metavar="CERTIFICATE", type=click.Path(path_type=Path))
@click.option(
    "--report", type=click.Path(path_type=Path), metavar="FILE", help="The report; default: report.json beside it."
)
def verify(file: Path, report: Path | None) -> None:
    """Check CERTIFICATE against its report.

    Two things are checked: that the report is the one that was certified, unaltered; and that its requirements give
    the verdict that the certificate states.

    Exit codes: 0 unaltered and conformant, 1 altered or non-conformant, 2 the certificate or the report cannot be
    read, 5 unaltered but partial: something did not run.
    """
    data = contents(file)
    content = contents(file.with_name(REPORT) if report is None else report)
    try:
        found = verified(data, content, _expected)
    except ReportError as error:
        raise UsageError(f"{file}: {error}") from None
    if not found.altered:
        click.echo("unaltered: the report is the one that was certified")
    _tell(found)
    sys.exit(_code(found))


def _expected(report: Report) -> Collection[str]:
    """Return the ids that the report is to have.

    Another version of the suite may have another catalogue. Raises :class:`UsageError` for an edition that is not
    the one which this suite has under its name.
    """
    if not report.extends and report.edition not in editions.names():
        return ()
    try:
        edition = edition_told(report.edition, report.edition_sha256, report.extends, report.changes)
    except ReportError:
        told = f"the report's edition {report.edition} is not the one of this suite: its hash differs"
        raise UsageError(told) from None
    return catalogue(edition) if report.suite_version == conformance.__version__ else ()


def _say(line: str) -> None:
    """Print a line, on a terminal folded between words."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else len(line) + 1
    click.echo(
        "\n".join(textwrap.wrap(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False))
    )


def _tell(found: Verification) -> None:
    if found.altered:
        click.echo(f"refused: {found.altered}")
        return
    for line in found.partial:
        _say(f"partial: {shorten(line, 300, lines=False)}")
    if found.waived:
        _say(f"refused: the report waives {found.waived} of its requirements, and a certificate waives nothing")
    if found.report is not None and found.verdict is not None:
        target = found.report.target
        name = shorten(f"{target.name} {target.version}", 200, lines=False)
        whole = "partial, " if found.partial else ""
        where = shorten(target.spec or target.kind, 300, lines=False)
        _say(f"{name} at {where}, edition {found.report.edition}: {whole}{found.verdict.value}")


def _code(found: Verification) -> int:
    if found.altered or found.waived or found.verdict is None:
        return 1
    if found.verdict is Verdict.CONFORMANT and found.partial:
        return exit_code(Verdict.INCONCLUSIVE)
    return exit_code(found.verdict)
