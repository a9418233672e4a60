"""The transactional writer of one stage partition: a flush goes out whole or not at all."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    IllegalOperation,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from streams.transport.client.connection import BATCH_BYTES, connection
from streams.transport.client.ending import let_go
from streams.transport.failure import TooLargeError
from streams.transport.state.epochs import Epochs
from streams.transport.state.partition_batches import PartitionBatches
from streams.transport.state.prepared import NONE, prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from streams.core.stage import Flush
    from streams.settings import Kafka
    from streams.transport.state.epochs import Outcome
    from streams.transport.state.prepared import Largest, Prepared

ABORT_SECONDS = 5.0
"""Seconds to wait for a transaction to be aborted."""
KEY_BYTES_SHOWN = 200
"""Bytes of a key that a message shows."""


Row = tuple[bytes | None, bytes | None]


class Writer:
    """Owns a transactional id; starting it fences whoever owned that id before.

    `changelog` is the topic and partition of the rows, `counts` has the partitions of all topics.
    `note` is called for each commit that may arrive late; see `epochs`.
    """

    def __init__(
        self,
        kafka: Kafka,
        transactional_id: str,
        changelog: tuple[str, int],
        counts: Mapping[str, int],
        note: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        self._producer = AIOKafkaProducer(
            **connection(kafka),
            transactional_id=transactional_id,
            max_batch_size=BATCH_BYTES,
            max_request_size=16 * BATCH_BYTES,
        )
        self._kafka = kafka
        self._epochs = Epochs(self._producer, transactional_id, note)
        self._changelog = changelog
        self._counts = counts

    async def start(self) -> None:
        """Fence the former owner and abort what it left open; its commits are whole by then."""
        await self._producer.start()

    async def stop(self) -> None:
        """Close the connections; an open transaction is left for the next owner to abort.

        It raises nothing: what the producer failed of, if it did, has been raised by then.
        """
        for waiter in self._waiters():
            if waiter is not None and waiter.done() and not waiter.cancelled():
                waiter.exception()  # seen: else asyncio complains of each when it is collected
        await let_go(self._producer)

    def _waiters(self) -> Iterator[Any]:
        yield self._producer._txn_manager._transaction_waiter
        for batches in self._producer._message_accumulator._batches.values():
            for batch in batches:
                yield batch._drain_waiter

    def prepare(self, flush: Flush, wall: float) -> Prepared:
        """Put a flush into batches, so that its rows can go.

        They are small and many. Kept until they are sent, those of all partitions would be there
        together, and what they leave behind is memory in pieces.
        """
        timestamp = int(wall * 1000)
        return prepared(flush, self._kafka, self._changelog, self._counts, timestamp)

    async def write(self, flush: Prepared, checkpoint: Row) -> None:
        """Write everything in one transaction, the checkpoint last.

        Raises:
            TooLargeError: a topic does not take rows of this size; nothing was written.
            aiokafka.errors.KafkaError: it failed, see `passing`; what was written is not to be
                seen, or the commit went through and was not answered. A take-over finds out.
        """
        self._seal(flush, checkpoint)
        await self._epochs.renew()
        sent: dict[Any, str] = {}  # each batch, and the topic it goes to
        try:
            await self._producer.begin_transaction()
            for (topic, partition), own in flush.batches.items():
                while own:
                    batch = own.pop(0)
                    future = await self._producer.send_batch(batch, topic, partition=partition)
                    future.add_done_callback(_seen)
                    sent[future] = topic
            # A failed batch must surface here: a commit after it would be a hole in the state.
            await asyncio.gather(*sent)
            await self._producer.commit_transaction()
        except (IllegalOperation, AssertionError):
            # The transaction or the whole producer had ended by then: what of is the reason. It has
            # a cause of its own, which decides whether it passes.
            if (reason := self._failure()) is not None:
                raise reason  # noqa: B904
            raise
        except KafkaError as error:
            if refused := {topic for future, topic in sent.items() if _too_large(future)}:
                await self._abort()
                raise TooLargeError(_largest(refused, flush.largest)) from error
            raise

    def _failure(self) -> BaseException | None:
        """Return the error that the transaction or the sending task failed of; None of neither."""
        transaction = self._producer._txn_manager.wait_for_transaction_end()
        for ended in (transaction, self._producer._sender.sender_task):
            if ended is not None and ended.done() and not ended.cancelled() and ended.exception():
                failure: BaseException = ended.exception()
                return failure
        return None

    async def _abort(self) -> None:
        # Left open, it would hold up everybody who reads these topics until it times out.
        if self._producer._txn_manager.is_fatal_error():
            return  # fenced, say: it is not ours to abort, and aiokafka would only assert that
        with contextlib.suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(ABORT_SECONDS):
                await self._producer.abort_transaction()

    def _seal(self, flush: Prepared, checkpoint: Row) -> None:
        own, (key, value), at = flush.batches[self._changelog], checkpoint, flush.timestamp
        if not own or own[-1].append(key=key, value=value, timestamp=at) is None:
            last = PartitionBatches(self._kafka, self._changelog[0], at)
            last.extend([key], [value])
            own.extend(last.batches)


def _too_large(future: Any) -> bool:
    if not future.done() or future.cancelled():
        return False
    return isinstance(future.exception(), (MessageSizeTooLargeError, RecordListTooLargeError))


def _largest(refused: Collection[str], largest: Mapping[str, Largest]) -> str:
    """Return which row is the largest of those that went to these topics."""
    found = ((*largest.get(topic, NONE), topic) for topic in refused)
    size, key, partition, topic = max(found)
    shown = key[:KEY_BYTES_SHOWN].decode(errors="replace") + (
        "..." if len(key) > KEY_BYTES_SHOWN else ""
    )
    return (
        f"larger than max.message.bytes of {topic}; the largest row, of {size:,} bytes, has the "
        f"key {shown} and goes to partition {partition}"
    )


def _seen(future: Any) -> None:
    if not future.cancelled():
        future.exception()  # else asyncio complains of each that nobody waits for any more
