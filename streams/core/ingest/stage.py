"""The ingest stage (`fold` on the wire): all source topics of one partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.catalogue import TOPICS
from streams.core.changelog import UnreadableStateError
from streams.core.event_time.watermark import NEVER
from streams.core.ingest.kinds import ADMITTED, LAYOUT, OF_CUSTOMERS
from streams.core.ingest.publish import SeriesPartitions
from streams.core.ingest.series_router import SeriesRouter
from streams.core.ingest.topic import TopicIngest
from streams.core.series_key import parse_series
from streams.core.stage import Flush, Send, SourceProgress

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.config import Config
    from streams.core.stage import Record

SWITCHED_OFF: Final = (
    "stage 'fold': this state keeps customers, and customers.enabled is false, so they would miss "
    "what is read now. Set customers.enabled = true; or, to go on without customers, start anew "
    "from the history (docs/recovery.md)"
)


class IngestStage:
    """Counts the events of one source partition, in whatever order its topics come.

    `series_partitions` is the number of partitions of the series stage. A stage that is not
    `durable` (a replay) writes no rows. Where customers are kept, it is an
    `IngestStageWithCustomers` (`with_customers.py`), and batches have the records of their events.
    """

    keeps_records = False

    def __init__(
        self, partition: int, series_partitions: int, settings: Config, *, durable: bool = True
    ) -> None:
        self._partition = partition
        self._durable = durable
        self._router = SeriesRouter(settings.tables.breakdowns, settings.tables.label_cap)
        targets = SeriesPartitions(series_partitions)
        self._topics = {
            name: TopicIngest(
                name,
                partition,
                settings,
                self._router,
                targets,
                keeps_records=self.keeps_records,
            )
            for name in TOPICS
        }

    def process(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Decode one fetched batch, and hand what is accepted of it to whoever counts it."""
        ingest = self._topics[topic]
        batch = ingest.accept(records, wall)
        ingest.count(batch)

    def tick(self, wall: float, caught_up: Collection[str]) -> None:
        """Mark the topics idle that were read to their end and have long been quiet."""
        for name, topic in self._topics.items():
            topic.tick(wall, caught_up=name in caught_up)

    def source_progress(self) -> Iterable[SourceProgress]:
        """Report how far the topics of this partition are."""
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
                more, messages = topic.flush(number, durable=self._durable)
                rows += more
                sends += messages
        admitted = self._router.drain_admitted()
        if self._durable:
            rows.extend((ADMITTED.key(name), b"") for name in admitted)
        return Flush(rows, sends)

    def restore(self, rows: Mapping[bytes, bytes]) -> None:
        """Restore the state from the rows of the changelog."""
        for row in LAYOUT.read(rows):
            if row.kind in OF_CUSTOMERS:
                self._restore_of_customers(row)
            elif row.kind is ADMITTED:
                name = row.fields[0]
                metric, labels = parse_series(name)
                self._router.restore(metric, labels, name)
            else:
                self._topics[row.fields[0]].restore(row)
        for topic in self._topics.values():
            topic.restored()

    def _restore_of_customers(self, row: StoredRow) -> None:
        del row
        raise UnreadableStateError(SWITCHED_OFF)

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

    def mended(self) -> Mapping[tuple[str, str], int]:
        """Count the optional fields put right or dropped so far, by topic and what was done."""
        return {
            (name, what): n
            for name, topic in self._topics.items()
            for what, n in topic.decoder.mended.items()
        }

    def watermarks(self) -> Mapping[str, int]:
        """Return the watermark by topic, epoch seconds; 0 before the first event."""
        return {name: topic.decoder.watermark.at for name, topic in self._topics.items()}

    def sizes(self) -> Mapping[str, int]:
        """Count what the state holds."""
        topics = self._topics.values()
        return {
            "cells": sum(topic.size() for topic in topics),
            "event_ids": sum(len(topic.decoder.seen) for topic in topics),
            "series": self._router.admitted,
        }
