"""The calendar of the reports: the months and days of one time zone.

Months are numbered: 0 is December 1969, so that every time since 1970 has a month in every zone,
1 is January 1970, and so on. Times are epoch seconds.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from functools import lru_cache
from typing import Final

from streams.core.event_time.calendar import EPOCH
from streams.core.event_time.zone import zone_of

FAR: Final = (1 << 32) - 1
"""A time that never comes (2106): times beyond it are taken for it."""

_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2110
_MONTHS: Final = 12


class Months:
    """The months of a zone; `starts` has the first instant of each, by number."""

    def __init__(self, zone: str) -> None:
        self._zone = zone_of(zone)
        count = (_LAST_YEAR - _FIRST_YEAR) * _MONTHS
        self.starts = [self._first(number) for number in range(count)]

    def of(self, time: int) -> int:
        """Give the number of the month that holds a time, which is not before 1970."""
        return bisect_right(self.starts, time) - 1

    def day(self, time: int) -> int:
        """Give the first instant of the day that holds a time."""
        return self._zone.day(time)

    def name(self, number: int) -> str:
        """Write a month as in `2017-01`."""
        years, month = divmod(number - 1, _MONTHS)
        return f"{_FIRST_YEAR + years}-{month + 1:02}"

    def number(self, year: int, month: int) -> int:
        """Give the number of a month of the calendar."""
        return (year - _FIRST_YEAR) * _MONTHS + month

    def _first(self, number: int) -> int:
        years, month = divmod(number - 1, _MONTHS)
        return self._zone.first(date(_FIRST_YEAR + years, month + 1, 1).toordinal() - EPOCH)


@lru_cache(maxsize=8)
def months_of(zone: str) -> Months:
    """Give the months of a zone (IANA name).

    Raises:
        ZoneInfoNotFoundError: there is no such zone.
    """
    return Months(zone)
