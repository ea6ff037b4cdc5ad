"""All faulty SDKs and all tolerated variants, by name."""

from __future__ import annotations

from tests.faults.sdk import (
    answers,
    bodies,
    coincidences,
    connections,
    freejson,
    lost,
    mended,
    reading,
    refusals,
    requests,
    retries,
    values,
    variants,
)
from tests.faults.sdk.faulty import FAULTS, VARIANTS, Faulty, Kind

__all__ = [
    "FAULTS",
    "VARIANTS",
    "Faulty",
    "Kind",
    "answers",
    "bodies",
    "coincidences",
    "connections",
    "freejson",
    "lost",
    "mended",
    "reading",
    "refusals",
    "requests",
    "retries",
    "values",
    "variants",
]
