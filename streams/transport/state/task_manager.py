"""All partitions of this worker: taking over, flushing, handing on.

Taking over, in this order (the numbers stand in `take_over`):
1. the flow is stopped; the assignment is that of the current generation; all topics of a stage
   have the same partitions here;
2. partitions that went to others are let go; those that stayed keep their state;
3. a transactional writer is started for each new one: this fences the former owner;
4. the changelogs are read, as committed, to their end;
5. the generation is checked again; states are restored;
6. (`seek`) reading goes on from each checkpoint's offsets, or from where a kept state is.

A state that we lose, because we were fenced or the broker did not answer for long, is dropped, and
partitions are asked for anew. One whose stage raises is dropped: see `quarantine`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import TYPE_CHECKING

from streams.transport.batch import portions, spans
from streams.transport.failure import StateRefusedError, SupersededError, WorkerFailedError, passing
from streams.transport.state.alignment import too_far
from streams.transport.state.failure_budget import MAX_FAILURES, FailureBudget
from streams.transport.state.flushing import Flusher
from streams.transport.state.lag import is_behind
from streams.transport.state.offset_hints import OffsetHints
from streams.transport.state.partition_task import RecordsLostError
from streams.transport.state.quarantine import Quarantine
from streams.transport.state.restore import Restorer, close, restore
from streams.transport.state.second_reads import SecondReads
from streams.transport.state.stage_thread import StageThread
from streams.transport.state.watched import Watched

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Mapping, Sequence

    from aiokafka import TopicPartition

    from streams.core.views import FlushTime
    from streams.settings import Settings
    from streams.transport.batch import Batch, Reach
    from streams.transport.spec import StageSpec
    from streams.transport.state.changelog_reader import Rows
    from streams.transport.state.group import Group
    from streams.transport.state.partition_task import PartitionTask
    from streams.transport.state.restore import Place
    from streams.transport.state.stage_thread import Run

log = logging.getLogger(__name__)


class TaskManager(Watched):
    """Keeps a `PartitionTask` for every stage partition that this worker owns.

    `counts` has the partition count of every topic. All methods run on the main event loop; what
    the stages do, they do in a thread beside it. Telemetry reads from there.
    """

    def __init__(
        self, settings: Settings, specs: Sequence[StageSpec], counts: Mapping[str, int]
    ) -> None:
        super().__init__()
        self._settings = settings
        self._stage_of = {topic: spec.name for spec in specs for topic in spec.topics}
        self._restorer = Restorer(settings, {spec.name: spec for spec in specs}, counts)
        self._thread = StageThread()
        names = [spec.name for spec in specs]
        interval = settings.worker.flush_interval
        self._flusher = Flusher(self, names, self._thread.run_long, interval)
        self._second = SecondReads(self, settings.kafka)
        self._quarantine = Quarantine()
        self._group: Group | None = None
        self._epoch: int | None = None  # that of the last seek; None while nothing may be processed
        self._revoking = False
        self._behind = False  # a backlog is to be read
        self._moving = asyncio.Lock()
        self._hints = OffsetHints()
        self._failures = FailureBudget()
        self.held: frozenset[TopicPartition] = frozenset()  # too far ahead: see `alignment`
        self._generation = -1  # that of the last completed take-over
        self.recovered = False
        self.failure: asyncio.Future[WorkerFailedError] = asyncio.Future()

    def join(self, group: Group) -> None:
        """Note through whom this worker is a member of the consumer group."""
        self._group = group

    # --- what telemetry reads -----------------------------------------------------------------

    @property
    def run(self) -> Run:
        """Where the stages work, and can be read with none half done."""
        return self._thread.run

    def flushes(self) -> Mapping[str, FlushTime]:
        """Sum up the flushes by stage name."""
        return self._flusher.costs

    def guards(self) -> Mapping[tuple[str, str], int]:
        """Count by stage and outcome how often a late commit was guarded against; see `epochs`."""
        return self._restorer.guards

    @property
    def active(self) -> bool:
        """Return whether records are being processed: assigned, loaded and not rebalancing."""
        return self._epoch is not None and not self.failure.done()

    @property
    def stopped(self) -> Mapping[Place, str]:
        """What stopped on a bug since the last take-over, and why."""
        return self._quarantine.why

    def _reach(self, tp: TopicPartition) -> Reach | None:
        return self._group.reach(tp) if self._group and self.active else None

    # --- processing records ---------------------------------------------------------------------

    def place_of(self, batch: Batch) -> Place:
        """Name the state that a batch is for."""
        return self._stage_of[batch.topic], batch.partition

    def accepts(self, batch: Batch) -> bool:
        """Return whether a batch was drained after the last seek and belongs to a loaded state."""
        if batch.epoch != self._epoch:
            log.debug("%s[%d]: drained before the seek", batch.topic, batch.partition)
            return False
        return self.place_of(batch) in self._tasks and not self.failure.done()

    async def process(self, batches: Sequence[Batch]) -> None:
        """Hand batches to their one state, waiting while that has too much unwritten."""
        for lot in portions(batches):
            if not self.accepts(lot[0]):
                return  # the next seek brings the rest again
            task = self._tasks[self.place_of(lot[0])]  # no await since `accepts`: it is ours
            if not await self.hand(task, spans(lot), task.process, lot, time.time()):
                return

    async def hand(
        self, task: PartitionTask, origin: str, call: Callable[..., object], *arguments: object
    ) -> bool:
        """Let a stage take records and do the work they make; False where that was its end."""
        if not await self._do(task, origin, call, *arguments):
            return False
        if task.busy:
            await asyncio.wait({task.start_work(self._pieces)}, timeout=task.patience)
        await self._flusher.room(task, self._settings.worker.flush_keys)
        return True

    async def _do(
        self, task: PartitionTask, origin: str, call: Callable[..., object], *arguments: object
    ) -> bool:
        """Let a stage do something; False where the task is not ours any more after it."""
        try:
            await self._thread.run(call, *arguments)
        except RecordsLostError as error:
            if self.owns(task):
                self.fail(task.name, error)  # ours, not the stage's: no partition is safe
        except StateRefusedError:
            raise  # no bug
        except Exception as error:  # noqa: BLE001
            self.stop(task, origin, error)
        return self.owns(task)

    async def _pieces(self, task: PartitionTask) -> None:
        # Between two of them it may be flushed, or go to another worker, who does the rest.
        while task.busy and self.going(task):
            if await self._do(task, "the work on a batch", task.work):
                await self._flusher.room(task, self._settings.worker.flush_keys)

    async def tick(self) -> None:
        """Let the states do their clock work."""
        tasks = list(self._tasks.values())
        self._behind = is_behind(tasks, self._reach, was=self._behind)
        for task in tasks:
            if not self.going(task) or await self._second.keeps(task, self._group, self._epoch):
                continue
            now = time.time(), self._reach, self.held
            if await self._do(task, "clock work", task.tick, *now) and task.busy:
                task.start_work(self._pieces)

    async def align(self) -> None:
        """Hold back what is too far ahead of others, and let go on what no longer is."""
        if self._group is None or self._epoch is None or self._revoking:
            return
        epoch, lead = self._epoch, self._settings.tables.lead
        held = await self._thread.run(too_far, list(self._tasks.values()), lead)
        if epoch != self._epoch or self._revoking:
            return  # it was of another assignment
        for tp in held - self.held:
            log.debug("%s[%d] waits: it is too far ahead of another", tp.topic, tp.partition)
        self.held = held
        self._group.hold(held, self._epoch)

    # --- flushing, and what comes of it (`flushing.Owner`) --------------------------------------

    def flush_due(self) -> None:
        """Flush what has changed; called by a clock."""
        if not self._revoking and not self.failure.done():
            tasks = list(self._tasks.values())
            self._behind = self._behind and is_behind(tasks, self._reach, was=True)
            self._flusher.due(tasks, time.time(), self.all_read, behind=self._behind)

    def owns(self, task: PartitionTask) -> bool:
        """Return whether a task is still ours and may be written."""
        mine = self._tasks.get(task.place) is task
        return mine and not self.failure.done()

    def going(self, task: PartitionTask) -> bool:
        """Return whether a task may process records."""
        return self.active and not self._revoking and self.owns(task)

    def flushed(self, task: PartitionTask) -> None:
        """Note that a flush went through."""
        del task
        self._failures.flushed()

    async def lose(self, task: PartitionTask, error: BaseException) -> None:
        """Drop a state that is not ours any more, and ask for partitions anew."""
        mine = self.owns(task)  # else it stopped on a bug, or went to another worker
        if mine:
            log.warning("%s: not ours any more (%r); dropping its state", task.name, error)
            del self._tasks[task.place]
        await close([task.writer])
        if mine:
            await self._again(task.name, error)

    def stop(self, task: PartitionTask, origin: str, error: Exception) -> None:
        """Stop one partition whose stage raised; see `quarantine`."""
        if self.owns(task):
            del self._tasks[task.place]
            self._quarantine.add(task, origin, error, self._group)

    async def _again(self, origin: str, error: BaseException) -> None:
        if self._failures.too_many():
            self.fail(f"{origin}, {MAX_FAILURES} times in a row", error)
        elif self._group and not self._revoking:
            await self._group.rejoin()

    async def hint(self) -> bool:
        """Commit the offsets of the checkpoints to the group; failing does no harm."""
        return await self._hints.give(self._group, self._inputs())

    # --- handing on and taking over -------------------------------------------------------------

    async def on_revoked(self) -> None:
        """Process no more, flush everything; returns when others may take over."""
        self._epoch = None
        self._revoking = True  # makes a take-over under way give up
        async with self._moving:
            await self._flusher.last(list(self._tasks.values()))
            self._hints.forget()
            self._revoking = False

    async def take_over(self, generation: int) -> None:
        """Load what this generation gave us and let go of the rest."""
        async with self._moving:
            self._failures.take_over()
            try:
                await self._take_over(generation)
            except SupersededError:
                log.info("take-over of generation %d given up: the group moved on", generation)
            except Exception as error:  # noqa: BLE001
                if passing(error):
                    log.warning("take-over of generation %d failed: %r", generation, error)
                    await self._again("taking partitions over", error)
                else:
                    self.fail("taking partitions over", error)

    async def _take_over(self, generation: int) -> None:
        group = self._group
        if group is None or not self._current(generation):  # 1
            raise SupersededError
        wanted = self._restorer.places(group.assignment())
        # After a generation that we missed, others may have written: what we hold is too old.
        stays = wanted if generation - self._generation in (0, 1) else set()
        gone = [self._tasks.pop(place) for place in set(self._tasks) - stays]  # 2
        await close(task.writer for task in gone)
        self._quarantine.forget()
        new = sorted(wanted - set(self._tasks))
        kept = ", ".join(task.name for task in self._tasks.values())
        log.debug("generation %d: %d new, kept: %s", generation, len(new), kept or "none")
        if new:
            current = partial(self._current, generation)
            await self._restore(await self._restorer.load(new, current))  # 3 to 5
        self._generation = generation

    async def _restore(self, loaded: deque[tuple[PartitionTask, Rows]]) -> None:
        while loaded:
            task, rows = loaded.popleft()  # they go once they are read: the state has what it needs
            # No await before its restore is asked for: whatever else its stage does comes after.
            self._tasks[task.place] = task
            try:
                await self._do(task, task.restoring, restore, task, rows)
            except StateRefusedError:  # it ends the worker, and `close` lets go of what is ours
                await close(other.writer for other, _ in loaded)
                raise

    def _current(self, generation: int) -> bool:
        group = self._group
        return (
            group is not None
            and not self._revoking
            and not self.failure.done()
            and group.generation() == generation
            and not group.rejoining()
        )

    async def seek(self) -> None:
        """Go to where the loaded states are, and process what comes from there on."""  # 6
        group = self._group
        if group is None or not self._current(self._generation):
            return
        assignment = frozenset(group.assignment())
        offsets = {
            tp: task.position[tp.topic]
            for task in self._second.without(self._tasks.values())
            for tp in assignment.intersection(task.inputs())
        }
        epoch = await group.seek_all(offsets, self._generation)
        if epoch is not None and not self._revoking:
            self._epoch = epoch
            self.recovered = True

    def fail(self, origin: str, error: BaseException) -> None:
        """Stop the worker: from now on nothing is processed, flushed or committed."""
        if self.failure.done():
            return
        self._epoch = None
        known = isinstance(error, WorkerFailedError)
        log.critical("stopping: %s: %s", origin, error, exc_info=None if known else error)
        self.failure.set_result(WorkerFailedError(f"{origin}: {error}"))

    async def close(self) -> None:
        """Flush what there is and let go of everything."""
        self._epoch = None
        self._revoking = True
        await self._second.stop()
        async with self._moving:
            if not self.failure.done():
                await self._flusher.last(list(self._tasks.values()))
                await self.hint()
            tasks, self._tasks = self._tasks, {}
            await close(task.writer for task in tasks.values())
            await self._quarantine.settle()
            self._thread.stop()
