"""All faulty SDKs and all tolerated variants, by name."""

from __future__ import annotations

from tests.faults.sdk import (
    answers,
    beside,
    bodies,
    clients,
    coincidences,
    connections,
    freejson,
    headers,
    invented,
    lost,
    reading,
    redirects,
    refusals,
    repaired,
    requests,
    retries,
    rewritten,
    stores,
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
    "beside",
    "bodies",
    "clients",
    "coincidences",
    "connections",
    "freejson",
    "headers",
    "invented",
    "lost",
    "reading",
    "redirects",
    "refusals",
    "repaired",
    "requests",
    "retries",
    "rewritten",
    "stores",
    "values",
    "variants",
]
