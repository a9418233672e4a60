#!/usr/bin/env bash
# aiokafka 0.14.0 on librdkafka's mock cluster (confluent-kafka 2.16.1).
# One would think: `beginning_offsets` of partitions of twenty topics asks the broker about twenty
# topics, as one request can.
# What happens: it learns of one topic after the other, each by a request of its own, and waits for
# `retry_backoff_ms` (.1 s) with each: 20 requests, and with a hundred topics ten seconds. After
# assign() of the same partitions it is one. The question proper is sent once, both times. Java did
# the same until 2018: KAFKA-6489, apache/kafka#4478.
. "$(dirname "$0")/lib/finding.sh"
install aiokafka==0.14.0 confluent-kafka==2.16.1
run - <<'END'
import asyncio
from collections import Counter

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.conn import AIOKafkaConnection
from confluent_kafka.admin import AdminClient
from mock import broker
from noted import noted

TOPICS = [f"topic-{number}" for number in range(20)]
PARTITIONS = [TopicPartition(topic, 0) for topic in TOPICS]
sent = Counter()
send = AIOKafkaConnection.send


def counted(connection, request, **more):
    sent[type(request).__name__] += 1
    return send(connection, request, **more)


AIOKafkaConnection.send = counted


async def ask(address, assigned):
    consumer = AIOKafkaConsumer(bootstrap_servers=address, metadata_max_age_ms=600_000)
    await consumer.start()
    sent.clear()
    if assigned:
        consumer.assign(PARTITIONS)
    found = await consumer.beginning_offsets(PARTITIONS)
    await consumer.stop()
    assert found == dict.fromkeys(PARTITIONS, 0)
    return sent["MetadataRequest"], sent["OffsetRequest"]


with broker() as address:
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    for topic in TOPICS:
        admin.list_topics(topic, timeout=20)  # the mock makes what is asked for
    plain = asyncio.run(ask(address, assigned=False))
    after = asyncio.run(ask(address, assigned=True))
noted("requests for metadata, and for offsets", (20, 1), plain)
noted("after assign()", (1, 1), after)
END
seen "20 topics are 20 requests one after the other, or one after assign()"
