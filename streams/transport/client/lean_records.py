"""Fetched records as `Record`s, a batch at once, by classes that take the place of aiokafka's own.

aiokafka goes through some calls for each record; here it is handed one record for a whole batch,
with all that are in it. So what it skips (control batches, aborted transactions, batches before the
position) it skips as ever.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import chain
from operator import length_hint
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords

from streams.core.stage import Record

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Whole(NamedTuple):
    """All records of a batch, as if they were one with the offset of the last."""

    offset: int
    records: list[Record]


class _Batch:
    """A batch that has one record; the rest is that of aiokafka's."""

    def __init__(self, batch: Any) -> None:
        self._batch = batch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[_Whole]:
        new = tuple.__new__
        records = [new(Record, (one.offset, one.key, one.value)) for one in self._batch]
        if records:
            yield _Whole(records[-1].offset, records)


class _Batches:
    """The batches of a fetch; control batches as they are."""

    def __init__(self, records: Any) -> None:
        self.has_next = records.has_next
        self._next_batch = records.next_batch

    def next_batch(self) -> Any:
        batch = self._next_batch()
        return batch if batch.is_control_batch else _Batch(batch)


class LeanRecords(PartitionRecords):  # type: ignore[misc] # aiokafka is untyped
    """Makes a `Record` of each fetched record, which aiokafka's own class needs thrice as long for.

    The rest, skipping control records and aborted transactions above all, stays aiokafka's.
    """

    _before: int
    _reached: int
    _records: Any
    _records_iterator: Any

    def lean(self) -> None:
        """Go on as this class does, before anything was read."""
        self._before = self._reached = self.__dict__.pop("next_fetch_offset")
        self._whole: list[Record] = []
        self._left: Iterator[Record] = iter(())
        self._records = _Batches(self._records)
        self._records_iterator = chain.from_iterable(self._records_iterator)

    @property
    def next_fetch_offset(self) -> int:
        """The offset after what was handed on."""
        left = length_hint(self._left)
        if not left:
            return self._reached
        handed = len(self._whole) - left
        return self._whole[handed - 1].offset + 1 if handed else self._before

    @next_fetch_offset.setter
    def next_fetch_offset(self, offset: int) -> None:
        self._before, self._reached = self._reached, offset

    def __iter__(self) -> Iterator[Record]:
        return cast("Iterator[Record]", self._records_iterator)

    def _consumer_record(self, tp: TopicPartition, record: _Whole) -> Iterator[Record]:
        """Give the records of a batch that are not before the position."""
        del tp
        records, first = record.records, self._reached
        if records[0].offset < first:
            records = [one for one in records if one.offset >= first]
        self._whole, self._left = records, iter(records)
        return self._left


class LeanBuffer(OrderedDict[TopicPartition, Any]):
    """A fetcher's buffer that makes the records of each result lean as it comes in."""

    def __setitem__(self, tp: TopicPartition, result: Any) -> None:
        if isinstance(result, FetchResult):
            records = result._partition_records
            records.__class__ = LeanRecords
            records.lean()
        super().__setitem__(tp, result)
