"""What holds for all tests: an example of Hypothesis may take its time, since no test asserts any."""

from __future__ import annotations

import os
from pathlib import Path

# What Hypothesis works out of Unicode and of the modules takes a second, and it keeps that below the current folder:
# tests in folders of their own, and the processes that they start, find it in one place.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(Path(__file__).resolve().parents[1] / ".hypothesis"))

from hypothesis import settings

settings.register_profile("conformance", deadline=None)
settings.load_profile("conformance")
