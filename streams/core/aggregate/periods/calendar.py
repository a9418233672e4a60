"""Days, weeks, months, quarters and years of one time zone.

Days are numbered as `date.toordinal` does, months as by `streams.core.customers.calendar`. A week
goes by the number of its Monday, a quarter or year by that of its first month.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.customers.calendar import months_of
from streams.core.event_time.calendar import EPOCH
from streams.core.event_time.zone import zone_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemas.periods import PeriodGrain

_WEEK: Final = 7
_QUARTER: Final = 3
_YEAR: Final = 12

GRAINS_OF_DAYS: Final = ("day", "week")


class Period(NamedTuple):
    """A period: its grain, and the number of its first day or month."""

    grain: PeriodGrain
    number: int

    @property
    def of_days(self) -> bool:
        """Whether it is made of days; else of months."""
        return self.grain in GRAINS_OF_DAYS


class Calendar:
    """The periods of a zone; times are epoch seconds."""

    def __init__(self, zone: str) -> None:
        self.months = months_of(zone)
        self._zone = zone_of(zone)

    def day(self, time: int) -> int:
        """Give the number of the day that holds a time."""
        return EPOCH + self._zone.number(time)

    def day_start(self, day: int) -> int:
        """Give the first second of a day."""
        return self._zone.first(day - EPOCH)

    def month_of_day(self, day: int) -> int:
        """Give the number of the month of a day."""
        then = date.fromordinal(day)
        return self.months.number(then.year, then.month)

    def first_day(self, month: int) -> int:
        """Give the number of the first day of a month."""
        years, of_year = divmod(month - 1, _YEAR)
        return date(1970 + years, of_year + 1, 1).toordinal()

    def start(self, period: Period) -> int:
        """Give the first second of a period."""
        if period.of_days:
            return self.day_start(period.number)
        return self.months.starts[period.number]

    def end(self, period: Period) -> int:
        """Give the first second after a period."""
        after = slots(period).stop
        return self.day_start(after) if period.of_days else self.months.starts[after]

    def name(self, period: Period) -> str:
        """Write a period: 2017-01-18, 2017-W03, 2017-01, 2017-Q1, 2017."""
        grain, number = period
        if period.of_days:
            then = date.fromordinal(number)
            if grain == "day":
                return then.isoformat()
            year, week, _ = then.isocalendar()
            return f"{year}-W{week:02}"
        month = self.months.name(number)
        if grain == "month":
            return month
        year_of = month[:4]
        return year_of if grain == "year" else f"{year_of}-Q{(number - 1) % _YEAR // _QUARTER + 1}"


def slots(period: Period) -> range:
    """Give the days, or the months, that a period is made of."""
    grain, first = period
    lengths = {"day": 1, "week": _WEEK, "month": 1, "quarter": _QUARTER, "year": _YEAR}
    return range(first, first + lengths[grain])


def periods_of_days(days: Iterable[int]) -> list[Period]:
    """Give the days and weeks that some days belong to, each once, in order."""
    found: dict[Period, None] = {}
    for day in sorted(days):
        found[Period("day", day)] = None
        found[Period("week", day - (day - 1) % _WEEK)] = None
    return list(found)


def periods_of_months(months: Iterable[int]) -> list[Period]:
    """Give the months, quarters and years that some months belong to, each once, in order."""
    found: dict[Period, None] = {}
    for month in sorted(months):
        found[Period("month", month)] = None
        found[Period("quarter", month - (month - 1) % _QUARTER)] = None
        found[Period("year", month - (month - 1) % _YEAR)] = None
    return list(found)


def year_of(month: int) -> int:
    """Give the number of the first month of the year of a month."""
    return month - (month - 1) % _YEAR


@lru_cache(maxsize=8)
def calendar_of(zone: str) -> Calendar:
    """Give the calendar of a zone (IANA name)."""
    return Calendar(zone)
