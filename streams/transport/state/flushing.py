"""Flushes: when, one at a time a task, and what comes of a failure.

A flush: encode changes and checkpoint in one call where the stages work, write them in one
transaction, advance the checkpoint. If the stage raises, or a topic does not take what it made,
its partition stops. If we were fenced, or the broker did not answer for long, the task is lost;
anything else that fails stops the worker.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Protocol

from streams.core.views import FlushTime
from streams.transport.failure import TooLargeError, passing
from streams.transport.state.backlog_end import BacklogEnd
from streams.transport.state.flush_clock import LOOK, FlushClock
from streams.transport.state.stage_thread import here

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from streams.transport.state.checkpoint import Checkpoint
    from streams.transport.state.partition_task import PartitionTask
    from streams.transport.state.prepared import Prepared
    from streams.transport.state.stage_thread import Run

log = logging.getLogger(__name__)


class Owner(Protocol):
    """Who learns how flushes end; see `task_manager.TaskManager`."""

    def owns(self, task: PartitionTask) -> bool: ...  # noqa: D102
    def fail(self, origin: str, error: BaseException) -> None: ...  # noqa: D102
    def stop(self, task: PartitionTask, origin: str, error: Exception) -> None: ...  # noqa: D102
    async def lose(self, task: PartitionTask, error: BaseException) -> None: ...  # noqa: D102
    def flushed(self, task: PartitionTask) -> None: ...  # noqa: D102


class Flusher:
    """Runs the flushes of all tasks; `costs` sums them up by the stage names given.

    `run` makes a call where the stages work, after those asked for before (`StageThread.run_long`);
    `interval` is that of `FlushClock`.
    """

    def __init__(
        self, owner: Owner, stages: Iterable[str], run: Run = here, interval: float = 1.0
    ) -> None:
        self._clock = FlushClock(interval)
        self._end = BacklogEnd()
        self._behind = False
        self._owner = owner
        self._run = run
        self.costs = {name: FlushTime(0, 0.0) for name in stages}

    def start(self, task: PartitionTask) -> asyncio.Task[None]:
        """Encode and write in the background; returns the flush under way if there is one."""
        return task.start_flush(self._flush)  # a producer has one transaction at a time

    async def _flush(self, task: PartitionTask) -> None:
        begun = time.perf_counter()
        try:
            encode = partial(task.encode, behind=self._behind or self._end.silent(task))
            prepared, checkpoint = await self._run(encode, time.time())
        except Exception as error:  # noqa: BLE001
            self._owner.stop(task, f"encoding flush {task.checkpoint.flush + 1}", error)
            return
        self._clock.took(task.encoding, time.time())
        if self._owner.owns(task):
            await self._write(task, prepared, checkpoint, begun)

    async def _write(
        self, task: PartitionTask, prepared: Prepared, checkpoint: Checkpoint, begun: float
    ) -> None:
        log.debug("%s: flush %d begins", task.name, checkpoint.flush)
        try:
            await task.commit(prepared, checkpoint)
        except TooLargeError as error:
            self._owner.stop(task, f"writing flush {checkpoint.flush}", error)
        except Exception as error:  # noqa: BLE001
            if passing(error):
                await self._owner.lose(task, error)
            else:
                self._owner.fail(f"{task.name}, writing flush {checkpoint.flush}", error)
        else:
            count, seconds = self.costs[task.spec.name]
            spent = time.perf_counter() - begun
            self.costs[task.spec.name] = FlushTime(count + 1, seconds + spent)
            log.debug("%s: flush %d written", task.name, checkpoint.flush)
            self._owner.flushed(task)

    def due(
        self,
        tasks: Collection[PartitionTask],
        wall: float,
        read: Callable[[PartitionTask], float],
        *,
        behind: bool = False,
    ) -> None:
        """Start a flush wherever it is due, there is something to write and none is under way.

        `read` says up to when a task has processed all there was; `behind`: there is a backlog.
        """
        if self._behind and not behind:
            self._end.begin(tasks, wall)
        self._behind = behind
        for task in tasks:
            if (
                task.flushing is None
                and self._is_due(task, wall, read)
                and task.dirty()
                and not self._clock.passed_over(task, wall)
            ):
                self._clock.started(task, wall)
                self.start(task)

    def _is_due(
        self, task: PartitionTask, wall: float, read: Callable[[PartitionTask], float]
    ) -> bool:
        due = self._clock.due(task, wall, behind=self._behind)
        at_end = None if self._behind else self._end.due(task, wall, partial(read, task))
        return due if at_end is None else at_end

    async def room(self, task: PartitionTask, limit: int) -> None:
        """Wait while the task has `limit` changes or more unwritten."""
        while self._owner.owns(task) and task.unwritten >= limit:
            await asyncio.wait({self.start(task)})

    async def last(self, tasks: Iterable[PartitionTask]) -> None:
        """Write all there is; nothing may be processed meanwhile."""
        self._behind, self._end = False, BacklogEnd()  # all is told that was left out
        await asyncio.gather(*(self._last(task) for task in tasks))

    async def _last(self, task: PartitionTask) -> None:
        # What changed since the flush under way was encoded takes one more; and a call that was
        # asked for before ends before this one.
        while self._owner.owns(task) and (task.flushing is not None or await self._run(task.dirty)):
            before = task.unwritten
            await asyncio.wait({self.start(task)})
            if task.unwritten == before:  # it waits for a mark of the clock
                await asyncio.sleep(LOOK)
