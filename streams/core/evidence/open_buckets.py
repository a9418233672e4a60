"""The 5-minute buckets of the evidence that may still change, or that no step has passed yet.

They are held apart by source partition: what a partition counts is cumulative, and a later message
replaces an earlier one. Whole days that no step has come near yet (a backlog) are packed.
"""

from __future__ import annotations

import zlib
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import msgspec

from streams.core.event_time.buckets import BASE, DAY
from streams.core.event_time.zone import UTC_ZONE, Zone
from streams.core.evidence.row import EvidenceRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from streams.core.evidence.combinations import Interned, Labels

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(
    list[tuple[int, list[tuple[tuple[str, ...], EvidenceRow]]]]
).decode


class OpenBuckets:
    """Rows by combination of labels, by source partition and start (epoch seconds).

    They are put in by their start; spans are asked for in the civil time of `zone`.
    """

    def __init__(self, interned: Interned, zone: Zone = UTC_ZONE) -> None:
        self._interned = interned
        self._zone = zone
        self._rows: dict[tuple[int, int], dict[Labels, EvidenceRow]] = {}
        self._starts: list[tuple[int, int]] = []  # heap: start, partition; some twice
        self._packed: list[tuple[int, int, int, bytes]] = []  # heap: day, partition, rows, data

    def put_all(
        self, partition: int, start: int, rows: Iterable[tuple[Labels, EvidenceRow]]
    ) -> None:
        """Replace what a bucket has of several combinations of labels."""
        self._bucket(partition, start).update(self._interned.keys(rows))

    def _bucket(self, partition: int, start: int) -> dict[Labels, EvidenceRow]:
        rows = self._rows.get((partition, start))
        if rows is None:
            rows = self._rows[partition, start] = {}
            heappush(self._starts, (start, partition))
        return rows

    def find(self, partition: int, start: int) -> Mapping[Labels, EvidenceRow] | None:
        """Return the rows of a bucket; None where it is not open."""
        return self._rows.get((partition, start))

    def has_before(self, end: int) -> bool:
        """Return whether a bucket before `end` may be open."""
        return bool(self._starts) and self._starts[0][0] < self._zone.instant(end)

    def between(self, start: int, end: int) -> Iterator[tuple[int, Mapping[Labels, EvidenceRow]]]:
        """Return the starts and rows of the buckets that start in `[start, end)`."""
        if not self.has_before(end):
            return iter(())
        first, last, civil = self._zone.instant(start), self._zone.instant(end), self._zone.civil
        return ((civil(at), rows) for (_, at), rows in self._rows.items() if first <= at < last)

    def pop(
        self, end: int, final_until: Callable[[int], int]
    ) -> dict[int, dict[int, dict[Labels, EvidenceRow]]]:
        """Remove the buckets that end by `end` and can no longer change.

        They come by start, ascending, and by partition. `final_until` gives the event time up to
        which a partition can no longer change.
        """
        end = self._zone.instant(end)
        self._unpack(end)
        found: dict[int, dict[int, dict[Labels, EvidenceRow]]] = {}
        waiting = []
        while self._starts and self._starts[0][0] + BASE <= end:
            start, partition = heappop(self._starts)
            if (partition, start) not in self._rows:
                continue  # it is packed, or was found under the same start before
            if start + BASE > final_until(partition):
                waiting.append((start, partition))
                continue
            found.setdefault(start, {})[partition] = self._rows.pop((partition, start))
        for place in waiting:
            heappush(self._starts, place)
        return found

    def pack(self, passed: int, final_until: Callable[[int], int]) -> None:
        """Pack the days (of UTC) after that of `passed` that can no longer change."""
        passed = self._zone.instant(passed)
        days: dict[tuple[int, int], list[tuple[int, list[tuple[Labels, EvidenceRow]]]]] = {}
        for partition, start in list(self._rows):
            day = start - start % DAY
            if day > passed and day + DAY <= final_until(partition):
                rows = list(self._rows.pop((partition, start)).items())
                days.setdefault((day, partition), []).append((start, rows))
        for (day, partition), buckets in days.items():
            size = sum(len(rows) for _, rows in buckets)
            data = zlib.compress(_encode(buckets), 1)
            heappush(self._packed, (day, partition, size, data))

    def _unpack(self, end: int) -> None:
        while self._packed and self._packed[0][0] < end:
            _, partition, _, data = heappop(self._packed)
            for start, rows in _decode(zlib.decompress(data)):
                self.put_all(partition, start, rows)

    def size(self) -> int:
        """Count the rows."""
        packed = sum(size for _, _, size, _ in self._packed)
        return packed + sum(map(len, self._rows.values()))
