"""Partitions that stopped on a bug: a stage raised, and what made it raise must not be skipped.

The state is dropped and nothing of it is written any more; one flush that was encoded before, and
is being written, may still go through. The partition is paused, so that nothing of it is buffered.
Its group stays as it is: whoever is given the partition by the next rebalance tries again from the
checkpoint. The other partitions of the worker go on.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from streams.transport.state.restore import close

if TYPE_CHECKING:
    from streams.transport.state.group import Group
    from streams.transport.state.partition_task import PartitionTask
    from streams.transport.state.restore import Place

log = logging.getLogger(__name__)


class Quarantine:
    """Reports what stopped and releases it; `why` has the origin and the error by partition."""

    def __init__(self) -> None:
        self.why: dict[Place, str] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    def add(self, task: PartitionTask, origin: str, error: Exception, group: Group | None) -> None:
        """Note a stop; `task` takes part in nothing any more, and `group` pauses its topics."""
        stop = f"{task.name}, {origin}: {error!r}"
        log.critical(
            "stopped on a bug: %s. Nothing past its last flush is committed; "
            "other partitions go on (docs/recovery.md)",
            stop,
            exc_info=error,
        )
        self.why[task.place] = stop
        leaving = asyncio.create_task(_let_go(task, group))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    def forget(self) -> None:
        """Note that a new assignment is taken over: all are tried again, here or elsewhere."""
        self.why.clear()

    async def settle(self) -> None:
        """Wait until everything is released, and log what leaves unrepaired."""
        await asyncio.gather(*self._leaving, return_exceptions=True)
        for stop in self.why.values():
            log.warning("leaving with a partition stopped on a bug: %s", stop)


async def _let_go(task: PartitionTask, group: Group | None) -> None:
    try:
        if group is not None:
            await group.pause(task.inputs(), group.generation())
    finally:
        if task.flushing is not None:
            await asyncio.wait({task.flushing})
        await close([task.writer])
