"""Several workers under one command, one of them killed: exact, on Apache Kafka."""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING

import pytest
from bench import PARTITIONS, SECONDS, until

if TYPE_CHECKING:
    from bench import Bench, Worker

pytestmark = pytest.mark.kafka


def pids(parent: Worker) -> list[int]:
    """Give the pids of its processes, in the order in which they were started."""
    return [
        int(pid) for pid in re.findall(r"process \d is pid (\d+)$", parent.text(), re.MULTILINE)
    ]


def test_two_processes_share_the_partitions_and_one_that_is_killed_comes_back(
    kafka_bench: Bench,
) -> None:
    bench = kafka_bench
    bench.environment["TOY_PROCESSES"] = "2"
    # One that is killed is known again by its name, however long its session would last.
    bench.environment["GROUNDSWELL_KAFKA__SESSION_TIMEOUT"] = str(2 * SECONDS)
    bench.produce(20_000)
    parent = bench.start()
    bench.reach(1)
    first, second = pids(parent)
    os.kill(first, signal.SIGKILL)
    bench.produce(10_000)
    bench.exact()
    until("ready", lambda: parent.get("/readyz") == (200, "ready\n"))
    assert len(pids(parent)) == 3
    said = parent.text()
    assert "process 1 was killed by signal 9 (out of memory?)" in said
    assert "[1] streams.transport.state.restore: took over" in said
    assert "[2] streams.transport.state.restore: took over" in said
    _, shown = parent.get("/metrics")
    assert f'groundswell_stage_partitions{{stage="total"}} {PARTITIONS}.0' in shown
    assert 'groundswell_process_starts_total{process="1"} 2.0' in shown
    assert 'process_resident_memory_bytes{process="2"}' in shown
    bench.stop(parent)
    for pid in (*pids(parent), second):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
