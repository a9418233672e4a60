"""The events of a day by series and bucket, arranged so that many are stepped over at once.

What a series becomes in a bucket depends on its bucket before, and on no other series. So the first
buckets with events of all series are one round, the second ones the next, though each is at another
time. The series with the most buckets come first, so a round has the first few of them.

    5 minutes   | a b | a c | b   | a   |
    rounds      | a b c | a b | a |           few numbers at a time cost as much as many
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.detect.state_matrix import Slots, Vector


class Rounds:
    """Buckets of `day` (days since the epoch): a column for each series with events in each.

    `slots` are the series, each once. Of the columns, `series` is the place in `slots`, `starts`
    when the bucket starts (epoch seconds) and `counts` the events in it; they come round by round.
    """

    def __init__(self, day: int, slots: Slots, starts: Vector, counts: Vector) -> None:
        self.day = day
        # By series, each in time order; then by round, and the series as they stand in `slots`.
        by_series = slots.argsort(kind="stable")
        slots = slots[by_series]
        begins = np.concatenate(([True], slots[1:] != slots[:-1])).nonzero()[0]
        sizes = np.concatenate((begins[1:], [slots.size])) - begins
        most_first = (-sizes).argsort(kind="stable")
        self.slots: Slots = slots[begins[most_first]]
        place = most_first.argsort(kind="stable")
        number = np.arange(slots.size) - begins.repeat(sizes)
        columns = by_series[(number * begins.size + place.repeat(sizes)).argsort(kind="stable")]
        self.starts: Vector = starts[columns]
        self.counts: Vector = counts[columns]
        self._sizes = np.bincount(number)
        self._begins = self._sizes.cumsum() - self._sizes
        self.series: Slots = np.arange(slots.size) - self._begins.repeat(self._sizes)

    def __iter__(self) -> Iterator[slice]:
        """Give the columns of each round."""
        for begin, size in zip(self._begins.tolist(), self._sizes.tolist(), strict=True):
            yield slice(begin, begin + size)

    def before(self, first: Vector, each: Vector) -> Vector:
        """Give for each column what the one before it of its series has, or `first` of the series.

        `each` is by column, `first` by series.
        """
        begins = np.concatenate(([0], first.size + self._begins[:-1]))
        found: Vector = np.concatenate((first, each))[begins.repeat(self._sizes) + self.series]
        return found

    def last(self, each: Vector) -> Vector:
        """Give what the last column of each series has."""
        last = np.empty(self.slots.size)
        last[self.series] = each  # that of the last round stays
        return last

    def total(self, each: Vector) -> Vector:
        """Add up what the columns of each series have."""
        total = np.bincount(self.series, weights=each, minlength=self.slots.size)
        return total.astype(np.float64, copy=False)
