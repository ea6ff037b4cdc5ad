"""All faulty SDKs and all tolerated variants, by name."""

from __future__ import annotations

from tests.faults.sdk import bodies, reading, requests, retries, variants
from tests.faults.sdk.faulty import FAULTS, VARIANTS, Faulty, Kind

__all__ = ["FAULTS", "VARIANTS", "Faulty", "Kind", "bodies", "reading", "requests", "retries", "variants"]
