"""Looking the evidence up: what a series had in a window, and what is usual of it.

What was worked out is kept as long as it holds: one step asks for many series in the same windows,
and the next one for the same days before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from streams.core.event_time.buckets import BASE, DAY, HOUR
from streams.core.evidence.hours import Hours
from streams.core.evidence.label_counts import (
    NOWHERE,
    Combinations,
    Counts,
    LabelCounts,
    Labels,
    Place,
    within,
)
from streams.core.evidence.past import Past
from streams.core.evidence.recent import Recent
from streams.core.evidence.row import SAMPLES, EvidenceRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from numpy.typing import NDArray

    from streams.core.evidence.sample import Everything, Sampled, Whole
    from streams.core.messages import Sample

K = TypeVar("K")

HOURS_KEPT: Final = 3 * DAY
BASE_DAYS: Final = 28
DAY_CAP: Final = 5_000
"""Combinations of labels in a day."""
SHELVES_KEPT: Final = 16
COUNTS_KEPT: Final = 100_000
"""Counts of combinations that are kept by place: those of all series that are up."""

COMBINATIONS_KEPT: Final = 50_000


class TalliesByPlace(dict[Place, LabelCounts]):
    """What was counted of a span, by series; all of it makes room when it is too much."""

    def __init__(self) -> None:
        super().__init__()
        self._held = 0

    def put(self, place: Place, label_counts: LabelCounts) -> None:
        """Keep the counts of a series."""
        if self._held > COUNTS_KEPT:
            self.clear()
            self._held = 0
        self._held += len(label_counts.numbers) + 50
        self[place] = label_counts


class EvidenceQuery:
    """Counts by combination of labels, by hour and day and what is still `open`, to be read.

    Who changes hours or days says so (`_moved_on`).
    """

    def __init__(self) -> None:
        self.names: Labels = ()
        self.open: dict[tuple[int, int], dict[Labels, EvidenceRow]] = {}  # by partition and start
        self._places: list[tuple[int, int]] = []  # heap of what is open: start, partition
        self.hours = Hours()
        self.days: dict[int, Counts] = {}
        self._combinations = Combinations()
        self._daily: dict[int, LabelCounts] = {}
        self._bases: dict[int, TalliesByPlace] = {}
        self._windows: dict[tuple[int, int], TalliesByPlace] = {}
        self._hourly: dict[int, LabelCounts] = {}
        self.past = Past(DAY_CAP)
        self._past_days: dict[int, tuple[Whole, Whole]] = {}
        self._recent = Recent(self.hours, self._combinations)

    def place(self, labels: Mapping[str, str]) -> Place:
        """Find where a series' labels stand in the evidence."""
        if not set(labels) <= set(self.names):
            return NOWHERE
        return tuple((self.names.index(name), value) for name, value in labels.items())

    def window(self, start: int, end: int, place: Place) -> LabelCounts:
        """Count by combination of labels in `[start, end)`, of one series."""
        shelf = _shelf(self._windows, (start, end))
        if place not in shelf:
            parts = (part.of_series(place) for part in self._over(start, end, place))
            shelf.put(place, LabelCounts.added(self._combinations, parts))
        return shelf[place]

    def base(self, before: int, place: Place) -> LabelCounts:
        """Count by combination of labels in the four weeks before the day of `before`."""
        day = before - before % DAY
        shelf = _shelf(self._bases, day)
        if place not in shelf:
            starts = range(day - BASE_DAYS * DAY, day, DAY)
            parts = (self._day(start).of_series(place) for start in starts)
            shelf.put(place, LabelCounts.added(self._combinations, parts))
        return shelf[place]

    def samples(self, start: int, end: int, place: Place) -> list[str]:
        """Give up to three sample texts of a series, from the last three days of a window."""
        first = max(start, end - HOURS_KEPT)
        hashed: set[Sample] = self._recent.samples(first, end, place)
        for entries in self._unfrozen(first, end):
            for labels, entry in entries.items():
                if entry.samples and within(labels, place):
                    hashed.update(entry.samples)
        texts = dict.fromkeys(text for _, text in sorted(hashed))
        return list(texts)[:SAMPLES]

    def _day(self, day: int) -> LabelCounts:
        label_counts = self._daily.get(day)
        if label_counts is None:
            label_counts = self._daily[day] = LabelCounts.of(
                self._combinations, self.days.get(day, {})
            )
        return label_counts

    def _hour(self, hour: int) -> LabelCounts:
        label_counts = self._hourly.get(hour)
        if label_counts is None:
            day = hour - hour % DAY
            if hour not in self.hours and day in self.past:
                numbers, table = self._past_of(day)
                counts = table[:, (hour - day) // HOUR]
                return LabelCounts(self._combinations, numbers[counts > 0], counts[counts > 0])
            counts_of = self.hours.counts(hour)
            label_counts = self._hourly[hour] = LabelCounts.of(self._combinations, counts_of)
        return label_counts

    def _label_counts(self, entries: Mapping[Labels, EvidenceRow]) -> LabelCounts:
        counts = {labels: entry.count for labels, entry in entries.items()}
        return LabelCounts.of(self._combinations, counts)

    def count(self, start: int, end: int, place: Place) -> int:
        """Count the events of a series in `[start, end)`."""
        return sum(label_counts.total(place) for label_counts in self._over(start, end, place))

    def _past_of(self, day: int) -> tuple[Whole, Whole]:
        known = self._past_days.get(day)
        if known is None:
            labels, table = self.past.counts(day)
            known = self._past_days[day] = self._combinations.numbers(labels), table
        return known

    def sampled(self, start: int, end: int, place: Place) -> Sampled:
        """Give the prints of a series in `[start, end)`, of the last three days at most."""
        unfrozen = list(self._unfrozen(start - start % BASE, end))
        if not unfrozen:
            return self._recent.sampled(start, end, place)
        # What another source partition can still change lies among the hours.
        return self._recent.mixed(start, end, place, unfrozen)

    def everything(self, start: int, end: int) -> Everything:
        """Give the prints of all series in `[start, end)`, of the last three days at most."""
        return self._recent.everything(start, end) or self._recent.keep(
            self.sampled(start, end, ())
        )

    def _over(self, start: int, end: int, place: Place) -> Iterator[LabelCounts]:
        """Give the days and hours of a window, and what is still open; of `place` at least."""
        for at, whole in _spans(start, end):
            if whole:
                yield self._day(at)
            elif start <= at:
                yield self._hour(at)
            else:
                yield self._rest_of(at, start, place)
        for entries in self._unfrozen(start, end):
            yield self._label_counts(entries)

    def _rest_of(self, hour: int, start: int, place: Place) -> LabelCounts:
        """Give what an hour has of a series from `start` on, which lies within it."""
        there = self._hour(hour)
        if hour not in self.hours:
            part = 1.0 - (start - hour) / HOUR
            return LabelCounts(self._combinations, there.numbers, _rounded(there.counts * part))
        entries = list(self.hours.get(hour).values())
        own = there.index.of(place) if place else np.arange(len(entries))
        rest = [entries[number].since(start, hour) for number in own.tolist()]
        return LabelCounts(self._combinations, there.numbers[own], np.array(rest, dtype=np.int64))

    def _unfrozen(self, start: int, end: int) -> Iterator[Mapping[Labels, EvidenceRow]]:
        if not self._places or self._places[0][0] >= end:
            return iter(())
        return (entries for (_, at), entries in self.open.items() if start <= at < end)

    def _moved_on(self, days: Collection[int], hours: Collection[int]) -> None:
        """Forget what was worked out of days and hours that changed, or are gone."""
        self._windows.clear()
        for hour in hours:
            self._hourly.pop(hour, None)
            self._past_days.pop(hour - hour % DAY, None)
        self._recent.forget(hours)
        if not days:
            return
        for day in days:
            self._daily.pop(day, None)
            self._past_days.pop(day, None)
        first = min(days)
        for base in [base for base in self._bases if first < base]:
            del self._bases[base]

    def _rest(self) -> None:
        """Give back between two steps what would grow: most combinations go with their days."""
        self._recent.rest()
        if len(self._combinations) > COMBINATIONS_KEPT:
            self._combinations = Combinations()
            for known in (self._daily, self._hourly, self._bases, self._windows, self._past_days):
                known.clear()
            self._recent = Recent(self.hours, self._combinations)


def _rounded(counts: NDArray[np.floating[Any]]) -> Whole:
    whole: Whole = np.rint(counts).astype(np.int64)
    return whole


def _spans(start: int, end: int) -> Iterator[tuple[int, bool]]:
    """Give the starts of the days (True) and hours (False) that make up a window."""
    at = start
    while at < end:
        if at % DAY == 0 and at + DAY <= end:
            yield at, True
            at += DAY
        else:
            hour = at - at % HOUR
            yield hour, False
            at = hour + HOUR


def _shelf(shelves: dict[K, TalliesByPlace], key: K) -> TalliesByPlace:
    """Find where the counts of a span are, by series; the oldest make room."""
    shelf = shelves.get(key)
    if shelf is None:
        if len(shelves) >= SHELVES_KEPT:
            del shelves[next(iter(shelves))]
        shelf = shelves[key] = TalliesByPlace()
    return shelf
