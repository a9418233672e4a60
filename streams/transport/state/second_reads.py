"""Reading source topics a second time, for a stage that keeps more than its state has.

The partition's part of the group's flow stays paused meanwhile: it is left out of the seek after
the take-over, and joins in where the state is once all is read again. What was read again is made
durable by ordinary flushes, so that a take-over in between goes on from the last of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from streams.core.stage import Record
from streams.transport.client.connection import connection
from streams.transport.client.ending import closed
from streams.transport.failure import WorkerFailedError, passing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from streams.settings import Kafka
    from streams.transport.state.group import Group
    from streams.transport.state.partition_task import PartitionTask

log = logging.getLogger(__name__)

RECORDS_AT_ONCE: Final = 1_000
"""Records that are read in one go: so many hold the event loop for some milliseconds."""
SAID_EVERY: Final = 10.0
"""Seconds between two lines of the log about it."""
EMPTY: Final = 100
"""Fetches in a row that bring nothing (20 s) until it is asked whether the topic ends too soon."""


class Owner(Protocol):
    """Who drives the tasks; see `task_manager.TaskManager`."""

    def going(self, task: PartitionTask) -> bool: ...  # noqa: D102
    async def hand(  # noqa: D102
        self, task: PartitionTask, origin: str, call: Callable[..., object], *arguments: object
    ) -> bool: ...
    async def lose(self, task: PartitionTask, error: BaseException) -> None: ...  # noqa: D102
    def fail(self, origin: str, error: BaseException) -> None: ...  # noqa: D102


class SecondReads:
    """Reads again for the tasks that want it, each in the background."""

    def __init__(self, owner: Owner, kafka: Kafka) -> None:
        self._owner = owner
        self._kafka = kafka
        self._readers: dict[PartitionTask, asyncio.Task[None]] = {}
        self._left_out: set[PartitionTask] = set()

    def without(self, tasks: Iterable[PartitionTask]) -> list[PartitionTask]:
        """Leave out of a seek the tasks that read again."""
        everyone = list(tasks)
        self._left_out = {task for task in everyone if task.again}
        return [task for task in everyone if task not in self._left_out]

    async def keeps(self, task: PartitionTask, group: Group | None, epoch: int | None) -> bool:
        """See to it that a task is read for; False where it takes part in the flow."""
        if task.again:
            self._see_to(task)
            return True
        if task not in self._left_out or group is None or epoch is None:
            return False
        self._left_out.discard(task)
        await group.seek_more({tp: task.position[tp.topic] for tp in task.inputs()}, epoch)
        return True

    def _see_to(self, task: PartitionTask) -> None:
        reader = self._readers.get(task)
        if reader is None or reader.done():
            self._readers = {t: r for t, r in self._readers.items() if not r.done()}
            self._readers[task] = asyncio.create_task(self._read(task))

    async def stop(self) -> None:
        """Read no more."""
        for reader in self._readers.values():
            reader.cancel()
        await asyncio.gather(*self._readers.values(), return_exceptions=True)

    async def _read(self, task: PartitionTask) -> None:
        try:
            await self._read_all(task)
        except OffsetOutOfRangeError as error:
            reason = f"the broker has dropped what was to be read again: {error}"
            self._owner.fail(task.name, WorkerFailedError(reason))
        except Exception as error:  # noqa: BLE001
            if passing(error):
                await self._owner.lose(task, error)
            else:
                self._owner.fail(f"{task.name}, reading again", error)

    async def _read_all(self, task: PartitionTask) -> None:
        tps = {topic: TopicPartition(topic, task.partition) for topic in task.again}
        consumer = AIOKafkaConsumer(
            **connection(self._kafka),
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            check_crcs=self._kafka.check_crcs,
            auto_offset_reset="none",  # an offset that is gone must be an error, not skipped
            max_partition_fetch_bytes=1 << 20,
        )
        try:
            await consumer.start()
            consumer.assign(list(tps.values()))
            for topic, offset in task.again.items():
                consumer.seek(tps[topic], offset)
            await self._hand_all(task, tps, consumer)
        finally:
            with contextlib.suppress(Exception):
                await closed(consumer.stop())

    async def _hand_all(
        self,
        task: PartitionTask,
        tps: dict[str, TopicPartition],
        consumer: Any,  # noqa: ANN401
    ) -> None:
        said, empty = -SAID_EVERY, 0
        while (topic := task.behind) is not None and self._owner.going(task):
            if time.monotonic() - said > SAID_EVERY:
                said = time.monotonic()
                log.info("%s", *progress([task]))
            fetched = await consumer.getmany(
                tps[topic], timeout_ms=200, max_records=RECORDS_AT_ONCE
            )
            until = task.position[topic]
            found = fetched.get(tps[topic], ())
            # The position counts control records too; the last record's offset does not.
            end = min(await consumer.position(tps[topic]), until)
            if end == task.again[topic]:
                empty += 1
                if empty >= EMPTY and (await consumer.end_offsets([tps[topic]]))[tps[topic]] <= end:
                    raise WorkerFailedError(
                        f"{topic}[{task.partition}] ends at offset {end}, before {until}, up to "
                        "which its state has read: it was made anew under the state"
                    )
                continue
            empty = 0
            records = [Record(r.offset, r.key, r.value) for r in found if r.offset < until]
            origin = f"{topic}, again up to offset {end}"
            batch = topic, records, end, written(found)
            if not await self._owner.hand(task, origin, task.process_again, *batch):
                return
        if task.behind is None:
            log.info("%s: all is read again", task.name)


def written(found: Sequence[Any]) -> float:
    """Tell when the last of some records was written, epoch seconds: it could not be read before.

    A record without a time could have been read at any.
    """
    now = time.time()
    latest = max((record.timestamp for record in found), default=0)
    return min(now, latest / 1000) if latest > 0 else now


def progress(tasks: Iterable[PartitionTask]) -> list[str]:
    """Say in words how far the second reads of tasks are."""
    return [
        f"{task.name} reads its topics again for what its state lacks: {left:,} offsets to go"
        for task in tasks
        if (left := sum(task.position[topic] - at for topic, at in task.again.copy().items()))
    ]
