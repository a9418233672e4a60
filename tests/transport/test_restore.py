from __future__ import annotations

import weakref
from collections import deque
from typing import TYPE_CHECKING, cast

import pytest
from aiokafka import TopicPartition

from streams.core.catalogue import TOPICS
from streams.core.messages import PARTIALS
from streams.settings import Settings
from streams.transport.failure import StateRefusedError, WorkerFailedError
from streams.transport.state.restore import Restorer
from streams.transport.state.task_manager import TaskManager
from streams.worker.topology import pipeline

if TYPE_CHECKING:
    from streams.transport.state.partition_task import PartitionTask


class Rows(dict[bytes, bytes]):
    """Rows of a changelog of which it can be seen when they go."""


class Restoring:
    """A task that notes which rows are still there while it is restored."""

    restoring = "restoring"

    def __init__(self, partition: int, all_rows: list[weakref.ref[Rows]]) -> None:
        self.partition = partition
        self.place = "count", partition
        self.name = f"count[{partition}]"
        self.there: list[bool] = []
        self._all_rows = all_rows

    def restore(self, _: Rows) -> None:
        self.there = [rows() is not None for rows in self._all_rows]


@pytest.fixture
def taker() -> Restorer:
    settings = Settings()
    specs = {spec.name: spec for spec in pipeline(settings)(2)}
    return Restorer(settings, specs, dict.fromkeys(TOPICS, 2) | {PARTIALS: 2})


def test_an_assignment_asks_for_the_tables_of_its_partitions(taker: Restorer) -> None:
    given = [TopicPartition(topic, 1) for topic in TOPICS] + [TopicPartition(PARTIALS, 0)]
    assert taker.places(given) == {("fold", 1), ("series", 0)}


def test_a_partition_that_was_added_meanwhile_is_refused(taker: Restorer) -> None:
    given = [TopicPartition(topic, 2) for topic in TOPICS]
    with pytest.raises(StateRefusedError, match=r"had 2 and has more.*counts were changed"):
        taker.places(given)


def test_topics_of_a_stage_that_are_not_given_together_are_refused(taker: Restorer) -> None:
    given = [TopicPartition(topic, 0) for topic in list(TOPICS)[1:]]
    with pytest.raises(WorkerFailedError, match="another worker of this group reads other topics"):
        taker.places(given)


async def test_rows_go_before_the_next_state_is_restored() -> None:
    tables = [Rows(), Rows(), Rows()]
    all_rows = [weakref.ref(rows) for rows in tables]
    tasks = [Restoring(partition, all_rows) for partition in range(3)]
    loaded: deque[tuple[PartitionTask, dict[bytes, bytes]]] = deque(
        (cast("PartitionTask", task), tables.pop(0)) for task in tasks
    )
    await TaskManager(Settings(), [], {})._restore(loaded)  # noqa: SLF001 - it takes no broker
    assert [task.there for task in tasks] == [
        [True, True, True],
        [False, True, True],
        [False, False, True],
    ]
