"""Where the checkpoints are, for whoever looks at the consumer group: a hint, nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiokafka import TopicPartition

    from streams.transport.state.group import Group
    from streams.transport.state.partition_task import PartitionTask


class OffsetHints:
    """Commits the offsets of checkpoints to the group, each once; nothing resumes from there."""

    def __init__(self) -> None:
        self._given: dict[TopicPartition, int] = {}

    async def give(
        self, group: Group | None, inputs: Iterable[tuple[PartitionTask, TopicPartition]]
    ) -> bool:
        """Commit what is new to the group; False where nothing was, or the group refused it."""
        offsets = {
            tp: task.checkpoint.offsets[tp.topic]
            for task, tp in inputs
            if task.checkpoint.offsets.get(tp.topic) not in (None, self._given.get(tp))
        }
        if not offsets or group is None or not await group.commit_offsets(offsets):
            return False
        self._given.update(offsets)
        return True

    def forget(self) -> None:
        """Begin anew: partitions move, and who has them next gives hints of its own."""
        self._given.clear()
