"""The topic of notifications, as its owner writes it: each step is one transaction.

There is one owner at a time: starting to write fences whoever wrote before, so that no step of a
delivery is taken by two processes.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import IllegalOperation, KafkaError

from schemas.topics import INCIDENTS, NOTIFICATIONS
from streams.transport.client.codec import compression_type
from streams.transport.client.connection import connection
from streams.transport.client.ending import let_go
from streams.transport.failure import NoNewEpochError
from streams.transport.state.epochs import Epochs
from streams.transport.state.writer import ABORT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.notify.notification import Notification
    from streams.settings import Kafka

PLACE = TopicPartition(INCIDENTS, 0)
"""Incidents and notifications have one partition each."""


class LostError(Exception):
    """We are not the owner any more, or do not know what was written: take over anew."""


class Records:
    """Writes notifications as `group` of this application."""

    def __init__(self, kafka: Kafka, group: str) -> None:
        self._group = group
        self._producer = AIOKafkaProducer(
            **connection(kafka),
            transactional_id=group,
            compression_type=compression_type(kafka),
            max_request_size=16 * 2**20,
        )
        self._epochs = Epochs(self._producer, group, lambda _: None)
        self._turn = asyncio.Lock()
        self._lost: BaseException | None = None

    async def start(self) -> None:
        """Fence the former owner; what it had written is whole by then.

        Raises:
            aiokafka.errors.KafkaError: no broker answers, or it refuses us.
        """
        await self._producer.start()

    async def write(self, rows: Iterable[Notification], offset: int | None = None) -> None:
        """Write notifications as they stand now, and how far incidents were read, all or nothing.

        Returns when the broker has them for good.

        Raises:
            LostError: it is not known whether they were written, or we were fenced.
        """
        async with self._turn:
            if self._lost is not None:
                raise LostError from self._lost
            # Whoever is cancelled waits for its transaction: half of one would end all others.
            writing = asyncio.ensure_future(self._write(list(rows), offset))
            try:
                await asyncio.shield(writing)
            except asyncio.CancelledError:
                await asyncio.wait((writing,), timeout=ABORT_SECONDS)
                if not writing.done() or writing.exception() is not None:
                    self._lost = LostError("cut off")
                writing.cancel()
                raise
            except (KafkaError, IllegalOperation, AssertionError, NoNewEpochError) as error:
                self._lost = error
                raise LostError(type(error).__name__) from error

    async def _write(self, rows: list[Notification], offset: int | None) -> None:
        await self._epochs.renew()
        await self._producer.begin_transaction()
        sent = [
            await self._producer.send(NOTIFICATIONS, row.encode(), key=row.key, partition=0)
            for row in rows
        ]
        await asyncio.gather(*sent)
        if offset is not None:
            await self._producer.send_offsets_to_transaction({PLACE: offset}, self._group)
        await self._producer.commit_transaction()

    async def stop(self) -> None:
        """Close the connections; what is open is left for the next owner to abort."""
        await let_go(self._producer)
