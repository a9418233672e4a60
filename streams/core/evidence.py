"""The evidence: how often each combination of labels occurred, lately.

By hour for three days, by day for five weeks; both from 5-minute buckets that can no longer
change. Buckets that still can are held apart, by source partition: their counts are cumulative and
replace each other. Combinations beyond the cap of an hour or a day are counted under `other`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from streams.core.buckets import BASE, DAY, HOUR
from streams.core.series import OTHER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streams.core.messages import Details, Sample

Labels = tuple[str, ...]
Counts = dict[Labels, int]
Place = tuple[tuple[int, str], ...]
"""Which positions of `Labels` must have which value: the labels of a series."""

NOWHERE: Final[Place] = ((0, ""),)
"""The place of a series that the evidence knows nothing of: labels are never empty."""

HOURS_KEPT: Final = 3 * DAY
DAYS_KEPT: Final = 36 * DAY
BASE_DAYS: Final = 28
HOUR_CAP: Final = 2_000
DAY_CAP: Final = 5_000
SAMPLES: Final = 3

Bucket = tuple[str, int, int]
"""Kind of row: open (with partition), hour or day; partition or 0; start."""


class Entry(msgspec.Struct, array_like=True):
    """Count and sample texts of one combination of labels."""

    count: int = 0
    samples: list[tuple[int, str]] = []  # msgspec makes a fresh one for each

    def add(self, count: int, samples: list[Sample]) -> None:
        """Add another count; of the samples the smallest hashes stay."""
        self.count += count
        if samples:
            self.samples = sorted({*self.samples, *samples})[:SAMPLES]


class Source(msgspec.Struct, array_like=True):
    """How far one source partition was heard of."""

    flush: int = -1
    part: int = -1
    watermark: int = 0
    idle: bool = False


def within(labels: Labels, place: Place) -> bool:
    """Tell whether a combination of labels belongs to a series."""
    return all(labels[position] == value for position, value in place)


class Evidence:
    """The evidence of one metric. `grace` in seconds of event time."""

    def __init__(self, grace: int) -> None:
        self._grace = grace
        self.names: Labels = ()
        self.sources: dict[int, Source] = {}
        self.buckets: dict[Bucket, dict[Labels, Entry]] = {}
        self.changed: set[Bucket] = set()
        self.moved: set[int] = set()
        self.stored: set[Bucket] = set()
        self._base: dict[int, Counts] = {}

    def take(self, details: Details) -> None:
        """Take over what one message of the fold stage tells; repeated or old ones do nothing."""
        heard = details.source
        source = self.sources.setdefault(heard.partition, Source())
        if (heard.flush, heard.part) <= (source.flush, source.part):
            return
        self.names = details.labels
        frozen = source.watermark - self._grace - BASE
        for start, labels, count, samples in details.rows:
            if start > frozen:
                bucket = ("o", heard.partition, start)
                entry = self.buckets.setdefault(bucket, {}).setdefault(labels, Entry())
                entry.count, entry.samples = count, [*samples]
                self.changed.add(bucket)
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
        """Forget what is too old at `end`, and what was looked up before."""
        self._base.clear()
        old = [
            bucket
            for bucket in self.buckets
            if (bucket[0] == "h" and bucket[2] < end - HOURS_KEPT)
            or (bucket[0] == "d" and bucket[2] < end - DAYS_KEPT)
        ]
        for bucket in old:
            del self.buckets[bucket]
            self.changed.add(bucket)

    def place(self, labels: Mapping[str, str]) -> Place:
        """Find where a series' labels stand in the evidence."""
        if not set(labels) <= set(self.names):
            return NOWHERE
        return tuple((self.names.index(name), value) for name, value in labels.items())

    def window(self, start: int, end: int, place: Place) -> Counts:
        """Count by combination of labels in `[start, end)`, of one series."""
        found: Counts = Counter()
        for entries in self._over(start, end):
            for labels, entry in entries.items():
                if within(labels, place):
                    found[labels] += entry.count
        return found

    def base(self, before: int, place: Place) -> Counts:
        """Count by combination of labels in the four weeks before the day of `before`."""
        day = before - before % DAY
        if day not in self._base:
            total: Counts = Counter()
            for start in range(day - BASE_DAYS * DAY, day, DAY):
                for labels, entry in self.buckets.get(("d", 0, start), {}).items():
                    total[labels] += entry.count
            self._base[day] = total
        return {s: n for s, n in self._base[day].items() if within(s, place)}

    def samples(self, start: int, end: int, place: Place) -> list[str]:
        """Give up to three sample texts of a series, from the last three days of a window."""
        hashed: set[Sample] = set()
        for entries in self._over(max(start, end - HOURS_KEPT), end, hourly=True):
            for labels, entry in entries.items():
                if entry.samples and within(labels, place):
                    hashed.update(entry.samples)
        texts = dict.fromkeys(text for _, text in sorted(hashed))
        return list(texts)[:SAMPLES]

    def _over(
        self, start: int, end: int, *, hourly: bool = False
    ) -> Iterator[Mapping[Labels, Entry]]:
        at = start
        while at < end:
            whole = at % DAY == 0 and at + DAY <= end and not hourly
            yield self.buckets.get(("d" if whole else "h", 0, at), {})
            at += DAY if whole else HOUR
        for (kind, _, begun), entries in self.buckets.items():
            if kind == "o" and start <= begun < end:
                yield entries

    def _freeze(self, partition: int, frozen: int) -> None:
        """Add the buckets that can no longer change to their hours and days."""
        done = sorted(
            bucket
            for bucket in self.buckets
            if bucket[0] == "o" and bucket[1] == partition and bucket[2] <= frozen
        )
        for bucket in done:
            entries = self.buckets.pop(bucket)
            self.changed.add(bucket)
            for kind, length, cap in (("h", HOUR, HOUR_CAP), ("d", DAY, DAY_CAP)):
                target = (kind, 0, bucket[2] - bucket[2] % length)
                sums = self.buckets.setdefault(target, {})
                self.changed.add(target)
                for labels, entry in entries.items():
                    known = labels in sums or len(sums) < cap
                    key = labels if known else (OTHER,) * len(labels)
                    kept = entry.samples if kind == "h" else []
                    sums.setdefault(key, Entry()).add(entry.count, kept)
