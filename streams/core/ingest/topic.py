"""One source topic of one partition: events in, snapshots and changelog rows out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from schemas.topics import DEADLETTER, LATE
from streams.core import messages
from streams.core.catalogue import TOPICS
from streams.core.event_time.buckets import DAY, HOUR
from streams.core.event_time.watermark import NEVER
from streams.core.ingest.cells import Cell, Cells, Detail
from streams.core.ingest.customer_flow import COUNTED, CustomerFlow
from streams.core.ingest.decode import Decoder
from streams.core.ingest.deduplicate import SLOT
from streams.core.ingest.kinds import (
    CELL,
    CUSTOMER_FLOW,
    DETAIL,
    EVENT_IDS,
    HOURLY_IDS,
    PROGRESS,
    Progress,
    StoredDetail,
)
from streams.core.messages import PARTIALS, SIGNALS, Details, Partials, Source
from streams.core.sketches import hyperloglog
from streams.core.stage import Send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streams.core.catalogue import SeriesRouter
    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.config import Config
    from streams.core.stage import Record

CELLS_A_MESSAGE: Final = 4_000
"""So many cells go into one message, some 400 kB: below every broker's default limit."""
DETAILS_A_MESSAGE: Final = 1_000
"""So many details: 150 kB as a rule, 500 kB at the most without sample texts."""

BYTES_A_ROW: Final = 100
"""A changed row takes about so much: what a flush may hold is counted in rows."""

_encode = msgspec.msgpack.Encoder().encode


