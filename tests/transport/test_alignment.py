"""Which partitions wait for the slowest of their topic.

topic a, lead 100     own: 0 and 1    reported from behind: 0, 2 and 3
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from aiokafka import TopicPartition

from streams.core.stage import SourceProgress
from streams.transport.state.alignment import too_far

if TYPE_CHECKING:
    from streams.transport.state.partition_task import PartitionTask

LEAD = 100


class Stage(NamedTuple):
    reported: tuple[SourceProgress, ...]

    def source_progress(self) -> tuple[SourceProgress, ...]:
        return self.reported


class Table(NamedTuple):
    own: tuple[TopicPartition, ...]
    stage: Stage

    def inputs(self) -> tuple[TopicPartition, ...]:
        return self.own


def reads(partition: int, *, ended: bool = False, **at: int) -> Table:
    """A table that reads a partition of the topics named, and how far it is in each."""
    own = tuple(TopicPartition(topic, partition) for topic in at)
    reported = (SourceProgress(topic, partition, t, ended) for topic, t in at.items())
    return Table(own, Stage(tuple(reported)))


def behind(*reported: tuple[str, int, int], idle: bool = False) -> Table:
    """A table that hears of source partitions and reads none."""
    own = (TopicPartition("partials", 0),)
    return Table(own, Stage(tuple(SourceProgress(*word, ended=idle) for word in reported)))


def held(*tables: Table) -> set[tuple[str, int]]:
    return set(too_far(cast("tuple[PartitionTask, ...]", tables), LEAD))


def test_who_is_too_far_ahead_of_the_slowest_waits() -> None:
    assert held(reads(0, a=50), reads(1, a=150)) == set()
    assert held(reads(0, a=50), reads(1, a=151)) == {("a", 1)}


def test_each_topic_goes_at_its_own_pace() -> None:
    assert held(reads(0, a=0, b=500), reads(1, a=50, b=900)) == {("b", 1)}


def test_who_has_read_all_holds_nobody_up() -> None:
    assert held(reads(0, a=0, ended=True), reads(1, a=900)) == set()
    assert held(reads(0, a=0), reads(1, a=50, ended=True), reads(2, a=900)) == {("a", 2)}
    assert held(reads(0, a=0, ended=True), reads(1, a=900, ended=True)) == set()


def test_who_has_read_all_waits_with_what_comes_next() -> None:
    """While it waits nobody asks whether there is more."""
    assert held(reads(0, a=0), reads(1, a=900, ended=True)) == {("a", 1)}


def test_partitions_of_other_workers_count() -> None:
    others = behind(("a", 2, 10), ("a", 3, 700))
    assert held(reads(0, a=110), reads(1, a=111), others) == {("a", 1)}


def test_a_partition_that_stopped_here_counts_by_what_was_heard_of_it() -> None:
    assert held(reads(1, a=500), behind(("a", 0, 20), ("a", 1, 480))) == {("a", 1)}


def test_who_reads_a_partition_knows_better_than_who_heard_of_it() -> None:
    assert held(reads(0, a=450), reads(1, a=500), behind(("a", 0, 20))) == set()
    assert held(reads(0, a=20), reads(1, a=500), behind(("a", 0, 20), idle=True)) == {("a", 1)}


def test_two_that_heard_of_a_partition_may_have_heard_it_at_different_times() -> None:
    assert held(reads(1, a=500), behind(("a", 0, 20)), behind(("a", 0, 420))) == set()


def test_nothing_is_held_where_nothing_is_known() -> None:
    assert held() == set()
    assert held(reads(1, a=500)) == set()
