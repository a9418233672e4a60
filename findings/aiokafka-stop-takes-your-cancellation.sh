#!/usr/bin/env bash
# aiokafka 0.14.0 on Apache Kafka 4.1.2.
# One would think: a task that is cancelled while it waits for consumer.stop() ends with CancelledError, as
# at any other await.
# What happens: stop() takes that for the end of a task of its own which it has just cancelled, closes, and
# returns. The task goes on with its next line, and whoever cancelled it and waits, waits for ever.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install aiokafka==0.14.0
start_kafka
run - "$bootstrap" <<'END'
import asyncio
import logging
import sys
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from noted import noted

logging.disable(logging.CRITICAL)


async def main(address):
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic("rows", 1, 1)])
    await admin.close()
    went_on = []
    closing = asyncio.Event()

    async def work():
        consumer = AIOKafkaConsumer("rows", bootstrap_servers=address)
        await consumer.start()
        closing.set()
        await consumer.stop()
        went_on.append("after stop()")

    async def sleep():
        closing.set()
        await asyncio.sleep(60)
        went_on.append("after sleep()")

    found = []
    for what in (sleep, work):
        closing.clear()
        task = asyncio.create_task(what())
        await closing.wait()
        task.cancel()
        await asyncio.wait({task}, timeout=30)
        found.append("cancelled" if task.cancelled() else "not cancelled")
    noted("a task that sleeps, and one that stops a consumer", ["cancelled", "not cancelled"], found)
    noted("what went on", ["after stop()"], went_on)


asyncio.run(main(sys.argv[1]))
END
seen "a task that is cancelled in consumer.stop() is not, and goes on with its next line"