class TopicIngest:
    """Intake and cells of one topic, and how they are written down and read back."""

    def __init__(self, topic: str, partition: int, settings: Config, router: SeriesRouter) -> None:
        self.topic = topic
        self._watched = [m for m in TOPICS[topic].metrics if m in settings.detect.metrics]
        detailed = bool(self._watched)
        self._counted = bool(TOPICS[topic].metrics)
        self.decoder = Decoder(topic, partition, settings.tables, detailed=detailed)
        self.cells = Cells(router, self._watched)
        self.flows = CustomerFlow() if settings.detect.rate and topic in COUNTED else None
        self.idle = False
        self.at_end = False  # read to the end of what there is
        self.dirty = False
        self._idle_timeout = settings.tables.idle_timeout
        self._quiet_since: float | None = None
        self._sent_watermark = NEVER
        self._id_rows_of: dict[int, list[bytes]] = {}
        self._cell_key = CELL.keys(topic)
        self._detail_key = DETAIL.keys(topic)
        self._flow_key = CUSTOMER_FLOW.keys(topic)

    def take(self, records: Sequence[Record], wall: float) -> None:
        """Fold one batch."""
        self._quiet_since = wall
        self.idle = self.at_end = False
        self.dirty = True
        groups = self.decoder.take(records, wall)
        self.cells.fold(groups)
        if self.flows is not None:
            self.flows.fold(groups)

    def tick(self, wall: float, *, caught_up: bool) -> None:
        """Be idle once everything was read and nothing came for the idle timeout; say so again."""
        self.at_end = caught_up
        if self._quiet_since is None or not caught_up:
            self._quiet_since = wall
        elif wall - self._quiet_since > self._idle_timeout:
            self.idle = True
            self.dirty = self.dirty or self._counted  # who counts nothing has nobody to tell
            self._quiet_since = wall

    def pending(self) -> int:
        """Count what the next flush would write; side messages by their size."""
        waiting = self.decoder.waiting_bytes // BYTES_A_ROW
        return self.cells.pending() + waiting + self.dirty

    def flush(
        self, number: int, home: Callable[[str], int], targets: int, *, durable: bool
    ) -> tuple[list[ChangelogRow], list[Send]]:
        """Encode what changed: rows for the changelog, and messages.

        A bucket that froze is told a last time and dropped. It costs no row of the changelog
        unless it had one before, so working off a backlog writes next to none.
        """
        sends = self._side_messages()
        if self._counted:
            sends.extend(self._partials(number, home, targets))
        for metric in self._watched:
            sends.extend(self._details(metric, number))
        rows = list(self._rows(number)) if durable else []
        self._sent_watermark = self.decoder.watermark.at
        rows.extend(self._forget(self.decoder.frozen))
        self.dirty = False
        return rows, sends

    def restore(self, row: StoredRow) -> None:
        """Take one row of the changelog over."""
        kind, (_, *key), value = row
        if kind is PROGRESS:
            self._restore_progress(value)
        elif kind is CELL:
            bucket, name = key
            cell = self.cells.open.setdefault(bucket, {}).setdefault(name, Cell())
            cell.count, cell.values, sketch = value
            cell.customers = hyperloglog.load(sketch) if sketch else None
            cell.stored = True
        elif kind is DETAIL:
            bucket, labels = key
            detail = self.cells.details.setdefault(bucket, {}).setdefault(labels, Detail())
            detail.count, detail.samples, detail.prints = value.count, value.samples, value.prints
            detail.stored = True
        elif kind is CUSTOMER_FLOW:
            if self.flows is not None:
                day, segment = key
                self.flows.counts[day, segment] = value
                self.flows.stored.add((day, segment))
        else:
            start, flush = key
            # Ids that were written down by the hour are kept as long as the last of them.
            slot = start + HOUR - SLOT if kind is HOURLY_IDS else start
            self.decoder.seen.restore(slot, value)
            self._id_rows_of.setdefault(slot, []).append(kind.key(self.topic, start, flush))

    def _restore_progress(self, stored: Progress) -> None:
        decoder = self.decoder
        decoder.watermark.at, decoder.watermark.ahead = stored.watermark, stored.ahead
        decoder.outcomes.update(stored.outcomes)
        decoder.reasons.update(stored.reasons)
        decoder.late_days.update(stored.late_days)
        self._sent_watermark = stored.watermark

    # -- messages ----------------------------------------------------------------------------

    def _source(self, number: int, part: int, *, last: bool) -> Source:
        # Only the last part moves the watermark: before it, not all cells have been told.
        watermark = self.decoder.watermark.at if last else self._sent_watermark
        return Source(
            self.topic, self.decoder.partition, number, part, watermark, last and self.idle
        )

    def _side_messages(self) -> list[Send]:
        decoder = self.decoder
        sends = [Send(DEADLETTER, None, key, value) for key, value in decoder.refusals]
        sends.extend(Send(LATE, None, key, value) for key, value in decoder.late)
        decoder.refusals.clear()
        decoder.late.clear()
        decoder.waiting_bytes = 0
        return sends

    def _partials(self, number: int, home: Callable[[str], int], targets: int) -> Iterator[Send]:
        snapshots: list[dict[str, list[messages.Cell]]] = [{} for _ in range(targets)]
        for name, buckets in self.cells.changed.items():
            snapshots[home(name)][name] = [
                (
                    bucket,
                    cell.count,
                    cell.values,
                    None if cell.customers is None else hyperloglog.dump(cell.customers),
                )
                for bucket, cell in buckets.items()
            ]
        late_days, self.decoder.late_changed = self.decoder.late_changed, set()
        late = {day: n for day, n in self.decoder.late_days.items() if day in late_days}
        flows = self.flows.news() if self.flows is not None else []
        for target, series in enumerate(snapshots):
            parts = list(_parts(list(series.items())))
            for part, chunk in enumerate(parts):
                last = part == len(parts) - 1
                source = self._source(number, part, last=last)
                told = (late, flows) if last else ({}, [])
                partials = Partials(source, chunk, *told)
                yield Send(PARTIALS, target, None, _encode(partials))

    def _details(self, metric: str, number: int) -> Iterator[Send]:
        rows: list[messages.DetailRow] = [
            messages.DetailRow(bucket, labels, detail.count, detail.samples, detail.prints)
            for bucket, labels, detail in self.cells.changed_details_of(metric)
        ]
        names = TOPICS[self.topic].labels
        size = DETAILS_A_MESSAGE
        chunks = [rows[i : i + size] for i in range(0, len(rows), size)]
        for part, chunk in enumerate(chunks or [[]]):
            source = self._source(number, part, last=part >= len(chunks) - 1)
            yield Send(SIGNALS, 0, None, _encode(Details(source, metric, names, chunk)))

    # -- changelog ---------------------------------------------------------------------------

    def _rows(self, number: int) -> Iterator[ChangelogRow]:
        cells, decoder = self.cells, self.decoder
        frozen = decoder.frozen
        key, encode = self._cell_key, CELL.encode
        for name, buckets in cells.changed.items():
            for bucket, cell in buckets.items():
                if bucket > frozen:
                    sketch = None if cell.customers is None else hyperloglog.dump(cell.customers)
                    cell.stored = True
                    yield key(bucket, name), encode((cell.count, cell.values, sketch))
        for bucket, metric, labels in cells.changed_details:
            if bucket > frozen:
                detail = cells.details[bucket][metric, labels]
                detail.stored = True
                stored = StoredDetail(detail.count, detail.samples, detail.prints)
                yield self._detail_key(bucket, (metric, labels)), DETAIL.encode(stored)
        yield from self._id_rows(number)
        yield from self._flow_rows(frozen)
        progress = Progress(
            decoder.watermark.at,
            decoder.watermark.ahead,
            dict(decoder.outcomes),
            dict(decoder.reasons),
            dict(decoder.late_days),
        )
        yield PROGRESS.key(self.topic), PROGRESS.encode(progress)

    def _id_rows(self, number: int) -> Iterator[ChangelogRow]:
        for slot, ids in self.decoder.seen.fresh.items():
            row = EVENT_IDS.key(self.topic, slot, number)
            self._id_rows_of.setdefault(slot, []).append(row)
            yield row, EVENT_IDS.encode(ids)

    def _flow_rows(self, frozen: int) -> Iterator[ChangelogRow]:
        if self.flows is not None:
            for day, segment, count in self.flows.news():
                if day + DAY > frozen:
                    self.flows.stored.add((day, segment))
                    yield self._flow_key(day, segment), CUSTOMER_FLOW.encode(count)

    def _forget(self, frozen: int) -> Iterator[ChangelogRow]:
        """Drop what can no longer change, with the rows that stand in the changelog for it."""
        cells = self.cells
        cells.changed.clear()
        cells.changed_details.clear()
        self.decoder.seen.fresh.clear()
        for bucket in [b for b in cells.open if b <= frozen]:
            for name, cell in cells.open.pop(bucket).items():
                if cell.stored:
                    yield self._cell_key(bucket, name), None
            for labels, detail in cells.details.pop(bucket, {}).items():
                if detail.stored:
                    yield self._detail_key(bucket, labels), None
        if self.flows is not None:
            for day, segment in self.flows.forget(frozen):
                yield self._flow_key(day, segment), None
        for slot in self.decoder.seen.gone:
            for row in self._id_rows_of.pop(slot, ()):
                yield row, None
        self.decoder.seen.gone.clear()


def _parts(
    series: list[tuple[str, list[messages.Cell]]],
) -> Iterator[list[tuple[str, list[messages.Cell]]]]:
    """Cut into messages of bounded size; one message at least, since it carries the watermark."""
    chunk: list[tuple[str, list[messages.Cell]]] = []
    size = 0
    for name, cells in series:
        for start in range(0, len(cells), CELLS_A_MESSAGE):
            piece = cells[start : start + CELLS_A_MESSAGE]
            if chunk and size + len(piece) > CELLS_A_MESSAGE:
                yield chunk
                chunk, size = [], 0
            chunk.append((name, piece))
            size += len(piece)
    yield chunk
