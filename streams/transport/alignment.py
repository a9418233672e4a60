"""Keeps the partitions of a source topic together in event time: the slowest sets the pace.

The stages that follow keep open whatever the slowest partition has not passed. If one stands still
(its fold has stopped on a bug, say) or has far more to read than the others, those would fill the
memory of all by reading on; so they wait while they are too far ahead. Who reads a partition knows
best how far it is, and who comes behind has heard of those that are read elsewhere. A partition
that has nothing left to read holds nobody up, nor does one that nobody has heard of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka import TopicPartition

from streams.core.stage import READ

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.transport.table import Table


def too_far(tables: Iterable[Table], lead: int) -> frozenset[TopicPartition]:
    """Name the inputs of `tables` that are more than `lead` seconds of event time ahead."""
    own: dict[TopicPartition, int] = {}
    heard: dict[TopicPartition, int] = {}
    for table in tables:
        inputs = set(table.inputs())
        for topic, partition, at in table.stage.reached():
            tp = TopicPartition(topic, partition)
            if tp in inputs:
                own[tp] = at
            else:
                heard[tp] = max(at, heard.get(tp, at))
    slowest: dict[str, int] = {}
    for tp, at in (heard | own).items():
        slowest[tp.topic] = min(at, slowest.get(tp.topic, READ))
    return frozenset(tp for tp, at in own.items() if slowest[tp.topic] + lead < at < READ)
