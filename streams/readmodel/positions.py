"""Read many topics at once, each from a position that the reader keeps by itself.

A reader that keeps its positions beside what it made of the rows, in one transaction, loses nothing
and counts nothing twice, however it ends.
"""

from __future__ import annotations

import asyncio
import time
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.transport.client.broker_probe import probe
from streams.transport.client.connection import connection
from streams.transport.client.ending import closed
from streams.transport.client.lean_records import LeanBuffer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

    from streams.core.stage import Record
    from streams.settings import Kafka

WAIT_MS: Final = 100
"""A fetch waits so long for news: the embedded broker does not end it when some come."""
MOST: Final = 20_000
"""Rows that are handed on at once."""
LOOK_S: Final = 10.0
"""So often it is looked for topics that were missing, and for partitions that were added."""

Place = tuple[str, int]
"""A topic and the number of a partition."""


class Position(NamedTuple):
    """How far a partition has been read: `offset` of the last row, and a digest of it."""

    offset: int
    digest: bytes


class Piece(NamedTuple):
    """Rows of one partition in their order, and the position after them; no value: deleted."""

    topic: str
    partition: int
    rows: list[tuple[bytes, bytes]]
    position: Position


class Fetched(NamedTuple):
    """What came at once; `behind` counts the offsets that are there and are not yet read."""

    pieces: list[Piece]
    behind: int


class TopicsChangedError(Exception):
    """What stands at a position is not what was read there: the topic is another one."""


def digest(key: bytes | None, value: bytes | None) -> bytes:
    """Return what tells a row from another one."""
    parts = blake2b(key or b"", digest_size=8)
    parts.update(b"\0" if value is None else b"\1" + value)
    return parts.digest()


class Positions:
    """A reader of some topics, from what was read before.

    Args:
        kafka: how to reach the cluster.
        topics: what to read; those that are missing are waited for.
        known: how far each partition was read; one that is not there is read from its beginning.
        ending: tells that the reader is to stop.
    """

    def __init__(
        self,
        kafka: Kafka,
        topics: Sequence[str],
        known: Mapping[Place, Position],
        ending: Callable[[], bool],
    ) -> None:
        self._kafka = kafka
        self._topics = topics
        self._known = dict(known)
        self._ending = ending
        self._consumer = AIOKafkaConsumer(
            **connection(kafka),
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            check_crcs=kafka.check_crcs,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=WAIT_MS,
        )
        self._there: dict[TopicPartition, int] = {}
        self._looked = 0.0

    async def fetch(self) -> AsyncGenerator[Fetched, None]:
        """Yield what comes, until it is to end; also where nothing came, after a short while.

        Raises:
            TopicsChangedError: a topic was made anew, or has fewer rows than were read.
            WorkerFailedError: a broker answers and refuses us.
            aiokafka.errors.KafkaConnectionError: no broker answers.
        """
        await probe(self._kafka)
        try:
            await self._consumer.start()
            self._consumer._fetcher._records = LeanBuffer()  # noqa: SLF001
            if self._consumer._client.cluster.controller is None:  # noqa: SLF001 - the embedded one
                self._consumer._fetcher._check_crcs = False  # noqa: SLF001
            while not self._ending():
                if time.monotonic() - self._looked > LOOK_S:
                    await self._look()
                if not self._there:
                    yield Fetched([], 0)
                    await asyncio.sleep(WAIT_MS / 1000)
                    continue
                fetched = await self._consumer.getmany(timeout_ms=WAIT_MS, max_records=MOST)
                pieces = [
                    piece
                    for place, records in fetched.items()
                    if (piece := self._piece(place, records)) is not None
                ]
                yield Fetched(pieces, await self._behind())
        finally:
            await closed(self._consumer.stop())

    def _piece(self, place: TopicPartition, records: Sequence[Record]) -> Piece | None:
        known = self._known.get((place.topic, place.partition))
        if known is not None and records and records[0].offset <= known.offset:
            first = records[0]
            if first.offset == known.offset and digest(first.key, first.value) != known.digest:
                raise TopicsChangedError(f"{place.topic} is not what it was")
            records = [record for record in records if record.offset > known.offset]
        if not records:
            return None
        last = records[-1]
        position = Position(last.offset, digest(last.key, last.value))
        self._known[place.topic, place.partition] = position
        rows = [(record.key or b"", record.value or b"") for record in records]
        return Piece(place.topic, place.partition, rows, position)

    async def _look(self) -> None:
        """Take in the partitions that were not there before."""
        self._looked = time.monotonic()
        # Asking for a topic by name would make it, where the broker makes topics by itself.
        cluster = await self._consumer._client.fetch_all_metadata()  # noqa: SLF001
        found = [
            TopicPartition(topic, number)
            for topic in self._topics
            for number in sorted(cluster.partitions_for_topic(topic) or ())
        ]
        new = [place for place in found if place not in self._there]
        if not new:
            return
        kept = {place: await self._consumer.position(place) for place in self._there}
        self._consumer.assign(found)
        for place, offset in kept.items():
            self._consumer.seek(place, offset)
        starts = await self._consumer.beginning_offsets(new)
        ends = await self._consumer.end_offsets(new)
        for place in new:
            known = self._known.get((place.topic, place.partition))
            if known is not None and known.offset >= ends[place]:
                raise TopicsChangedError(f"{place.topic} has fewer rows than were read")
            # The last row once more: it shows that this is the topic that was read.
            start = starts[place] if known is None else max(starts[place], known.offset)
            self._consumer.seek(place, start)
            self._there[place] = ends[place]

    async def _behind(self) -> int:
        """Count the offsets that can be read and were not."""
        behind = 0
        for place, end in self._there.items():
            newest = self._consumer.last_stable_offset(place) or end
            behind += max(0, newest - await self._consumer.position(place))
        return behind
