"""Read changelogs to their end, as committed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.transport.client.connection import connection
from streams.transport.client.ending import closed
from streams.transport.client.lean_records import LeanBuffer
from streams.transport.failure import SupersededError
from streams.transport.state import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from streams.core.stage import Record
    from streams.settings import Kafka

Rows = dict[bytes, bytes]

ROWS_AT_ONCE = 2_000
"""Rows that are read in one go: so many hold the event loop for some milliseconds."""


class Changelog(NamedTuple):
    """What stands in the changelog of one partition.

    `rows` has the last value of every key; deleted keys are left out. `newer` counts the records
    behind the last checkpoint, all of them where there is none. Each flush writes its checkpoint
    last, in one transaction with its rows, and a log keeps its order: compaction leaves offsets as
    they are and never takes the last record of a key away, and what was aborted is not read. So
    where every flush was committed whole there are none.
    """

    rows: Rows
    newer: int


class ChangelogReader:
    """A consumer outside of any group; use as an async context manager.

    `topics` are all that it will be asked about: it learns of them at once. Of topics that it does
    not know aiokafka learns one after the other, and waits a tenth of a second before each.
    """

    def __init__(self, kafka: Kafka, topics: Collection[str]) -> None:
        self._topics = topics
        self._consumer = AIOKafkaConsumer(
            **connection(kafka),
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            check_crcs=kafka.check_crcs,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=4 << 20,
        )

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        await self._consumer._client.set_topics(self._topics)
        self._consumer._fetcher._records = LeanBuffer()
        return self

    async def __aexit__(self, *_: object) -> None:
        await closed(self._consumer.stop())

    async def beginnings(self, tps: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Find the first offset still there of each partition."""
        if not tps:
            return {}
        found: dict[TopicPartition, int] = await self._consumer.beginning_offsets(list(tps))
        return found

    async def load(
        self, tps: Collection[TopicPartition], current: Callable[[], bool]
    ) -> dict[TopicPartition, Changelog]:
        """Read the changelogs of some partitions to their ends.

        The writers of these partitions must have been fenced before: then the end cannot move.

        Raises:
            SupersededError: `current` said that it is pointless by now.
        """
        consumer = self._consumer
        found = {tp: Changelog({}, 0) for tp in tps}
        if not tps:
            return found
        ends, starts = await asyncio.gather(consumer.end_offsets(list(tps)), self.beginnings(tps))
        open_ = {tp for tp in tps if starts[tp] < ends[tp]}
        if not open_:
            return found
        consumer.assign(list(open_))
        for tp in open_:
            consumer.seek(tp, starts[tp])
        while open_:
            if not current():
                raise SupersededError
            fetched = await consumer.getmany(*open_, timeout_ms=200, max_records=ROWS_AT_ONCE)
            for tp, records in fetched.items():
                found[tp] = extended(found[tp], records)
            # The position counts control records too; the last record's offset does not.
            open_ = {tp for tp in open_ if await consumer.position(tp) < ends[tp]}
            # What was fetched already is handed out without ever waiting.
            await asyncio.sleep(0)
        return found


def extended(before: Changelog, records: Iterable[Record]) -> Changelog:
    """Read on in a changelog; the rows of `before` are changed."""
    rows, newer = before
    for _, key, value in records:
        if key is None:
            continue  # none of ours
        newer = 0 if key == checkpoint.KEY else newer + 1
        if value is None:
            rows.pop(key, None)
        else:
            rows[key] = value
    return Changelog(rows, newer)
