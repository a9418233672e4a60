#!/usr/bin/env bash
# Apache Kafka 4.1.2, clients aiokafka 0.14.0 and confluent-kafka 2.16.1.
# One would think: in a topic whose messages are in order of time, offsetsForTimes(t) is the offset of
# the first message from t on.
# What happens: the marker that ends a transaction stands in the log too, with the time of the
# broker's clock. Where messages carry their event time, as in a history loaded by transactions, the
# first marker is later than every event; so any time after the first transaction finds its marker,
# with an offset that no reader is ever given, and reading from there reads everything after it.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install aiokafka==0.14.0 confluent-kafka==2.16.1
start_kafka log.retention.hours=-1
run - "$bootstrap" <<'END'
import asyncio
import sys
import confluent_kafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from noted import noted

START, DAY = 1_709_251_200_000, 86_400_000


async def main(address):
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic("plain", 1, 1), NewTopic("transactions", 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        for day in range(10):
            await producer.send_and_wait("plain", b"x", partition=0, timestamp_ms=START + day * DAY)
    async with AIOKafkaProducer(bootstrap_servers=address, transactional_id="loader") as producer:
        for first in (0, 5):
            async with producer.transaction():
                for day in range(first, first + 5):
                    await producer.send(
                        "transactions", b"x", partition=0, timestamp_ms=START + day * DAY
                    )
    reader = AIOKafkaConsumer(
        bootstrap_servers=address, isolation_level="read_committed", auto_offset_reset="none"
    )
    await reader.start()
    for topic, expected, read in (("plain", 8, 8), ("transactions", 5, 5)):
        part = TopicPartition(topic, 0)
        reader.assign([part])
        (found,) = (await reader.offsets_for_times({part: START + 8 * DAY})).values()
        noted(f"{topic}: offset found for day 8", expected, found.offset)
        noted(
            f"{topic}: it is of the days loaded",
            topic == "plain",
            found.timestamp < START + 10 * DAY,
        )
        reader.seek(part, found.offset)
        message = await asyncio.wait_for(reader.getone(), 20)
        noted(f"{topic}: first day read from there", read, (message.timestamp - START) // DAY)
    await reader.stop()


def told(address, topic):
    reader = confluent_kafka.Consumer(
        {"bootstrap.servers": address, "group.id": "any", "isolation.level": "read_committed"}
    )
    (found,) = reader.offsets_for_times(
        [confluent_kafka.TopicPartition(topic, 0, START + 8 * DAY)], timeout=20
    )
    reader.close()
    return found.offset


asyncio.run(main(sys.argv[1]))
noted(
    "librdkafka is told the same",
    (8, 5),
    tuple(told(sys.argv[1], topic) for topic in ("plain", "transactions")),
)
END
seen "day 8 is looked for, and day 5 is read: the offset found is that of a commit"
