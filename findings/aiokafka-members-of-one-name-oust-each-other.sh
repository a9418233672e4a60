#!/usr/bin/env bash
# aiokafka 0.14.0 on Apache Kafka 4.1.2.
# One would think: of two consumers of one group_instance_id the newer has the partitions, and the older
# is fenced and says so, as KIP-345 has it.
# What happens: neither sees an error. The older one joins anew under the same name, which ousts the newer
# one, and so on in turn for as long as both run: each goes on to fetch meanwhile.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install aiokafka==0.14.0
start_kafka
run - "$bootstrap" <<'END'
import asyncio
import logging
import sys
from contextlib import suppress
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from noted import noted

logging.disable(logging.CRITICAL)
TURNS = 6
turns = []


class Note(ConsumerRebalanceListener):
    def __init__(self, name):
        self.name = name

    def on_partitions_revoked(self, revoked):
        pass

    def on_partitions_assigned(self, assigned):
        turns.append(self.name)


async def read(address, name, met):
    consumer = AIOKafkaConsumer(
        bootstrap_servers=address,
        group_id="shift",
        group_instance_id="desk-1",
        heartbeat_interval_ms=300,
    )
    consumer.subscribe(["rows"], listener=Note(name))
    await consumer.start()
    try:
        async for _ in consumer:
            pass
    except Exception as error:
        met.append(type(error).__name__)
    finally:
        await consumer.stop()


async def main(address):
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic("rows", 1, 1)])
    await admin.close()
    met, tasks = [], []
    for name in ("older", "newer"):
        tasks.append(asyncio.create_task(read(address, name, met)))
        async with asyncio.timeout(30):
            while name not in turns:
                await asyncio.sleep(0.1)
    with suppress(TimeoutError):
        async with asyncio.timeout(30):
            while len(turns) < TURNS and not met:
                await asyncio.sleep(0.1)
    noted("errors of either", [], met)
    noted("whose turn it was", ["older", "newer"] * (TURNS // 2), turns[:TURNS])
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=10)


asyncio.run(main(sys.argv[1]))
END
seen "two members of one name take the partitions from each other in turn, and neither sees an error"
