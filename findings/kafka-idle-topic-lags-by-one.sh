#!/usr/bin/env bash
# Apache Kafka 4.1.2, client aiokafka 0.14.0.
# One would think: a reader that has read all there is, and committed "last offset + 1", has no lag.
# What happens: the marker of a transaction takes an offset too. Of a topic written by transactions
# the lag stays 1 a partition for as long as nothing comes; twenty messages, each in a transaction of
# its own, end at offset 40. commit() without offsets commits the position behind the marker instead.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install aiokafka==0.14.0
start_kafka
run - "$bootstrap" <<'END'
import asyncio
import sys
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from noted import noted

PART = TopicPartition("rows", 0)


async def main(address):
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic("rows", 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=address, transactional_id="owner") as producer:
        for _ in range(20):
            async with producer.transaction():
                await producer.send("rows", b"x", partition=0)
    reader = AIOKafkaConsumer(
        "rows",
        bootstrap_servers=address,
        group_id="readers",
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await reader.start()
    read = [(await asyncio.wait_for(reader.getone(), 20)).offset for _ in range(20)]
    noted("offsets read", list(range(0, 40, 2)), read)
    await reader.commit({PART: read[-1] + 1})
    end = (await reader.end_offsets([PART]))[PART]
    noted("lag after committing the last offset + 1", 1, end - await reader.committed(PART))
    await reader.getmany(timeout_ms=1000)
    await reader.commit()
    noted("lag after committing the position", 0, end - await reader.committed(PART))
    await reader.stop()


asyncio.run(main(sys.argv[1]))
END
seen "a lag of one that nobody can read away"
