"""Awkward texts, each of a class that targets are known to alter, and the names that stand beside them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from strategies.samples import ALIKE, LONG, LONGEST_LINES, NAMES, PARTS, WHOLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

JOINED = 250
"""Code points of a text that several samples are joined in: a name holds as many."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One awkward text."""

    kind: str
    """A class of :data:`conformance.catalogue.roundtrip.TEXT`."""
    label: str
    text: str

    @property
    def requirement(self) -> str:
        """Return the id of the requirement about texts of its class."""
        return f"roundtrip.text.{self.kind}"


@cache
def wholes() -> tuple[Sample, ...]:
    """Return the texts that are telling as a whole: of each class the first, of each the second, and so on."""
    return tuple(_in_turn(WHOLES))


@cache
def parts() -> tuple[Sample, ...]:
    """Return the texts in which a part is telling, wherever it stands, in the same order."""
    return tuple(_in_turn(PARTS))


@cache
def texts() -> tuple[Sample, ...]:
    """Return all samples that any text may be."""
    return (*wholes(), *parts())


@cache
def long_lines() -> tuple[Sample, ...]:
    """Return texts of long lines: longer than a name may be, and longer than a description."""
    return tuple(Sample("long_lines", label, text) for label, text in (*LONG.items(), *LONGEST_LINES.items()))


def _in_turn(classes: Mapping[str, Mapping[str, str]]) -> Iterable[Sample]:
    columns = [[Sample(kind, label, text) for label, text in found.items()] for kind, found in classes.items()]
    return (sample for row in zip_longest(*columns) for sample in row if sample is not None)


@cache
def joined() -> tuple[tuple[Sample, ...], ...]:
    """Return the texts in which a part is telling, in rows that can be joined in one name."""
    rows: list[list[Sample]] = [[]]
    for sample in parts():
        if len(text_of((*rows[-1], sample))) > JOINED:
            rows.append([])
        rows[-1].append(sample)
    return tuple(tuple(row) for row in rows)


def text_of(samples: Iterable[Sample]) -> str:
    """Return one text that holds all the samples, a line each."""
    return "\n".join(sample.text for sample in samples)


@cache
def names(room: int) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Return the names for what a caller may name, in rows of ``room``; those that are nearly alike stay together."""
    rows: list[list[tuple[str, ...]]] = [[]]
    seen = {name for alike in ALIKE for name in alike}
    singles = ((name,) for name in NAMES if name not in seen)
    for alike in (*ALIKE, *singles):
        fitting = next((row for row in rows if sum(map(len, row)) + len(alike) <= room), None)
        if fitting is None:
            rows.append(fitting := [])
        fitting.append(alike)
    return tuple(tuple(row) for row in rows)


def packed() -> dict[str, str]:
    """Return a dozen awkward texts as the pairs of one metadata object, keys awkward as well."""
    keys = ("__proto__", "a.b", "a b", "ключ", "🔑", "constructor", "null", '"', "\\", "<b>", "é", "e\u0301", " x ")
    return {key: sample.text for key, sample in zip(keys, wholes(), strict=False)}
