#!/usr/bin/env bash
# confluent-kafka 2.16.1 (librdkafka) and aiokafka 0.14.0, on librdkafka's mock cluster.
# One would think: one key goes to one partition, whoever sends it; at least an empty key does.
# What happens: librdkafka takes CRC-32 by default, aiokafka murmur2 as Java does: of a hundred customers
# 80 are in another partition. An empty key is no key to librdkafka's default, which scatters it, but
# is one to its own murmur2_random and to aiokafka. With murmur2_random the two agree on all of them.
. "$(dirname "$0")/lib/finding.sh"
install aiokafka==0.14.0 confluent-kafka==2.16.1
run - <<'END'
import asyncio
import confluent_kafka
import mock
from aiokafka import AIOKafkaProducer
from noted import noted

KEYS = [f"C-{number}".encode() for number in range(100)]


async def by_aiokafka(address, keys):
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        return [(await producer.send_and_wait("rows", b"x", key=key)).partition for key in keys]


def by_librdkafka(address, keys, **settings):
    producer, found = (
        confluent_kafka.Producer(
            {"bootstrap.servers": address, "sticky.partitioning.linger.ms": 0, **settings}
        ),
        [],
    )
    for key in keys:
        producer.produce(
            "rows", b"x", key=key, on_delivery=lambda _, message: found.append(message.partition())
        )
        producer.flush(20)
    return found


with mock.broker() as address:
    ours, theirs = asyncio.run(by_aiokafka(address, KEYS)), by_librdkafka(address, KEYS)
    noted(
        "of 100 customers elsewhere",
        80,
        sum(one != other for one, other in zip(ours, theirs, strict=True)),
    )
    noted(
        "with murmur2_random all agree",
        True,
        ours == by_librdkafka(address, KEYS, partitioner="murmur2_random"),
    )
    empty = [b""] * 40
    noted(
        "partitions of the empty key, aiokafka",
        1,
        len(set(asyncio.run(by_aiokafka(address, empty)))),
    )
    noted("librdkafka, more than one", True, len(set(by_librdkafka(address, empty))) > 1)
    noted(
        "librdkafka, murmur2_random",
        1,
        len(set(by_librdkafka(address, empty, partitioner="murmur2_random"))),
    )
END
seen "two clients agree on one customer in five, and on the empty key not at all"
