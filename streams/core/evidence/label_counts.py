"""Counts by combination of labels, as columns of numbers: those of one series are found fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

import numpy as np

from streams.core.evidence.index import Index

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streams.core.evidence.combinations import Combinations, Labels, Place
    from streams.core.evidence.sample import Real, Whole

CACHED_TOTALS: Final = 2_000
"""Series of which the total is remembered."""
CACHED_VALUES: Final = 300
"""Values of a label up to which the sums by it are remembered."""


class LabelCounts:
    """Counts by combination of labels, to be summed up; they stay as they are."""

    __slots__ = ("_among", "_index", "_sums", "_totals", "counts", "numbers")

    def __init__(self, among: Combinations, numbers: Whole, counts: Whole) -> None:
        self._among = among
        self.numbers = numbers
        self.counts = counts
        self._totals: dict[Place, int] = {}
        self._index: Index | None = None
        self._sums: dict[int, tuple[int, Real]] = {}

    @classmethod
    def of(cls, among: Combinations, counts: Mapping[Labels, int]) -> Self:
        """Make one of counts by labels."""
        values = np.fromiter(counts.values(), dtype=np.int64, count=len(counts))
        return cls(among, among.numbers(counts), values)

    @classmethod
    def added(cls, among: Combinations, parts: Iterable[LabelCounts]) -> Self:
        """Add several up."""
        held = [(part.numbers, part.counts) for part in parts]
        if not held:
            return cls.of(among, {})
        numbers = np.concatenate([own for own, _ in held])
        counts = np.concatenate([own for _, own in held])
        if len(held) == 1:
            return cls(among, numbers, counts)
        sums = np.bincount(numbers, counts)
        seen = np.flatnonzero(sums)
        return cls(among, seen, sums[seen].astype(np.int64))

    def total(self, place: Place = ()) -> int:
        """Count the events of one series."""
        known = self._totals.get(place)
        if known is None:
            if len(self._totals) >= CACHED_TOTALS:
                self._totals.clear()
            counts = self.counts[self.index.of(place)] if place else self.counts
            known = self._totals[place] = int(counts.sum())
        return known

    @property
    def index(self) -> Index:
        """Where the combinations of a series stand."""
        if self._index is None:
            self._index = Index(self._among, self.numbers)
        return self._index

    def of_series(self, place: Place) -> LabelCounts:
        """Return the label counts of one series."""
        if not place:
            return self
        inside = self.index.of(place)
        return LabelCounts(self._among, self.numbers[inside], self.counts[inside])

    def sums(self, position: int) -> Real:
        """Add up by the value of one label: an element for each of `values`."""
        many = len(self.values(position))
        known = self._sums.get(position)
        if known is None or known[0] != many:  # a value may have come to be known since
            codes = self._among.codes(position, self.numbers)
            sums = np.bincount(codes, self.counts, many + 1)[1:].astype(np.float64)
            sums.flags.writeable = False
            known = many, sums
            if many <= CACHED_VALUES:
                self._sums[position] = known
        return known[1]

    def values(self, position: int) -> list[str]:
        """Return the values of one label that are known, also those that nothing is counted of."""
        return self._among.values(position)

    def by(self, position: int) -> dict[str, int]:
        """Add up by the value of one label, in the order of the values."""
        sums = self.sums(position)
        values = self.values(position)
        return dict(sorted((values[code], int(sums[code])) for code in np.flatnonzero(sums)))
