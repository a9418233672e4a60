"""Follow the tables `metrics.buckets` and `alerts` with confluent-kafka, a line a row."""

import json
import sys

from confluent_kafka import Consumer, KafkaException, TopicPartition

consumer = Consumer(
    {
        "bootstrap.servers": sys.argv[1],
        "group.id": "tables",  # has to be named, and nothing is committed for it
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
    }
)
topics = ["metrics.buckets", "alerts"]
there = consumer.list_topics(timeout=10).topics
consumer.assign([TopicPartition(t, p, 0) for t in topics for p in there[t].partitions])


def line(topic: str, key: bytes, value: bytes | None) -> str:
    """Put a row into words; one without a value is deleted."""
    if topic == "metrics.buckets":
        k = json.loads(key)
        labels = json.dumps(k["labels"], ensure_ascii=False)
        row = f"{k['start']} {k['grain']} {k['metric']} {labels}"
        if value is None:
            return f"{row} gone"
        v = json.loads(value)
        return f"{row} {v['count']} {v['status']}"
    if value is None:
        return f"{key.decode()} gone"
    v = json.loads(value)
    labels = json.dumps(v["labels"], ensure_ascii=False)
    return f"{v['alert_id']} {v['state']} {v['metric']} {labels} {v['observed']} {v['severity']}"


while True:
    message = consumer.poll(1.0)
    if message is None:
        continue
    if message.error():
        raise KafkaException(message.error())
    print(line(message.topic(), message.key(), message.value()), flush=True)
