"""The state of one stage partition, its position in the source topics, and its flushes."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final

from aiokafka import TopicPartition

from streams.core.stage import Hurries, InPieces, Quiet, ReadsAgain, TakesMore
from streams.core.views import Checked
from streams.transport.failure import StateRefusedError
from streams.transport.state import checkpoint as checkpoints
from streams.transport.state.checkpoint import Checkpoint
from streams.transport.state.lag import caught_up

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
    from typing import Any, Self

    from streams.core.stage import Record, Stage
    from streams.transport.batch import Batch
    from streams.transport.spec import StageSpec
    from streams.transport.state.lag import ReachOf
    from streams.transport.state.prepared import Prepared
    from streams.transport.state.writer import Writer

log = logging.getLogger(__name__)


PATIENCE: Final = 0.1
"""Seconds that records wait for the work of those before, where the stage takes more meanwhile."""


class RecordsLostError(Exception):
    """A batch does not begin where the last one ended: a bug in the shell, never data."""


class PartitionTask:
    """Drives one `Stage`: records are processed and their offsets noted in one call.

    `position` has the next offset to process by topic; `checkpoint` is what the last flush made
    durable. `again` has the next offset of each topic that is to be read a second time up to its
    position, and nothing else is processed until it is empty; `starts` has their first offsets.
    What calls the stage runs where the stages work (`stage_thread`), one call after the other. The
    event loop reads what those calls leave: `position`, `unwritten` (what the next flush would
    write), `quiet` (whether it would send nothing), `busy` (whether there is work left to do, piece
    by piece), `encoding` (how many seconds the last flush kept the stages from anything else),
    `untold` (whether that left some of what a backlog had left out to the next one) and `received`
    (how many flushes of others it has passed).
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a task is made of
        self,
        spec: StageSpec,
        partition: int,
        stage: Stage,
        writer: Writer,
        checkpoint: Checkpoint,
        position: dict[str, int],
        starts: Mapping[str, int] | None = None,
    ) -> None:
        self.spec = spec
        self.partition = partition
        self.stage = stage
        self.writer = writer
        self.checkpoint = checkpoint
        self.position = position
        self.again: dict[str, int] = {}
        self.behind: str | None = None
        self._starts = starts or {}
        self._flushing: asyncio.Task[None] | None = None
        self._working: asyncio.Task[None] | None = None
        self.unwritten = 0
        self.busy = False
        self.quiet = False
        self._quiet = stage if isinstance(stage, Quiet) else None
        self.encoding = 0.0
        self.untold = False
        self.received = 0

    @property
    def name(self) -> str:
        """What logs call it."""
        return f"{self.spec.name}[{self.partition}]"

    @property
    def restoring(self) -> str:
        """What logs call the taking over of its state."""
        return f"restoring flush {self.checkpoint.flush}"

    @property
    def place(self) -> tuple[str, int]:
        """Stage name and partition."""
        return self.spec.name, self.partition

    @property
    def prompt(self) -> bool:
        """Whether it reads what other stages send: see `FlushClock`."""
        return self.spec.prompt

    @property
    def hurries(self) -> bool:
        """Whether it leaves out on a backlog what is soon replaced: see `BacklogEnd`."""
        return isinstance(self.stage, Hurries)

    @property
    def senders(self) -> int | None:
        """How many partitions send to it at each mark; None where that is not known."""
        return self.spec.senders

    @property
    def taken(self) -> int:
        """How many offsets it has passed, of all its topics."""
        return sum(self.position.values())

    def inputs(self) -> list[TopicPartition]:
        """Name what it reads."""
        return [TopicPartition(topic, self.partition) for topic in self.spec.topics]

    # What the event loop does for it, one of each at a time.

    @property
    def working(self) -> asyncio.Task[None] | None:
        """The work under way, piece by piece."""
        done = self._working is None or self._working.done()
        return None if done else self._working

    @property
    def flushing(self) -> asyncio.Task[None] | None:
        """The flush under way."""
        done = self._flushing is None or self._flushing.done()
        return None if done else self._flushing

    def start_flush(self, flush: Callable[[Self], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        """Flush in the background, as `flush` does; returns the flush under way if there is one."""
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(flush(self))
        return self._flushing

    def start_work(self, pieces: Callable[[Self], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        """Work in the background, as `pieces` does; returns the work under way if there is any."""
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(pieces(self))
        return self._working

    @property
    def patience(self) -> float | None:
        """How many seconds records wait for the work of those before; None: for all of it."""
        return PATIENCE if isinstance(self.stage, TakesMore) else None

    # These call the stage.

    def restore(self, rows: Mapping[bytes, bytes]) -> None:
        """Restore the rows of the changelog; they may have been written between two pieces."""
        self.stage.restore(rows)
        if isinstance(self.stage, ReadsAgain) and self.stage.reads_again:
            self._begin_again(self.stage)
        self._look(busy=isinstance(self.stage, InPieces))

    def process(self, batches: Iterable[Batch], wall: float) -> None:
        """Hand batches to the stage; where it works in pieces, `work` does them.

        Raises:
            RecordsLostError: records are missing before one, or were processed before.
        """
        for batch in batches:
            self._take(batch, wall)
        self._look(busy=isinstance(self.stage, InPieces))

    def _take(self, batch: Batch, wall: float) -> None:
        start = batch.start
        if batch.records and batch.records[0].offset < start:
            start = batch.records[0].offset  # what it has, not what was asked for
        if start != self.position[batch.topic]:
            raise RecordsLostError(
                f"{self.name}: expected offset {self.position[batch.topic]} of {batch.topic}, "
                f"got {start}"
            )
        if isinstance(self.stage, InPieces):
            self.stage.admit(batch.topic, batch.records, wall)
        else:
            self.stage.process(batch.topic, batch.records, wall)
        self.position[batch.topic] = batch.end
        # Between records are the ends of the transactions that they came in, one each.
        self.received += batch.end - start - len(batch.records)

    def tick(self, wall: float, reach_of: ReachOf, held: Collection[TopicPartition]) -> None:
        """Do clock work; `held` are inputs that wait for slower ones, so not read to their end.

        What is read to its end is found here, where nothing can be processed in between.
        """
        read = [tp.topic for tp in caught_up(self, reach_of) if tp not in held]
        if isinstance(self.stage, InPieces):
            self.stage.remind(wall, read)
        else:
            self.stage.tick(wall, read)
        if isinstance(self.stage, Checked):
            for fault in self.stage.drain_faults():
                log.error("%s: %s", self.name, fault)
        self._look(busy=isinstance(self.stage, InPieces))

    def _begin_again(self, stage: ReadsAgain) -> None:
        starts = self._starts
        if self.checkpoint.again:
            self.again = dict(self.checkpoint.again)
            for topic, at in self.again.items():
                if at < starts.get(topic, 0):
                    raise StateRefusedError(
                        f"{topic}[{self.partition}]: the broker has dropped offsets {at} to "
                        f"{starts[topic] - 1} before they were read again; its retention is too "
                        "short: start anew (docs/recovery.md)"
                    )
        else:
            stage.begin_again(starts)
            self.again = {t: at for t, at in starts.items() if at < self.position[t]}
        for topic in self.spec.topics:
            if topic not in self.again:
                stage.complete_again(topic)
        self.behind = stage.behind(self.again) if self.again else None

    def process_again(self, topic: str, records: Sequence[Record], end: int, wall: float) -> None:
        """Hand what was read a second time to the stage; `end` is the next offset to read.

        `behind` is then the topic to read next; None where all are whole.
        """
        stage = self.stage
        assert isinstance(stage, ReadsAgain)  # noqa: S101 (else nothing is read again)
        stage.admit_again(topic, records, wall)
        self.again[topic] = end
        if end >= self.position[topic]:
            del self.again[topic]
            stage.complete_again(topic)
        self.behind = stage.behind(self.again) if self.again else None
        self._look(busy=isinstance(stage, InPieces))

    def work(self) -> None:
        """Do one piece of what is due."""
        self._look(busy=isinstance(self.stage, InPieces) and self.stage.work())

    def _look(self, *, busy: bool) -> None:
        self.unwritten = self.stage.pending()
        self.quiet = self._quiet is not None and self._quiet.quiet
        self.busy = busy

    def dirty(self) -> bool:
        """Return whether a flush would write anything."""
        known = self.checkpoint
        return self.unwritten > 0 or self.position != known.offsets or self.again != known.again

    def encode(self, wall: float, *, behind: bool = False) -> tuple[Prepared, Checkpoint]:
        """Encode all changes and the checkpoint with the offsets they include, in one go.

        `behind`: this worker has a backlog.
        """
        number, begun = self.checkpoint.flush + 1, time.perf_counter()
        if isinstance(self.stage, Hurries):
            self.stage.backlog = behind
        prepared = self.writer.prepare(self.stage.flush(number, wall), wall)
        self.untold = isinstance(self.stage, Hurries) and self.stage.untold
        self.encoding = time.perf_counter() - begun
        self.unwritten = self.stage.pending()
        return prepared, Checkpoint(
            flush=number,
            version=self.spec.written or self.spec.version,
            offsets=dict(self.position),
            partitions=self.checkpoint.partitions,
            again=dict(self.again),
            zone=self.spec.zone,
        )

    async def commit(self, prepared: Prepared, checkpoint: Checkpoint) -> None:
        """Make a flush durable: in one transaction, and only then advance the checkpoint."""
        await self.writer.write(prepared, (checkpoints.KEY, checkpoints.encode(checkpoint)))
        self.checkpoint = checkpoint
