"""A slow broker slows the worker, and nothing piles up in it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING

import pytest
from bench import PARTITIONS, Bench, opened
from broker import Broker
from proxy import Proxy

from streams.worker.faust_app import BUFFERED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVENTS = 100_000
LATENCY = 0.02
TOPICS = 3

HELD = TOPICS * PARTITIONS + TOPICS * (BUFFERED + 1)
"""One of each partition from a fetch, and messages for each agent besides the one it has: of two
topics for one of them, of one for the other."""


@contextlib.contextmanager
def slow(kafka: Broker) -> Iterator[Proxy]:
    """Hold back for a while whatever passes between the workers and the broker."""
    there, stop = threading.Event(), asyncio.Event()
    made: list[Proxy] = []
    loop = asyncio.new_event_loop()

    async def run() -> None:
        async with Proxy(kafka.behind, kafka.front) as proxy:
            with proxy.latency(LATENCY):
                made.append(proxy)
                there.set()
                await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    assert there.wait(120)
    try:
        yield made[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@pytest.mark.kafka
def test_a_backlog_on_a_slow_broker_is_worked_off_with_few_batches_held(tmp_path: Path) -> None:
    kafka = Broker(tmp_path / "kafka")
    held = tmp_path / "held"
    try:
        kafka.start()
        with slow(kafka) as proxy:
            bench = Bench("kafka", kafka.bootstrap, "slow", tmp_path, None)
            bench.environment["TOY_HELD"] = str(held)
            bench.settings = bench.settings.model_copy(
                update={
                    "kafka": bench.settings.kafka.model_copy(
                        update={"brokers": f"127.0.0.1:{kafka.front}", "session_timeout": 20.0}
                    ),
                    "worker": bench.settings.worker.model_copy(update={"flush_keys": 1}),
                }
            )
            with opened(bench):
                bench.produce(EVENTS)
                worker = bench.start()
                bench.exact()
                bench.stop(worker)
            assert proxy.delayed > EVENTS
    finally:
        kafka.kill()
    assert BUFFERED < int(held.read_text()) <= HELD
