"""A broker with the topics of notify: the embedded one, or Apache Kafka."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from apache_kafka import ApacheKafka
from confluent_kafka.admin import AdminClient, NewTopic

from streams.settings import Kafka
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOPICS = ("incidents", "notifications")


@contextmanager
def embedded(_: Path) -> Iterator[Kafka]:
    """Run the embedded broker, which neither aborts nor fences."""
    with EmbeddedBroker(dict.fromkeys(TOPICS, 1)) as broker:
        yield Kafka(brokers=broker.bootstrap, check_crcs=False, session_timeout=0.3)


@contextmanager
def real(home: Path) -> Iterator[Kafka]:
    """Run Apache Kafka."""
    broker = ApacheKafka(home)
    try:
        broker.start()
        make(broker.bootstrap)
        yield Kafka(brokers=broker.bootstrap, session_timeout=1.0)
    finally:
        broker.kill()


def make(bootstrap: str) -> None:
    """Make the topics anew."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    new = [NewTopic(name, 1, 1, config={"cleanup.policy": "compact"}) for name in TOPICS]
    for future in admin.create_topics(new).values():
        future.result()
