#!/usr/bin/env bash
# aiokafka 0.14.0 and confluent-kafka 2.16.1 (librdkafka) on Apache Kafka 4.1.2.
# One would think: what a transaction took back is not read, or is read by every client that does not
# ask otherwise.
# What happens: the defaults differ. aiokafka (and Java) read what was aborted, librdkafka does not.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install aiokafka==0.14.0 confluent-kafka==2.16.1
start_kafka
run - "$bootstrap" <<'END'
import asyncio
import sys
import confluent_kafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from noted import noted

PART = TopicPartition("rows", 0)


async def write(address):
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic("rows", 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=address, transactional_id="writer") as producer:
        await producer.begin_transaction()
        await producer.send_and_wait("rows", b"taken back", partition=0)
        await producer.abort_transaction()
        async with producer.transaction():
            await producer.send_and_wait("rows", b"kept", partition=0)


async def by_aiokafka(address, **settings):
    consumer = AIOKafkaConsumer(bootstrap_servers=address, **settings)
    await consumer.start()
    consumer.assign([PART])
    await consumer.seek_to_beginning(PART)
    found = []
    while b"kept" not in found:
        found += [r.value for r in (await consumer.getmany(timeout_ms=1000)).get(PART, ())]
    await consumer.stop()
    return found


def by_librdkafka(address, **settings):
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": address, "group.id": "readers", **settings}
    )
    consumer.assign([confluent_kafka.TopicPartition("rows", 0, 0)])
    found = []
    while b"kept" not in found:
        message = consumer.poll(1.0)
        if message is not None and not message.error():
            found.append(message.value())
    consumer.close()
    return found


ADDRESS = sys.argv[1]
asyncio.run(write(ADDRESS))
noted("aiokafka", [b"taken back", b"kept"], asyncio.run(by_aiokafka(ADDRESS)))
noted("librdkafka", [b"kept"], by_librdkafka(ADDRESS))
noted(
    "aiokafka, read_committed",
    [b"kept"],
    asyncio.run(by_aiokafka(ADDRESS, isolation_level="read_committed")),
)
noted(
    "librdkafka, read_uncommitted",
    [b"taken back", b"kept"],
    by_librdkafka(ADDRESS, **{"isolation.level": "read_uncommitted"}),
)
END
seen "the same topic has other messages for another client"
