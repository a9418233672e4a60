"""A consumer of the public topics on a thread of its own, as any downstream service has it."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BATCH = 5_000
_WAIT_S = 0.2


class Feed(Thread):
    """Hands every message of the topics, from the beginning, to `handle(topic, key, value)`.

    A tombstone is an empty value.

    Args:
        bootstrap: the broker.
        topics: partition counts by name.
        handle: called on this thread.
        group: the consumer group that the offsets read are committed for.
    """

    def __init__(
        self,
        bootstrap: str,
        topics: Mapping[str, int],
        handle: Callable[[str, bytes, bytes], None],
        group: str,
    ) -> None:
        super().__init__(name="feed", daemon=True)
        self._handle = handle
        self._ending = Event()
        self.failure: Exception | None = None
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": group,
                "auto.commit.interval.ms": 200,  # others look how far we have come
                "isolation.level": "read_committed",
                # Rows that the broker dropped before they were read must not go unnoticed.
                "auto.offset.reset": "error",
                "fetch.wait.max.ms": 50,
                "log_level": 0,
            }
        )
        self._consumer.assign(
            [TopicPartition(name, number, 0) for name, n in topics.items() for number in range(n)]
        )

    def run(self) -> None:
        """Read until `close`, or until it fails: `failure` says why."""
        try:
            while not self._ending.is_set():
                for message in self._consumer.consume(_BATCH, _WAIT_S):
                    self._hand_on(message)
        except Exception as error:  # noqa: BLE001 -- the main thread reports it
            self.failure = error
        finally:
            self._consumer.close()

    def close(self) -> None:
        """Stop reading and wait for the end of it."""
        self._ending.set()
        self.join()

    def _hand_on(self, message: Message) -> None:
        error = message.error()
        if error is not None:
            raise KafkaException(error)
        topic = message.topic()
        if topic is not None:
            self._handle(topic, _bytes(message.key()), _bytes(message.value()))


def _bytes(data: bytes | str | None) -> bytes:
    return data.encode() if isinstance(data, str) else data or b""
