"""Where buckets go when they close: packed, their customers squeezed."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from streams.core.aggregate.columns import ClosedColumns
from streams.core.aggregate.single_buckets import NONE, SEVERAL, SingleBuckets
from streams.core.aggregate.sketch_columns import LIST, SketchDictionaries, squeeze
from streams.core.event_time.buckets import GRAINS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.aggregate.columns import Bucket, StoredBucket
    from streams.core.event_time.buckets import Grain
    from streams.core.slots import Integers


class ClosedBuckets:
    """Packs the buckets of many series, which are known by their numbers.

    The first bucket of a series stands in columns, until there is another one or somebody asks for
    all that it has.

    Attributes:
        single: by grain, the buckets of series that have one.
    """

    def __init__(self) -> None:
        self.dictionaries = SketchDictionaries()
        self.single: dict[Grain, SingleBuckets] = {grain: SingleBuckets() for grain in GRAINS}
        self._room = 0
        self._size = 0
        self._columns: dict[Grain, dict[int, ClosedColumns]] = {grain: {} for grain in GRAINS}
        """By number, what there is of series with several."""
        self._restored: dict[tuple[Grain, int], list[tuple[int, StoredBucket]]] = {}

    def reserve(self, size: int) -> None:
        """Have room for so many series."""
        if size > self._room:
            self._room = 2 * size
            for single in self.single.values():
                single.reserve(self._room)

    def of(self, grain: Grain, number: int) -> ClosedColumns | None:
        """Return all closed buckets of a series; None where it never had one."""
        single = self.single[grain]
        at = single.starts[number]
        if at == NONE:
            return None
        if at != SEVERAL:
            self._columns[grain][number] = self._alone(grain, number)
            single.drop(np.array([number]), SEVERAL)
        return self._columns[grain][number]

    def put(  # noqa: PLR0913, PLR0917 - a column each
        self,
        grain: Grain,
        start: int,
        numbers: Integers,
        counts: Sequence[int],
        values: Sequence[dict[str, int] | None],
        customers: Sequence[bytes | None],
    ) -> None:
        """Pack the buckets of one start: series and what each has, in the same order."""
        self._size += numbers.size
        squeezed = self._squeeze(grain, start, customers)
        single = self.single[grain]
        first = single.starts[numbers] == NONE
        if first.all():
            single.put(numbers, start, counts, values, squeezed)
            return
        columns = counts, values, squeezed
        chosen = [[column[place] for place in first.nonzero()[0].tolist()] for column in columns]
        single.put(numbers[first], start, *chosen)
        for place in (~first).nonzero()[0].tolist():
            packed = self.of(grain, int(numbers[place]))
            if packed is not None:
                packed.put(start, counts[place], values[place], squeezed[place])

    def bucket(self, grain: Grain, number: int, start: int) -> Bucket | None:
        """Return a bucket; None where there is none."""
        at = self.single[grain].starts[number]
        if at == SEVERAL:
            return self._columns[grain][number].bucket(start)
        return self._alone(grain, number).bucket(start) if at == start else None

    def remove(self, grain: Grain, number: int, start: int) -> Bucket | None:
        """Remove a bucket and return it, because it changes; None where there is none."""
        packed = self.of(grain, number)
        bucket = None if packed is None else packed.remove(start)
        self._size -= bucket is not None
        return bucket

    def at(self, grain: Grain, start: int, numbers: Integers) -> tuple[Integers, Integers]:
        """Return which of these series have a bucket at `start`, and the count of each."""
        single, columns = self.single[grain], self._columns[grain]
        counts, there = single.counts[numbers], single.starts[numbers] == start
        for place in (single.starts[numbers] == SEVERAL).nonzero()[0].tolist():
            counted = columns[int(numbers[place])].count(start)
            if counted is not None:
                counts[place], there[place] = counted, True
        return numbers[there], counts[there]

    def drop(self, grain: Grain, start: int, numbers: Integers) -> None:
        """Forget the buckets that series have at `start`."""
        single = self.single[grain]
        several = numbers[single.starts[numbers] == SEVERAL]
        alone = numbers[single.starts[numbers] == start]
        single.drop(alone)
        columns = self._columns[grain]
        self._size -= alone.size + sum(columns[number].drop(start) for number in several.tolist())

    def holding(self, grain: Grain) -> set[int]:
        """Return the numbers of the series that have a bucket."""
        found = set((self.single[grain].starts > SEVERAL).nonzero()[0].tolist())
        found.update(number for number, own in self._columns[grain].items() if len(own))
        return found

    def size(self) -> int:
        """Count the buckets."""
        return self._size

    def restore(
        self, grain: Grain, start: int, several: Sequence[tuple[int, StoredBucket]]
    ) -> None:
        """Restore buckets of one start, by the numbers of their series; see `restored`."""
        self._restored.setdefault((grain, start), []).extend(several)

    def restored(self) -> None:
        """Pack what was restored."""
        for (grain, start), rows in sorted(self._restored.items(), key=itemgetter(0)):
            numbers = np.array([number for number, _ in rows], np.int64)
            self.put(grain, start, numbers, *zip(*(row for _, row in rows), strict=True))
        self._restored.clear()
        self.dictionaries.rest()

    def _alone(self, grain: Grain, number: int) -> ClosedColumns:
        return ClosedColumns(self._of_grain(grain), self.single[grain].get(number))

    def _squeeze(
        self, grain: Grain, start: int, dumped: Sequence[bytes | None]
    ) -> Sequence[bytes | None]:
        found = list(dumped)
        # Few customers stay as they are, and most series have few where there are many series.
        places = [place for place, data in enumerate(found) if data and data[0] != LIST]
        longer = [data for place in places if (data := found[place])]
        of_hours = grain == "1h"
        squeezed = self.dictionaries.squeeze(start, longer) if of_hours else map(squeeze, longer)
        for place, data in zip(places, squeezed, strict=True):
            found[place] = data
        return found

    def _of_grain(self, grain: Grain) -> SketchDictionaries | None:
        return self.dictionaries if grain == "1h" else None
