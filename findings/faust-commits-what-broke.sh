#!/usr/bin/env bash
# faust-streaming 0.15.3 on librdkafka's mock cluster (confluent-kafka 2.16.1), aiokafka 0.14.0.
# One would think: an event on which an agent raised, or that could not be decoded, is not done: it
# comes again, or what follows waits for it.
# What happens: both are acknowledged. The agent starts anew behind the event, the offset committed
# is that of all six, and a worker that starts afterwards is not given the lost ones either.
. "$(dirname "$0")/lib/finding.sh"
install faust-streaming==0.15.3 aiokafka==0.14.0 confluent-kafka==2.16.1
run - <<'END'
import asyncio
import logging
import time
import faust
import mock
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from noted import noted

logging.disable(logging.CRITICAL)


class Event(faust.Record, serializer="json"):
    amount: int


async def committed(address, topic, count):
    reader = AIOKafkaConsumer(bootstrap_servers=address, group_id="app", enable_auto_commit=False)
    await reader.start()
    part, deadline, found = TopicPartition(topic, 0), time.monotonic() + 30, None
    while found != count and time.monotonic() < deadline:
        found = await reader.committed(part)
        await asyncio.sleep(0.1)
    await reader.stop()
    return found


async def main(address):
    producer = AIOKafkaProducer(bootstrap_servers=address)
    await producer.start()
    for number in range(6):
        await producer.send_and_wait("raised", str(number).encode(), partition=0)
    for value in (
        b'{"amount": 0}',
        b'{"amount": 1',
        b'{"amount": 2}',
        b"3",
        b'{"amount": 4}',
        b'{"amount": 5}',
    ):
        await producer.send_and_wait("undecoded", value, partition=0)
    app = faust.App(
        "app",
        broker=f"kafka://{address}",
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        broker_session_timeout=6,
        broker_heartbeat_interval=1.5,
        broker_commit_interval=0.3,
        table_standby_replicas=0,
        stream_wait_empty=False,
        consumer_auto_offset_reset="earliest",
    )
    done, amounts = [], []

    @app.agent(app.topic("raised", value_type=bytes, value_serializer="raw"))
    async def raising(stream):
        async for value in stream:
            if value == b"3":
                raise RuntimeError("a bug")
            done.append(int(value))

    @app.agent(app.topic("undecoded", value_type=Event))
    async def decoding(stream):
        async for event in stream:
            amounts.append(event.amount)

    await app.start()
    noted("committed where the agent raised", 6, await committed(address, "raised", 6))
    noted("committed where some could not be decoded", 6, await committed(address, "undecoded", 6))
    noted("done where the agent raised", [0, 1, 2, 4, 5], done)
    noted("decoded", [0, 2, 4, 5], amounts)
    await app.stop()
    await producer.stop()


with mock.broker() as address:
    asyncio.run(main(address))
END
seen "offsets are committed past events that raised or could not be decoded"
