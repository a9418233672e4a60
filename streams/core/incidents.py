"""The incidents stage: signals become alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.stage import Flush

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from streams.core.config import Config
    from streams.core.stage import Record


class IncidentsStage:
    """Takes what the series stage says; being built."""

    def __init__(self, source_partitions: int, series_partitions: int, settings: Config) -> None:
        del source_partitions, series_partitions, settings

    def restore(self, rows: Mapping[bytes, bytes]) -> None:
        """Take over from the changelog."""

    def take(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Take one fetched batch."""

    def tick(self, wall: float, caught_up: Collection[str]) -> None:
        """Do clock work."""

    def pending(self) -> int:
        """Count what the next flush would write."""
        return 0

    def flush(self, number: int, wall: float) -> Flush:
        """Encode everything that changed."""
        del number, wall
        return Flush([], [])
