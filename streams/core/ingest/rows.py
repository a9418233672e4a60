"""The changelog of one source topic: what is written down of it, and how it is read back.

The kinds of rows are declared in `streams.core.ingest.kinds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.detail_columns import of_rows
from streams.core.detail_messages import pack, unpack
from streams.core.event_time.buckets import HOUR
from streams.core.ingest.deduplicate import SLOT
from streams.core.ingest.kinds import (
    CELL,
    CUSTOMER_FLOW,
    DETAIL,
    DETAILS,
    EVENT_IDS,
    HOURLY_IDS,
    PROGRESS,
)
from streams.core.ingest.publish import in_parts
from streams.core.messages import DetailRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.ingest.cells import Cells, ChangedCells
    from streams.core.ingest.decode import Decoder
    from streams.core.ingest.details import ChangedDetails, Details
    from streams.core.ingest.stock_flows import StockFlows


class TopicRows:
    """Writes and reads the rows of one source topic of one partition."""

    def __init__(
        self,
        decoder: Decoder,
        cells: Cells,
        details: Details,
        names: Sequence[str],
        flows: StockFlows | None,
    ) -> None:
        topic = decoder.topic
        self._topic = topic
        self._decoder = decoder
        self._cells = cells
        self._details = details
        self._names = names
        self._flows = flows
        self._id_rows: dict[int, list[bytes]] = {}
        """The keys of the rows that stand in the changelog, by slot of event ids."""
        self._detail_rows: dict[int, list[bytes]] = {}
        """Likewise of details, by bucket (its start, epoch seconds)."""
        self._cell_key = CELL.keys(topic)
        self._flow_key = CUSTOMER_FLOW.keys(topic)

    def changed(
        self, number: int, cells: ChangedCells, details: ChangedDetails
    ) -> Iterator[ChangelogRow]:
        """Yield a row for all that changed and can change further.

        A bucket that froze meanwhile costs no row, so working off a backlog writes next to none.

        Args:
            number: that of the flush.
            cells: those that changed.
            details: likewise.
        """
        decoder = self._decoder
        frozen = decoder.frozen
        key, encode, names = self._cell_key, CELL.encode, self._names
        for series, (start, *cell) in cells.after(frozen):
            yield key(start, names[series]), encode(tuple(cell))
        yield from self._details_changed(number, details)
        for slot, ids in decoder.seen.fresh.items():
            row = EVENT_IDS.key(self._topic, slot, number)
            self._id_rows.setdefault(slot, []).append(row)
            yield row, EVENT_IDS.encode(ids)
        if self._flows is not None:
            for day, segment, count in self._flows.changed_to_store(frozen):
                yield self._flow_key(day, segment), CUSTOMER_FLOW.encode(count)
        yield PROGRESS.key(self._topic), PROGRESS.encode(decoder.progress())

    def _details_changed(self, number: int, details: ChangedDetails) -> Iterator[ChangelogRow]:
        for metric, first, last in details.metrics:
            for start, rows in details.rows.span(first, last).by_start():
                if start <= self._decoder.frozen:
                    continue
                for part, some in enumerate(in_parts(rows)):
                    key = DETAILS.key(self._topic, start, metric, number, part)
                    self._detail_rows.setdefault(start, []).append(key)
                    yield key, DETAILS.encode(pack(some))

    def forget(self, *, written: bool) -> Iterator[ChangelogRow]:
        """Drop what can no longer change, and yield the deletion of the rows that stand for it.

        `written` says whether the rows of what changed were written down.
        """
        decoder = self._decoder
        frozen = decoder.frozen
        for start, series in self._cells.forget(frozen, written=written):
            yield self._cell_key(start, self._names[series]), None
        self._details.forget(frozen)
        for start in [start for start in self._detail_rows if start <= frozen]:
            for row in self._detail_rows.pop(start):
                yield row, None
        if self._flows is not None:
            for day, segment in self._flows.forget(frozen):
                yield self._flow_key(day, segment), None
        for slot in decoder.seen.drain_forgotten():
            for row in self._id_rows.pop(slot, ()):
                yield row, None

    def restore(self, row: StoredRow) -> None:
        """Restore what one row has."""
        kind, (_, *key), value = row
        if kind is PROGRESS:
            self._decoder.restore(value)
        elif kind is CELL:
            bucket, name = key
            self._cells.restore(bucket, name, *value)
        elif kind is DETAILS:
            bucket, metric, flush, part = key
            self._detail_rows.setdefault(bucket, []).append(DETAILS.key(self._topic, *key))
            self._details.restore(metric, (flush, part), unpack(value))
        elif kind is DETAIL:
            bucket, (metric, labels) = key
            self._detail_rows.setdefault(bucket, []).append(DETAIL.key(self._topic, *key))
            found = DetailRow(bucket, labels, value.count, value.samples, value.prints, value.texts)
            self._details.restore(metric, (-1, 0), of_rows([found]))
        elif kind is CUSTOMER_FLOW:
            if self._flows is not None:
                day, segment = key
                self._flows.restore(day, segment, value)
        else:
            start, flush = key
            # Ids that were written down by the hour are kept as long as the last of them.
            slot = start + HOUR - SLOT if kind is HOURLY_IDS else start
            self._decoder.seen.restore(slot, value)
            self._id_rows.setdefault(slot, []).append(kind.key(self._topic, start, flush))
