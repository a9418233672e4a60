"""An event that makes our own code raise stops its partition, and no other."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

import pytest
from bench import KEYS, PARTITIONS, until
from toy import BUGS

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Bench, Worker

POISONED = zlib.crc32(KEYS[0]) % PARTITIONS
"""The partition of what `Bench.produce(1)` sends; librdkafka places keys as toy.py does."""

THERE = [key for key in KEYS if zlib.crc32(key) % PARTITIONS == POISONED]
STOPPED = f"stopped on a bug: count[{POISONED}], "


def stops(worker: Worker) -> int:
    return worker.text().count(STOPPED)


def others_are_exact(bench: Bench) -> None:
    """Wait for all that does not come from the poisoned partition; what does stays as it is."""
    before = {key: bench.totals[key] for key in THERE}
    wanted = {key: before.get(key, total) for key, total in bench.expected.items()}
    until("exact totals elsewhere", lambda: bench.read() >= sum(wanted.values()))
    assert bench.totals == wanted


@pytest.fixture(autouse=True)
def cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What repairs the toy's bugs once it is there."""
    monkeypatch.setenv("TOY_REPAIRED", str(tmp_path / "repaired"))
    return tmp_path / "repaired"


@pytest.mark.parametrize(
    ("bench", "bug"),
    [  # each bug, and one of them on either broker
        pytest.param("kafka", BUGS[0], marks=pytest.mark.kafka),
        ("embedded", BUGS[0]),
        ("embedded", BUGS[1]),
        pytest.param("kafka", BUGS[2], marks=pytest.mark.kafka),
    ],
    indirect=["bench"],
)
def test_a_stage_that_raises_stops_its_partition_alone(
    bench: Bench, bug: bytes, cause: Path
) -> None:
    bench.produce(1_000)
    worker = bench.start()
    bench.exact()
    bench.produce(1, bug)
    worker.says(STOPPED)
    for _ in range(3):
        bench.produce(3_000)
        others_are_exact(bench)
    assert stops(worker) == 1
    bench.stop(worker)  # in order, with status 0
    assert f"leaving with a partition stopped on a bug: count[{POISONED}], " in worker.text()
    cause.touch()
    bench.start()
    bench.exact()


def test_what_came_before_it_in_its_batch_is_not_counted_twice(bench: Bench, cause: Path) -> None:
    bench.produce(3_000)
    bench.produce(1, b"boom")
    bench.produce(3_000)
    worker = bench.start()
    worker.says(STOPPED)
    elsewhere = {key: total for key, total in bench.expected.items() if key not in THERE}
    until("exact elsewhere", lambda: bench.read() and elsewhere.items() <= bench.totals.items())
    bench.stop(worker)
    cause.touch()
    bench.start()
    bench.exact()


def test_it_is_reported_where_and_why(embedded_bench: Bench) -> None:
    bench = embedded_bench
    bench.produce(1_000)
    worker = bench.start()
    bench.exact()
    until("ready", lambda: worker.get("/readyz") == (200, "ready\n"))
    gauge = 'groundswell_partition_stopped{{partition="{}",stage="{}"}} {:.1f}'.format
    assert gauge(POISONED, "count", 0) in worker.get("/metrics")[1]
    bench.produce(1, b"boom")
    worker.says(STOPPED)
    logged = re.search(
        r"stopped on a bug: (count\[\d\], \S+ offsets \d+ to \d+: .*boom.*?\))", worker.text()
    )
    assert logged, worker.text()
    assert "Traceback" in worker.text()
    assert worker.get("/healthz") == (200, "ok\n")
    assert worker.get("/readyz") == (503, f"stopped on a bug: {logged[1]}\n")
    metrics = worker.get("/metrics")[1]
    assert gauge(POISONED, "count", 1) in metrics
    assert gauge(POISONED, "total", 0) in metrics
    assert 'groundswell_stage_partitions{stage="count"} 3.0' in metrics


def test_a_state_that_cannot_be_restored_stops_its_partition(bench: Bench) -> None:
    bench.produce(1_000)
    worker = bench.start()
    bench.exact()
    bench.stop(worker)
    bench.environment["TOY_UNREADABLE"] = str(POISONED)
    worker = bench.start()
    worker.says(STOPPED + "restoring flush ")
    bench.produce(3_000)
    others_are_exact(bench)
    bench.stop(worker)
    del bench.environment["TOY_UNREADABLE"]
    bench.start()
    bench.exact()


@pytest.mark.kafka
def test_a_rebalance_tries_again_once(kafka_bench: Bench) -> None:
    bench = kafka_bench
    bench.produce(1_000)
    first = bench.start()
    bench.exact()
    bench.produce(1, b"boom")
    first.says(STOPPED)
    second = bench.start()
    until("tried again", lambda: stops(first) + stops(second) == 2)
    for _ in range(3):
        # Behind it: of the other topic the next owner may count some before it meets the bug.
        bench.produce(3_000, sides=(1,))
        others_are_exact(bench)
    assert stops(first) + stops(second) == 2
    bench.stop(first)
    until("tried again", lambda: stops(second) >= 1)
    others_are_exact(bench)
    bench.stop(second)


@pytest.mark.kafka
def test_what_was_passing_heals_with_the_next_rebalance(kafka_bench: Bench, cause: Path) -> None:
    bench = kafka_bench
    bench.produce(1_000)
    first = bench.start()
    bench.exact()
    bench.produce(1, b"boom")
    bench.produce(3_000)
    first.says(STOPPED)
    cause.touch()
    second = bench.start()
    bench.exact()
    for worker in (first, second):
        until("ready", lambda: worker.get("/readyz") == (200, "ready\n"))  # noqa: B023
        assert not re.search(
            r"^groundswell_partition_stopped\{.*\} 1", worker.get("/metrics")[1], re.MULTILINE
        )
    assert stops(first) == 1
    assert stops(second) == 0
