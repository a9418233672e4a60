"""Counts by combination of labels, hour by hour and day by day, as columns of numbers.

What was read once is kept as long as it holds: one step asks for many series in the same hours, and
the next one for the same days before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import DAY, HOUR
from streams.core.evidence.combinations import Combinations
from streams.core.evidence.label_counts import LabelCounts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.evidence.combinations import Labels
    from streams.core.evidence.row import EvidenceRow
    from streams.core.evidence.sample import Whole
    from streams.core.evidence.store import EvidenceStore, Outdated

COMBINATIONS_NUMBERED: Final = 50_000
"""Combinations of labels that have a number before all are numbered anew."""


class CountIndex:
    """The counts of the evidence as columns; `combinations` numbers what they are counts of."""

    def __init__(self, store: EvidenceStore) -> None:
        self._store = store
        self.combinations = Combinations()
        self._days: dict[int, LabelCounts] = {}
        self._hours: dict[int, LabelCounts] = {}
        self._past: dict[int, tuple[Whole, Whole]] = {}

    def day(self, day: int) -> LabelCounts:
        """Return the counts of a day."""
        known = self._days.get(day)
        if known is None:
            counts = self._store.days.find(day) or {}
            known = self._days[day] = LabelCounts.of(self.combinations, counts)
        return known

    def hour(self, hour: int) -> LabelCounts:
        """Return the counts of an hour."""
        known = self._hours.get(hour)
        if known is None:
            day = hour - hour % DAY
            if hour not in self._store.hours and day in self._store.past:
                numbers, table = self.past(day)
                counts = table[:, (hour - day) // HOUR]
                return LabelCounts(self.combinations, numbers[counts > 0], counts[counts > 0])
            of_hour = self._store.hours.counts(hour)
            known = self._hours[hour] = LabelCounts.of(self.combinations, of_hour)
        return known

    def past(self, day: int) -> tuple[Whole, Whole]:
        """Return the combinations of the hours of a day that are gone, with 24 counts for each."""
        known = self._past.get(day)
        if known is None:
            labels, table = self._store.past.counts(day)
            known = self._past[day] = self.combinations.numbers(labels), table
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
        for day in outdated.days:
            self._days.pop(day, None)
            self._past.pop(day, None)
