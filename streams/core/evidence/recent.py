"""The single events of the last three days, as columns: those of one series are found fast.

An hour that has gone by is read once and kept so, hour by hour, in an order that needs no more
sorting; as many hours as there is room for. Who asks for all series, one after the other, reads
each hour once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import numpy as np

from streams.core.event_time.buckets import HOUR
from streams.core.evidence.index import Index
from streams.core.evidence.sample import Everything, Printed, Sampled, ordered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from streams.core.evidence.hours import Hours
    from streams.core.evidence.label_counts import Combinations, Labels, Place
    from streams.core.evidence.row import EvidenceRow
    from streams.core.evidence.sample import Whole
    from streams.core.messages import Sample

T = TypeVar("T")

PRINTS_KEPT: Final = 400_000
"""Some 60 bytes each, beside those that are packed."""
SPANS_KEPT: Final = 4
SAMPLES_KEPT: Final = 60_000
"""Texts, as long as they are."""


class HourPrints(NamedTuple):
    """The prints of an hour in the order of `Sampled`, and where those of a series stand."""

    printed: Printed
    places: Index


class Span(NamedTuple):
    """The prints of some hours, one behind the other; `begins` is where those of each begin."""

    start: int
    end: int
    hours: list[HourPrints]
    begins: Whole
    printed: Printed
    whole: Sampled

    def of(self, place: Place, among: Combinations) -> Printed:
        """Give a series' prints, in their order."""
        if not place:
            return self.printed
        (position, value), *others = place
        parts = [hour.places.of(((position, value),)) for hour in self.hours]
        found: Whole = np.concatenate(parts)
        found += np.repeat(self.begins, [part.size for part in parts])
        for position, value in others:
            code = among.code(position, value)
            if code is None:
                return self.printed.select(found[:0])
            found = found[among.codes(position, self.printed.numbers[found]) == code]
        return self.printed.select(found)


class HourSamples(NamedTuple):
    """The sample texts of an hour."""

    samples: list[Sample]
    places: Index


class Recent:
    """Prints and samples by hour; of `hours`, with the numbers that `among` has."""

    def __init__(self, hours: Hours, among: Combinations) -> None:
        self._hours = hours
        self._among = among
        self._prints: dict[int, HourPrints] = {}
        self._samples: dict[int, HourSamples] = {}
        self._span: Span | None = None
        self._everything: dict[tuple[int, int], Everything] = {}

    def forget(self, hours: Iterable[int]) -> None:
        """Forget what changed, or is gone."""
        for hour in hours:
            self._prints.pop(hour, None)
            self._samples.pop(hour, None)
        self._span = None
        self._everything.clear()

    def rest(self) -> None:
        """Give back what is too much."""
        _keep(
            self._prints, [one.printed.numbers.size for one in self._prints.values()], PRINTS_KEPT
        )
        _keep(self._samples, [len(one.samples) for one in self._samples.values()], SAMPLES_KEPT)
        self._span = None
        self._everything.clear()

    def sampled(self, start: int, end: int, place: Place) -> Sampled:
        """Give the prints of a series in `[start, end)`, of hours that have gone by."""
        span = self._over(start, end)
        if not place:
            return span.whole.within(start, end)
        own = span.of(place, self._among)
        return Sampled.in_order(own, self._among.marks(own.numbers), start, end)

    def mixed(
        self, start: int, end: int, place: Place, others: Sequence[Mapping[Labels, EvidenceRow]]
    ) -> Sampled:
        """Give them with those of `others`, which lie among the hours."""
        parts = [self._over(start, end).of(place, self._among)]
        for entries in others:
            printed = printed_of(entries, self._among)
            parts.append(printed.select(self._among.within(place, printed.numbers)))
        own = Printed.joined(parts)
        return Sampled.of(own, self._among.marks(own.numbers), start, end)

    def everything(self, start: int, end: int) -> Everything | None:
        """Give what was asked for by `keep`; None where that was not yet."""
        return self._everything.get((start, end))

    def keep(self, sampled: Sampled) -> Everything:
        """Keep the prints of all series in a window until something changes."""
        if len(self._everything) >= SPANS_KEPT:
            del self._everything[next(iter(self._everything))]
        kept = self._everything[sampled.start, sampled.end] = Everything(sampled)
        return kept

    def _over(self, start: int, end: int) -> Span:
        span = self._span
        if span is None or span.start != start or span.end < end:
            span = self._span = self._joined(start, end)
        return span

    def _joined(self, start: int, end: int) -> Span:
        held = [self._prints_of(at) for at in range(start - start % HOUR, end, HOUR)]
        sizes = [one.printed.numbers.size for one in held]
        printed = Printed.joined([one.printed for one in held])
        whole = Sampled.in_order(printed, self._among.marks(printed.numbers), start, end)
        return Span(start, end, held, np.cumsum([0, *sizes[:-1]]), printed, whole)

    def samples(self, first: int, end: int, place: Place) -> set[Sample]:
        """Give the sample texts of a series in the hours from that of `first` to `end`."""
        found: set[Sample] = set()
        for at in range(first - first % HOUR, end, HOUR):
            samples, places = self._samples_of(at)
            if not place:
                found.update(samples)
            else:
                found.update([samples[number] for number in places.of(place).tolist()])
        return found

    def _prints_of(self, hour: int) -> HourPrints:
        known = self._prints.get(hour)
        if known is None:
            printed = printed_of(self._hours.get(hour), self._among)
            printed = ordered(printed, self._among.marks(printed.numbers))
            index = Index(self._among, printed.numbers)
            known = self._prints[hour] = HourPrints(printed, index)
        return known

    def _samples_of(self, hour: int) -> HourSamples:
        known = self._samples.get(hour)
        if known is None:
            said = [(labels, e.samples) for labels, e in self._hours.get(hour).items() if e.samples]
            samples = [sample for _, own in said for sample in own]
            numbers = self._among.numbers(labels for labels, _ in said)
            each = np.repeat(numbers, [len(own) for _, own in said])
            known = self._samples[hour] = HourSamples(samples, Index(self._among, each))
        return known


def printed_of(entries: Mapping[Labels, EvidenceRow], among: Combinations) -> Printed:
    """Join the prints of an hour or a bucket."""
    parts = [(labels, entry) for labels, entry in entries.items() if entry.prints]
    numbers: Whole = among.numbers(labels for labels, _ in parts)
    return Printed.of([e.prints for _, e in parts], [e.count for _, e in parts], numbers)


def _keep(held: dict[int, T], sizes: Sequence[int], most: int) -> None:
    """Let the first hours go, until what is left is no more than `most`."""
    total = sum(sizes)
    for hour, size in zip(list(held), sizes, strict=True):
        if total <= most:
            return
        del held[hour]
        total -= size
