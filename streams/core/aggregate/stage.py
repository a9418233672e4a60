"""The series stage: the rolling tables of one partition of series, and their watchers."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

import msgspec

from streams.core.aggregate.customer_base import EVER, CustomerBase
from streams.core.aggregate.kinds import LAYOUT, PROGRESS
from streams.core.aggregate.publish import Publisher
from streams.core.aggregate.rows import TableRows
from streams.core.aggregate.snapshot_view import shown
from streams.core.aggregate.topic import WATCHED, TopicAggregate
from streams.core.catalogue import TOPIC_OF, TOPICS
from streams.core.event_time.buckets import GRAINS, end_of
from streams.core.event_time.watermark import NEVER
from streams.core.messages import SIGNALS, Partials, Signals
from streams.core.stage import Flush, Send, SourceProgress

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from streams.core.aggregate.merge import Series
    from streams.core.changelog import ChangelogRow
    from streams.core.config import Config
    from streams.core.detect.protocol import Census
    from streams.core.event_time.buckets import Grain
    from streams.core.stage import Record
    from streams.core.views import WindowValue

PROVISIONAL_INTERVAL: Final = 1.0
"""Wall seconds between two provisional rows of a series."""

_encode = msgspec.msgpack.Encoder().encode
_partials = msgspec.msgpack.Decoder(Partials)


class AggregateStage:
    """Keeps the series that live in one partition, for all source topics with metrics.

    `source_partitions` is the number of partitions of the source topics. `grains` are the buckets
    to be told and `rolling` whether windows are; a stage that is not `durable` writes no rows.
    """

    def __init__(  # noqa: PLR0913 - the last four make it a replay
        self,
        partition: int,
        source_partitions: int,
        settings: Config,
        *,
        durable: bool = True,
        grains: Collection[Grain] = GRAINS,
        rolling: bool = True,
        provisional_interval: float = PROVISIONAL_INTERVAL,
    ) -> None:
        self._partition = partition
        self._durable = durable
        self._rolling = rolling
        self._interval = provisional_interval
        held = set(GRAINS) if rolling else {*grains, *WATCHED}
        active = CustomerBase(settings.detect.opening) if settings.detect.rate else None
        self._tables = {
            name: TopicAggregate(name, source_partitions, settings, held, active)
            for name, topic in TOPICS.items()
            if topic.metrics
        }
        self._rows = {t: TableRows(table) for t, table in self._tables.items()}
        self._publishers = {
            t: Publisher(table.buckets, table.progress, grains) for t, table in self._tables.items()
        }
        self._told: dict[str, int] = {}
        self._stale: dict[str, set[Series]] = {t: set() for t in self._tables}
        self._clocks: dict[str, int] = dict.fromkeys(self._tables, NEVER)
        self._windows_at: dict[str, int] = dict.fromkeys(self._tables, NEVER)
        """The watermarks up to which windows were told."""
        self._provisional_at = float("-inf")

    def take(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Merge one fetched batch of partials."""
        del topic, wall
        for record in records:
            if record.value is not None:
                partials = _partials.decode(record.value)
                table = self._tables[partials.source.topic]
                table.take(partials)
                if table.flows is not None:
                    for other in self._tables.values():
                        other.step()  # it may have waited for the number of customers

    def tick(self, wall: float, caught_up: Collection[str]) -> None:
        """Let the windows age while every source is idle."""
        del caught_up
        for table in self._tables.values():
            table.progress.tick(wall)

    def source_progress(self) -> Iterable[SourceProgress]:
        """Tell how far every source partition is, by its last word."""
        for topic, table in self._tables.items():
            for partition, source in table.progress.sources.items():
                if source.watermark != NEVER:
                    yield SourceProgress(topic, partition, source.watermark, source.idle)

    def pending(self) -> int:
        """Count what the next flush would write, roughly."""
        return sum(
            3 * sum(len(series) for series in table.buckets.touched.values())
            + len(self._stale[topic])
            + self._publishers[topic].waiting()
            + table.dirty
            + self._has_aged(topic)
            for topic, table in self._tables.items()
        )

    def flush(self, number: int, wall: float) -> Flush:
        """Encode every change of the tables, and what the detectors said."""
        del number
        due = wall - self._provisional_at >= self._interval
        if due:
            self._provisional_at = wall
        rows: list[ChangelogRow] = []
        sends: list[Send] = []
        for topic, table in self._tables.items():
            sends.extend(self._tell(topic, table, due=due))
            if table.dirty:
                sends.extend(self._signals(table))
                limits = table.limits(self._windows_at[topic])
                if self._durable:
                    rows.extend(self._rows[topic].changed(limits))
                rows.extend(self._rows[topic].forget(limits, self._stepped()))
                table.dirty = False
        return Flush(rows, sends)

    def restore(self, rows: Mapping[bytes, bytes]) -> None:
        """Take over from the changelog."""
        progress = {
            key: rows[key] for topic in self._tables if (key := PROGRESS.key(topic)) in rows
        }
        for row in chain(LAYOUT.read(progress), LAYOUT.read(rows)):
            self._rows[row.fields[0]].restore(row)
        for topic, table in self._tables.items():
            self._rows[topic].restored()
            self._publishers[topic].restored(table.edge)
            self._told.update(dict.fromkeys(table.detectors, table.stepped))
            self._stale[topic].update(table.series.values())
            for series in table.series.values():
                series.old = True

    def rolling(self, segments: int) -> Iterable[WindowValue]:
        """Give every window of the totals and of the largest segments, as last told."""
        for table in self._tables.values():
            yield from shown(table.series.values(), segments)

    def census(self) -> Mapping[str, Census]:
        """Count the watched series of each metric by what the detector can say of them."""
        return {
            metric: detector.census()
            for table in self._tables.values()
            for metric, detector in table.detectors.items()
        }

    def watermarks(self) -> Mapping[str, int]:
        """Give the watermark of each metric that has one."""
        return {
            metric: self._tables[topic].progress.watermark
            for metric, topic in TOPIC_OF.items()
            if self._tables[topic].progress.watermark != NEVER
        }

    def sizes(self) -> Mapping[str, int]:
        """Count what the state holds."""
        tables = self._tables.values()
        return {
            "series": sum(len(table.series) for table in tables),
            "buckets": sum(
                len(series)
                for table in tables
                for starts in table.buckets.starts.values()
                for series in starts.values()
            ),
        }

    def _stepped(self) -> int:
        """Give the event time that every table with a detector has stepped over."""
        watched = [table.stepped for table in self._tables.values() if table.detectors]
        return min(watched, default=EVER)

    def _tell(self, topic: str, table: TopicAggregate, *, due: bool) -> Iterable[Send]:
        """Tell the buckets that changed or closed, and the windows that changed or aged."""
        publisher, stale = self._publishers[topic], self._stale[topic]
        for day in table.late_changed:
            publisher.recount(day, (s for s in table.series.values() if not s.labels))
        table.late_changed.clear()
        yield from publisher.rows(table.edge, due=due)
        if self._rolling:
            for touched in table.buckets.touched.values():
                stale.update(touched)
            if due:
                self._windows_at[topic] = table.progress.watermark
                stale.update(self._aged(topic, table))
                yield from publisher.rolling(stale, table.edge)
                stale.clear()

    def _has_aged(self, topic: str) -> bool:
        clock = self._tables[topic].progress.clock
        return self._rolling and end_of(clock, "5m") > end_of(self._clocks[topic], "5m")

    def _aged(self, topic: str, table: TopicAggregate) -> Iterable[Series]:
        """Find the series whose windows may have lost a bucket since they were last told."""
        clock, before = table.progress.clock, self._clocks[topic]
        self._clocks[topic] = clock
        for grain in reversed(GRAINS):
            if end_of(clock, grain) > end_of(before, grain):
                return [s for s in table.series.values() if grain == "1d" or s.holds(grain)]
        return ()

    def _signals(self, table: TopicAggregate) -> Iterable[Send]:
        """Tell the incidents stage what the detectors said, and how far they are."""
        for metric, signals in table.signals.items():
            if table.stepped > self._told.get(metric, NEVER):
                self._told[metric] = table.stepped
                watched = table.watched[metric]
                message = Signals(self._partition, metric, table.stepped, signals, watched)
                yield Send(SIGNALS, 0, None, _encode(message))
                table.signals[metric], table.watched[metric] = [], []
