"""The clock of a partition goes on by no more than some months from flush to flush."""

from __future__ import annotations

from itertools import pairwise

from customer_events import DAY, paid, signup, when
from kept_partition import QUIET, YEARS, Partition

from streams.core.catalogue import TOPICS
from streams.core.ingest.held_clock import LEAP
from streams.core.ingest.with_customers import IngestStageWithCustomers


def loaded() -> tuple[Partition, IngestStageWithCustomers]:
    """Read two years at once while most topics are silent; they have just turned idle."""
    partition = Partition()
    partition.take(signup("2024-01-10"), *(paid(month, 100) for month in YEARS[13:-5]))
    for _ in range(2):
        partition.stage.tick(partition.wall, TOPICS)
        partition.wall += QUIET
    assert isinstance(partition.stage, IngestStageWithCustomers)
    return partition, partition.stage


def test_a_leap_begins_where_something_is_due_and_goes_on_after_each_flush() -> None:
    partition, stage = loaded()
    times = [stage.customers.clock]
    while stage.clock.held:
        for _ in range(3):  # it needs a flush, and no number of ticks will do
            stage.tick(partition.wall, TOPICS)
        assert stage.customers.clock == times[-1]
        partition.flush()
        assert stage.pending() == 0
        stage.tick(partition.wall, TOPICS)
        times.append(stage.customers.clock)
    assert times[0] == when("2024-01-10") + LEAP
    *steps, last = (after - before for before, after in pairwise(times))
    assert set(steps) == {LEAP}
    assert 0 < last <= LEAP
    assert times[-1] > when("2025-02-28")
    assert partition.flush()
    stage.tick(partition.wall, TOPICS)
    assert (stage.customers.clock, stage.pending()) == (times[-1], 0)


def test_who_takes_over_goes_on_from_the_last_flush() -> None:
    partition, stage = loaded()
    partition.flush()
    before = stage.customers.clock
    other = Partition(rows=partition.rows)
    other.take(paid("2025-06-02", 100))
    other.stage.tick(other.wall, TOPICS)
    other.wall += QUIET
    other.stage.tick(other.wall, TOPICS)
    assert isinstance(other.stage, IngestStageWithCustomers)
    assert other.stage.customers.clock == before + LEAP
    other.idle()
    other.flush()
    assert not other.stage.clock.held
    assert other.stage.customers.clock > when("2025-02-28")


def test_what_comes_step_by_step_is_never_held() -> None:
    partition = Partition()
    begin = when("2024-01-10")
    for day in range(0, 400, 10):
        partition.take(*(paid(begin + (day + more) * DAY, 100) for more in range(10)))
        partition.idle()
        assert partition.number == day // 10, "it is flushed to go on"
        partition.flush()
