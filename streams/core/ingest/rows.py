"""The changelog of one source topic: what is written down of it, and how it is read back.

The kinds of rows are declared in `streams.core.ingest.kinds`.
"""

from __future__ import annotations

from functools import partial
from itertools import chain, pairwise, repeat
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from streams.core.changelog import UnreadableStateError
from streams.core.detail_columns import of_rows
from streams.core.detail_messages import pack, unpack
from streams.core.event_time.buckets import HOUR
from streams.core.ingest.deduplicate import SLOT
from streams.core.ingest.kinds import (
    CELL,
    CELLS,
    CUSTOMER_FLOW,
    DETAIL,
    DETAILS,
    EVENT_IDS,
    HOURLY_IDS,
    PROGRESS,
)
from streams.core.messages import DetailRow
from streams.core.partials import unpack as unpack_cells
from streams.core.series_key import parse_series
from streams.core.slice_rows import SliceRows, parted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.ingest.cells import Cells, NumberedCells
    from streams.core.ingest.decode import Decoder
    from streams.core.ingest.details import ChangedDetails, Details
    from streams.core.ingest.stock_flows import StockFlows
    from streams.core.partials import CellPacker, PackedCells


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
        self._cell_rows: SliceRows[str] = SliceRows()
        self._cell_key = CELLS.keys(topic)
        self._checked: set[str] = set()
        """Names of series that stand in the changelog."""
        self._flow_key = CUSTOMER_FLOW.keys(topic)

    def changed(
        self, number: int, cells: NumberedCells, details: ChangedDetails
    ) -> Iterator[ChangelogRow]:
        """Yield a row for all that changed and can change further.

        A bucket that froze meanwhile costs no row, so working off a backlog writes next to none.

        Args:
            number: that of the flush.
            cells: those that changed.
            details: those that changed and can change further.
        """
        decoder = self._decoder
        frozen = decoder.frozen
        yield from self._cells_changed(number, cells.after(frozen))
        yield from self._details_changed(number, details)
        for slot, ids in decoder.seen.fresh.items():
            row = EVENT_IDS.key(self._topic, slot, number)
            self._id_rows.setdefault(slot, []).append(row)
            yield row, EVENT_IDS.encode(ids)
        if self._flows is not None:
            for day, segment, count in self._flows.changed_to_store(frozen):
                yield self._flow_key(day, segment), CUSTOMER_FLOW.encode(count)
        yield PROGRESS.key(self._topic), PROGRESS.encode(decoder.progress())

    def _cells_changed(self, number: int, cells: NumberedCells) -> Iterator[ChangelogRow]:
        """Write down cells, ascending by start: a row for what changed of a bucket, or for all.

        Where all of it changed the rows before are deleted now, and not once it freezes.
        """
        starts, topic, rows = cells.columns.starts, self._topic, self._cell_rows
        packer = cells.packer(self._names)
        cuts = [0, *(np.flatnonzero(starts[1:] != starts[:-1]) + 1).tolist(), starts.size]
        for first, last in pairwise(cuts) if starts.size else ():
            start, own, span = int(starts[first]), packer, (first, last)
            size, changed = self._cells.size_at(start), last - first
            if changed == size or rows.crowded(topic, start, changed, size, closed=False):
                for key in rows.forget(topic, start):
                    yield key, None
                if changed < size:
                    own, span = self._cells.at(start).packer(self._names), (0, size)
            yield from self._bucket(start, number, own, span)

    def _bucket(
        self, start: int, number: int, packer: CellPacker, span: tuple[int, int]
    ) -> Iterator[ChangelogRow]:
        """Write down some cells of a bucket."""

        def encode(first: int, last: int) -> bytes:
            return CELLS.encode(packer.pack(first, last))

        for key, data, size in parted(encode, partial(self._cell_key, start, number), *span):
            self._cell_rows.note(self._topic, start, key, size)
            yield key, data

    def _details_changed(self, number: int, details: ChangedDetails) -> Iterator[ChangelogRow]:
        for metric, start, parts in details.by_start():
            for part, some in enumerate(parts):
                key = DETAILS.key(self._topic, start, metric, number, part)
                self._detail_rows.setdefault(start, []).append(key)
                yield key, DETAILS.encode(pack(some))

    def forget(self) -> Iterator[ChangelogRow]:
        """Drop what can no longer change, and yield the deletion of the rows that stand for it."""
        decoder = self._decoder
        frozen = decoder.frozen
        self._cells.forget(frozen)
        for key in self._cell_rows.forget_before(self._topic, frozen + 1):
            yield key, None
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
            self._cell_rows.note(self._topic, bucket, CELL.key(self._topic, *key), 1)
            self._cells.restore(-1, bucket, [(name, *value)])
        elif kind is CELLS:
            self._restore_cells(value, *key)
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

    def _restore_cells(self, packed: PackedCells, start: int, flush: int, part: int) -> None:
        """Restore what a flush wrote of the bucket that starts at `start`."""
        names, sizes, columns = unpack_cells(packed)
        for name in names:
            self._check(name)
        counts = columns.counts.tolist()
        self._cell_rows.note(self._topic, start, self._cell_key(start, flush, part), len(counts))
        each = chain.from_iterable(map(repeat, names, sizes.tolist()))
        values = map(columns.values.get, range(len(counts)))
        cells = zip(each, counts, values, columns.sketches(), strict=True)
        self._cells.restore(flush, start, cells)

    def _check(self, name: str) -> None:
        """Refuse a state that names no series; each name is looked at once."""
        if name not in self._checked:
            try:
                parse_series(name)
            except (ValueError, msgspec.MsgspecError) as error:
                raise UnreadableStateError(f"stage 'fold': {name!r} names no series") from error
            self._checked.add(name)
