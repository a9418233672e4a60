"""Rows of metrics.buckets and metrics.rolling: the movements of days, and of the last days."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from schemas import wire
from schemas.topics import BUCKETS, ROLLING
from streams.core.aggregate.periods.cells import Amount
from streams.core.aggregate.periods.levels import CUSTOMERS
from streams.core.stage import Send

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from schemas.metrics import MovementMetric, Status, Window
    from streams.core.aggregate.periods.calendar import Calendar
    from streams.core.aggregate.periods.cells import Slots
    from streams.core.aggregate.periods.levels import Levels

METRIC_OF: Final[Mapping[str, MovementMetric]] = {
    "new": "new_customers",
    "reactivated": "reactivated_customers",
    "discovered": "discovered_customers",
    "lost": "lost_customers",
    "merged_in": "merged_in_customers",
    "merged_out": "merged_out_customers",
    "expansion": "expansion",
    "contraction": "contraction",
}
"""The metric by the kind of a cell."""

ACTIVE: Final[MovementMetric] = "active_customers"

DAYS_OF: Final[Mapping[Window, int]] = {"7d": 7, "28d": 28, "90d": 90, "365d": 365}
"""The windows that there are of movements, in days; the last of them is that of the clock."""


class DaySeries(NamedTuple):
    """A metric with one label, or none: that of all customers."""

    metric: MovementMetric
    label: tuple[str, str] | None

    @property
    def labels(self) -> dict[str, str]:
        """The labels as they are published."""
        return {} if self.label is None else dict([self.label])


class LastWindow(NamedTuple):
    """A window as last published."""

    events: int
    values: dict[str, int]


class DayPublisher:
    """Publishes what changed of days, and of windows of days.

    `restored`: rows may have been published before a restart that are not known here.

    Attributes:
        windows: by series and window, as last published.
    """

    def __init__(self, days: Slots, levels: Levels, calendar: Calendar) -> None:
        self._days = days
        self._levels = levels
        self._calendar = calendar
        self._sent: dict[int, dict[DaySeries, int]] = {}
        self.windows: dict[tuple[DaySeries, Window], LastWindow] = {}
        self.restored = False

    def rows(self, day: int, status: Status, clock: int) -> Iterator[Send]:
        """Yield the rows of a day that are not as last published."""
        sent = self._sent.setdefault(day, {})
        start, end = self._calendar.day_start(day), self._calendar.day_start(day + 1)
        found = self._series(day)
        for series in sent.keys() - found.keys():
            found[series] = Amount()
        for series, amount in found.items():
            known = sent.get(series)
            if not amount and known is None and not self.restored:
                continue
            now = hash((amount.count, amount.lives, *sorted(amount.values.items()), status))
            if now == known:
                continue
            sent[series] = now
            value = wire.encode_bucket(
                metric=series.metric,
                labels=series.labels,
                grain="1d",
                start=start,
                end=end,
                count=amount.count,
                values=amount.values,
                customers=amount.lives,
                status=status,
                watermark=clock,
            )
            yield Send(BUCKETS, None, wire.bucket_key(*series_name(series), "1d", start), value)

    def rolling(self, today: int, clock: int) -> Iterator[Send]:
        """Yield the windows that end with a day and are not as last published."""
        end = self._calendar.day_start(today + 1)
        before = self._before()
        for window, sums in self._windows(today):
            start = self._calendar.day_start(today + 1 - DAYS_OF[window])
            gone = before | {s: Amount() for s, w in self.windows if w == window}
            for series, amount in (gone | sums).items():
                now = LastWindow(amount.count, dict(amount.values))
                known = self.windows.get((series, window))
                if now == known or (known is None and not amount and not self.restored):
                    continue
                self.windows[series, window] = now
                key = wire.rolling_key(*series_name(series), window)
                value = wire.encode_rolling(
                    metric=series.metric,
                    labels=series.labels,
                    window=window,
                    start=start,
                    end=end,
                    count=now.events,
                    values=now.values,
                    customers=None,
                    status="provisional",
                    watermark=clock,
                )
                yield Send(ROLLING, None, key, value)

    def _before(self) -> dict[DaySeries, Amount]:
        """Give 0 for each series of which a window may have been published before a restart."""
        if not self.restored or self.windows:
            return {}
        return {series: Amount() for day in self._days.sums for series in self._flows(day)}

    def forget(self, days: Collection[int]) -> None:
        """Forget what was published of days that are no longer kept."""
        for day in days:
            self._sent.pop(day, None)

    def _series(self, day: int) -> dict[DaySeries, Amount]:
        found = self._flows(day)
        total = Amount()
        for ((segment, _), stock), amount in self._levels.before_day(day + 1).items():
            if stock == CUSTOMERS:
                part = amount.count, amount.count, amount.values
                found[DaySeries(ACTIVE, ("segment", segment))] = Amount(*part)
                total.add(part)
        found[DaySeries(ACTIVE, None)] = total
        return found

    def _flows(self, day: int) -> dict[DaySeries, Amount]:
        found: dict[DaySeries, Amount] = defaultdict(Amount)
        for cell, amount in self._days.sums.get(day, {}).items():
            metric = METRIC_OF.get(cell.kind)
            if metric is None:
                continue
            part = amount.part()
            if cell.dimension is None:
                found[DaySeries(metric, None)].add(part)
                found[DaySeries(metric, ("segment", cell.segment))].add(part)
            else:
                found[DaySeries(metric, (cell.dimension, cell.label or ""))].add(part)
        return found

    def _windows(self, today: int) -> Iterator[tuple[Window, dict[DaySeries, Amount]]]:
        """Sum up the windows: each longer one goes on from the one before."""
        sums: dict[DaySeries, Amount] = defaultdict(Amount)
        done = 0
        for window, length in DAYS_OF.items():
            for day in range(today - done, today - length, -1):
                for series, amount in self._flows(day).items():
                    sums[series].add(amount.part())
            done = length
            yield (
                window,
                {series: Amount(amount.count, 0, amount.values) for series, amount in sums.items()},
            )


def series_name(series: DaySeries) -> tuple[MovementMetric, dict[str, str]]:
    """Give metric and labels, as they stand in a key."""
    return series.metric, series.labels
