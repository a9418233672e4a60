"""Close what aiokafka has opened: in bounded time, and without taking a cancellation for its own.

aiokafka cancels its own tasks as it closes, waits for them, and passes over the `CancelledError`
of that. If the task that waits for `stop()` is cancelled in that moment, it hears nothing of it
and goes on, and who cancelled it waits for ever. So nobody here waits for a `stop()` itself: it
runs in a task of its own, and who waits for that is cancelled as any other.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

log = logging.getLogger(__name__)

STOP_SECONDS = 5.0
"""Seconds that a producer may take to send what it has and to stop, or a consumer to leave."""
CLOSE_SECONDS = 1.0
"""Seconds that its sender may take to end, where it did not stop in time."""


async def closed(ending: Coroutine[Any, Any, None]) -> None:
    """Wait until a client of aiokafka has closed; it closes on where the caller is cancelled."""
    await asyncio.shield(asyncio.create_task(ending))


async def let_go(producer: AIOKafkaProducer) -> None:
    """Stop a producer and close its connections; what it has not sent by then is lost.

    It raises nothing, so that it never hides what the caller is failing of: aiokafka's own stop
    raises what the producer's tasks meet, leaving its connections open, and waits for ever for what
    it still has to send, where the broker is gone.
    """
    await _within(STOP_SECONDS, producer.stop())
    # It waits for requests under way, and for the coordinator of one that has none.
    await _within(CLOSE_SECONDS, producer._sender.close())
    await closed(producer.client.close())


async def left(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer of a group and close its connections, also where it waits to be let in.

    aiokafka's own stop waits for the group then, whose answer comes when all members have joined.
    It raises nothing, as `let_go`.
    """
    await _within(STOP_SECONDS, consumer.stop())
    await closed(consumer._client.close())


async def _within(seconds: float, ending: Coroutine[Any, Any, None]) -> None:
    """Wait for an end for so long, and half of that again once it is cancelled."""
    task = asyncio.create_task(ending)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()
    await asyncio.wait({task}, timeout=seconds / 2)
    if task.done() and not task.cancelled() and task.exception() is not None:
        log.debug("ending a client: %r", task.exception())  # whatever its tasks had met
