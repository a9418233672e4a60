"""A stage that computes for very long holds nobody up but itself."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bench import Bench


@pytest.mark.kafka
def test_a_worker_whose_stage_never_ends_answers_keeps_its_group_and_stops(
    kafka_bench: Bench,
) -> None:
    bench = kafka_bench
    bench.produce(1_000)
    worker = bench.start()
    bench.exact()
    bench.produce(1, b"hang")
    worker.says("hanging")
    assert worker.get("/healthz") == (200, "ok\n")
    other = bench.start()  # the group settles: the one that hangs has sent its heartbeats
    other.says("http://")
    assert worker.get("/healthz") == (200, "ok\n")
    worker.send(signal.SIGTERM)
    # In order, or by the deadline that the signal has set: a hang is nothing to wait for.
    assert worker.wait() in {0, 1}, worker.text()[-3000:]
    assert "not flushed within" in worker.text()
