"""The clock of a partition goes on by no more than some weeks from flush to flush."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
from customer_events import DAY, change, paid, signup, when
from kept_partition import QUIET, YEARS, Partition

from streams.core.catalogue import TOPICS
from streams.core.ingest.held_clock import LEAP
from streams.core.ingest.with_customers import IngestStageWithCustomers
from streams.core.messages import EXCHANGE, PARTIALS, Movements, Partials
from streams.core.partials import PackedPartials
from streams.core.stage import Record

if TYPE_CHECKING:
    from streams.core.customers.sums.cell_change import CellChange
    from streams.core.stage import Send

_decode = msgspec.msgpack.Decoder(Movements | Partials | PackedPartials).decode


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


def merged_in(sends: list[Send]) -> list[CellChange]:
    """Give what was told of customers who came in by merges."""
    messages = [_decode(send.value or b"") for send in sends if send.topic == PARTIALS]
    cells = [cell for one in messages if isinstance(one, Movements) for cell in one.cells]
    return [cell for cell in cells if cell.kind == "merged_in"]


def told_where_it_comes_around(flushes: int) -> list[CellChange]:
    """Merge a customer, in a history that is read at once; what goes out comes in later."""
    partition = Partition()
    partition.take(signup("2024-01-10"), signup("2024-01-10", "bob", monthly_value=900))
    partition.take(change("merged", "2024-01-20", merged_into="bob"))
    partition.take(*(paid(month, 100) for month in YEARS[13:-5]))
    for _ in range(2):
        partition.stage.tick(partition.wall, TOPICS)
        partition.wall += QUIET
    on_their_way: deque[list[Record]] = deque([] for _ in range(flushes))
    told: list[CellChange] = []
    for _ in range(40):
        sends = partition.flush()
        told += merged_in(sends)
        on_their_way.append([Record(0, None, one.value) for one in sends if one.topic == EXCHANGE])
        partition.stage.process(EXCHANGE, on_their_way.popleft(), partition.wall)
        partition.stage.tick(partition.wall, TOPICS)
    assert isinstance(partition.stage, IngestStageWithCustomers)
    assert partition.stage.customers.clock > when("2025-02-28")
    return sorted(told, key=lambda cell: cell.grain)


def test_what_comes_around_a_dozen_flushes_later_is_counted_in_its_day() -> None:
    told = told_where_it_comes_around(0)
    assert [cell.grain for cell in told] == ["1d", "1mo"]
    assert told_where_it_comes_around(12) == told
