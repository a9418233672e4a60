"""Series day by day, with what was expected of them: the charts of a report.

The counts come from what the fold sent, the expectation from a detector that sees these series
alone, as every series is judged by its own history.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from schemas.backtest import Chart
from streams.backtest.stages import snapshots
from streams.core import partials
from streams.core.detect import RiseDetector
from streams.core.detect.tuning import tuned
from streams.core.event_time.buckets import DAY
from streams.core.event_time.calendar import calendar_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from streams.core.config import Config
    from streams.core.detect.protocol import CurveDay
    from streams.core.event_time.zone import Zone

EPOCH = date(1970, 1, 1)


class Stretch(NamedTuple):
    """Days of one series that are to be shown, from `first` to `last` (days since the epoch)."""

    series: str
    first: int
    last: int


class Counts(NamedTuple):
    """The series that a history has, and the events of those wanted by day (since the epoch)."""

    series: set[str]
    days: dict[int, dict[str, int]]


def count(folded: Path, wanted: Collection[str], zone: Zone) -> Counts:
    """Count what a fold sent, by days of a time zone."""
    names: set[str] = set()
    cells: dict[str, dict[int, int]] = {series: {} for series in wanted}
    for value in snapshots(folded):
        for series, snapshot in partials.read(value).series:
            names.add(series)
            known = cells.get(series)
            if known is not None:
                # Cumulative: the last snapshot of a cell stands for all of it.
                known.update((start, count) for start, count, *_ in snapshot)
    days: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for series, counts in cells.items():
        for start, count in counts.items():
            days[zone.number(start)][series] += count
    return Counts(names, {day: dict(days[day]) for day in sorted(days)})


def charts(
    counts: dict[int, dict[str, int]], stretches: Sequence[Stretch], settings: Config
) -> list[Chart]:
    """Draw up the chart of each stretch."""
    shown: dict[int, set[str]] = defaultdict(set)
    for stretch in stretches:
        for day in range(stretch.first, stretch.last + 1):
            shown[day].add(stretch.series)
    tuning = tuned(settings.detect.tuning)
    calendar = calendar_of(settings.detect.country, settings.detect.subdivision)
    detector = RiseDetector(tuning, calendar, settings.calendar.zone.lived)
    known: dict[tuple[int, str], CurveDay] = {}
    born: dict[str, int] = {}
    for day in range(min(counts, default=0), max(shown, default=-1) + 1):
        own = counts.get(day, {})
        for series in own:
            born.setdefault(series, day)
        detector.close("1d", day * DAY, own)
        for series in shown.get(day, ()):
            if day >= born.get(series, day) + tuning.learn_days:
                for last in detector.curve(series)[-1:]:
                    if last.day == day:
                        known[day, series] = last
    return [_chart(stretch, counts, known) for stretch in stretches]


def _chart(
    stretch: Stretch,
    counts: dict[int, dict[str, int]],
    known: dict[tuple[int, str], CurveDay],
) -> Chart:
    days = range(stretch.first, stretch.last + 1)
    said = [known.get((day, stretch.series)) for day in days]
    return Chart(
        start=EPOCH + timedelta(days=stretch.first),
        observed=[counts.get(day, {}).get(stretch.series, 0) for day in days],
        expected=[None if one is None else round(one.expected, 2) for one in said],
        upper=[None if one is None else round(one.upper, 2) for one in said],
    )
