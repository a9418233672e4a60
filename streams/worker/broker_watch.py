"""Whether the broker of a worker at work answers: by what is fetched, else by asking it."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from aiokafka.errors import KafkaError

from streams.transport.client.broker_probe import probe, words
from streams.transport.client.outage import Outage
from streams.transport.failure import WorkerFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streams.settings import Kafka

log = logging.getLogger(__name__)

LOOK: Final = 2.0
"""Wall seconds between two looks."""


class BrokerWatch:
    """Logs when no broker answers, and when one is back; `problem` says it to whoever asks.

    `silence` gives for how many seconds the broker has not answered, by partition; nothing while
    there are none, as in a rebalance.
    """

    def __init__(
        self, kafka: Kafka, silence: Callable[[], Mapping[tuple[str, int], float]]
    ) -> None:
        self._kafka = kafka
        self._silence = silence
        self._outage = Outage(kafka.brokers, log.warning)
        self._outage.answered(time.monotonic())  # or there would be no worker

    async def look(self) -> None:
        """Look whether a broker answers."""
        if min(self._silence().values(), default=LOOK) < LOOK:
            self._outage.answered(time.monotonic())
            return
        try:
            await probe(self._kafka)
        except (KafkaError, OSError, WorkerFailedError) as error:
            self._outage.silent(time.monotonic(), words(error))
        else:
            self._outage.answered(time.monotonic())

    def problem(self, now: float) -> str | None:
        """Say for how long no broker has answered, `now` being monotonic; None if one does."""
        return self._outage.problem(now)
