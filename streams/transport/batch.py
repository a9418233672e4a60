"""What a fetch brought of one partition, and how far that partition has been read.

drained:   complaints[0], revenue[0], complaints[1], partials[1], ...
together:  one list for each state they feed: fold[0], fold[1], series[1], ...
portions:  of each list, what a stage is handed at once
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from streams.core.stage import Record

SLICE_BYTES = 1 << 20
"""Bytes a stage is handed at once: it may be asked to flush in between."""

TOGETHER = 2_000
"""Records that are handed on together, unless one batch has more: some wait, and are memory."""


class Batch(NamedTuple):
    """What a fetch brought of one partition: all records of [start, end) that there are."""

    topic: str
    partition: int
    start: int
    end: int
    epoch: int
    records: list[Record]


class Reach(NamedTuple):
    """How far a partition has been read: next offset, its end as committed, end of handed out.

    `at` is when the broker last answered, in epoch seconds.
    """

    position: int
    end: int
    handed: int
    at: float


def spans(batches: Iterable[Batch]) -> str:
    """Say what logs say of batches: topics, and the offsets of first and last records."""
    return ", ".join(
        f"{one.topic} offsets {one.records[0].offset} to {one.records[-1].offset}"
        for one in batches
        if one.records
    )


def together(
    batches: Iterable[Batch], place_of: Callable[[Batch], Hashable]
) -> Iterator[list[Batch]]:
    """Put the batches of each place together, as they came, `TOGETHER` records at the most.

    Those of several epochs stay apart: of all that are together, either each counts or none.
    """
    found: dict[Hashable, tuple[list[Batch], int]] = {}
    for batch in batches:
        place, more = (batch.epoch, place_of(batch)), len(batch.records)
        own, records = found.get(place, ([], 0))
        if own and records + more > TOGETHER:
            yield own
            own, records = [], 0
        own.append(batch)
        found[place] = own, records + more
    for own, _ in found.values():
        yield own


def portions(batches: Sequence[Batch]) -> Iterator[list[Batch]]:
    """Cut batches into lots of about `SLICE_BYTES`; together they cover the same offsets."""
    lot: list[Batch] = []
    size = 0
    for batch in batches:
        for part, length in _slices(batch):
            if lot and size + length > SLICE_BYTES:
                yield lot
                lot, size = [], 0
            lot.append(part)
            size += length
    if lot:
        yield lot


def _slices(batch: Batch) -> Iterator[tuple[Batch, int]]:
    """Cut a batch into parts of about `SLICE_BYTES`, with the bytes of each."""
    begin, size = 0, 0
    for index, record in enumerate(batch.records, 1):
        size += len(record.value or b"") + len(record.key or b"")
        if size >= SLICE_BYTES and index < len(batch.records):
            end = record.offset + 1
            yield batch._replace(end=end, records=batch.records[begin:index]), size
            batch = batch._replace(start=end)
            begin, size = index, 0
    yield batch._replace(records=batch.records[begin:]) if begin else batch, size
