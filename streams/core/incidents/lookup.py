"""Looking the evidence up: what a series had in a window, and what is usual of it.

What was worked out is kept as long as it holds: one step asks for many series in the same windows,
and the next one for the same days before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from streams.core.buckets import BASE, DAY, HOUR
from streams.core.incidents.entry import SAMPLES, Entry
from streams.core.incidents.hours import Hours
from streams.core.incidents.sample import Part, Sampled
from streams.core.incidents.tally import (
    NOWHERE,
    Counts,
    Index,
    Labels,
    Place,
    Tally,
    added,
    ordered,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streams.core.messages import Sample

K = TypeVar("K")

HOURS_KEPT: Final = 3 * DAY
BASE_DAYS: Final = 28
SHELVES_KEPT: Final = 16
PLACES_KEPT: Final = 64
USUAL_KEPT: Final = 2_000

Means = dict[Labels, float]
Shelf = dict[Place, Counts]


class Lookup:
    """Counts by combination of labels, by hour and day and what is still `open`, to be read.

    Who changes an hour or a day says so (`_moved_on`).
    """

    def __init__(self) -> None:
        self.names: Labels = ()
        self.open: dict[tuple[int, int], dict[Labels, Entry]] = {}  # by partition and start
        self._places: list[tuple[int, int]] = []  # heap of what is open: start, partition
        self.hours = Hours()
        self.days: dict[int, Counts] = {}
        self._daily: dict[int, Tally] = {}
        self._bases: dict[int, Shelf] = {}
        self._windows: dict[tuple[int, int], Shelf] = {}
        self._hourly: dict[int, list[int]] = {}
        self._usual: dict[tuple[int, int, int, Place], float] = {}
        self._printed: dict[tuple[int, int], Index[Entry]] = {}

    def place(self, labels: Mapping[str, str]) -> Place:
        """Find where a series' labels stand in the evidence."""
        if not set(labels) <= set(self.names):
            return NOWHERE
        return tuple((self.names.index(name), value) for name, value in labels.items())

    def window(self, start: int, end: int, place: Place) -> Counts:
        """Count by combination of labels in `[start, end)`, of one series."""
        shelf = _shelf(self._windows, (start, end))
        if place not in shelf:
            shelf[place] = ordered(added(self._over(start, end, place)))
        return shelf[place]

    def base(self, before: int, place: Place) -> Counts:
        """Count by combination of labels in the four weeks before the day of `before`."""
        day = before - before % DAY
        shelf = _shelf(self._bases, day)
        if place not in shelf:
            starts = range(day - BASE_DAYS * DAY, day, DAY)
            shelf[place] = ordered(added(self._day(start).of(place) for start in starts))
        return shelf[place]

    def samples(self, start: int, end: int, place: Place) -> list[str]:
        """Give up to three sample texts of a series, from the last three days of a window."""
        hashed: set[Sample] = set()
        first = max(start, end - HOURS_KEPT)
        held = [self.hours.get(at) for at in range(first - first % HOUR, end, HOUR)]
        for entries in (*held, *self._unfrozen(first, end)):
            for labels, entry in entries.items():
                if entry.samples and within(labels, place):
                    hashed.update(entry.samples)
        texts = dict.fromkeys(text for _, text in sorted(hashed))
        return list(texts)[:SAMPLES]

    def typical(self, start: int, end: int, before: int, place: Place) -> Means | None:
        """Give what `[start, end)` would have had as on the same weekdays before `before`.

        Hours get the part of their day that they had in the last days. None where no such weekday
        is known.
        """
        means: Means = {}
        for like, part in self._parts(start, end, before):
            if not like:
                return None
            for labels, count in added(self._day(day).of(place) for day in like).items():
                means[labels] = means.get(labels, 0.0) + part * count
        return means

    def usual(self, start: int, end: int, before: int, place: Place) -> float:
        """Give the sum of what `typical` gives; 0 where nothing is known."""
        asked = start, end, before, place
        total = self._usual.get(asked)
        if total is None:
            if len(self._usual) >= USUAL_KEPT:
                self._usual.clear()
            total = 0.0
            for like, part in self._parts(start, end, before):
                total += part * sum(self._day(day).total(place) for day in like)
            self._usual[asked] = total
        return total

    def _day(self, day: int) -> Tally:
        tally = self._daily.get(day)
        if tally is None:
            tally = self._daily[day] = Tally(self.days.get(day, {}))
        return tally

    def count(self, start: int, end: int, place: Place) -> int:
        """Count the events of a series in `[start, end)`."""
        total = 0
        for at, whole in _spans(start, end):
            if whole:
                total += self._day(at).total(place)
            else:
                total += sum(count for _, count in self._from(at, start, place))
        for entries in self._unfrozen(start, end):
            total += sum(count for _, count in _within(entries, place))
        return total

    def _parts(self, start: int, end: int, before: int) -> Iterator[tuple[tuple[int, ...], float]]:
        """Give, for each day of a span, the days like it, and the part of their sum to expect."""
        limit = before - before % DAY
        earliest = min(self.days, default=limit)
        for at in range(start - start % DAY, end, DAY):
            like = [d for k in range(1, 6) if earliest <= (d := at - 7 * k * DAY) < limit]
            part = self._part(max(start, at), min(end, at + DAY), limit)
            yield tuple(like), part / max(1, len(like))

    def _part(self, start: int, end: int, before: int) -> float:
        """Give the part of a day's events that usually falls into these hours of it."""
        if end - start == DAY:
            return 1.0
        within_hours, of_days = 0.0, 0
        for day in (before - DAY, before - 2 * DAY):
            all_day = self._day(day).total(())
            if all_day and day in self.hours:  # its first hour: all of it is still kept
                of_days += all_day
                counts = self._hours_of(day)
                for hour in range(start - start % HOUR, end, HOUR):
                    part = (min(end, hour + HOUR) - max(start, hour)) / HOUR
                    within_hours += part * counts[hour % DAY // HOUR]
        return within_hours / of_days if of_days else (end - start) / DAY

    def _hours_of(self, day: int) -> list[int]:
        counts = self._hourly.get(day)
        if counts is None:
            hours = [self.hours.get(at) for at in range(day, day + DAY, HOUR)]
            counts = self._hourly[day] = [sum(e.count for e in h.values()) for h in hours]
        return counts

    def sampled(self, start: int, end: int, place: Place) -> Sampled:
        """Give the prints of a series in `[start, end)`, of the last three days at most."""
        printed = self._printed.get((start, end))
        if printed is None:
            if len(self._printed) >= SHELVES_KEPT:
                self._printed.clear()
            held = [self.hours.get(at) for at in range(start - start % HOUR, end, HOUR)]
            both = (*held, *self._unfrozen(start - start % BASE, end))
            printed = Index([one for many in both for one in many.items() if one[1].prints])
            self._printed[start, end] = printed
        parts = [Part(labels, e.count, e.prints) for labels, e in printed.of(place)]
        return Sampled.of(parts, start, end)

    def _over(self, start: int, end: int, place: Place) -> Iterator[Iterable[tuple[Labels, int]]]:
        """Give what the days and hours of a window have of a series, and what is still open."""
        for at, whole in _spans(start, end):
            yield self._day(at).of(place) if whole else self._from(at, start, place)
        for entries in self._unfrozen(start, end):
            yield _within(entries, place)

    def _from(self, hour: int, start: int, place: Place) -> Iterator[tuple[Labels, int]]:
        """Give what an hour has of a series, from `start` on if that lies within it."""
        for labels, entry in self.hours.get(hour).items():
            if within(labels, place):
                count = entry.count if start <= hour else entry.since(start, hour)
                if count:
                    yield labels, count

    def _unfrozen(self, start: int, end: int) -> Iterator[Mapping[Labels, Entry]]:
        if not self._places or self._places[0][0] >= end:
            return iter(())
        return (entries for (_, at), entries in self.open.items() if start <= at < end)

    def _moved_on(self, day: int) -> None:
        """Forget what was worked out of a day that changed, or is gone."""
        self._windows.clear()
        self._daily.pop(day, None)
        self._hourly.pop(day, None)
        for asked in [asked for asked in self._usual if day < asked[2] - asked[2] % DAY]:
            del self._usual[asked]
        for base in [base for base in self._bases if base - BASE_DAYS * DAY <= day < base]:
            del self._bases[base]


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


def _within(entries: Mapping[Labels, Entry], place: Place) -> Iterator[tuple[Labels, int]]:
    return ((labels, e.count) for labels, e in entries.items() if within(labels, place))


def _shelf(shelves: dict[K, Shelf], key: K) -> Shelf:
    """Find where the counts of a span are, by series; the oldest make room."""
    shelf = shelves.get(key)
    if shelf is None:
        if len(shelves) >= SHELVES_KEPT:
            del shelves[next(iter(shelves))]
        shelf = shelves[key] = {}
    elif len(shelf) >= PLACES_KEPT:
        shelf.clear()
    return shelf
