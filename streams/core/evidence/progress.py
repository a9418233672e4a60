"""How far each source partition has been read, as far as the evidence of one metric knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.messages import Source


class PartitionProgress(msgspec.Struct, array_like=True):
    """The last message of one source partition: its flush and part, watermark (epoch s), idle."""

    flush: int = -1
    part: int = -1
    watermark: int = 0
    idle: bool = False

    def update(self, source: Source) -> bool:
        """Note where a message comes from; False where it is a repeated or an old one."""
        if (source.flush, source.part) <= (self.flush, self.part):
            return False
        self.flush, self.part = source.flush, source.part
        self.watermark = max(self.watermark, source.watermark)
        self.idle = source.idle
        return True


class SourceProgress:
    """The progress of all source partitions; `grace` in seconds of event time."""

    def __init__(self, grace: int) -> None:
        self._grace = grace
        self._partitions: dict[int, PartitionProgress] = {}
        self._changed: set[int] = set()

    def update(self, source: Source) -> bool:
        """Note where a message comes from; False where it is a repeated or an old one."""
        known = self._partitions.setdefault(source.partition, PartitionProgress())
        new = known.update(source)
        if new:
            self._changed.add(source.partition)
        return new

    def final_until(self, partition: int) -> int:
        """Return the event time up to which nothing of a partition can change any more."""
        known = self._partitions.get(partition)
        return (0 if known is None else known.watermark) - self._grace

    def have_passed(self, end: int, partitions: int) -> bool:
        """Return whether each of so many partitions has published all before `end`, or is idle."""
        if len(self._partitions) < partitions:
            return False
        known = self._partitions.values()
        return all(one.idle or one.watermark - self._grace >= end for one in known)

    def restore(self, partition: int, progress: PartitionProgress) -> None:
        """Restore what is known of a partition."""
        self._partitions[partition] = progress

    def pending(self) -> int:
        """Count the partitions that changed since the last `changes`."""
        return len(self._changed)

    def changes(self) -> Iterator[tuple[int, PartitionProgress]]:
        """Return the partitions that changed since the last call, with what is known of them."""
        changed, self._changed = self._changed, set()
        return ((partition, self._partitions[partition]) for partition in changed)
