"""Flushes of one table: never two at a time, and what comes of a failure."""

# ruff: noqa: ARG002 - the fakes take what the protocols give

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, cast

import pytest
from aiokafka.errors import KafkaTimeoutError, ProducerFenced, TopicAuthorizationFailedError

from streams.core.stage import Flush, Record
from streams.transport.batch import Batch
from streams.transport.failure import NoNewEpochError, TooLargeError
from streams.transport.spec import StageSpec
from streams.transport.state.checkpoint import Checkpoint
from streams.transport.state.flush_clock import LOOK
from streams.transport.state.flushing import Flusher
from streams.transport.state.partition_task import PartitionTask, RecordsLostError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from streams.transport.state.writer import Row, Writer


class Counting:
    """A stage that counts the records it was handed."""

    def __init__(self) -> None:
        self.changes = 0

    def restore(self, rows: Mapping[bytes, bytes]) -> None: ...

    def process(self, topic: str, records: Sequence[Record], wall: float) -> None:
        self.changes += len(records)

    def tick(self, wall: float, caught_up: Collection[str]) -> None: ...

    def source_progress(self) -> tuple[()]:
        return ()

    def pending(self) -> int:
        return self.changes

    def flush(self, number: int, wall: float) -> Flush:
        written, self.changes = self.changes, 0
        return Flush([(b"count", b"%d" % written)], [])


