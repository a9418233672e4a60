"""How far behind the tasks are, by what the consumer knows of the ends of their topics."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiokafka import TopicPartition

    from streams.transport.batch import Reach

    ReachOf = Callable[[TopicPartition], Reach | None]


BACKLOG: Final = 10_000
"""Records of one partition still to be read that are a backlog: some seconds of work."""
READ: Final = 2_000
"""Records of each partition of which a backlog is over: what may come between two looks."""


class Reads(Protocol):
    """What is asked of a task: its next offset by topic, and which partitions it reads."""

    position: dict[str, int]

    def inputs(self) -> list[TopicPartition]: ...  # noqa: D102


def lag(tasks: Iterable[Reads], reach_of: ReachOf) -> dict[tuple[str, int], int]:
    """Count the offsets not yet processed, by topic and partition, as far as is known."""
    return {
        (tp.topic, tp.partition): _behind(task, tp, reach)
        for task in tasks
        for tp in task.inputs()
        if (reach := reach_of(tp))
    }


def is_behind(tasks: Iterable[Reads], reach_of: ReachOf, *, was: bool = False) -> bool:
    """Return whether of any partition a backlog is still to be read.

    If there `was` one before, it lasts until nearly all is read. Where nothing is known, as while
    partitions change hands, it is as it was.
    """
    known = lag(tasks, reach_of).values()
    return max(known) > (READ if was else BACKLOG) if known else was


def silence(tasks: Iterable[Reads], reach_of: ReachOf, wall: float) -> dict[tuple[str, int], float]:
    """Return for how many seconds the broker has not answered, by topic and partition."""
    return {
        (tp.topic, tp.partition): wall - reach.at
        for task in tasks
        for tp in task.inputs()
        if (reach := reach_of(tp))
    }


def caught_up(task: Reads, reach_of: ReachOf) -> list[TopicPartition]:
    """Name the inputs of a task that are processed to their end."""
    return [tp for tp in task.inputs() if (reach := reach_of(tp)) and _behind(task, tp, reach) == 0]


def all_read(task: Reads, reach_of: ReachOf) -> float:
    """Return up to when a task has processed all there was, epoch seconds; -inf where it has not.

    Of inputs about which the broker has not answered nothing is known.
    """
    known = [(tp, reach) for tp in task.inputs() if (reach := reach_of(tp))]
    if any(_behind(task, tp, reach) for tp, reach in known):
        return -math.inf
    return min((reach.at for _, reach in known), default=math.inf)


def _behind(task: Reads, tp: TopicPartition, reach: Reach) -> int:
    position = task.position[tp.topic]
    # Behind the last record there may be control records only: the position counts those.
    at = reach.position if position == reach.handed else position
    return max(0, reach.end - at)
