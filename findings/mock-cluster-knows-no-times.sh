#!/usr/bin/env bash
# librdkafka's mock cluster (confluent-kafka 2.16.1), clients aiokafka 0.14.0 and librdkafka itself.
# One would think: a broker that keeps the time of a message can be asked by it, or refuses.
# What happens: ListOffsets by time answers, without an error, that there is nothing so late, even for
# the time of a message that is there; and every produce is acknowledged with the time 1234 (stamped
# by the broker), whatever time the message has, which it keeps.
. "$(dirname "$0")/lib/finding.sh"
install aiokafka==0.14.0 confluent-kafka==2.16.1
run - <<'END'
import asyncio
import confluent_kafka
import mock
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from noted import noted

PART, TIME = TopicPartition("rows", 0), 1_709_251_200_000


async def main(address):
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        sent = await producer.send_and_wait("rows", b"x", partition=0, timestamp_ms=TIME)
    noted("aiokafka is told the time", 1234, sent.timestamp)
    reader = AIOKafkaConsumer(bootstrap_servers=address)
    await reader.start()
    reader.assign([PART])
    for time in (0, TIME):
        noted(
            f"aiokafka, first message from {time} on",
            {PART: None},
            await reader.offsets_for_times({PART: time}),
        )
    await reader.seek_to_beginning(PART)
    noted("the time that a reader sees", TIME, (await reader.getone()).timestamp)
    await reader.stop()


def too(address):
    told = []
    producer = confluent_kafka.Producer({"bootstrap.servers": address})
    producer.produce(
        "rows",
        b"x",
        partition=0,
        timestamp=TIME,
        on_delivery=lambda _, message: told.append(message.timestamp()[1]),
    )
    producer.flush(20)
    noted("librdkafka is told the time", [1234], told)
    reader = confluent_kafka.Consumer({"bootstrap.servers": address, "group.id": "any"})
    (found,) = reader.offsets_for_times(
        [confluent_kafka.TopicPartition("rows", 0, TIME)], timeout=20
    )
    noted(
        "librdkafka, first message from then on",
        (confluent_kafka.OFFSET_END, None),
        (found.offset, found.error),
    )
    reader.close()


with mock.broker() as address:
    asyncio.run(main(address))
    too(address)
END
seen "no message is found by its time, and each is acknowledged as of 1.234 s after 1970"
