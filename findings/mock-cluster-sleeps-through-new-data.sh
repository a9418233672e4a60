#!/usr/bin/env bash
# librdkafka's mock cluster (confluent-kafka 2.16.1), client aiokafka 0.14.0.
# One would think: a fetch that waits is answered when data comes (fetch.min.bytes is 1), so that the
# wait only bounds how often an idle client asks.
# What happens: the fetch that has begun is held for the whole of its wait. A message that comes in
# the middle is read at its end: with a wait of 3 s up to 3 s later.
. "$(dirname "$0")/lib/finding.sh"
install aiokafka==0.14.0 confluent-kafka==2.16.1
run - <<'END'
import asyncio
import time
import mock
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from noted import noted

PART = TopicPartition("rows", 0)


async def later(address, wait):
    """Tell how long a message took that came half a second into a fetch."""
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        await producer.send_and_wait("rows", b"to begin with", partition=0)
        reader = AIOKafkaConsumer(bootstrap_servers=address, fetch_max_wait_ms=int(wait * 1000))
        await reader.start()
        reader.assign([PART])
        await reader.seek_to_beginning(PART)
        while (await reader.getone()).offset + 1 < (await reader.end_offsets([PART]))[PART]:
            pass
        asking = asyncio.create_task(reader.getone())
        await asyncio.sleep(0.5)
        await producer.send_and_wait("rows", b"news", partition=0)
        sent = time.monotonic()
        await asking
        took = time.monotonic() - sent
        await reader.stop()
        return took


with mock.broker() as address:
    for wait in (3.0, 6.0):
        took = asyncio.run(later(address, wait))
        print(f"  a wait of {wait:.0f} s: read {took:.1f} s after it was sent")
        noted("not before the wait was over", True, took > wait - 1.0)
END
seen "a message waits for the end of the fetch that was there before it"
