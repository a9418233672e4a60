"""Sends events to one source topic, many at a time and in the order given."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from streams.core.partitioner import partitions_of
from streams.transport.client.broker_probe import probe
from streams.transport.client.codec import compression_type
from streams.transport.client.connection import BATCH_BYTES, connection
from streams.transport.client.ending import let_go

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Any

    from streams.load.model import Event
    from streams.settings import Kafka

_BATCHED_BYTES: Final = 900_000
"""Events of more bytes are sent alone: no batch has room for them."""
_REQUEST_BYTES: Final = 16 * 2**20
"""Bytes of the largest request that the client sends; the broker may accept less."""
_IN_FLIGHT: Final = 16
"""Batches on their way: enough to keep a broker busy, and a bound on memory."""


class MissingTopicError(Exception):
    """The topic is not there."""


class EventProducer:
    """An idempotent producer for one topic; the order within a partition is that of the calls.

    `too_large` counts the events that the broker did not take for their size.

    Raises:
        MissingTopicError: on entering, the topic is not there.
        WorkerFailedError: on entering, a broker answers and refuses us.
        aiokafka.errors.KafkaConnectionError: on entering, no broker answers.
    """

    def __init__(self, kafka: Kafka, topic: str) -> None:
        self._kafka = kafka
        self._topic = topic
        self._arguments = {
            **connection(kafka),
            "compression_type": compression_type(kafka),
            "max_batch_size": BATCH_BYTES,
            "max_request_size": _REQUEST_BYTES,
        }
        self._producer = AIOKafkaProducer(**self._arguments, enable_idempotence=True)
        self._plain: AIOKafkaProducer | None = None
        self._partitions = 0
        self._waiting: set[asyncio.Future[Any]] = set()
        self.too_large = 0

    async def __aenter__(self) -> Self:
        try:
            await probe(self._kafka)
            await self._producer.start()
            self._partitions = await self._count()
        except BaseException:
            await let_go(self._producer)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                await self._until(0)
        finally:
            await let_go(self._producer)
            if self._plain is not None:
                await let_go(self._plain)

    async def send(self, events: Sequence[Event]) -> None:
        """Send events; returns when no more than some batches are still on their way.

        Raises:
            aiokafka.errors.KafkaError: the broker did not take an earlier batch.
        """
        targets = partitions_of([event.key for event in events], self._partitions)
        open_batches: dict[int, Any] = {}
        for event, partition in zip(events, targets, strict=True):
            if len(event.value) > _BATCHED_BYTES:
                await self._send_large(event, partition)
                continue
            batch = open_batches.get(partition)
            if batch is None:
                batch = open_batches[partition] = self._producer.create_batch()
            if batch.append(timestamp=None, key=event.key, value=event.value) is None:
                await self._submit(partition, batch)
                batch = open_batches[partition] = self._producer.create_batch()
                batch.append(timestamp=None, key=event.key, value=event.value)
        for partition, batch in open_batches.items():
            await self._submit(partition, batch)
        await self._until(_IN_FLIGHT)

    async def flush(self) -> None:
        """Wait until the broker has everything."""
        await self._until(0)

    async def _count(self) -> int:
        # Asking for the topic by name would make it, where the broker makes topics by itself.
        cluster = await self._producer.client.fetch_all_metadata()
        partitions = cluster.partitions_for_topic(self._topic)
        if not partitions:
            raise MissingTopicError(self._topic)
        return len(partitions)

    async def _submit(self, partition: int, batch: Any) -> None:  # noqa: ANN401 (aiokafka is untyped)
        batch.close()
        future = await self._producer.send_batch(batch, self._topic, partition=partition)
        self._waiting.add(future)

    async def _send_large(self, event: Event, partition: int) -> None:
        if self._plain is None:
            # A message refused for its size would leave a hole in the idempotent sequence.
            self._plain = AIOKafkaProducer(**self._arguments)
            await self._plain.start()
        try:
            await self._plain.send_and_wait(
                self._topic, key=event.key, value=event.value, partition=partition
            )
        except MessageSizeTooLargeError:
            self.too_large += 1

    async def _until(self, left: int) -> None:
        while len(self._waiting) > left:
            done, self._waiting = await asyncio.wait(
                self._waiting, return_when=asyncio.FIRST_COMPLETED
            )
            for future in done:
                if (error := future.exception()) is not None:
                    raise error if isinstance(error, KafkaError) else RuntimeError(repr(error))
