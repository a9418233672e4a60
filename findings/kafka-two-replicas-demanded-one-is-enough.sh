#!/usr/bin/env bash
# Apache Kafka 4.1.2, clients aiokafka 0.14.0 and confluent-kafka 2.16.1 (librdkafka).
# One would think: min.insync.replicas=2 on a topic with one replica refuses who waits for all replicas
# (acks=all).
# What happens: it is written. The broker demands as many replicas as the topic has, if those are fewer;
# its settings still say 2.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install aiokafka==0.14.0 confluent-kafka==2.16.1
start_kafka
run - "$bootstrap" <<'END'
import asyncio
import sys
import confluent_kafka
from aiokafka import AIOKafkaProducer
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType
from noted import noted

ADDRESS = sys.argv[1]


def make():
    admin = AdminClient({"bootstrap.servers": ADDRESS})
    topic = NewTopic("rows", 1, 1, config={"min.insync.replicas": "2"})
    admin.create_topics([topic])["rows"].result(30)
    (settings,) = admin.describe_configs([ConfigResource(ResourceType.TOPIC, "rows")]).values()
    return settings.result(30)["min.insync.replicas"].value


async def by_aiokafka():
    async with AIOKafkaProducer(bootstrap_servers=ADDRESS, acks="all") as producer:
        return (await producer.send_and_wait("rows", b"x", partition=0)).offset


def by_librdkafka():
    found = []
    producer = confluent_kafka.Producer({"bootstrap.servers": ADDRESS, "acks": "all"})
    producer.produce(
        "rows",
        b"x",
        partition=0,
        on_delivery=lambda error, message: found.append(error or message.offset()),
    )
    producer.flush(30)
    return found


noted("min.insync.replicas of a topic with one replica", "2", make())
noted("aiokafka with acks=all writes at offset", 0, asyncio.run(by_aiokafka()))
noted("librdkafka with acks=all writes at offset", [1], by_librdkafka())
END
seen "one replica is enough where two are demanded"
