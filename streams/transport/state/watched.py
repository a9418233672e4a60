"""What telemetry and readiness read of the tasks of a worker; it changes nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from streams.transport.state.lag import all_read, lag, silence
from streams.transport.state.second_reads import progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiokafka import TopicPartition

    from streams.core.stage import Stage
    from streams.transport.batch import Reach
    from streams.transport.state.partition_task import PartitionTask
    from streams.transport.state.restore import Place


class Watched:
    """The tasks by place, as whoever looks on sees them."""

    def __init__(self) -> None:
        self._tasks: dict[Place, PartitionTask] = {}

    def _reach(self, tp: TopicPartition) -> Reach | None:
        """Say how far an input is read; None where that is not known."""
        raise NotImplementedError

    def _inputs(self) -> Iterator[tuple[PartitionTask, TopicPartition]]:
        for task in list(self._tasks.values()):
            for tp in task.inputs():
                yield task, tp

    @property
    def stages(self) -> Mapping[Place, Stage]:
        """The loaded states."""
        return {place: task.stage for place, task in self._tasks.copy().items()}

    def lag(self) -> dict[tuple[str, int], int]:
        """Count the offsets not yet processed, by topic and partition, as far as is known."""
        return lag(list(self._tasks.values()), self._reach)

    def all_read(self, task: PartitionTask) -> float:
        """Return up to when a task has processed all there was, epoch seconds; -inf where not."""
        return all_read(task, self._reach)

    def silence(self) -> dict[tuple[str, int], float]:
        """Return for how many seconds the broker has not answered, by topic and partition."""
        return silence(list(self._tasks.values()), self._reach, time.time())

    def positions(self) -> dict[tuple[str, int], int]:
        """Return the next offset to process, by topic and partition."""
        return {(tp.topic, tp.partition): t.position[tp.topic] for t, tp in self._inputs()}

    def reading_again(self) -> list[str]:
        """Say of the states that read their topics a second time how far that is."""
        return progress(list(self._tasks.values()))
