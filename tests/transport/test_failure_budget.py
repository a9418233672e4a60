"""How often a worker may lose its partitions before it gives up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest
from aiokafka.errors import KafkaTimeoutError

from streams.settings import Settings
from streams.transport.spec import StageSpec
from streams.transport.state.checkpoint import Checkpoint
from streams.transport.state.failure_budget import MAX_FAILURES
from streams.transport.state.partition_task import PartitionTask
from streams.transport.state.task_manager import TaskManager

if TYPE_CHECKING:
    from aiokafka import TopicPartition

    from streams.core.stage import Stage
    from streams.transport.state.group import Group
    from streams.transport.state.writer import Writer

COUNT = 3 * MAX_FAILURES
SPEC = StageSpec("fold", ("complaints",), lambda _: cast("Stage", None))


class Gone:
    """A writer whose broker is away."""

    async def stop(self) -> None: ...


class Member:
    """A group of one member, which asks again and again."""

    def __init__(self) -> None:
        self.asked = 0

    def assignment(self) -> list[TopicPartition]:
        return []

    def generation(self) -> int:
        return 1 + self.asked

    def rejoining(self) -> bool:
        return False

    async def rejoin(self) -> None:
        self.asked += 1


def hand_out(partitions: TaskManager) -> list[PartitionTask]:
    """Give it all partitions, as a take-over from a real broker does."""
    tables = [
        PartitionTask(
            SPEC, n, SPEC.factory(n), cast("Writer", Gone()), Checkpoint(1, 1, {}, {}), {}
        )
        for n in range(COUNT)
    ]
    partitions._tasks.update({table.place: table for table in tables})  # noqa: SLF001
    return tables


@pytest.fixture
async def partitions() -> TaskManager:
    made = TaskManager(Settings(), [SPEC], {"complaints": COUNT})
    made.join(cast("Group", Member()))
    return made


async def lose_all(partitions: TaskManager) -> None:
    error = KafkaTimeoutError()
    await asyncio.gather(*(partitions.lose(table, error) for table in hand_out(partitions)))


async def test_a_broker_that_is_away_may_cost_all_partitions_at_once(
    partitions: TaskManager,
) -> None:
    await lose_all(partitions)
    assert not partitions.failure.done()
    assert not partitions.stages


async def test_to_lose_them_after_each_of_many_take_overs_is_a_failure(
    partitions: TaskManager,
) -> None:
    for generation in range(MAX_FAILURES):
        await lose_all(partitions)
        assert not partitions.failure.done()
        await partitions.take_over(generation)
    await lose_all(partitions)
    assert partitions.failure.done()


async def test_a_flush_that_goes_through_in_between_makes_it_begin_anew(
    partitions: TaskManager,
) -> None:
    for generation in range(3 * MAX_FAILURES):
        await lose_all(partitions)
        await partitions.take_over(generation)
        partitions.flushed(hand_out(partitions)[0])
    assert not partitions.failure.done()
