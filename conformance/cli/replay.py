"""``conformance replay``: a finding of a report, sent again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli import completion
from conformance.cli.configured import Configured
from conformance.cli.files import is_journal, journalled_report, load
from conformance.cli.guarded import keep_out
from conformance.cli.meant import rows_meant
from conformance.cli.options import keyed, with_targets
from conformance.exits import INTERRUPTED
from conformance.keys import secrets_of
from conformance.replay.answer import Answer
from conformance.settings import Settings, pairs
from reports.reading import target_name
from reports.render.evidence_text import request_head, step_text
from reports.shorten import shorten

if TYPE_CHECKING:
    from conformance.replay.trial import Replayed
    from reports.model import Report, Step

_BODY = 1200  # characters
_LINE = 400  # characters
_MOST_SETUP = 30

_CODES = {Answer.FIXED: 0, Answer.STILL_FAILING: 1, Answer.CANNOT: 5}


@click.command(cls=Configured)
@click.argument("report", type=click.Path(path_type=Path))
@click.argument("id_", metavar="ID", shell_complete=completion.findings)
@click.argument("target", required=False, envvar="CONFORMANCE_TARGET")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.001),
    metavar="SECONDS",
    help="How long one request may take in all; default: as in the run.",
)
@click.option(
    "--api-key-env",
    metavar="NAME",
    help="Environment variable that holds the bearer key; default: OPENAI_API_KEY.",
)
@click.option(
    "--api-key-file",
    metavar="FILE",
    help="File whose first line is the bearer key; its mode must close it to others (600).",
)
@keyed
@click.option(
    "--adapter-env",
    multiple=True,
    metavar="NAME",
    help="Environment variable to pass on to the adapter; may be repeated.",
)
@click.option("--header", multiple=True, metavar="NAME=VALUE", help="Extra header; may be repeated.")
@click.option("--query", multiple=True, metavar="NAME=VALUE", help="Extra query parameter; may be repeated.")
@click.option("--no-beta", is_flag=True, help="Do not send the header OpenAI-Beta: assistants=v2.")
@click.option("--insecure", is_flag=True, help="Do not check the certificate of an https target.")
@click.option("--ca-bundle", metavar="FILE", help="File of certificate authorities to check an https target by.")
@click.option("--assistant-id", metavar="ID", help="Use this assistant instead of new ones, and put it back as it was.")
@click.option("--model", metavar="ID", help="Make assistants with this model instead of the recorded one.")
@click.option("-q", "--quiet", is_flag=True, help="Print the answer only.")
def replay(report: Path, id_: str, target: str | None, quiet: bool, **given: Any) -> None:
    """Send the finding ID of REPORT again.

    ID is a requirement, or the number of a cause at the end of a run: of its findings the one is sent that shows it
    best.

    What is sent are the stored bytes after the stored preconditions, not what the seed would draw: to TARGET, or to the
    target of your configuration, and never to one that only the report names. The key, headers and query parameters
    are given again. Assistants that are made are deleted.
    """
    from conformance.replay.replay import replay as replayed  # noqa: PLC0415 - the suites are slow to import

    loaded = journalled_report(report) if is_journal(report) else load(report)
    rows = rows_meant(loaded, id_, report)
    chosen = next((row for row in rows if row.finding is not None), rows[0])
    settings = _settings(target, given)
    if target is not None:
        _warn(loaded, given)
    try:
        found = replayed(loaded, chosen.id, settings, str(report))
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    if not quiet:
        if len(rows) > 1:
            others = ", ".join(row.id for row in rows if row is not chosen)
            click.echo(_line(f"cause {id_} has {len(rows)} findings; this one is sent, and not {others}"))
        click.echo(_text(loaded, found))
    click.echo(_line(found.line))
    sys.exit(_CODES[found.answer])


with_targets(
    replay,
    """
\b
Exit codes
  0    fixed: what the report shows does not come any more
  1    still failing
  2    usage: no such report or requirement, or an edition unknown here
  3    target unusable
  5    cannot replay, or what came shows nothing; the last line says why
  130  interrupted
""",
)


_GIVEN = (
    *("timeout", "api_key_env", "api_key_file", "api_key_header", "api_key_scheme", "token_command", "ca_bundle"),
    *("assistant_id", "model"),
)


def _settings(target: str | None, given: dict[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {name: given[name] for name in _GIVEN if given[name] is not None}
    settings["adapter_env"] = given["adapter_env"]
    settings["headers"] = pairs("header", given["header"])
    settings["query"] = pairs("query parameter", given["query"])
    if target is not None:
        settings["target"] = target
    settings["insecure"] = given["insecure"]
    if given["no_beta"]:
        settings["beta"] = False
    keep_out(secrets_of(Settings(**settings)))
    return settings


def _warn(report: Report, given: dict[str, Any]) -> None:
    """Say what the run sent that a report does not hold."""
    for what, option in (("headers", "header"), ("query", "query")):
        names = report.settings.get(what)
        if isinstance(names, list) and names and not given[option]:
            told = _line(f"note: the run sent {what} that are not given: {', '.join(map(str, names))}; see --{option}")
            click.echo(told, err=True)


def _text(report: Report, found: Replayed) -> str:
    row, finding = found.row, found.row.finding
    lines = [_line(f"{row.level} {row.id}: {row.sentence}"), _line(f"reported for {target_name(report)}")]
    if finding is not None:
        if finding.case:
            lines.append(_line(f"  case      {finding.case}"))
        lines += [_line(f"  expected  {finding.expected}"), _line(f"  actual    {finding.actual}")]
    if found.base_url:
        lines += ["", _line(f"sent to {found.base_url}")]
    setup = [step for step in found.steps if step.role == "setup"]
    if len(setup) > _MOST_SETUP:
        lines.append(f"[before] {len(setup) - _MOST_SETUP} exchanges that are not shown")
    lines += [_line(f"[before] {_head(step)}: {step.outcome}") for step in setup[-_MOST_SETUP:]]
    for step in found.steps:
        if step.role != "setup":
            lines += ["", step_text(step, _BODY)]
    return "\n".join([*lines, "", *(_line(f"note: {note}") for note in found.notes)])


def _head(step: Step) -> str:
    return step.operation if step.request is None else request_head(step.request)


def _line(text: str) -> str:
    return shorten(text, _LINE, lines=False)
