"""One source topic of one partition: events in, snapshots and changelog rows out.

    fetched batch --> Decoder --> accepted batch --> columns --> cells, details
                                                 --> flows of the stock

Events wait until there are enough of them to be counted at once: most of what that costs does not
depend on how many they are. What comes of it does not, either.

What is published of it is made in `publish.py`, what is written to the changelog in `rows.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.catalogue import CUSTOMER_BASE, FAMILIES, TOPICS
from streams.core.ingest.cells import Cells
from streams.core.ingest.decode import Decoder
from streams.core.ingest.details import Details
from streams.core.ingest.event_columns import MAX_EVENTS, ColumnReader
from streams.core.ingest.label_codes import LabelCodes
from streams.core.ingest.publish import SnapshotPublisher
from streams.core.ingest.rows import TopicRows
from streams.core.ingest.stock_flows import StockFlows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.deadletter import LateReason
    from schemas.wire import Event
    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.config import Config
    from streams.core.ingest.accepted import AcceptedBatch
    from streams.core.ingest.publish import SeriesPartitions
    from streams.core.ingest.series_router import SeriesRouter
    from streams.core.stage import Record, Send

MAX_BYTES: Final = 8 << 20
"""Bytes of messages after which the events in them wait no longer: they may have long texts."""
BYTES_A_ROW: Final = 100
"""The size of a changed row, about: what a flush may hold is counted in rows."""


class TopicIngest:
    """Decoder, cells and flows of one topic, and when they are due."""

    def __init__(  # noqa: PLR0913 - what a topic is counted by
        self,
        topic: str,
        partition: int,
        settings: Config,
        router: SeriesRouter,
        targets: SeriesPartitions,
        *,
        keeps_records: bool = False,
    ) -> None:
        self._topic = topic
        metrics = TOPICS[topic].metrics
        self._watched = [metric for metric in metrics if metric in settings.detect.metrics]
        self.decoder = Decoder(
            topic, partition, settings.tables, settings.calendar.zone, keeps_records=keeps_records
        )
        self._router = router
        self._codes = LabelCodes(TOPICS[topic].labels, settings.tables.aliases)
        self._reader = ColumnReader(topic, self._codes)
        self._cells = Cells(router)
        self._details = Details(topic, self._codes, self._watched)
        self._flows = _flows_of(topic, settings)
        names = router.names
        self._rows = TopicRows(self.decoder, self._cells, self._details, names, self._flows)
        self._publisher = SnapshotPublisher(topic, partition, names, targets)
        self._events: list[Event] = []
        self._times: list[int] = []
        self._bytes = 0
        """Events that wait to be counted, when they occurred, and how large they were."""
        self._depended_on = any(topic in family.topics for family in FAMILIES.values())
        """Whether the aggregate stage has to know how far it is."""
        self.idle = False
        self.at_end = False
        """Whether it is read to the end of what there is."""
        self.dirty = False
        self._idle_timeout = settings.tables.idle_timeout
        self._quiet_since: float | None = None

    def accept(self, records: Sequence[Record], wall: float) -> AcceptedBatch:
        """Decode and check one fetched batch; give what is accepted of it."""
        self._quiet_since = wall
        self.idle = self.at_end = False
        self.dirty = True
        batch = self.decoder.accept(records, wall)
        self._bytes += self.decoder.taken_bytes
        return batch

    def count(self, batch: AcceptedBatch) -> None:
        """Count an accepted batch in the cells and details, and in the flows of the stock."""
        if self._flows is not None:
            self._flows.add(batch)
        if not TOPICS[self._topic].metrics:
            return
        self._events += batch.events
        self._times += batch.times
        if len(self._events) >= MAX_EVENTS or self._bytes >= MAX_BYTES:
            self._settle()

    def note_late(self, record: Record, time: int, watermark: int, why: LateReason) -> None:
        """Report an event that is too late for others than the cells; times in epoch seconds."""
        self.decoder.side.note_late(record, time, watermark, why)
        self.dirty = True

    def tick(self, wall: float, *, caught_up: bool) -> None:
        """Be idle once all was read and nothing came for the idle timeout; report it at each."""
        self.at_end = caught_up
        if self._quiet_since is None or not caught_up:
            self._quiet_since = wall
        elif wall - self._quiet_since > self._idle_timeout:
            self.idle = True
            self.dirty = self.dirty or self._depended_on
            self._quiet_since = wall

    def pending(self) -> int:
        """Count what the next flush would write; side messages by their size."""
        waiting = self.decoder.side.waiting_bytes // BYTES_A_ROW
        counted = self._cells.pending() + self._details.pending()
        return counted + len(self._events) + waiting + self.dirty

    def size(self) -> int:
        """Count the cells and details held; events that wait to be counted may make more."""
        return self._cells.size() + self._details.size()

    def flush(self, number: int, *, durable: bool) -> tuple[list[ChangelogRow], list[Send]]:
        """Encode what changed: rows for the changelog (if it is `durable`), and messages.

        A bucket that froze is published a last time and dropped.
        """
        self._settle()
        publisher, watermark = self._publisher, self.decoder.watermark.at
        source = publisher.source(number, watermark, idle=self.idle)
        late = self.decoder.late_days.drain_changed()
        flows = self._flows.changed() if self._flows is not None else []
        cells = self._cells.changed()
        due, still = self._details.drain(self.decoder.frozen, whole=self.idle)
        sends = self.decoder.side.drain()
        if self._depended_on:
            sends.extend(publisher.partials(cells, source, late, flows))
        sends.extend(publisher.details(due, source))
        rows = list(self._rows.changed(number, cells, still)) if durable else []
        publisher.advance(watermark)
        rows.extend(self._rows.forget())
        self.dirty = False
        return rows, sends

    def restore(self, row: StoredRow) -> None:
        """Restore what one row of the changelog has."""
        self._rows.restore(row)
        self._publisher.advance(self.decoder.watermark.at)

    def restored(self) -> None:
        """Start from the state restored, of which that was the last row."""
        self.decoder.seen.pack(self.decoder.watermark.at)
        self._cells.restored()
        self._details.restored()

    def _settle(self) -> None:
        """Count the events that wait, some at a time."""
        events, times = self._events, self._times
        for first in range(0, len(events), MAX_EVENTS):
            if self._codes.overgrown():
                self._details.forget_codes()
                self._router.forget_codes(TOPICS[self._topic].metrics)
            last = first + MAX_EVENTS
            columns = self._reader.read(events[first:last], times[first:last])
            self._cells.add(columns, self._codes)
            self._details.add(columns)
        self._events, self._times, self._bytes = [], [], 0


def _flows_of(topic: str, settings: Config) -> StockFlows | None:
    """Return the flows of the stock of a topic; None where it has none, or no stock is kept."""
    changes_it = CUSTOMER_BASE.flows.keys() & set(TOPICS[topic].metrics)
    if not changes_it or CUSTOMER_BASE.opening(settings.detect) is None:
        return None
    return StockFlows(CUSTOMER_BASE, topic, settings.calendar.zone)
