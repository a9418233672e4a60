#!/usr/bin/env bash
# Apache Kafka 4.1.2, confluent-kafka 2.16.1 as member, aiokafka 0.14.0 as onlooker.
# One would think: a group that a consumer is reading in, and that the broker lists, can be described.
# What happens: a group of the new protocol (group.protocol=consumer, KIP-848) is told to a client
# that asks in the old way as Dead, without members and without an error: exactly what a group gets
# that never was. Only the list of groups has it; confluent-kafka itself describes it as stable.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install aiokafka==0.14.0 confluent-kafka==2.16.1
start_kafka
run - "$bootstrap" <<'END'
import asyncio
import sys
import confluent_kafka
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import GroupCoordinatorNotAvailableError
from confluent_kafka.admin import AdminClient
from noted import noted


async def make(address):
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic("rows", 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        await producer.send_and_wait("rows", b"x", partition=0)


async def look(address):
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    names = sorted(name for name, _ in await admin.list_consumer_groups())
    noted("groups listed", ["new", "old"], names)
    told = {}
    for name in ("old", "new", "never was"):
        (answer,) = await admin.describe_consumer_groups([name], await admin.find_coordinator(name))
        error, _, state, _, _, members, *_ = answer.groups[0]
        told[name] = (error, state, len(members))
    noted("aiokafka of the old one", (0, "Stable", 1), told["old"])
    noted("aiokafka of the new one", (0, "Dead", 0), told["new"])
    noted("aiokafka of one that never was", told["new"], told["never was"])
    await admin.close()


address = sys.argv[1]
asyncio.run(make(address))
readers = []
for name, protocol in (("old", "classic"), ("new", "consumer")):
    reader = confluent_kafka.Consumer(
        {
            "bootstrap.servers": address,
            "group.id": name,
            "group.protocol": protocol,
            "auto.offset.reset": "earliest",
        }
    )
    reader.subscribe(["rows"])
    noted(f"the {name} one reads", b"x", reader.poll(30).value())
    readers.append(reader)
asyncio.run(look(address))
admin = AdminClient({"bootstrap.servers": address})
found = admin.describe_consumer_groups(["new"])["new"].result(20)
noted("confluent-kafka of the new one", ("STABLE", 1), (found.state.name, len(found.members)))
for reader in readers:
    reader.close()
END
seen "a group that reads is Dead to a client that asks in the old way"
