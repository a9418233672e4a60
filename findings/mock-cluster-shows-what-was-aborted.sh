#!/usr/bin/env bash
# librdkafka's mock cluster (confluent-kafka 2.16.1), clients aiokafka 0.14.0 and librdkafka itself:
# transactions are answered, and do nothing.
# One would think: a broker that answers InitProducerId, EndTxn and the rest keeps to them.
# What happens: a reader with read_committed sees rows of an aborted and of an open transaction; a
# second producer with the same transactional id gets a producer id of its own instead of the next
# epoch, so the first one is not fenced and goes on to commit.
. "$(dirname "$0")/lib/finding.sh"
install aiokafka==0.14.0 confluent-kafka==2.16.1
run - <<'END'
import asyncio
import confluent_kafka
import mock
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from noted import noted

PART = TopicPartition("rows", 0)


async def write(address):
    one = AIOKafkaProducer(bootstrap_servers=address, transactional_id="owner")
    two = AIOKafkaProducer(bootstrap_servers=address, transactional_id="owner")
    await one.start()
    await one.begin_transaction()
    await one.send_and_wait("rows", b"aborted", partition=0)
    await one.abort_transaction()
    await one.begin_transaction()
    await one.send_and_wait("rows", b"open", partition=0)
    await two.start()
    managers = [each._txn_manager for each in (one, two)]
    noted(
        "the second producer has the id of the first",
        False,
        managers[0].producer_id == managers[1].producer_id,
    )
    noted("its epoch", 0, managers[1].producer_epoch)
    await one.send_and_wait("rows", b"zombie", partition=0)
    await one.commit_transaction()
    await two.stop()
    await one.stop()


async def read(address):
    reader = AIOKafkaConsumer(
        bootstrap_servers=address, isolation_level="read_committed", check_crcs=False
    )
    await reader.start()
    reader.assign([PART])
    reader.seek(PART, 0)
    found = []
    while len(found) < 3:
        found.append((await asyncio.wait_for(reader.getone(), 20)).value)
    await reader.stop()
    return found


def read_too(address):
    reader = confluent_kafka.Consumer(
        {"bootstrap.servers": address, "group.id": "any", "isolation.level": "read_committed"}
    )
    reader.assign([confluent_kafka.TopicPartition("rows", 0, 0)])
    found = [reader.poll(20).value() for _ in range(3)]
    reader.close()
    return found


with mock.broker() as address:
    asyncio.run(write(address))
    noted("aiokafka, read_committed", [b"aborted", b"open", b"zombie"], asyncio.run(read(address)))
    noted("librdkafka, read_committed", [b"aborted", b"open", b"zombie"], read_too(address))
END
seen "read_committed shows what was aborted, and a zombie commits"
