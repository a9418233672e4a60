"""The single events of the last three days, as columns: those of one series are found fast.

An hour that has gone by is read once and kept so, hour by hour, in an order that needs no more
sorting; as many hours as there is room for. Whoever asks for all series, one after the other, reads
each hour once. What another source partition can still change lies among the hours.
"""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import numpy as np

from streams.core.event_time.buckets import BASE, HOUR
from streams.core.evidence.combinations import within
from streams.core.evidence.index import Index
from streams.core.evidence.row import MAX_SAMPLES
from streams.core.evidence.sample import Everything, Printed, Sampled, ordered
from streams.core.evidence.store import HOURS_KEPT
from streams.core.masking import mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from streams.core.evidence.combinations import Combinations, Labels, Place
    from streams.core.evidence.row import EvidenceRow
    from streams.core.evidence.sample import Whole
    from streams.core.evidence.store import EvidenceStore, Outdated
    from streams.core.messages import Sample

T = TypeVar("T")

CACHED_PRINTS: Final = 400_000
"""Some 60 bytes each, beside those that are packed."""
CACHED_WINDOWS: Final = 4
"""Windows whose prints of all series are remembered."""
CACHED_SAMPLES: Final = 60_000
"""Texts, as long as they are."""
LOOKED_AT: Final = 32
"""Texts of which those to be shown are chosen: masked, many may be the same."""


class Span(NamedTuple):
    """The prints of some hours, one behind the other, and where those of a series stand."""

    start: int
    end: int
    printed: Printed
    places: Index
    whole: Sampled

    def of(self, place: Place) -> Printed:
        """Return a series' prints, in their order."""
        return self.printed.select(self.places.of(place)) if place else self.printed


class HourSamples(NamedTuple):
    """The sample texts of an hour."""

    samples: list[Sample]
    places: Index


class RecentEvents:
    """Prints and samples of any series, with the numbers that `among` has."""

    def __init__(self, store: EvidenceStore, among: Combinations) -> None:
        self._store = store
        self._among = among
        self._prints: dict[int, Printed] = {}  # of the hours that are held, in order
        self._no_prints = _printed_of({}, among)
        self._samples: dict[int, HourSamples] = {}  # of the hours that are held
        self._no_samples = HourSamples([], Index(among, among.numbers(())))
        self._span: Span | None = None
        self._everything: dict[tuple[int, int], Everything] = {}

    def sampled(self, start: int, end: int, place: Place) -> Sampled:
        """Return the prints of a series in `[start, end)`, of the last three days at most."""
        unfrozen = list(self._store.open_buckets.between(start - start % BASE, end))
        if unfrozen:
            return self._mixed(start, end, place, [rows for _, rows in unfrozen])
        span = self._over(start, end)
        if not place:
            return span.whole.within(start, end)
        own = span.of(place)
        return Sampled.in_order(own, self._among.marks(own.numbers), start, end)

    def everything(self, start: int, end: int) -> Everything:
        """Return the prints of all series in `[start, end)`, of the last three days at most."""
        known = self._everything.get((start, end))
        if known is None:
            if len(self._everything) >= CACHED_WINDOWS:
                del self._everything[next(iter(self._everything))]
            known = self._everything[start, end] = Everything(self.sampled(start, end, ()))
        return known

    def samples(self, start: int, end: int, place: Place) -> list[str]:
        """Return up to three masked texts of a series, from the last three days of a window."""
        first = max(start, end - HOURS_KEPT)
        found: set[Sample] = set()
        for at in range(first - first % HOUR, end, HOUR):
            samples, places = self._samples_of(at)
            if place and samples:
                found.update([samples[number] for number in places.of(place).tolist()])
            else:
                found.update(samples)
        for _, rows in self._store.open_buckets.between(first, end):
            for labels, row in rows.items():
                if row.samples and within(labels, place):
                    found.update(row.samples)
        texts = dict.fromkeys(mask(text) for _, text in nsmallest(LOOKED_AT, found))
        return list(texts)[:MAX_SAMPLES]

    def invalidate(self, outdated: Outdated) -> None:
        """Forget what was read of hours that changed, or are gone; and all windows."""
        for hour in outdated.hours:
            self._prints.pop(hour, None)
            self._samples.pop(hour, None)
        self._span = None
        self._everything.clear()

    def trim(self) -> None:
        """Forget the hours that there is no room for."""
        prints = [one.numbers.size for one in self._prints.values()]
        _trim(self._prints, prints, CACHED_PRINTS)
        samples = [len(one.samples) for one in self._samples.values()]
        _trim(self._samples, samples, CACHED_SAMPLES)

    def _mixed(
        self, start: int, end: int, place: Place, others: Iterable[Mapping[Labels, EvidenceRow]]
    ) -> Sampled:
        """Return the prints of a series in a window, with those of `others` among its hours."""
        parts = [self._over(start, end).of(place)]
        for rows in others:
            printed = _printed_of(rows, self._among)
            parts.append(printed.select(self._among.within(place, printed.numbers)))
        own = Printed.joined(parts)
        return Sampled.of(own, self._among.marks(own.numbers), start, end)

    def _over(self, start: int, end: int) -> Span:
        span = self._span
        if span is None or span.start != start or span.end < end:
            span = self._span = self._joined(start, end)
        return span

    def _joined(self, start: int, end: int) -> Span:
        hours = range(start - start % HOUR, end, HOUR)
        held = [self._prints_of(at) for at in hours if at in self._store.hours]
        printed = Printed.joined([self._no_prints, *held])
        whole = Sampled.in_order(printed, self._among.marks(printed.numbers), start, end)
        return Span(start, end, printed, Index(self._among, printed.numbers), whole)

    def _prints_of(self, hour: int) -> Printed:
        known = self._prints.get(hour)
        if known is None:
            printed = _printed_of(self._store.hours.get(hour), self._among)
            known = ordered(printed, self._among.marks(printed.numbers))
            self._prints[hour] = known
        return known

    def _samples_of(self, hour: int) -> HourSamples:
        known = self._samples.get(hour, self._no_samples)
        if known is self._no_samples and hour in self._store.hours:
            rows = self._store.hours.get(hour)
            sampled = [(labels, row.samples) for labels, row in rows.items() if row.samples]
            samples = [sample for _, own in sampled for sample in own]
            numbers = self._among.numbers(labels for labels, _ in sampled)
            each = np.repeat(numbers, [len(own) for _, own in sampled])
            known = self._samples[hour] = HourSamples(samples, Index(self._among, each))
        return known


def _printed_of(rows: Mapping[Labels, EvidenceRow], among: Combinations) -> Printed:
    """Join the prints of an hour or a bucket."""
    parts = [(labels, row) for labels, row in rows.items() if row.prints]
    numbers: Whole = among.numbers(labels for labels, _ in parts)
    return Printed.of([row.prints for _, row in parts], [row.count for _, row in parts], numbers)


def _trim(held: dict[int, T], sizes: Sequence[int], most: int) -> None:
    """Let the first hours go, until what is left is no more than `most`."""
    total = sum(sizes)
    for hour, size in zip(list(held), sizes, strict=True):
        if total <= most:
            return
        del held[hour]
        total -= size
