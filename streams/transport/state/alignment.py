"""Keeps the partitions of a source topic together in event time: the slowest sets the pace.

The stages that follow keep open whatever the slowest partition has not passed. If one stands still
(its stage has stopped on a bug, say) or has far more to read than the others, those would fill the
memory of all by reading on; so they wait while they are too far ahead. Who reads a partition knows
best how far it is; stages behind know it of those that are read elsewhere. A partition that has
nothing left to read holds nobody up, nor does one of which nothing is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka import TopicPartition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.transport.state.partition_task import PartitionTask


def too_far(tasks: Iterable[PartitionTask], lead: int) -> frozenset[TopicPartition]:
    """Name the inputs of `tasks` that are more than `lead` seconds of event time ahead."""
    own: dict[TopicPartition, tuple[int, bool]] = {}
    reported: dict[TopicPartition, tuple[int, bool]] = {}
    for task in tasks:
        inputs = set(task.inputs())
        for topic, partition, at, ended in task.stage.source_progress():
            tp = TopicPartition(topic, partition)
            known = own if tp in inputs else reported
            known[tp] = max((at, ended), known.get(tp, (at, ended)))
    slowest: dict[str, int] = {}
    for tp, (at, ended) in (reported | own).items():
        if not ended:
            slowest[tp.topic] = min(at, slowest.get(tp.topic, at))
    # One that has ended may have to wait with what comes to it next.
    return frozenset(tp for tp, (at, _) in own.items() if at > slowest.get(tp.topic, at) + lead)
