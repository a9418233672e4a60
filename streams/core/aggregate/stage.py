"""The aggregate stage (`series` on the wire): the tables of one partition of series.

    partials of a source topic --> its merged watermark
                               --> the tables of each family that has cells in it
                               --> flows of the stock

A family goes on when the topics that it depends on have gone on, and its detectors when they know
the stock.
"""

from __future__ import annotations

from itertools import chain, groupby
from typing import TYPE_CHECKING, Final

import msgspec

from schemas.topics import ROLLING
from streams.core.aggregate.detection import DETECTION_GRAINS
from streams.core.aggregate.family import FamilyTables
from streams.core.aggregate.kinds import LAYOUT, OF_PERIODS, PROGRESS, PROGRESS_KINDS
from streams.core.aggregate.merged_watermark import MergedWatermark
from streams.core.aggregate.pace import Pace
from streams.core.aggregate.progress_rows import ProgressRows
from streams.core.aggregate.publish import Publisher
from streams.core.aggregate.rows import FamilyRows
from streams.core.aggregate.stock import FOREVER, StockLevel
from streams.core.aggregate.window_turns import WindowTurns
from streams.core.catalogue import CUSTOMER_BASE, FAMILIES, TOPICS
from streams.core.changelog import UnreadableStateError
from streams.core.event_time.buckets import GRAINS
from streams.core.event_time.watermark import NEVER
from streams.core.messages import SIGNALS, Partials, Signals
from streams.core.partials import PackedPartials, apart
from streams.core.series_key import metric_of
from streams.core.stage import Flush, Send, Sends, SourceProgress

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from streams.core.catalogue import Family
    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.config import Config
    from streams.core.detect.protocol import Census
    from streams.core.event_time.buckets import Grain
    from streams.core.messages import Source
    from streams.core.partials import NamedCells
    from streams.core.stage import Record
    from streams.core.views import WindowValue

SWITCHED_OFF: Final = (
    "stage 'series': this state has movements of customers, and customers.enabled is false, so "
    "they would miss what is read now. Set customers.enabled = true; or, to go on without "
    "customers, start anew from the history (docs/recovery.md)"
)

_encode = msgspec.msgpack.Encoder().encode
_partials: msgspec.msgpack.Decoder[Partials | PackedPartials] = msgspec.msgpack.Decoder(
    Partials | PackedPartials
)


