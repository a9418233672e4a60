"""Looking counts up: what a series had in a window, and in the weeks before.

What was worked out is kept as long as it holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from streams.core.event_time.buckets import DAY, HOUR
from streams.core.evidence.label_counts import LabelCounts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from streams.core.evidence.combinations import Place
    from streams.core.evidence.count_index import CountIndex
    from streams.core.evidence.sample import Whole
    from streams.core.evidence.store import EvidenceStore, Outdated

K = TypeVar("K")

BASE_DAYS: Final = 28
"""Days before a rise that show what is usual."""
CACHED_SPANS: Final = 16
"""Spans whose counts are remembered."""
CACHED_COUNTS: Final = 100_000
"""Counts of combinations that are kept of a span: those of all series that are up."""


class CountsBySeries:
    """What was counted of a span, by series; all of it makes room when it is too much."""

    def __init__(self) -> None:
        self._known: dict[Place, LabelCounts] = {}
        self._held = 0

    def get(self, place: Place) -> LabelCounts | None:
        """Return the counts of a series, if they are known."""
        return self._known.get(place)

    def put(self, place: Place, counts: LabelCounts) -> LabelCounts:
        """Keep the counts of a series, and give them back."""
        if self._held > CACHED_COUNTS:
            self._known.clear()
            self._held = 0
        self._held += len(counts.numbers) + 50
        self._known[place] = counts
        return counts


class CountQuery:
    """Counts of any series by combination of labels."""

    def __init__(self, store: EvidenceStore, index: CountIndex) -> None:
        self._store = store
        self._index = index
        self._bases: dict[int, CountsBySeries] = {}
        self._windows: dict[tuple[int, int], CountsBySeries] = {}

    def window(self, start: int, end: int, place: Place) -> LabelCounts:
        """Count by combination of labels in `[start, end)`, of one series."""
        known = _of_span(self._windows, (start, end))
        counts = known.get(place)
        if counts is None:
            parts = (part.of_series(place) for part in self._over(start, end, place))
            counts = known.put(place, LabelCounts.added(self._index.combinations, parts))
        return counts

    def base(self, before: int, place: Place) -> LabelCounts:
        """Count by combination of labels in the four weeks before the day of `before`."""
        day = before - before % DAY
        known = _of_span(self._bases, day)
        counts = known.get(place)
        if counts is None:
            starts = range(day - BASE_DAYS * DAY, day, DAY)
            parts = (self._index.day(start).of_series(place) for start in starts)
            counts = known.put(place, LabelCounts.added(self._index.combinations, parts))
        return self._with_open(counts, day, place)

    def _with_open(self, closed: LabelCounts, day: int, place: Place) -> LabelCounts:
        """Add what may yet change: the last events of a partition that is idle since."""
        if not self._store.open_buckets.has_before(day):
            return closed
        there = self._store.open_buckets.between(day - BASE_DAYS * DAY, day)
        parts = [self._index.of_rows(rows).of_series(place) for _, rows in there]
        return LabelCounts.added(self._index.combinations, [closed, *parts]) if parts else closed

    def days_known(self, start: int, end: int) -> int:
        """Count the days in `[start, end)` of which something is known."""
        return sum(start <= day < end for day in self._store.days)

    def count(self, start: int, end: int, place: Place) -> int:
        """Count the events of a series in `[start, end)`."""
        return sum(part.total(place) for part in self._over(start, end, place))

    def invalidate(self, outdated: Outdated) -> None:
        """Forget what was counted of days and hours that changed, or are gone; and all windows."""
        self._windows.clear()
        first = min(outdated.days, default=None)
        if first is not None:
            for base in [base for base in self._bases if first < base]:
                del self._bases[base]

    def _over(self, start: int, end: int, place: Place) -> Iterator[LabelCounts]:
        """Yield the days and hours of a window, and what is still open; of `place` at least."""
        for at, whole in _days_and_hours(start, end):
            if whole:
                yield self._index.day(at)
            elif start <= at:
                yield self._index.hour(at)
            else:
                yield self._rest_of(at, start, place)
        for _, rows in self._store.open_buckets.between(start, end):
            yield self._index.of_rows(rows)

    def _rest_of(self, hour: int, start: int, place: Place) -> LabelCounts:
        """Return the counts of a series in an hour from `start` on, which lies within it."""
        there = self._index.hour(hour)
        combinations = self._index.combinations
        if hour not in self._store.hours:
            part = 1.0 - (start - hour) / HOUR
            return LabelCounts(combinations, there.numbers, _rounded(there.counts * part))
        rows = list(self._store.hours.get(hour).values())
        own = there.index.of(place) if place else np.arange(len(rows))
        rest = [rows[number].since(start, hour) for number in own.tolist()]
        return LabelCounts(combinations, there.numbers[own], np.array(rest, dtype=np.int64))


def _rounded(counts: NDArray[np.floating[Any]]) -> Whole:
    whole: Whole = np.rint(counts).astype(np.int64)
    return whole


def _days_and_hours(start: int, end: int) -> Iterator[tuple[int, bool]]:
    """Yield the starts of the days (True) and hours (False) that make up a window."""
    at = start
    while at < end:
        if at % DAY == 0 and at + DAY <= end:
            yield at, True
            at += DAY
        else:
            hour = at - at % HOUR
            yield hour, False
            at = hour + HOUR


def _of_span(spans: dict[K, CountsBySeries], key: K) -> CountsBySeries:
    """Find the counts of a span; the oldest span makes room."""
    known = spans.get(key)
    if known is None:
        if len(spans) >= CACHED_SPANS:
            del spans[next(iter(spans))]
        known = spans[key] = CountsBySeries()
    return known
