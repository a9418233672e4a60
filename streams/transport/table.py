"""The state of one stage partition, its position in the source topics, and its flushes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka import TopicPartition

from streams.transport import marker as markers
from streams.transport.marker import Marker

if TYPE_CHECKING:
    import asyncio

    from streams.core.stage import Stage
    from streams.transport.fetching import Batch
    from streams.transport.spec import StageSpec
    from streams.transport.writer import Prepared, Writer


class RecordsLostError(Exception):
    """A batch does not begin where the last one ended: a bug in the shell, never data."""


class Table:
    """Drives one `Stage`: nothing here awaits between taking records and noting their offsets.

    `position` has the next offset to take by topic; `marker` is what the last flush made durable.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a table is made of
        self,
        spec: StageSpec,
        partition: int,
        stage: Stage,
        writer: Writer,
        marker: Marker,
        position: dict[str, int],
    ) -> None:
        self.spec = spec
        self.partition = partition
        self.stage = stage
        self.writer = writer
        self.marker = marker
        self.position = position
        self.flushing: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """What logs call it."""
        return f"{self.spec.name}[{self.partition}]"

    @property
    def place(self) -> tuple[str, int]:
        """Stage name and partition."""
        return self.spec.name, self.partition

    def inputs(self) -> list[TopicPartition]:
        """Name what it reads."""
        return [TopicPartition(topic, self.partition) for topic in self.spec.topics]

    def take(self, batch: Batch, wall: float) -> None:
        """Hand a batch to the stage.

        Raises:
            RecordsLostError: records are missing before it, or were taken before.
        """
        start = batch.start
        if batch.records and batch.records[0].offset < start:
            start = batch.records[0].offset  # what it has, not what was asked for
        if start != self.position[batch.topic]:
            raise RecordsLostError(
                f"{self.name}: expected offset {self.position[batch.topic]} of {batch.topic}, "
                f"got {start}"
            )
        self.stage.take(batch.topic, batch.records, wall)
        self.position[batch.topic] = batch.end

    def dirty(self) -> bool:
        """Tell whether a flush would write anything."""
        return self.stage.pending() > 0 or self.position != self.marker.offsets

    def encode(self, wall: float) -> tuple[Prepared, Marker]:
        """Encode all changes and the marker that says what they include, in one go."""
        number = self.marker.flush + 1
        prepared = self.writer.prepare(self.stage.flush(number, wall), wall)
        return prepared, Marker(
            flush=number,
            version=self.spec.version,
            offsets=dict(self.position),
            partitions=self.marker.partitions,
        )

    async def commit(self, prepared: Prepared, marker: Marker) -> None:
        """Make a flush durable: in one transaction, and only then advance the marker."""
        await self.writer.write(prepared, (markers.KEY, markers.encode(marker)))
        self.marker = marker
