"""Clients of aiokafka end in bounded time, and who is cancelled meanwhile hears of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from bench import Bench
from changelog import Partition

from streams.load.model import Event
from streams.settings import Kafka
from streams.transport.client.ending import left, let_go
from streams.transport.client.event_producer import EventProducer
from streams.transport.client.reader import follow
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.transport.client.ending.STOP_SECONDS", 0.5)


async def test_a_writer_is_stopped_though_a_flush_is_under_way_and_the_broker_gone(
    tmp_path: Path,
) -> None:
    with EmbeddedBroker({}) as broker:
        bench = Bench("embedded", broker.bootstrap, "gone", tmp_path, broker)
        partition = Partition(bench)
        writer = await partition.taken_over()
        await partition.flush(writer, 1)
    flush = asyncio.create_task(partition.flush(writer, 2))
    async with asyncio.timeout(30):
        while writer._producer._sender._coordinators:  # noqa: SLF001 - it looks for one, till then
            await asyncio.sleep(0.01)
    await asyncio.wait_for(writer.stop(), 30)
    assert not any(link.connected() for link in writer._producer.client._conns.values())  # noqa: SLF001
    flush.cancel()
    await asyncio.wait({flush})
    bench.close()


async def test_what_ended_a_load_is_reported_though_some_of_it_is_not_sent_yet() -> None:
    event = [Event(0, b"key", b"value")]

    async def load() -> None:
        with EmbeddedBroker({"complaints": 1}) as broker:
            async with EventProducer(Kafka(brokers=broker.bootstrap), "complaints") as publisher:
                await publisher.send(event)
                await publisher.flush()
                broker.stop()
                await publisher.send(event)
                raise ValueError("the next line cannot be read")

    with pytest.raises(ValueError, match="the next line"):
        await asyncio.wait_for(load(), 30)


async def cancelled_while_it_closes(
    work: Coroutine[None, None, None],
    client: type[AIOKafkaConsumer | AIOKafkaProducer],
    monkeypatch: pytest.MonkeyPatch,
) -> bool:
    """Say whether work is cancelled by being told so as it closes its client."""
    closing, stop = asyncio.Event(), client.stop

    async def watched(own: AIOKafkaConsumer) -> None:
        closing.set()
        await stop(own)

    monkeypatch.setattr(client, "stop", watched)
    task = asyncio.create_task(work)
    async with asyncio.timeout(30):
        await closing.wait()
        task.cancel()
        await asyncio.wait({task})
        if left := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(left)  # it closes all the same
    return task.cancelled()


async def test_who_is_cancelled_as_its_reader_closes_goes_no_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def read() -> None:
        async for _ in follow(kafka, "complaints", from_beginning=True, to_end=True):
            pass

    with EmbeddedBroker({"complaints": 1}) as broker:
        kafka = Kafka(brokers=broker.bootstrap)
        assert await cancelled_while_it_closes(read(), AIOKafkaConsumer, monkeypatch)


async def test_who_is_cancelled_as_it_lets_a_producer_go_goes_no_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def write() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap)
        await producer.start()
        await let_go(producer)

    async def deaf(producer: AIOKafkaProducer) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await stop(producer)

    stop = AIOKafkaProducer.stop
    monkeypatch.setattr(AIOKafkaProducer, "stop", deaf)
    with EmbeddedBroker({}) as broker:
        assert await cancelled_while_it_closes(write(), AIOKafkaProducer, monkeypatch)


async def test_a_consumer_leaves_a_group_that_has_not_let_it_in() -> None:
    with EmbeddedBroker({"complaints": 1}) as broker:
        consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, group_id="slow")
        await consumer.start()
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            consumer.subscribe(["complaints"])
            await asyncio.sleep(0)  # it asks to be let in
            async with asyncio.timeout(20):  # a request is waited for for 40 s
                await left(consumer)
        finally:
            os.kill(broker.pid, signal.SIGCONT)
