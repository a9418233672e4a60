"""What a fetch brought of one partition, and how far that partition has been read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.stage import Record

SLICE_BYTES = 1 << 20
"""Bytes a stage is handed at once: it may be asked to flush in between."""


class Batch(NamedTuple):
    """What a fetch brought of one partition: all records of [start, end) that there are."""

    topic: str
    partition: int
    start: int
    end: int
    epoch: int
    records: list[Record]

    @property
    def span(self) -> str:
        """What logs say of it: its topic and the offsets of its first and last record."""
        offsets = [record.offset for record in (self.records[:1] + self.records[-1:])]
        return f"{self.topic} offsets {' to '.join(map(str, offsets))}"


class Reach(NamedTuple):
    """How far a partition has been read: next offset, its end as committed, end of handed out.

    `at` is when the broker last answered, in epoch seconds.
    """

    position: int
    end: int
    handed: int
    at: float


def slices(batch: Batch) -> Iterator[Batch]:
    """Cut a batch into parts of about `SLICE_BYTES`; together they cover the same offsets."""
    begin, size = 0, 0
    for index, record in enumerate(batch.records, 1):
        size += len(record.value or b"") + len(record.key or b"")
        if size >= SLICE_BYTES and index < len(batch.records):
            end = record.offset + 1
            yield batch._replace(end=end, records=batch.records[begin:index])
            batch = batch._replace(start=end)
            begin, size = index, 0
    yield batch._replace(records=batch.records[begin:]) if begin else batch
