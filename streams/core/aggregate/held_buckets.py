"""The buckets that are held of many series, and what can be asked of them."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

from streams.core.aggregate.closed_buckets import ClosedBuckets
from streams.core.aggregate.open_buckets import SERIES, SERIES_BITS, TOUCHED, OpenBuckets, cut
from streams.core.event_time.buckets import GRAINS
from streams.core.sketches import hyperloglog

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from streams.core.aggregate.columns import Bucket
    from streams.core.aggregate.series import Series
    from streams.core.aggregate.single_buckets import SingleBuckets
    from streams.core.event_time.buckets import Grain
    from streams.core.event_time.zone import Zone
    from streams.core.slots import Integers


class HeldBuckets:
    """Open buckets in columns, closed ones packed by series.

    Only `grains` are kept; days are those of `zone`.

    Attributes:
        series: by number.
        open: by grain, the buckets that are open.
        closed: by grain and start, the series (numbers) that have a closed bucket there, or had one
            that is open again.
    """

    def __init__(self, grains: Collection[Grain], zone: Zone) -> None:
        self._zone = zone
        self._grains = [grain for grain in GRAINS if grain in grains]
        self.series: list[Series] = []
        self.open: dict[Grain, OpenBuckets] = {grain: OpenBuckets() for grain in GRAINS}
        self.closed: dict[Grain, dict[int, array[int]]] = {grain: {} for grain in GRAINS}
        self._packed = ClosedBuckets()

    def add(self, series: Series) -> None:
        """Number a new series."""
        series.number, series.packed = len(self.series), self._packed
        self.series.append(series)
        self._packed.reserve(len(self.series))

    def single(self, grain: Grain) -> SingleBuckets:
        """Return the closed buckets of series that have one, by the numbers of these."""
        return self._packed.single[grain]

    def cut(self, grain: Grain, time: int) -> int:
        """Return the least key of the buckets of a grain that end after `time`."""
        length = self._zone.fixed.get(grain, 0)
        return cut(time - length + 1 if length else self._zone.day(time))

    def first(self, grain: Grain) -> int | None:
        """Return the start of the first bucket of a grain; None where there is none."""
        keys = self.open[grain].keys
        starts = [*self.closed[grain]] + ([int(keys[0]) >> SERIES_BITS] if keys.size else [])
        return min(starts, default=None)

    def at(self, grain: Grain, start: int) -> tuple[list[int], list[int]]:
        """Return the series (numbers) that have a bucket at `start`, and the count of each."""
        table = self.open[grain]
        numbers, slots = table.between(start, start + 1)
        counts = table.counts[slots].tolist()
        closed, counted = self._packed.at(grain, start, self._closed_at(grain, start))
        return numbers + closed.tolist(), counts + counted.tolist()

    def closed_at(self, grain: Grain, start: int) -> Iterator[tuple[Series, Bucket]]:
        """Yield the closed buckets at `start`, and whose they are."""
        for number in self.closed[grain].get(start, ()):
            bucket = self._packed.bucket(grain, number, start)
            if bucket is not None:
                yield self.series[number], bucket

    def _note_closed(self, grain: Grain, start: int, numbers: Integers) -> None:
        """Note which series have a closed bucket at `start`."""
        self.closed[grain].setdefault(start, array("q")).frombytes(numbers.tobytes())

    def _closed_at(self, grain: Grain, start: int) -> Integers:
        return np.array(self.closed[grain].get(start, ()), np.int64)

    def counts(self, series: Series, grain: Grain) -> dict[int, int]:
        """Return the events of every bucket of a series, by start."""
        closed, table = series.closed(grain), self.open[grain]
        counts = {} if closed is None else dict(zip(closed.starts, closed.counts, strict=True))
        own = table.keys & SERIES == series.number
        starts = (table.keys[own] >> SERIES_BITS).tolist()
        counts.update(zip(starts, table.counts[table.slots[own]].tolist(), strict=True))
        return counts

    def sketches(
        self, series: Series, grain: Grain, start: int, end: int
    ) -> Iterator[hyperloglog.Sketch]:
        """Yield the customers of every bucket of a series that starts in `[start, end)`."""
        closed, table = series.closed(grain), self.open[grain]
        if closed is not None:
            yield from closed.sketches(closed.index(start), closed.index(end))
        low, high = table.below(cut(start)), table.below(cut(end))
        own = table.slots[low:high][table.keys[low:high] & SERIES == series.number]
        if not own.size:
            return
        yield from (hyperloglog.load(data) for data in table.customers.write(own) if data)

    def holding(self, grain: Grain) -> set[int]:
        """Return the numbers of the series that have a bucket of a grain."""
        numbers = set(np.unique(self.open[grain].keys & SERIES).tolist())
        numbers.update(self._packed.holding(grain))
        return numbers

    def touched(self) -> list[int]:
        """Return the numbers, ascending, of the series that changed since `freeze` was called."""
        there = np.zeros(len(self.series), np.bool_)
        for grain in self._grains:
            table = self.open[grain]
            if table.touched:
                some = table.flags[table.slots] & TOUCHED > 0
                there[table.keys[some] & SERIES] = True
        return there.nonzero()[0].tolist()

    def changes(self) -> int:
        """Count the buckets that changed since `freeze` was called."""
        return sum(table.touched for table in self.open.values())

    def size(self) -> int:
        """Count the buckets held."""
        return self._packed.size() + sum(map(len, self.open.values()))
