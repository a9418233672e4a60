"""The clock of a partition goes no further than what is on its way to it allows."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from customer_events import DAY, change, paid, signup, topic_of, when
from kept_partition import ON, QUIET, WALL, YEARS, Partition
from msgspec.json import encode

from streams.core.catalogue import TOPICS
from streams.core.customers.sums.book import DAYS_AMENDED
from streams.core.ingest.held_clock import PATIENCE
from streams.core.ingest.told_clocks import LEAP
from streams.core.ingest.with_customers import IngestStageWithCustomers, ingest_stage
from streams.core.messages import EXCHANGE, PARTIALS, Movements, Partials
from streams.core.partials import PackedPartials
from streams.core.partitioner import partitions_of
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


def test_a_leap_begins_where_something_is_due_and_goes_on_with_what_comes_around() -> None:
    partition, stage = loaded()
    times: list[int] = []
    while stage.clock.held:
        for _ in range(3):  # no number of ticks and flushes will do
            stage.tick(partition.wall, TOPICS)
            partition.flush()
        assert not times or stage.customers.clock == times[-1]
        partition.hear()
        times.append(stage.customers.clock)
    assert times[0] == when("2024-01-10") + LEAP
    *steps, last = (after - before for before, after in pairwise(times))
    assert set(steps) == {LEAP}
    assert 0 < last <= LEAP
    assert times[-1] > when("2025-02-28")


def test_who_takes_over_goes_on_from_what_was_read() -> None:
    partition, stage = loaded()
    partition.flush()
    partition.hear()
    partition.flush()
    other = Partition(rows=partition.rows)
    other.take(paid("2025-06-02", 100))
    for _ in range(2):
        other.stage.tick(other.wall, TOPICS)
        other.wall += QUIET
    assert isinstance(other.stage, IngestStageWithCustomers)
    assert other.stage.clock.held
    assert other.stage.customers.clock == stage.customers.clock == when("2024-01-10") + LEAP
    other.told = partition.told
    other.idle()
    assert not other.stage.clock.held
    assert other.stage.customers.clock > when("2025-02-28")


def test_what_comes_step_by_step_is_never_held() -> None:
    partition = Partition()
    begin = when("2024-01-10")
    for day in range(0, 400, 10):
        partition.take(*(paid(begin + (day + more) * DAY, 100) for more in range(10)))
        partition.stage.tick(partition.wall, TOPICS)
        partition.wall += QUIET
        partition.stage.tick(partition.wall, TOPICS)
        assert isinstance(partition.stage, IngestStageWithCustomers)
        assert partition.stage.clock.held == (day == 0)  # nothing was told so far
        partition.flush()
        partition.hear()
        assert not partition.stage.clock.held


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
    assert isinstance(partition.stage, IngestStageWithCustomers)
    on_their_way: deque[list[Record]] = deque([] for _ in range(flushes))
    told: list[CellChange] = []
    rounds = 0
    while partition.stage.clock.held or any(on_their_way) or rounds < 2:
        rounds += not partition.stage.clock.held
        told += merged_in(partition.flush())
        on_their_way.append(partition.told)
        partition.told = on_their_way.popleft()
        partition.hear()
        partition.stage.tick(partition.wall, TOPICS)
    assert partition.stage.customers.clock > when("2025-02-28")
    return sorted(told, key=lambda cell: cell.grain)


@pytest.mark.parametrize("flushes", [1, 12, 100])
def test_what_comes_around_any_number_of_flushes_later_is_counted_in_its_day(flushes: int) -> None:
    told = told_where_it_comes_around(0)
    assert [cell.grain for cell in told] == ["1d", "1mo"]
    assert told_where_it_comes_around(flushes) == told


class Two:
    """Two partitions, and what each has told each and was not read."""

    def __init__(self) -> None:
        self.stages = [self.new(own) for own in range(2)]
        self.told: dict[tuple[int, int], list[Record]] = {}
        self.sends: list[Send] = []
        self.flushes = 0
        self.wall = WALL

    @staticmethod
    def new(own: int) -> IngestStageWithCustomers:
        stage = ingest_stage(own, 2, ON)
        assert isinstance(stage, IngestStageWithCustomers)
        return stage

    def take(self, *events: Any) -> None:
        self.flushes += 1
        for at, one in enumerate(events):
            (home,) = partitions_of([one.customer_id.encode()], 2)
            records = [Record(1_000 * self.flushes + at, None, encode(one))]
            self.stages[home].process(topic_of(one), records, self.wall)

    def tick(self, *partitions: int, unread: str | None = None) -> None:
        """Let time pass: what partitions have read to the end is idle, all but `unread`."""
        for own in partitions:
            for wall in (self.wall, self.wall + QUIET):
                self.stages[own].tick(wall, [topic for topic in TOPICS if topic != unread])
        self.wall += QUIET

    def flush(self, *partitions: int) -> None:
        self.flushes += 1
        for own in partitions:
            for send in self.stages[own].flush(self.flushes, self.wall).sends:
                self.sends.append(send)
                if send.topic == EXCHANGE:
                    assert send.partition is not None
                    records = self.told.setdefault((own, send.partition), [])
                    records.append(Record(0, None, send.value))

    def hear(self, source: int, target: int) -> None:
        records = self.told.pop((source, target), [])
        self.stages[target].process(EXCHANGE, records, self.wall)

    def rounds(self, *partitions: int) -> None:
        """Let partitions do all that they can without the others."""
        for _ in range(30):
            self.flush(*partitions)
            for source in partitions:
                for target in partitions:
                    self.hear(source, target)
            self.tick(*partitions)

    def clocks(self) -> list[int]:
        return [stage.customers.clock for stage in self.stages]


def homed(partition: int) -> str:
    return next(f"c{n}" for n in range(99) if partitions_of([b"c%d" % n], 2) == [partition])


ANN, BOB = homed(0), homed(1)


def test_who_is_read_first_waits_for_who_is_read_later() -> None:
    two = Two()
    two.take(signup("2024-01-10", BOB, monthly_value=900))
    two.take(*(paid(month, 100, BOB) for month in YEARS[13:]))
    two.tick(1)
    two.rounds(1)
    assert two.clocks() == [0, 0], "of the other nothing is known"
    two.take(signup("2024-01-10", ANN), change("merged", "2024-01-20", ANN, merged_into=BOB))
    two.take(paid("2024-01-25", 100, ANN))
    for _ in range(2):
        two.tick(0, unread="revenue")
        two.flush(0)
        two.hear(1, 0)
        two.hear(0, 0)
    two.hear(0, 1)
    two.rounds(1)
    ann, bob = two.clocks()
    assert when("2024-01-20") < ann < when("2024-01-25")
    assert bob == ann + LEAP
    two.rounds(0, 1)
    assert two.clocks()[1] > when("2025-08-30")
    assert not any(stage.clock.held for stage in two.stages)
    assert {cell.grain for cell in merged_in(two.sends)} == {"1d", "1mo"}


def test_nobody_waits_for_a_partition_without_events() -> None:
    two = Two()
    two.take(signup("2024-01-10", BOB, monthly_value=900))
    two.take(*(paid(month, 100, BOB) for month in YEARS[13:]))
    two.tick(0, 1)
    two.rounds(0, 1)
    assert two.clocks()[1] > when("2025-08-30")


def test_nobody_is_told_what_keeps_nobody_waiting() -> None:
    two = Two()
    two.take(*(signup("2024-01-10", name) for name in (ANN, BOB)))
    two.tick(0, 1)
    two.rounds(0, 1)
    before = len(two.sends)
    for hour in range(3):
        two.take(*(paid(when("2024-01-10") + 3600 * hour, 7, name) for name in (ANN, BOB)))
        two.flush(0, 1)
        two.tick(0, 1)
        two.flush(0, 1)
    assert EXCHANGE not in {send.topic for send in two.sends[before:]}


def test_that_a_clock_waits_long_is_said_once_with_whom_it_waits_for() -> None:
    two = Two()
    two.take(signup("2024-01-10", BOB, monthly_value=900), paid("2025-03-01", 1, BOB))
    two.tick(1)
    two.rounds(1)
    (fault,) = two.stages[1].drain_faults()
    assert "customers are counted to nothing" in fault
    assert "source partition 0" in fault
    two.rounds(1)
    assert two.stages[1].drain_faults() == []
    two.rounds(0, 1)
    assert [stage.drain_faults() for stage in two.stages] == [[], []]
    assert LEAP + 40 * DAY < DAYS_AMENDED * DAY
    assert PATIENCE > 2 * QUIET
