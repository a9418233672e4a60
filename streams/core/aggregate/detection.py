"""Detection: the closed buckets of a family go to its detectors, and readings become signals."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Final

from streams.core.aggregate.merge import MAX_CLOSED_AGE
from streams.core.detect import RiseDetector
from streams.core.detect.tuning import tuned
from streams.core.event_time.buckets import BASE, DAY, end_of, floor
from streams.core.event_time.calendar import calendar_of
from streams.core.event_time.comparison import compare
from streams.core.event_time.zone import UTC_ZONE, Zone
from streams.core.messages import Curve, Signal
from streams.core.sketches import hyperloglog

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from streams.core.aggregate.merge import Buckets
    from streams.core.aggregate.series import Series
    from streams.core.aggregate.stock import StockLevel
    from streams.core.config import Detect
    from streams.core.detect.protocol import CurveDay, Detector, Reading
    from streams.core.event_time.buckets import Grain
    from streams.core.event_time.comparison import Comparison

DETECTION_GRAINS: Final[tuple[Grain, ...]] = ("5m", "1h", "1d")
"""The grains that detectors step over, and that of the customers of a rise."""
WEEK: Final = 7 * DAY


class Detection:
    """Steps the detectors of a family over its buckets, in the order of event time.

    What they find depends on event time alone. Where complaints are judged by the number of
    customers (`stock`), a bucket waits until that number is known. The detectors live in the civil
    time of `zone`, so a day and its hours are what people call so; what they find is in it, too.

    Attributes:
        detectors: by metric, for the metrics that are watched.
        stepped: the end of the last 5 minutes that they saw, in epoch seconds; no civil time.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what it steps over
        self,
        metrics: Collection[str],
        settings: Detect,
        series: Mapping[str, Series],
        buckets: Buckets,
        stock: StockLevel | None,
        zone: Zone = UTC_ZONE,
    ) -> None:
        self._zone = zone
        tuning = tuned(settings.tuning)
        calendar = calendar_of(settings.country, settings.subdivision)
        self.detectors: dict[str, Detector] = {
            metric: RiseDetector(tuning, calendar, zone.lived)
            for metric in metrics
            if metric in settings.metrics
        }
        self.stepped = 0
        self._alone = len(self.detectors) == len({*metrics}) == 1
        """Whether there is one metric, which is watched."""
        self._keys: list[str] = []
        """Of the series, by their numbers."""
        self._series = series
        self._buckets = buckets
        self._stock = stock if self.detectors else None
        self._signals: dict[str, list[Signal]] = {metric: [] for metric in self.detectors}
        self._watched: dict[str, list[tuple[int, int]]] = {m: [] for m in self.detectors}
        self._published = dict.fromkeys(self.detectors, 0)
        """By metric, the end of the step up to which signals were published."""
        self._compared: dict[tuple[str, int, int], list[Comparison]] = {}
        """What was compared since a message was merged: of a day, each reading asks the same."""
        self._curves: dict[str, tuple[list[CurveDay], Curve]] = {}
        """By series, what a detector gave since signals were handed out, and what is sent of it."""

    @property
    def waits(self) -> bool:
        """Whether it waits for the number of customers."""
        return self._stock is not None

    def forget_comparisons(self) -> None:
        """Compare anew from now on, for counts have changed."""
        self._compared.clear()

    def step(self, edge: int) -> bool:
        """Step over what ends before `edge` (epoch seconds); False where nothing does.

        It goes day by day, over the 5 minutes of a day and then over the day itself.
        """
        if self._stock is not None:
            edge = min(edge, self._stock.reached)
        zone = self._zone
        # Where an hour comes twice, 5 minutes of civil time are several buckets.
        through = zone.instant(floor(zone.civil(floor(edge, "5m")), "5m"))
        if not self.detectors or through <= self.stepped:
            return False
        if not self.stepped:
            # Not after `through`: what is still to come may be earlier than what came so far.
            first = self._buckets.first("5m")
            self.stepped = through if first is None else min(through, first)
        while self.stepped < through:
            self._run(through)
            if zone.day(self.stepped) == self.stepped:
                self._close(zone.day(self.stepped - 1))
        return True

    def drain(self) -> Iterable[tuple[str, list[Signal], list[tuple[int, int]]]]:
        """Yield what was found since the last call, by metric.

        That is the signals, and the ends of days with how many series were tested from then on.
        """
        self._curves.clear()
        for metric in self.detectors:
            if self.stepped > self._published[metric]:
                self._published[metric] = self.stepped
                yield metric, self._signals[metric], self._watched[metric]
                self._signals[metric], self._watched[metric] = [], []

    def resume(self, stepped: int) -> None:
        """Go on after the 5 minutes that end at `stepped` (epoch seconds)."""
        self.stepped = stepped

    def restore(self, states: Mapping[str, list[tuple[str, bytes]]]) -> None:
        """Hand the detectors their state, by metric: series and bytes; after `resume`."""
        for metric, own in states.items():
            if metric in self.detectors:
                self.detectors[metric].restore(own)
        self._published = dict.fromkeys(self.detectors, self.stepped)

    def _run(self, through: int) -> None:
        """Step over the 5 minutes up to the end of a day, or those before `through`."""
        first, zone = self.stepped, self._zone
        buckets: dict[int, dict[str, dict[str, int]]] = {}
        lasts: set[int] = set()
        while self.stepped < through:
            hour_ends = end_of(zone.civil(self.stepped), "1h")
            whole = zone.instant(hour_ends)
            start, self.stepped = self.stepped, min(whole, through)
            self._count(start, self.stepped, buckets)
            if self.stepped == whole:
                last = hour_ends - BASE
                lasts.add(last)
                buckets.setdefault(last, {metric: {} for metric in self.detectors})
            if zone.day(self.stepped) == self.stepped:
                break
        active = self._customers_on(first)
        for metric, detector in self.detectors.items():
            own = [(at, counts[metric]) for at, counts in buckets.items()]
            own = [(at, counts) for at, counts in own if counts or at in lasts]
            if own:
                self._note(metric, detector.run(own, active))

    def _count(self, first: int, end: int, into: dict[int, dict[str, dict[str, int]]]) -> None:
        """Add the counts of the 5 minutes of one hour that closed, by when they start."""
        for start in range(first, end, BASE):
            counts = self._counts("5m", start)
            if any(counts.values()):
                at = floor(self._zone.civil(start), "5m")
                into[at] = _sum(into[at], counts) if at in into else counts

    def _close(self, day: int) -> None:
        counts, active = self._counts("1d", day), self._customers_on(day)
        civil = self._zone.number(day) * DAY
        for metric, detector in self.detectors.items():
            self._note(metric, detector.close("1d", civil, counts[metric], active))
            self._watched[metric].append((civil + DAY, detector.watched()))

    def _counts(self, grain: Grain, start: int) -> dict[str, dict[str, int]]:
        """Return the counts of a bucket by watched metric and series."""
        every, keys = self._buckets.series, self._keys
        keys.extend([series.key for series in every[len(keys) :]])
        numbers, counted = self._buckets.at(grain, start)
        named = zip([keys[number] for number in numbers], counted, strict=True)
        if self._alone:
            return {metric: dict(named) for metric in self.detectors}
        counts: dict[str, dict[str, int]] = {metric: {} for metric in self.detectors}
        metrics = [every[number].metric for number in numbers]
        for metric, (key, count) in zip(metrics, named, strict=True):
            if metric in counts:
                counts[metric][key] = count
        return counts

    def _customers_on(self, time: int) -> Mapping[str, float] | None:
        return None if self._stock is None else self._stock.on(self._zone.day(time))

    def _note(self, metric: str, readings: Iterable[Reading]) -> None:
        """Make signals of readings."""
        detector = self.detectors[metric]
        for reading in readings:
            distinct, usual = self._customers(reading)
            if reading.start <= reading.since:  # it has all that came since, so not fewer events
                distinct = min(distinct, int(reading.observed))
            curve, compared = self._curve(detector, reading), self._compare(reading)
            self._signals[metric].append(Signal(reading, distinct, usual, curve, compared))

    def _customers(self, reading: Reading) -> tuple[int, float]:
        """Estimate the distinct customers of an episode so far, and how many are usual.

        Within the day they are known from the hour on in which it began.
        """
        grain: Grain = "1d" if reading.grain == "1d" else "1h"
        series, end, zone = self._series[reading.series], reading.end, self._zone
        # Not the oldest bucket there is: when one is forgotten is a matter of batches.
        oldest = end - min(MAX_CLOSED_AGE[grain], max(1, int(reading.history)) * DAY)
        since = floor(reading.since, grain)
        first = max(since, oldest)
        stop = zone.instant(end)
        kept = stop - MAX_CLOSED_AGE[grain]
        # Where hours are not those of UTC, that in which it began is known as a whole only.
        early = (
            zone.instant(first) - zone.floor(zone.instant(first), grain) if first == since else 0
        )
        start = max(zone.instant(first) - early, kept)
        apart = WEEK * -((first - end) // WEEK)  # whole weeks: the same weekdays
        before = [back for back in range(apart, 4 * apart + 1, apart) if first - back >= oldest]
        spans = [(zone.instant(first - b) - early, zone.instant(end - b)) for b in before]
        sketches = self._buckets.sketches
        usual = [_distinct(sketches(series, grain, *span)) for span in spans if span[0] >= kept]
        # Of the weeks before, the last hour is known as a whole only.
        whole = zone.floor(stop, grain)
        part = (stop - start) / ((whole if whole == stop else zone.end(whole, grain)) - start)
        mean = part * sum(usual) / len(usual) if usual else 0.0
        own = chain(
            sketches(series, grain, start, whole),
            sketches(series, "5m", max(whole, zone.instant(reading.since)), stop),
        )
        return _distinct(own), round(mean, 3)

    def _curve(self, detector: Detector, reading: Reading) -> Curve | None:
        """Return the last days of a series; of one day, each reading asks the same."""
        days = detector.curve(reading.series)
        if not days:
            return None
        known = self._curves.get(reading.series)
        if known is None or known[0] is not days:
            observed = [day.observed for day in days]
            expected = [round(day.expected, 2) for day in days]
            upper = [round(day.upper, 2) for day in days]
            known = days, Curve(days[0].day * DAY, observed, expected, upper)
            self._curves[reading.series] = known
        return known[1]

    def _compare(self, reading: Reading) -> list[Comparison]:
        """Compare the months up to a rise with those before."""
        if reading.status != "raised":
            return []
        end = reading.end // DAY
        first = end - min(MAX_CLOSED_AGE["1d"] // DAY, int(reading.history))
        asked = reading.series, end, first
        if asked not in self._compared:
            counts = self._buckets.counts(self._series[reading.series], "1d")
            by_day = {self._zone.number(start): count for start, count in counts.items()}
            self._compared[asked] = compare(by_day, end, first)
        return self._compared[asked]


def _sum(
    one: Mapping[str, Mapping[str, int]], other: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[str, int]]:
    """Add up counts by metric and series."""
    return {metric: dict(Counter(own) + Counter(other[metric])) for metric, own in one.items()}


def _distinct(found: Iterable[hyperloglog.Sketch]) -> int:
    sketches = list(found)
    return hyperloglog.estimate(sketches) if sketches else 0
