"""A metric by its parts over some days, held against the days before and a year ago."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from streams.console.views.picture import Picture, picture
from streams.core.event_time.comparison import SMALL, YEAR, profile
from streams.load.money import largest_first
from streams.readmodel.periods import (
    A_YEAR_AGO,
    BEFORE,
    Days,
    earlier_spans,
    exposure,
    name_of,
    span_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.console.index.reader import Bucket, Index, Series

Against = Literal["before", "year"]

CUSTOMERS: Final = "customers"
"""In place of a currency: distinct customers a day."""
EVENTS: Final = "events"
LABELS: Final = r"^([a-z_]+(,[a-z_]+)*)?$"
"""What labels to part a metric by look like."""
STOCKS: Final = frozenset({"active_customers"})
"""Metrics of which a day has how many there are: their days are not added up."""
MOST: Final = 24
"""Series that are shown, the largest first."""
USUAL: Final = 28
LONGEST: Final = 1100
"""Days at most."""
_EPOCH: Final = date(1970, 1, 1).toordinal()


class Question(NamedTuple):
    """What is asked for.

    Attributes:
        metric: its name.
        by: the labels that it is parted by, with commas between; empty: the total.
        unit: EVENTS, CUSTOMERS or a currency.
        days: proleptic ordinals, the end exclusive.
        against: what the pictures show besides.
        having: only series with this text in a label.
    """

    metric: str
    by: str
    unit: str
    days: Days
    against: Against
    having: str


class Held(NamedTuple):
    """A number held against an earlier one: what that was, and what it makes for these days.

    `more` is by how much it is more than that, `change` the same as a share; None after nothing,
    and after fewer than can be told in percent.
    """

    before: int
    expected: float
    more: int
    change: float | None


class Panel(NamedTuple):
    """A series: its number in the index, what it comes to, and what that is held against."""

    series: int
    labels: dict[str, str]
    value: int
    before: Held | None
    year: Held | None
    provisional: int
    amended: int
    late: int
    picture: Picture


class Answer(NamedTuple):
    """What is shown: the total of the series found, and each of the largest.

    `spans` are the days compared with, by BEFORE and A_YEAR_AGO.
    """

    panels: list[Panel]
    series: int
    spans: dict[str, Days]


def default_days(index: Index) -> Days | None:
    """Return the last four weeks that are over; None where there is nothing."""
    span = index.span()
    if span is None:
        return None
    end = max(span[0] + 1, span[1] - 1)  # the last day is not over
    return Days(end - USUAL, end)


def compared(days: Days) -> dict[str, Days]:
    """Return the days that some are held against.

    Days of one month that begin with its first are held against those of the month before and of
    the month a year ago; others against as many before, and 364 days earlier.
    """
    first = date.fromordinal(days.start)
    whole = span_of("month", f"{first:%Y-%m}")
    if first.day == 1 and days.end <= whole.end:
        return dict(earlier_spans("month", whole, days))
    length = days.end - days.start
    return {
        BEFORE: Days(days.start - length, days.start),
        A_YEAR_AGO: Days(days.start - YEAR, days.end - YEAR),
    }


def answer(index: Index, asked: Question) -> Answer:
    """Answer a question; series that had nothing in these days are not shown."""
    spans = compared(asked.days)
    found = index.largest(asked.metric, asked.by, asked.days, MOST, having=asked.having)
    panels = [_panel(index, series, asked, spans) for series, _ in found.rows]
    return Answer(panels, found.many, spans)


def value_of(bucket: Bucket, unit: str) -> int:
    """Return what a day comes to in a unit."""
    if unit == EVENTS:
        return bucket.events
    return bucket.customers if unit == CUSTOMERS else bucket.money.get(unit, 0)


def units(index: Index, metric: str, days: Days) -> list[str]:
    """Return the units that a metric has, the money of its total too."""
    money: Counter[str] = Counter()
    for series in index.series(metric, ""):
        for day in index.days(series.number, *days):
            money.update(day.money)
    return [EVENTS, CUSTOMERS, *(name for name, _ in largest_first(money))]


def _panel(index: Index, series: Series, asked: Question, spans: Mapping[str, Days]) -> Panel:
    first = min(asked.days.start - YEAR, *(span.start for span in spans.values()))
    rows = index.days(series.number, first, asked.days.end)
    by_day = {row.day: row for row in rows}
    values = {row.day: value_of(row, asked.unit) for row in rows}
    known = rows[0].day if rows else asked.days.end
    own = [row for row in rows if row.day >= asked.days.start]
    held = {kind: _held(asked, values, span, known) for kind, span in spans.items()}
    chosen = spans[BEFORE if asked.against == "before" else A_YEAR_AGO]
    return Panel(
        series.number,
        series.labels,
        _sum(asked.metric, values, asked.days),
        held.get(BEFORE),
        held.get(A_YEAR_AGO),
        sum(row.status == "provisional" for row in own),
        sum(row.status == "amended" for row in own),
        sum(row.late or 0 for row in own),
        picture(asked.days, by_day, values, chosen),
    )


def _sum(metric: str, values: Mapping[int, int], days: Days) -> int:
    if metric in STOCKS:
        there = [values[day] for day in range(*days) if day in values]
        return there[-1] if there else 0
    return sum(values.get(day, 0) for day in range(*days))


def _held(asked: Question, values: Mapping[int, int], span: Days, known: int) -> Held | None:
    """Hold the days asked for against others; None where the series was not known in those."""
    if span.end <= known or span.start >= span.end:
        return None
    before = _sum(asked.metric, values, span)
    now = _sum(asked.metric, values, asked.days)
    expected = float(before)
    if asked.metric not in STOCKS:
        counts = {day - _EPOCH: value for day, value in values.items() if value > 0}
        end = asked.days.end
        by_epoch = profile(counts, end - _EPOCH, known - _EPOCH)
        weights = [by_epoch[(day - end) % 7] for day in range(7)]
        expected *= exposure(weights, asked.days) / exposure(weights, span)
    least = SMALL if asked.unit in {EVENTS, CUSTOMERS} else 1
    change = now / expected - 1 if expected >= least else None
    return Held(before, round(expected, 2), round(now - expected), change)


def words_of(days: Days) -> str:
    """Write days: `2017-01-01 to 2017-01-17`."""
    return f"{name_of('day', days.start)} to {name_of('day', days.end - 1)}"
