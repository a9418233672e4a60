"""The evidence: how often each combination of labels occurred, lately.

By hour for three days, by day for five weeks; both from 5-minute buckets that can no longer
change. Buckets that still can are held apart, by source partition: their counts are cumulative and
replace each other. Combinations beyond the cap of an hour or a day are counted under `other`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from streams.core import prints
from streams.core.buckets import BASE, DAY, HOUR
from streams.core.incidents.hours import Hours
from streams.core.incidents.sample import Part, Sampled
from streams.core.incidents.tally import NOWHERE, Counts, Labels, Place, Same, Tally, within
from streams.core.series import OTHER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streams.core.messages import Details, Sample

HOURS_KEPT: Final = 3 * DAY
DAYS_KEPT: Final = 36 * DAY
BASE_DAYS: Final = 28
HOUR_CAP: Final = 2_000
DAY_CAP: Final = 5_000
SAMPLES: Final = 3
TUPLE_PRINTS: Final = 48
"""Prints of a combination of labels in an hour,"""
HOUR_PRINTS: Final = 16_384
"""and of all of them together: some 330 kB."""
TALLIES_KEPT: Final = 16
SUMS_KEPT: Final = 2_000

Means = dict[Labels, float]
Bucket = tuple[str, int, int]
"""Kind of row: open (with partition), hour or day; partition or 0; start."""


class Entry(msgspec.Struct, array_like=True):
    """Count, sample texts and prints of one combination of labels."""

    count: int
    samples: list[tuple[int, str]]
    prints: bytes = b""

    def add(self, other: Entry) -> None:
        """Add another one; of the samples the smallest hashes stay."""
        self.count += other.count
        if other.samples:
            self.samples = sorted({*self.samples, *other.samples})[:SAMPLES]
        if other.prints:
            self.prints = prints.merge(self.prints, [other.prints], TUPLE_PRINTS)


class Source(msgspec.Struct, array_like=True):
    """How far one source partition was heard of."""

    flush: int = -1
    part: int = -1
    watermark: int = 0
    idle: bool = False


class Evidence:
    """The evidence of one metric. `grace` in seconds of event time.

    `changed` names the buckets, `moved` the source partitions that changed since they were
    cleared.
    """

    def __init__(self, grace: int) -> None:
        self._grace = grace
        self.names: Labels = ()
        self.same = Same(2 * DAY_CAP)
        self.sources: dict[int, Source] = {}
        self.open: dict[tuple[int, int], dict[Labels, Entry]] = {}  # by partition and start
        self.hours = Hours(Entry)
        self.days: dict[int, Counts] = {}
        self.changed: set[Bucket] = set()
        self.moved: set[int] = set()
        self._bases: dict[int, Tally] = {}
        self._weekdays: dict[tuple[int, ...], Tally] = {}
        self._sums: dict[tuple[int, Place], int] = {}
        self._windows: dict[tuple[int, int], Tally] = {}

    def take(self, details: Details) -> None:
        """Take over what one message of the fold stage tells; repeated or old ones do nothing."""
        heard = details.source
        source = self.sources.setdefault(heard.partition, Source())
        if (heard.flush, heard.part) <= (source.flush, source.part):
            return
        self.names = details.labels
        self._windows.clear()
        frozen = source.watermark - self._grace - BASE
        for row in details.rows:
            if row.start > frozen:
                entries = self.open.setdefault((heard.partition, row.start), {})
                entries[self.same.of(row.labels)] = Entry(row.count, row.samples, row.prints)
                self.changed.add(("o", heard.partition, row.start))
        source.flush, source.part = heard.flush, heard.part
        source.watermark = max(source.watermark, heard.watermark)
        source.idle = heard.idle
        self.moved.add(heard.partition)
        self._freeze(heard.partition, source.watermark - self._grace - BASE)

    def reached(self, end: int, partitions: int) -> bool:
        """Tell whether every source partition has told all before `end`, or is idle."""
        if len(self.sources) < partitions:
            return False
        return all(s.idle or s.watermark - self._grace >= end for s in self.sources.values())

    def prune(self, end: int) -> None:
        """Forget what is too old at `end`."""
        for start in [start for start in self.hours if start < end - HOURS_KEPT]:
            del self.hours[start]
            self.changed.add(("h", 0, start))
        for start in [start for start in self.days if start < end - DAYS_KEPT]:
            del self.days[start]
            self.changed.add(("d", 0, start))
            self._bases.clear()

    def place(self, labels: Mapping[str, str]) -> Place:
        """Find where a series' labels stand in the evidence."""
        if not set(labels) <= set(self.names):
            return NOWHERE
        return tuple((self.names.index(name), value) for name, value in labels.items())

    def window(self, start: int, end: int, place: Place) -> Counts:
        """Count by combination of labels in `[start, end)`, of one series."""
        tally = self._windows.get((start, end))
        if tally is None:
            if len(self._windows) >= TALLIES_KEPT:
                self._windows.clear()
            tally = self._windows[start, end] = Tally(self._over(start, end))
        return tally.of(place)

    def base(self, before: int, place: Place) -> Counts:
        """Count by combination of labels in the four weeks before the day of `before`."""
        day = before - before % DAY
        tally = self._bases.get(day)
        if tally is None:
            if len(self._bases) >= TALLIES_KEPT:
                self._bases.clear()
            starts = range(day - BASE_DAYS * DAY, day, DAY)
            tally = Tally(self.days.get(start, {}).items() for start in starts)
            self._bases[day] = tally
        return tally.of(place)

    def samples(self, start: int, end: int, place: Place) -> list[str]:
        """Give up to three sample texts of a series, from the last three days of a window."""
        hashed: set[Sample] = set()
        first = max(start, end - HOURS_KEPT)
        held = [self.hours.get(at) for at in range(first, end, HOUR)]
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
            for labels, count in self._like(like).of(place).items():
                means[labels] = means.get(labels, 0.0) + part * count
        return means

    def usual(self, start: int, end: int, before: int, place: Place) -> float:
        """Give the sum of what `typical` gives; 0 where nothing is known."""
        total = 0.0
        for like, part in self._parts(start, end, before):
            total += part * sum(self._sum(day, place) for day in like)
        return total

    def _sum(self, day: int, place: Place) -> int:
        known = self._sums.get((day, place))
        if known is None:
            if len(self._sums) >= SUMS_KEPT:
                self._sums.clear()
            counts = self.days.get(day, {}).items()
            known = sum(count for labels, count in counts if within(labels, place))
            self._sums[day, place] = known
        return known

    def count(self, start: int, end: int, place: Place) -> int:
        """Count the events of a series in `[start, end)`."""
        return sum(
            count
            for part in self._over(start, end)
            for labels, count in part
            if within(labels, place)
        )

    def _parts(self, start: int, end: int, before: int) -> Iterator[tuple[tuple[int, ...], float]]:
        """Give, for each day of a span, the days like it, and the part of their sum to expect."""
        limit = before - before % DAY
        earliest = min(self.days, default=limit)
        for at in range(start - start % DAY, end, DAY):
            like = [d for k in range(1, 6) if earliest <= (d := at - 7 * k * DAY) < limit]
            part = self._part(max(start, at), min(end, at + DAY), limit)
            yield tuple(like), part / max(1, len(like))

    def _like(self, days: tuple[int, ...]) -> Tally:
        tally = self._weekdays.get(days)
        if tally is None:
            if len(self._weekdays) >= TALLIES_KEPT:
                self._weekdays.clear()
            tally = Tally(self.days.get(day, {}).items() for day in days)
            self._weekdays[days] = tally
        return tally

    def _part(self, start: int, end: int, before: int) -> float:
        """Give the part of a day's events that usually falls into these hours of it."""
        if end - start == DAY:
            return 1.0
        within_hours = of_days = 0
        for day in (before - DAY, before - 2 * DAY):
            all_day = sum(self.days.get(day, {}).values())
            if all_day and day in self.hours:  # its first hour: all of it is still kept
                of_days += all_day
                first = day + start % DAY - start % HOUR
                for hour in range(first, first + end - start, HOUR):
                    within_hours += sum(e.count for e in self.hours.get(hour).values())
        return within_hours / of_days if of_days else (end - start) / DAY

    def sampled(self, start: int, end: int, place: Place) -> Sampled:
        """Give the prints of a series in `[start, end)`, of the last three days at most."""
        parts: list[Part] = []
        held = [self.hours.get(at) for at in range(start - start % HOUR, end, HOUR)]
        for entries in (*held, *self._unfrozen(start - start % BASE, end)):
            for labels, entry in entries.items():
                if entry.prints and within(labels, place):
                    parts.append(Part(labels, entry.count, entry.prints))
        return Sampled.of(parts, start, end)

    def _over(self, start: int, end: int) -> Iterator[Iterable[tuple[Labels, int]]]:
        """Give the days and hours that make up a window, and what is still open in it."""
        at = start
        while at < end:
            if at % DAY == 0 and at + DAY <= end:
                yield self.days.get(at, {}).items()
                at += DAY
            else:
                hour = at - at % HOUR  # a window may begin within an hour; then all of it counts
                yield ((labels, e.count) for labels, e in self.hours.get(hour).items())
                at = hour + HOUR
        for entries in self._unfrozen(start, end):
            yield ((labels, e.count) for labels, e in entries.items())

    def _unfrozen(self, start: int, end: int) -> Iterator[Mapping[Labels, Entry]]:
        return (entries for (_, at), entries in self.open.items() if start <= at < end)

    def _freeze(self, partition: int, frozen: int) -> None:
        """Add the buckets that can no longer change to their hours and days."""
        done = [at for owner, at in self.open if owner == partition and at <= frozen]
        for at in sorted(done):
            hour, day = at - at % HOUR, at - at % DAY
            hours, days = self.hours.change(hour), self.days.setdefault(day, {})
            for labels, entry in self.open.pop((partition, at)).items():
                other = (OTHER,) * len(labels)
                key = labels if labels in hours or len(hours) < HOUR_CAP else other
                known = hours.get(key)
                if known is None:
                    hours[key] = entry
                else:
                    known.add(entry)
                key = labels if labels in days or len(days) < DAY_CAP else other
                days[key] = days.get(key, 0) + entry.count
            _bound(hours)
            self.changed.update((("o", partition, at), ("h", 0, hour), ("d", 0, day)))
            self._weekdays.clear()
            self._sums.clear()
            if self._bases and day < max(self._bases):
                self._bases.clear()


def _bound(hours: dict[Labels, Entry]) -> None:
    """Cut the prints of an hour to what all combinations of labels may have together."""
    if sum(len(entry.prints) for entry in hours.values()) > HOUR_PRINTS * prints.SIZE:
        cut = prints.thin([entry.prints for entry in hours.values()], HOUR_PRINTS)
        for entry, kept in zip(hours.values(), cut, strict=True):
            entry.prints = kept
