"""The changelog of the aggregate stage: what is written down, and how it is read back.

The kinds of rows are declared in `streams.core.aggregate.kinds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.aggregate.kinds import (
    BUCKET,
    CUSTOMER_FLOW,
    DETECTOR,
    OF_PARTS,
    PROGRESS,
    SETTLED_FLOW,
    SNAPSHOT,
    SOURCE,
)
from streams.core.aggregate.open_buckets import LEAN, SERIES, SERIES_BITS, STORED, TOUCHED, cut
from streams.core.aggregate.parts import MANY_EVENTS, left_to_parts
from streams.core.event_time.buckets import GRAINS, HOUR
from streams.core.event_time.watermark import NEVER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from streams.core.aggregate.family import FamilyTables
    from streams.core.aggregate.merged_watermark import MergedWatermark
    from streams.core.aggregate.stock import StockLevel, TopicFlows
    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.event_time.buckets import Grain

ALL_SETTLED_DAYS: Final = "base"
"""Stands in a key for all the days of a flow that were added up."""


class FamilyRows:
    """Writes and reads the rows of the tables of one family."""

    def __init__(self, tables: FamilyTables) -> None:
        self._tables = tables
        self._states: dict[str, list[tuple[str, bytes]]] = {}
        self._parts: list[tuple[int, bytes]] = []
        """Key (of `OpenBuckets`) and customers of what open hours and days may be made of."""
        self._snapshot_key = SNAPSHOT.keys(tables.name)
        self._bucket_key = {grain: BUCKET.keys(tables.name, grain) for grain in GRAINS}

    def changed(self, limits: Mapping[Grain, int]) -> Iterator[ChangelogRow]:
        """Yield a row for all that changed since the last flush and is not about to go."""
        tables = self._tables
        for grain in GRAINS:
            yield from self._buckets(grain, limits[grain])
        yield from self._snapshots()
        detector_key = DETECTOR.keys(tables.name)
        for detector in tables.detection.detectors.values():
            for series_key, data in detector.changed():
                yield detector_key(series_key), data

    def forget(self, limits: Mapping[Grain, int]) -> Iterator[ChangelogRow]:
        """Drop what can no longer change or be asked for, and yield the deletion of its rows.

        `limits` as of `FamilyTables.limits`. What closed is packed.
        """
        tables = self._tables
        buckets = tables.buckets
        for snapshot in buckets.freeze(tables.progress.frozen(tables.grace)):
            yield self._snapshot_key(*snapshot), None
        for grain, start, series in buckets.evict(limits):
            yield self._bucket_key[grain](start, series.key), None
        buckets.pack(tables.edge)

    def restore(self, row: StoredRow) -> None:
        """Restore what one row has; progress comes before it, and `restored` after the last."""
        tables = self._tables
        kind, (_, *key), value = row
        if kind is BUCKET:
            grain, start, series_key = key
            closed = tables.zone.end(start, grain) <= tables.edge
            series, customers = tables.restore(series_key), value[2]
            if customers and grain != "1d" and start >= tables.edge - tables.zone.longest - HOUR:
                self._parts.append((cut(start) | series.number, customers))
            closed = closed and customers != OF_PARTS
            tables.buckets.restore(series, grain, start, value, closed=closed)
        elif kind is SNAPSHOT:
            start, partition, series_key = key
            series = tables.restore(series_key)
            tables.buckets.restore_snapshot(start, partition, series, value)
        elif kind is DETECTOR:
            series = tables.restore(key[0])
            self._states.setdefault(series.metric, []).append((series.key, value))

    def restored(self) -> None:
        """Hand the detectors their state, once every row is there."""
        tables = self._tables
        tables.detection.restore(self._states)
        self._states = {}
        tables.buckets.restored(tables.edge, tables.done, self._parts)
        self._parts = []

    def _buckets(self, grain: Grain, limit: int) -> Iterator[ChangelogRow]:
        """Write down the buckets of a grain that changed and end after `limit`.

        An open hour or day leaves its customers to the rows of its parts; once it closes it has a
        row with all of them.
        """
        tables = self._tables
        buckets = tables.buckets
        table, key, encode = buckets.open[grain], self._bucket_key[grain], BUCKET.encode
        low = table.below(buckets.cut(grain, limit))
        keys, slots = table.keys[low:], table.slots[low:]
        flags, watermark = table.flags[slots], tables.progress.watermark
        lean = left_to_parts(grain, keys, tables.edge, watermark, tables.zone)
        lean &= table.counts[slots] >= MANY_EVENTS
        wanted = (flags & TOUCHED > 0) | ((flags & LEAN > 0) & ~lean)
        keys, slots, lean = keys[wanted], slots[wanted], lean[wanted]
        table.mark(slots, STORED)
        table.flags[slots] &= ~LEAN
        table.mark(slots[lean], LEAN)
        whole = iter(table.customers.write(slots[~lean]))
        columns = keys.tolist(), slots.tolist(), table.counts[slots].tolist(), lean.tolist()
        values = table.values.get
        for at, slot, count, left in zip(*columns, strict=True):
            name, data = buckets.series[at & SERIES].key, OF_PARTS if left else next(whole)
            yield key(at >> SERIES_BITS, name), encode((count, values(slot), data))

    def _snapshots(self) -> Iterator[ChangelogRow]:
        """Write down the snapshots that their source partition can still replace."""
        tables = self._tables
        frozen = tables.progress.frozen(tables.grace)
        for start, partition, series, snapshot in tables.buckets.snapshots(frozen):
            yield self._snapshot_key(start, partition, series.key), SNAPSHOT.encode(snapshot)


class ProgressRows:
    """Writes and reads how far source topics and families are, and the flows of the stock.

    A family and a source topic of one name share a row: they have the same watermark.
    """

    def __init__(
        self,
        topics: Mapping[str, MergedWatermark],
        families: Mapping[str, FamilyTables],
        stock: StockLevel | None,
    ) -> None:
        self._topics = topics
        self._families = families
        self._flows: Mapping[str, TopicFlows] = {} if stock is None else stock.flows

    def changed(self, topics: Collection[str], families: Collection[str]) -> Iterator[ChangelogRow]:
        """Yield the rows of some topics and families."""
        for topic in topics:
            for partition, state in self._topics[topic].sources.items():
                yield SOURCE.key(topic, partition), SOURCE.encode(state)
            if topic in self._flows:
                for (day, segment, partition), count in self._flows[topic].drain_changed():
                    key = CUSTOMER_FLOW.key(topic, day, segment, partition)
                    yield key, CUSTOMER_FLOW.encode(count)
        for name in dict.fromkeys((*topics, *families)):
            yield PROGRESS.key(name), PROGRESS.encode(self._progress(name))

    def forget(self, topics: Collection[str], stepped: int) -> Iterator[ChangelogRow]:
        """Add up the days of flows that can no longer change, with their rows.

        `stepped` is the event time that every detector of the stage has passed.
        """
        for topic in topics:
            if topic in self._flows:
                flows = self._flows[topic]
                for segment, count in flows.settle(stepped):
                    key = SETTLED_FLOW.key(topic, ALL_SETTLED_DAYS, segment)
                    yield key, SETTLED_FLOW.encode(count)
                for part in flows.drain_settled():
                    yield CUSTOMER_FLOW.key(topic, *part), None

    def restore(self, row: StoredRow) -> None:
        """Restore what one row has; after the last row comes `restored`."""
        kind, (name, *key), value = row
        if kind is SOURCE:
            self._topics[name].restore_source(key[0], value)
        elif kind is PROGRESS:
            watermark, stepped = value
            if name in self._topics:
                self._topics[name].restore(watermark)
            if name in self._families:
                self._families[name].restore_progress(watermark, stepped)
        elif name not in self._flows:
            return  # it was written when the stock was kept
        elif kind is SETTLED_FLOW:
            self._flows[name].restore_settled(key[1], value)
        elif kind is CUSTOMER_FLOW:
            day, segment, partition = key
            self._flows[name].restore((day, segment, partition), value)

    def restored(self) -> None:
        """Let the families that are new here begin where their topics are."""
        for tables in self._families.values():
            tables.progress.restored()

    def _progress(self, name: str) -> tuple[int, int]:
        """Return watermark and last step of the family and the topic of a name."""
        if name not in self._families:
            return self._topics[name].watermark, NEVER
        tables = self._families[name]
        return tables.progress.watermark, tables.detection.stepped
