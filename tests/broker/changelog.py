"""One changelog partition and those who write it, one after the other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import toy
from aiokafka import TopicPartition
from bench import PARTITIONS

from streams.core.stage import Flush, Send
from streams.transport.state import checkpoint
from streams.transport.state.changelog_reader import ChangelogReader
from streams.transport.state.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench import Bench

    from streams.core.changelog import ChangelogRow
    from streams.transport.state.epochs import Outcome

BATCHES = 4
PADDING = b"." * 200_000
"""Two rows fill a batch."""


class Partition:
    """A changelog partition, its writers one after the other, and what they noted."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.topic, self.other = toy.sources(bench.prefix)
        self.noted: list[Outcome] = []
        self.writers: list[Writer] = []

    async def taken_over(self) -> Writer:
        """Start a writer for it, which fences the one before."""
        counts = {self.topic: PARTITIONS, self.other: PARTITIONS}
        kafka, place = self._bench.settings.kafka, (self.topic, 0)
        writer = Writer(kafka, f"{self._bench.prefix}-id", place, counts, self.noted.append)
        self.writers.append(writer)
        await writer.start()
        return writer

    async def flush(self, writer: Writer, number: int, *sends: Send) -> None:
        """Write a flush of some batches, every row of which has its number."""
        value = b"%d" % number + PADDING
        rows: list[ChangelogRow] = [(b"row %d" % row, value) for row in range(2 * BATCHES)]
        marker = (checkpoint.KEY, b"%d" % number)
        await writer.write(writer.prepare(Flush(rows, list(sends)), 0.0), marker)

    async def holds(self, number: int) -> None:
        """Wait until the committed rows are those of a flush; they are of one at any time, whole.

        A commit is answered before Kafka has put its marker behind the rows.
        """
        async with asyncio.timeout(30):
            while (found := await self._flushes()) != {number}:
                assert len(found) < 2, found
                await asyncio.sleep(0.02)

    async def _flushes(self) -> set[int]:
        """Give the numbers of the flushes that the committed rows are of."""
        place = TopicPartition(self.topic, 0)
        async with ChangelogReader(self._bench.settings.kafka, [self.topic]) as loader:
            rows, newer = (await loader.load([place], lambda: True))[place]
        assert newer == 0
        assert len(rows) in (0, 2 * BATCHES + 1)
        return {int(value[:1]) for value in rows.values()}

    async def close(self) -> None:
        for writer in self.writers:
            await writer.stop()


def in_the_middle(writer: Writer, happens: Callable[[], Awaitable[object]]) -> None:
    """Have something happen in a flush of this writer, once its first batch is answered."""
    producer: Any = writer._producer  # noqa: SLF001 - what is between it and its broker
    send = producer.send_batch
    happened = False

    async def send_batch(*given: Any, **named: Any) -> Any:
        nonlocal happened
        if happened:
            return await send(*given, **named)
        happened = True
        future = await send(*given, **named)
        await asyncio.wait({future})
        await happens()
        return future

    producer.send_batch = send_batch
