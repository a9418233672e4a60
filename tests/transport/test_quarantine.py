"""What becomes of a partition that stopped on a bug."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from aiokafka import TopicPartition

from streams.transport.spec import StageSpec
from streams.transport.state.checkpoint import Checkpoint
from streams.transport.state.partition_task import PartitionTask
from streams.transport.state.quarantine import Quarantine

if TYPE_CHECKING:
    from collections.abc import Collection

    import pytest

    from streams.core.stage import Stage
    from streams.transport.state.group import Group
    from streams.transport.state.writer import Writer

SPEC = StageSpec("fold", ("complaints", "signups"), lambda _: cast("Stage", None))


class Noted:
    """The group and the writer of one partition: both note what is asked of them."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def generation(self) -> int:
        return 7

    async def pause(self, tps: Collection[TopicPartition], generation: int) -> None:
        self.asked.append((list(tps), generation))

    async def stop(self) -> None:
        self.asked.append("closed")


def table(noted: Noted) -> PartitionTask:
    writer = cast("Writer", noted)
    return PartitionTask(SPEC, 1, SPEC.factory(1), writer, Checkpoint(4, 1, {}, {}), {})


async def test_it_is_paused_and_its_writer_closed_after_the_flush_under_way() -> None:
    noted, stops, go = Noted(), Quarantine(), asyncio.Event()
    stopped = table(noted)

    async def flush(task: PartitionTask) -> None:
        assert task is stopped
        await go.wait()
        noted.asked.append("written")

    stopped.start_flush(flush)
    stops.add(stopped, "clock work", ValueError("no"), cast("Group", noted))
    await asyncio.sleep(0)
    go.set()
    await stops.settle()
    topics = [TopicPartition("complaints", 1), TopicPartition("signups", 1)]
    assert noted.asked == [(topics, 7), "written", "closed"]


async def test_it_is_reported_until_it_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    stops = Quarantine()
    error = ValueError("no")
    stops.add(table(Noted()), "complaints offsets 12 to 16", error, None)
    assert stops.why == {("fold", 1): "fold[1], complaints offsets 12 to 16: ValueError('no')"}
    (record,) = caplog.records
    assert record.levelname == "CRITICAL"
    assert record.exc_info == (ValueError, error, error.__traceback__)
    stops.forget()
    assert not stops.why
