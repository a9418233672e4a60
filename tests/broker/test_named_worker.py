"""Workers with names in their group, on Apache Kafka: one that was killed is known again."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from bench import SECONDS

if TYPE_CHECKING:
    from bench import Bench

pytestmark = pytest.mark.kafka


def test_one_that_was_killed_goes_on_under_its_name_and_nobody_else_does(
    kafka_bench: Bench,
) -> None:
    bench = kafka_bench
    # Longer than anything is waited for here: that a session times out helps nobody.
    bench.environment["GROUNDSWELL_KAFKA__SESSION_TIMEOUT"] = str(2 * SECONDS)
    bench.environment["GROUNDSWELL_WORKER__INSTANCE"] = "one"
    bench.produce(10_000)
    first = bench.start()
    bench.reach(1)
    first.send(signal.SIGKILL)
    first.wait()
    bench.produce(10_000)
    again = bench.start()
    bench.exact()
    # Stopped in order it leaves the group, name or not.
    bench.stop(again)
    bench.environment["GROUNDSWELL_WORKER__INSTANCE"] = "other"
    other = bench.start()
    bench.produce(10_000)
    bench.exact()
    # Of two of one name the newer goes on.
    newer = bench.start()
    newer.says("took over")
    bench.produce(10_000)
    assert other.wait() == 1
    assert "another worker has come into the group as 'other'" in other.text()
    bench.exact()
    bench.stop(newer)
