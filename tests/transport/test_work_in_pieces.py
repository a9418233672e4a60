"""The work of a batch, piece by piece: flushed in between, and left to whoever comes next."""

# ruff: noqa: ARG002 - the fakes take what the protocols give

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, cast

import pytest

from streams.core.stage import Flush, Record
from streams.settings import Settings
from streams.settings import Worker as WorkerSettings
from streams.transport.batch import Batch
from streams.transport.spec import StageSpec
from streams.transport.state import partition_task
from streams.transport.state.checkpoint import Checkpoint
from streams.transport.state.partition_task import PartitionTask
from streams.transport.state.task_manager import TaskManager

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from aiokafka import TopicPartition

    from streams.transport.state.group import Group
    from streams.transport.state.writer import Row, Writer

EPOCH = 5


class Slow:
    """Each record is a piece of work; `pause` holds the next piece up until `go`."""

    def __init__(self) -> None:
        self.left = self.done = self.unwritten = 0
        self.go, self.held = threading.Event(), threading.Event()
        self.pause = -1

    def restore(self, rows: Mapping[bytes, bytes]) -> None: ...

    def process(self, topic: str, records: Sequence[Record], wall: float) -> None:
        raise AssertionError("all at once")

    def tick(self, wall: float, caught_up: Collection[str]) -> None:
        raise AssertionError("all at once")

    def admit(self, topic: str, records: Sequence[Record], wall: float) -> None:
        self.left += len(records)

    def remind(self, wall: float, caught_up: Collection[str]) -> None: ...

    def work(self) -> bool:
        if not self.left:
            return False
        if self.done == self.pause:
            self.held.set()
            self.go.wait()
        self.left, self.done, self.unwritten = self.left - 1, self.done + 1, self.unwritten + 1
        return True

    def source_progress(self) -> tuple[()]:
        return ()

    def pending(self) -> int:
        return self.unwritten

    def flush(self, number: int, wall: float) -> Flush:
        self.unwritten = 0
        return Flush([(b"done", b"%d of %d" % (self.done, self.done + self.left))], [])


class Noted:
    """A writer that keeps what it is given."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def prepare(self, flush: Flush, wall: float) -> Flush:
        return flush

    async def write(self, flush: Flush, marker: Row) -> None:
        self.rows += flush.rows

    async def stop(self) -> None: ...


class Member:
    """A group of one."""

    def reach(self, tp: TopicPartition) -> None: ...

    async def commit_offsets(self, offsets: Mapping[TopicPartition, int]) -> bool:
        return True


SPEC = StageSpec("incidents", ("signals",), lambda _: Slow())


class Setup:
    def __init__(self, flush_keys: int, stage: Slow | None = None) -> None:
        settings = Settings(worker=WorkerSettings(flush_keys=flush_keys))
        self.stage, self.writer = stage or Slow(), Noted()
        self.partitions = TaskManager(settings, [SPEC], {"signals": 1})
        self.partitions.join(cast("Group", Member()))
        writer = cast("Writer", self.writer)
        marker = Checkpoint(0, 1, {}, {"signals": 1})
        self.table = PartitionTask(SPEC, 0, self.stage, writer, marker, {"signals": 0})
        self.partitions._tasks[self.table.place] = self.table  # noqa: SLF001 - as a take-over does
        self.partitions._epoch = EPOCH  # noqa: SLF001 - as a seek does

    def batch(self, size: int) -> list[Batch]:
        start = self.table.position["signals"]
        records = [Record(start + number, None, b"x") for number in range(size)]
        return [Batch("signals", 0, start, start + size, EPOCH, records)]


@pytest.fixture
async def setup() -> Setup:
    return Setup(flush_keys=4)


async def held(setup: Setup) -> asyncio.Task[None]:
    """Have it process ten records, and hold it up in the eighth piece."""
    setup.stage.pause = 7
    taking = asyncio.create_task(setup.partitions.process(setup.batch(10)))
    while not setup.stage.held.is_set():
        await asyncio.sleep(0.001)
    return taking


async def test_it_is_flushed_between_pieces_and_what_is_left_is_part_of_the_state(
    setup: Setup,
) -> None:
    await setup.partitions.process(setup.batch(10))
    assert setup.writer.rows == [(b"done", b"4 of 10"), (b"done", b"8 of 10")]
    assert setup.table.checkpoint.offsets == {"signals": 10}
    await setup.partitions.close()
    assert setup.writer.rows[-1] == (b"done", b"10 of 10")


async def test_a_revocation_waits_for_the_piece_under_way_and_for_no_other(setup: Setup) -> None:
    taking = await held(setup)
    revoking = asyncio.create_task(setup.partitions.on_revoked())
    await asyncio.sleep(0)
    assert not revoking.done()
    setup.stage.go.set()
    await asyncio.gather(taking, revoking)
    assert setup.stage.done == 8
    assert setup.writer.rows[-1] == (b"done", b"8 of 10")


async def test_a_stop_does_not_wait_for_the_rest_of_the_work(setup: Setup) -> None:
    taking = await held(setup)
    closing = asyncio.create_task(setup.partitions.close())
    await asyncio.sleep(0)
    setup.stage.go.set()
    await asyncio.gather(taking, closing)
    assert setup.writer.rows[-1] == (b"done", b"8 of 10")


async def test_a_tick_goes_on_with_what_a_former_owner_left(setup: Setup) -> None:
    setup.stage.left = 3
    await setup.partitions.tick()
    assert setup.table.working is not None
    await setup.table.working
    assert (setup.stage.done, setup.stage.left) == (3, 0)


class Patient(Slow):
    """A stage that takes more while there is work left."""

    takes_more = True


@pytest.mark.parametrize("kind", [Slow, Patient])
async def test_records_wait_for_the_work_of_others_unless_the_stage_takes_more(
    kind: type[Slow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partition_task, "PATIENCE", 0.0)
    setup = Setup(flush_keys=100, stage=kind())
    taking = await held(setup)
    if kind is Patient:
        await taking
    assert setup.stage.left == 3
    setup.stage.go.set()
    await taking
    await setup.partitions.process(setup.batch(5))
    working = setup.table.working
    if working is not None:
        await working
    assert (setup.stage.done, setup.stage.left) == (15, 0)
    await setup.partitions.close()
    assert setup.writer.rows[-1] == (b"done", b"15 of 15")


class Faulty(Slow):
    """A stage that finds something wrong with itself."""

    def drain_faults(self) -> list[str]:
        return ["customers do not add up: ada"]


def test_what_a_stage_finds_wrong_with_itself_is_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    writer = cast("Writer", Noted())
    task = PartitionTask(SPEC, 1, Faulty(), writer, Checkpoint(0, 1, {}, {}), {"signals": 0})
    task.tick(0.0, lambda _: None, ())
    assert "incidents[1]: customers do not add up: ada" in caplog.text
