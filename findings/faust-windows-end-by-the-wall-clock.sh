#!/usr/bin/env bash
# faust-streaming 0.15.3 on librdkafka's mock cluster (confluent-kafka 2.16.1), aiokafka 0.14.0.
# One would think: a tumbling window that expires after an hour is kept for an hour behind the events.
# What happens: the age of a window is reckoned by the wall clock. Of a history that is played, each
# window is closed and forgotten at the next look (table_cleanup_interval) in the midst of its events:
# the sixth event of one minute begins at 1 again, and on_window_close has been told of five.
. "$(dirname "$0")/lib/finding.sh"
install faust-streaming==0.15.3 aiokafka==0.14.0 confluent-kafka==2.16.1
run - <<'END'
import asyncio
import logging
import time
import faust
import mock
from aiokafka import AIOKafkaProducer
from noted import noted

logging.disable(logging.CRITICAL)


async def until(true):
    deadline = time.monotonic() + 40
    while not true() and time.monotonic() < deadline:
        await asyncio.sleep(0.1)


async def main(address):
    producer = AIOKafkaProducer(bootstrap_servers=address)
    await producer.start()
    for topic in ("events", "app-counts-changelog"):
        await producer.partitions_for(topic)
    app = faust.App(
        "app",
        broker=f"kafka://{address}",
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        broker_session_timeout=6,
        broker_heartbeat_interval=1.5,
        table_cleanup_interval=1.0,
        table_standby_replicas=0,
        stream_wait_empty=False,
        consumer_auto_offset_reset="earliest",
    )
    closed, counted = [], []

    async def on_close(key, count):
        closed.append(count)

    table = app.Table("counts", default=int, partitions=4, on_window_close=on_close).tumbling(
        60, expires=3600
    )

    @app.agent(
        app.topic(
            "events", key_type=bytes, key_serializer="raw", value_type=bytes, value_serializer="raw"
        )
    )
    async def count(stream):
        async for key, _ in stream.items():
            table[key.decode()] += 1
            counted.append(table[key.decode()].value())

    minute = int(time.time()) - 400 * 86400
    minute -= minute % 60

    async def send(second):
        await producer.send_and_wait(
            "events", b"x", key=b"k", partition=0, timestamp_ms=(minute + second) * 1000
        )

    for second in range(5):
        await send(second)
    await app.start()
    await until(lambda: closed)
    noted("five events of a minute, counted", [1, 2, 3, 4, 5], counted)
    noted("told when the window closed", [5], closed)
    await send(6)
    await until(lambda: len(counted) > 5)
    noted("the sixth, counted", 1, counted[-1])
    await app.stop()
    await producer.stop()


with mock.broker() as address:
    asyncio.run(main(address))
END
seen "a window of the past is closed in the midst of its events"
