#!/usr/bin/env bash
# aiokafka 0.14.0 on Apache Kafka 4.1.2.
# One would think: a consumer that asks for nothing longer than max_poll_interval_ms leaves its group, so
# that another one reads its partitions.
# What happens: it does, unless one getmany() of it was ever cancelled, as asyncio.wait_for() does with
# one that takes too long. From then on it counts as reading for ever, and keeps what nobody reads.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install aiokafka==0.14.0
start_kafka
run - "$bootstrap" <<'END'
import asyncio
import logging
import sys
from contextlib import suppress
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from noted import noted

logging.disable(logging.CRITICAL)
POLL_MS = 2_000
SECONDS = 5 * POLL_MS / 1_000


async def members(admin, group):
    found = (await admin.describe_consumer_groups([group]))[0].to_object()
    return len(found["groups"][0]["members"])


async def stays(address, admin, group, *, cancelled):
    """Say whether a consumer is a member for much longer than it may be silent."""
    consumer = AIOKafkaConsumer(
        "rows",
        bootstrap_servers=address,
        group_id=group,
        max_poll_interval_ms=POLL_MS,
        heartbeat_interval_ms=300,
    )
    await consumer.start()
    if cancelled:
        with suppress(TimeoutError):
            await asyncio.wait_for(consumer.getmany(timeout_ms=60_000), 0.2)
    await consumer.getmany(timeout_ms=100)
    there = await members(admin, group)
    await asyncio.sleep(SECONDS)
    left = await members(admin, group)
    await consumer.stop()
    return [there, left]


async def main(address):
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic("rows", 1, 1)])
    noted("members, and later; silent", [1, 0], await stays(address, admin, "a", cancelled=False))
    found = await stays(address, admin, "b", cancelled=True)
    noted("the same after one getmany() that was cancelled", [1, 1], found)
    await admin.close()


asyncio.run(main(sys.argv[1]))
END
seen "after one cancelled getmany() a consumer that asks for nothing stays a member of its group"
