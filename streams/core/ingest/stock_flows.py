"""The flows of a stock: what came in or went out, as one source partition has seen it.

Counts are cumulative, by day and segment, and published to every series partition: each needs the
whole stock for its rates.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from streams.core.catalogue import TOPICS
from streams.core.event_time.zone import UTC_ZONE, Zone
from streams.core.series_key import OTHER, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.ingest.accepted import AcceptedBatch
    from streams.core.messages import FlowCount
    from streams.core.stock import Stock

MAX_DAYS_AND_SEGMENTS: Final = 10_000
"""Days and segments that are counted apart; the rest are counted under `other`."""


class StockFlows:
    """Events of one source topic that change a stock, until the day is frozen.

    A day is its start in epoch seconds.
    """

    def __init__(self, stock: Stock, topic: str, zone: Zone = UTC_ZONE) -> None:
        self._zone = zone
        self._metrics = frozenset(TOPICS[topic].metrics) & stock.flows.keys()
        self._segment = TOPICS[topic].labels.index(stock.segment)
        self._counts: Counter[tuple[int, str]] = Counter()
        self._changed: set[tuple[int, str]] = set()
        self._stored: set[tuple[int, str]] = set()
        """Days and segments of which a row stands in the changelog."""

    def add(self, batch: AcceptedBatch) -> None:
        """Add the events of a batch."""
        rows = zip(batch.buckets, batch.labels, batch.contributions, strict=True)
        for bucket, labels, contributions in rows:
            for metric, _, _ in contributions:
                if metric in self._metrics:
                    self._count(self._zone.day(bucket), labels[self._segment] or UNKNOWN)

    def changed(self) -> list[FlowCount]:
        """Return what changed since `forget` was called: day, segment, count so far."""
        return [(*key, self._counts[key]) for key in sorted(self._changed)]

    def changed_to_store(self, frozen: int) -> Iterator[FlowCount]:
        """Yield what changed and can change further, which is then in the changelog.

        `frozen` is the start of the latest bucket that can no longer change.
        """
        for day, segment, count in self.changed():
            if self._zone.day_after(day) > frozen:
                self._stored.add((day, segment))
                yield day, segment, count

    def forget(self, frozen: int) -> Iterator[tuple[int, str]]:
        """Drop the days that can no longer change; yield those that have rows."""
        self._changed.clear()
        day_after = self._zone.day_after
        for key in [key for key in self._counts if day_after(key[0]) <= frozen]:
            del self._counts[key]
            if key in self._stored:
                self._stored.remove(key)
                yield key

    def restore(self, day: int, segment: str, count: int) -> None:
        """Restore what one row of the changelog has."""
        self._counts[day, segment] = count
        self._stored.add((day, segment))

    def _count(self, day: int, segment: str) -> None:
        key = day, segment
        if key not in self._counts and len(self._counts) >= MAX_DAYS_AND_SEGMENTS:
            key = day, OTHER
        self._counts[key] += 1
        self._changed.add(key)
