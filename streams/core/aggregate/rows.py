"""The changelog of a topic's tables: what is written down of them, and how it is read back.

b <topic> <grain> <start> <series>          a bucket that can still be amended
p <topic> <start> <partition> <series>      the last snapshot of a source partition
s <topic> <partition>                       how far a source partition is
t <topic>                                   how far the topic is
x <topic> <series>                          what the detector knows of a series
h <topic> <day or base> <segment> [<partition>]   sign-ups or cancellations
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from streams.core.aggregate.merged_watermark import SourceState
from streams.core.event_time.buckets import GRAINS, LENGTH
from streams.core.sketches import hyperloglog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streams.core.aggregate.topic import TopicAggregate
    from streams.core.event_time.buckets import Grain

BASE: Final = "base"
"""Stands for all the days that were added up."""

ChangelogRow = tuple[bytes, bytes | None]

_encode = msgspec.msgpack.Encoder().encode
_bucket: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(
    tuple[int, dict[str, int] | None, bytes | None]
)
_part: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(tuple[int, dict[str, int] | None])
_text = msgspec.json.Decoder(str)
_count = msgspec.msgpack.Decoder(int)
_source = msgspec.msgpack.Decoder(SourceState)
_topic: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(tuple[int, int])


class TableRows:
    """Writes and reads the rows of one topic's tables."""

    def __init__(self, table: TopicAggregate) -> None:
        self._table = table
        self._states: dict[str, list[tuple[str, bytes]]] = {}
        self._parts_stored: set[tuple[int, int, str]] = set()

    def changed(self, limits: Mapping[Grain, int]) -> Iterator[ChangelogRow]:
        """Yield a row for all that changed since the last flush and is not about to go."""
        table = self._table
        topic, buckets = table.topic, table.buckets
        for grain in GRAINS:
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
                    key = f"b\t{topic}\t{grain}\t{start}\t{series.key}".encode()
                    yield key, _encode((bucket.count, bucket.values, data))
        yield from self._parts()
        for partition, state in table.progress.sources.items():
            yield f"s\t{topic}\t{partition}".encode(), _encode(state)
        yield from self._flow_rows()
        yield f"t\t{topic}".encode(), _encode((table.progress.watermark, table.stepped))
        for detector in table.detectors.values():
            for series_key, data in detector.changed():
                yield f"x\t{topic}\t{series_key}".encode(), data

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
                yield _part_key(topic, *part), None
        yield from self._settle_flows(stepped)
        for grain, start, series, stored in buckets.evict(limits):
            if stored:
                yield f"b\t{topic}\t{grain}\t{start}\t{series.key}".encode(), None
        buckets.pack(table.edge)

    def restore(self, kind: str, key: list[str], value: bytes) -> None:
        """Take one row over; that of the topic (t) comes first, `restored` follows the last."""
        table = self._table
        if kind == "b":
            grain, start, series_key = cast("Grain", key[0]), int(key[1]), key[2]
            closed = start + LENGTH[grain] <= table.edge
            series = table.find(series_key)
            table.buckets.restore(series, grain, start, _bucket.decode(value), closed=closed)
        elif kind == "p":
            start, partition, series_key = int(key[0]), int(key[1]), key[2]
            slot = table.buckets.parts.setdefault(start, {})
            slot[partition, series_key] = _part.decode(value)
            self._parts_stored.add((start, partition, series_key))
        elif kind == "s":
            table.progress.sources[int(key[0])] = _source.decode(value)
        elif kind == "t":
            table.progress.watermark, table.stepped = _topic.decode(value)
        elif kind == "h" and table.flows is not None:
            segment = _text.decode(key[1])
            if key[0] == BASE:
                table.flows.base[segment] = _count.decode(value)
            else:
                part = int(key[0]), segment, int(key[2])
                table.flows.parts[part] = _count.decode(value)
                table.flows.stored.add(part)
        elif kind == "x":
            series = table.find(key[0])
            self._states.setdefault(series.metric, []).append((series.key, value))

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
                yield self._flow_key(*part), _encode(flows.parts[part])
            flows.changed.clear()

    def _settle_flows(self, stepped: int) -> Iterator[ChangelogRow]:
        flows = self._table.flows
        if flows is None:
            return
        for segment in flows.settle(stepped):
            yield self._flow_key(BASE, segment), _encode(flows.base[segment])
        for part in sorted(flows.stored - flows.parts.keys()):
            flows.stored.discard(part)
            yield self._flow_key(*part), None

    def _flow_key(self, *key: str | int) -> bytes:
        day, segment, *partition = key
        name = msgspec.json.encode(segment).decode()
        return "\t".join(map(str, ("h", self._table.topic, day, name, *partition))).encode()

    def _parts(self) -> Iterator[ChangelogRow]:
        """Write down the snapshots that their source partition can still replace."""
        table = self._table
        frozen = table.progress.frozen(table.grace)
        for start, touched in table.buckets.touched.items():
            for (partition, series_key), part in table.buckets.parts.get(start, {}).items():
                if start > frozen[partition] and table.series[series_key] in touched:
                    self._parts_stored.add((start, partition, series_key))
                    yield _part_key(table.topic, start, partition, series_key), _encode(part)


def _part_key(topic: str, start: int, partition: int, series_key: str) -> bytes:
    return f"p\t{topic}\t{start}\t{partition}\t{series_key}".encode()
