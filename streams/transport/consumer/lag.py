"""How far behind the tables are, by what the consumer knows of the ends of their topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiokafka import TopicPartition

    from streams.transport.consumer.fetching import Reach
    from streams.transport.state.partition_task import Table

    ReachOf = Callable[[TopicPartition], Reach | None]


def lag(tables: Iterable[Table], reach_of: ReachOf) -> dict[tuple[str, int], int]:
    """Count the offsets not yet taken, by topic and partition, as far as is known."""
    return {
        (tp.topic, tp.partition): _behind(table, tp, reach)
        for table in tables
        for tp in table.inputs()
        if (reach := reach_of(tp))
    }


def silence(
    tables: Iterable[Table], reach_of: ReachOf, wall: float
) -> dict[tuple[str, int], float]:
    """Tell for how many seconds the broker has not answered, by topic and partition."""
    return {
        (tp.topic, tp.partition): wall - reach.at
        for table in tables
        for tp in table.inputs()
        if (reach := reach_of(tp))
    }


def caught_up(table: Table, reach_of: ReachOf) -> list[TopicPartition]:
    """Name the inputs of a table that are taken to their end."""
    return [
        tp for tp in table.inputs() if (reach := reach_of(tp)) and _behind(table, tp, reach) == 0
    ]


def _behind(table: Table, tp: TopicPartition, reach: Reach) -> int:
    taken = table.position[tp.topic]
    # Behind the last record there may be control records only: the position counts those.
    at = reach.position if taken == reach.handed else taken
    return max(0, reach.end - at)
