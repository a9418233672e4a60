"""Workers under fire, on Apache Kafka: killed, frozen, joined and left; totals stay exact."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from bench import PARTITIONS, Bench, names, until

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench import Worker

pytestmark = pytest.mark.kafka


def loads(worker: Worker) -> list[str]:
    lines = [line for line in worker.text().splitlines() if "took over" in line]
    return [name for line in lines for name in names(line)]


def owned(names_: Iterable[str]) -> bool:
    return len(set(names_)) == 2 * PARTITIONS


def test_killed_in_mid_load_again_and_again(kafka_bench: Bench) -> None:
    bench = kafka_bench
    bench.produce(60_000)
    for _ in range(5):
        worker = bench.start()
        bench.reach(bench.read() + 1)
        worker.send(signal.SIGKILL)
        worker.wait()
        bench.produce(5_000)
    bench.start()
    bench.exact()


def test_killed_in_the_middle_of_a_large_flush(kafka_bench: Bench) -> None:
    bench = kafka_bench
    keys = [f"a-key-of-some-length-{number}".encode() for number in range(100_000)]
    bench.settings = bench.settings.model_copy(
        update={"worker": bench.settings.worker.model_copy(update={"flush_keys": 1_000_000})}
    )
    bench.produce(len(keys), keys=keys)
    changelog = f"{bench.prefix}-count-changelog"
    for _ in range(3):
        worker = bench.start()
        worker.says("took over")
        before = bench.written(changelog)
        until("a flush has begun", lambda: bench.written(changelog) > before)  # noqa: B023
        worker.send(signal.SIGKILL)
        worker.wait()
        bench.produce(len(keys), keys=keys)
    bench.start()
    bench.exact()


def test_a_worker_joins_and_leaves(kafka_bench: Bench) -> None:
    bench = kafka_bench
    bench.produce(20_000)
    first = bench.start()
    bench.reach(1)
    second = bench.start()
    second.says("took over")
    bench.produce(20_000)
    bench.reach(bench.read() + 1)
    taken = loads(second)
    assert 0 < len(taken) < 2 * PARTITIONS
    # What stayed with the first was not loaded again.
    assert sorted(loads(first)) == sorted(set(loads(first)))
    bench.stop(second)
    bench.produce(20_000)
    bench.exact()
    assert set(loads(first)[2 * PARTITIONS :]) == set(taken)


def test_a_worker_dies_beside_another(kafka_bench: Bench) -> None:
    bench = kafka_bench
    bench.produce(20_000)
    first, second = bench.start(), bench.start()
    until("both work", lambda: loads(first) and loads(second))
    bench.produce(20_000)
    bench.reach(bench.read() + 1)
    second.send(signal.SIGKILL)
    bench.produce(5_000)
    bench.exact()


def test_a_zombie_is_fenced_and_comes_back(kafka_bench: Bench) -> None:
    bench = kafka_bench
    bench.produce(20_000)
    zombie = bench.start()
    bench.reach(1)
    zombie.send(signal.SIGSTOP)
    heir = bench.start()
    until("the heir has all", lambda: owned(loads(heir)))
    bench.produce(20_000)
    bench.reach(bench.read() + 1)
    zombie.send(signal.SIGCONT)
    bench.produce(20_000)
    bench.exact()
    # It is a member again, with partitions of its own.
    until("both work", lambda: len(loads(zombie)) > 2 * PARTITIONS)
    bench.produce(5_000)
    bench.exact()
    bench.stop(zombie)
    bench.produce(5_000)
    bench.exact()
