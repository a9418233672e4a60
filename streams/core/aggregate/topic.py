"""The rolling tables of one source topic: snapshots in, closed buckets to the detectors."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from streams.core.aggregate.customer_base import SIGN
from streams.core.aggregate.merge import KEEP, Buckets, Series
from streams.core.aggregate.merged_watermark import MergedWatermark
from streams.core.catalogue import TOPICS
from streams.core.detect import RiseDetector
from streams.core.detect.tuning import tuned
from streams.core.event_time.buckets import BASE, DAY, HOUR, LENGTH, SPAN, end_of, floor
from streams.core.event_time.calendar import calendar_of
from streams.core.event_time.comparison import compare
from streams.core.messages import Curve, Signal
from streams.core.series_key import parse_series
from streams.core.sketches import hyperloglog

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from streams.core.aggregate.customer_base import CustomerBase, TopicFlows
    from streams.core.config import Config
    from streams.core.detect.protocol import Detector, Reading
    from streams.core.event_time.buckets import Grain
    from streams.core.event_time.comparison import Comparison
    from streams.core.messages import Partials


WATCHED: Final[tuple[Grain, ...]] = ("5m", "1h", "1d")
"""The grains that detectors step over, and that of the customers of a rise."""
WEEK: Final = 7 * DAY


class TopicAggregate:
    """Merges, closes and watches the series of the metrics that come from one topic.

    A bucket closes when the watermark of the topic passes its end by the grace period. The
    5 minutes and days that closed go to the detectors in time order, so what they say depends on
    event time alone.
    """

    def __init__(
        self,
        topic: str,
        source_partitions: int,
        settings: Config,
        grains: Collection[Grain],
        customers: CustomerBase | None = None,
    ) -> None:
        self.topic = topic
        self.grace = settings.tables.grace
        self.progress = MergedWatermark(source_partitions, settings.tables.idle_timeout)
        self.buckets = Buckets(grains)
        self.series: dict[str, Series] = {}
        self.late_changed: set[int] = set()
        tuning = tuned(settings.detect.tuning)
        calendar = calendar_of(settings.detect.country, settings.detect.subdivision)
        self.detectors: dict[str, Detector] = {
            metric: RiseDetector(tuning, calendar)
            for metric in TOPICS[topic].metrics
            if metric in settings.detect.metrics
        }
        self.signals: dict[str, list[Signal]] = {metric: [] for metric in self.detectors}
        self.watched: dict[str, list[tuple[int, int]]] = {metric: [] for metric in self.detectors}
        """By metric: the ends of days, and how many series were tested from then on."""
        self.stepped = 0
        """The end of the last 5 minutes that the detectors saw."""
        self.dirty = False
        self._active = customers
        self._compared: dict[tuple[str, int, int], list[Comparison]] = {}
        """What was compared since a message was merged: of a day, each reading asks the same."""
        self.flows: TopicFlows | None = None
        if customers is not None and topic in SIGN:
            self.flows = customers.add(topic, self.progress, self.grace)

    @property
    def done(self) -> int:
        """The event time before which nothing is asked for but by the windows."""
        waits = self._active is not None and self.detectors
        return min(self.edge, self.stepped) if waits else self.edge

    @property
    def edge(self) -> int:
        """The event time before which every bucket is closed."""
        return self.progress.watermark - self.grace

    def take(self, partials: Partials) -> None:
        """Merge the snapshots of one message, and close what its watermark allows."""
        if not self.progress.is_news(partials.source):
            return
        self.dirty = True
        partition = partials.source.partition
        frozen = partials.source.watermark - self.grace - BASE
        for key, cells in partials.series:
            self.buckets.merge(self.find(key), partition, cells, frozen)
        self.late_changed.update(partials.late)
        if self.flows is not None:
            self.flows.take(partition, partials.flows)
        self.progress.hear(partials.source, partials.late)
        self._compared.clear()
        self.step()

    def limits(self, told: int) -> dict[Grain, int]:
        """Give, by grain, the end of the buckets that are held no more.

        `told` is the watermark up to which windows were told.
        """
        limits = {grain: self.done - keep for grain, keep in KEEP.items()}
        out_of_window = end_of(told, "5m") - SPAN["1h"]
        unchanging = self.progress.heard() - self.grace
        unseen = floor(self.stepped, "1h") if self.detectors else self.done
        limits["5m"] = max(limits["5m"], min(unchanging, out_of_window, self.done, unseen))
        return limits

    def find(self, key: str) -> Series:
        """Find a series by its key, or make it."""
        series = self.series.get(key)
        if series is None:
            series = self.series[key] = Series(key, *parse_series(key))
        return series

    def step(self) -> None:
        """Let the detectors step over what closed, hour by hour, and over each day at its end.

        Where the number of customers counts, a day waits until that is known.
        """
        through = floor(self.edge, "5m")
        if self._active is not None:
            through = min(through, floor(self._active.reached, "5m"))
        if not self.detectors or through <= self.stepped:
            return
        self.dirty = True
        if not self.stepped:
            # Not after `through`: what is still to come may be earlier than what came so far.
            self.stepped = min((through, *self.buckets.starts["5m"]))
        while self.stepped < through:
            start = self.stepped
            self.stepped = end = min(end_of(start, "1h"), through)
            self._run(start, end)
            if end % DAY == 0:
                self._close(end - DAY)

    def _run(self, first: int, end: int) -> None:
        """Step over the 5 minutes of one hour that closed."""
        held = self.buckets.starts["5m"]
        last = end - BASE if end % HOUR == 0 else end
        starts = [at for at in range(first, end, BASE) if at in held or at == last]
        buckets = [(start, self._counts("5m", start)) for start in starts]
        active = self._customers_on(first)
        for metric, detector in self.detectors.items():
            own = [(start, counts[metric]) for start, counts in buckets]
            own = [(start, counts) for start, counts in own if counts or start == last]
            if own:
                self._tell(metric, detector.run(own, active))

    def _close(self, day: int) -> None:
        counts, active = self._counts("1d", day), self._customers_on(day)
        for metric, detector in self.detectors.items():
            self._tell(metric, detector.close("1d", day, counts[metric], active))
            self.watched[metric].append((day + DAY, detector.watched()))

    def _counts(self, grain: Grain, start: int) -> dict[str, dict[str, int]]:
        """Give the counts of a bucket by watched metric and series."""
        counts: dict[str, dict[str, int]] = {metric: {} for metric in self.detectors}
        for series in self.buckets.starts[grain].get(start, ()):
            own = counts.get(series.metric)
            if own is not None:
                own[series.key] = series.count(grain, start)
        return counts

    def _customers_on(self, time: int) -> Mapping[str, float] | None:
        return None if self._active is None else self._active.on(floor(time, "1d"))

    def _tell(self, metric: str, readings: Iterable[Reading]) -> None:
        detector = self.detectors[metric]
        for reading in readings:
            distinct, usual = self._customers(reading)
            if reading.start <= reading.since:  # it has all that came since, so not fewer events
                distinct = min(distinct, int(reading.observed))
            curve, compared = _curve(detector, reading), self._compare(reading)
            self.signals[metric].append(Signal(reading, distinct, usual, curve, compared))

    def _customers(self, reading: Reading) -> tuple[int, float]:
        """Estimate the distinct customers of an episode so far, and how many are usual.

        Within the day they are known from the hour on in which it began.
        """
        grain: Grain = "1d" if reading.grain == "1d" else "1h"
        series, end = self.series[reading.series], reading.end
        # Not the oldest bucket there is: when one is forgotten is a matter of batches.
        oldest = end - min(KEEP[grain], max(1, int(reading.history)) * DAY)
        first = max(floor(reading.since, grain), oldest)
        apart = WEEK * -((first - end) // WEEK)  # whole weeks: the same weekdays
        before = [back for back in range(apart, 4 * apart + 1, apart) if first - back >= oldest]
        usual = [_distinct(series.sketches(grain, first - b, end - b)) for b in before]
        # Of the weeks before, the last hour is known as a whole only.
        part = (end - first) / (-(-end // LENGTH[grain]) * LENGTH[grain] - first)
        mean = part * sum(usual) / len(usual) if usual else 0.0
        whole = floor(end, grain)
        own = chain(
            series.sketches(grain, first, whole),
            series.sketches("5m", max(whole, reading.since), end),
        )
        return _distinct(own), round(mean, 3)

    def _compare(self, reading: Reading) -> list[Comparison]:
        """Compare the months up to a rise with those before."""
        if reading.status != "raised":
            return []
        end = reading.end // DAY
        first = end - min(KEEP["1d"] // DAY, int(reading.history))
        asked = reading.series, end, first
        if asked not in self._compared:
            counts = self.series[reading.series].counts("1d")
            by_day = {start // DAY: count for start, count in counts.items()}
            self._compared[asked] = compare(by_day, end, first)
        return self._compared[asked]


def _distinct(found: Iterable[hyperloglog.Sketch]) -> int:
    sketches = list(found)
    return hyperloglog.estimate(sketches) if sketches else 0


def _curve(detector: Detector, reading: Reading) -> Curve | None:
    days = detector.curve(reading.series)
    if not days:
        return None
    return Curve(
        days[0].day * DAY,
        [day.observed for day in days],
        [round(day.expected, 2) for day in days],
        [round(day.upper, 2) for day in days],
    )
