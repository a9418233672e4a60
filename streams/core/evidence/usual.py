"""Looking up what is usual: what the same hours of the weeks before brought; and silences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.event_time.buckets import DAY, HOUR
from streams.core.evidence.label_counts import within
from streams.core.evidence.query import EvidenceQuery
from streams.core.evidence.weeks import FEWEST, Silence, Weeks

if TYPE_CHECKING:
    from collections.abc import Collection

    from streams.core.evidence.label_counts import Place
    from streams.core.evidence.sample import Real, Whole

WEEKS_KEPT: Final = 256
CLOCKS_KEPT: Final = 2_000
"""Series of a day whose hours are remembered, 200 bytes each."""


class Usual(EvidenceQuery):
    """A query that knows the weeks before. What was worked out is kept as long as it holds."""

    def __init__(self) -> None:
        super().__init__()
        self._clocks: dict[int, dict[Place, Whole]] = {}
        self._weeks: dict[tuple[int, Place], Weeks] = {}
        self._silences: dict[tuple[int, int, Place], Silence | None] = {}

    def weeks(self, end: int, place: Place) -> Weeks:
        """Give the counts of a series by hour, up to `end`, as far back as they are kept."""
        known = self._weeks.get((end, place))
        if known is None:
            if len(self._weeks) >= WEEKS_KEPT:
                self._weeks.clear()
            known = self._by_hour(end, place)
            self._weeks[end, place] = known
        return known

    def _by_hour(self, end: int, place: Place) -> Weeks:
        last = (end - 1) - (end - 1) % DAY
        first = min(min(self.days, default=last), last)
        counts = np.stack([self._clock(day, place) for day in range(first, last + DAY, DAY)])
        flat = counts.reshape(-1)
        if self._places and self._places[0][0] < end:
            for (_, at), entries in self.open.items():
                if first <= at < end:
                    own = (e.count for labels, e in entries.items() if within(labels, place))
                    flat[(at - first) // HOUR] += sum(own)
        return Weeks(first, flat, self.weeks(end, ()) if place else None)

    def _clock(self, day: int, place: Place) -> Whole:
        """Give the counts of a series in each hour of a day: to be read only."""
        clocks = self._clocks.setdefault(day, {})
        clock = clocks.get(place)
        if clock is None:
            if len(clocks) >= CLOCKS_KEPT:
                clocks.clear()
            numbers, table = self._past_of(day)
            clock = table[self._combinations.within(place, numbers)].sum(axis=0)
            for hour in range(DAY // HOUR):
                if day + hour * HOUR in self.hours:
                    clock[hour] += self._hour(day + hour * HOUR).total(place)
            if not clock.any() and not self._is_timed(day):
                clock[0] = self._day(day).total(place)
            clocks[place] = clock
        return clock

    def _is_timed(self, day: int) -> bool:
        """Tell whether the hours of a day are known: those of before state version 5 are not."""
        return day in self.past or any(day + h * HOUR in self.hours for h in range(DAY // HOUR))

    def silence(self, start: int, end: int, place: Place) -> Silence | None:
        """Find the silence of a series before `start`, or that reaches into the days till `end`."""
        asked = start, end - end % DAY, place
        if asked not in self._silences:
            found = self.weeks(end, place).silence(start, end)
            if self._places and self._places[0][0] < end:
                return found  # what is open may yet change
            self._silences[asked] = found
        return self._silences[asked]

    def typical(
        self, start: int, end: int, before: int, place: Place, position: int
    ) -> Real | None:
        """Give what `[start, end)` usually brings of a series, by the value of one label.

        An element for each value that is known: see `Weeks.usual`. None where nothing is.
        """
        weeks = self.weeks(end, place)
        spans = list(weeks.like(start, end, before))
        if len(spans) < FEWEST:
            return None
        for at, to in spans:  # all of them first: they may bring values that nobody knew
            for day in range(at - at % DAY, to, DAY):
                self._day(day), self._past_of(day)
        sums = [self._brought(at, to, place, position) for at, to in spans]
        median: Real = np.sort(sums, axis=0)[(len(sums) - 1) // 2]
        return median

    def _brought(self, start: int, end: int, place: Place, position: int) -> Real:
        """Add up what a span of days gone by had of a series, by the value of one label."""
        sums = np.zeros(len(self._combinations.values(position)))
        for day in range(start - start % DAY, end, DAY):
            if start <= day and day + DAY <= end:
                sums += self._day(day).of_series(place).sums(position)
                continue
            numbers, table = self._past_of(day)
            hours = (np.array([start, end])[:, None] - np.arange(day, day + DAY, HOUR)) / HOUR
            before, upto = np.clip(hours, 0.0, 1.0)
            own = self._combinations.within(place, numbers)
            codes = self._combinations.codes(position, numbers[own])
            sums += np.bincount(codes, table[own] @ (upto - before), sums.size + 1)[1:]
        return sums

    def _moved_on(self, days: Collection[int], hours: Collection[int]) -> None:
        """Forget what was worked out of days and hours that changed, or are gone."""
        super()._moved_on(days, hours)
        self._weeks.clear()
        for day in {*days, *(hour - hour % DAY for hour in hours)}:
            self._clocks.pop(day, None)
        first = min((*days, *hours), default=None)
        if first is not None:
            for asked in [a for a in self._silences if first < max(a[0], a[1])]:
                del self._silences[asked]

    def _rest(self) -> None:
        before = len(self._combinations)
        super()._rest()
        if len(self._combinations) < before:
            self._weeks.clear()
