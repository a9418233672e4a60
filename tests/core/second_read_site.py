"""A site of one partition whose state may have been kept without customers before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from customer_events import topic_of, when
from msgspec.json import encode
from msgspec.structs import astuple
from state_rows import ingested_by_series

from schemas.topics import CUSTOMERS
from streams.core.catalogue import TOPICS
from streams.core.config import Customers
from streams.core.detail_messages import unpack
from streams.core.ingest import kinds
from streams.core.ingest.with_customers import IngestStageWithCustomers, ingest_stage
from streams.core.messages import EXCHANGE
from streams.core.stage import Flush, Record
from streams.settings import Settings
from streams.transport.spec import StageSpec
from streams.transport.state import checkpoint as checkpoints
from streams.transport.state.partition_task import PartitionTask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.customers.changes import Changes
    from streams.core.ingest.stage import IngestStage
    from streams.core.stage import Send
    from streams.transport.state.writer import Row, Writer

OFF: Final = Settings()
ON: Final = Settings(customers=Customers(enabled=True))
WALL: Final = float(when("2030-01-01"))
QUIET: Final = OFF.tables.idle_timeout + 1.0
COUNTS: Final = dict.fromkeys(TOPICS, 1)
NOTHING: Final = dict.fromkeys(TOPICS, 0)


class Written:
    """A writer that keeps what was committed."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}
        self.sends: list[Send] = []

    def prepare(self, flush: Flush, wall: float) -> Flush:
        del wall
        return flush

    async def write(self, flush: Flush, marker: Row) -> None:
        for key, value in (*flush.rows, marker):
            assert key is not None
            self.rows.pop(key, None)
            if value is not None:
                self.rows[key] = value
        self.sends += flush.sends


class Site:
    """Source topics, and what the worker of their one partition has committed."""

    def __init__(self, events: list[Any]) -> None:
        self.log: dict[str, list[bytes]] = {topic: [] for topic in TOPICS}
        for one in events:
            self.log[topic_of(one)].append(one if isinstance(one, bytes) else encode(one))
        self.written = Written()
        self.wall = WALL
        self.cells: dict[Any, Any] = {}
        self.heard = 0

    def make(self, settings: Settings) -> IngestStage:
        """Make the stage, and merge the cells of customers that it hands out."""
        stage = ingest_stage(0, 1, settings)
        if isinstance(stage, IngestStageWithCustomers):
            changes = stage.customers.changes

            def merged(wall: float) -> Changes:
                made = changes(wall)
                self.cells |= {cell[:7]: cell for cell in map(astuple, made.cells)}
                return made

            stage.customers.changes = merged  # type: ignore[method-assign]
        return stage

    def take_over(self, settings: Settings, starts: Mapping[str, int] = NOTHING) -> PartitionTask:
        spec = StageSpec("fold", tuple(TOPICS), lambda _: self.make(settings), version=4)
        rows = dict(self.written.rows)
        marker = checkpoints.read(rows.pop(checkpoints.KEY, None), spec, 0, COUNTS)
        position = {topic: marker.offsets.get(topic, starts[topic]) for topic in TOPICS}
        writer = cast("Writer", self.written)
        task = PartitionTask(spec, 0, spec.factory(0), writer, marker, position, starts)
        task.restore(rows)
        return task

    def records(self, topic: str, begin: int, end: int) -> list[Record]:
        return [Record(at, None, self.log[topic][at]) for at in range(begin, end)]

    def read(self, task: PartitionTask, topic: str, most: int) -> None:
        at = task.position[topic]
        end = min(at + most, len(self.log[topic]))
        task.stage.process(topic, self.records(topic, at, end), self.wall)
        task.position[topic] = end
        self.work(task)

    def read_all(self, task: PartitionTask) -> None:
        for topic in TOPICS:
            self.read(task, topic, len(self.log[topic]))

    def read_again(self, task: PartitionTask, most: int) -> None:
        topic = task.behind
        assert topic is not None
        at = task.again[topic]
        end = min(at + most, task.position[topic])
        task.process_again(topic, self.records(topic, at, end), end, self.wall)

    def work(self, task: PartitionTask) -> None:
        task.busy = True
        while task.busy:
            task.work()

    def idle(self, task: PartitionTask) -> None:
        for _ in range(2):
            task.stage.tick(self.wall, TOPICS)
            self.wall += QUIET
        task.unwritten = task.stage.pending()

    def told(self) -> list[Record]:
        """Give what the partition has told itself, and has not read."""
        sends = self.written.sends[self.heard :]
        return [Record(0, None, send.value) for send in sends if send.topic == EXCHANGE]

    async def flush(self, task: PartitionTask) -> None:
        """Read what it has told itself, and flush."""
        if told := self.told():
            task.stage.process(EXCHANGE, told, self.wall)
            self.work(task)
        self.heard = len(self.written.sends)
        self.wall += 11.0
        await task.commit(*task.encode(self.wall))

    async def end(self, task: PartitionTask) -> None:
        """Wait until all topics are idle, and flush until nothing is told that was not heard."""
        self.idle(task)
        self.work(task)
        await self.flush(task)
        while self.told():
            task.stage.tick(self.wall, TOPICS)
            await self.flush(task)

    def customers(self) -> dict[str, Any]:
        rows = {s.key: s.value for s in self.written.sends if s.topic == CUSTOMERS}
        return {(key or b"").decode(): json.loads(row) for key, row in rows.items() if row}

    def kept(self, *wanted: str) -> dict[Any, Any]:
        """Give the rows of some kinds; of cells and details what they are, whenever flushed."""
        stored = {key: row for key, row in self.written.rows.items() if key != checkpoints.KEY}
        read = kinds.LAYOUT.read(ingested_by_series(stored))
        rows = [row for row in read if row.kind.letter in wanted]
        details = [row for row in rows if row.kind is kinds.DETAILS]
        found: dict[Any, Any] = {
            (row.kind.name, row.fields): row.value for row in rows if row.kind is not kinds.DETAILS
        }
        for row in sorted(details, key=lambda row: row.fields[3:]):  # by flush and part
            topic, _, metric, *_ = row.fields
            own = unpack(row.value)
            each = own.starts.tolist(), own.labels(), own.counts.tolist(), own.written_prints()
            for start, labels, *number in zip(*each, strict=True):
                found[topic, metric, start, labels] = number
        return found
