"""Batches of one partition of a topic, filled row by row.

aiokafka asks of each row whether its batch is closed and which serializers there are, which takes
as long as to write it: the builder below it is asked itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streams.transport.client.codec import transactional_batch

if TYPE_CHECKING:
    from aiokafka.producer.message_accumulator import BatchBuilder

    from streams.settings import Kafka

NOTHING: Final = (0, b"")
_NO_HEADERS: Final[list[Any]] = []


class PartitionBatches:
    """The batches that rows go into; a new one begins where one is full.

    Attributes:
        largest: bytes and key of the largest row so far.
    """

    __slots__ = (
        "_append",
        "_batch",
        "_full",
        "_kafka",
        "_most",
        "_rows",
        "_time",
        "_topic",
        "largest",
    )

    def __init__(self, kafka: Kafka, topic: str, timestamp: int) -> None:
        self._kafka, self._topic, self._time = kafka, topic, timestamp
        self._full: list[BatchBuilder] = []
        self._batch: BatchBuilder | None = None
        self._append: Any = None
        self._rows = 0
        self._most = 0
        self.largest = NOTHING

    def add(self, key: bytes | None, value: bytes | None) -> None:
        """Add a row."""
        written = None
        if self._batch is not None:
            written = self._append(self._rows, self._time, key, value, _NO_HEADERS)
        if written is None:
            self._close()
            self._batch = transactional_batch(self._kafka, self._topic)
            self._append = self._batch._builder.append
            written = self._append(0, self._time, key, value, _NO_HEADERS)
        self._rows += 1
        if written.size > self._most:
            self._most = written.size
            self.largest = len(key or b"") + len(value or b""), key or b""

    def batches(self) -> list[BatchBuilder]:
        """Return the batches; the last may have room left."""
        self._close()
        return self._full

    def _close(self) -> None:
        if self._batch is not None:
            self._batch._relative_offset = self._rows
            self._full.append(self._batch)
        self._batch, self._rows = None, 0
