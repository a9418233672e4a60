"""A changelog of any size is read in pieces, and the loop comes round between two of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition

from streams.core.stage import Record
from streams.settings import Kafka
from streams.transport.embedded import EmbeddedBroker
from streams.transport.state import changelog_reader
from streams.transport.state.changelog_reader import ROWS_AT_ONCE, ChangelogReader

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

PLACE = TopicPartition("changelog", 0)
READS = 5


class Fetched:
    """A consumer that has the whole changelog at hand: no call of it ever waits."""

    def __init__(self, **_: Any) -> None:
        self.offset = 0

    async def end_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(tps, READS * ROWS_AT_ONCE)

    async def beginning_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(tps, 0)

    def assign(self, _: Iterable[TopicPartition]) -> None:
        pass

    def seek(self, _: TopicPartition, offset: int) -> None:
        self.offset = offset

    async def position(self, _: TopicPartition) -> int:
        return self.offset

    async def getmany(
        self, *tps: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[Record]]:
        del timeout_ms
        first, self.offset = self.offset, self.offset + max_records
        return {tp: [Record(n, b"%d" % n, b"row") for n in range(first, self.offset)] for tp in tps}


async def test_others_have_their_turn_between_two_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changelog_reader, "AIOKafkaConsumer", Fetched)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    found = await ChangelogReader(Kafka(), [PLACE.topic]).load([PLACE], lambda: True)
    beside.cancel()

    assert len(found[PLACE].rows) == READS * ROWS_AT_ONCE
    assert turns >= READS - 1


async def test_all_topics_are_known_at_once() -> None:
    topics = ["one", "two", "three"]
    with EmbeddedBroker(dict.fromkeys(topics, 2)) as broker:
        kafka = Kafka(brokers=broker.bootstrap, check_crcs=False)
        async with ChangelogReader(kafka, topics) as reader:
            cluster = reader._consumer._client.cluster  # noqa: SLF001 - asked later, each waits
            known = [cluster.partitions_for_topic(topic) for topic in topics]
    assert known == [{0, 1}] * len(topics)
