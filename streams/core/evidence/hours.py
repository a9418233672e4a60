"""The hours of the evidence: those that have gone by are packed, a sixteenth of the memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import DAY
from streams.core.evidence.open_hour import OpenHour
from streams.core.evidence.row import by_labels, counts_of, pack, unpack
from streams.core.sketches.dictionary import Dictionary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streams.core.detail_columns import DetailColumns, Ordered
    from streams.core.evidence.combinations import Labels
    from streams.core.evidence.row import EvidenceRow, PackedHour

COMBINATIONS_AN_HOUR: Final = 2_000
"""What is beyond is counted under `other`."""
UNPACKED_HOURS: Final = 6
"""Packed hours that stay unpacked as well once they were read: one step asks for the same ones
series after series."""
PACK_FROM: Final = 64
"""Combinations of an hour that make it worth packing; a small one is read faster as it is."""


class Hours:
    """Rows by combination of labels, by start of the hour (epoch seconds)."""

    def __init__(self) -> None:
        self._open: dict[int, OpenHour] = {}
        self._packed: dict[int, tuple[int, PackedHour]] = {}
        self._senders: dict[int, Dictionary] = {}  # of what is packed, by day
        self._unpacked: dict[
            int, dict[Labels, EvidenceRow]
        ] = {}  # of what is packed: the last read

    def __iter__(self) -> Iterator[int]:
        yield from self._open
        yield from self._packed

    def __contains__(self, start: int) -> bool:
        return start in self._open or start in self._packed

    def __delitem__(self, start: int) -> None:
        if self._open.pop(start, None) is None:
            del self._packed[start]
            self._unpacked.pop(start, None)
        if all(start // DAY != other // DAY for other in self):
            self._senders.pop(start // DAY, None)

    def restore(self, start: int, columns: DetailColumns) -> None:
        """Start from the rows of an hour, of which no two have the same labels."""
        self._open[start] = OpenHour.of(columns)

    def columns(self, start: int) -> DetailColumns | None:
        """Return the rows of an hour in columns; None where there is no such hour."""
        packed = self._packed.get(start)
        if packed is not None:
            return unpack(packed[1], self._senders_of(start))
        hour = self._open.get(start)
        return None if hour is None else hour.columns(start)

    def find(self, start: int) -> Mapping[Labels, EvidenceRow] | None:
        """Return the same by labels."""
        packed = self._packed.get(start)
        if packed is None:
            hour = self._open.get(start)
            return None if hour is None else hour.rows()
        rows = self._unpacked.pop(start, None)
        if rows is None:
            if len(self._unpacked) >= UNPACKED_HOURS:
                del self._unpacked[next(iter(self._unpacked))]
            rows = by_labels(unpack(packed[1], self._senders_of(start)))
        self._unpacked[start] = rows  # the last one: the first makes room
        return rows

    def get(self, start: int) -> Mapping[Labels, EvidenceRow]:
        """Return the rows of an hour; none where there is no such hour."""
        return self.find(start) or {}

    def counts(self, start: int) -> dict[Labels, int]:
        """Count the events of an hour by combination of labels."""
        packed = self._packed.get(start)
        if packed is not None:
            return counts_of(packed[1])
        hour = self._open.get(start)
        return {} if hour is None else hour.counts()

    def add(self, start: int, rows: Ordered) -> None:
        """Add rows to an hour, which is unpacked until `pack`.

        Where there is a cap, who comes first stays.
        """
        packed = self._packed.pop(start, None)
        self._unpacked.pop(start, None)
        if packed is not None:
            self.restore(start, unpack(packed[1], self._senders_of(start)))
        hour = self._open.get(start)
        if hour is None:
            hour = self._open[start] = OpenHour()
        hour.add(rows, COMBINATIONS_AN_HOUR)

    def size(self) -> int:
        """Count the rows."""
        return sum(map(len, self._open.values())) + sum(n for n, _ in self._packed.values())

    def pack(self) -> None:
        """Pack the hours that have gone by: all but the last."""
        last = max(self, default=0)
        for start in [start for start in self._open if start < last]:
            if len(self._open[start]) >= PACK_FROM:
                rows, senders = self._open.pop(start).columns(start), self._senders_of(start)
                self._packed[start] = (rows.starts.size, pack(rows, senders))
                senders.rest()

    def _senders_of(self, start: int) -> Dictionary:
        return self._senders.setdefault(start // DAY, Dictionary())
