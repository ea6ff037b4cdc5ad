"""The reference told to break one rule, and to differ where the document is silent."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from conformance.reference.faults import (
    addresses,
    aftermath,
    alike,
    allowances,
    brittle,
    coercion,
    concurrency,
    conditional,
    conjunctions,
    controls,
    crowded,
    delivered,
    demanding,
    destroying,
    entitytags,
    envelopes,
    extremes,
    families,
    farther,
    framings,
    freejson,
    identity,
    labels,
    leftovers,
    literals,
    messages,
    mistaken,
    neighbours,
    nested,
    original,
    rare,
    refusals,
    response,
    rewriting,
    roundtrip,
    sequences,
    sizes,
    states,
    tenants,
    texts,
    together,
    tolerated,
    transport,
    unchecked,
    unmentioned,
    validation,
    workers,
)
from conformance.reference.faults import variants as variants_of_answers
from conformance.reference.faults.fault import Fault, Shown, Variant

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Fault", "Shown", "Variant", "faults", "variants"]

_FAULTS = (
    validation,
    coercion,
    unchecked,
    roundtrip,
    nested,
    leftovers,
    unmentioned,
    freejson,
    texts,
    rewriting,
    alike,
    aftermath,
    rare,
    together,
    states,
    conditional,
    conjunctions,
    crowded,
    families,
    sizes,
    response,
    identity,
    envelopes,
    extremes,
    refusals,
    controls,
    destroying,
    sequences,
    neighbours,
    farther,
    delivered,
    mistaken,
    concurrency,
    transport,
    literals,
    brittle,
    labels,
    addresses,
    workers,
    messages,
    entitytags,
    framings,
    tenants,
)


@cache
def faults() -> Mapping[str, Fault]:
    """Return every fault by its name, by kind."""
    return MappingProxyType({fault.name: fault for module in _FAULTS for fault in module.faults()})


@cache
def variants() -> Mapping[str, Variant]:
    """Return every tolerated variant by its name, by kind."""
    found = (*variants_of_answers.variants(), *tolerated.variants(), *demanding.variants(), *workers.variants())
    found += (*messages.variants(), *framings.variants(), *tenants.variants(), *allowances.variants())
    found += (*extremes.variants(), *conjunctions.variants(), *original.variants(), *aftermath.variants())
    found += (*mistaken.variants(), *neighbours.variants(), *entitytags.variants())
    return MappingProxyType({variant.name: variant for variant in found})
