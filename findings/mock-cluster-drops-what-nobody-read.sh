#!/usr/bin/env bash
# librdkafka's mock cluster (confluent-kafka 2.16.1), client aiokafka 0.14.0.
# One would think: a broker in memory keeps what it acknowledged, or refuses when it is full.
# What happens: it keeps 5 MiB of a partition, as stored. Of a hundred messages of 100,000 bytes, each
# acknowledged, 52 are left; a reader that starts from "earliest" begins in the middle without a word
# (with auto_offset_reset="none" and an offset of its own it is told).
. "$(dirname "$0")/lib/finding.sh"
install aiokafka==0.14.0 confluent-kafka==2.16.1
run - <<'END'
import asyncio
import os
import mock
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError
from noted import noted

PART = TopicPartition("rows", 0)


async def read(address, reset):
    reader = AIOKafkaConsumer(bootstrap_servers=address, auto_offset_reset=reset)
    await reader.start()
    reader.assign([PART])
    reader.seek(PART, 10)
    try:
        return (await asyncio.wait_for(reader.getone(), 20)).offset
    except OffsetOutOfRangeError:
        return "OffsetOutOfRangeError"
    finally:
        await reader.stop()


async def main(address):
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        sent = [
            await producer.send_and_wait("rows", os.urandom(100_000), partition=0)
            for _ in range(100)
        ]
    noted("acknowledged", list(range(100)), [each.offset for each in sent])
    noted("reading from offset 10, earliest", 48, await read(address, "earliest"))
    noted("reading from offset 10, none", "OffsetOutOfRangeError", await read(address, "none"))


with mock.broker() as address:
    asyncio.run(main(address))
END
seen "of 100 messages acknowledged, 52 are left"
