#!/usr/bin/env bash
# aiokafka 0.14.0 on Apache Kafka 4.1.2.
# One would think: a producer that was fenced answers every call with ProducerFenced, a KafkaError.
# What happens: the send that meets the fence does, and so does the first abort; then abort, begin and
# commit are an AssertionError about a state machine, which no `except KafkaError` takes.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install aiokafka==0.14.0
start_kafka
run - "$bootstrap" <<'END'
import asyncio
import logging
import sys
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from noted import noted

logging.disable(logging.CRITICAL)


async def met(call):
    try:
        await call
    except Exception as error:
        return type(error).__name__
    return None


async def main(address):
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic("rows", 1, 1)])
    await admin.close()
    one, two = (
        AIOKafkaProducer(bootstrap_servers=address, transactional_id="owner") for _ in range(2)
    )
    await one.start()
    await one.begin_transaction()
    await one.send_and_wait("rows", b"x", partition=0)
    await two.start()
    noted("send", "ProducerFenced", await met(one.send_and_wait("rows", b"y", partition=0)))
    for name, expected in (
        ("abort_transaction", "ProducerFenced"),
        ("abort_transaction", "AssertionError"),
        ("begin_transaction", "AssertionError"),
        ("commit_transaction", "AssertionError"),
    ):
        noted(name, expected, await met(getattr(one, name)()))
    await two.stop()
    await met(asyncio.wait_for(one.stop(), 5))


asyncio.run(main(sys.argv[1]))
END
seen "after the fence, calls fail with AssertionError, which is no KafkaError"
