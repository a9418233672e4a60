#!/usr/bin/env bash
# faust-streaming 0.15.3 on Apache Kafka 4.1.2, aiokafka 0.14.0.
# One would think: Faust gives partition 1 of all topics of a stream to one worker; its assignor is
# there for that.
# What happens: its assignor is used only if the app has a table. Without one it deals partitions out
# in turn over all topics: of two workers on two topics of three partitions each gets every partition
# number once, of one topic or the other. A join, or state of one's own by partition, has half of it.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install faust-streaming==0.15.3 aiokafka==0.14.0
start_kafka
run - "$bootstrap" <<'END'
import asyncio
import logging
import sys
import time
import faust
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from noted import noted

logging.disable(logging.CRITICAL)
TOPICS = ("orders", "returns")


def make(address, name, number):
    app = faust.App(
        name,
        broker=f"kafka://{address}",
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        table_standby_replicas=0,
        stream_wait_empty=False,
        canonical_url=f"http://worker{number}",
    )
    if name == "table":
        app.Table("counts", default=int, partitions=3)

    @app.agent(app.topic(*TOPICS, value_type=bytes, value_serializer="raw"))
    async def read(stream):
        async for _ in stream:
            pass

    return app


def given(app):
    return sorted(
        (tp.topic, tp.partition) for tp in app.consumer.assignment() or () if tp.topic in TOPICS
    )


async def assign(address, name):
    """Give for each of two workers its partitions of the one topic and of the other."""
    apps = [make(address, name, number) for number in range(2)]
    for app in apps:
        await app.start()
    deadline, found = time.monotonic() + 40, [()]
    while time.monotonic() < deadline and not (all(found) and sum(map(len, found)) == 6):
        await asyncio.sleep(0.2)
        found = [given(app) for app in apps]
    for app in apps:
        await app.stop()
    return sorted(
        [[number for topic, number in own if topic == name] for name in TOPICS] for own in found
    )


async def main(address):
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics(
        [NewTopic(name, 3, 1) for name in (*TOPICS, "table-counts-changelog")]
    )
    await admin.close()
    noted(
        "without a table, by worker", [[[0, 2], [1]], [[1], [0, 2]]], await assign(address, "none")
    )
    together = await assign(address, "table")
    noted(
        f"with one, each worker has the same of both: {together}",
        True,
        all(one == other for one, other in together),
    )


asyncio.run(main(sys.argv[1]))
END
seen "without a table, one worker has orders 1 and the other returns 1"
