"""A flush in batches, ready to be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.core.stage import Sends
from streams.transport.state.partition_batches import PartitionBatches
from streams.transport.state.records import parted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.stage import Flush
    from streams.settings import Kafka
    from streams.transport.state.row_batch import RowBatch

Largest = tuple[int, bytes, int]
"""Bytes, key and partition of the largest row of a topic."""
NONE: Largest = (0, b"", 0)


class Prepared(NamedTuple):
    """A flush in batches, by topic and partition; those of the changelog come last."""

    batches: dict[tuple[str, int], list[RowBatch]]
    largest: dict[str, Largest]
    timestamp: int


def prepared(
    flush: Flush,
    kafka: Kafka,
    changelog: tuple[str, int],
    counts: Mapping[str, int],
    timestamp: int,
) -> Prepared:
    """Put a flush into batches.

    Args:
        flush: what is to be written.
        kafka: by which codec.
        changelog: topic and partition of its rows.
        counts: partitions by topic.
        timestamp: of all rows, milliseconds since the epoch.
    """
    by_topic: dict[str, list[PartitionBatches]] = {}
    for topic, partition, keys, values in Sends.of(flush.sends).columns:
        if topic not in by_topic:
            by_topic[topic] = [
                PartitionBatches(kafka, topic, timestamp) for _ in range(counts[topic])
            ]
        own = by_topic[topic]
        if partition is None:
            for batched, some in zip(own, parted(keys, values, len(own)), strict=True):
                batched.extend(*some)
        else:
            own[partition].extend(keys, values)
    targets = {
        (topic, partition): batched
        for topic, own in by_topic.items()
        for partition, batched in enumerate(own)
        if batched.batches
    }
    targets[changelog] = of_rows = PartitionBatches(kafka, changelog[0], timestamp)
    of_rows.extend([key for key, _ in flush.rows], [value for _, value in flush.rows])
    largest: dict[str, Largest] = {}
    for (topic, partition), batched in targets.items():
        largest[topic] = max(largest.get(topic, NONE), (*batched.largest, partition))
    batches = {place: batched.batches for place, batched in targets.items()}
    return Prepared(batches, largest, timestamp)
