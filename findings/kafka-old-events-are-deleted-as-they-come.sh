#!/usr/bin/env bash
# Apache Kafka 4.1.2, client aiokafka 0.14.0.
# One would think: retention.ms of seven days keeps a message for seven days; and the segment that is
# being written is never deleted.
# What happens: age is reckoned from the time that the message carries. A history that is loaded with
# its event times is acknowledged, and gone at the next look of the cleaner (here every half second,
# usually five minutes), the newest segment too, which is rolled for it. What remains of a transaction
# is its marker, which has the time of the broker: a partition with an end offset of 11 and no message.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install aiokafka==0.14.0
start_kafka log.initial.task.delay.ms=100 log.retention.check.interval.ms=500
run - "$bootstrap" <<'END'
import asyncio
import sys
import time
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from noted import noted

DAY = 86_400_000


async def main(address):
    old = int(time.time() * 1000) - 400 * DAY
    week = {"retention.ms": str(7 * DAY)}
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics(
        [NewTopic(name, 1, 1, topic_configs=week) for name in ("plain", "fresh", "transaction")]
    )
    await admin.close()
    sent = []
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        for number in range(10):
            await producer.send_and_wait("fresh", b"x", partition=0)
            sent.append(
                (
                    await producer.send_and_wait(
                        "plain", b"x", partition=0, timestamp_ms=old + number
                    )
                ).offset
            )
    async with AIOKafkaProducer(bootstrap_servers=address, transactional_id="loader") as producer:
        async with producer.transaction():
            for number in range(10):
                await producer.send("transaction", b"x", partition=0, timestamp_ms=old + number)
    noted("old events acknowledged", list(range(10)), sent)
    reader = AIOKafkaConsumer(bootstrap_servers=address)
    await reader.start()
    plain, fresh, transaction = parts = [
        TopicPartition(name, 0) for name in ("plain", "fresh", "transaction")
    ]
    deadline = time.monotonic() + 40
    while (
        time.monotonic() < deadline
        and (await reader.beginning_offsets([transaction]))[transaction] < 10
    ):
        await asyncio.sleep(0.2)
    starts, ends = await reader.beginning_offsets(parts), await reader.end_offsets(parts)
    await reader.stop()
    noted("fresh ones, first and next offset", (0, 10), (starts[fresh], ends[fresh]))
    noted("old ones", (10, 10), (starts[plain], ends[plain]))
    noted("old ones of a transaction", (10, 11), (starts[transaction], ends[transaction]))


asyncio.run(main(sys.argv[1]))
END
seen "ten old events acknowledged and deleted at once, under a retention of seven days"
