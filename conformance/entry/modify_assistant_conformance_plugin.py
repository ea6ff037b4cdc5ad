"""The pytest plugin, and the command: what an environment sees of the suite before it is asked for.

The plugin is loaded in every pytest run of an environment that has the suite installed, and there it must change and
cost nothing. A project may well have a package of its own that is called ``conformance``. So this module is installed
beside the packages, under a name that nobody else has, and imports nothing of the suite until tests of the suite have
been collected, or the command is called.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.campaign.progress import Progress
    from reports.model import Report

T = TypeVar("T")
PREFIX = "--conformance-"
OWN = "conformance"
SUITES = "conformance.suites"
REQUIREMENT = "__conformance_own__"
"""What a test has that says of what requirement of the user's own it is."""
RUN = "conformance-run"
"""The name under which the plugin of a run is registered."""


def _one_of(*known: str) -> Callable[[str], str]:
    """Return what takes one of some words, and does not repeat what it refuses: it may be a key."""

    def taken(given: str) -> str:
        if given not in known:
            raise argparse.ArgumentTypeError(f"give one of {', '.join(known)}")
        return given

    return taken


def _number(kind: Callable[[str], T], called: str) -> Callable[[str], T]:
    """Return what takes a number, and does not repeat what it refuses."""

    def taken(given: str) -> T:
        try:
            return kind(given)
        except ValueError:
            raise argparse.ArgumentTypeError(f"give a {called}") from None

    return taken


OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("target", {"help": "what to judge: a base URL, sdk:NAME, ...; default: the embedded reference"}),
    ("edition", {"help": "edition of the contract, or a file of your own"}),
    ("effort", {"type": _one_of("quick", "standard", "thorough"), "help": "how much to send"}),
    ("seed", {"type": _number(int, "whole number"), "help": "seed of everything that is drawn"}),
    ("only", {"action": "append", "help": "judge only requirements that match; may be repeated"}),
    ("skip", {"action": "append", "help": "leave out requirements that match; may be repeated"}),
    ("fail-on", {"type": _one_of("must", "should"), "help": "the lowest level whose failure counts"}),
    ("baseline", {"metavar": "FILE", "help": "expected failures, a TOML file"}),
    ("timeout", {"type": _number(float, "number"), "help": "seconds that one request may take"}),
    ("shard", {"metavar": "K/N", "help": "carry out this part of N, whose reports conformance merge adds up"}),
    ("time", {"type": _number(float, "number"), "help": "seconds that the whole run may take"}),
    ("max-requests", {"type": _number(int, "whole number"), "help": "how many requests may be sent, deletes included"}),
    ("rate", {"type": _number(float, "number"), "help": "how many requests may be sent a second"}),
    (
        "max-wait",
        {"type": _number(float, "number"), "help": "seconds to wait at one time where the target asks for it"},
    ),
    ("resume", {"metavar": "JOURNAL", "help": "go on with the run of this journal, given what that was given"}),
    ("memory", {"metavar": "PLACE", "help": "where bodies that failed are kept; default: in the user's cache"}),
    ("report-dir", {"help": "where the reports are written"}),
    ("api-key-env", {"help": "environment variable that holds the bearer key"}),
    ("other-api-key-env", {"help": "environment variable that holds a second key, for another tenant"}),
    ("api-key-file", {"metavar": "FILE", "help": "file whose first line is the bearer key"}),
    ("other-api-key-file", {"metavar": "FILE", "help": "file whose first line is the second key"}),
    ("api-key-header", {"metavar": "NAME", "help": "header that the key stands in; default: Authorization"}),
    ("api-key-scheme", {"metavar": "WORD", "help": "what stands before the key there"}),
    ("token-command", {"metavar": "COMMAND", "help": "command that prints the bearer key"}),
    ("adapter-env", {"action": "append", "help": "environment variable that an adapter is given; may be repeated"}),
    ("header", {"action": "append", "help": "extra header, NAME=VALUE; may be repeated"}),
    ("query", {"action": "append", "help": "extra query parameter, NAME=VALUE; may be repeated"}),
    ("no-beta", {"action": "store_true", "default": None, "help": "do not send the OpenAI-Beta header"}),
    ("insecure", {"action": "store_true", "default": None, "help": "do not check the certificate of an https target"}),
    ("ca-bundle", {"metavar": "FILE", "help": "file of the authorities that its certificate is checked by"}),
    ("assistant-id", {"help": "use this assistant, and put it back as it was"}),
    ("model", {"help": "a model that the target knows"}),
    ("file-id", {"action": "append", "help": "a file id that the target knows; may be repeated"}),
    ("vector-store-id", {"action": "append", "help": "a vector store id that the target knows; may be repeated"}),
)


