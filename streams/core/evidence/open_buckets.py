"""The 5-minute buckets of the evidence that may still change, or that no step has passed yet.

They are held apart by source partition: what a partition counts is cumulative, and a later message
replaces an earlier one. They stay in the columns in which they came. Whole days that no step has
come near yet (a backlog) are packed.
"""

from __future__ import annotations

import zlib
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import msgspec

from streams.core.detail_columns import DetailColumns, joined
from streams.core.detail_messages import PackedRows, pack, unpack
from streams.core.event_time.buckets import BASE, DAY
from streams.core.event_time.zone import UTC_ZONE, Zone
from streams.core.evidence.row import by_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from streams.core.evidence.combinations import Labels
    from streams.core.evidence.row import EvidenceRow

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PackedRows).decode


class _Bucket:
    """What came of one bucket of one partition, in the order in which it came."""

    __slots__ = ("_rows", "_whole", "parts")

    def __init__(self) -> None:
        self.parts: list[DetailColumns] = []
        self._whole: DetailColumns | None = None
        self._rows: Mapping[Labels, EvidenceRow] | None = None

    def put(self, rows: DetailColumns) -> None:
        self.parts.append(rows)
        self._whole = self._rows = None

    def columns(self) -> DetailColumns:
        """Return a row for each combination of labels: what came of it last."""
        if self._whole is None:
            if len(self.parts) > 1:
                self.parts = [joined(self.parts).latest()]
            (self._whole,) = self.parts
        return self._whole

    def rows(self) -> Mapping[Labels, EvidenceRow]:
        """Return the same by labels."""
        if self._rows is None:
            self._rows = by_labels(self.columns())
        return self._rows


class OpenBuckets:
    """Rows by source partition and start (epoch seconds).

    They are put in by their start; spans are asked for in the civil time of `zone`.
    """

    def __init__(self, zone: Zone = UTC_ZONE) -> None:
        self._zone = zone
        self._buckets: dict[tuple[int, int], _Bucket] = {}
        self._starts: list[tuple[int, int]] = []  # heap: start, partition; some twice
        self._packed: list[tuple[int, int, int, bytes]] = []  # heap: day, partition, rows, data

    def put(self, partition: int, start: int, rows: DetailColumns) -> None:
        """Replace what a bucket has of the combinations of labels in these rows, one each."""
        bucket = self._buckets.get((partition, start))
        if bucket is None:
            bucket = self._buckets[partition, start] = _Bucket()
            heappush(self._starts, (start, partition))
        bucket.put(rows)

    def find(self, partition: int, start: int) -> DetailColumns | None:
        """Return the rows of a bucket; None where it is not open."""
        bucket = self._buckets.get((partition, start))
        return None if bucket is None else bucket.columns()

    def has_before(self, end: int) -> bool:
        """Return whether a bucket before `end` may be open."""
        return bool(self._starts) and self._starts[0][0] < self._zone.instant(end)

    def between(self, start: int, end: int) -> Iterator[tuple[int, Mapping[Labels, EvidenceRow]]]:
        """Return the starts and rows of the buckets that start in `[start, end)`."""
        if not self.has_before(end):
            return iter(())
        first, last, civil = self._zone.instant(start), self._zone.instant(end), self._zone.civil
        found = [(at, bucket) for (_, at), bucket in self._buckets.items() if first <= at < last]
        return ((civil(at), bucket.rows()) for at, bucket in found)

    def pop(
        self, end: int, final_until: Callable[[int], int]
    ) -> list[tuple[int, int, list[DetailColumns]]]:
        """Remove the buckets that end by `end` and can no longer change.

        Returns:
            Start, partition, and what came of each in the order in which it came, by start and
            partition. `final_until` gives the event time up to which a partition can no longer
            change.
        """
        end = self._zone.instant(end)
        self._unpack(end)
        found: list[tuple[int, int, list[DetailColumns]]] = []
        waiting = []
        while self._starts and self._starts[0][0] + BASE <= end:
            start, partition = heappop(self._starts)
            if (partition, start) not in self._buckets:
                continue  # it is packed, or was found under the same start before
            if start + BASE > final_until(partition):
                waiting.append((start, partition))
                continue
            found.append((start, partition, self._buckets.pop((partition, start)).parts))
        for place in waiting:
            heappush(self._starts, place)
        return found

    def pack(self, passed: int, final_until: Callable[[int], int]) -> None:
        """Pack the days (of UTC) after that of `passed` that can no longer change."""
        passed = self._zone.instant(passed)
        days: dict[tuple[int, int], list[DetailColumns]] = {}
        for partition, start in list(self._buckets):
            day = start - start % DAY
            if day > passed and day + DAY <= final_until(partition):
                rows = self._buckets.pop((partition, start)).columns()
                days.setdefault((day, partition), []).append(rows)
        for (day, partition), buckets in days.items():
            size = sum(rows.starts.size for rows in buckets)
            data = zlib.compress(_encode(pack(joined(buckets))), 1)
            heappush(self._packed, (day, partition, size, data))

    def _unpack(self, end: int) -> None:
        while self._packed and self._packed[0][0] < end:
            _, partition, _, data = heappop(self._packed)
            for start, rows in unpack(_decode(zlib.decompress(data))).by_start():
                self.put(partition, start, rows)

    def size(self) -> int:
        """Count the rows."""
        packed = sum(size for _, _, size, _ in self._packed)
        return packed + sum(bucket.columns().starts.size for bucket in self._buckets.values())
