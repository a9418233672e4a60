"""Counts by combination of labels, hour by hour and day by day, as columns of numbers.

What was read once is kept as long as it holds: one step asks for many series in the same hours, and
the next one for the same days before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.event_time.buckets import DAY, HOUR
from streams.core.evidence.combinations import Combinations
from streams.core.evidence.index import Index
from streams.core.evidence.label_counts import LabelCounts
from streams.core.evidence.past import HOURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.evidence.combinations import Labels, Place
    from streams.core.evidence.row import EvidenceRow
    from streams.core.evidence.sample import Whole
    from streams.core.evidence.store import EvidenceStore, Outdated

COMBINATIONS_NUMBERED: Final = 50_000
"""Combinations of labels that have a number before all are numbered anew."""


class RecentHours(NamedTuple):
    """Counts of the hours of a day (0 to 23) that are not gone, and where those of a series are."""

    hours: Whole
    counts: Whole
    places: Index


class CountIndex:
    """The counts of the evidence as columns; `combinations` numbers what they are counts of."""

    def __init__(self, store: EvidenceStore) -> None:
        self._store = store
        self.combinations = Combinations()
        self._days: dict[int, LabelCounts] = {}
        self._hours: dict[int, LabelCounts] = {}
        self._past: dict[int, tuple[Whole, Whole]] = {}
        self._recent: dict[int, RecentHours] = {}
        # What is not kept is not remembered either: nobody would say when to forget it.
        self._nothing = LabelCounts.of(self.combinations, {})

    def day(self, day: int) -> LabelCounts:
        """Return the counts of a day."""
        known = self._days.get(day)
        if known is None:
            counts = self._store.days.find(day)
            if counts is None:
                return self._nothing
            known = self._days[day] = LabelCounts.of(self.combinations, counts)
        return known

    def hour(self, hour: int) -> LabelCounts:
        """Return the counts of an hour."""
        known = self._hours.get(hour)
        if known is None:
            if hour not in self._store.hours:
                return self._past_hour(hour)
            of_hour = self._store.hours.counts(hour)
            known = self._hours[hour] = LabelCounts.of(self.combinations, of_hour)
        return known

    def _past_hour(self, hour: int) -> LabelCounts:
        day = hour - hour % DAY
        if day not in self._store.past:
            return self._nothing
        numbers, table = self.past(day)
        counts = table[:, (hour - day) // HOUR]
        return LabelCounts(self.combinations, numbers[counts > 0], counts[counts > 0])

    def past(self, day: int) -> tuple[Whole, Whole]:
        """Return the combinations of the hours of a day that are gone, with 24 counts for each."""
        known = self._past.get(day)
        if known is None:
            labels, table = self._store.past.counts(day)
            known = self.combinations.numbers(labels), table
            if labels:
                self._past[day] = known
        return known

    def by_hour(self, day: int, place: Place) -> Whole:
        """Return the counts of a series in each hour of a day."""
        hours, counts, places = self._recent_hours(day)
        own = places.of(place) if place else slice(None)
        of_series: Whole = np.bincount(hours[own], counts[own], HOURS).astype(np.int64)
        if day in self._store.past:
            numbers, table = self.past(day)
            of_series += table[self.combinations.within(place, numbers)].sum(axis=0)
        return of_series

    def _recent_hours(self, day: int) -> RecentHours:
        known = self._recent.get(day)
        if known is None:
            starts = [at for at in range(day, day + DAY, HOUR) if at in self._store.hours]
            parts = [self._nothing, *map(self.hour, starts)]
            hours = [0, *((at - day) // HOUR for at in starts)]
            numbers = np.concatenate([part.numbers for part in parts])
            known = RecentHours(
                np.repeat(hours, [part.numbers.size for part in parts]),
                np.concatenate([part.counts for part in parts]),
                Index(self.combinations, numbers),
            )
            if starts:
                self._recent[day] = known
        return known

    def of_rows(self, rows: Mapping[Labels, EvidenceRow]) -> LabelCounts:
        """Return the counts of some rows."""
        return LabelCounts.of(
            self.combinations, {labels: row.count for labels, row in rows.items()}
        )

    def is_full(self) -> bool:
        """Return whether there are so many combinations that all should be numbered anew."""
        return len(self.combinations) > COMBINATIONS_NUMBERED

    def invalidate(self, outdated: Outdated) -> None:
        """Forget what was read of days and hours that changed, or are gone."""
        for hour in outdated.hours:
            self._hours.pop(hour, None)
            self._past.pop(hour - hour % DAY, None)
            self._recent.pop(hour - hour % DAY, None)
        for day in outdated.days:
            for known in (self._days, self._past, self._recent):
                known.pop(day, None)