class AggregateStage:
    """Keeps the series that live in one partition, for all families of metrics.

    Args:
        partition: its number.
        source_partitions: how many partitions the source topics have.
        settings: what to keep and to watch.
        durable: whether it writes rows; a replay has no use for them.
        grains: the buckets to be published.
        rolling: whether windows are published.
        provisional_interval: that of the settings, if it is to be another one.
        families: the families of metrics that there are.

    Attributes:
        backlog: whether much is still to be read: provisional rows and windows wait then, but for
            once a minute.
        untold: whether some of what waited is still to be published, though there is no backlog
            any more.
    """

    def __init__(  # noqa: PLR0913 - all but the first three have defaults
        self,
        partition: int,
        source_partitions: int,
        settings: Config,
        *,
        durable: bool = True,
        grains: Collection[Grain] = GRAINS,
        rolling: bool = True,
        provisional_interval: float | None = None,
        families: Mapping[str, Family] = FAMILIES,
    ) -> None:
        self._partition = partition
        self._durable = durable
        self._rolling = rolling
        interval = provisional_interval
        self._pace = Pace(settings.tables.provisional_interval if interval is None else interval)
        self._zone = zone = settings.calendar.zone
        held = set(GRAINS) if rolling else {*grains, *DETECTION_GRAINS}
        timeout = settings.tables.idle_timeout
        self._topics = {topic: MergedWatermark(source_partitions, timeout) for topic in TOPICS}
        opening = CUSTOMER_BASE.opening(settings.detect)
        self._stock = (
            None
            if opening is None
            else StockLevel(CUSTOMER_BASE, opening, self._topics, settings.tables.grace, zone)
        )
        self._families = {
            name: FamilyTables(name, family, self._topics, settings, held, self._stock, zone)
            for name, family in families.items()
        }
        self._family_of: dict[str, FamilyTables] = {
            metric: self._families[name]
            for name, family in families.items()
            for metric in family.metrics
        }
        self._dependents = {
            topic: [tables for tables in self._families.values() if topic in tables.progress.topics]
            for topic in TOPICS
        }
        """By topic, the families that depend on it."""
        flowing = () if self._stock is None else self._stock.flows
        self._released = {
            topic: [
                tables
                for tables in self._families.values()
                if tables in dependents or (tables.detection.waits and topic in flowing)
            ]
            for topic, dependents in self._dependents.items()
        }
        """By topic, those whose detectors may go on: the stock may have been what they wait for."""
        self._rows = {name: FamilyRows(tables) for name, tables in self._families.items()}
        self._progress_rows = ProgressRows(self._topics, self._families, self._stock)
        self._publishers = {
            name: Publisher(tables.buckets, tables.progress, grains, zone)
            for name, tables in self._families.items()
        }
        self._dirty_topics: set[str] = set()
        """Topics of which there was a message since the last flush."""
        self._turns = {name: WindowTurns(tables) for name, tables in self._families.items()}
        self.backlog = False
        self.untold = False

    def process(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Merge one fetched batch of partials."""
        del topic, wall
        self._merge([_partials.decode(one.value) for one in records if one.value is not None])

    def tick(self, wall: float, caught_up: Collection[str]) -> None:
        """Let the windows age while every source is idle."""
        del caught_up
        for watermark in self._topics.values():
            watermark.tick(wall)

    def source_progress(self) -> Iterable[SourceProgress]:
        """Report how far every source partition is, by its last message."""
        for topic, watermark in self._topics.items():
            for partition, source in watermark.sources.items():
                if source.watermark != NEVER:
                    yield SourceProgress(topic, partition, source.watermark, source.idle)

    def pending(self) -> int:
        """Count what the next flush would write, roughly.

        What waits for the clock counts as one: no flush makes it fewer.
        """
        return len(self._dirty_topics) + sum(
            tables.buckets.changes()
            + tables.dirty
            + (self._publishers[name].waits() or (self._rolling and self._turns[name].waits()))
            for name, tables in self._families.items()
        )

    def flush(self, number: int, wall: float) -> Flush:
        """Encode every change of the tables, and what the detectors found."""
        due = self._due(wall)
        rows: list[ChangelogRow] = []
        sends = Sends()
        changed = [name for name, tables in self._families.items() if tables.dirty]
        for name, tables in self._families.items():
            self._publish(name, tables, due, sends)
            if tables.dirty:
                sends.extend(self._signals(tables))
                limits = tables.limits(self._turns[name].published)
                if self._durable:
                    rows.extend(self._rows[name].changed(limits, number))
                rows.extend(self._rows[name].forget(limits, backlog=self.backlog))
                tables.flushed()
        rows.extend(self._flush_progress(changed))
        left = self._rolling and any(turns.left for turns in self._turns.values())
        self.untold = self.backlog or (self.untold and left)
        return Flush(rows, sends)

    def restore(self, rows: Mapping[bytes, bytes]) -> None:
        """Restore the state from the rows of the changelog."""
        names = [*TOPICS, *self._families]
        progress = {key: rows[key] for name in names if (key := PROGRESS.key(name)) in rows}
        for row in chain(LAYOUT.read(progress), LAYOUT.read(rows)):
            if row.kind in OF_PERIODS:
                self._restore_of_periods(row)
            elif row.kind in PROGRESS_KINDS:
                self._progress_rows.restore(row)
            else:
                self._rows[row.fields[0]].restore(row)
        self._progress_rows.restored()
        for name in self._families:
            self._rows[name].restored()
            self._turns[name].restored()

    def _restore_of_periods(self, row: StoredRow) -> None:
        del row
        raise UnreadableStateError(SWITCHED_OFF)

    def rolling(self, segments: int) -> Iterable[WindowValue]:
        """Yield every window of the totals and of the largest segments, as last published."""
        for name, tables in self._families.items():
            yield from tables.overview.shown(self._publishers[name].sent, segments)

    @property
    def timezone(self) -> str:
        """The name of the time zone whose days it counts."""
        return self._zone.name

    def census(self) -> Mapping[str, Census]:
        """Count the watched series of each metric by how much the detector knows of them."""
        return {
            metric: detector.census()
            for tables in self._families.values()
            for metric, detector in tables.detection.detectors.items()
        }

    def watermarks(self) -> Mapping[str, int]:
        """Return the watermark of each metric that has one."""
        return {
            metric: tables.progress.watermark
            for metric, tables in self._family_of.items()
            if tables.progress.watermark != NEVER
        }

    def sizes(self) -> Mapping[str, int]:
        """Count what the state holds."""
        families = self._families.values()
        return {
            "series": sum(len(tables.series) for tables in families),
            "buckets": sum(tables.buckets.size() for tables in families),
        }

    def _merge(self, messages: Iterable[Partials | PackedPartials]) -> None:
        """Merge messages of one fetch, those of a topic at once."""
        by_topic: dict[str, list[Partials | PackedPartials]] = {}
        for one in messages:
            by_topic.setdefault(one.source.topic, []).append(one)
        for topic, several in by_topic.items():
            newer = [one for one in several if self._topics[topic].is_newer(one.source)]
            if newer:
                self._merge_topic(topic, newer)

    def _merge_topic(self, topic: str, messages: Sequence[Partials | PackedPartials]) -> None:
        """Merge messages: their cells, then their watermarks, then close what that allows."""
        self._dirty_topics.add(topic)
        packed: dict[FamilyTables, list[tuple[Source, NamedCells]]] = {}
        for one in messages:
            if isinstance(one, PackedPartials):
                for tables, some in apart(one.cells, self._family_with):
                    packed.setdefault(tables, []).append((one.source, some))
            else:
                for tables, own in groupby(one.series, lambda s: self._family_with(s[0])):
                    tables.merge(one.source, own)
        for tables, several in packed.items():
            tables.merge_columns(several)
        for one in messages:
            if self._stock is not None:
                self._stock.merge(one.source, one.flows)
            self._topics[topic].advance(one.source, one.late)
            for tables in self._dependents[topic]:
                tables.advance(one.source, one.late)
        for tables in self._released[topic]:
            tables.step()

    def _family_with(self, series: str) -> FamilyTables:
        """Return the tables in which a series is kept."""
        return self._family_of[metric_of(series)]

    def _flush_progress(self, families: Collection[str]) -> Iterable[ChangelogRow]:
        """Write down how far some families are, their topics and those with messages."""
        moved = self._dirty_topics.union(*(self._families[f].progress.topics for f in families))
        topics = [topic for topic in TOPICS if topic in moved]
        if self._durable:
            yield from self._progress_rows.changed(topics, families)
        stepped = [
            tables.detection.stepped
            for tables in self._families.values()
            if tables.detection.detectors
        ]
        yield from self._progress_rows.forget(topics, min(stepped, default=FOREVER))
        self._dirty_topics.clear()

    def _due(self, wall: float) -> set[Grain]:
        """Return the grains of which all rows are published now: all, where a backlog has ended."""
        if self.untold and not self.backlog:
            return self._pace.all(wall)
        return self._pace.due(wall, backlog=self.backlog)

    def _publish(
        self, name: str, tables: FamilyTables, due: Collection[Grain], into: Sends
    ) -> None:
        """Publish the buckets that changed or closed, and the windows that changed or aged."""
        publisher = self._publishers[name]
        for day in tables.drain_late_days():
            publisher.recount(day, tables.overview.totals)
        publisher.rows(tables.edge, due, into)
        if self._rolling:
            for grain, series in self._turns[name].next(due, backlog=self.backlog):
                into.add(ROLLING, None, *publisher.rolling(series, grain, tables.edge))

    def _signals(self, tables: FamilyTables) -> Iterable[Send]:
        """Send the alerts stage what the detectors found, and how far they are."""
        through = self._zone.civil(tables.detection.stepped)
        for metric, signals, watched in tables.detection.drain():
            message = Signals(self._partition, metric, through, signals, watched)
            yield Send(SIGNALS, 0, None, _encode(message))
