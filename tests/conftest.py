"""What holds for all tests: an example of Hypothesis may take its time, since no test asserts any."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("conformance", deadline=None)
settings.load_profile("conformance")
