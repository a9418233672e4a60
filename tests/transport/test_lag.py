"""How far behind a worker is, and which stages are told so."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import pytest
from aiokafka import TopicPartition

from streams.core.aggregate.stage import AggregateStage
from streams.settings import Settings
from streams.transport.batch import Reach
from streams.transport.spec import StageSpec
from streams.transport.state.checkpoint import Checkpoint
from streams.transport.state.lag import BACKLOG, READ, all_read, is_behind
from streams.transport.state.partition_task import PartitionTask

if TYPE_CHECKING:
    from streams.core.stage import Flush
    from streams.transport.state.writer import Writer


class Reads:
    """A task at an offset of two topics."""

    position = {"signups": 7, "referrals": 7}  # noqa: RUF012 - read only

    def inputs(self) -> list[TopicPartition]:
        return [TopicPartition(topic, 1) for topic in self.position]


@pytest.mark.parametrize(
    ("ends", "behind"),
    [
        ({}, False),  # nothing was fetched yet
        ({"signups": 7}, False),
        ({"signups": 7 + BACKLOG}, False),
        ({"signups": 7, "referrals": 8 + BACKLOG}, True),
    ],
)
def test_one_partition_with_a_backlog_makes_a_worker_be_behind(
    ends: dict[str, int],
    behind: bool,  # noqa: FBT001
) -> None:
    def reach(tp: TopicPartition) -> Reach | None:
        return Reach(7, ends[tp.topic], 7, 0.0) if tp.topic in ends else None

    assert is_behind([Reads()], reach) is behind


@pytest.mark.parametrize(("left", "behind"), [(READ, False), (READ + 1, True)])
def test_a_backlog_lasts_until_nearly_all_is_read(
    left: int,
    behind: bool,  # noqa: FBT001
) -> None:
    def reach(tp: TopicPartition) -> Reach | None:
        return Reach(7, 7 + left, 7, 0.0) if tp.topic == "signups" else None

    assert not is_behind([Reads()], reach)
    assert is_behind([Reads()], reach, was=True) is behind


@pytest.mark.parametrize("was", [False, True])
def test_while_partitions_change_hands_a_backlog_is_as_it_was(
    was: bool,  # noqa: FBT001
) -> None:
    assert is_behind([Reads()], lambda _: None, was=was) is was


@pytest.mark.parametrize(
    ("reaches", "read"),
    [
        ({}, math.inf),  # nothing was fetched yet
        ({"signups": Reach(7, 7, 7, 3.0)}, 3.0),
        ({"signups": Reach(7, 7, 7, 3.0), "referrals": Reach(7, 7, 7, 2.0)}, 2.0),
        ({"signups": Reach(7, 7, 7, 3.0), "referrals": Reach(7, 8, 7, 4.0)}, -math.inf),
        ({"signups": Reach(9, 9, 9, 3.0)}, -math.inf),  # two were handed out, and not yet processed
    ],
)
def test_all_is_read_up_to_the_oldest_answer(reaches: dict[str, Reach], read: float) -> None:
    assert all_read(Reads(), lambda tp: reaches.get(tp.topic)) == read


class Nowhere:
    """A writer of what is not to be written."""

    def prepare(self, flush: Flush, wall: float) -> Flush:
        del wall
        return flush


def test_a_flush_is_made_as_on_a_backlog_where_its_worker_has_one() -> None:
    stage = AggregateStage(0, 1, Settings())
    spec = StageSpec("series", ("partials",), lambda _: stage, version=1)
    writer = cast("Writer", Nowhere())
    task = PartitionTask(spec, 0, stage, writer, Checkpoint(0, 1, {}, {}), {"partials": 0})
    assert task.hurries
    for behind in (True, False):
        task.encode(0.0, behind=behind)
        assert (stage.backlog, task.untold) == (behind, behind)
