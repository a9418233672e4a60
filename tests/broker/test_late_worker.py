"""A worker whose commit requests are held on their way, and arrive in the middle of what follows.

HELD says how many, one after the other: 1 if it is not set. `make late HELD=20` prints each.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from typing import TYPE_CHECKING

import pytest
from bench import KEYS, SECONDS, Bench, Worker, opened
from broker import Cluster
from network import Network

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from late import Outcome

    Working = AsyncIterator[tuple[Bench, Worker]]

pytestmark = pytest.mark.kafka

HELD = int(os.environ.get("HELD", "1"))
STAGES = ("count", "total")
UNANSWERED = 5
"""Of so many, one is not answered until aiokafka gives it up; the others lose their connection."""
LONG = [key + b"." * 40_000 for key in KEYS]
"""Their rows fill some batches a flush: there is a middle to it."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("kafka"))
    try:
        made.start()
        yield made
    finally:
        made.kill()


async def delivered(bench: Bench, network: Network, number: int) -> tuple[Outcome, int]:
    """Hold a commit of a stage until one arrives in its next transaction; gives how many it took.

    One arrives at a bad moment for it if its flush was the last for a while.
    """
    stage = STAGES[number % len(STAGES)]
    for tries in range(1, 11):
        with network.gate.hold(
            lambda name: f"-{stage}-" in name, lost=number % UNANSWERED != UNANSWERED - 1
        ) as hold:
            async with asyncio.timeout(2 * SECONDS):
                while not hold.over.is_set():
                    await asyncio.to_thread(bench.produce, len(LONG), keys=LONG)
                    await asyncio.to_thread(bench.read)
        if hold.outcome is not None and hold.outcome.bites:
            return hold.outcome, tries
    raise AssertionError(f"none arrived in the middle of anything: {hold.why}")


def guards(worker: Worker) -> dict[str, int]:
    """Sum up what the worker counts, by outcome; zeros are left out."""
    logged = re.findall(
        r'^groundswell_late_commit_guards_total\{outcome="(\w+)",.*\} (\S+)$',
        worker.get("/metrics")[1],
        re.MULTILINE,
    )
    counts: dict[str, int] = {}
    for outcome, count in logged:
        counts[outcome] = counts.get(outcome, 0) + int(float(count))
    return {outcome: count for outcome, count in counts.items() if count}


@pytest.fixture
async def network(cluster: Cluster) -> AsyncIterator[Network]:
    """What is between the worker and the cluster."""
    ways = [(broker.behind, broker.front) for broker in cluster.brokers]
    async with Network(ways) as made:
        yield made


@contextlib.asynccontextmanager
async def working(cluster: Cluster, prefix: str, home: Path, **environment: str) -> Working:
    """Start a worker behind the network, and let it count something."""
    with opened(Bench("kafka", cluster.bootstrap, prefix, home, None)) as bench:
        bench.environment["GROUNDSWELL_KAFKA__BROKERS"] = cluster.fronts
        bench.environment.update(environment)
        worker = bench.start()
        await asyncio.to_thread(bench.produce, len(LONG), keys=LONG)
        await asyncio.to_thread(bench.exact)
        assert guards(worker) == {}
        yield bench, worker
        await asyncio.to_thread(bench.stop, worker)


async def test_totals_are_exact_and_each_is_counted(
    cluster: Cluster, network: Network, tmp_path: Path
) -> None:
    async with working(cluster, "late", tmp_path) as (bench, worker):
        held = 0
        for number in range(HELD):
            outcome, tries = await delivered(bench, network, number)
            held += tries
            await asyncio.to_thread(bench.exact)
            counted = await asyncio.to_thread(guards, worker)
            print(f"{number + 1}: {outcome}; exact, counted {counted}")  # noqa: T201
            assert outcome.refused
            assert counted == {"taken": held}
        assert "not ours any more" not in worker.text()


async def test_at_a_broker_that_gives_no_epochs_the_partition_is_taken_over_anew(
    cluster: Cluster, network: Network, tmp_path: Path
) -> None:
    async with working(cluster, "older", tmp_path, TOY_OLD_BROKER="1") as (bench, worker):
        with network.gate.hold(lambda name: "-count-" in name) as hold:
            async with asyncio.timeout(SECONDS):
                while not hold.over.is_set():
                    await asyncio.to_thread(bench.produce, len(LONG), keys=LONG)
        assert hold.why == "another producer began"
        await asyncio.to_thread(bench.exact)
        assert re.search(
            r"count\[\d\]: not ours any more \(.*this broker has none.*; dropping its state",
            worker.text(),
        )
        assert await asyncio.to_thread(guards, worker) == {"unsupported": 1}
