"""What holds for all tests: an example of Hypothesis may take its time, since no test asserts any."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# What Hypothesis works out of Unicode and of the modules takes a second, and it keeps that below the current folder:
# tests in folders of their own, and the processes that they start, find it in one place.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(Path(__file__).resolve().parents[1] / ".hypothesis"))

# Where no bytecode is to be written, each of the hundreds of processes that tests start compiles all modules anew, and
# takes twice as long. While tests run they find it in a folder of this session's own, outside of the checkout.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", "") and "PYTHONPYCACHEPREFIX" not in os.environ:
    os.environ["PYTHONPYCACHEPREFIX"] = tempfile.mkdtemp(prefix="bytecode-")
    atexit.register(shutil.rmtree, os.environ["PYTHONPYCACHEPREFIX"], ignore_errors=True)

import pytest
from hypothesis import settings

settings.register_profile("conformance", deadline=None)
settings.load_profile("conformance")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Return for ``-n auto`` one process more than processors: of their time, tests wait a fifth."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return (os.cpu_count() or 1) + 1
