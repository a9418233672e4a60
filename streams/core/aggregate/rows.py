"""The changelog of the tables of a family: what is written down, and how it is read back.

The kinds of rows are declared in `streams.core.aggregate.kinds`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from streams.core.aggregate.kinds import (
    BUCKET,
    BUCKETS,
    DETECTOR,
    OF_PARTS,
    SNAPSHOT,
    SNAPSHOTS,
)
from streams.core.aggregate.open_buckets import LEAN, SERIES, SERIES_BITS, TOUCHED, cut, runs
from streams.core.aggregate.parts import MANY_EVENTS, left_to_parts
from streams.core.aggregate.slice_rows import Columns, latest, written
from streams.core.changelog import UnreadableStateError
from streams.core.event_time.buckets import GRAINS, HOUR
from streams.core.event_time.watermark import NEVER
from streams.core.slice_rows import SliceRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streams.core.aggregate.columns import Bucket
    from streams.core.aggregate.family import FamilyTables
    from streams.core.aggregate.series import Series
    from streams.core.aggregate.snapshots import Snapshots
    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.event_time.buckets import Grain


class FamilyRows:
    """Writes and reads the rows of the tables of one family.

    What changed of a slice of time goes into one row. Each slice that an older release wrote, a row
    a series, is written so with one of the next flushes.
    """

    def __init__(self, tables: FamilyTables) -> None:
        self._tables = tables
        self._states: dict[str, list[tuple[str, bytes]]] = {}
        self._bucket_rows: SliceRows[Grain] = SliceRows()
        self._snapshot_rows: SliceRows[int] = SliceRows()
        self._found_buckets: dict[tuple[Grain, int], list[tuple[int, Columns]]] = {}
        self._found_snapshots: dict[tuple[int, int], list[tuple[int, Columns]]] = {}
        self._bucket_key = {grain: BUCKETS.keys(tables.name, grain) for grain in GRAINS}
        self._snapshot_key = SNAPSHOTS.keys(tables.name)

    def changed(self, limits: Mapping[Grain, int], flush: int) -> Iterator[ChangelogRow]:
        """Yield a row for all that changed since the last flush and is not about to go.

        `flush` is the number of this one.
        """
        tables = self._tables
        for grain in GRAINS:
            yield from self._changed_buckets(grain, limits[grain], flush)
        frozen = tables.progress.frozen(tables.grace)
        for partition, held in tables.buckets.snapshots():
            low = frozen.get(partition, NEVER)
            yield from self._changed_snapshots(partition, held, low, flush)
        detector_key = DETECTOR.keys(tables.name)
        for detector in tables.detection.detectors.values():
            for series_key, data in detector.changed():
                yield detector_key(series_key), data

    def forget(self, limits: Mapping[Grain, int], *, backlog: bool) -> Iterator[ChangelogRow]:
        """Drop what can no longer change or be asked for, and yield the deletion of its rows.

        `limits` as of `FamilyTables.limits`. What closed is packed, `backlog` as of `Buckets.pack`.
        """
        tables = self._tables
        buckets = tables.buckets
        for partition, limit in buckets.freeze(tables.progress.frozen(tables.grace)):
            yield from _gone(self._snapshot_rows.forget_before(partition, limit + 1))
        buckets.evict(limits)
        for grain in GRAINS:
            end = buckets.cut(grain, buckets.evicted[grain]) >> SERIES_BITS
            yield from _gone(self._bucket_rows.forget_before(grain, end))
        buckets.pack(tables.edge, backlog=backlog)

    def restore(self, row: StoredRow) -> None:
        """Restore what one row has; progress comes before it, and `restored` after the last."""
        tables = self._tables
        kind, (_, *key), value = row
        if kind is DETECTOR:
            series = tables.restore(key[0])
            self._states.setdefault(series.metric, []).append((series.key, value))
        elif kind is BUCKETS:
            grain, start, flush, part = key
            self._found_buckets.setdefault((grain, start), []).append((flush, value))
            own = self._bucket_key[grain](start, flush, part)
            self._bucket_rows.note(grain, start, own, len(value[0]))
        elif kind is BUCKET:
            grain, start, name = key
            columns = [name], *([one] for one in value)
            self._found_buckets.setdefault((grain, start), []).append((0, columns))
            self._bucket_rows.note_single(grain, start, BUCKET.key(tables.name, *key))
        elif kind is SNAPSHOTS:
            start, partition, flush, part = key
            self._found_snapshots.setdefault((start, partition), []).append((flush, value))
            own = self._snapshot_key(start, partition, flush, part)
            self._snapshot_rows.note(partition, start, own, len(value[0]))
        elif kind is SNAPSHOT:
            start, partition, name = key
            columns = [name], *([one] for one in value)
            self._found_snapshots.setdefault((start, partition), []).append((0, columns))
            self._snapshot_rows.note_single(partition, start, SNAPSHOT.key(tables.name, *key))

    def restored(self) -> None:
        """Go on from what was restored, once every row is there."""
        tables = self._tables
        edge, buckets = tables.edge, tables.buckets
        parts: list[tuple[int, bytes]] = []
        """Key (of `OpenBuckets`) and customers of what open hours and days may be made of."""
        for (grain, start), rows in self._found_buckets.items():
            ended = tables.zone.end(start, grain) <= edge
            recent = grain != "1d" and start >= edge - tables.zone.longest - HOUR
            found, base = latest(rows), cut(start)
            several = list(zip(self._series(found), found.values(), strict=True))
            if recent:
                parts += [(base | one.number, row[-1]) for one, row in several if row[-1]]
            buckets.restore(grain, start, several, closed=ended)
        for (start, partition), rows in self._found_snapshots.items():
            found = latest(rows)
            several = list(zip(self._series(found), found.values(), strict=True))
            buckets.restore_snapshots(start, partition, several)
        self._found_buckets, self._found_snapshots = {}, {}
        tables.detection.restore(self._states)
        self._states = {}
        buckets.restored(edge, tables.done, parts)

    def _series(self, names: Iterable[str]) -> Iterator[Series]:
        """Find the series that rows name."""
        known, begin = self._tables.series.get, self._tables.restore
        for name in names:
            try:
                yield known(name) or begin(name)
            except (ValueError, msgspec.MsgspecError) as error:
                raise UnreadableStateError(f"stage 'series': {name!r} names no series") from error

    def _changed_buckets(self, grain: Grain, limit: int, flush: int) -> Iterator[ChangelogRow]:
        """Write down the buckets of a grain that changed and end after `limit`.

        An open hour or day leaves its customers to the rows of its parts; once it closes it is
        written with all of them.
        """
        tables, buckets, rows = self._tables, self._tables.buckets, self._bucket_rows
        table = buckets.open[grain]
        low = table.below(buckets.cut(grain, limit))
        keys, slots = table.keys[low:], table.slots[low:]
        flags, watermark = table.flags[slots], tables.progress.watermark
        lean = left_to_parts(grain, keys, tables.edge, watermark, tables.zone)
        lean &= table.counts[slots] >= MANY_EVENTS
        wanted = (flags & TOUCHED > 0) | ((flags & LEAN > 0) & ~lean)
        single, closing = rows.single(grain), buckets.cut(grain, tables.edge) >> SERIES_BITS
        whole = set() if single is None else {single}
        for start, first, end in runs(keys >> SERIES_BITS):
            size = end - first + len(buckets.closed[grain].get(start, ()))
            # One that closed and is open again counts twice: it is written a little later.
            more = int(np.count_nonzero(wanted[first:end]))
            if rows.crowded(grain, start, more, size, closed=start < closing):
                whole.add(start)
            if start in whole:
                wanted[first:end] = True
        keys, slots, lean = keys[wanted], slots[wanted], lean[wanted]
        table.flags[slots] &= ~LEAN
        table.mark(slots[lean], LEAN)
        own = iter(table.customers.write(slots[~lean]))
        columns: Columns = (
            [buckets.series[number].key for number in (keys & SERIES).tolist()],
            table.counts[slots].tolist(),
            [table.values.get(slot) for slot in slots.tolist()] if table.values else [],
            [OF_PARTS if left else next(own) for left in lean.tolist()],
        )
        for start, first, end in runs(keys >> SERIES_BITS):
            some = tuple(column[first:end] for column in columns)
            if start in whole:
                some = _with_closed(some, buckets.closed_at(grain, start))
                yield from _gone(rows.forget(grain, start))
            yield from self._slice(grain, start, some, flush)
        if single is not None and rows.single(grain) == single:  # all of it is closed
            some = _with_closed(([], [], [], []), buckets.closed_at(grain, single))
            yield from _gone(rows.forget(grain, single))
            yield from self._slice(grain, single, some, flush)

    def _changed_snapshots(
        self, partition: int, held: Snapshots, frozen: int, flush: int
    ) -> Iterator[ChangelogRow]:
        """Write down the snapshots that changed and that their source partition can replace."""
        rows, series = self._snapshot_rows, self._tables.buckets.series
        keys, wanted = held.changed(frozen)
        whole = set()
        for start, first, end in runs(keys >> SERIES_BITS):
            more = int(np.count_nonzero(wanted[first:end]))
            if rows.crowded(partition, start, more, end - first, closed=False):
                whole.add(start)
                wanted[first:end] = True
        keys = keys[wanted]
        names = [series[number].key for number in (keys & SERIES).tolist()]
        columns: Columns = (names, *held.columns(keys))
        for start, first, end in runs(keys >> SERIES_BITS):
            if start in whole:
                yield from _gone(rows.forget(partition, start))
            some = tuple(column[first:end] for column in columns)
            key = partial(self._snapshot_key, start, partition, flush)
            for own, data, cells in written(SNAPSHOTS, key, some):
                rows.note(partition, start, own, cells)
                yield own, data

    def _slice(
        self, grain: Grain, start: int, columns: Columns, flush: int
    ) -> Iterator[ChangelogRow]:
        """Write down buckets of one slice."""
        key = partial(self._bucket_key[grain], start, flush)
        for own, data, cells in written(BUCKETS, key, columns):
            self._bucket_rows.note(grain, start, own, cells)
            yield own, data


def _with_closed(columns: Columns, closed: Iterable[tuple[Series, Bucket]]) -> Columns:
    """Return buckets of a slice with those that are closed."""
    names, counts, values, customers = map(list, columns)
    values = values or [None] * len(names)
    for series, bucket in closed:
        names.append(series.key)
        counts.append(bucket.count)
        values.append(bucket.values)
        customers.append(bucket.customers)
    return names, counts, values if any(values) else [], customers


def _gone(keys: Iterable[bytes]) -> Iterator[ChangelogRow]:
    """Yield the deletion of rows."""
    return ((key, None) for key in keys)
