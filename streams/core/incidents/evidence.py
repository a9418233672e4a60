"""The evidence: how often each combination of labels occurred, lately.

By hour for three days, by day for five weeks; both from 5-minute buckets that can no longer
change. Buckets that still can are held apart, by source partition: their counts are cumulative and
replace each other. Combinations beyond the cap of an hour or a day are counted under `other`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from streams.core.buckets import BASE, DAY, HOUR
from streams.core.incidents.tally import NOWHERE, Counts, Labels, Place, Tally, within
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
TALLIES_KEPT: Final = 16

Bucket = tuple[str, int, int]
"""Kind of row: open (with partition), hour or day; partition or 0; start."""


class Entry(msgspec.Struct, array_like=True):
    """Count and sample texts of one combination of labels."""

    count: int
    samples: list[tuple[int, str]]

    def add(self, other: Entry) -> None:
        """Add another one; of the samples the smallest hashes stay."""
        self.count += other.count
        if other.samples:
            self.samples = sorted({*self.samples, *other.samples})[:SAMPLES]


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
        self.sources: dict[int, Source] = {}
        self.open: dict[tuple[int, int], dict[Labels, Entry]] = {}  # by partition and start
        self.hours: dict[int, dict[Labels, Entry]] = {}
        self.days: dict[int, Counts] = {}
        self.changed: set[Bucket] = set()
        self.moved: set[int] = set()
        self._bases: dict[int, Tally] = {}
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
        for start, labels, count, samples in details.rows:
            if start > frozen:
                entries = self.open.setdefault((heard.partition, start), {})
                entries[labels] = Entry(count, samples)
                self.changed.add(("o", heard.partition, start))
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
        held = [self.hours.get(at, {}) for at in range(first, end, HOUR)]
        for entries in (*held, *self._unfrozen(first, end)):
            for labels, entry in entries.items():
                if entry.samples and within(labels, place):
                    hashed.update(entry.samples)
        texts = dict.fromkeys(text for _, text in sorted(hashed))
        return list(texts)[:SAMPLES]

    def _over(self, start: int, end: int) -> Iterator[Iterable[tuple[Labels, int]]]:
        """Give the days and hours that make up a window, and what is still open in it."""
        at = start
        while at < end:
            if at % DAY == 0 and at + DAY <= end:
                yield self.days.get(at, {}).items()
                at += DAY
            else:
                yield ((labels, e.count) for labels, e in self.hours.get(at, {}).items())
                at += HOUR
        for entries in self._unfrozen(start, end):
            yield ((labels, e.count) for labels, e in entries.items())

    def _unfrozen(self, start: int, end: int) -> Iterator[Mapping[Labels, Entry]]:
        return (entries for (_, at), entries in self.open.items() if start <= at < end)

    def _freeze(self, partition: int, frozen: int) -> None:
        """Add the buckets that can no longer change to their hours and days."""
        done = [at for owner, at in self.open if owner == partition and at <= frozen]
        for at in sorted(done):
            hour, day = at - at % HOUR, at - at % DAY
            hours, days = self.hours.setdefault(hour, {}), self.days.setdefault(day, {})
            for labels, entry in self.open.pop((partition, at)).items():
                other = (OTHER,) * len(labels)
                key = labels if labels in hours or len(hours) < HOUR_CAP else other
                known = hours.get(key)
                if known is None:
                    hours[key] = Entry(entry.count, entry.samples)
                else:
                    known.add(entry)
                key = labels if labels in days or len(days) < DAY_CAP else other
                days[key] = days.get(key, 0) + entry.count
            self.changed.update((("o", partition, at), ("h", 0, hour), ("d", 0, day)))
            if self._bases and day < max(self._bases):
                self._bases.clear()
