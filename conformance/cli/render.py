"""``conformance render``: any form of a report again, from its ``report.json``."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.errors import UsageError
from reports.errors import ReportError
from reports.serialise import from_json
from reports.write import FORMATS


@click.command()
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(list(FORMATS)), required=True, help="The form to write.")
def render(report: Path, form: str) -> None:
    """Write REPORT (a report.json) to standard output in another form."""
    try:
        text = report.read_text(encoding="utf-8")
        click.echo(FORMATS[form].render(from_json(text)), nl=False)
    except OSError as error:
        raise UsageError(f"cannot read {report}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{report} is no report: it is not UTF-8") from None
    except ReportError as error:
        raise UsageError(f"{report}: {error}") from None
