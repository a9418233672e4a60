"""A worker of the test bed: Groundswell as it is, but for a bug that can be switched on.

An event named `poison-N` makes the fold stage raise, half way through its batch, as long as there
is a file of that name in the folder CHAOS_POISON. The group hears of few of the offsets it is told,
so that it is behind the markers whenever partitions move. The rows of a flush come in several
batches, as those of a large one do, so there is a middle to it.
"""

from __future__ import annotations

import os
import random
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from streams import logs
from streams.cli.work import relax_gc
from streams.core.ingest.with_customers import IngestStageWithCustomers
from streams.settings import Settings, load
from streams.transport.consumer.batching import Consumer, Transport
from streams.transport.state import restore
from streams.transport.state.partition_batches import PartitionBatches
from streams.transport.state.writer import Writer
from streams.worker import run
from streams.worker.topology import pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiokafka import TopicPartition

    from streams.core.stage import Flush, Record
    from streams.transport.spec import Pipeline, StageSpec
    from streams.transport.state.prepared import Prepared

POISONS = Path(os.environ["CHAOS_POISON"])
HEARD = 5
PARTS = 3
NAME = re.compile(rb'"event_id": "(poison-\d+)"')


class BuggyFold(IngestStageWithCustomers):
    """Cannot stand a poisonous event."""

    def admit(self, topic: str, records: Sequence[Record], wall: float) -> None:
        for number, record in enumerate(records):
            if b'"poison-' in (record.value or b""):
                found = NAME.search(record.value or b"")
                if found and (POISONS / found[1].decode()).exists():
                    super().admit(topic, records[:number], wall)
                    raise ArithmeticError(found[1].decode())
        super().admit(topic, records, wall)


class Forgetful(Consumer):
    """The group accepts one in `HEARD` of the offsets that it is given."""

    async def commit_offsets(self, offsets: Mapping[TopicPartition, int]) -> bool:
        return random.randrange(HEARD) == 0 and await super().commit_offsets(offsets)


class Parted(Writer):
    """Has `PARTS` batches for the rows of a flush, and the marker in the last."""

    def prepare(self, flush: Flush, wall: float) -> Prepared:
        prepared = super().prepare(flush, wall)
        rows = list(flush.rows)
        size = -(-len(rows) // PARTS) or 1
        batches = prepared.batches[self._changelog] = []
        for start in range(0, len(rows), size):
            part = PartitionBatches(self._kafka, self._changelog[0], prepared.timestamp)
            part.extend(*zip(*rows[start : start + size], strict=True))
            batches += part.batches
        return prepared


def buggy(settings: Settings) -> Pipeline:
    def stages(partitions: int) -> Sequence[StageSpec]:
        fold, *others = pipeline(settings)(partitions)
        return (
            replace(fold, factory=lambda number: BuggyFold(number, partitions, settings)),
            *others,
        )

    return stages


if __name__ == "__main__":
    logs.configure("DEBUG")
    Transport.Consumer = Forgetful
    restore.Writer = Parted  # type: ignore[attr-defined] # where it is looked up
    given = load()
    relax_gc()
    try:
        run.serve(given, buggy(given))
    except run.REFUSALS as error:
        sys.exit(f"failed: {error}")
