"""The changelog of a topic's tables: what is written down of them, and how it is read back.

The kinds of rows are declared in `streams.core.aggregate.kinds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.aggregate.kinds import (
    BUCKET,
    CUSTOMER_FLOW,
    DETECTOR,
    PROGRESS,
    SETTLED_FLOW,
    SNAPSHOT,
    SOURCE,
)
from streams.core.event_time.buckets import GRAINS, LENGTH
from streams.core.sketches import hyperloglog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streams.core.aggregate.topic import TopicAggregate
    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.event_time.buckets import Grain

BASE: Final = "base"
"""Stands for all the days that were added up."""


class TableRows:
    """Writes and reads the rows of one topic's tables."""

    def __init__(self, table: TopicAggregate) -> None:
        self._table = table
        self._states: dict[str, list[tuple[str, bytes]]] = {}
        self._parts_stored: set[tuple[int, int, str]] = set()
        self._snapshot_key = SNAPSHOT.keys(table.topic)
        self._flow_key = CUSTOMER_FLOW.keys(table.topic)
        self._settled_key = SETTLED_FLOW.keys(table.topic, BASE)

    def changed(self, limits: Mapping[Grain, int]) -> Iterator[ChangelogRow]:
        """Yield a row for all that changed since the last flush and is not about to go."""
        table = self._table
        topic, buckets = table.topic, table.buckets
        encode = BUCKET.encode
        for grain in GRAINS:
            key = BUCKET.keys(topic, grain)
            for start, touched in buckets.touched_of(grain).items():
                if start + LENGTH[grain] <= limits[grain]:
                    continue
                for series in touched:
                    bucket = series.buckets[grain].get(start)
                    if bucket is None:
                        continue
                    sketch = bucket.sketch()
                    data = hyperloglog.dump(sketch) if sketch is not None else None
                    bucket.stored = True
                    yield key(start, series.key), encode((bucket.count, bucket.values, data))
        yield from self._parts()
        for partition, state in table.progress.sources.items():
            yield SOURCE.key(topic, partition), SOURCE.encode(state)
        yield from self._flow_rows()
        yield PROGRESS.key(topic), PROGRESS.encode((table.progress.watermark, table.stepped))
        detector_key = DETECTOR.keys(topic)
        for detector in table.detectors.values():
            for series_key, data in detector.changed():
                yield detector_key(series_key), data

    def forget(self, limits: Mapping[Grain, int], stepped: int) -> Iterator[ChangelogRow]:
        """Drop what can no longer change or be asked for, with the rows that stand for it.

        `limits` as of `TopicAggregate.limits`, `stepped` the event time that every detector of the
        stage has passed. What closed is packed.
        """
        table = self._table
        topic, buckets = table.topic, table.buckets
        buckets.touched.clear()
        for start, partition, series_key in buckets.freeze(table.progress.frozen(table.grace)):
            part = (start, partition, series_key)
            if part in self._parts_stored:
                self._parts_stored.discard(part)
                yield self._snapshot_key(*part), None
        yield from self._settle_flows(stepped)
        for grain, start, series, stored in buckets.evict(limits):
            if stored:
                yield BUCKET.key(topic, grain, start, series.key), None
        buckets.pack(table.edge)

    def restore(self, row: StoredRow) -> None:
        """Take one row over; the progress of the topic comes first, `restored` follows the last."""
        table = self._table
        kind, (_, *key), value = row
        if kind is BUCKET:
            grain, start, series_key = key
            closed = start + LENGTH[grain] <= table.edge
            table.buckets.restore(table.find(series_key), grain, start, value, closed=closed)
        elif kind is SNAPSHOT:
            start, partition, series_key = key
            table.buckets.parts.setdefault(start, {})[partition, series_key] = value
            self._parts_stored.add((start, partition, series_key))
        elif kind is SOURCE:
            table.progress.sources[key[0]] = value
        elif kind is PROGRESS:
            table.progress.watermark, table.stepped = value
        elif kind is DETECTOR:
            series = table.find(key[0])
            self._states.setdefault(series.metric, []).append((series.key, value))
        elif table.flows is None:
            return  # written when `detect.rate` was on
        elif kind is SETTLED_FLOW:
            table.flows.base[key[1]] = value
        elif kind is CUSTOMER_FLOW:
            day, segment, partition = key
            table.flows.parts[day, segment, partition] = value
            table.flows.stored.add((day, segment, partition))

    def restored(self) -> None:
        """Hand the detectors their state, once every row is there."""
        for metric, states in self._states.items():
            if metric in self._table.detectors:
                self._table.detectors[metric].restore(states)
        self._states.clear()
        self._table.buckets.restored(self._table.edge, self._table.done)

    def _flow_rows(self) -> Iterator[ChangelogRow]:
        flows = self._table.flows
        if flows is not None:
            for part in sorted(flows.changed):
                flows.stored.add(part)
                yield self._flow_key(*part), CUSTOMER_FLOW.encode(flows.parts[part])
            flows.changed.clear()

    def _settle_flows(self, stepped: int) -> Iterator[ChangelogRow]:
        flows = self._table.flows
        if flows is None:
            return
        for segment in flows.settle(stepped):
            yield self._settled_key(segment), SETTLED_FLOW.encode(flows.base[segment])
        for part in sorted(flows.stored - flows.parts.keys()):
            flows.stored.discard(part)
            yield self._flow_key(*part), None

    def _parts(self) -> Iterator[ChangelogRow]:
        """Write down the snapshots that their source partition can still replace."""
        table = self._table
        frozen = table.progress.frozen(table.grace)
        for start, touched in table.buckets.touched.items():
            for (partition, series_key), part in table.buckets.parts.get(start, {}).items():
                if start > frozen[partition] and table.series[series_key] in touched:
                    self._parts_stored.add((start, partition, series_key))
                    key = self._snapshot_key(start, partition, series_key)
                    yield key, SNAPSHOT.encode(part)
