"""Topics read to their end, again and again: what was read before is kept."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

if TYPE_CHECKING:
    from collections.abc import Sequence

Message = tuple[bytes | None, bytes | None]
"""Key and value."""


class TopicReader:
    """All committed messages of topics on one broker, none of which is deleted meanwhile."""

    def __init__(self, bootstrap: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "tests",
                "isolation.level": "read_committed",
                "auto.offset.reset": "error",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 50,
                "message.max.bytes": 16_000_000,
                "fetch.message.max.bytes": 16_000_000,
                "log_level": 0,  # a broker that stops after its test is no news
            }
        )
        self._next: dict[tuple[str, int], int] = {}
        self._messages: dict[str, list[Message]] = defaultdict(list)
        self._parsed: dict[str, list[Any]] = defaultdict(list)
        self._tables: dict[str, dict[bytes | None, Any]] = defaultdict(dict)

    def messages(self, topic: str) -> Sequence[Message]:
        """Read on to the end of a topic; give all from its beginning, by partition in order.

        Raises:
            KafkaException: what had been read so far is not there any more.
        """
        numbers = self._consumer.list_topics(topic, 60).topics[topic].partitions
        self._consumer.assign(
            [
                TopicPartition(topic, number, self._next.get((topic, number), OFFSET_BEGINNING))
                for number in numbers
            ]
        )
        found, waiting = self._messages[topic], set(numbers)
        while waiting:
            message = self._consumer.poll(20)
            assert message is not None, f"no answer on {topic}"
            error, partition, offset = message.error(), message.partition(), message.offset()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 -- it has no other name
                if error.code() != KafkaError._TRANSPORT:  # noqa: SLF001 -- a broker that starts again
                    raise KafkaException(error)
                continue
            assert partition is not None
            assert offset is not None
            if error is None:
                found.append((message.key(), message.value()))
                # It may have come behind the end of its partition, while others are read.
                self._next[topic, partition] = offset + 1
            else:
                self._next[topic, partition] = offset
                waiting.discard(partition)  # its end may come again, too
        return found

    def rows(self, topic: str) -> Sequence[Any]:
        """Read every message of a topic as JSON; None where it has no value."""
        messages, parsed, table = self.messages(topic), self._parsed[topic], self._tables[topic]
        for key, value in messages[len(parsed) :]:
            row = table[key] = msgspec.json.decode(value) if value else None
            parsed.append(row)
        return parsed

    def table(self, topic: str) -> list[Any]:
        """Read the last message of each key as JSON, but for those without a value."""
        self.rows(topic)
        return [row for row in self._tables[topic].values() if row is not None]

    def close(self) -> None:
        self._consumer.close()
