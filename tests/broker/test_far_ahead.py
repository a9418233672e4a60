"""Partitions far ahead of the slowest in event time wait: for as long as needed, and no longer."""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING

import pytest
from bench import KEYS, PARTITIONS, until

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Bench

LEAD = 3_600
TICKS, LEAST = 3.5, 4
"""Seconds of several rounds of clock work; and rounds of the test."""
FAR = b"at:%d" % (10 * LEAD)
SLOW = zlib.crc32(KEYS[0]) % PARTITIONS
THERE = [key for key in KEYS if zlib.crc32(key) % PARTITIONS == SLOW]
ELSEWHERE = [key for key in KEYS if key not in THERE]
ONE_EACH = {zlib.crc32(key) % PARTITIONS: key for key in ELSEWHERE}
LEFT, RIGHT = (0,), (1,)


@pytest.fixture(autouse=True)
def cause(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What repairs the toy's bugs once it is there."""
    bench.environment["GROUNDSWELL_TABLES__LEAD"] = str(LEAD)
    monkeypatch.setenv("TOY_REPAIRED", str(tmp_path / "repaired"))
    return tmp_path / "repaired"


def test_what_runs_ahead_of_a_long_backlog_waits_until_that_is_read(bench: Bench) -> None:
    bench.produce(40_000, b"at:1", THERE)
    bench.produce(40_000, FAR, ELSEWHERE)
    worker = bench.start()
    bench.exact()
    assert "waits: it is too far ahead" in worker.text()
    until("it is reported", lambda: "groundswell_consumer_held{" in worker.get("/metrics")[1])
    until("all let go", lambda: not held(worker.get("/metrics")[1]))


def test_what_is_far_ahead_of_a_partition_that_stopped_waits_for_its_repair(
    bench: Bench, cause: Path
) -> None:
    bench.produce(1_000, b"at:1")
    worker = bench.start()
    bench.exact()
    bench.produce(1, b"boom")
    worker.says("stopped on a bug: count")
    bench.produce(3_000, b"at:%d" % LEAD, ELSEWHERE)
    bench.exact()  # no farther ahead than is allowed
    bench.produce(PARTITIONS - 1, FAR, list(ONE_EACH.values()), LEFT)
    until("held", lambda: len(held(worker.get("/metrics")[1])) == PARTITIONS - 1)
    bench.exact()  # that much was taken
    waiting, rounds, over = 0, 0, time.monotonic() + TICKS
    while rounds < LEAST or time.monotonic() < over:
        known = sum(bench.totals.values())
        if rounds > 1:  # by now the consumer's thread knows
            bench.produce(100, FAR, ELSEWHERE, LEFT)
            waiting += 100
        bench.produce(300, b"event", ELSEWHERE, RIGHT)  # of no time: it goes on
        bench.reach(known + 300)
        rounds += 1
    assert sum(bench.totals.values()) == sum(bench.expected.values()) - waiting
    assert "stopped on a bug" in worker.get("/readyz")[1]
    bench.stop(worker)
    cause.touch()
    bench.start()
    bench.exact()


def held(metrics: str) -> list[str]:
    lines = metrics.splitlines()
    return [x for x in lines if x.startswith("groundswell_consumer_held{") and x.endswith(" 1.0")]
