"""How many events of each day came too late to be counted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from streams.core.event_time.zone import UTC_ZONE, Zone

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_LATE_DAYS: Final = 400
"""Days with late events that are counted apart; the oldest ones beyond that are not."""


class LateDays:
    """Late events by day of `zone` (its start in epoch seconds), cumulative."""

    def __init__(self, zone: Zone = UTC_ZONE) -> None:
        self._zone = zone
        self.counts: Counter[int] = Counter()
        self._changed: set[int] = set()

    def add(self, time: int) -> None:
        """Count an event that occurred at `time` (epoch seconds)."""
        day = self._zone.day(time)
        self.counts[day] += 1
        self._changed.add(day)
        if len(self.counts) > MAX_LATE_DAYS:
            del self.counts[min(self.counts)]

    def drain_changed(self) -> dict[int, int]:
        """Return the days that changed since the last call, with their counts so far."""
        changed, self._changed = self._changed, set()
        return {day: count for day, count in self.counts.items() if day in changed}

    def restore(self, counts: Mapping[int, int]) -> None:
        """Start from stored counts."""
        self.counts.update(counts)
