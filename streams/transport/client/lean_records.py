"""Fetched records as `Record`s, by classes that take the place of aiokafka's own."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, cast

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords

from streams.core.stage import Record

if TYPE_CHECKING:
    from collections.abc import Iterator


class LeanRecords(PartitionRecords):  # type: ignore[misc] # aiokafka is untyped
    """Makes a `Record` of each fetched record, which aiokafka's own class needs thrice as long for.

    The rest, skipping control records and aborted transactions above all, stays aiokafka's.
    """

    def __iter__(self) -> Iterator[Record]:
        return cast("Iterator[Record]", self._records_iterator)

    def _consumer_record(self, tp: TopicPartition, record: Any) -> Record:
        del tp
        return tuple.__new__(Record, (record.offset, record.key, record.value))


class LeanBuffer(OrderedDict[TopicPartition, Any]):
    """A fetcher's buffer that makes the records of each result lean as it comes in."""

    def __setitem__(self, tp: TopicPartition, result: Any) -> None:
        if isinstance(result, FetchResult):
            result._partition_records.__class__ = LeanRecords
        super().__setitem__(tp, result)
