"""Close a producer, whatever it has met: in bounded time, and without logging it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from aiokafka import AIOKafkaProducer

log = logging.getLogger(__name__)

STOP_SECONDS = 5.0
"""Seconds that a producer may take to send what it has and to stop."""
CLOSE_SECONDS = 1.0
"""Seconds that its sender may take to end, where it did not stop in time."""


async def let_go(producer: AIOKafkaProducer) -> None:
    """Stop a producer and close its connections; what it has not sent by then is lost.

    It raises nothing, so that it never hides what the caller is failing of: aiokafka's own stop
    raises what the producer's tasks meet, leaving its connections open, and waits for ever for what
    it still has to send, where the broker is gone.
    """
    await _within(STOP_SECONDS, producer.stop())
    # It waits for requests under way, and for the coordinator of one that has none.
    await _within(CLOSE_SECONDS, producer._sender.close())
    await producer.client.close()


async def _within(seconds: float, ending: Coroutine[Any, Any, None]) -> None:
    try:
        await asyncio.wait_for(ending, seconds)
    except Exception as error:  # noqa: BLE001 - whatever the tasks of the producer had met
        log.debug("ending a producer: %r", error)
