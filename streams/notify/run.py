"""Runs notify: a member of its consumer group, that tells while the partition is its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.errors import KafkaError

from schemas.topics import INCIDENTS, NOTIFICATIONS
from streams.notify import health
from streams.notify.owner import Owner
from streams.notify.records import PLACE, LostError
from streams.transport.client.admin import Admin
from streams.transport.client.broker_probe import words
from streams.transport.client.connection import connection
from streams.transport.client.ending import left
from streams.transport.client.event_producer import MissingTopicError
from streams.transport.failure import WorkerFailedError
from streams.worker.stopping import on_stop_signal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiokafka import TopicPartition

    from streams.notify.owner import Parts
    from streams.settings import Settings

log = logging.getLogger(__name__)

AGAIN: Final = 1.0
"""Seconds between two tries to reach a broker, or to take over."""


def serve(parts: Parts) -> None:
    """Tell until SIGTERM or SIGINT.

    Raises:
        WorkerFailedError: the address is in use, a broker refuses us, or the topics are not right.
    """

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        with on_stop_signal(lambda: _tell(loop, stop)):
            await run(parts, stop)

    asyncio.run(main())


async def run(parts: Parts, stop: asyncio.Event) -> None:
    """Tell until `stop`. Raises as `serve` does."""
    view, settings = parts.view, parts.settings
    async with health.serve(settings.notify, view) as port:
        log.info("notify of %r on http://%s:%d", group(settings), settings.notify.host, port)
        working = asyncio.create_task(_work(parts))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            for task in (working, stopping):
                task.cancel()
            await asyncio.gather(working, stopping, return_exceptions=True)
            for channel in parts.channels.values():
                await channel.close()
            log.info("stopped")


def _tell(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # it has ended
        loop.call_soon_threadsafe(stop.set)


def group(settings: Settings) -> str:
    """Return the consumer group, which is the transactional id, too."""
    return f"{settings.worker.app_id}-notify"


async def _work(parts: Parts) -> None:
    await _when_there(parts)
    settings = parts.settings
    session = int(settings.kafka.session_timeout * 1000)
    consumer = AIOKafkaConsumer(
        **connection(settings.kafka),
        group_id=group(settings),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        check_crcs=settings.kafka.check_crcs,
        session_timeout_ms=session,
        heartbeat_interval_ms=session // 10,
        fetch_max_wait_ms=500,
    )
    membership = _Membership(parts, consumer)
    try:
        await consumer.start()
        consumer.subscribe([INCIDENTS], listener=membership)
        await membership.work()
    finally:
        await membership.on_partitions_revoked([PLACE])
        await left(consumer)


async def _when_there(parts: Parts) -> None:
    """Wait for a broker.

    Raises:
        WorkerFailedError: it refuses us, or its topics are not as they must be.
    """
    kafka, said = parts.settings.kafka, ""
    while True:
        try:
            async with Admin(kafka) as admin:
                counts = await admin.partitions()
            break
        except (KafkaError, TimeoutError) as error:
            parts.view.problem = f"waiting for the broker at {kafka.brokers}: {words(error)}"
            if parts.view.problem != said:
                said = parts.view.problem
                log.warning("%s", said)
            await asyncio.sleep(AGAIN)
    for name in (INCIDENTS, NOTIFICATIONS):
        if name not in counts:
            raise WorkerFailedError(f"there is no topic {name}: groundswell topics --create")
        if counts[name] != 1:
            raise WorkerFailedError(f"{name} has {counts[name]} partitions, and must have one")
    parts.view.problem = None


class _Membership(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is untyped
    """Is an owner while the group gives it the partition."""

    def __init__(self, parts: Parts, consumer: AIOKafkaConsumer) -> None:
        self._parts = parts
        self._consumer = consumer
        self._owning: asyncio.Task[None] | None = None
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def work(self) -> None:
        """Stand by, or tell, for ever. Raises what an owner fails of that does not pass."""
        while not self._failed.done():
            if self._owning is None:
                self._parts.view.beat = self._parts.wall()
                # A member that never asks for anything is taken out of its group.
                await self._consumer.getmany(timeout_ms=500)
                continue
            await asyncio.wait((self._failed,), timeout=0.5)
        self._failed.result()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Begin to tell."""
        if PLACE in assigned and self._owning is None:
            self._owning = asyncio.create_task(self._own())

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Tell no more: another process may begin once this returns."""
        if PLACE not in revoked or self._owning is None:
            return
        owning, self._owning = self._owning, None
        owning.cancel()
        await asyncio.wait({owning})

    async def _own(self) -> None:
        """Own the partition; begin anew where that was lost and the group still says it is ours."""
        while True:
            try:
                await Owner(self._parts, self._consumer, group(self._parts.settings)).run()
            except (LostError, KafkaError, MissingTopicError) as error:
                why = error.__cause__ or error
                log.warning("taking over anew: %s: %s", type(why).__name__, why)
                await asyncio.sleep(AGAIN)
            except Exception as error:
                log.exception("notify stops on a bug")
                if not self._failed.done():
                    self._failed.set_exception(error)
                return