class Held:
    """A writer whose transactions take until `let_go`; it fails with `error` if that is set."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.begun = asyncio.Event()
        self.written: list[Flush] = []
        self.error: Exception | None = None
        self.busy = False

    def prepare(self, flush: Flush, wall: float) -> Flush:
        return flush

    async def write(self, flush: Flush, marker: Row) -> None:
        assert not self.busy, "two transactions at a time"
        self.busy = True
        self.begun.set()
        await self.go.wait()
        self.busy = False
        if self.error:
            raise self.error
        self.written.append(flush)


class Owner:
    """Notes what is reported to it."""

    def __init__(self) -> None:
        self.reported: list[str] = []

    def owns(self, table: PartitionTask) -> bool:
        return not self.reported

    def fail(self, origin: str, error: BaseException) -> None:
        self.reported.append(f"failed: {origin}: {type(error).__name__}")

    def stop(self, table: PartitionTask, origin: str, error: Exception) -> None:
        self.reported.append(f"stopped: {table.name}, {origin}: {type(error).__name__}")

    async def lose(self, table: PartitionTask, error: BaseException) -> None:
        self.reported.append(f"lost: {type(error).__name__}")

    def flushed(self, table: PartitionTask) -> None: ...


SPEC = StageSpec("fold", ("complaints",), lambda _: Counting())


class Setup:
    def __init__(self) -> None:
        self.writer, self.owner = Held(), Owner()
        self.table = PartitionTask(
            SPEC,
            3,
            Counting(),
            cast("Writer", self.writer),
            Checkpoint(0, 1, {}, {"complaints": 4}),
            {"complaints": 10},
        )
        self.flusher = Flusher(self.owner, ["fold"])

    def process(self, start: int, end: int) -> None:
        records = [Record(offset, None, b"x") for offset in range(start, end)]
        self.table.process([Batch("complaints", 3, start, end, 1, records)], 0.0)


@pytest.fixture
async def setup() -> Setup:
    return Setup()


async def test_what_comes_during_a_flush_belongs_to_the_next(setup: Setup) -> None:
    setup.process(10, 15)
    flush = setup.flusher.start(setup.table)
    await setup.writer.begun.wait()
    setup.process(15, 17)
    setup.writer.go.set()
    await flush
    assert setup.table.checkpoint == Checkpoint(1, 1, {"complaints": 15}, {"complaints": 4})
    assert setup.table.dirty()
    await setup.flusher.last([setup.table])
    assert setup.table.checkpoint.offsets == {"complaints": 17}
    assert [flush.rows for flush in setup.writer.written] == [
        [(b"count", b"5")],
        [(b"count", b"2")],
    ]


class Hurrying(Counting):
    """A stage that writes on a backlog nothing of what it has."""

    backlog = untold = False

    def flush(self, number: int, wall: float) -> Flush:
        return Flush([], []) if self.backlog else super().flush(number, wall)


async def test_the_last_flush_has_what_was_left_out_on_a_backlog(setup: Setup) -> None:
    setup.table.stage = Hurrying()
    setup.writer.go.set()
    setup.process(10, 15)
    setup.flusher.due([setup.table], 0.0, lambda _: 0.0, behind=True)
    await setup.flusher.start(setup.table)
    async with asyncio.timeout(30):
        await setup.flusher.last([setup.table])
    assert [flush.rows for flush in setup.writer.written] == [[], [(b"count", b"5")]]


async def test_all_who_want_a_flush_share_the_one_under_way(setup: Setup) -> None:
    setup.process(10, 15)
    waiting = [
        asyncio.create_task(setup.flusher.room(setup.table, 1)),
        asyncio.create_task(setup.flusher.last([setup.table])),
    ]
    await setup.writer.begun.wait()
    setup.process(15, 20)
    for wall in (0.0, 9.0):
        setup.flusher.due([setup.table], wall, lambda _: 0.0)
    setup.writer.go.set()
    await asyncio.gather(*waiting)
    assert len(setup.writer.written) == 2
    assert setup.flusher.costs["fold"].flushes == 2


async def test_the_marker_advances_only_with_the_commit(setup: Setup) -> None:
    setup.process(10, 15)
    setup.writer.error = TopicAuthorizationFailedError()
    setup.writer.go.set()
    await setup.flusher.start(setup.table)
    assert setup.owner.reported == [
        "failed: fold[3], writing flush 1: TopicAuthorizationFailedError"
    ]
    assert setup.table.checkpoint.flush == 0


async def test_what_a_topic_does_not_take_stops_its_partition(setup: Setup) -> None:
    setup.process(10, 15)
    setup.writer.error = TooLargeError("larger than max.message.bytes of alerts")
    setup.writer.go.set()
    await setup.flusher.last([setup.table])
    assert setup.owner.reported == ["stopped: fold[3], writing flush 1: TooLargeError"]
    assert setup.table.checkpoint.flush == 0


@pytest.mark.parametrize(
    "error", [ProducerFenced(), KafkaTimeoutError(), NoNewEpochError("another owner")]
)
async def test_fenced_or_unanswered_the_table_is_lost(setup: Setup, error: Exception) -> None:
    setup.process(10, 15)
    setup.writer.error = error
    setup.writer.go.set()
    await setup.flusher.last([setup.table])
    assert setup.owner.reported == [f"lost: {type(error).__name__}"]


async def test_a_stage_that_raises_in_its_flush_stops_its_partition(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.process(10, 15)
    monkeypatch.delattr(Counting, "flush")
    await setup.flusher.last([setup.table])
    assert setup.owner.reported == ["stopped: fold[3], encoding flush 1: AttributeError"]
    assert not setup.writer.written


async def test_moved_offsets_are_written_though_nothing_changed(setup: Setup) -> None:
    setup.process(10, 10)
    assert setup.table.dirty()  # the first marker
    setup.writer.go.set()
    await setup.flusher.last([setup.table])
    assert not setup.table.dirty()


async def test_what_waits_for_the_clock_is_written_in_the_end_without_haste(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.process(10, 15)
    setup.writer.go.set()
    mark = time.monotonic() + 5 * LOOK
    monkeypatch.setattr(Counting, "pending", lambda _: int(time.monotonic() < mark))
    await setup.flusher.last([setup.table])
    assert not setup.table.dirty()
    assert len(setup.writer.written) <= 7


async def test_a_batch_that_does_not_follow_the_last_is_a_bug_and_reported(setup: Setup) -> None:
    with pytest.raises(RecordsLostError, match="expected offset 10 of complaints, got 12"):
        setup.process(12, 15)


async def test_a_batch_with_records_that_were_taken_before_is_a_bug_and_reported(
    setup: Setup,
) -> None:
    setup.process(10, 15)
    again = [Record(offset, None, b"x") for offset in range(12, 17)]
    with pytest.raises(RecordsLostError, match="expected offset 15 of complaints, got 12"):
        setup.table.process([Batch("complaints", 3, 15, 17, 1, again)], 0.0)


async def test_the_ends_of_transactions_between_records_are_counted(setup: Setup) -> None:
    """As many flushes of others has it passed."""
    records = [Record(offset, None, b"x") for offset in (10, 11, 13)]
    setup.table.process([Batch("complaints", 3, 10, 15, 1, records)], 0.0)
    setup.process(15, 17)
    assert setup.table.received == 2
