"""The hours of the evidence: those that have gone by are packed, a sixteenth of the memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import DAY
from streams.core.evidence.combinations import other_of
from streams.core.evidence.row import counts_of, pack, unpack
from streams.core.sketches import fingerprints
from streams.core.sketches.dictionary import Dictionary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streams.core.evidence.combinations import Labels
    from streams.core.evidence.row import EvidenceRow, PackedHour

COMBINATIONS_AN_HOUR: Final = 2_000
"""What is beyond is counted under `other`."""
PRINTS_AN_HOUR: Final = 16_384
"""Prints of all combinations of labels: some 330 kB."""
UNPACKED_HOURS: Final = 6
"""Packed hours that stay unpacked as well once they were read: one step asks for the same ones
series after series."""
PACK_FROM: Final = 64
"""Combinations of an hour that make it worth packing; a small one is read faster as it is."""


class Hours:
    """Rows by combination of labels, by start of the hour (epoch seconds)."""

    def __init__(self) -> None:
        self._open: dict[int, dict[Labels, EvidenceRow]] = {}
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

    def __setitem__(self, start: int, rows: dict[Labels, EvidenceRow]) -> None:
        self._packed.pop(start, None)
        self._unpacked.pop(start, None)
        self._open[start] = rows

    def __delitem__(self, start: int) -> None:
        if self._open.pop(start, None) is None:
            del self._packed[start]
            self._unpacked.pop(start, None)
        if all(start // DAY != other // DAY for other in self):
            self._senders.pop(start // DAY, None)

    def find(self, start: int) -> Mapping[Labels, EvidenceRow] | None:
        """Return the rows of an hour; None where there is no such hour."""
        packed = self._packed.get(start)
        if packed is None:
            return self._open.get(start)
        rows = self._unpacked.pop(start, None)
        if rows is None:
            if len(self._unpacked) >= UNPACKED_HOURS:
                del self._unpacked[next(iter(self._unpacked))]
            rows = unpack(packed[1], self._senders_of(start))
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
        return {labels: row.count for labels, row in self.get(start).items()}

    def add(self, start: int, rows: Iterable[tuple[Labels, EvidenceRow]]) -> None:
        """Add rows to an hour, which keeps them; it is unpacked until `pack`.

        Who comes first where there is a cap is for the caller to decide.
        """
        packed = self._packed.pop(start, None)
        self._unpacked.pop(start, None)
        if packed is not None:
            self._open[start] = unpack(packed[1], self._senders_of(start))
        held = self._open.setdefault(start, {})
        prints: dict[Labels, list[bytes]] = {}  # joined at once: what is `other` has thousands
        for labels, row in rows:
            known = labels in held or len(held) < COMBINATIONS_AN_HOUR
            key = labels if known else other_of(labels)
            there = held.get(key)
            if there is None:
                held[key] = row
            else:
                there.add(row)
                if row.prints:
                    prints.setdefault(key, []).append(row.prints)
        for key, more in prints.items():
            held[key].join(more)
        _bound(held)

    def size(self) -> int:
        """Count the rows."""
        return sum(map(len, self._open.values())) + sum(n for n, _ in self._packed.values())

    def pack(self) -> None:
        """Pack the hours that have gone by: all but the last."""
        last = max(self, default=0)
        for start in [start for start in self._open if start < last]:
            rows = self._open[start]
            if len(rows) >= PACK_FROM:
                senders = self._senders_of(start)
                self._packed[start] = (len(rows), pack(rows, senders))
                senders.rest()
                del self._open[start]

    def _senders_of(self, start: int) -> Dictionary:
        return self._senders.setdefault(start // DAY, Dictionary())


def _bound(rows: Mapping[Labels, EvidenceRow]) -> None:
    """Cut the prints of an hour to what all combinations of labels may have together."""
    if sum([len(row.prints) for row in rows.values()]) > PRINTS_AN_HOUR * fingerprints.SIZE:
        cut = fingerprints.thin([row.prints for row in rows.values()], PRINTS_AN_HOUR)
        for row, kept in zip(rows.values(), cut, strict=True):
            row.keep(kept)
