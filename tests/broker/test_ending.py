"""A producer is let go of in bounded time, though its broker is gone with work under way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bench import Bench
from changelog import Partition

from streams.load.model import Event
from streams.settings import Kafka
from streams.transport.client.event_producer import EventProducer
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
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
