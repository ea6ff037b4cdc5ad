"""The pytest plugin: options, and the doorway to the suites.

It is loaded in every pytest run of an environment that has the suite installed, and there it must change and cost
nothing. So this module imports nothing heavy, and everything else happens in :mod:`conformance.pytest_run`, which is
imported when a test of :mod:`conformance.suites` has been collected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

PREFIX = "--conformance-"
SUITES = "conformance.suites"
RUN = "conformance-run"
"""The name under which the plugin of a run is registered."""

_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("target", {"help": "what to judge: a base URL, sdk:NAME, ...; default: the embedded reference"}),
    ("edition", {"help": "edition of the contract"}),
    ("effort", {"choices": ("quick", "standard", "thorough"), "help": "how much to send"}),
    ("seed", {"type": int, "help": "seed of everything that is drawn"}),
    ("only", {"action": "append", "help": "judge only requirements that match; may be repeated"}),
    ("skip", {"action": "append", "help": "leave out requirements that match; may be repeated"}),
    ("fail-on", {"choices": ("must", "should"), "help": "the lowest level whose failure counts"}),
    ("baseline", {"metavar": "FILE", "help": "expected failures, a TOML file"}),
    ("timeout", {"type": float, "help": "seconds that one request may take"}),
    ("time", {"type": float, "help": "seconds that the whole run may take"}),
    ("report-dir", {"help": "where the reports are written"}),
    ("api-key-env", {"help": "environment variable that holds the bearer key"}),
    ("other-api-key-env", {"help": "environment variable that holds a second key, for another tenant"}),
    ("header", {"action": "append", "help": "extra header, NAME=VALUE; may be repeated"}),
    ("query", {"action": "append", "help": "extra query parameter, NAME=VALUE; may be repeated"}),
    ("no-beta", {"action": "store_true", "default": None, "help": "do not send the OpenAI-Beta header"}),
    ("assistant-id", {"help": "use this assistant, and put it back as it was"}),
    ("model", {"help": "a model that the target knows"}),
    ("file-id", {"action": "append", "help": "a file id that the target knows; may be repeated"}),
    ("vector-store-id", {"action": "append", "help": "a vector store id that the target knows; may be repeated"}),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, all beginning with ``--conformance-``."""
    group = parser.getgroup("conformance", "conformance of the modify assistant operation")
    for name, settings in _OPTIONS:
        group.addoption(f"{PREFIX}{name}", **settings)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Make the hooks known through which a run is followed."""
    from conformance import hookspecs  # noqa: PLC0415 - kept out of the import of the plugin

    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to spread the suites over several processes: one campaign judges one target."""
    asked = any("conformance.suites" in word or "conformance/suites" in word for word in map(str, config.args))
    if asked and config.getoption("dist", "no") != "no":
        import pytest  # noqa: PLC0415 - kept out of the import of the plugin

        pytest.exit("the suites run in one process: leave out -n", returncode=2)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each requirement of a suite's family."""
    if metafunc.module.__name__.startswith(SUITES):
        _run(metafunc.config).generate(metafunc)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out what was not selected."""
    if config.pluginmanager.has_plugin(RUN):
        _run(config).choose(items)


def _run(config: pytest.Config) -> Any:
    from conformance.ground import stand  # noqa: PLC0415

    stand()
    from conformance.pytest_run import run_of  # noqa: PLC0415 - only when a suite is there

    return run_of(config)
