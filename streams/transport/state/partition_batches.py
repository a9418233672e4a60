"""Batches of one partition of a topic, filled with many rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.transport.client.codec import codec_of
from streams.transport.state.row_batch import RowBatch

if TYPE_CHECKING:
    from streams.settings import Kafka
    from streams.transport.state.records import Column


class PartitionBatches:
    """The batches that rows go into; a new one begins where one is full.

    Attributes:
        batches: those that there are; the last may have room left.
        largest: bytes and key of the largest row so far.
    """

    __slots__ = ("_codec", "_most", "_time", "batches", "largest")

    def __init__(self, kafka: Kafka, topic: str, timestamp: int) -> None:
        self._codec, self._time = codec_of(kafka, topic), timestamp
        self.batches: list[RowBatch] = []
        self._most = 0
        self.largest = 0, b""

    def extend(self, keys: Column, values: Column) -> None:
        """Add rows."""
        begin = 0
        while begin < len(keys):
            if not self.batches or self.batches[-1].full:
                self.batches.append(RowBatch(self._codec, self._time))
            begin, place, most = self.batches[-1].extend(keys, values, begin)
            if most > self._most:
                self._most = most
                key, value = keys[place] or b"", values[place] or b""
                self.largest = len(key) + len(value), key
