"""A batch of a transaction that takes many rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka.producer.message_accumulator import BatchBuilder

from streams.transport.client.connection import BATCH_BYTES
from streams.transport.state.records import Builder, fill

if TYPE_CHECKING:
    from streams.transport.state.records import Column, Filled


class RowBatch(BatchBuilder):  # type: ignore[misc] # aiokafka has no types
    """A batch as aiokafka's producer sends it.

    aiokafka asks of each row whether its batch is closed and which serializers there are, which
    takes as long as to write it: the builder below it is asked itself.

    Attributes:
        full: whether a row did not fit.
    """

    def __init__(self, codec: int, timestamp: int) -> None:
        super().__init__(BATCH_BYTES, codec, is_transactional=True)
        self._builder = Builder(
            2,
            codec,
            is_transactional=1,
            producer_id=-1,
            producer_epoch=-1,
            base_sequence=0,
            batch_size=BATCH_BYTES,
        )
        self._relative_offset = 0
        self._time = timestamp
        self.full = False

    def extend(self, keys: Column, values: Column, begin: int) -> Filled:
        """Add rows from the place `begin` on, as many as fit; see `fill`."""
        offset = self._relative_offset
        filled = end, _, _ = fill(self._builder, keys, values, begin, offset, self._time)
        self._relative_offset = offset + end - begin
        self.full = end < len(keys)
        return filled

    def _set_producer_state(self, producer_id: int, epoch: int, base_sequence: int) -> None:
        # aiokafka would only assert that the builder is its own in C.
        self._builder.set_producer_state(producer_id, epoch, base_sequence)
