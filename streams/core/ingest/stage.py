"""The fold stage: all source topics of one partition."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from streams.core.catalogue import TOPICS, SeriesRouter
from streams.core.event_time.watermark import NEVER
from streams.core.ingest.kinds import ADMITTED, LAYOUT
from streams.core.ingest.topic import TopicIngest
from streams.core.series_key import parse_series
from streams.core.stage import Flush, Send, SourceProgress

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from streams.core.changelog import ChangelogRow
    from streams.core.config import Config
    from streams.core.stage import Record


class IngestStage:
    """Folds the events of one source partition, in whatever order its topics come.

    `series_partitions` is the number of partitions of the series stage. A stage that is not
    `durable` (a replay) writes no rows.
    """

    def __init__(
        self, partition: int, series_partitions: int, settings: Config, *, durable: bool = True
    ) -> None:
        self._partition = partition
        self._targets = series_partitions
        self._durable = durable
        self._fan = SeriesRouter(settings.tables.breakdowns, settings.tables.label_cap)
        self._topics = {t: TopicIngest(t, partition, settings, self._fan) for t in TOPICS}
        self._homes: dict[str, int] = {}

    def take(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Fold one fetched batch."""
        self._topics[topic].take(records, wall)

    def tick(self, wall: float, caught_up: Collection[str]) -> None:
        """Mark the topics idle that were read to their end and have long been quiet."""
        for name, topic in self._topics.items():
            topic.tick(wall, caught_up=name in caught_up)

    def source_progress(self) -> Iterable[SourceProgress]:
        """Tell how far the topics of this partition are."""
        for name, topic in self._topics.items():
            if topic.decoder.watermark.at != NEVER:
                yield SourceProgress(
                    name, self._partition, topic.decoder.watermark.at, topic.at_end
                )

    def pending(self) -> int:
        """Count what the next flush would write."""
        return sum(topic.pending() for topic in self._topics.values())

    def flush(self, number: int, wall: float) -> Flush:
        """Encode everything that changed."""
        del wall
        rows: list[ChangelogRow] = []
        sends: list[Send] = []
        for topic in self._topics.values():
            if topic.dirty:
                more, messages = topic.flush(
                    number, self._home, self._targets, durable=self._durable
                )
                rows += more
                sends += messages
        if self._durable:
            rows.extend((ADMITTED.key(name), b"") for name in self._fan.fresh)
        self._fan.fresh.clear()
        return Flush(rows, sends)

    def restore(self, rows: Mapping[bytes, bytes]) -> None:
        """Take over from the changelog."""
        for row in LAYOUT.read(rows):
            first = row.fields[0]
            if row.kind is ADMITTED:
                metric, labels = parse_series(first)
                self._fan.admit(metric, labels, first)
            else:
                self._topics[first].restore(row)

    def outcomes(self) -> Mapping[tuple[str, str], int]:
        """Count the events received so far by topic and outcome."""
        return {
            (name, outcome): n
            for name, topic in self._topics.items()
            for outcome, n in topic.decoder.outcomes.items()
        }

    def refusals(self) -> Mapping[tuple[str, str], int]:
        """Count the events refused so far by topic and reason."""
        return {
            (name, str(reason)): n
            for name, topic in self._topics.items()
            for reason, n in topic.decoder.reasons.items()
        }

    def watermarks(self) -> Mapping[str, int]:
        """Give the watermark by topic, epoch seconds; 0 before the first event."""
        return {name: topic.decoder.watermark.at for name, topic in self._topics.items()}

    def sizes(self) -> Mapping[str, int]:
        """Count what the state holds."""
        topics = self._topics.values()
        return {
            "cells": sum(topic.cells.size() for topic in topics),
            "event_ids": sum(len(topic.decoder.seen.ids) for topic in topics),
            "series": len(self._fan.names),
        }

    def _home(self, name: str) -> int:
        """Choose the partition of the series stage that a series lives in."""
        home = self._homes.get(name)
        if home is None:
            home = self._homes[name] = crc32(name.encode()) % self._targets
        return home
