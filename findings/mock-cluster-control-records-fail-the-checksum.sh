#!/usr/bin/env bash
# aiokafka 0.14.0 on librdkafka's mock cluster (confluent-kafka 2.16.1).
# One would think: what one of these clients can read on a broker, the other can read.
# What happens: the mock cluster writes the control record at the end of a transaction without a
# checksum. aiokafka verifies checksums by default and stops there with CorruptRecordException,
# whatever the isolation level; librdkafka does not verify by default and reads on. (With
# check_crcs=False aiokafka reads on, with check.crcs=true librdkafka does not.)
. "$(dirname "$0")/lib/finding.sh"
install aiokafka==0.14.0 confluent-kafka==2.16.1
run - <<'END'
import asyncio
import confluent_kafka
import mock
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import CorruptRecordException
from noted import noted

PART = TopicPartition("rows", 0)


async def write(address):
    async with AIOKafkaProducer(bootstrap_servers=address, transactional_id="owner") as producer:
        for value in (b"first", b"second"):
            async with producer.transaction():
                await producer.send_and_wait("rows", value, partition=0)


async def read(address, **settings):
    reader = AIOKafkaConsumer(bootstrap_servers=address, **settings)
    await reader.start()
    reader.assign([PART])
    reader.seek(PART, 0)
    found = []
    try:
        while len(found) < 2:
            found.append((await asyncio.wait_for(reader.getone(), 20)).value.decode())
    except CorruptRecordException as error:
        found.append(type(error).__name__)
    finally:
        await reader.stop()
    return found


def read_too(address, **settings):
    reader = confluent_kafka.Consumer({"bootstrap.servers": address, "group.id": "any", **settings})
    reader.assign([confluent_kafka.TopicPartition("rows", 0, 0)])
    found = []
    while len(found) < 2 and (message := reader.poll(20)) is not None:
        found.append(message.error().name() if message.error() else message.value().decode())
    reader.close()
    return found


with mock.broker() as address:
    asyncio.run(write(address))
    for level in ("read_committed", "read_uncommitted"):
        found = asyncio.run(read(address, isolation_level=level))
        noted(f"aiokafka, {level}", ["first", "CorruptRecordException"], found)
    noted(
        "aiokafka, check_crcs=False",
        ["first", "second"],
        asyncio.run(read(address, check_crcs=False)),
    )
    noted("librdkafka", ["first", "second"], read_too(address))
    found = read_too(address, **{"check.crcs": True})
    noted("librdkafka, check.crcs=true", ["first", "_BAD_MSG"], found)
END
seen "aiokafka stops at the first control record, librdkafka reads on"
