"""How far the worker is behind, by topic-partition.

The embedded broker keeps 5 MiB a partition and drops the oldest without a word, so the producer
must not run ahead of what the worker has read, nor the worker's stages of each other.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, Self

from confluent_kafka import Consumer, TopicPartition

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT_S = 10.0


class DroppedUnreadError(Exception):
    """The broker has dropped messages that the worker had not read."""


class Span(NamedTuple):
    """Offsets of one topic-partition: the oldest there, the next to read, the next to write."""

    low: int
    committed: int
    high: int

    @property
    def behind(self) -> int:
        """Messages not yet read and committed."""
        return self.high - self.committed


class Lag:
    """Watches the committed offsets of a consumer group, without joining it."""

    def __init__(self, bootstrap: str, group: str, topics: Mapping[str, int]) -> None:
        self._partitions = [
            TopicPartition(topic, partition)
            for topic, count in topics.items()
            for partition in range(count)
        ]
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": group,
                "enable.auto.commit": False,
                "log_level": 0,
            }
        )

    def spans(self) -> dict[tuple[str, int], Span]:
        """Ask the broker for the offsets of every watched topic-partition.

        Raises:
            DroppedUnreadError: messages are gone that were not read.
            confluent_kafka.KafkaException: the broker does not answer.
        """
        spans = {}
        for found in self._consumer.committed(self._partitions, timeout=_TIMEOUT_S):
            at = TopicPartition(found.topic, found.partition)
            low, high = self._consumer.get_watermark_offsets(at, timeout=_TIMEOUT_S)
            committed = max(found.offset, 0)  # negative: nothing committed yet
            if low > committed:
                raise DroppedUnreadError(
                    f"{found.topic}, partition {found.partition}: the embedded broker dropped "
                    f"messages {committed} to {low - 1} before the worker had read them"
                )
            spans[found.topic, found.partition] = Span(low, committed, high)
        return spans

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close()

    def __enter__(self) -> Self:
        """Use it in a block that closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()


def unread(spans: Mapping[tuple[str, int], Span], pages: int | None) -> str:
    """Say of what how many messages are not yet read, most of all first; `pages` are rows."""
    counts = Counter[str]()
    for (topic, _), span in spans.items():
        counts[topic] += span.behind
    counts["rows by the console"] += pages or 0
    return ", ".join(f"{name} {number:,}" for name, number in counts.most_common() if number)
