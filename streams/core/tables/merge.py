"""Merging: the snapshots of all source partitions become the buckets of each series.

source partition 0   |--5m--|--5m--|      a snapshot replaces the last one of the same
source partition 1   |--5m--|--5m--|      (partition, bucket, series); it is never added
                         v
series               |--5m--|--5m--| ...  the change moves the 5 minutes,
                     |------ 1h -----...  the hour
                     |------ 1d -----...  and the day alike
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core import customers
from streams.core.buckets import DAY, GRAINS, LENGTH

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemas.metrics import Metric
    from streams.core.buckets import Grain, Window
    from streams.core.messages import Cell

KEEP: Final[dict[Grain, int]] = {"5m": 2 * DAY, "1h": 8 * DAY, "1d": 400 * DAY}
"""Seconds that a closed bucket can still be amended, and is held for the windows."""


class Bucket:
    """Count, value by currency and customers of one series in one slice of time."""

    __slots__ = ("amended", "count", "final", "sketches", "stored", "values")

    def __init__(self) -> None:
        self.count = 0
        self.values: dict[str, int] | None = None
        self.sketches: list[customers.Sketch] | None = None
        self.final = False  # a row was sent that called it final
        self.amended = False  # it changed after that
        self.stored = False  # a row of it stands in the changelog

    def sketch(self) -> customers.Sketch | None:
        """Give the sketch of its customers; None where nobody was named."""
        if self.sketches is None:
            return None
        if len(self.sketches) > 1:
            self.sketches = [customers.union(self.sketches)]
        return self.sketches[0]

    def add_values(self, values: dict[str, int]) -> None:
        """Move the values by a difference."""
        if self.values is None:
            self.values = dict(values)
            return
        for currency, amount in values.items():
            self.values[currency] = self.values.get(currency, 0) + amount

    def join(self, sketch: customers.Sketch) -> None:
        """Join the customers of a snapshot in."""
        if self.sketches is None:
            self.sketches = [sketch]
            return
        self.sketches.append(sketch)
        if len(self.sketches) >= _JOIN:
            self.sketches = [customers.union(self.sketches)]


_JOIN: Final = 16
"""Sketches that pile up before they are joined; joining one by one costs more."""


Told = tuple[int, dict[str, int], int]
"""Events, values and customers of a window, as last told."""


class Series:
    """All buckets held of one series, and what was told of its windows."""

    __slots__ = ("buckets", "key", "labels", "metric", "old", "sent")

    def __init__(self, key: str, metric: Metric, labels: dict[str, str]) -> None:
        self.key = key
        self.metric = metric
        self.labels = labels
        self.buckets: dict[Grain, dict[int, Bucket]] = {grain: {} for grain in GRAINS}
        self.sent: dict[Window, Told] = {}
        self.old = False  # it was restored: somebody may have told of it before


Part = tuple[int, dict[str, int] | None]
"""Count and values of the last snapshot of a source partition."""


class Buckets:
    """The buckets of many series, indexed by series and by start.

    `touched` collects what changed by 5-minute start until `clear`; `parts` the last snapshots
    of buckets that their source partition can still change. Only `grains` are kept.
    """

    def __init__(self, grains: Collection[Grain] = GRAINS) -> None:
        self._lengths = [(grain, LENGTH[grain]) for grain in GRAINS if grain in grains]
        self.starts: dict[Grain, dict[int, list[Series]]] = {grain: {} for grain in GRAINS}
        self.parts: dict[int, dict[tuple[int, str], Part]] = {}
        self.touched: dict[int, set[Series]] = {}
        self.evicted: dict[Grain, int] = dict.fromkeys(GRAINS, 0)
        self.unmerged = 0

    def merge(self, series: Series, partition: int, cells: list[Cell], frozen: int) -> None:
        """Replace what `partition` said before of these cells of `series`.

        What starts at `frozen` or before is its last word: it need not be kept for a later one.
        """
        for start, count, values, data in cells:
            slot = self.parts.get(start)
            before = None if slot is None else slot.get((partition, series.key))
            if start > frozen:
                if slot is None:
                    slot = self.parts[start] = {}
                slot[partition, series.key] = (count, values)
            if before is not None:
                count -= before[0]  # noqa: PLW2901 - the change is what moves on
                values = _change(values, before[1])  # noqa: PLW2901
            sketch = None if data is None else customers.load(data)
            for grain, length in self._lengths:
                begin = start - start % length
                bucket = series.buckets[grain].get(begin)
                if bucket is None:
                    if begin + length <= self.evicted[grain]:
                        self.unmerged += 1
                        continue
                    bucket = self.bucket(series, grain, begin)
                bucket.count += count
                if values:
                    bucket.add_values(values)
                if sketch is not None:
                    bucket.join(sketch)
            touched = self.touched.get(start)
            if touched is None:
                touched = self.touched[start] = set()
            touched.add(series)

    def bucket(self, series: Series, grain: Grain, start: int) -> Bucket:
        """Find a bucket, or open it."""
        buckets = series.buckets[grain]
        bucket = buckets.get(start)
        if bucket is None:
            bucket = buckets[start] = Bucket()
            self.starts[grain].setdefault(start, []).append(series)
        return bucket

    def touched_of(self, grain: Grain) -> dict[int, set[Series]]:
        """Give the touched buckets of one grain, by start."""
        if grain == "5m":
            return self.touched
        length = LENGTH[grain]
        touched: dict[int, set[Series]] = {}
        for start, series in self.touched.items():
            touched.setdefault(start - start % length, set()).update(series)
        return touched

    def evict(self, edge: int) -> Iterator[tuple[Grain, int, Series, Bucket]]:
        """Drop the buckets that closed longer ago than `KEEP`, and yield them."""
        for grain in GRAINS:
            limit = edge - KEEP[grain]
            if limit <= self.evicted[grain]:
                continue
            self.evicted[grain] = limit
            starts = self.starts[grain]
            for start in [s for s in starts if s + LENGTH[grain] <= limit]:
                for series in starts.pop(start):
                    yield grain, start, series, series.buckets[grain].pop(start)

    def freeze(self, frozen: dict[int, int]) -> Iterator[tuple[int, int, str]]:
        """Forget the parts that no longer change; `frozen` has the latest such start by partition.

        Yields start, partition and series key of each.
        """
        first = max(frozen.values(), default=0)
        for start in [s for s in self.parts if s <= first]:
            slot = self.parts[start]
            gone = [key for key in slot if start <= frozen.get(key[0], -1)]
            for key in gone:
                del slot[key]
                yield start, *key
            if not slot:
                del self.parts[start]


def _change(values: dict[str, int] | None, before: dict[str, int] | None) -> dict[str, int] | None:
    if values is None or before is None:
        return values
    return {currency: amount - before.get(currency, 0) for currency, amount in values.items()}
