"""Reads complaints with confluent-kafka and counts messages alone: `BOOTSTRAP EVENTS`."""

from __future__ import annotations

import json
import sys

from confluent_kafka import Consumer, TopicPartition

TOPIC = "complaints"
AT_ONCE = 10_000


def main(bootstrap: str, events: int) -> None:
    """Read so many events; print how many came."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "confluent-read",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "fetch.message.max.bytes": 16 << 20,
            "queued.min.messages": 1_000_000,
        }
    )
    partitions = consumer.list_topics(TOPIC, 20).topics[TOPIC].partitions
    consumer.assign([TopicPartition(TOPIC, number, 0) for number in partitions])
    read = 0
    while read < events:
        read += sum(message.error() is None for message in consumer.consume(AT_ONCE, 1.0))
    consumer.close()
    print(json.dumps({"events": read}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
