"""``conformance init``: a configuration with comments, and a job for CI, for one target."""

from __future__ import annotations

import json
from pathlib import Path

import click

from conformance.config import OWN
from conformance.errors import UsageError
from conformance.targets.resolve import resolve
from reports.errors import ReportError
from reports.write import write_text

_CONFIGURATION = """\
# How `conformance` judges this project: options of its commands, by their long names.
# The command line overrides the environment (CONFORMANCE_EFFORT), and both override this file.

# The target of `conformance run` when the command line names none; it is defined at the end of this file.
target = "default"

# How much is sent: quick (about 2,000 requests), standard (8,000) or thorough.
effort = "quick"

# The lowest level whose failure counts: must (the default) or should.
# fail_on = "should"

# The file of expected failures, each with its reason; `conformance baseline write` writes it.
# baseline = "known.toml"

# The most requests a second, for a service with a limit.
# rate = 20

[targets.default]
# A base URL, /v1 included, or another kind of target (conformance run --help).
spec = {spec}
# The environment variable that holds the key; the key itself must not be in this file.
# api_key_env = "MY_SERVER_KEY"
"""
_GITHUB = """\
# Judges the target that conformance.toml names. The job passes only if the target is conformant (exit code 0).
name: conformance
on: [push, pull_request]
jobs:
  conformance:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      # If no package index has the suite, install it from its repository (pip install git+https://HOST/REPOSITORY@TAG),
      # or from a clone or a wheel in this one (pip install ./PATH).
      - run: python -m pip install modify-assistant-conformance
      # If the target is a server, install what it needs, start it, and wait until it answers, for example:
      # - run: |
      #     ./start-my-server &
      #     curl --silent --output /dev/null --retry 30 --retry-connrefused --retry-delay 1 http://127.0.0.1:8123/v1
      - run: conformance run --format github
        # If conformance.toml names an api_key_env:
        # env:
        #   MY_SERVER_KEY: ${{ secrets.MY_SERVER_KEY }}
      - if: always() && hashFiles('conformance-report/report.json') != ''
        run: conformance render conformance-report/report.json --format github-summary >> "$GITHUB_STEP_SUMMARY"
      - if: always()
        uses: actions/upload-artifact@v4
        with:
          name: conformance
          path: conformance-report
"""
_GITLAB = """\
# Judges the target that conformance.toml names. The job passes only if the target is conformant (exit code 0).
# Include this file in .gitlab-ci.yml.
conformance:
  image: python:3.12
  script:
    # If no package index has the suite, install it from its repository (pip install git+https://HOST/REPOSITORY@TAG),
    # or from a clone or a wheel in this one (pip install ./PATH).
    - python -m pip install modify-assistant-conformance
    # If the target is a server, install what it needs, start it, and wait until it answers, for example:
    # - ./start-my-server &
    # - curl --silent --output /dev/null --retry 30 --retry-connrefused --retry-delay 1 http://127.0.0.1:8123/v1
    - conformance run --format gitlab
  artifacts:
    when: always
    paths: [conformance-report]
    reports:
      junit: conformance-report/junit.xml
"""
_EXAMPLE = "http://127.0.0.1:8123/v1"
"""Stands in the jobs for the address of a server."""
_JOBS = {"github": (".github/workflows/conformance.yml", _GITHUB), "gitlab": (".gitlab/conformance.yml", _GITLAB)}

_CODE = frozenset({"asgi", "wsgi", "respx", "sdk", "exec", "recording"})
"""Targets that are code or files, which need not be there yet."""


@click.command()
@click.argument("target")
@click.option(
    "--ci",
    type=click.Choice([*_JOBS, "none"]),
    default="github",
    show_default=True,
    help="CI service that the job is for.",
)
def init(target: str, ci: str) -> None:
    """Write a configuration and a CI job for TARGET.

    conformance.toml has the usual options, each with a comment, and the job runs `conformance run`. If one of the
    files already exists, nothing is written.
    """
    if target.partition(":")[0] not in _CODE:
        resolve(target).close()  # a mistake is told now and not by the first job
    files = {Path(OWN): _CONFIGURATION.format(spec=json.dumps(target))}
    if ci in _JOBS:
        name, job = _JOBS[ci]
        files[Path(name)] = job.replace(_EXAMPLE, target) if target.startswith("http") else job
    for path in files:
        if path.exists() or path.is_symlink():
            raise UsageError(f"{path} already exists", "move it away, or edit it")
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(text, path)
            click.echo(f"wrote {path}")
    except (OSError, ReportError) as error:
        raise UsageError(f"cannot write: {error}") from None
    click.echo(
        "next: conformance run" + (f"; then check the commented steps in {name}, and commit" if ci in _JOBS else "")
    )
