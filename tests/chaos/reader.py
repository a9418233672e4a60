"""Reads topics as any downstream service would: committed messages only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from confluent_kafka import Consumer, TopicPartition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compare import Messages

TIMEOUT: Final = 60.0


class Reader:
    """Reads topics from their beginnings; `messages` has what came so far, partition by partition.

    Partitions of one topic are put behind each other as they come: order holds within each.
    """

    def __init__(self, bootstrap: str, topics: Iterable[str], *, committed: bool = True) -> None:
        self.messages: dict[str, Messages] = {topic: [] for topic in topics}
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "chaos-reader",
                "isolation.level": "read_committed" if committed else "read_uncommitted",
                "fetch.wait.max.ms": 50,
                "log_level": 0,
            }
        )
        self._consumer.assign(
            [
                TopicPartition(topic, number, 0)
                for topic in self.messages
                for number in self._consumer.list_topics(topic, TIMEOUT).topics[topic].partitions
            ]
        )

    def read(self, quiet: float = 0.5) -> int:
        """Read until nothing comes for so many seconds; gives the number of messages."""
        count = 0
        while got := self._consumer.consume(10_000, timeout=quiet):
            for message in got:
                if message.error() is None:
                    topic = message.topic() or ""
                    self.messages[topic].append((message.key() or b"", message.value()))
                    count += 1
        return count

    def close(self) -> None:
        self._consumer.close()
