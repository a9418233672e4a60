"""When things happen: seasons, weekdays and business hours."""

from __future__ import annotations

from bisect import bisect
from functools import cache
from itertools import accumulate
from math import cos, pi
from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import DAY, HOUR

if TYPE_CHECKING:
    from random import Random

WEEKDAYS: Final = (1.15, 1.1, 1.05, 1.0, 0.95, 0.55, 0.4)
"""How busy the days from Monday to Sunday are."""

HOURS: Final = (1, 1, 1, 1, 1, 2, 4, 8, 20, 30, 32, 30, 24, 26, 30, 30, 26, 20, 14, 12, 10, 8, 4, 2)
"""How busy the hours of a day are."""

BUSIEST: Final = max(WEEKDAYS) * 1.25
YEAR_DAYS: Final = 365.25
_THURSDAY: Final = 3  # 1970-01-01
_HOURS: Final = tuple(accumulate(HOURS))


def busy(day: int) -> float:
    """Say how busy a day (days since 1970) is, by weekday and season; 1 on the average.

    The season has its height in January.
    """
    season = 1 + 0.25 * cos(2 * pi * (day % YEAR_DAYS) / YEAR_DAYS)
    return WEEKDAYS[(day + _THURSDAY) % 7] * season


def in_business_hours(random: Random, at: int) -> int:
    """Move a time to a busy hour of its day."""
    hour = bisect(_HOURS, random.random() * _HOURS[-1])
    return at - at % DAY + hour * HOUR + random.randrange(HOUR)


@cache
def _up_to(first: int, last: int) -> tuple[float, ...]:
    return tuple(accumulate(busy(day) for day in range(first, last)))


def arrival(random: Random, start: int, end: int) -> int:
    """Draw when somebody comes between two midnights: on busy days more than on others."""
    days = _up_to(start // DAY, end // DAY)
    day = bisect(days, random.random() * days[-1])
    return in_business_hours(random, start + day * DAY)
