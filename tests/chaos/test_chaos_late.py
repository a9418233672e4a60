"""A commit that arrives late, at Apache Kafka: what it does to a producer with no guard against it.

This is not about Groundswell: it shows that the test bed brings about what it says it does.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from apache_kafka import missing
from broker import Broker
from late import Gate
from proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.kafka

TOPIC = "some-changelog"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    if reason := missing():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Apache Kafka on CI: {reason}")
        pytest.skip(f"no Apache Kafka: {reason}")
    broker = Broker(tmp_path_factory.mktemp("kafka"))
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


@contextlib.asynccontextmanager
async def made(broker: Broker) -> AsyncIterator[None]:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(TOPIC, 1, 1)])
        yield
        await admin.delete_topics([TOPIC])
    finally:
        await admin.close()


async def committed(broker: Broker) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker.bootstrap, isolation_level="read_committed"
    )
    await consumer.start()
    try:
        partition = TopicPartition(TOPIC, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        [end] = (await consumer.end_offsets([partition])).values()
        values: list[bytes] = []
        while await consumer.position(partition) < end:
            got = await consumer.getmany(timeout_ms=200)
            values += [record.value for records in got.values() for record in records]
        return values
    finally:
        await consumer.stop()


async def write(producer: AIOKafkaProducer, *values: bytes) -> None:
    """Write these in one transaction, each in a batch of its own."""
    await producer.begin_transaction()
    for value in values:
        await producer.send_and_wait(TOPIC, value, partition=0)
    await producer.commit_transaction()


@pytest.mark.parametrize("lost", [True, False], ids=["connection lost", "no answer"])
async def test_half_of_the_next_transaction_is_committed(broker: Broker, *, lost: bool) -> None:
    gate = Gate()
    async with Proxy(broker.behind, broker.front, gate), made(broker):
        producer = AIOKafkaProducer(
            bootstrap_servers=f"127.0.0.1:{broker.front}",
            transactional_id=f"some-{lost}",
            request_timeout_ms=2_000,
        )
        await producer.start()
        try:
            with gate.hold(lost=lost) as hold:
                await write(producer, b"a", b"b")
                with pytest.raises(KafkaError):
                    await write(producer, b"c", b"d")
                await asyncio.wait_for(hold.over.wait(), 10)
        finally:
            await producer.stop()
        assert hold.outcome is not None
        assert (hold.outcome.taken, hold.outcome.moved) == (True, False)
        assert hold.outcome.epoch == hold.outcome.next_epoch
        assert await committed(broker) == [b"a", b"b", b"c"]