class Hooks:
    """The hooks of a run, for plugins that follow it."""

    @staticmethod
    @pytest.hookspec
    def pytest_conformance_progress(progress: Progress) -> None:
        """Take note of how far the campaign is; called after each scenario, from any thread."""

    @staticmethod
    @pytest.hookspec
    def pytest_conformance_report(report: Report) -> None:
        """Take the report, once, when the run is over; it has been written already."""

    @staticmethod
    @pytest.hookspec
    def pytest_conformance_complaints(complaints: tuple[str, ...]) -> None:
        """Take what went wrong beside the judging, a line each: a stale baseline, a report that was not written."""


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the options, all beginning with ``--conformance-``."""
    if pluginmanager.is_blocked(OWN):
        return
    group = parser.getgroup(OWN, "conformance of the modify assistant operation")
    for name, settings in OPTIONS:
        group.addoption(f"{PREFIX}{name}", **settings)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Make the hooks known through which a run is followed."""
    pluginmanager.add_hookspecs(Hooks)


class Several:
    """What is there beside a run that pytest-xdist spreads over several processes."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a process has seen of the target."""
        output = getattr(node, "workeroutput", None) or {}
        if any(str(name).startswith(OWN) for name in output):
            _run(self._config).take(output)


def pytest_configure(config: pytest.Config) -> None:
    """Have the evidence of several processes brought together."""
    if config.getoption("dist", "no") != "no" and not config.pluginmanager.is_blocked(OWN):
        config.pluginmanager.register(Several(config))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Say in the first line that it is the embedded reference which is judged, where no target is named."""
    config = session.config
    if config.pluginmanager.is_blocked(OWN) or hasattr(config, "workerinput"):
        return
    given = config.getoption(f"{OWN}_target", None) or os.environ.get("CONFORMANCE_TARGET")
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if not given and reporter is not None and any(_names_suites(config, word) for word in map(str, config.args)):
        reporter.write_line(f"no {PREFIX}target: the embedded reference is judged")


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Make room for the suite, and have the fixtures known, where a target is to be judged."""
    config = session.config
    if config.pluginmanager.is_blocked(OWN):
        return
    given = (config.getoption(f"{OWN}_{name.replace('-', '_')}", None) for name, _ in OPTIONS)
    if any(one is not None for one in given) or any(_names_suites(config, word) for word in map(str, config.args)):
        _run(config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Say of a test with a requirement of the user's own that it has no target where none was asked for."""
    if not item.config.pluginmanager.has_plugin(RUN) and REQUIREMENT in getattr(
        getattr(item, "function", None), "__dict__", {}
    ):
        pytest.fail(f"this test needs a target to judge: give {PREFIX}target", pytrace=False)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> None:
    """Make room for the packages of the suite before one of its modules is imported."""
    if not parent.config.pluginmanager.is_blocked(OWN) and _is_suite(module_path):
        _run(parent.config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each requirement of a suite's family."""
    if not metafunc.config.pluginmanager.is_blocked(OWN) and _is_suite(Path(metafunc.module.__file__ or "")):
        _run(metafunc.config).generate(metafunc)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out what was not selected."""
    if config.pluginmanager.has_plugin(RUN):
        _run(config).choose(items)


@cache
def _home() -> Path:
    """Return the folder of the suite's packages: this file's, that of a checkout, or that of an editable install."""
    here = Path(__file__).resolve().parent
    folders = (here, here.parent.parent, *map(Path, sys.path))
    return next((folder for folder in folders if (folder / OWN / "suites" / "plan.py").is_file()), here)


def _is_suite(path: Path) -> bool:
    return path.resolve().is_relative_to(_home() / OWN / "suites")


def _names_suites(config: pytest.Config, word: str) -> bool:
    """Return whether a word of the command line names the suites, and not a folder of the project."""
    if config.getoption("pyargs", default=False) and word.startswith(SUITES):
        spec = importlib.util.find_spec(OWN)
        return spec is not None and Path(spec.origin or "").resolve().parent == _home() / OWN
    return _is_suite(config.invocation_params.dir / word.partition("::")[0])


def _first(name: str) -> Any:
    """Import a module of the suite, whatever else on the path is called the same."""
    sys.path.insert(0, str(_home()))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(_home()))


def _run(config: pytest.Config) -> Any:
    package = sys.modules.get(OWN)
    if package is not None and Path(package.__file__ or "").resolve().parent != _home() / OWN:
        told = f"the package {OWN} of {Path(package.__file__ or '').parent.parent} is already imported in this process"
        pytest.exit(f"{told}; run the suite in a process of its own: conformance run", returncode=2)
    try:
        _first("conformance.ground").stand()
    except Exception as error:
        if not hasattr(error, "exit_code"):
            raise
        pytest.exit(str(error), returncode=2)
    return _first("conformance.pytest_run").run_of(config)


def main() -> None:
    """Run the command ``conformance``."""
    _first("conformance.cli").main()
