"""``conformance run``: judge a target, by running the suites under pytest in this process."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from rich.console import Console

from conformance.cli.progress import Watcher
from conformance.errors import UsageError
from conformance.plugin import PREFIX
from conformance.settings import EFFORTS, FAIL_ON, Settings

_DEFAULTS = Settings()
_FAMILIES = Path(__file__).resolve().parent.parent / "suites"


@click.command()
@click.argument("target", required=False)
@click.option("--edition", default=_DEFAULTS.edition, show_default=True, help="Edition of the contract.")
@click.option(
    "--effort",
    type=click.Choice(EFFORTS),
    default=_DEFAULTS.effort,
    show_default=True,
    help="How much to send: about 2,000, 8,000 or more requests.",
)
@click.option("--only", multiple=True, metavar="PATTERN", help="Only requirements that match; may be repeated.")
@click.option("--skip", multiple=True, metavar="PATTERN", help="Leave out requirements that match; may be repeated.")
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default=_DEFAULTS.fail_on,
    show_default=True,
    help="The lowest level whose failure makes a target non-conformant.",
)
@click.option("--seed", type=int, default=_DEFAULTS.seed, show_default=True, help="Seed of everything that is drawn.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.001),
    default=_DEFAULTS.timeout,
    show_default=True,
    metavar="SECONDS",
    help="How long one request may take in all.",
)
@click.option(
    "--time", type=click.FloatRange(min=0.001), metavar="SECONDS", help="How long the run may take; default: no limit."
)
@click.option(
    "--report-dir", default=_DEFAULTS.report_dir, show_default=True, metavar="DIR", help="Where to write the reports."
)
@click.option(
    "--api-key-env",
    default=_DEFAULTS.api_key_env,
    show_default=True,
    metavar="NAME",
    help="Environment variable that holds the bearer key; a mock may do without.",
)
@click.option("--header", multiple=True, metavar="NAME=VALUE", help="Extra header; may be repeated.")
@click.option("--query", multiple=True, metavar="NAME=VALUE", help="Extra query parameter; may be repeated.")
@click.option("--no-beta", is_flag=True, help="Do not send the header OpenAI-Beta: assistants=v2.")
@click.option("--assistant-id", metavar="ID", help="Use this assistant, and put it back as it was.")
@click.option("--model", metavar="ID", help="A model that the target knows; default: gpt-4o, or one it has.")
@click.option("--file-id", multiple=True, metavar="ID", help="A file id that the target knows; may be repeated.")
@click.option(
    "--vector-store-id", multiple=True, metavar="ID", help="A vector store id that it knows; may be repeated."
)
@click.option("-q", "--quiet", is_flag=True, help="Print the verdict only.")
def run(quiet: bool, **given: Any) -> None:
    r"""Judge TARGET; without it, the embedded reference.

    \b
    TARGET is one of
      http://… or https://…   a server: its base URL, /v1 included
      sdk:openai              the openai package, if it is installed
      sdk:openai-async        its asynchronous client
      sdk:MODULE:FACTORY      an adapter of your own for another SDK

    Four files are written into the report directory: report.json, report.html, junit.xml and summary.md.
    """
    _check_report_dir(Path(given["report_dir"]))
    console = Console(highlight=False, soft_wrap=False)
    watcher = Watcher(console, quiet=quiet, report_dir=given["report_dir"])
    with watcher:
        code = _pytest(given, watcher)
    if watcher.complaint:
        click.echo(f"conformance: {watcher.complaint}", err=True)
    sys.exit(code)


def _check_report_dir(directory: Path) -> None:
    """Find out before the run whether its result can be kept."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = directory / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(
            f"cannot write into the report directory {directory}: {error.strerror}", "choose another with --report-dir"
        ) from None


def _pytest(given: dict[str, Any], watcher: Watcher) -> int:
    arguments = [f"{PREFIX}{flag}" for flag in _words(given)]
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
    return int(pytest.main([*isolation, *plugins, "--pyargs", "conformance.suites", *arguments], plugins=[watcher]))


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
