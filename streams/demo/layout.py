"""The topics of the demo, the settings of its worker, and how far reading may fall behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from streams.core.config import Customers, Tables
from streams.core.event_time.formats import utc
from streams.core.messages import EXCHANGE, PARTIALS, SIGNALS
from streams.demo.fault_injection import TOPICS
from streams.settings import Kafka, Settings
from streams.transport.client.topics import layout
from streams.worker.topology import pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.customers.definitions import Definitions
    from streams.demo.lag import Span

PARTITIONS: Final = 1
"""One worker reads them all, and each costs it work for every hour and bucket of event time: with
two it took half as much CPU again, or more."""
SESSION_S: Final = 300
"""Who is not heard of for so long loses its partitions, and numbers would be wrong after it: of the
states to be taken over again the broker has dropped the beginning. A busy machine has let a worker
wait for more than 30 s."""
IDLE_TIMEOUT_S: Final = 3600.0
"""Longer than any stop of the producer. A partition that counts as idle would no longer be waited
for, and which alerts there are would then depend on how fast this machine is."""
GRACE_S: Final = Tables().grace
"""The customer clock stays so far behind the events."""

GROUP: Final = "groundswell"
FEED_GROUP: Final = "groundswell-demo"
"""Consumer groups: the worker's, and that of the feed that the screen shows."""
READ_BY_WORKER: Final = (*TOPICS, PARTIALS, SIGNALS, EXCHANGE)

MOST_BEHIND: Final = dict.fromkeys(TOPICS, 1_000) | {PARTIALS: 60, SIGNALS: 300}
MOST_UNTOLD_S: Final = 30 * 86_400
"""Event time by which the numbers of customers may be behind what is played. Lives are settled
between two batches, as long as there is time; on a busy machine there is only when none comes."""
MOST_BEHIND_OTHERS: Final = 50_000
"""Messages a partition. Well under what 5 MiB hold of them, and few enough that what is shown is
seconds behind what is played."""


def settings(bootstrap: str, port: int, defined: Definitions) -> dict[str, str]:
    """Give the settings of the demo's worker, as environment without the prefix.

    Customers are counted as `defined` says, which is by default but for tiers and start.
    """
    return {
        "KAFKA__BROKERS": bootstrap,
        "KAFKA__PARTITIONS": str(PARTITIONS),
        "KAFKA__SESSION_TIMEOUT": str(SESSION_S),
        "KAFKA__CHECK_CRCS": "false",  # the embedded broker's control records carry none
        "TABLES__IDLE_TIMEOUT": str(IDLE_TIMEOUT_S),
        # A second is most of a day here: who looks at it needs no newer numbers, nor half seconds.
        "WORKER__FLUSH_INTERVAL": "2",
        "TABLES__PROVISIONAL_INTERVAL": "2",
        "WORKER__APP_ID": GROUP,
        "WORKER__PORT": str(port),
        "CUSTOMERS__ENABLED": "true",
        "CUSTOMERS__TIERS": json.dumps(defined.tiers),
        "CUSTOMERS__START": utc(defined.start or 0).isoformat(),
    }


def topics() -> dict[str, int]:
    """Give every topic that must exist, with its partition count."""
    demo = Settings(kafka=Kafka(partitions=PARTITIONS), customers=Customers(enabled=True))
    stages = pipeline(demo)(PARTITIONS)
    return {name: count or PARTITIONS for name, count, _ in layout(demo, stages, PARTITIONS)}


def too_far(spans: Mapping[tuple[str, int], Span]) -> bool:
    """Tell whether any topic-partition is read so slowly that the producer must wait."""
    return any(
        span.behind > MOST_BEHIND.get(topic, MOST_BEHIND_OTHERS)
        for (topic, _), span in spans.items()
    )


def untold(played: int, told: int) -> bool:
    """Tell whether customers are told so far behind what is played that the producer must wait.

    Args:
        played: event time that the producer has reached, epoch seconds.
        told: event time that the numbers of customers have reached.
    """
    return played - told > MOST_UNTOLD_S
