"""The single events of the last three days, as columns: those of one series are found fast.

An hour that has gone by is read once and kept so, hour by hour, in an order that needs no more
sorting; as many hours as there is room for. Who asks for all series, one after the other, reads
each hour once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import numpy as np

from streams.core.buckets import HOUR
from streams.core.incidents.index import Index
from streams.core.incidents.sample import Printed, Sampled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from streams.core.incidents.entry import Entry
    from streams.core.incidents.hours import Hours
    from streams.core.incidents.sample import Whole
    from streams.core.incidents.tally import Combinations, Labels, Place
    from streams.core.messages import Sample

T = TypeVar("T")

PRINTS_KEPT: Final = 400_000
"""Some 60 bytes each, beside those that are packed."""
SAMPLES_KEPT: Final = 60_000
"""Texts, as long as they are."""


class HourPrints(NamedTuple):
    """The prints of an hour in the order of `Sampled`, and the numbers of their combinations."""

    sampled: Sampled
    numbers: Whole
    places: Index


class Span(NamedTuple):
    """The prints of some hours, one behind the other; `begins` is where those of each begin."""

    start: int
    end: int
    hours: list[HourPrints]
    begins: Whole
    sampled: Sampled
    numbers: Whole

    def of(self, place: Place, among: Combinations) -> Whole:
        """Give the places of a series' prints, ascending; `place` has one label at least."""
        (position, value), *others = place
        parts = [hour.places.of(((position, value),)) for hour in self.hours]
        sizes = [part.size for part in parts]
        found: Whole = np.concatenate(parts) + np.repeat(self.begins, sizes)
        for position, value in others:
            code = among.code(position, value)
            if code is None:
                return found[:0]
            found = found[among.codes(position, self.numbers[found]) == code]
        return found


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

    def forget(self, hours: Iterable[int]) -> None:
        """Forget what changed, or is gone."""
        for hour in hours:
            self._prints.pop(hour, None)
            self._samples.pop(hour, None)
        self._span = None

    def rest(self) -> None:
        """Give back what is too much."""
        _keep(self._prints, [one.numbers.size for one in self._prints.values()], PRINTS_KEPT)
        _keep(self._samples, [len(one.samples) for one in self._samples.values()], SAMPLES_KEPT)
        self._span = None

    def sampled(self, start: int, end: int, place: Place) -> Sampled:
        """Give the prints of a series in `[start, end)`, of hours that have gone by."""
        span = self._span
        if span is None or span.start != start or span.end < end:
            span = self._span = self._joined(start, end)
        if not place:
            return span.sampled.within(start, end)
        return span.sampled.at(span.of(place, self._among)).within(start, end)

    def _joined(self, start: int, end: int) -> Span:
        held = [self._prints_of(at) for at in range(start - start % HOUR, end, HOUR)]
        sizes = [one.numbers.size for one in held]
        sampled = Sampled.joined([one.sampled for one in held], start, end)
        numbers = np.concatenate([one.numbers for one in held])
        return Span(start, end, held, np.cumsum([0, *sizes[:-1]]), sampled, numbers)

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
            kind = self._among.marks(printed.numbers)
            order, sampled = Sampled.ordered(printed, kind, hour, hour + HOUR)
            numbers = printed.numbers[order]
            known = self._prints[hour] = HourPrints(sampled, numbers, Index(self._among, numbers))
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


def printed_of(entries: Mapping[Labels, Entry], among: Combinations) -> Printed:
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
