"""Looking up what is usual: what the same hours of the weeks before brought; and gaps.

What was worked out is kept as long as it holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.event_time.buckets import DAY, HOUR
from streams.core.evidence.combinations import within
from streams.core.evidence.weeks import MIN_WEEKS, Gap, Weeks

if TYPE_CHECKING:
    from streams.core.evidence.combinations import Place
    from streams.core.evidence.count_index import CountIndex
    from streams.core.evidence.sample import Real, Whole
    from streams.core.evidence.store import EvidenceStore, Outdated

CACHED_WEEKS: Final = 256
"""Series and moments of which the weeks before are remembered."""
CACHED_SERIES: Final = 2_000
"""Series of a day whose hours are remembered, 200 bytes each."""


class UsualQuery:
    """What is usual of any series, by the weeks before."""

    def __init__(self, store: EvidenceStore, index: CountIndex) -> None:
        self._store = store
        self._index = index
        self._days: dict[int, dict[Place, Whole]] = {}
        self._weeks: dict[tuple[int, Place], Weeks] = {}
        self._gaps: dict[tuple[int, int, Place], Gap | None] = {}

    def weeks(self, end: int, place: Place) -> Weeks:
        """Return the counts of a series by hour, up to `end`, as far back as they are kept."""
        known = self._weeks.get((end, place))
        if known is None:
            if len(self._weeks) >= CACHED_WEEKS:
                self._weeks.clear()
            known = self._by_hour(end, place)
            self._weeks[end, place] = known
        return known

    def gap(self, start: int, end: int, place: Place) -> Gap | None:
        """Find the gap in a series before `start`, or that reaches into the days till `end`."""
        asked = start, end - end % DAY, place
        if asked not in self._gaps:
            found = self.weeks(end, place).gap(start, end)
            if self._store.open_buckets.has_before(end):
                return found  # what is open may yet change
            self._gaps[asked] = found
        return self._gaps[asked]

    def by_value(
        self, start: int, end: int, before: int, place: Place, position: int
    ) -> Real | None:
        """Return the usual counts of a series in `[start, end)`, by the value of one label.

        An element for each value that is known: see `Weeks.usual`. None where nothing is.
        """
        spans = list(self.weeks(end, place).like(start, end, before))
        if len(spans) < MIN_WEEKS:
            return None
        for at, to in spans:  # all of them first: they may bring values that nobody knew
            for day in range(at - at % DAY, to, DAY):
                self._index.day(day), self._index.past(day)
        sums = [self._brought(at, to, place, position) for at, to in spans]
        median: Real = np.sort(sums, axis=0)[(len(sums) - 1) // 2]
        return median

    def invalidate(self, outdated: Outdated) -> None:
        """Forget what was worked out of days and hours that changed, or are gone; and all weeks."""
        self._weeks.clear()
        for day in {*outdated.days, *(hour - hour % DAY for hour in outdated.hours)}:
            self._days.pop(day, None)
        first = min((*outdated.days, *outdated.hours), default=None)
        if first is not None:
            for asked in [a for a in self._gaps if first < max(a[0], a[1])]:
                del self._gaps[asked]

    def _by_hour(self, end: int, place: Place) -> Weeks:
        last = (end - 1) - (end - 1) % DAY
        first = min(min(self._store.days, default=last), last)
        counts = np.stack([self._hours_of(day, place) for day in range(first, last + DAY, DAY)])
        flat = counts.reshape(-1)
        if self._store.open_buckets.has_before(end):
            for at, rows in self._store.open_buckets.between(first, end):
                own = (row.count for labels, row in rows.items() if within(labels, place))
                flat[(at - first) // HOUR] += sum(own)
        return Weeks(first, flat, self.weeks(end, ()) if place else None)

    def _hours_of(self, day: int, place: Place) -> Whole:
        """Return the counts of a series in each hour of a day: to be read only."""
        known = self._days.setdefault(day, {})
        counts = known.get(place)
        if counts is None:
            if len(known) >= CACHED_SERIES:
                known.clear()
            counts = self._index.by_hour(day, place)
            if not counts.any() and not self._has_hours(day):
                counts[0] = self._index.day(day).total(place)
            known[place] = counts
        return counts

    def _has_hours(self, day: int) -> bool:
        """Return whether the hours of a day are known: those of before state version 5 are not."""
        hours = range(day, day + DAY, HOUR)
        return day in self._store.past or any(hour in self._store.hours for hour in hours)

    def _brought(self, start: int, end: int, place: Place, position: int) -> Real:
        """Add up what a span of days gone by had of a series, by the value of one label."""
        combinations = self._index.combinations
        sums = np.zeros(len(combinations.values(position)))
        for day in range(start - start % DAY, end, DAY):
            if start <= day and day + DAY <= end:
                sums += self._index.day(day).of_series(place).sums(position)
                continue
            numbers, table = self._index.past(day)
            hours = (np.array([start, end])[:, None] - np.arange(day, day + DAY, HOUR)) / HOUR
            before, upto = np.clip(hours, 0.0, 1.0)
            own = combinations.within(place, numbers)
            codes = combinations.codes(position, numbers[own])
            sums += np.bincount(codes, table[own] @ (upto - before), sums.size + 1)[1:]
        return sums
