"""Sends what is planned, straight to the broker, at a steady rate."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from confluent_kafka import Producer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from producer import Message, Plan

STEP: Final = 0.02
FLUSH_SECONDS: Final = 120.0


class Feeder:
    """An idempotent producer: a broker that dies and comes back gets each message once."""

    def __init__(self, bootstrap: str) -> None:
        self._lost: list[str] = []
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "enable.idempotence": True,
                "linger.ms": 10,
                "log_level": 0,  # a broker that is down is no news
            }
        )

    async def feed(self, plan: Plan, seconds: float, clock: Callable[[], float]) -> None:
        """Send everything; the last events come when all the time has passed."""
        sent = 0
        while (now := clock()) < seconds:
            due = plan.moments[min(int(now / seconds * len(plan.moments)), len(plan.moments) - 1)]
            self._send(plan.messages[sent:due])
            sent = max(sent, due)
            await asyncio.sleep(STEP)
        self._send(plan.messages[sent:])
        left = await asyncio.to_thread(self._producer.flush, FLUSH_SECONDS)
        if left or self._lost:
            raise RuntimeError(f"{left} messages not sent, {len(self._lost)} lost {self._lost[:1]}")

    def _send(self, messages: Iterable[Message]) -> None:
        for topic, partition, key, value in messages:
            self._producer.produce(topic, value, key, partition, on_delivery=self._delivered)
        self._producer.poll(0)

    def _delivered(self, error: object, message: object) -> None:
        del message
        if error is not None:
            self._lost.append(str(error))
