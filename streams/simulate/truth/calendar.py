"""Days, weeks, months, quarters and years of one time zone, and their names."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

Grain = Literal["day", "week", "month", "quarter", "year"]

_FIRST: Final = date(1970, 1, 1)
_LAST: Final = date(2060, 1, 1)


class Calendar:
    """Which day and month a time belongs to, where days begin at midnight of `zone`.

    A day is named by its ordinal (`date.toordinal`), a month by 12 times its year, plus its number
    from 0. Times before 1970 and from 2060 on are not known.
    """

    def __init__(self, zone: str) -> None:
        self._zone = UTC if zone == "UTC" else ZoneInfo(zone)
        days = range(_FIRST.toordinal(), _LAST.toordinal() + 1)
        self._days = [self._midnight(date.fromordinal(day)) for day in days]
        months = range(12 * _FIRST.year, 12 * _LAST.year + 1)
        self._months = [self._midnight(date(m // 12, m % 12 + 1, 1)) for m in months]

    def day(self, at: int) -> int:
        """Give the day of a time."""
        return _FIRST.toordinal() + bisect_right(self._days, at) - 1

    def month(self, at: int) -> int:
        """Give the month of a time."""
        return 12 * _FIRST.year + bisect_right(self._months, at) - 1

    def day_start(self, day: int) -> int:
        """Give the first second of a day."""
        return self._days[day - _FIRST.toordinal()]

    def month_start(self, month: int) -> int:
        """Give the first second of a month."""
        return self._months[month - 12 * _FIRST.year]

    def _midnight(self, day: date) -> int:
        return int(datetime(day.year, day.month, day.day, tzinfo=self._zone).timestamp())


@cache
def calendar_of(zone: str) -> Calendar:
    """Give the calendar of a zone (IANA name), made once."""
    return Calendar(zone)


def month_of_day(day: int) -> int:
    """Give the month that a day belongs to."""
    then = date.fromordinal(day)
    return 12 * then.year + then.month - 1


def day_names(day: int) -> Iterator[tuple[Grain, str]]:
    """Yield the day and the week (ISO 8601, from Monday) that a day belongs to."""
    then = date.fromordinal(day)
    year, week, _ = then.isocalendar()
    yield "day", then.isoformat()
    yield "week", f"{year}-W{week:02d}"


def month_names(month: int) -> Iterator[tuple[Grain, str]]:
    """Yield the month, the quarter and the year that a month belongs to."""
    year, number = divmod(month, 12)
    yield "month", f"{year}-{number + 1:02d}"
    yield "quarter", f"{year}-Q{number // 3 + 1}"
    yield "year", f"{year}"


def month_day(month: int) -> int:
    """Give the first day of a month."""
    return date(month // 12, month % 12 + 1, 1).toordinal()
