"""A worker's first contact with its brokers: it waits for one that is away, never for a refusal."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from aiokafka.errors import KafkaError

from streams.transport.client import topics
from streams.transport.client.broker_probe import probe, words
from streams.transport.failure import WorkerFailedError, passing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streams.settings import Settings
    from streams.transport.spec import Pipeline, StageSpec

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
"""Seconds between two tries."""
REPEAT_SECONDS = 5.0
"""Seconds after which the same reason is logged again."""


async def topics_when_there(
    settings: Settings, pipeline: Pipeline, waiting: Callable[[str], None]
) -> tuple[Sequence[StageSpec], dict[str, int]]:
    """Do `topics.ensure` once a broker answers; `waiting` is called with what keeps us.

    Raises:
        WorkerFailedError: a broker answers and refuses us.
        streams.transport.client.topics.TopicsError: the topics are not as they must be.
    """
    brokers = settings.kafka.brokers
    waiting(f"waiting for the broker at {brokers}")
    logged, at, began = "", 0.0, time.monotonic()
    while True:
        try:
            await probe(settings.kafka)
            found = await topics.ensure(settings, pipeline)
        except (KafkaError, TimeoutError) as error:
            if not (passing(error) or isinstance(error, TimeoutError)):
                raise WorkerFailedError(f"{brokers}: {words(error)}") from error
            why = f"waiting for the broker at {brokers}: {words(error)}"
        else:
            if logged:
                log.warning("the broker answers, after %.0f s", time.monotonic() - began)
            return found
        waiting(why)
        now = time.monotonic()
        if why != logged or now - at >= REPEAT_SECONDS:
            log.warning("%s", why)
            logged, at = why, now
        await asyncio.sleep(RETRY_SECONDS)
