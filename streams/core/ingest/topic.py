"""One source topic of one partition: events in, snapshots and changelog rows out.

    fetched batch --> Decoder --> accepted batch --> groups --> cells, details
                                                            --> flows of the stock

What is published of it is made in `publish.py`, what is written to the changelog in `rows.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.catalogue import CUSTOMER_BASE, FAMILIES, TOPICS
from streams.core.ingest.cells import Cells
from streams.core.ingest.decode import Decoder
from streams.core.ingest.grouping import group
from streams.core.ingest.publish import SnapshotPublisher
from streams.core.ingest.rows import TopicRows
from streams.core.ingest.stock_flows import StockFlows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.deadletter import LateReason
    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.config import Config
    from streams.core.ingest.accepted import AcceptedBatch
    from streams.core.ingest.publish import SeriesPartitions
    from streams.core.ingest.series_router import SeriesRouter
    from streams.core.stage import Record, Send

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
        metrics = TOPICS[topic].metrics
        self._watched = [metric for metric in metrics if metric in settings.detect.metrics]
        self.decoder = Decoder(
            topic, partition, settings.tables, settings.calendar.zone, keeps_records=keeps_records
        )
        self.cells = Cells(router, self._watched)
        self._flows = _flows_of(topic, settings)
        self._rows = TopicRows(self.decoder, self.cells, self._flows)
        self._publisher = SnapshotPublisher(topic, partition, targets)
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
        return self.decoder.accept(records, wall)

    def count(self, batch: AcceptedBatch) -> None:
        """Count an accepted batch in the cells, and in the flows of the stock."""
        groups = group(batch, shown=bool(self._watched))
        self.cells.add(groups)
        if self._flows is not None:
            self._flows.add(groups)

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
        return self.cells.pending() + waiting + self.dirty

    def flush(self, number: int, *, durable: bool) -> tuple[list[ChangelogRow], list[Send]]:
        """Encode what changed: rows for the changelog (if it is `durable`), and messages.

        A bucket that froze is published a last time and dropped.
        """
        publisher, watermark = self._publisher, self.decoder.watermark.at
        source = publisher.source(number, watermark, idle=self.idle)
        late = self.decoder.late_days.drain_changed()
        flows = self._flows.changed() if self._flows is not None else []
        sends = self.decoder.side.drain()
        if self._depended_on:
            sends.extend(publisher.partials(self.cells, source, late, flows))
        for metric in self._watched:
            sends.extend(publisher.details(self.cells, source, metric))
        rows = list(self._rows.changed(number)) if durable else []
        publisher.advance(watermark)
        rows.extend(self._rows.forget())
        self.dirty = False
        return rows, sends

    def restore(self, row: StoredRow) -> None:
        """Restore what one row of the changelog has."""
        self._rows.restore(row)
        self._publisher.advance(self.decoder.watermark.at)


def _flows_of(topic: str, settings: Config) -> StockFlows | None:
    """Return the flows of the stock of a topic; None where it has none, or no stock is kept."""
    changes_it = CUSTOMER_BASE.flows.keys() & set(TOPICS[topic].metrics)
    if not changes_it or CUSTOMER_BASE.opening(settings.detect) is None:
        return None
    return StockFlows(CUSTOMER_BASE, topic, settings.calendar.zone)
