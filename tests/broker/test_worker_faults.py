"""Workers under fire, on Apache Kafka: killed, frozen, joined and left; totals stay exact."""

from __future__ import annotations

import itertools
import re
import signal
import zlib
from typing import TYPE_CHECKING

import pytest
from apache_kafka import ApacheKafka
from bench import PARTITIONS, Bench, names, opened, until
from confluent_kafka import Producer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bench import Worker

pytestmark = pytest.mark.kafka


def loads(worker: Worker) -> list[str]:
    lines = [line for line in worker.text().splitlines() if "took over" in line]
    return [name for line in lines for name in names(line)]


def owned(names_: Iterable[str]) -> bool:
    return len(set(names_)) == 2 * PARTITIONS


def flushing(bench: Bench, every: float) -> None:
    worker = bench.settings.worker.model_copy(
        update={"flush_interval": every, "flush_keys": 1_000_000}
    )
    bench.settings = bench.settings.model_copy(update={"worker": worker})


def behind(worker: Worker) -> float:
    """Count what it has not taken, of what it knows of; more than that before it knows of any."""
    lag = re.findall(
        r"^groundswell_consumer_lag_events\{.*\} (\S+)$", worker.get("/metrics")[1], re.MULTILINE
    )
    return sum(map(float, lag)) if lag else 1.0


def test_killed_in_mid_load_again_and_again(kafka_bench: Bench) -> None:
    bench = kafka_bench
    for _ in range(5):
        before = bench.read()
        bench.produce(12_000)
        worker = bench.start()
        bench.reach(before + 1)
        worker.send(signal.SIGKILL)
        worker.wait()
        bench.produce(5_000)
    bench.start()
    bench.exact()


def test_killed_in_the_middle_of_a_large_flush(kafka_bench: Bench) -> None:
    bench = kafka_bench
    some = (f"a-key-of-some-length-{number}".encode() for number in itertools.count())
    ours = (key for key in some if zlib.crc32(key) % PARTITIONS == 0)
    keys = list(itertools.islice(ours, 100_000))  # of one partition: one flush has them all
    flushing(bench, every=6.0)
    bench.produce(len(keys), keys=keys)
    changelog = f"{bench.prefix}-count-changelog"
    for _ in range(3):
        worker = bench.start()
        worker.says("took over")
        # Before anything is taken: /metrics is read between two calls of a stage, so maybe only
        # when the flush that is waited for is over.
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
    before = bench.read()
    bench.produce(20_000)
    bench.reach(before + 1)
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
    before = bench.read()
    bench.produce(20_000)
    bench.reach(before + 1)
    second.send(signal.SIGKILL)
    bench.produce(5_000)
    bench.exact()


def test_a_zombie_tries_to_write_is_fenced_and_comes_back(kafka_bench: Bench) -> None:
    bench = kafka_bench
    flushing(bench, every=4.0)
    bench.produce(20_000)
    zombie = bench.start()
    bench.exact()
    bench.produce(20_000)
    until("it has taken what it has not flushed", lambda: behind(zombie) == 0)
    zombie.send(signal.SIGSTOP)
    assert bench.read() < sum(bench.expected.values())
    heir = bench.start()
    until("the heir has all", lambda: owned(loads(heir)))
    before = bench.read()
    bench.produce(20_000)
    bench.reach(before + 1)
    zombie.send(signal.SIGCONT)
    fenced = r"count\[\d\]: not ours any more \((ProducerFenced|InvalidProducerEpoch)\b"
    until("it tried to write", lambda: re.search(fenced, zombie.text()))
    bench.produce(20_000)
    bench.exact()
    # It is a member again, with partitions of its own.
    until("both work", lambda: len(loads(zombie)) > 2 * PARTITIONS)
    bench.produce(5_000)
    bench.exact()
    bench.stop(zombie)
    bench.produce(5_000)
    bench.exact()


def test_a_rightful_owner_that_was_fenced_takes_over_again(kafka_bench: Bench) -> None:
    """As a take-over leaves it that was superseded after it had fenced the owner."""
    bench = kafka_bench
    bench.produce(5_000)
    owner = bench.start()
    bench.exact()
    for stage, partition in itertools.product(("count", "total"), range(PARTITIONS)):
        name = f"{bench.prefix}-{stage}-{partition}"
        other = Producer({"bootstrap.servers": bench.bootstrap, "transactional.id": name})
        other.init_transactions(30)
    bench.produce(5_000)
    bench.exact()
    assert "not ours any more" in owner.text()
    bench.produce(5_000)
    bench.exact()
    bench.stop(owner)


def test_a_broker_that_is_away_makes_a_worker_not_ready(tmp_path: Path, java: None) -> None:
    del java
    kafka = ApacheKafka(tmp_path / "kafka")
    try:
        kafka.start()
        with opened(Bench("kafka", kafka.bootstrap, "away", tmp_path, None)) as bench:
            bench.environment["TOY_STUCK_AFTER"] = "5"
            bench.produce(1_000)
            worker = bench.start()
            bench.exact()
            until("ready", lambda: worker.get("/readyz") == (200, "ready\n"))
            kafka.stop()
            until("not ready", lambda: worker.get("/readyz")[0] == 503)
            assert worker.get("/healthz") == (200, "ok\n")
            worker.says(f"no broker answers at {kafka.bootstrap}")
            assert "no broker has answered for" in worker.get("/readyz")[1]
            kafka.start()
            until("ready again", lambda: worker.get("/readyz") == (200, "ready\n"))
            worker.says("the broker is back after")
            bench.produce(1_000)
            bench.exact()
            bench.stop(worker)
    finally:
        kafka.kill()
