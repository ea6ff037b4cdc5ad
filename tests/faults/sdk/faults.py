"""All faulty SDKs and all tolerated variants, by name."""

from __future__ import annotations

from tests.faults.sdk import answers, bodies, coincidences, reading, requests, retries, variants
from tests.faults.sdk.faulty import FAULTS, VARIANTS, Faulty, Kind

__all__ = [
    "FAULTS",
    "VARIANTS",
    "Faulty",
    "Kind",
    "answers",
    "bodies",
    "coincidences",
    "reading",
    "requests",
    "retries",
    "variants",
]
