"""The hours of the evidence: those that have gone by are packed, a sixteenth of the memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import DAY
from streams.core.evidence.row import counts_of, pack, unpack
from streams.core.sketches.dictionary import Dictionary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.evidence.label_counts import Labels
    from streams.core.evidence.row import EvidenceRow, PackedHour

SEEN_KEPT: Final = 6
"""So many packed hours stay unpacked beside it once they were looked at: one step asks for the same
ones series after series."""
PACK_FROM: Final = 64
"""Combinations of an hour that make it worth packing; a small one is looked at faster as it is."""


class Hours:
    """Entries by combination of labels, by start of the hour (epoch seconds).

    What `get` gives is to be read only; what changes comes from `change`.
    """

    def __init__(self) -> None:
        self._open: dict[int, dict[Labels, EvidenceRow]] = {}
        self._packed: dict[int, tuple[int, PackedHour]] = {}
        self._senders: dict[int, Dictionary] = {}  # of what is packed, by day
        self._seen: dict[
            int, dict[Labels, EvidenceRow]
        ] = {}  # of what is packed: the last looked at

    def __iter__(self) -> Iterator[int]:
        yield from self._open
        yield from self._packed

    def __contains__(self, start: int) -> bool:
        return start in self._open or start in self._packed

    def __setitem__(self, start: int, entries: dict[Labels, EvidenceRow]) -> None:
        self._packed.pop(start, None)
        self._seen.pop(start, None)
        self._open[start] = entries

    def __delitem__(self, start: int) -> None:
        if self._open.pop(start, None) is None:
            del self._packed[start]
            self._seen.pop(start, None)
        if all(start // DAY != other // DAY for other in self):
            self._senders.pop(start // DAY, None)

    def find(self, start: int) -> dict[Labels, EvidenceRow] | None:
        """Give the entries of an hour, to read; None where there is no such hour."""
        packed = self._packed.get(start)
        if packed is None:
            return self._open.get(start)
        seen = self._seen.pop(start, None)
        if seen is None:
            if len(self._seen) >= SEEN_KEPT:
                del self._seen[next(iter(self._seen))]
            seen = unpack(packed[1], self._of(start))
        self._seen[start] = seen  # the last one: the first makes room
        return seen

    def get(self, start: int) -> dict[Labels, EvidenceRow]:
        """Give the entries of an hour, to read; none where there is no such hour."""
        return self.find(start) or {}

    def counts(self, start: int) -> dict[Labels, int]:
        """Count the events of an hour by combination of labels."""
        packed = self._packed.get(start)
        if packed is not None:
            return counts_of(packed[1])
        return {labels: entry.count for labels, entry in self.get(start).items()}

    def change(self, start: int) -> dict[Labels, EvidenceRow]:
        """Give the entries of an hour, to change; they stay as they are until `pack`."""
        packed = self._packed.pop(start, None)
        self._seen.pop(start, None)
        if packed is not None:
            self._open[start] = unpack(packed[1], self._of(start))
        return self._open.setdefault(start, {})

    def size(self) -> int:
        """Count the entries."""
        return sum(map(len, self._open.values())) + sum(n for n, _ in self._packed.values())

    def pack(self) -> None:
        """Pack the hours that have gone by: all but the last."""
        last = max(self, default=0)
        for start in [start for start in self._open if start < last]:
            entries = self._open[start]
            if len(entries) >= PACK_FROM:
                senders = self._of(start)
                self._packed[start] = (len(entries), pack(entries, senders))
                senders.rest()
                del self._open[start]

    def _of(self, start: int) -> Dictionary:
        return self._senders.setdefault(start // DAY, Dictionary())
