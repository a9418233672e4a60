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

from streams.core.aggregate.closed_buckets import ClosedBuckets
from streams.core.event_time.buckets import DAY, GRAINS
from streams.core.event_time.watermark import NEVER
from streams.core.event_time.zone import UTC_ZONE, Zone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from streams.core.aggregate.columns import Bucket, StoredBucket
    from streams.core.aggregate.series import Series
    from streams.core.event_time.buckets import Grain
    from streams.core.messages import Cell

MAX_CLOSED_AGE: Final[dict[Grain, int]] = {"5m": 2 * DAY, "1h": 8 * DAY, "1d": 400 * DAY}
"""Seconds for which a closed bucket can still be amended, and is held for the windows.

5 minutes go as soon as no source partition can change them and no window holds them.
"""

Change = tuple[int, int, dict[str, int] | None, "Sequence[bytes]"]
"""Of a bucket: its start, by how much count and values move, and sketches of customers."""

Snapshot = tuple[int, dict[str, int] | None]
"""Count and values of the last snapshot of a source partition."""


class Buckets:
    """The buckets of many series, indexed by series and by start.

    Only `grains` are kept; days are those of `zone`.

    Attributes:
        starts: by grain and start, the series that have a bucket there.
        touched: by 5-minute start, the series that changed since `freeze` was called.
        snapshots: by 5-minute start, partition and series, the last ones of those that their source
            partition can still change.
        evicted: by grain, the end up to which buckets were dropped.
        unmerged: changes that came for a bucket that was dropped.
    """

    def __init__(self, grains: Collection[Grain] = GRAINS, zone: Zone = UTC_ZONE) -> None:
        self._zone = zone
        self._lengths = [(grain, zone.fixed.get(grain, 0)) for grain in GRAINS if grain in grains]
        """By grain, how long its buckets are; 0 of days that are not all of one length."""
        self.starts: dict[Grain, dict[int, list[Series]]] = {grain: {} for grain in GRAINS}
        self.snapshots: dict[int, dict[tuple[int, str], Snapshot]] = {}
        self.touched: dict[int, set[Series]] = {}
        self.evicted: dict[Grain, int] = dict.fromkeys(GRAINS, 0)
        self._packed = 0
        self._reopened: list[tuple[Grain, int, Series]] = []
        self.unmerged = 0
        self._closed_buckets = ClosedBuckets()

    def merge(self, series: Series, partition: int, cells: list[Cell], frozen: int) -> None:
        """Replace the last snapshots of these cells of `series` from `partition`.

        What starts at `frozen` or before is the last that it sends of it, and need not be kept for
        a later one.
        """
        own = partition, series.key
        changes: list[Change] = []
        slot_of, touched_at = self.snapshots.get, self.touched.get
        for start, count, values, data in cells:
            slot = slot_of(start)
            before = None if slot is None else slot.get(own)
            if start > frozen:
                if slot is None:
                    slot = self.snapshots[start] = {}
                slot[own] = (count, values)
            if before is not None:
                count -= before[0]  # noqa: PLW2901 - the change is what moves on
                values = _change(values, before[1])  # noqa: PLW2901
            changes.append((start, count, values, () if data is None else (data,)))
            touched = touched_at(start)
            if touched is None:
                touched = self.touched[start] = set()
            touched.add(series)
        for grain, _ in self._lengths:
            # Days are of 5 minutes, not of hours: some begin within one.
            own_changes = changes if grain == "5m" else self._joined(grain, changes)
            buckets, evicted = series.buckets[grain], self.evicted[grain]
            for start, count, values, customers in own_changes:
                bucket = buckets.get(start)
                if bucket is None:
                    if self._zone.end(start, grain) <= evicted:
                        self.unmerged += 1
                        continue
                    bucket = self.bucket(series, grain, start)
                bucket.merge(count, values, customers)

    def _joined(self, grain: Grain, changes: Iterable[Change]) -> Iterator[Change]:
        """Join changes of one bucket of a grain that follow one another."""
        length = self._zone.fixed.get(grain, 0)
        day = self._zone.day
        at: int | None = None
        count, values = 0, None
        customers: list[bytes] = []
        for start, more, own, named in changes:
            begin = start - start % length if length else day(start)
            if begin != at:
                if at is not None:
                    yield at, count, values, customers
                at, count, values, customers = begin, more, own, [*named]
                continue
            count += more
            customers.extend(named)
            if own:
                values = _sum(values, own)
        if at is not None:
            yield at, count, values, customers

    def bucket(self, series: Series, grain: Grain, start: int) -> Bucket:
        """Find a bucket, or open it."""
        closed = self._zone.end(start, grain) <= self._packed
        bucket = self.find(series, grain, start) if closed else series.buckets[grain].get(start)
        if bucket is None:
            bucket = series.open(grain, start)
            self.starts[grain].setdefault(start, []).append(series)
            if closed:
                self._reopened.append((grain, start, series))
        return bucket

    def find(self, series: Series, grain: Grain, start: int) -> Bucket | None:
        """Find a bucket, to change it; None where there is none."""
        bucket = series.buckets[grain].get(start)
        if bucket is None:
            bucket = series.reopen(grain, start)
            if bucket is not None:
                self._reopened.append((grain, start, series))
        return bucket

    def pack(self, edge: int) -> None:
        """Pack the buckets that closed, all before `edge`; they were published."""
        for grain, _ in self._lengths:
            for start in self._zone.ended(grain, self.starts[grain], self._packed, edge):
                self._closed_buckets.put(grain, start, self.starts[grain][start])
        self._packed = max(self._packed, edge)
        again: dict[tuple[Grain, int], list[Series]] = {}
        for grain, start, series in self._reopened:
            if self._zone.end(start, grain) <= self._packed:
                again.setdefault((grain, start), []).append(series)
        self._reopened.clear()
        for (grain, start), several in again.items():
            self._closed_buckets.put(grain, start, several)
        self._closed_buckets.dictionaries.rest()

    def restore(
        self, series: Series, grain: Grain, start: int, row: StoredBucket, *, closed: bool
    ) -> None:
        """Restore a bucket of the changelog; `restored` follows the last."""
        if closed:
            self._closed_buckets.restore(grain, start, series, row)
            self.starts[grain].setdefault(start, []).append(series)
            return
        self.bucket(series, grain, start).restore(row)

    def restore_snapshot(self, start: int, partition: int, key: str, snapshot: Snapshot) -> None:
        """Restore the last snapshot of a 5-minute bucket of the series `key`."""
        self.snapshots.setdefault(start, {})[partition, key] = snapshot

    def restored(self, edge: int, done: int) -> None:
        """Start from restored buckets; all that end before `edge` are closed.

        What nobody asks for any more is as of `done`.
        """
        self._closed_buckets.restored()
        self._packed = edge
        self._reopened.clear()
        for grain in GRAINS:
            self.evicted[grain] = done - MAX_CLOSED_AGE[grain]

    def touched_of(self, grain: Grain) -> dict[int, set[Series]]:
        """Return the touched buckets of one grain, by start."""
        if grain == "5m":
            return self.touched
        touched: dict[int, set[Series]] = {}
        for start, series in self.touched.items():
            touched.setdefault(self._zone.floor(start, grain), set()).update(series)
        return touched

    def evict(self, limits: Mapping[Grain, int]) -> Iterator[tuple[Grain, int, Series, bool]]:
        """Drop the buckets that end at the limit of their grain or before.

        Yields each, and whether a row of it stands in the changelog.
        """
        for grain, limit in limits.items():
            if limit <= self.evicted[grain]:
                continue
            self.evicted[grain] = limit
            starts = self.starts[grain]
            for start in self._zone.ended(grain, starts, NEVER, limit):
                for series in starts.pop(start):
                    yield grain, start, series, series.drop(grain, start)
        self._closed_buckets.dictionaries.forget(self.evicted["1h"])

    def freeze(self, frozen: dict[int, int]) -> Iterator[tuple[int, int, str]]:
        """Forget what was touched, and the snapshots that no longer change.

        Yields the start, partition and series of each such snapshot.
        `frozen` has the latest start that a partition can no longer change. What is so old that no
        bucket of it is held is forgotten, too: a topic that stays idle would keep it for ever.
        """
        self.touched.clear()
        evicted = self.evicted["1d"] - self._zone.longest
        limits = {partition: max(at, evicted) for partition, at in frozen.items()}
        first = max(limits.values(), default=evicted)
        for start in [s for s in self.snapshots if s <= first]:
            slot = self.snapshots[start]
            gone = [key for key in slot if start <= limits.get(key[0], evicted)]
            for key in gone:
                del slot[key]
                yield start, *key
            if not slot:
                del self.snapshots[start]


def _sum(values: dict[str, int] | None, more: dict[str, int]) -> dict[str, int]:
    found = dict(values or {})
    for currency, amount in more.items():
        found[currency] = found.get(currency, 0) + amount
    return found


def _change(values: dict[str, int] | None, before: dict[str, int] | None) -> dict[str, int] | None:
    if values is None or before is None:
        return values
    return {currency: amount - before.get(currency, 0) for currency, amount in values.items()}
