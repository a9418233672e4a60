"""Month over month and year over year, with the days and the weekdays of both allowed for.

A month of 31 days with five Mondays has more complaints than February whatever customers think. So
the count before is carried over by exposure: each period weighs the sum of its days, a day what its
weekday usually has in this series. What is compared with what (today is the 19th, not over):

    28d           the last 28 days                 with the 28 before them
    28d_year                                       with the 28 that ended 364 days earlier
    to_date       the 1st to the 18th              with the 1st to the 18th of the month before
    to_date_year                                   with the same days a year before
    month         the last month that is over      with the month before it
    month_year                                     with the same month a year before
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import msgspec

from streams.core.event_time.buckets import DAY
from streams.core.event_time.formats import day, utc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind = Literal["28d", "28d_year", "to_date", "to_date_year", "month", "month_year"]

WEEK: Final = 7
FOUR_WEEKS: Final = 28
YEAR: Final = 364
"""Days of whole weeks: the weekdays stay the same."""
MONTHS: Final = 12
SMALL: Final = 20
"""Of fewer that were to be expected a change is not told in percent: one more makes much of it."""
FLAT: Final = 14.0
"""Events that the belief in seven equal weekdays weighs."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Comparison(msgspec.Struct, array_like=True, frozen=True):
    """A period against an earlier one; times are epoch seconds, ends exclusive.

    `expected` is what the count before makes for the days and weekdays of this period; `change` is
    count / expected - 1, None where nothing was to be expected.
    """

    kind: Kind
    start: int
    end: int
    before_start: int
    before_end: int
    count: int
    before: int
    expected: float
    change: float | None

    @property
    def sentence(self) -> str:
        """Return a sentence for people."""
        words = f"{_span(self.start, self.end)}: {self.count:,}, "
        against = f"after {self.before:,} {_prefix(_span(self.before_start, self.before_end))}"
        if self.change is None:
            return f"{words}{against}."
        more = self.count - self.expected
        if round(abs(more)) == 0:
            return f"{words}as many as for its days and weekdays {against}."
        word = "more" if more > 0 else "fewer"
        share = f" ({self.change:+.0%})" if self.expected >= SMALL else ""
        return f"{words}{abs(more):,.0f} {word}{share} than for its days and weekdays {against}."


class Span(NamedTuple):
    """Days since the epoch, the end exclusive."""

    start: int
    end: int


def compare(counts: Mapping[int, int], end: int, first: int) -> list[Comparison]:
    """Compare the periods up to `end`, the day that is not over, with earlier ones.

    `counts` has the events of each day (days since the epoch) that had any; `first` is the first
    day that is known. What reaches back before it is left out.
    """
    weights = profile(counts, end, first)
    days = _days(counts, Span(first, end))
    found = []
    for kind, now, before in _periods(end):
        if before.start < first:
            continue
        count, earlier = (sum(days[s.start - first : s.end - first]) for s in (now, before))
        expected = earlier * _exposure(weights, now) / _exposure(weights, before)
        found.append(
            Comparison(
                kind,
                now.start * DAY,
                now.end * DAY,
                before.start * DAY,
                before.end * DAY,
                count,
                earlier,
                round(expected, 2),
                round(count / expected - 1.0, 4) if earlier else None,
            )
        )
    return found


def profile(counts: Mapping[int, int], end: int, first: int) -> list[float]:
    """Return weights by weekday (day modulo 7), 1 on average, of the last 52 whole weeks."""
    weeks = min((end - first) // WEEK, YEAR // WEEK)
    days = _days(counts, Span(end - weeks * WEEK, end))
    sums = [FLAT / WEEK + sum(days[(day - end) % WEEK :: WEEK]) for day in range(WEEK)]
    total = sum(sums)
    return [each * WEEK / total for each in sums]


def _periods(end: int) -> Iterator[tuple[Kind, Span, Span]]:
    """Yield the comparisons of months and years, as of the morning of the day `end`."""
    last = Span(end - FOUR_WEEKS, end)
    yield "28d", last, Span(last.start - FOUR_WEEKS, last.start)
    yield "28d_year", last, Span(last.start - YEAR, last.end - YEAR)
    today = _EPOCH + timedelta(days=end)
    year, month, days = today.year, today.month, today.day - 1
    if days:
        now = _part(year, month, days)
        yield "to_date", now, _part(*_back(year, month, 1), days)
        yield "to_date_year", now, _part(year - 1, month, days)
    over = _back(year, month, 1)
    whole = _part(*over)
    yield "month", whole, _part(*_back(*over, 1))
    yield "month_year", whole, _part(*_back(*over, MONTHS))


def _back(year: int, month: int, months: int) -> tuple[int, int]:
    number = year * MONTHS + month - 1 - months
    return number // MONTHS, number % MONTHS + 1


def _part(year: int, month: int, days: int = 31) -> Span:
    """Return the first days of a month, all of it where it has no more."""
    start = (datetime(year, month, 1, tzinfo=UTC) - _EPOCH).days
    return Span(start, start + min(days, monthrange(year, month)[1]))


def _days(counts: Mapping[int, int], span: Span) -> list[int]:
    return [counts.get(day, 0) for day in range(*span)]


def _exposure(weights: list[float], span: Span) -> float:
    first, days = span.start % WEEK, span.end - span.start
    return sum((weights * (days // WEEK + 2))[first : first + days])


def _span(start: int, end: int) -> str:
    """Name a period: a month, or its first and last day."""
    first, last = utc(start), utc(end - DAY)
    whole = first.day == 1 and last.day == monthrange(last.year, last.month)[1]
    if whole and (first.year, first.month) == (last.year, last.month):
        return f"{first:%B %Y}"
    return f"{day(first)} to {day(last)}"


def _prefix(span: str) -> str:
    return f"in {span}" if span[0].isalpha() else f"from {span}"
