"""The changelog of one source topic: what is written down of it, and how it is read back.

The kinds of rows are declared in `streams.core.ingest.kinds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.event_time.buckets import HOUR
from streams.core.ingest.deduplicate import SLOT
from streams.core.ingest.kinds import (
    CELL,
    CUSTOMER_FLOW,
    DETAIL,
    EVENT_IDS,
    HOURLY_IDS,
    PROGRESS,
    StoredDetail,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.ingest.cells import Cells, ChangedCells
    from streams.core.ingest.decode import Decoder
    from streams.core.ingest.details import Detail, Details
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
        self._cell_key = CELL.keys(topic)
        self._detail_key = DETAIL.keys(topic)
        self._flow_key = CUSTOMER_FLOW.keys(topic)

    def changed(
        self, number: int, cells: ChangedCells, details: Iterable[Detail]
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
        for (start, metric, labels), found in details:
            if start > frozen:
                stored = StoredDetail(found.count, [], found.prints, found.texts)
                yield self._detail_key(start, (metric, labels)), DETAIL.encode(stored)
        for slot, ids in decoder.seen.fresh.items():
            row = EVENT_IDS.key(self._topic, slot, number)
            self._id_rows.setdefault(slot, []).append(row)
            yield row, EVENT_IDS.encode(ids)
        if self._flows is not None:
            for day, segment, count in self._flows.changed_to_store(frozen):
                yield self._flow_key(day, segment), CUSTOMER_FLOW.encode(count)
        yield PROGRESS.key(self._topic), PROGRESS.encode(decoder.progress())

    def forget(self, *, written: bool) -> Iterator[ChangelogRow]:
        """Drop what can no longer change, and yield the deletion of the rows that stand for it.

        `written` says whether the rows of what changed were written down.
        """
        decoder = self._decoder
        frozen = decoder.frozen
        for start, series in self._cells.forget(frozen, written=written):
            yield self._cell_key(start, self._names[series]), None
        for start, metric, labels in self._details.forget(frozen, written=written):
            yield self._detail_key(start, (metric, labels)), None
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
        elif kind is DETAIL:
            bucket, (metric, labels) = key
            self._details.restore(bucket, metric, labels, value)
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
